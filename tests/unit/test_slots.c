/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters follow names: whatever happens to profiles, a name keeps its slot. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compile/tables.h"

static struct service ab[] = { { .id = "a" }, { .id = "b" } };
static struct service ba[] = { { .id = "b" }, { .id = "a" } };
static struct service abc[] = { { .id = "a" }, { .id = "b" }, { .id = "c" } };

static struct profile_set one_vendor(struct vendor *vendor, const char *id, struct service *services, size_t count)
{
	*vendor = (struct vendor){ .id = id, .services = services, .service_count = count };
	return (struct profile_set){ .vendors = vendor, .vendor_count = 1 };
}

static void a_vendor_and_each_service_get_a_slot(void **state)
{
	struct vendor vendor;
	struct profile_set set = one_vendor(&vendor, "v", ab, 2);
	struct failure failure = {};
	struct slots slots;

	(void)state;
	assert_int_equal(slots_init(&slots, 16), 0);
	assert_int_equal(slots_assign(&slots, &set, &failure), 0);
	assert_int_equal(slots.count, VX_SLOT_FIRST_FREE + 3);
	assert_int_equal(slots_find(&slots, "v", ""), VX_SLOT_FIRST_FREE);
	assert_int_equal(slots_find(&slots, "v", "b"), VX_SLOT_FIRST_FREE + 2);
	assert_int_equal(slots_find(&slots, "v", "none"), 0);
	slots_fini(&slots);
}

static void reordering_moves_no_slot(void **state)
{
	struct vendor vendor;
	struct profile_set set = one_vendor(&vendor, "v", ab, 2);
	struct failure failure = {};
	struct slots slots;
	uint32_t a, b;

	(void)state;
	assert_int_equal(slots_init(&slots, 16), 0);
	assert_int_equal(slots_assign(&slots, &set, &failure), 0);
	a = slots_find(&slots, "v", "a");
	b = slots_find(&slots, "v", "b");
	set = one_vendor(&vendor, "v", ba, 2);
	assert_int_equal(slots_assign(&slots, &set, &failure), 0);
	assert_int_equal(slots_find(&slots, "v", "a"), a);
	assert_int_equal(slots_find(&slots, "v", "b"), b);
	slots_fini(&slots);
}

static void a_dropped_name_is_retired_and_comes_back_to_its_slot(void **state)
{
	struct vendor vendor;
	struct profile_set both = one_vendor(&vendor, "v", ab, 2);
	struct failure failure = {};
	struct slots slots;
	uint32_t b;

	(void)state;
	assert_int_equal(slots_init(&slots, 16), 0);
	assert_int_equal(slots_assign(&slots, &both, &failure), 0);
	b = slots_find(&slots, "v", "b");
	vendor.service_count = 1;
	assert_int_equal(slots_assign(&slots, &both, &failure), 0);
	assert_int_equal(slots.names[b].retired, 1);
	vendor.services = abc;
	vendor.service_count = 3;
	assert_int_equal(slots_assign(&slots, &both, &failure), 0);
	assert_int_equal(slots.names[b].retired, 0);
	assert_int_equal(slots_find(&slots, "v", "b"), b);
	assert_int_not_equal(slots_find(&slots, "v", "c"), b);
	slots_fini(&slots);
}

static void too_many_names_are_refused_and_change_nothing(void **state)
{
	struct vendor vendor;
	struct profile_set set = one_vendor(&vendor, "v", ab, 2);
	struct failure failure = {};
	struct slots slots;

	(void)state;
	assert_int_equal(slots_init(&slots, VX_SLOT_FIRST_FREE + 3), 0);
	assert_int_equal(slots_assign(&slots, &set, &failure), 0);
	set = one_vendor(&vendor, "w", abc, 3);
	assert_int_equal(slots_assign(&slots, &set, &failure), -ENOSPC);
	assert_non_null(strstr(failure.text, "5 in use + 4 new names = 9, but the maps hold 5"));
	assert_int_equal(slots.count, VX_SLOT_FIRST_FREE + 3);
	assert_int_equal(slots.names[slots_find(&slots, "v", "a")].retired, 0);
	slots_fini(&slots);
}

static void a_freed_slot_is_given_to_a_new_name(void **state)
{
	struct vendor vendor;
	struct profile_set set = one_vendor(&vendor, "v", abc, 3);
	struct failure failure = {};
	struct slots slots;
	uint32_t b, c;

	(void)state;
	assert_int_equal(slots_init(&slots, VX_SLOT_FIRST_FREE + 4), 0);
	assert_int_equal(slots_assign(&slots, &set, &failure), 0);
	b = slots_find(&slots, "v", "b");
	c = slots_find(&slots, "v", "c");
	slots.names[b] = (struct vx_slot){};
	assert_int_equal(slots_used(&slots), VX_SLOT_FIRST_FREE + 3);
	/* All of the capacity is behind the free slot: a fourth name fits only into it. */
	set = one_vendor(&vendor, "v", (struct service[]){ { .id = "d" }, { .id = "c" }, { .id = "a" } }, 3);
	assert_int_equal(slots_assign(&slots, &set, &failure), 0);
	assert_int_equal(slots_find(&slots, "v", "d"), b);
	assert_int_equal(slots_find(&slots, "v", "c"), c);
	assert_int_equal(slots_find(&slots, "v", "b"), 0);
	assert_int_equal(slots_used(&slots), VX_SLOT_FIRST_FREE + 4);
	slots_fini(&slots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vendor_and_each_service_get_a_slot),
		cmocka_unit_test(reordering_moves_no_slot),
		cmocka_unit_test(a_dropped_name_is_retired_and_comes_back_to_its_slot),
		cmocka_unit_test(a_freed_slot_is_given_to_a_new_name),
		cmocka_unit_test(too_many_names_are_refused_and_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
