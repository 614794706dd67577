/* SPDX-License-Identifier: BSD-2-Clause */
/* What vx_control says while generations come and go: on it depends what a writer that was killed leaves to the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "dataplane/fill.h"
#include "dataplane/generation.h"
#include "dataplane/kernel.h"
#include "loading.h"
#include "tester.h"

#define DIRECT (1U << VX_ENGINE_DIRECT)

struct fixture {
	struct loading loading;
	struct maps *maps; /* filled once, one half live */
	struct failure failure;
};

static struct fixture fixture;

static int setup(void **state)
{
	(void)state;
	tester_need_bpf();
	fixture = (struct fixture){};
	loading_open(&fixture.loading);
	loading_load_text(&fixture.loading, loading_profile);
	assert_no_errors(&fixture.loading, "profile of this test");
	assert_int_equal(kernel_check_permitted(&fixture.failure), 0);
	if (maps_create_filled(fixture.loading.set, DIRECT, &fixture.maps, &fixture.failure))
		fail_msg("%s", fixture.failure.text);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	maps_free(fixture.maps);
	if (fixture.loading.set)
		loading_close(&fixture.loading);
	return 0;
}

static uint32_t stage(void)
{
	uint32_t half;

	if (maps_fill(fixture.maps, fixture.loading.set, DIRECT, &half, &fixture.failure))
		fail_msg("%s", fixture.failure.text);
	return half;
}

static bool is_quiet(void)
{
	return maps_control(fixture.maps)->quiet;
}

static void a_switch_leaves_the_other_half_to_be_waited_for(void **state)
{
	uint32_t half;

	(void)state;
	generation_switch(fixture.maps, stage());
	assert_false(is_quiet());
	assert_int_equal(generation_retire(fixture.maps, &fixture.failure), 0);
	assert_true(is_quiet());
	half = stage();
	assert_true(is_quiet()); /* nobody reads what was staged */
	generation_try(fixture.maps, half, 1);
	assert_false(is_quiet());
	generation_switch(fixture.maps, !half); /* back, before anybody has waited */
	assert_false(is_quiet());
}

static void a_half_that_is_not_quiet_is_waited_for_before_it_is_filled(void **state)
{
	(void)state;
	generation_switch(fixture.maps, stage());
	assert_false(is_quiet());
	(void)stage();
	assert_true(is_quiet());
	generation_switch(fixture.maps, !generation_live(fixture.maps, &(struct vx_generation){}));
	assert_int_equal(generation_dismiss(fixture.maps, 0, &fixture.failure), 0);
	assert_true(is_quiet());
}

static void what_reads_back_differently_is_seen(void **state)
{
	const size_t offsets[] = { 0, 1, 4095, 4096, 10000 };
	const uint8_t byte = 0x5a, other = 0xa5;

	(void)state;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		maps_half(fixture.maps, 0)[offsets[i]] = byte;
		assert_int_equal(maps_compare(fixture.maps, offsets[i], &byte, 1, &fixture.failure), 0);
		assert_int_equal(maps_compare(fixture.maps, offsets[i], &other, 1, &fixture.failure), -EIO);
		assert_non_null(strstr(fixture.failure.text, "vx_tables reads back differently"));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_switch_leaves_the_other_half_to_be_waited_for),
		TEST(what_reads_back_differently_is_seen),
		TEST(a_half_that_is_not_quiet_is_waited_for_before_it_is_filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
