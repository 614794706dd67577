/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/intern.h"

static void equal_runs_share_an_id(void **state)
{
	struct intern intern = {};
	uint32_t a, b, c;

	(void)state;
	assert_int_equal(intern_put(&intern, "abcd", 4, &a), 0);
	assert_int_equal(intern_put(&intern, "abce", 4, &b), 0);
	assert_int_equal(intern_put(&intern, "abcd", 4, &c), 0);
	assert_int_not_equal(a, b);
	assert_int_equal(a, c);
	assert_int_equal(intern.count, 2);
	assert_memory_equal(intern_get(&intern, b), "abce", 4);
	intern_fini(&intern);
}

static void a_run_and_its_prefix_are_two(void **state)
{
	struct intern intern = {};
	uint32_t empty, one, longer;

	(void)state;
	assert_int_equal(intern_put(&intern, NULL, 0, &empty), 0);
	assert_int_equal(intern_put(&intern, "a", 1, &one), 0);
	assert_int_equal(intern_put(&intern, "ab", 2, &longer), 0);
	assert_int_equal(intern.count, 3);
	assert_int_equal(intern.entries[empty].length, 0);
	assert_int_equal(intern.entries[longer].offset, 1);
	intern_fini(&intern);
}

static void many_runs_keep_their_ids_while_it_grows(void **state)
{
	struct intern intern = {};
	uint32_t id;

	(void)state;
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 20000; i++) {
			assert_int_equal(intern_put(&intern, &i, sizeof(i), &id), 0);
			assert_int_equal(id, i);
		}
	for (uint32_t i = 0; i < 20000; i++)
		assert_int_equal(*(const uint32_t *)intern_get(&intern, i), i);
	intern_fini(&intern);
}

static void taken_storage_is_the_table(void **state)
{
	struct intern intern = {};
	uint32_t values[] = { 7, 9, 7, 11 }, id, *table;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(intern_put(&intern, &values[i], sizeof(values[i]), &id), 0);
	table = intern_take(&intern);
	assert_int_equal(table[0], 7);
	assert_int_equal(table[1], 9);
	assert_int_equal(table[2], 11);
	assert_int_equal(intern.count, 0);
	free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_runs_share_an_id),
		cmocka_unit_test(a_run_and_its_prefix_are_two),
		cmocka_unit_test(many_runs_keep_their_ids_while_it_grows),
		cmocka_unit_test(taken_storage_is_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
