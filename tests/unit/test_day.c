/* SPDX-License-Identifier: BSD-2-Clause */
/* Calendar days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/day.h"

static void days_are_counted_from_1970(void **state)
{
	static const struct {
		const char *text;
		int32_t day;
	} rows[] = {
		{ "1970-01-01", 0 },	 { "1970-12-31", 364 },	  { "2000-02-29", 11016 },
		{ "2024-02-29", 19782 }, { "2026-01-01", 20454 }, { "9999-12-31", 2932896 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[DAY_TEXT_MAX];
		int32_t day;

		assert_int_equal(day_parse(rows[i].text, &day), 0);
		assert_int_equal(day, rows[i].day);
		day_format(day, text);
		assert_string_equal(text, rows[i].text);
	}
}

static void what_is_no_day_is_refused(void **state)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{ "2025-02-29", -ERANGE }, { "1900-02-28", -ERANGE },
		{ "2025-04-31", -ERANGE }, { "2025-00-10", -ERANGE },
		{ "2025-13-01", -ERANGE }, { "2025-01-00", -ERANGE },
		{ "2025-1-1", -EINVAL },   { "2025-01-01 ", -EINVAL },
		{ "2025/01/01", -EINVAL }, { "01.01.2025", -EINVAL },
		{ "", -EINVAL },	   { "tomorrow", -EINVAL },
		{ "2025-01-0a", -EINVAL }, { "+025-01-01", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int32_t day = 42;

		if (day_parse(rows[i].text, &day) != rows[i].result)
			fail_msg("%s", rows[i].text);
		assert_int_equal(day, 42);
	}
}

/* The C library's own calendar, on both sides of a midnight that may pass meanwhile. */
static void today_is_the_day_in_utc(void **state)
{
	char before[DAY_TEXT_MAX], today[DAY_TEXT_MAX], after[DAY_TEXT_MAX];
	time_t now = time(NULL);

	(void)state;
	assert_int_equal(strftime(before, sizeof(before), "%F", gmtime(&now)), 10);
	day_format(day_today(), today);
	now = time(NULL);
	assert_int_equal(strftime(after, sizeof(after), "%F", gmtime(&now)), 10);
	assert_true(strcmp(before, today) == 0 || strcmp(after, today) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_counted_from_1970),
		cmocka_unit_test(what_is_no_day_is_refused),
		cmocka_unit_test(today_is_the_day_in_utc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
