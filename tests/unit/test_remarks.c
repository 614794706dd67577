/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes and warnings on profiles without errors. */
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

#define PROFILE(ranges, service)                                                                                       \
	"voxdp: 1\nvendor: a\ntitle: T\n" ranges "hosts:\n  h: {names: [www.a.example]}\n"                             \
	"services:\n  s: {source: x, " service "}\n"
#define USE "ports: udp/9, payload: sip"

static void services_that_cannot_match_are_noted(void **state)
{
	static const struct {
		const char *text, *part; /* NULL: no note */
	} rows[] = {
		{ PROFILE("", "remote: any, " USE), NULL },
		{ PROFILE("ranges:\n  r: {prefixes: [192.0.2.0/24]}\n", "remote: r, hosts: h, " USE), NULL },
		{ PROFILE("", "unseen: reason"), NULL },
		{ PROFILE("", "hosts: h, " USE), "service s is idle: the addresses of its names are not known" },
		{ PROFILE("site_groups:\n  g: {}\n", "remote: g, " USE), "the site file does not define the group g" },
		{ PROFILE("site_groups:\n  g: {}\n", "remote: [g, any], " USE), NULL },
		{ PROFILE("ranges:\n  r: {prefixes: [{prefix: 192.0.2.0/24, valid_from: 2030-01-01}]}\n",
			  "remote: r, " USE),
		  "no range of r holds on 2026-01-01" },
		{ PROFILE("ranges:\n  r: {claim: shared, prefixes: [192.0.2.0/24]}\n",
			  "remote: r, ports: tcp/443, payload: tls"),
		  "r is shared with others" },
		{ PROFILE("ranges:\n  r: {claim: shared, prefixes: [192.0.2.0/24]}\n",
			  "remote: r, ports: tcp/443, payload: [tls, stun]"),
		  NULL },
		{ PROFILE("ranges:\n  r: {claim: named, prefixes: [192.0.2.0/24]}\n",
			  "remote: r, ports: tcp/443, payload: tls"),
		  NULL },
		{ PROFILE("", "remote: any, ports: udp/123, payload: ntp"), "its remote is everywhere" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct diag *note;

		loading_load_text(*state, rows[i].text);
		assert_no_errors(*state, rows[i].text);
		note = loading_find(*state, SEVERITY_NOTE, "");
		assert_int_equal(note != NULL, rows[i].part != NULL);
		if (note)
			assert_non_null(strstr(note->text, rows[i].part));
	}
}

static void sets_that_no_service_uses_are_warned_of(void **state)
{
	const struct diag *warning;

	loading_load_text(*state, PROFILE("ranges:\n  r: {prefixes: [192.0.2.0/24]}\nsite_groups:\n  g: {}\n",
					  "remote: any, " USE));
	assert_no_errors(*state, "unused");
	warning = loading_find(*state, SEVERITY_WARNING, "range set r is used by no service");
	assert_non_null(warning);
	assert_int_equal(warning->at.line, 5);
	assert_int_equal(warning->at.column, 3);
	assert_non_null(loading_find(*state, SEVERITY_WARNING, "site group g is used by no service"));
}

static void files_with_errors_get_no_remarks(void **state)
{
	loading_load_text(*state, PROFILE("ranges:\n  r: {prefixes: [192.0.2.0/24]}\n",
					  "remote: any, ports: udp/0, payload: sip"));
	assert_int_equal(((struct loading *)*state)->diags.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(services_that_cannot_match_are_noted, setup, teardown),
		cmocka_unit_test_setup_teardown(sets_that_no_service_uses_are_warned_of, setup, teardown),
		cmocka_unit_test_setup_teardown(files_with_errors_get_no_remarks, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
