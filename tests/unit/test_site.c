/* SPDX-License-Identifier: BSD-2-Clause */
/* The site file: who it speaks to, what it refuses, what is left over. */
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

#define VENDOR(id)                                                                                                     \
	"voxdp: 1\nvendor: " id "\ntitle: T\nplaceholders: {customer: []}\n"                                           \
	"ranges:\n  pool: {file: {path: pool.txt, optional: true}}\n"                                                  \
	"site_groups:\n  edge: {claim: named}\n"                                                                       \
	"services:\n  s: {source: x, remote: [edge, pool], ports: udp/9, payload: sip}\n"

static void load(struct loading *loading, const char *site)
{
	loading_write(loading, "a.yaml", VENDOR("a"));
	loading_write(loading, "b.yaml", VENDOR("b"));
	loading_write(loading, "site.cfg", site);
	loading_load(loading, NULL, "site.cfg", 20454);
}

static void assert_first_prefix(const struct range_set *set, const char *expected)
{
	char text[PREFIX_TEXT_MAX];

	assert_true(set->defined);
	prefix_format(&set->ranges[0].prefix, text);
	assert_string_equal(text, expected);
}

static void group_of_one_vendor_wins_over_the_group_of_all(void **state)
{
	struct loading *loading = *state;

	load(loading,
	     "voxdp: 1\ngroups:\n  b.edge: 198.51.100.0/24\n  edge: [192.0.2.0/24, {prefix: 192.0.3.0/24, region: Rome}]\n");
	assert_no_errors(loading, "groups");
	assert_first_prefix(loading->set->vendors[0].range_sets[1], "192.0.2.0/24");
	assert_string_equal(loading->set->vendors[0].range_sets[1]->ranges[1].region, "Rome");
	assert_int_equal(loading->set->vendors[0].range_sets[1]->claim, VX_CLAIM_NAMED);
	assert_true(loading->set->vendors[0].range_sets[1]->site_group);
	assert_first_prefix(loading->set->vendors[1].range_sets[1], "198.51.100.0/24");
	assert_null(loading_find(loading, SEVERITY_NOTE, "is idle"));
}

static void undefined_group_leaves_its_service_idle_with_a_note(void **state)
{
	const struct diag *note;
	struct loading *loading = *state;

	load(loading, "voxdp: 1\ngroups: {a.edge: 192.0.2.0/24}\n");
	assert_no_errors(loading, "one group");
	note = loading_find(loading, SEVERITY_NOTE, "service s is idle");
	assert_non_null(note);
	assert_non_null(strstr(note->at.file, "/b.yaml"));
	assert_int_equal(note->at.line, 10);
	assert_non_null(
		strstr(note->text, "the site file does not define the group edge; the list file of pool is not there"));
	assert_false(service_is_idle(&loading->set->vendors[0].services[0]));
	assert_true(service_is_idle(&loading->set->vendors[1].services[0]));
}

static void what_nobody_uses_is_a_warning(void **state)
{
	struct loading *loading = *state;

	load(loading,
	     "voxdp: 1\ngroups: {edge: 192.0.2.0/24, egde: 192.0.2.0/24, b.phones: 192.0.2.0/24, c.edge: 192.0.2.0/24}\n"
	     "placeholders: {costumer: x}\n");
	assert_no_errors(loading, "left over");
	assert_non_null(loading_find(loading, SEVERITY_WARNING, "no profile has a site group \"egde\""));
	assert_non_null(loading_find(loading, SEVERITY_WARNING, "no profile has a site group \"b.phones\""));
	assert_non_null(loading_find(loading, SEVERITY_WARNING, "no profile has a placeholder \"costumer\""));
	assert_null(loading_find(loading, SEVERITY_WARNING, "c.edge")); /* vendor c is not loaded: another set's */
	assert_null(loading_find(loading, SEVERITY_WARNING, "\"edge\""));
}

static void mistakes_are_errors_at_their_place(void **state)
{
	static const struct {
		const char *site, *part;
	} rows[] = {
		{ "voxdp: 1\ngroups: {edge: @192.0.2.1/24}\n", "did you mean 192.0.2.0/24?" },
		{ "voxdp: 1\ngroups:\n  edge: [192.0.2.0/24, @192.0.2.0/24]\n", "occurs again" },
		{ "voxdp: 1\ngroups:\n  edge: 192.0.2.0/24\n  @edge: 192.0.3.0/24\n", "already in line 3" },
		{ "voxdp: 1\ngroups: {@Edge: 192.0.2.0/24}\n", "expected an id, or VENDOR.ID" },
		{ "voxdp: 1\ngroups: {@a.b.c: 192.0.2.0/24}\n", "expected an id, or VENDOR.ID" },
		{ "voxdp: 1\ngroups: {edge: @{a: b}}\n", "a prefix, or a list" },
		{ "voxdp: 1\ngroups: {edge: @[]}\n", "a list of at least one" },
		{ "voxdp: 1\ngroups: {edge: @0.0.0.0/0}\n", "everywhere" },
		{ "voxdp: 1\nfiles: {@pool: x.txt}\n", "expected VENDOR.RANGE-SET" },
		{ "voxdp: 1\nfiles: {a.pool: @[x.txt]}\n", "the path of a file" },
		{ "voxdp: 1\nplaceholders: {customer: @a/b}\n", "a piece of a host name" },
		{ "voxdp: 1\n@vendor: a\n", "unknown key \"vendor\" of a site file" },
		{ "@groups: {}\n", "needs the key `voxdp`" },
		{ "voxdp: @3\n", "got version \"3\"" },
		{ "@- a\n", "got a list, expected a mapping" },
		{ "@# nothing\n", "the file is empty" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		load(*state, rows[i].site);
		assert_one_error(*state, rows[i].site, rows[i].part);
	}
}

static void missing_site_file_is_an_error(void **state)
{
	struct loading *loading = *state;

	loading_write(loading, "a.yaml", VENDOR("a"));
	loading_load(loading, NULL, "absent.cfg", 20454);
	assert_one_error(loading, "absent", "cannot read: No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(group_of_one_vendor_wins_over_the_group_of_all, setup, teardown),
		cmocka_unit_test_setup_teardown(undefined_group_leaves_its_service_idle_with_a_note, setup, teardown),
		cmocka_unit_test_setup_teardown(what_nobody_uses_is_a_warning, setup, teardown),
		cmocka_unit_test_setup_teardown(mistakes_are_errors_at_their_place, setup, teardown),
		cmocka_unit_test_setup_teardown(missing_site_file_is_an_error, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
