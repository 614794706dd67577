/* SPDX-License-Identifier: BSD-2-Clause */
/* How large compiled tables are; what they say is for test_tables_property.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "compile/tables.h"
#include "loading.h"

#define SLOTS 16

static const char acme[] = "voxdp: 1\n"
			   "vendor: acme\n"
			   "title: Acme\n"
			   "ranges: {all: {source: page 1, claim: %s, prefixes: [%s]}}\n"
			   "services:\n"
			   "  sip: {source: page 2, remote: all, ports: udp/5060, payload: sip}\n"
			   "  voice: {source: page 2, remote: all, ports: udp/10000-20000, payload: media}\n";

static uint32_t rows_of(const char *claim, const char *prefixes)
{
	struct failure failure = {};
	struct tables *tables = NULL;
	struct slots slots = {};
	struct loading loading;
	char text[1024];
	uint32_t rows;

	(void)snprintf(text, sizeof(text), acme, claim, prefixes);
	loading_open(&loading);
	loading_load_text(&loading, text);
	assert_no_errors(&loading, claim);
	assert_int_equal(slots_init(&slots, SLOTS), 0);
	assert_int_equal(slots_assign(&slots, loading.set, &failure), 0);
	assert_int_equal(tables_compile(loading.set, &slots, &tables, &failure), 0);
	rows = tables->generation.answer_rows;
	tables_free(tables);
	slots_fini(&slots);
	loading_close(&loading);
	return rows;
}

/* A prefix's length is part of each rank: rows would otherwise be as many as there are lengths. */
static void prefixes_of_any_length_share_their_rows(void **state)
{
	static const char *const claims[] = { "own", "shared" };

	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		uint32_t rows = rows_of(claims[i], "192.0.2.0/24");

		assert_true(rows > 1);
		assert_int_equal(rows_of(claims[i], "192.0.2.0/24, 198.51.100.0/25, 203.0.113.0/26, "
						    "203.0.113.128/27, \"2001:db8:1::/48\", \"2001:db8:2::/64\""),
				 rows);
		/* one inside the other, too */
		assert_int_equal(rows_of(claims[i], "192.0.2.0/24, 192.0.2.0/25, 192.0.2.64/26"), rows);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_of_any_length_share_their_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
