/* SPDX-License-Identifier: BSD-2-Clause */
/* Minimal cover, against a cover worked out address by address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/cleanup.h"
#include "profile/ranges.h"

static struct range range_of(const char *text, const char *region)
{
	struct range range = { .region = region, .valid_from = DAY_FIRST, .valid_until = DAY_LAST };

	assert_int_equal(prefix_parse(text, &range.prefix), 0);
	return range;
}

static void assert_cover(struct range *ranges, size_t count, const char *const *expected, size_t expected_count)
{
	struct range_list list = { ranges, count };

	ranges_cover(&list);
	assert_int_equal(list.count, expected_count);
	for (size_t i = 0; i < list.count; i++) {
		char text[PREFIX_TEXT_MAX];

		prefix_format(&list.items[i].prefix, text);
		assert_string_equal(text, expected[i]);
	}
}

static void duplicates_and_covered_prefixes_are_dropped(void **state)
{
	static const char *const expected[] = { "192.0.2.0/24", "198.51.100.7/32", "2001:db8::/32" };
	struct range ranges[] = {
		range_of("192.0.2.128/26", "b"),  range_of("198.51.100.7/32", "a"), range_of("192.0.2.0/24", "a"),
		range_of("2001:db8:1::/48", "a"), range_of("192.0.2.0/24", "b"),    range_of("2001:db8::/32", "c"),
	};

	(void)state;
	assert_cover(ranges, ARRAY_SIZE(ranges), expected, ARRAY_SIZE(expected));
}

static void halves_are_joined_all_the_way_up(void **state)
{
	static const char *const expected[] = { "192.0.2.0/24" };
	struct range ranges[] = {
		range_of("192.0.2.192/26", NULL),
		range_of("192.0.2.128/27", NULL),
		range_of("192.0.2.0/25", NULL),
		range_of("192.0.2.160/27", NULL),
	};

	(void)state;
	assert_cover(ranges, ARRAY_SIZE(ranges), expected, ARRAY_SIZE(expected));
}

static void neighbours_that_are_no_halves_stay(void **state)
{
	static const char *const expected[] = { "192.0.2.64/26", "192.0.2.128/26" };
	struct range ranges[] = { range_of("192.0.2.128/26", NULL), range_of("192.0.2.64/26", NULL) };

	(void)state;
	assert_cover(ranges, ARRAY_SIZE(ranges), expected, ARRAY_SIZE(expected));
}

static void halves_of_different_regions_stay(void **state)
{
	static const char *const expected[] = { "192.0.2.0/25", "192.0.2.128/25" };
	struct range ranges[] = { range_of("192.0.2.0/25", "Berlin"), range_of("192.0.2.128/25", "Paris") };

	(void)state;
	assert_cover(ranges, ARRAY_SIZE(ranges), expected, ARRAY_SIZE(expected));
}

static void nothing_is_joined_to_everywhere(void **state)
{
	static const char *const expected[] = { "0.0.0.0/1", "128.0.0.0/1" };
	struct range ranges[] = { range_of("128.0.0.0/1", NULL), range_of("0.0.0.0/1", NULL) };

	(void)state;
	assert_cover(ranges, ARRAY_SIZE(ranges), expected, ARRAY_SIZE(expected));
}

/* The fewest prefixes for a set of the 256 addresses of 10.0.0.0/24: a block that is full is one, else its halves. */
static size_t fewest(const bool *held, size_t first, size_t size)
{
	bool all = true, any = false;

	for (size_t i = first; i < first + size; i++) {
		all &= held[i];
		any |= held[i];
	}
	if (all || !any)
		return all;
	return fewest(held, first, size / 2) + fewest(held, first + size / 2, size / 2);
}

static void random_cover_is_exact_and_minimal(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct range ranges[64];
		struct range_list list = { ranges, 1 + round % 64 };
		bool held[256] = {}, covered[256] = {};

		for (size_t i = 0; i < list.count; i++) {
			unsigned length, first;

			seed = seed * 1664525 + 1013904223;
			length = 24 + (seed >> 28) % 9;
			first = (seed >> 16 & 0xff) & (0xff00U >> (length - 24));
			ranges[i] = range_of("10.0.0.0/24", NULL);
			ranges[i].prefix.length = (uint8_t)length;
			ranges[i].prefix.addr.bytes[3] = (uint8_t)first;
			memset(held + first, true, 256U >> (length - 24));
		}
		ranges_cover(&list);
		for (size_t i = 0; i < list.count; i++)
			memset(covered + list.items[i].prefix.addr.bytes[3], true,
			       256U >> (list.items[i].prefix.length - 24));
		assert_memory_equal(covered, held, sizeof(held));
		assert_int_equal(list.count, fewest(held, 0, 256));
	}
}

static void empty_list_stays_empty(void **state)
{
	(void)state;
	assert_cover(NULL, 0, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(duplicates_and_covered_prefixes_are_dropped),
		cmocka_unit_test(halves_are_joined_all_the_way_up),
		cmocka_unit_test(neighbours_that_are_no_halves_stay),
		cmocka_unit_test(halves_of_different_regions_stay),
		cmocka_unit_test(nothing_is_joined_to_everywhere),
		cmocka_unit_test(random_cover_is_exact_and_minimal),
		cmocka_unit_test(empty_list_stays_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
