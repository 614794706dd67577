/* SPDX-License-Identifier: BSD-2-Clause */
/* The arena: zeroed, aligned, many sizes, one free. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/arena.h"

static int setup(void **state)
{
	return arena_new((struct arena **)state);
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void memory_is_zeroed_and_aligned(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 16, 100, 16 * 1024, 64 * 1024, 1 << 20 };

	for (int round = 0; round < 50; round++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			unsigned char *p = arena_alloc(*state, sizes[i]);

			assert_non_null(p);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t j = 0; j < sizes[i]; j++)
				assert_int_equal(p[j], 0);
			memset(p, 0xff, sizes[i]);
		}
}

static void allocations_do_not_overlap(void **state)
{
	enum { COUNT = 20000 };
	uint32_t **items = arena_alloc(*state, COUNT * sizeof(*items));

	for (uint32_t i = 0; i < COUNT; i++) {
		items[i] = arena_alloc(*state, sizeof(uint32_t) + i % 40);
		*items[i] = i;
	}
	for (uint32_t i = 0; i < COUNT; i++)
		assert_int_equal(*items[i], i);
}

static void text_is_copied_with_its_end(void **state)
{
	char text[] = "relays and more";
	char *copy = arena_strndup(*state, text, 6);

	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(copy, "relays");
	assert_string_equal(arena_strndup(*state, text, 0), "");
}

static void printed_text_may_be_long(void **state)
{
	char *text = arena_printf(*state, "%0100000d", 7);

	assert_int_equal(strlen(text), 100000);
	assert_int_equal(text[99999], '7');
}

static void impossible_size_is_refused(void **state)
{
	assert_null(arena_alloc(*state, SIZE_MAX));
	assert_null(arena_alloc(*state, SIZE_MAX - 15));
}

static void nothing_can_be_freed(void **state)
{
	(void)state;
	arena_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(memory_is_zeroed_and_aligned, setup, teardown),
		cmocka_unit_test_setup_teardown(allocations_do_not_overlap, setup, teardown),
		cmocka_unit_test_setup_teardown(text_is_copied_with_its_end, setup, teardown),
		cmocka_unit_test_setup_teardown(printed_text_may_be_long, setup, teardown),
		cmocka_unit_test_setup_teardown(impossible_size_is_refused, setup, teardown),
		cmocka_unit_test(nothing_can_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
