/* SPDX-License-Identifier: BSD-2-Clause */
/* Which services list a host name, and in which order they are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "compile/host_match.h"
#include "lib/cleanup.h"
#include "tests/lib/loading.h"

static const char profile[] = "voxdp: 1\nvendor: a\ntitle: T\n"
			      "placeholders:\n  region: [east, west]\n  customer: []\n"
			      "hosts:\n"
			      "  exact: {names: [www.voice.example]}\n"
			      "  soon: {names: [{name: www.voice.example, planned: in spring}]}\n"
			      "  wild: {names: [\"*.voice.example\"]}\n"
			      "  longer: {names: [\"*.east.voice.example\"]}\n"
			      "  suffix: {names: [.voice.example]}\n"
			      "  region: {names: [\"{region}.voice.example\"]}\n"
			      "  customer: {names: [\"{customer}.voice.example\", \"*.{customer}.other.example\"]}\n"
			      "services:\n"
			      "  s-suffix: {source: x, hosts: suffix, ports: tcp/443, payload: tls}\n"
			      "  s-wild: {source: x, hosts: wild, ports: tcp/443, payload: tls}\n"
			      "  s-longer: {source: x, hosts: [wild, longer], ports: tcp/443, payload: tls}\n"
			      "  s-customer: {source: x, hosts: customer, ports: tcp/443, payload: tls}\n"
			      "  s-soon: {source: x, hosts: soon, ports: tcp/443, payload: tls}\n"
			      "  s-exact: {source: x, hosts: exact, ports: tcp/443, payload: tls}\n"
			      "  s-region: {source: x, hosts: region, ports: tcp/443, payload: tls}\n";

static const struct {
	const char *name;
	const char *services; /* in their order, each with the pattern by which it lists the name */
} cases[] = {
	{ "www.voice.example",
	  "s-exact www.voice.example, s-soon www.voice.example, s-customer {customer}.voice.example, "
	  "s-wild *.voice.example, s-longer *.voice.example, s-suffix .voice.example" },
	{ "east.voice.example", "s-region {region}.voice.example, s-customer {customer}.voice.example, "
				"s-wild *.voice.example, s-longer *.voice.example, s-suffix .voice.example" },
	{ "a.b.east.voice.example", "s-customer {customer}.voice.example, s-longer *.east.voice.example, "
				    "s-wild *.voice.example, s-suffix .voice.example" },
	{ "voice.example", "s-suffix .voice.example" },
	{ "notvoice.example", "" },
	{ "voice.example.org", "" },
	{ "east.other.example", "" },
	{ "x.acme.other.example", "s-customer *.{customer}.other.example" },
};

static void services_are_told_by_specificity(void **state)
{
	struct loading loading;

	(void)state;
	loading_open(&loading);
	loading_load_text(&loading, profile);
	assert_no_errors(&loading, "hosts");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(host_matches_fini) struct host_matches matches = {};
		char got[1024] = "";

		assert_int_equal(host_matches_find(loading.set, cases[i].name, &matches), 0);
		for (size_t m = 0; m < matches.count; m++)
			(void)sprintf(got + strlen(got), "%s%s %s", m ? ", " : "", matches.items[m].service->id,
				      matches.items[m].host->template);
		assert_string_equal(got, cases[i].services);
	}
	loading_close(&loading);
}

static void names_are_compared_in_lower_case_without_the_last_dot(void **state)
{
	static const struct {
		const char *name, *normal; /* NULL: refused */
	} names[] = {
		{ "WWW.Voice.Example.", "www.voice.example" },
		{ "_sip._udp.voice.example", "_sip._udp.voice.example" },
		{ "localhost", "localhost" },
		{ "", NULL },
		{ ".", NULL },
		{ ".voice.example", NULL },
		{ "a..b", NULL },
		{ "voice.example..", NULL },
		{ "*.voice.example", NULL },
		{ "voice example", NULL },
		{ "voice.example/path", NULL },
		{ "a234567890123456789012345678901234567890123456789012345678901234.example", NULL },
	};
	char normal[HOST_NAME_MAX_BYTES + 1], long_name[400];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int err = host_name_normalise(names[i].name, normal);

		assert_int_equal(err, names[i].normal ? 0 : -EINVAL);
		if (names[i].normal)
			assert_string_equal(normal, names[i].normal);
	}
	for (size_t i = 0; i < sizeof(long_name) - 1; i++)
		long_name[i] = i % 2 ? '.' : 'a';
	long_name[254] = '\0'; /* 253 characters and a dot */
	assert_int_equal(host_name_normalise(long_name, normal), 0);
	long_name[254] = 'a';
	long_name[255] = '\0';
	assert_int_equal(host_name_normalise(long_name, normal), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_are_told_by_specificity),
		cmocka_unit_test(names_are_compared_in_lower_case_without_the_last_dot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
