/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of any size go through the real program, and each of them is counted once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "loading.h"
#include "tester.h"

#define DAY 20454 /* 2026-01-01 */

static const char acme[] = "voxdp: 1\n"
			   "vendor: acme\n"
			   "title: Acme\n"
			   "ranges:\n"
			   "  all: {claim: own, source: page 1, prefixes: [192.0.2.0/24]}\n"
			   "services:\n"
			   "  sip: {source: page 2, remote: all, ports: udp/5060, payload: sip}\n";

struct fixture {
	struct loading loading;
	struct runner *runner;
	uint8_t *bytes;
};

static struct fixture fixture;

#define BYTES_MAX (1 << 20)

static int setup(void **state)
{
	(void)state;
	tester_need_bpf();
	loading_open(&fixture.loading);
	loading_write(&fixture.loading, "acme.yaml", acme);
	loading_load(&fixture.loading, NULL, NULL, DAY);
	assert_no_errors(&fixture.loading, "acme");
	fixture.runner = tester_runner(fixture.loading.set, VX_ROLE_WAN, VX_ENGINE_DIRECT);
	fixture.bytes = calloc(1, BYTES_MAX);
	assert_non_null(fixture.bytes);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	runner_free(fixture.runner);
	free(fixture.bytes);
	if (fixture.loading.directory[0])
		loading_close(&fixture.loading);
	fixture = (struct fixture){};
	return 0;
}

static struct vx_verdict run(size_t length)
{
	struct vx_verdict verdict = {};
	struct failure failure;

	if (runner_run(fixture.runner, fixture.bytes, length, &verdict, &failure))
		fail_msg("%zu bytes: %s", length, failure.text);
	return verdict;
}

static uint64_t counted(uint64_t *ret_bytes)
{
	struct counters counters = {};
	struct failure failure;
	uint64_t packets;

	if (runner_counters(fixture.runner, &counters, &failure))
		fail_msg("%s", failure.text);
	packets = counters_packets(&counters, NULL);
	*ret_bytes = 0;
	for (size_t i = 0; i < counters.count; i++)
		if (counters.rows[i].kind == COUNTER_OUTCOME)
			*ret_bytes += counters.rows[i].bytes;
	counters_fini(&counters);
	return packets;
}

static void every_length_up_to_a_jumbo_frame_is_counted_once(void **state)
{
	uint64_t bytes, expected = 0;
	size_t lengths = 0;

	(void)state;
	for (size_t length = 0; length <= 9100; length += length < 128 ? 1 : 61) {
		(void)run(length);
		expected += length;
		lengths++;
	}
	assert_int_equal(counted(&bytes), lengths);
	assert_int_equal(bytes, expected);
}

static void a_frame_too_short_for_ethernet_is_malformed(void **state)
{
	(void)state;
	for (size_t length = 0; length < 14; length++) {
		const struct vx_verdict verdict = run(length);

		assert_int_equal(verdict.outcome, VX_OUTCOME_MALFORMED);
		assert_int_equal(verdict.malformed, VX_MALFORMED_ETHERNET_TRUNCATED);
		assert_int_equal(verdict.slot, VX_SLOT_UNDECODED);
	}
	assert_int_equal(run(14).outcome, VX_OUTCOME_OTHER);
}

static void a_frame_beyond_the_limit_is_run_by_its_start(void **state)
{
	const struct frame_flow flow = { VX_TRANSPORT_UDP, "192.0.2.10", 5060, FRAME_EDGE, 5060, 0 };
	size_t limit = runner_bytes_max(fixture.runner);
	struct vx_verdict verdict;
	struct frame frame;
	uint64_t bytes;

	(void)state;
	assert_true(limit >= 1514 && limit < BYTES_MAX);
	frame_build(&frame, &flow, SAMPLE_SIP_INVITE);
	memcpy(fixture.bytes, frame_bytes(&frame), frame.length);
	for (size_t i = 0; i < 3; i++) {
		static const size_t beyond[] = { 0, 1, 100000 };

		verdict = run(limit + beyond[i]);
		assert_int_equal(verdict.outcome, VX_OUTCOME_MATCH);
		assert_string_equal(runner_slot(fixture.runner, verdict.slot)->service, "sip");
	}
	assert_int_equal(counted(&bytes), 3);
	assert_int_equal(bytes, 3 * limit);
}

static void a_slot_beyond_the_names_is_nobodys(void **state)
{
	(void)state;
	assert_string_equal(runner_slot(fixture.runner, 60000)->vendor, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_length_up_to_a_jumbo_frame_is_counted_once),
		TEST(a_frame_too_short_for_ethernet_is_malformed),
		TEST(a_frame_beyond_the_limit_is_run_by_its_start),
		TEST(a_slot_beyond_the_names_is_nobodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
