/* SPDX-License-Identifier: BSD-2-Clause */
/* Which packets of a stream come too early to be known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile/streams.h"
#include "tests/lib/frame.h"

static const struct frame_flow flow = { VX_TRANSPORT_UDP, FRAME_VENDOR, 20000, FRAME_EDGE, 40000, 0 };
static const struct frame_flow flow6 = { VX_TRANSPORT_UDP, FRAME_VENDOR6, 20000, FRAME_EDGE6, 40000, 0 };

static bool early(struct streams *streams, const struct frame_flow *of, uint32_t ssrc)
{
	uint8_t bytes[SAMPLE_RTP_BYTES];
	struct frame frame;
	bool is_early;

	sample_rtp(bytes, 7, 0, ssrc);
	frame_build_bytes(&frame, of, bytes, sizeof(bytes));
	assert_int_equal(streams_note(streams, frame_bytes(&frame), frame.length, &is_early), 0);
	return is_early;
}

static void two_packets_of_each_stream_are_early(void **state)
{
	struct frame_flow other = flow;
	struct streams *streams;

	(void)state;
	assert_int_equal(streams_new(&streams), 0);
	other.dport++;
	for (int packet = 0; packet < 5; packet++) {
		assert_int_equal(early(streams, &flow, 1), packet < 2);
		assert_int_equal(early(streams, &flow, 2), packet < 2);
		assert_int_equal(early(streams, &flow6, 1), packet < 2);
		assert_int_equal(early(streams, &other, 1), packet < 2);
	}
	streams_free(streams);
}

static void what_has_no_rtp_header_is_never_early(void **state)
{
	static const struct frame_flow tcp = { VX_TRANSPORT_TCP, FRAME_VENDOR, 20000, FRAME_EDGE, 40000, 0 };
	struct streams *streams;
	struct frame frame;
	bool is_early;

	(void)state;
	assert_int_equal(streams_new(&streams), 0);
	assert_false(early(streams, &tcp, 1));
	frame_build_bytes(&frame, &flow, "too short", 9);
	assert_int_equal(streams_note(streams, frame_bytes(&frame), frame.length, &is_early), 0);
	assert_false(is_early);
	frame_cut(&frame, 20);
	assert_int_equal(streams_note(streams, frame_bytes(&frame), frame.length, &is_early), 0);
	assert_false(is_early);
	streams_free(streams);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_packets_of_each_stream_are_early),
		cmocka_unit_test(what_has_no_rtp_header_is_never_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
