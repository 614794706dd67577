/* SPDX-License-Identifier: BSD-2-Clause */
/* Both engines answer every address alike: at, just before and just behind both ends of every prefix. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boundary.h"
#include "compile/direct.h"
#include "random_profiles.h"

static void expect_same_class(const struct tables *tables, struct ip_addr addr)
{
	uint32_t lpm = tables_class_lpm(tables, &addr), direct = tables_class_direct(tables, &addr);
	char text[PREFIX_TEXT_MAX];

	ip_addr_format(&addr, text);
	if (lpm != direct)
		fail_msg("%s: lpm says class %u, direct %u", text, lpm, direct);
}

static void expect_same_at_all_boundaries(const struct tables *tables)
{
	for (size_t i = 0; i < tables->generation.prefixes4 + tables->generation.prefixes6; i++)
		for (int step = -1; step <= 1; step++) {
			expect_same_class(tables, boundary_step(tables->prefixes[i].prefix.addr, step));
			expect_same_class(tables, boundary_step(boundary_last(&tables->prefixes[i].prefix), step));
		}
}

/* Of the /24s of a /16 that a prefix lies in or around: the bits that are the same in all of them, and no others. */
static struct vx_taken4 expected_taken(const uint8_t taken[256])
{
	struct vx_taken4 expected = { 0, 1 };
	unsigned all_set = 255, any_set = 0, n = 0;

	for (unsigned third = 0; third < 256; third++)
		if (taken[third]) {
			all_set &= third;
			any_set |= third;
			n++;
		}
	if (n) {
		expected.mask = (uint8_t)(all_set | ~any_set);
		expected.value = (uint8_t)all_set;
	}
	return expected;
}

static void expect_taken(const struct tables *tables)
{
	static uint8_t taken[256 * 256][256];

	memset(taken, 0, sizeof(taken));
	for (size_t i = 0; i < tables->generation.prefixes4; i++) {
		const struct prefix *prefix = &tables->prefixes[i].prefix;
		const uint8_t *first = prefix->addr.bytes;
		struct ip_addr last = boundary_last(prefix);
		uint32_t from = (uint32_t)first[0] << 16 | first[1] << 8 | first[2];
		uint32_t to = (uint32_t)last.bytes[0] << 16 | last.bytes[1] << 8 | last.bytes[2];

		memset(&taken[0][0] + from, 1, to - from + 1);
	}
	for (unsigned root = 0; root < 256 * 256; root++) {
		/* As a processor of little endian loads the two bytes. */
		const struct vx_taken4 *got = &tables->direct.taken4[(root & 255) << 8 | root >> 8];
		struct vx_taken4 expected = expected_taken(taken[root]);

		if (got->mask != expected.mask || got->value != expected.value)
			fail_msg("%u.%u.0.0/16: %02x %02x, expected %02x %02x", root >> 8, root & 255, got->mask,
				 got->value, expected.mask, expected.value);
	}
}

static void both_engines_agree_at_every_boundary_of_random_profiles(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct random random = { seed };
		struct profile_set *set = random_profile_set(&random);
		struct failure failure = {};
		struct slots slots = {};
		struct tables *tables = NULL;

		assert_int_equal(slots_init(&slots, 64), 0);
		assert_int_equal(slots_assign(&slots, set, &failure), 0);
		assert_int_equal(tables_compile(set, &slots, &tables, &failure), 0);
		assert_int_equal(tables_make_direct(tables, &failure), 0);
		expect_same_at_all_boundaries(tables);
		if (seed % 10 == 0)
			expect_taken(tables);
		tables_free(tables);
		slots_fini(&slots);
		profile_set_free(set);
	}
}

/* Prefixes as the random ones seldom are: nested at every length, and at both ends of the address space. */
static void both_engines_agree_on_a_full_chain_and_at_the_ends(void **state)
{
	static const char *const texts[] = { "0.0.0.0/1",
					     "0.0.0.0/32",
					     "128.0.0.0/1",
					     "255.255.255.255/32",
					     "255.255.0.0/16",
					     "::/1",
					     "::/128",
					     "::1/128",
					     "ffff::/16",
					     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
					     "2001:db8:0:ffff:ffff:ffff:ffff:ffff/128",
					     "2001:db8:1::/64",
					     "2001:db8:1::/65",
					     "2001:db8:1:0:8000::/66" };
	struct class_prefix prefixes[32 + 128 + sizeof(texts) / sizeof(texts[0])];
	struct tables tables = { .prefixes = prefixes };
	size_t n = 0;

	(void)state;
	for (int length = 1; length <= 128; length++) {
		struct prefix chain = { .addr.family = length <= 32 ? 4 : 6, .length = (uint8_t)length };

		for (int bit = 0; bit < length; bit += 2)
			chain.addr.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		prefixes[n++].prefix = chain;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(prefix_parse(texts[i], &prefixes[n++].prefix), 0);
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j && prefix_compare(&prefixes[j - 1].prefix, &prefixes[j].prefix) > 0; j--) {
			struct class_prefix swapped = prefixes[j];

			prefixes[j] = prefixes[j - 1];
			prefixes[j - 1] = swapped;
		}
	for (size_t i = 0; i < n; i++) {
		prefixes[i].addr_class = (uint32_t)i + 1;
		tables.generation.prefixes4 += prefixes[i].prefix.addr.family == 4;
		tables.generation.prefixes6 += prefixes[i].prefix.addr.family == 6;
	}
	assert_int_equal(tables_make_direct(&tables, &(struct failure){}), 0);
	expect_same_at_all_boundaries(&tables);
	direct_fini(&tables.direct);
}

static void more_classes_than_a_range_can_name_are_refused(void **state)
{
	struct class_prefix prefix = { .addr_class = VX_RANGE4_CLASSES - 1 };
	struct tables tables = { .prefixes = &prefix, .generation = { .prefixes4 = 1, .classes = VX_RANGE4_CLASSES } };
	struct failure failure = {};

	(void)state;
	assert_int_equal(prefix_parse("192.0.2.1/32", &prefix.prefix), 0);
	assert_int_equal(tables_make_direct(&tables, &failure), 0);
	expect_same_at_all_boundaries(&tables);
	direct_fini(&tables.direct);
	prefix.addr_class++;
	tables.generation.classes++;
	assert_int_equal(tables_make_direct(&tables, &failure), -E2BIG);
	assert_non_null(strstr(failure.text, "65535 address classes, its ranges can name 65534"));
	assert_null(tables.direct.root4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_engines_agree_at_every_boundary_of_random_profiles),
		cmocka_unit_test(both_engines_agree_on_a_full_chain_and_at_the_ends),
		cmocka_unit_test(more_classes_than_a_range_can_name_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
