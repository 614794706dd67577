// SPDX-License-Identifier: BSD-2-Clause
/* What holds for every recogniser at once: samples, all first bytes, all truncations, all ends of readable memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/recognise.h"

static struct frame_flow flow_of(const struct sample *sample)
{
	return (struct frame_flow){ .transport = sample->transport, .sport = 40001, .dport = sample->port };
}

static void every_sample_is_what_it_says(void **state)
{
	(void)state;
	for (int kind = 0; kind < _SAMPLE_MAX; kind++) {
		const struct sample *sample = sample_get(kind);
		struct frame_flow flow = flow_of(sample);
		uint8_t evidence = evidence_of(&flow, sample->bytes, sample->length);

		if (evidence != sample->evidence)
			fail_msg("%s: evidence %u, expected %u", sample->name, evidence, sample->evidence);
	}
}

/* RFC 9443, 4, drawn once more; text is told by its letters, before the ranges that it lies in. */
static bool first_byte_allows(uint8_t first, uint8_t evidence)
{
	switch (evidence) {
	case VX_PROTOCOL_OTHER:
		return true;
	case VX_PROTOCOL_STUN:
		return first <= 3;
	case VX_PROTOCOL_ZRTP:
		return first >= 16 && first <= 19;
	case VX_PROTOCOL_DTLS:
		return first >= 20 && first <= 63;
	case VX_PROTOCOL_TURN_CHANNEL:
		return first >= 64 && first <= 79;
	case VX_PROTOCOL_RTP:
	case VX_PROTOCOL_RTCP:
	case VX_EVIDENCE_RTP_LIKELY:
		return first >= 128 && first <= 191;
	case VX_PROTOCOL_QUIC:
		return first >= 192;
	case VX_PROTOCOL_SIP:
		return first == '\r' || (first >= 'A' && first <= 'U');
	default:
		return false;
	}
}

static void first_byte_decides_who_may_answer(void **state)
{
	uint8_t bytes[1500];

	(void)state;
	for (int kind = 0; kind < SAMPLE_EMPTY; kind++) {
		const struct sample *sample = sample_get(kind);

		memcpy(bytes, sample->bytes, sample->length);
		for (unsigned int first = 0; first < 256; first++) {
			uint8_t evidence;

			bytes[0] = first;
			evidence = evidence_of(&any_udp, bytes, sample->length);
			if (!first_byte_allows(first, evidence))
				fail_msg("%s with first byte %u: evidence %u", sample->name, first, evidence);
		}
	}
}

/* Of the noise, version 2 alone looks like something: 12 bytes, the sources counted, the extension if there is one. */
static void noise_with_any_first_byte_is_at_most_likely_rtp(void **state)
{
	uint8_t bytes[32];

	(void)state;
	memcpy(bytes, sample_get(SAMPLE_NOISE)->bytes, sizeof(bytes));
	for (unsigned int first = 0; first < 256; first++) {
		bool version2 = first >> 6 == 2, extended = first & 0x10;
		size_t header = 12 + 4 * (first & 15) + (first & 0x20 ? 1 : 0);
		uint8_t expected = version2 && !extended && header <= 32 ? VX_EVIDENCE_RTP_LIKELY : VX_PROTOCOL_OTHER;

		bytes[0] = first;
		assert_int_equal(evidence_of(&any_udp, bytes, sizeof(bytes)), expected);
	}
}

/* Does a cut message of this kind still prove what it is? Those with a length that tells the datagram's end do not. */
static bool survives_a_cut(uint8_t evidence)
{
	return evidence != VX_PROTOCOL_STUN && evidence != VX_PROTOCOL_TURN_CHANNEL && evidence != VX_PROTOCOL_ZRTP;
}

static void every_truncation_is_safe_and_proves_nothing_else(void **state)
{
	(void)state;
	for (int kind = 0; kind < _SAMPLE_MAX; kind++) {
		const struct sample *sample = sample_get(kind);
		struct frame_flow flow = flow_of(sample);

		for (size_t length = 0; length < sample->length; length++) {
			uint8_t evidence = evidence_of(&flow, sample->bytes, length);

			if (evidence != VX_PROTOCOL_OTHER &&
			    (evidence != sample->evidence || !survives_a_cut(evidence)))
				fail_msg("%s cut to %zu: evidence %u", sample->name, length, evidence);
		}
	}
}

/* The length says one thing and the linear part ends elsewhere: read what is there, and nothing else. */
static void every_end_of_readable_memory_is_safe(void **state)
{
	(void)state;
	for (int kind = 0; kind < _SAMPLE_MAX; kind++) {
		const struct sample *sample = sample_get(kind);
		struct frame_flow flow = flow_of(sample);

		for (size_t readable = 0; readable <= sample->length; readable++) {
			uint8_t evidence = evidence_of_part(&flow, sample->bytes, sample->length, readable);

			if (evidence != VX_PROTOCOL_OTHER && evidence != sample->evidence)
				fail_msg("%s, %zu readable: evidence %u", sample->name, readable, evidence);
		}
		for (size_t length = 1; length < 16 && length < sample->length; length++)
			for (size_t readable = 0; readable < length; readable++)
				assert_int_equal(evidence_of_part(&flow, sample->bytes, length, readable),
						 VX_PROTOCOL_OTHER);
	}
}

static void expect_head(const struct vx_message *m, const uint8_t *bytes, size_t length)
{
	for (unsigned i = 0; i < VX_HEAD_BYTES; i++)
		if (vx_head8(m, i) != (i < length ? bytes[i] : 0))
			fail_msg("byte %u of %zu is %02x", i, length, vx_head8(m, i));
}

/* The bytes that there are, and zeros, at any length; and none where the last byte cannot be read. */
static void head_of_a_short_message_ends_in_zeros(void **state)
{
	uint8_t bytes[VX_HEAD_BYTES + 4], buffer[VX_COPY_BYTES] __attribute__((aligned(8)));
	struct vx_frame frame = { bytes, sizeof(bytes) };
	struct vx_message m;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(0x11 * (i + 1));
	for (uint32_t length = 0; length <= sizeof(bytes); length++) {
		struct vx_bytes payload = { .data = bytes, .end = bytes + length, .length = length };
		struct vx_bytes copied = { .length = length, .reads = { 1, &frame, buffer } };

		assert_int_equal(vx_message_load(&m, &payload, 0, 0), length > 0);
		if (length)
			expect_head(&m, bytes, length);
		assert_int_equal(vx_message_load(&m, &copied, 0, 0), length > 0);
		if (length)
			expect_head(&m, bytes, length);
		payload.end--;
		if (length && length <= VX_HEAD_BYTES)
			assert_int_equal(vx_message_load(&m, &payload, 0, 0), 0);
	}
}

/* Copies prove what bytes in place do, whole or cut to any length. */
static void copied_bytes_prove_the_same(void **state)
{
	(void)state;
	for (int kind = 0; kind < _SAMPLE_MAX; kind++) {
		const struct sample *sample = sample_get(kind);
		struct frame_flow flow = { .transport = sample->transport, .sport = 40001, .dport = sample->port };

		for (size_t length = 0; length <= sample->length; length++)
			assert_int_equal(evidence_of_copies(&flow, sample->bytes, length),
					 evidence_of(&flow, sample->bytes, length));
	}
}

/* What follows the payload in the frame is padding: it must not lend a message the bytes that it lacks. */
static void padding_behind_the_payload_is_not_read(void **state)
{
	const struct sample *rtcp = sample_get(SAMPLE_RTCP_SR);
	struct vx_pkt pkt = { .has_ports = 1, .sport = 40001, .dport = 40002 };
	struct vx_bytes payload = { .data = rtcp->bytes, .end = rtcp->bytes + rtcp->length };
	const struct sample *xmpp = sample_get(SAMPLE_XMPP_START);

	(void)state;
	for (payload.length = 0; payload.length < 28; payload.length++)
		assert_int_equal(vx_recognise(&payload, &pkt) == VX_PROTOCOL_RTCP, false);
	pkt.transport = VX_TRANSPORT_TCP;
	payload = (struct vx_bytes){ .data = xmpp->bytes, .end = xmpp->bytes + xmpp->length };
	for (payload.length = 0; payload.length < 29; payload.length++)
		assert_int_equal(vx_recognise(&payload, &pkt), VX_PROTOCOL_OTHER);
	assert_int_equal(vx_recognise(&payload, &pkt), VX_PROTOCOL_XMPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_is_what_it_says),
		cmocka_unit_test(first_byte_decides_who_may_answer),
		cmocka_unit_test(noise_with_any_first_byte_is_at_most_likely_rtp),
		cmocka_unit_test(every_truncation_is_safe_and_proves_nothing_else),
		cmocka_unit_test(every_end_of_readable_memory_is_safe),
		cmocka_unit_test(head_of_a_short_message_ends_in_zeros),
		cmocka_unit_test(copied_bytes_prove_the_same),
		cmocka_unit_test(padding_behind_the_payload_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
