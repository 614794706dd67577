/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/columns.h"

static const struct column layout[] = { { "NAME", false }, { "PACKETS", true }, { "NOTE", false } };

/* What columns_print() writes, for the caller to free. */
static char *printed(const struct columns *columns, bool color)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(columns_print(columns, out, color), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static struct columns *sample(void)
{
	const char *const first[] = { "sip", "7", "short" };
	const char *const second[] = { "media-audio", "1,234,567", NULL };
	struct columns *columns = NULL;

	assert_int_equal(columns_new(layout, 3, &columns), 0);
	columns_row(columns, ROW_PLAIN, first);
	columns_row(columns, ROW_BAD, second);
	return columns;
}

static void words_align_left_and_numbers_right(void **state)
{
	struct columns *columns = sample();
	char *text = printed(columns, false);

	(void)state;
	assert_string_equal(text, "  NAME           PACKETS  NOTE\n"
				  "  sip                  7  short\n"
				  "  media-audio  1,234,567  -\n");
	free(text);
	columns_free(columns);
}

static void colour_marks_whole_rows_and_ends_with_them(void **state)
{
	struct columns *columns = sample();
	char *text = printed(columns, true);

	(void)state;
	assert_non_null(strstr(text, "\033[1;31m  media-audio  1,234,567  -\033[0m\n"));
	assert_non_null(strstr(text, "\n  sip                  7  short\n"));
	free(text);
	columns_free(columns);
}

static void a_table_without_rows_has_its_titles(void **state)
{
	struct columns *columns = NULL;
	char *text;

	(void)state;
	assert_int_equal(columns_new(layout, 3, &columns), 0);
	text = printed(columns, false);
	assert_string_equal(text, "  NAME  PACKETS  NOTE\n");
	free(text);
	columns_free(columns);
}

static void many_rows_are_all_there(void **state)
{
	struct columns *columns = NULL;
	char number[16], *text;
	const char *const cells[] = { "row", number, NULL };
	size_t lines = 0;

	(void)state;
	assert_int_equal(columns_new(layout, 3, &columns), 0);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(number, sizeof(number), "%d", i);
		columns_row(columns, ROW_PLAIN, cells);
	}
	text = printed(columns, false);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 1001);
	assert_non_null(strstr(text, "    999  -\n"));
	free(text);
	columns_free(columns);
}

static void numbers_have_a_separator_every_three_digits(void **state)
{
	static const struct {
		uint64_t number;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1,000" },
		{ 12345, "12,345" },
		{ 123456, "123,456" },
		{ 1234567, "1,234,567" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" },
	};
	char text[NUMBER_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(number_format(rows[i].number, text), rows[i].text);
}

static void bytes_take_the_unit_that_keeps_them_below_1024(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.0 KiB" },
		{ 1536, "1.5 KiB" },
		{ 1048575, "1.0 MiB" }, /* not 1024.0 KiB */
		{ 5368709120, "5.0 GiB" },
		{ UINT64_MAX, "16.0 EiB" },
	};
	char text[NUMBER_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(bytes_format(rows[i].bytes, text), rows[i].text);
}

static void durations_show_their_two_largest_units(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *text;
	} rows[] = {
		{ 0, "0s" },	   { 59, "59s" },	 { 60, "1m 0s" },    { 3599, "59m 59s" },
		{ 3600, "1h 0m" }, { 86399, "23h 59m" }, { 86400, "1d 0h" }, { 31536000, "365d 0h" },
	};
	char text[NUMBER_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(duration_format(rows[i].seconds, text), rows[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_align_left_and_numbers_right),
		cmocka_unit_test(colour_marks_whole_rows_and_ends_with_them),
		cmocka_unit_test(a_table_without_rows_has_its_titles),
		cmocka_unit_test(many_rows_are_all_there),
		cmocka_unit_test(numbers_have_a_separator_every_three_digits),
		cmocka_unit_test(bytes_take_the_unit_that_keeps_them_below_1024),
		cmocka_unit_test(durations_show_their_two_largest_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
