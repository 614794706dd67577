/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of problems: order, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "profile/diag.h"

static void problems_are_ordered_by_place(void **state)
{
	struct diags diags = {};

	(void)state;
	diag_add(&diags, SEVERITY_NOTE, (struct mark){ "b", 1, 1 }, "5");
	diag_add(&diags, SEVERITY_ERROR, (struct mark){ "a", 10, 2 }, "4");
	diag_add(&diags, SEVERITY_ERROR, (struct mark){ "a", 9, 3 }, "%d", 2);
	diag_add(&diags, SEVERITY_NOTE, (struct mark){ "a", 9, 3 }, "3");
	diag_add(&diags, SEVERITY_WARNING, (struct mark){ "a", 0, 0 }, "1");
	diags_sort(&diags);
	assert_int_equal(diags.count, 5);
	assert_int_equal(diags.errors, 2);
	for (size_t i = 0; i < diags.count; i++)
		assert_int_equal(atoi(diags.items[i].text), i + 1);
	diags_fini(&diags);
	assert_int_equal(diags.count, 0);
}

static void file_name_is_copied(void **state)
{
	struct diags diags = {};
	char file[] = "a.yaml";

	(void)state;
	diag_add(&diags, SEVERITY_ERROR, (struct mark){ file, 1, 1 }, "bad");
	file[0] = 'x';
	assert_string_equal(diags.items[0].at.file, "a.yaml");
	diags_fini(&diags);
}

static void errors_beyond_the_limit_are_counted_only(void **state)
{
	struct diags diags = {};

	(void)state;
	for (int i = 0; i < DIAG_ERRORS_MAX + 500; i++)
		diag_add(&diags, SEVERITY_ERROR, (struct mark){ "a", 1, 1 }, "bad");
	assert_int_equal(diags.errors, DIAG_ERRORS_MAX + 500);
	assert_int_equal(diags.count, DIAG_ERRORS_MAX);
	diags_fini(&diags);
}

static void severities_have_words(void **state)
{
	(void)state;
	assert_string_equal(severity_word(SEVERITY_NOTE), "note");
	assert_string_equal(severity_word(SEVERITY_WARNING), "warning");
	assert_string_equal(severity_word(SEVERITY_ERROR), "error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(problems_are_ordered_by_place),
		cmocka_unit_test(file_name_is_copied),
		cmocka_unit_test(errors_beyond_the_limit_are_counted_only),
		cmocka_unit_test(severities_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
