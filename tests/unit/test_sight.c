/* SPDX-License-Identifier: BSD-2-Clause */
/* What is recognised at sight is what the recognisers say of the whole payload; they are tested on their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/payload/sight.h"
#include "random_profiles.h"
#include "tests/lib/recognise.h"

#define TRIALS 3000000
#define PAYLOAD_MAX 6000
#define L4_AT 34

struct told {
	size_t rtp, tls, sip, sights;
};

static void put16(uint8_t *at, uint32_t number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
}

static void expect_said(const char *who, uint32_t sight, uint8_t evidence, const struct frame_flow *flow,
			const uint8_t *bytes, size_t length)
{
	if (VX_SIGHT_EVIDENCE(sight) == evidence && (sight >> 4 & 1) == flow->transport)
		return;
	fail_msg(
		"%s says %x, the recognisers say %u: transport %u ports %u %u length %zu, %02x %02x %02x %02x %02x ...",
		who, sight, evidence, flow->transport, flow->sport, flow->dport, length, bytes[0], bytes[1], bytes[2],
		bytes[3], bytes[4]);
}

/* Of a SIP message also its kind, which no one but the recogniser itself tells. */
static uint32_t sip_kind_of(const uint8_t *bytes, size_t length)
{
	struct vx_message m = { .length = (uint32_t)length };

	m.head[0] = vx_load64(bytes);
	m.head[1] = vx_load64(bytes + 8);
	return vx_is_sip(&m) ? m.sip_kind + 1 : 0;
}

/*
 * A TCP header that says that it is shorter than any, or longer than the segment, has no payload to look at: not even where a
 * record would then begin.
 */
static void expect_no_tls(uint8_t *frame, uint8_t words, size_t l4_bytes, const uint8_t *end)
{
	uint8_t *l4 = frame + L4_AT, *at = l4 + 4 * words, kept[80] = {};

	memcpy(kept, l4, l4_bytes < sizeof(kept) ? l4_bytes : sizeof(kept));
	if (words < 5)
		memcpy(at, "\x17\x03\x03\x00\x40", 5);
	l4[12] = (uint8_t)(words << 4);
	assert_false(vx_plain_tls(frame, L4_AT, l4_bytes, end));
	memcpy(l4, kept, l4_bytes < sizeof(kept) ? l4_bytes : sizeof(kept));
}

/*
 * A frame of 14 + 20 bytes of headers, which are not looked at, the ports, of TCP the @words of its header, and the payload;
 * nothing can be read behind it.
 */
static void try(const struct frame_flow *flow, uint8_t words, const uint8_t *bytes, size_t length, struct told *told)
{
	const uint32_t header = flow->transport == VX_TRANSPORT_UDP ? 8 : 4U * words;
	uint8_t *frame = calloc(1, L4_AT + header + length), *l4 = frame + L4_AT, *end = l4 + header + length;
	const struct vx_pkt pkt = { .transport = flow->transport,
				    .sport = flow->sport,
				    .dport = flow->dport,
				    .payload_offset = (uint16_t)(L4_AT + header),
				    .payload_length = (uint16_t)length };
	uint8_t evidence = evidence_of(flow, bytes, length);
	uint32_t sight;

	put16(l4, flow->sport);
	put16(l4 + 2, flow->dport);
	if (flow->transport == VX_TRANSPORT_TCP)
		l4[12] = (uint8_t)(words << 4);
	memcpy(l4 + header, bytes, length);
	sight = vx_sight(frame, end, &pkt);
	if (!(sight & VX_SIGHT_NONE)) {
		told->sights++;
		expect_said("sight", sight, evidence, flow, bytes, length);
		assert_int_equal(VX_SIGHT_SIP_KIND(sight),
				 evidence == VX_PROTOCOL_SIP ? sip_kind_of(bytes, length) : 0);
	}
	if (flow->transport == VX_TRANSPORT_TCP && vx_plain_tls(frame, L4_AT, header + length, end)) {
		told->tls++;
		expect_said("TLS", VX_SIGHT(VX_PROTOCOL_TLS, VX_TRANSPORT_TCP), evidence, flow, bytes, length);
		for (uint8_t shorter = 0; shorter < 5; shorter++)
			expect_no_tls(frame, shorter, header + length, end);
		if (header + length < 60 + VX_HEAD_BYTES)
			expect_no_tls(frame, 15, header + length, end);
	}
	if (flow->transport == VX_TRANSPORT_UDP && length >= VX_RTP_HEADER && vx_plain_rtp(l4, 8 + length)) {
		told->rtp++;
		expect_said("RTP", VX_SIGHT(VX_EVIDENCE_RTP_LIKELY, VX_TRANSPORT_UDP), evidence, flow, bytes, length);
	}
	if (flow->transport == VX_TRANSPORT_UDP && !(vx_plain_sip(l4, 8 + length, end) & VX_SIGHT_NONE)) {
		told->sip++;
		assert_int_equal(vx_plain_sip(l4, 8 + length, end), sight);
		expect_said("SIP", sight, evidence, flow, bytes, length);
	}
	free(frame);
}

static uint16_t some_port(struct random *random)
{
	static const uint16_t ports[] = { 40001, 53, 123, 5353, 5355, 3478, 5060, 443, 8191, 8192, 4789 };

	return ports[random_below(random, sizeof(ports) / sizeof(ports[0]))];
}

/* A sample with some of its first bytes others, and where a length or a cookie may stand, one that means something. */
static size_t some_payload(struct random *random, uint8_t bytes[PAYLOAD_MAX])
{
	const struct sample *sample = sample_get((enum sample_kind)random_below(random, SAMPLE_EMPTY));
	size_t length = sample->length;

	memset(bytes, 0xd5, PAYLOAD_MAX);
	memcpy(bytes, sample->bytes, length);
	if (random_chance(random, 10) && length > 24)
		length = 16 + random_below(random, 8);
	if (random_chance(random, 20)) { /* application data, behind no length or as if behind one */
		memcpy(bytes, "\x17\x03\x03\x10\x00", 5);
		length = random_chance(random, 30) ? 0x1705 : 1200;
	}
	for (uint32_t edits = random_below(random, 3); edits; edits--)
		bytes[random_below(random, 16)] = (uint8_t)random_below(random, 256);
	if (random_chance(random, 10))
		memcpy(bytes + 6, "\x21\x12\xa4\x42", 4);
	if (random_chance(random, 10))
		put16(bytes, (uint32_t)length - 2);
	if (random_chance(random, 10))
		put16(bytes + 2, (uint32_t)length - 4);
	if (random_chance(random, 10))
		put16(bytes + 3, random_below(random, 20000));
	return length;
}

static void what_is_seen_is_what_the_recognisers_say(void **state)
{
	static uint8_t bytes[PAYLOAD_MAX];
	struct random random = { 1 };
	struct told told = {};

	(void)state;
	for (int i = 0; i < TRIALS; i++) {
		const struct frame_flow flow = { .transport =
							 (enum vx_transport)random_below(&random, _VX_TRANSPORT_MAX),
						 .sport = some_port(&random),
						 .dport = some_port(&random) };
		size_t length = some_payload(&random, bytes);

		try(&flow, (uint8_t)(5 + random_below(&random, 11)), bytes, length, &told);
	}
	/* Seen often enough to mean something. */
	assert_true(told.rtp > 10000 && told.tls > 10000 && told.sip > 10000 && told.sights > TRIALS / 3);
}

/* A TCP header that is longer than its segment ends in the padding, whatever stands there. */
static void a_record_in_the_padding_is_none(void **state)
{
	uint8_t frame[L4_AT + 20 + 46] = {}, *l4 = frame + L4_AT;

	(void)state;
	for (size_t l4_bytes = 20; l4_bytes < 60; l4_bytes++)
		for (uint8_t words = 5; 4U * words + VX_HEAD_BYTES <= 20 + 46; words++) {
			memset(l4, 0, 20 + 46);
			memcpy(l4 + 4 * words, "\x17\x03\x03\x00\x40", 5);
			l4[12] = (uint8_t)(words << 4);
			assert_int_equal(vx_plain_tls(frame, L4_AT, l4_bytes, frame + sizeof(frame)),
					 l4_bytes >= 4U * words + VX_HEAD_BYTES);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_in_the_padding_is_none),
		cmocka_unit_test(what_is_seen_is_what_the_recognisers_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
