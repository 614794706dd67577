// SPDX-License-Identifier: BSD-2-Clause
/* When a stream is believed, when it no longer is, and who has to give way in a full bucket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/stream.h"
#include "tests/lib/frame.h"

#define A 0x1111111100000001ULL
#define B 0x2222222200000002ULL
#define C 0x3333333300000003ULL

/* Feeds packets of one stream; returns what was said of the last one. */
static int feed(struct vx_stream_bucket *bucket, uint64_t id, uint16_t first, unsigned int count)
{
	int proven = 0;

	for (unsigned int i = 0; i < count; i++)
		proven = vx_stream_seen(bucket, id, first + i);
	return proven;
}

static void third_packet_in_order_is_believed(void **state)
{
	struct vx_stream_bucket bucket = { 0 };

	(void)state;
	assert_false(vx_stream_seen(&bucket, A, 100));
	assert_false(vx_stream_seen(&bucket, A, 101));
	assert_true(vx_stream_seen(&bucket, A, 102));
	assert_true(vx_stream_seen(&bucket, A, 103));
}

static void sequence_wraps(void **state)
{
	struct vx_stream_bucket bucket = { 0 };

	(void)state;
	assert_true(feed(&bucket, A, 65534, 3));
	assert_true(vx_stream_seen(&bucket, A, 1));
}

static void constant_sequence_is_never_believed(void **state)
{
	struct vx_stream_bucket bucket = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_false(vx_stream_seen(&bucket, A, 7));
}

static void leaping_or_falling_sequence_is_never_believed(void **state)
{
	struct vx_stream_bucket bucket = { 0 };

	(void)state;
	for (uint16_t i = 0; i < 100; i++)
		assert_false(vx_stream_seen(&bucket, A, i * 17));
	for (uint16_t i = 0; i < 100; i++)
		assert_false(vx_stream_seen(&bucket, B, 1000 - i));
}

static void losses_and_a_repetition_do_not_delay_proof(void **state)
{
	struct vx_stream_bucket bucket = { 0 };

	(void)state;
	assert_false(vx_stream_seen(&bucket, A, 100));
	assert_false(vx_stream_seen(&bucket, A, 116));
	assert_false(vx_stream_seen(&bucket, A, 116));
	assert_true(vx_stream_seen(&bucket, A, 118));
}

/* RFC 3550, A.1: dropouts below 3000 and packets up to 100 late are part of the stream. */
static void believed_stream_bears_losses_and_late_packets(void **state)
{
	struct vx_stream_bucket bucket = { 0 };

	(void)state;
	feed(&bucket, A, 100, 3);
	assert_true(vx_stream_seen(&bucket, A, 102 + 2999));
	assert_true(vx_stream_seen(&bucket, A, 102 + 2999 - 100));
	assert_true(vx_stream_seen(&bucket, A, 102 + 3000));
}

static void a_leap_ends_belief_until_proven_again(void **state)
{
	struct vx_stream_bucket bucket = { 0 };

	(void)state;
	feed(&bucket, A, 100, 3);
	assert_false(vx_stream_seen(&bucket, A, 102 + 3000));
	assert_false(vx_stream_seen(&bucket, A, 102 + 3001));
	assert_true(vx_stream_seen(&bucket, A, 102 + 3002));
	assert_false(vx_stream_seen(&bucket, A, 102 + 3002 - 101));
}

static void two_streams_share_a_bucket(void **state)
{
	struct vx_stream_bucket bucket = { 0 };

	(void)state;
	for (uint16_t i = 0; i < 2; i++) {
		assert_false(vx_stream_seen(&bucket, A, 10 + i));
		assert_false(vx_stream_seen(&bucket, B, 20 + i));
	}
	assert_true(vx_stream_seen(&bucket, A, 12));
	assert_true(vx_stream_seen(&bucket, B, 22));
}

/* Strangers that come once each must not push out streams that are alive. */
static void strangers_do_not_push_out_live_streams(void **state)
{
	struct vx_stream_bucket bucket = { 0 };

	(void)state;
	feed(&bucket, A, 10, 3);
	feed(&bucket, B, 20, 3);
	for (uint16_t i = 0; i < 1000; i++) {
		assert_false(vx_stream_seen(&bucket, C + i, i));
		assert_false(vx_stream_seen(&bucket, C + i, i));
		assert_true(vx_stream_seen(&bucket, A, 13 + i));
		assert_true(vx_stream_seen(&bucket, B, 23 + i));
	}
}

/* And a stream that has ended must not hold its place for ever. */
static void quiet_stream_gives_way(void **state)
{
	struct vx_stream_bucket bucket = { 0 };

	(void)state;
	feed(&bucket, A, 10, 3);
	feed(&bucket, B, 20, 3);
	assert_true(feed(&bucket, C, 30, 2 * VX_STREAM_HOLD + 3));
	assert_true(bucket.stream[0].id == C || bucket.stream[1].id == C);
}

/* ---- which stream ------------------------------------------------------------------------------------------------ */

static struct vx_pkt packet(uint8_t family)
{
	struct vx_pkt pkt = {
		.family = family,
		.transport = VX_TRANSPORT_UDP,
		.sport = 20000,
		.dport = 30000,
	};

	for (int i = 0; i < (family == 6 ? 4 : 1); i++) {
		pkt.src.word[i] = 0x0a000200 + i;
		pkt.dst.word[i] = 0x050071cb + i;
	}
	return pkt;
}

static int same_place(const struct vx_pkt *one, const struct vx_pkt *two, uint32_t one_ssrc, uint32_t two_ssrc)
{
	struct vx_stream_key a = vx_stream_key_of(one, one_ssrc), b = vx_stream_key_of(two, two_ssrc);

	return a.id == b.id && a.bucket == b.bucket;
}

static void every_field_tells_streams_apart(void **state)
{
	static const uint8_t families[] = { 4, 6 };

	(void)state;
	for (int f = 0; f < 2; f++) {
		struct vx_pkt base = packet(families[f]), other;

		assert_true(same_place(&base, &base, 7, 7));
		assert_false(same_place(&base, &base, 7, 8));
		other = base, other.sport++;
		assert_false(same_place(&base, &other, 7, 7));
		other = base, other.dport++;
		assert_false(same_place(&base, &other, 7, 7));
		for (int i = 0; i < (families[f] == 6 ? 4 : 1); i++) {
			other = base, other.src.word[i] ^= 1;
			assert_false(same_place(&base, &other, 7, 7));
			other = base, other.dst.word[i] ^= 0x80000000;
			assert_false(same_place(&base, &other, 7, 7));
		}
	}
}

/* Consecutive ports and sources, as one gateway uses them, must spread over the buckets. */
static void neighbours_spread_over_the_buckets(void **state)
{
	static uint16_t used[4096];
	struct vx_pkt pkt = packet(4);
	unsigned int fullest = 0;

	(void)state;
	memset(used, 0, sizeof(used));
	for (int i = 0; i < 4096; i++) {
		uint32_t bucket;

		pkt.dport = 10000 + 2 * i;
		bucket = vx_stream_key_of(&pkt, 1000 + i).bucket % 4096;
		if (++used[bucket] > fullest)
			fullest = used[bucket];
	}
	/* 4096 balls into 4096 bins by chance: 7 or 8 in the fullest. */
	assert_true(fullest <= 12);
}

static void header_is_behind_the_length_over_tcp(void **state)
{
	uint8_t bytes[2 + SAMPLE_RTP_BYTES] = { 0 };
	struct vx_bytes payload = { .data = bytes, .end = bytes + sizeof(bytes), .length = sizeof(bytes) };
	struct vx_pkt pkt = packet(4);
	struct vx_stream_packet rtp;

	(void)state;
	sample_rtp(bytes + 2, 0x1234, 0, 0x11223344);
	pkt.transport = VX_TRANSPORT_TCP;
	assert_true(vx_stream_packet_read(&pkt, &payload, &rtp));
	assert_int_equal(rtp.sequence, 0x1234);
	assert_int_equal(rtp.ssrc, 0x11223344);
	payload.length = 2 + 11;
	assert_false(vx_stream_packet_read(&pkt, &payload, &rtp));
}

/* The payload lies in a fragment of the frame. */
static void header_may_have_to_be_copied(void **state)
{
	uint8_t bytes[4 + SAMPLE_RTP_BYTES], buffer[VX_COPY_BYTES] __attribute__((aligned(8)));
	struct vx_frame frame = { bytes, sizeof(bytes) };
	struct vx_bytes payload = { .length = SAMPLE_RTP_BYTES, .offset = 4 };
	struct vx_pkt pkt = packet(4);
	struct vx_stream_packet rtp;

	(void)state;
	sample_rtp(bytes + 4, 0x1234, 0, 0x11223344);
	payload.data = payload.end = bytes;
	assert_false(vx_stream_packet_read(&pkt, &payload, &rtp));
	payload.reads = (struct vx_reads){ 1, &frame, buffer };
	assert_true(vx_stream_packet_read(&pkt, &payload, &rtp));
	assert_int_equal(rtp.sequence, 0x1234);
	assert_int_equal(rtp.ssrc, 0x11223344);
	frame.length = 4 + 11;
	assert_false(vx_stream_packet_read(&pkt, &payload, &rtp));
}

static void source_zero_is_no_source(void **state)
{
	uint8_t bytes[SAMPLE_RTP_BYTES];
	struct vx_bytes payload = { .data = bytes, .end = bytes + sizeof(bytes), .length = sizeof(bytes) };
	struct vx_pkt pkt = packet(4);
	struct vx_stream_packet rtp;

	(void)state;
	sample_rtp(bytes, 1, 0, 0);
	assert_false(vx_stream_packet_read(&pkt, &payload, &rtp));
	sample_rtp(bytes, 1, 0, 1);
	assert_true(vx_stream_packet_read(&pkt, &payload, &rtp));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(third_packet_in_order_is_believed),
		cmocka_unit_test(sequence_wraps),
		cmocka_unit_test(constant_sequence_is_never_believed),
		cmocka_unit_test(leaping_or_falling_sequence_is_never_believed),
		cmocka_unit_test(losses_and_a_repetition_do_not_delay_proof),
		cmocka_unit_test(believed_stream_bears_losses_and_late_packets),
		cmocka_unit_test(a_leap_ends_belief_until_proven_again),
		cmocka_unit_test(two_streams_share_a_bucket),
		cmocka_unit_test(strangers_do_not_push_out_live_streams),
		cmocka_unit_test(quiet_stream_gives_way),
		cmocka_unit_test(every_field_tells_streams_apart),
		cmocka_unit_test(neighbours_spread_over_the_buckets),
		cmocka_unit_test(header_is_behind_the_length_over_tcp),
		cmocka_unit_test(header_may_have_to_be_copied),
		cmocka_unit_test(source_zero_is_no_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
