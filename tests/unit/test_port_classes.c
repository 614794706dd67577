/* SPDX-License-Identifier: BSD-2-Clause */
/* Every port is checked against the sets that it was made from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compile/port_classes.h"
#include "random_profiles.h"

static uint32_t class_by_pages(const struct intern *pages, uint16_t upper, uint16_t port)
{
	const struct vx_port_page *page = (const struct vx_port_page *)pages->bytes;
	uint32_t entry = page[upper].entry[port >> 8];

	return entry & VX_ENTRY_PAGE ? page[entry & ~VX_ENTRY_PAGE].entry[port & 0xff] : entry;
}

static void expect_members(const struct port_set *sets, size_t count)
{
	const struct port_set *pointers[64];
	struct port_partition partition;
	struct intern pages = {};
	uint16_t upper;

	for (size_t i = 0; i < count; i++)
		pointers[i] = &sets[i];
	assert_int_equal(port_partition_build(pointers, count, &partition), 0);
	assert_int_equal(port_pages_put(&partition, NULL, &pages, &upper), 0);
	for (uint32_t port = 0; port < 65536; port++) {
		uint32_t port_class = class_by_pages(&pages, upper, (uint16_t)port);
		const uint64_t *members = intern_get(&partition.members, port_class);

		for (size_t i = 0; i < count; i++)
			if ((members[i / 64] >> i % 64 & 1) != port_set_has(&sets[i], (uint16_t)port))
				fail_msg("port %u, set %zu: class %u says otherwise", port, i, port_class);
	}
	port_partition_fini(&partition);
	intern_fini(&pages);
}

static void no_sets_make_one_class_on_one_page(void **state)
{
	struct port_partition partition;
	struct intern pages = {};
	uint16_t upper;

	(void)state;
	assert_int_equal(port_partition_build(NULL, 0, &partition), 0);
	assert_int_equal(partition.members.count, 1);
	assert_int_equal(port_pages_put(&partition, NULL, &pages, &upper), 0);
	assert_int_equal(pages.count, 1);
	port_partition_fini(&partition);
	intern_fini(&pages);
}

static void each_port_has_the_class_of_its_sets(void **state)
{
	struct port_span one[] = { { 3478, 3478 } };
	struct port_span ends[] = { { 0, 0 }, { 65535, 65535 } };
	struct port_span wide[] = { { 255, 256 }, { 16384, 65535 } };
	const struct port_set sets[] = { { one, 1 }, { ends, 2 }, { wide, 2 } };

	(void)state;
	expect_members(sets, 1);
	expect_members(sets, 3);
}

static void more_than_64_sets_are_told_apart(void **state)
{
	struct port_span spans[64];
	struct port_set sets[64];

	(void)state;
	for (uint16_t i = 0; i < 64; i++) {
		spans[i] = (struct port_span){ (uint16_t)(i * 1000), (uint16_t)(i * 1000 + 1500) };
		sets[i] = (struct port_set){ &spans[i], 1 };
	}
	expect_members(sets, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_sets_make_one_class_on_one_page),
		cmocka_unit_test(each_port_has_the_class_of_its_sets),
		cmocka_unit_test(more_than_64_sets_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
