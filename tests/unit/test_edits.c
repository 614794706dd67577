/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of what differs from the profiles: sorted, without what cancels out, and never believed unseen. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compile/edits.h"

static struct edits edits;

static int setup(void **state)
{
	(void)state;
	return edits_init(&edits);
}

static int teardown(void **state)
{
	(void)state;
	edits_fini(&edits);
	return 0;
}

static struct vx_change change(uint32_t range_set, const char *text, bool removed)
{
	struct vx_change made = { .removed = removed, .range_set = range_set, .slot = 7 };
	struct prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	made.family = prefix.addr.family;
	made.length = prefix.length;
	memcpy(made.addr, prefix.addr.bytes, sizeof(made.addr));
	return made;
}

static void note(uint32_t range_set, const char *text, bool removed)
{
	const struct vx_change made = change(range_set, text, removed);

	assert_int_equal(edits_note(&edits, &made), 0);
}

static bool is_without(uint32_t range_set, const char *text)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return edits_without(&edits, range_set, &prefix);
}

static void a_change_and_its_opposite_leave_nothing(void **state)
{
	(void)state;
	note(1, "192.0.2.7", false);
	note(1, "192.0.2.0/24", true);
	note(2, "192.0.2.7", true);
	note(1, "2001:db8::7", false);
	assert_int_equal(edits.count, 4);
	assert_int_equal(edits_of(&edits, 1), 3);
	assert_true(is_without(1, "192.0.2.0/24") && is_without(2, "192.0.2.7"));
	assert_false(is_without(1, "192.0.2.7") || is_without(1, "192.0.2.0/25") || is_without(3, "192.0.2.7"));
	note(1, "192.0.2.0/24", false);
	note(2, "192.0.2.7", false);
	note(1, "2001:db8::7", true);
	assert_int_equal(edits.count, 1);
	assert_int_equal(edits.items[0].length, 32);
	note(1, "192.0.2.7", true);
	assert_int_equal(edits.count, 0);
}

static void the_digest_tells_what_is_changed_and_not_in_which_order(void **state)
{
	const uint8_t profiles[DIGEST_BYTES] = "profiles";
	uint8_t none[DIGEST_BYTES], one[DIGEST_BYTES], both[DIGEST_BYTES], again[DIGEST_BYTES];

	(void)state;
	assert_int_equal(edits_digest(&edits, profiles, none), 0);
	assert_memory_equal(none, profiles, DIGEST_BYTES);
	note(1, "192.0.2.7", false);
	assert_int_equal(edits_digest(&edits, profiles, one), 0);
	note(1, "192.0.2.3", false);
	assert_int_equal(edits_digest(&edits, profiles, both), 0);
	assert_memory_not_equal(one, none, DIGEST_BYTES);
	assert_memory_not_equal(both, one, DIGEST_BYTES);
	note(1, "192.0.2.7", true);
	note(1, "192.0.2.7", false);
	edits.items[0].slot = 9; /* where the counters are is no part of what is judged */
	assert_int_equal(edits_digest(&edits, profiles, again), 0);
	assert_memory_equal(again, both, DIGEST_BYTES);
}

static void what_a_generation_has_is_looked_at_first(void **state)
{
	struct vx_change items[] = { change(0, "192.0.2.3", false), change(1, "192.0.2.7", true) };

	(void)state;
	assert_int_equal(edits_take(&edits, items, 2, 2), 0);
	assert_int_equal(edits.count, 2);
	assert_int_equal(edits_take(&edits, items, 2, 1), -ESTALE); /* of a range set that is not there */
	assert_int_equal(edits_take(&edits, items, VX_CHANGES_MAX + 1, 2), -ESTALE);
	items[1] = items[0];
	assert_int_equal(edits_take(&edits, items, 2, 2), -ESTALE); /* twice the same */
	items[1] = change(1, "192.0.2.7", true);
	items[1].length = 33;
	assert_int_equal(edits_take(&edits, items, 2, 2), -ESTALE);
	items[1].length = 32;
	items[1].family = 5;
	assert_int_equal(edits_take(&edits, items, 2, 2), -ESTALE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_change_and_its_opposite_leave_nothing),
		TEST(the_digest_tells_what_is_changed_and_not_in_which_order),
		TEST(what_a_generation_has_is_looked_at_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
