/* SPDX-License-Identifier: BSD-2-Clause */
/* Host names: patterns, placeholders, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/cleanup.h"
#include "tests/lib/loading.h"

static int setup(void **state)
{
	*state = malloc(sizeof(struct loading));
	loading_open(*state);
	return 0;
}

static int teardown(void **state)
{
	loading_close(*state);
	free(*state);
	return 0;
}

#define PROFILE(placeholders, names)                                                                                   \
	"voxdp: 1\nvendor: a\ntitle: T\n" placeholders "hosts:\n  h:\n    names:\n" names                              \
	"services:\n  s: {source: x, hosts: h, ports: tcp/443, payload: tls}\n"

struct expected {
	const char *name;
	enum host_kind kind;
};

static void assert_hosts(struct loading *loading, const struct expected *expected, size_t count)
{
	const struct host_set *set;

	assert_no_errors(loading, "hosts");
	set = loading->set->vendors[0].host_sets[0];
	assert_int_equal(set->host_count, count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(set->hosts[i].name, expected[i].name);
		assert_int_equal(set->hosts[i].kind, expected[i].kind);
		assert_false(set->hosts[i].idle);
	}
}

static void patterns_are_told_apart(void **state)
{
	static const struct expected expected[] = {
		{ "www.a.example", HOST_EXACT },       { "b.example", HOST_WILDCARD },	{ "c.example", HOST_SUFFIX },
		{ "_sip._tcp.d.example", HOST_EXACT }, { "new.e.example", HOST_EXACT },
	};
	struct loading *loading = *state;

	loading_load_text(
		loading,
		PROFILE("", "    - WWW.A.example\n    - \"*.b.example\"\n    - .c.example\n"
			    "    - _sip._tcp.d.example\n    - {name: new.e.example, planned: \"in the future\"}\n"));
	assert_hosts(loading, expected, ARRAY_SIZE(expected));
	assert_string_equal(loading->set->vendors[0].host_sets[0]->hosts[0].template, "WWW.A.example");
	assert_string_equal(loading->set->vendors[0].host_sets[0]->hosts[4].planned, "in the future");
	assert_int_equal(loading->set->vendors[0].host_sets[0]->hosts[4].at.line, 11);
	assert_int_equal(loading->set->vendors[0].host_sets[0]->hosts[4].at.column, 14);
}

static void placeholders_stand_for_each_value(void **state)
{
	static const struct expected expected[] = {
		{ "east.a.x.example", HOST_WILDCARD }, { "east.bb.x.example", HOST_WILDCARD },
		{ "west.a.x.example", HOST_WILDCARD }, { "west.bb.x.example", HOST_WILDCARD },
		{ "east-east.y.example", HOST_EXACT }, { "east-west.y.example", HOST_EXACT },
		{ "west-east.y.example", HOST_EXACT }, { "west-west.y.example", HOST_EXACT },
	};

	loading_load_text(*state,
			  PROFILE("placeholders: {region: [east, west], zone: [a, BB]}\n",
				  "    - \"*.{region}.{zone}.x.example\"\n    - \"{region}-{region}.y.example\"\n"));
	assert_hosts(*state, expected, ARRAY_SIZE(expected));
}

static void placeholder_without_values_leaves_the_name_idle(void **state)
{
	const struct host_set *set;

	loading_load_text(*state, PROFILE("placeholders: {region: [east], customer: []}\n",
					  "    - \"*.{region}.{customer}.x.example\"\n"));
	assert_no_errors(*state, "idle");
	set = ((struct loading *)*state)->set->vendors[0].host_sets[0];
	assert_int_equal(set->host_count, 1);
	assert_true(set->hosts[0].idle);
	assert_int_equal(set->hosts[0].kind, HOST_WILDCARD);
	assert_string_equal(set->hosts[0].template, "*.{region}.{customer}.x.example");
}

static void site_file_adds_values(void **state)
{
	static const struct expected expected[] = { { "east.x.example", HOST_EXACT },
						    { "north.x.example", HOST_EXACT },
						    { "shop.y.example", HOST_EXACT } };
	struct loading *loading = *state;

	loading_write(loading, "a.yaml",
		      PROFILE("placeholders: {region: [east], customer: []}\n",
			      "    - \"{region}.x.example\"\n    - \"{customer}.y.example\"\n"));
	loading_write(loading, "site.cfg",
		      "voxdp: 1\nplaceholders: {region: [north, east], a.customer: shop, customer: other}\n");
	loading_load(loading, "a.yaml", "site.cfg", 0);
	assert_hosts(loading, expected, ARRAY_SIZE(expected));
}

static void expansion_that_makes_a_bad_name_is_one_error(void **state)
{
	loading_load_text(*state,
			  PROFILE("placeholders: {region: [a.b.c, long-]}\n", "    - @\"{region}.x.example\"\n"));
	assert_one_error(*state, "hyphen before a dot", "\"long-.x.example\" is not a host name");
}

static void names_have_their_limits(void **state)
{
	static const char a63[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	char text[2000];

	(void)snprintf(text, sizeof(text), PROFILE("", "    - %s.example\n    - %s.%s.%s.%.61s\n"), a63, a63, a63, a63,
		       a63);
	loading_load_text(*state, text);
	assert_no_errors(*state, "63 and 253");
	(void)snprintf(text, sizeof(text), PROFILE("", "    - @%sa.example\n"), a63);
	loading_load_text(*state, text);
	assert_one_error(*state, "64", "is not a host name");
	(void)snprintf(text, sizeof(text), PROFILE("", "    - @%s.%s.%s.%.62s\n"), a63, a63, a63, a63);
	loading_load_text(*state, text);
	assert_one_error(*state, "254", "longer than 253");
}

static void expansions_are_bounded(void **state)
{
	char text[4000], values[1200] = "v0";

	for (int i = 1; i < 200; i++)
		(void)sprintf(values + strlen(values), ", v%d", i);
	(void)snprintf(text, sizeof(text),
		       PROFILE("placeholders: {p: [%s]}\n", "    - @\"{p}.{p}.{p}.{p}.{p}.{p}.{p}.{p}.{p}.example\"\n"),
		       values);
	loading_load_text(*state, text);
	assert_one_error(*state, "200 to the 9th", "more than 20000 names");
	/* each alone is allowed: 100 squared; together they are too many */
	(void)snprintf(text, sizeof(text),
		       PROFILE("placeholders: {p: [%.*s]}\n",
			       "    - \"{p}{p}.a.example\"\n    - \"{p}{p}.b.example\"\n    - @\"{p}.c.example\"\n"),
		       (int)(strstr(values, ", v100") - values), values);
	loading_load_text(*state, text);
	assert_one_error(*state, "20,100", "more than 20000 names");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(patterns_are_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(placeholders_stand_for_each_value, setup, teardown),
		cmocka_unit_test_setup_teardown(placeholder_without_values_leaves_the_name_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(site_file_adds_values, setup, teardown),
		cmocka_unit_test_setup_teardown(expansion_that_makes_a_bad_name_is_one_error, setup, teardown),
		cmocka_unit_test_setup_teardown(names_have_their_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(expansions_are_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
