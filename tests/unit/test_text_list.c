/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lib/cleanup.h"
#include "lib/text_list.h"

static void items_are_joined_in_their_order(void **state)
{
	CLEANUP(text_list_fini) struct text_list list = {};
	CLEANUP_FREE char *none = text_list_join(&list, ", ");
	CLEANUP_FREE char *three = NULL;

	(void)state;
	assert_string_equal(none, "");
	text_list_add(&list, "%s", "b");
	text_list_add(&list, "%d", 42);
	text_list_add(&list, "a%s", "");
	three = text_list_join(&list, ", ");
	assert_string_equal(three, "b, 42, a");
}

static void sorting_keeps_each_text_once(void **state)
{
	CLEANUP(text_list_fini) struct text_list list = {}, empty = {};
	CLEANUP_FREE char *text = NULL;

	(void)state;
	for (int i = 0; i < 40; i++)
		text_list_add(&list, "%c", "bcab"[i % 4]);
	text_list_sort(&list);
	text_list_sort(&empty);
	text = text_list_join(&list, "");
	assert_string_equal(text, "abc");
	assert_int_equal(empty.count, 0);
}

static void lost_item_is_told_when_joining(void **state)
{
	struct text_list list = { .out_of_memory = true };

	(void)state;
	assert_null(text_list_join(&list, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_are_joined_in_their_order),
		cmocka_unit_test(sorting_keeps_each_text_once),
		cmocka_unit_test(lost_item_is_told_when_joining),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
