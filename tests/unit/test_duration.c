/* SPDX-License-Identifier: BSD-2-Clause */
/* Spans of time: what is taken, and what is not taken for something else. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/duration.h"

static void numbers_with_and_without_a_unit(void **state)
{
	static const struct {
		const char *text;
		uint32_t seconds;
	} rows[] = {
		{ "1", 1 },	    { "60s", 60 },    { "5m", 300 }, { "2h", 7200 },
		{ "86400", 86400 }, { "24h", 86400 }, { "007s", 7 },
	};
	uint32_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(duration_parse(rows[i].text, 86400, &seconds), 0);
		assert_int_equal(seconds, rows[i].seconds);
	}
}

static void anything_else_is_refused_and_changes_nothing(void **state)
{
	static const char *const rows[] = { "",
					    "s",
					    "0",
					    "0s",
					    "-1",
					    "+1",
					    " 1",
					    "1 s",
					    "1.5",
					    "1S",
					    "1ms",
					    "1sm",
					    "1d",
					    "86401",
					    "25h",
					    "1441m",
					    "1h30m",
					    "0x10",
					    "1e3",
					    "ten s",
					    "s1",
					    "4294967297",
					    "99999999999999999999" };
	uint32_t seconds = 17;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(duration_parse(rows[i], 86400, &seconds), -EINVAL);
		assert_int_equal(seconds, 17);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_with_and_without_a_unit),
		cmocka_unit_test(anything_else_is_refused_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
