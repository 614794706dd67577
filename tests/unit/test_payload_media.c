// SPDX-License-Identifier: BSD-2-Clause
/* STUN, TURN ChannelData, DTLS, ZRTP, RTP and RTCP: one valid message, one broken field a row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/recognise.h"

#define OTHER VX_PROTOCOL_OTHER

static void stun_needs_type_length_and_cookie(void **state)
{
	static const struct broken rows[] = {
		BROKEN("first byte beyond the range of RFC 9443", STUN_BINDING, 0, "\x3e\xef", VX_PROTOCOL_OTHER),
		BROKEN("another method within the range", STUN_BINDING, 0, "\x01\x13", VX_PROTOCOL_STUN),
		BROKEN("top bit set", STUN_BINDING, 0, "\xc0\x01", OTHER),
		BROKEN("length one word short", STUN_BINDING, 2, "\x00\x04", OTHER),
		BROKEN("length one word long", STUN_BINDING, 2, "\x00\x0c", OTHER),
		BROKEN("cookie off by one bit, first attribute unknown to RFC 3489", STUN_BINDING, 4,
		       "\x21\x12\xa4\x43\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x00\x20", OTHER),
	};

	(void)state;
	assert_broken_rows(rows);
}

/* RFC 8489, 5 wants a multiple of 4; a client that does not pad its own attribute still shows the cookie. */
static void stun_with_cookie_may_be_unpadded(void **state)
{
	uint8_t message[26] = { 0x00, 0x03, 0x00, 0x06, 0x21, 0x12, 0xa4, 0x42, [20] = 0x40, 0x00, 0x00, 0x02 };

	(void)state;
	assert_int_equal(evidence_of(&any_udp, message, sizeof(message)), VX_PROTOCOL_STUN);
	message[4] = 0;
	assert_int_equal(evidence_of(&any_udp, message, sizeof(message)), OTHER);
}

static void stun_without_cookie_must_be_padded(void **state)
{
	uint8_t message[32] = { 0x00, 0x01, 0x00, 0x0c, [20] = 0x00, 0x03, 0x00, 0x06 };

	(void)state;
	assert_int_equal(evidence_of(&any_udp, message, 32), VX_PROTOCOL_STUN);
	message[3] = 0x0a;
	assert_int_equal(evidence_of(&any_udp, message, 30), OTHER);
}

static void stun_without_cookie_needs_all_of_rfc3489(void **state)
{
	static const struct broken rows[] = {
		BROKEN("binding response", STUN_CLASSIC, 0, "\x01\x01", VX_PROTOCOL_STUN),
		BROKEN("binding error response", STUN_CLASSIC, 0, "\x01\x11", VX_PROTOCOL_STUN),
		BROKEN("shared secret request", STUN_CLASSIC, 0, "\x00\x02", VX_PROTOCOL_STUN),
		BROKEN("optional attribute", STUN_CLASSIC, 20, "\x80\x20", VX_PROTOCOL_STUN),
		BROKEN("method 3", STUN_CLASSIC, 0, "\x00\x03", OTHER),
		BROKEN("class 2", STUN_CLASSIC, 0, "\x02\x01", OTHER),
		BROKEN("indication", STUN_CLASSIC, 0, "\x00\x11", OTHER),
		BROKEN("length not that of the datagram", STUN_CLASSIC, 2, "\x00\x0c", OTHER),
		BROKEN("attribute 0", STUN_CLASSIC, 20, "\x00\x00", OTHER),
		BROKEN("attribute unknown", STUN_CLASSIC, 20, "\x00\x0c", OTHER),
		BROKEN("attribute too long", STUN_CLASSIC, 22, "\x00\x05", OTHER),
		BROKEN("MS-TURN cookie, any method", STUN_CLASSIC, 20, "\x00\x0f\x00\x04\x72\xc6\x4b\xc6",
		       VX_PROTOCOL_STUN),
		BROKEN("MS-TURN cookie broken", STUN_CLASSIC, 20, "\x00\x0f\x00\x04\x72\xc6\x4b\xc7", OTHER),
	};

	(void)state;
	assert_broken_rows(rows);
}

/* In a stream only the cookie counts: the segment may end before the message, or after it. */
static void stun_over_tcp_may_end_elsewhere(void **state)
{
	const struct sample *stun = sample_get(SAMPLE_STUN_BINDING), *classic = sample_get(SAMPLE_STUN_CLASSIC);
	uint8_t two[64];

	(void)state;
	memcpy(two, stun->bytes, stun->length);
	memcpy(two + stun->length, stun->bytes, stun->length);
	assert_int_equal(evidence_of(&any_tcp, two, 2 * stun->length), VX_PROTOCOL_STUN);
	assert_int_equal(evidence_of(&any_tcp, two, stun->length - 4), VX_PROTOCOL_STUN);
	assert_int_equal(evidence_of(&any_udp, two, 2 * stun->length), OTHER);
	assert_int_equal(evidence_of(&any_tcp, classic->bytes, classic->length), OTHER);
}

/* RFC 4571: the packet behind its length, whatever it is. */
static void framed_packets_over_tcp_are_seen(void **state)
{
	static const enum sample_kind kinds[] = { SAMPLE_STUN_BINDING, SAMPLE_SIP_INVITE, SAMPLE_RTP, SAMPLE_RTCP_SR,
						  SAMPLE_DTLS_HELLO };
	uint8_t framed[512];

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct sample *sample = sample_get(kinds[i]);

		frame_put16(framed, sample->length);
		memcpy(framed + 2, sample->bytes, sample->length);
		assert_int_equal(evidence_of(&any_tcp, framed, sample->length + 2), sample->evidence);
		assert_int_equal(evidence_of(&any_udp, framed, sample->length + 2), OTHER);
	}
}

/* A length of 3328 to 3583 starts with the byte of a carriage return; only with a line feed behind is it an empty line. */
static void framed_length_is_no_empty_line(void **state)
{
	static uint8_t framed[2 + 0x0d01];
	const struct sample *rtp = sample_get(SAMPLE_RTP);

	(void)state;
	frame_put16(framed, 0x0d01);
	memcpy(framed + 2, rtp->bytes, rtp->length);
	assert_int_equal(evidence_of(&any_tcp, framed, sizeof(framed)), VX_EVIDENCE_RTP_LIKELY);
}

static void framed_length_must_fit_unless_the_cookie_stands_behind(void **state)
{
	const struct sample *rtp = sample_get(SAMPLE_RTP), *stun = sample_get(SAMPLE_STUN_BINDING);
	uint8_t framed[512] = { 0 };

	(void)state;
	frame_put16(framed, rtp->length + 1);
	memcpy(framed + 2, rtp->bytes, rtp->length);
	assert_int_equal(evidence_of(&any_tcp, framed, rtp->length + 2), OTHER);
	frame_put16(framed, stun->length);
	memcpy(framed + 2, stun->bytes, stun->length);
	framed[2 + stun->length + 1] = stun->length;
	assert_int_equal(evidence_of(&any_tcp, framed, stun->length + 2 + 12), OTHER);
}

static void channel_data_needs_channel_and_length(void **state)
{
	static const struct broken rows[] = {
		BROKEN("last channel", TURN_CHANNEL, 0, "\x4f\xff", VX_PROTOCOL_TURN_CHANNEL),
		BROKEN("channel too high", TURN_CHANNEL, 0, "\x50\x00", OTHER),
		BROKEN("channel too low", TURN_CHANNEL, 0, "\x3f\xff", OTHER),
		BROKEN("unpadded length of the same datagram", TURN_CHANNEL, 2, "\x00\x11", VX_PROTOCOL_TURN_CHANNEL),
		BROKEN("more than padding left", TURN_CHANNEL, 2, "\x00\x10", OTHER),
		BROKEN("length too long", TURN_CHANNEL, 2, "\x00\x15", OTHER),
	};

	(void)state;
	assert_broken_rows(rows);
}

/* RFC 5766, 11 allows what RFC 8656, 12 no longer does. A TURN client of today draws any; elsewhere it may be QUIC. */
static void channels_of_rfc5766_need_turns_port(void **state)
{
	const struct frame_flow to_turn = { .transport = VX_TRANSPORT_UDP, .sport = 40001, .dport = 3478 };
	const struct frame_flow from_turn = { .transport = VX_TRANSPORT_TCP, .sport = 3478, .dport = 40001 };
	uint8_t data[12] = { 0x7f, 0xff, 0x00, 0x08 };

	(void)state;
	assert_int_equal(evidence_of(&to_turn, data, sizeof(data)), VX_PROTOCOL_TURN_CHANNEL);
	assert_int_equal(evidence_of(&from_turn, data, sizeof(data)), VX_PROTOCOL_TURN_CHANNEL);
	assert_int_equal(evidence_of(&any_udp, data, sizeof(data)), OTHER);
	data[3] = 0x0c;
	assert_int_equal(evidence_of(&to_turn, data, sizeof(data)), OTHER);
	data[0] = 0x80;
	data[3] = 0x08;
	assert_int_not_equal(evidence_of(&to_turn, data, sizeof(data)), VX_PROTOCOL_TURN_CHANNEL);
}

static void channel_data_over_tcp_is_padded_and_may_repeat(void **state)
{
	uint8_t stream[24] = { 0x40, 0x01, 0x00, 0x05, 1, 2, 3, 4, 5, 0, 0, 0, 0x40, 0x01, 0x00, 0x04, 1, 2, 3, 4 };

	(void)state;
	assert_int_equal(evidence_of(&any_tcp, stream, 12), VX_PROTOCOL_TURN_CHANNEL);
	assert_int_equal(evidence_of(&any_tcp, stream, 9), OTHER);
	assert_int_equal(evidence_of(&any_udp, stream, 9), VX_PROTOCOL_TURN_CHANNEL);
	assert_int_equal(evidence_of(&any_tcp, stream, 20), VX_PROTOCOL_TURN_CHANNEL);
	stream[13] = 0x02;
	assert_int_equal(evidence_of(&any_tcp, stream, 20), OTHER);
}

static void dtls_needs_type_version_and_length(void **state)
{
	static const struct broken rows[] = {
		BROKEN("change cipher spec", DTLS_HELLO, 0, "\x14", VX_PROTOCOL_DTLS),
		BROKEN("ACK of DTLS 1.3", DTLS_HELLO, 0, "\x1a", VX_PROTOCOL_DTLS),
		BROKEN("DTLS 1.2", DTLS_HELLO, 1, "\xfe\xfd", VX_PROTOCOL_DTLS),
		BROKEN("type 27", DTLS_HELLO, 0, "\x1b", OTHER),
		BROKEN("version of TLS", DTLS_HELLO, 1, "\x03\x03", OTHER),
		BROKEN("version not yet written", DTLS_HELLO, 1, "\xfe\xfb", OTHER),
		BROKEN("no length", DTLS_HELLO, 11, "\x00\x00", OTHER),
		BROKEN("length beyond any record", DTLS_HELLO, 11, "\x48\x01", OTHER),
		BROKEN("a connection id hides the length", DTLS_HELLO, 0,
		       "\x19\xfe\xfd\x00\x01\x00\x00\x00\x00\x00\x01\x00", VX_PROTOCOL_DTLS),
	};

	(void)state;
	assert_broken_rows(rows);
}

/* RFC 9146: the length is not looked at, so the rest of the fixed header must be there. */
static void dtls_record_with_connection_id_has_a_whole_header(void **state)
{
	uint8_t record[13] = { 0x19, 0xfe, 0xfd };

	(void)state;
	assert_int_equal(evidence_of(&any_udp, record, 13), VX_PROTOCOL_DTLS);
	assert_int_equal(evidence_of(&any_udp, record, 12), OTHER);
}

/* RFC 9147, 4: 001CSLEE. */
static void dtls13_record_must_have_a_length_that_fits(void **state)
{
	uint8_t record[5 + 24] = { 0x2e, 0x12, 0x34, 0x00, 24, 0xaa, 0xbb };
	uint8_t longer[5 + 24 + 1] = { 0x2e, 0x12, 0x34, 0x00, 24, 0xaa, 0xbb };

	(void)state;
	assert_int_equal(evidence_of(&any_udp, record, sizeof(record)), VX_PROTOCOL_DTLS);
	assert_int_equal(evidence_of(&any_udp, record, sizeof(record) - 1), OTHER);
	assert_int_equal(evidence_of(&any_udp, longer, sizeof(longer)), OTHER);
	record[0] = 0x3e; /* with a connection id */
	assert_int_equal(evidence_of(&any_udp, record, sizeof(record)), OTHER);
	record[0] = 0x2a; /* without a length */
	assert_int_equal(evidence_of(&any_udp, record, sizeof(record)), OTHER);
	memcpy(record, "\x27\x12\x00\x19", 4); /* sequence number of one byte */
	assert_int_equal(evidence_of(&any_udp, record, sizeof(record)), VX_PROTOCOL_DTLS);
	memcpy(record, "\x27\x12\x00\x0f", 4); /* less than any ciphertext */
	assert_int_equal(evidence_of(&any_udp, record, 4 + 15), OTHER);
}

static void zrtp_needs_cookie_preamble_and_length(void **state)
{
	static const struct broken rows[] = {
		BROKEN("another sequence number", ZRTP_HELLO, 2, "\xff\xff", VX_PROTOCOL_ZRTP),
		BROKEN("cookie", ZRTP_HELLO, 4, "ZRTQ", OTHER),
		BROKEN("preamble", ZRTP_HELLO, 12, "\x50\x5b", OTHER),
		BROKEN("length", ZRTP_HELLO, 14, "\x00\x15", OTHER),
		BROKEN("version bits of RTP", ZRTP_HELLO, 0, "\x0f", OTHER),
	};

	(void)state;
	assert_broken_rows(rows);
}

static void rtp_alone_is_only_likely(void **state)
{
	static const struct broken rows[] = {
		BROKEN("marker", RTP, 1, "\x80", VX_EVIDENCE_RTP_LIKELY),
		BROKEN("dynamic payload type", RTP, 1, "\x7f", VX_EVIDENCE_RTP_LIKELY),
		BROKEN("fifteen sources fit", RTP, 0, "\x8f", VX_EVIDENCE_RTP_LIKELY),
		BROKEN("padded", RTP, 0, "\xa0", VX_EVIDENCE_RTP_LIKELY),
		BROKEN("version 1", RTP, 0, "\x40", OTHER),
		BROKEN("version 3", RTP, 0, "\xc0", OTHER),
		BROKEN("payload type 72: RTCP's", RTP, 1, "\x48", OTHER),
	};

	(void)state;
	assert_broken_rows(rows);
}

static void rtp_lengths_must_fit(void **state)
{
	uint8_t packet[32] = { 0x84, 0x60 };

	(void)state;
	assert_int_equal(evidence_of(&any_udp, packet, 28), VX_EVIDENCE_RTP_LIKELY);
	assert_int_equal(evidence_of(&any_udp, packet, 27), OTHER);
	packet[0] = 0xa4; /* the byte that counts the padding has to fit too */
	assert_int_equal(evidence_of(&any_udp, packet, 28), OTHER);
	assert_int_equal(evidence_of(&any_udp, packet, 29), VX_EVIDENCE_RTP_LIKELY);
}

/* RFC 8285: the profile of the extension is a mark that only RTP has. */
static void rtp_header_extension_proves_it(void **state)
{
	uint8_t packet[32] = { 0x90, 0x60, [12] = 0xbe, 0xde, 0x00, 0x02 };

	(void)state;
	assert_int_equal(evidence_of(&any_udp, packet, 24), VX_PROTOCOL_RTP);
	assert_int_equal(evidence_of(&any_udp, packet, 23), OTHER);
	memcpy(packet + 12, "\x10\x0f", 2);
	assert_int_equal(evidence_of(&any_udp, packet, 24), VX_PROTOCOL_RTP);
	memcpy(packet + 12, "\x10\x10", 2);
	assert_int_equal(evidence_of(&any_udp, packet, 24), VX_EVIDENCE_RTP_LIKELY);
	packet[0] = 0x91; /* one source before the extension */
	memcpy(packet + 12, "\x00\x00\x00\x00\xbe\xde\x00\x02", 8);
	assert_int_equal(evidence_of(&any_udp, packet, 28), VX_PROTOCOL_RTP);
	assert_int_equal(evidence_of(&any_udp, packet, 27), OTHER);
}

static void rtcp_needs_type_and_length(void **state)
{
	static const struct broken rows[] = {
		BROKEN("count used otherwise", RTCP_SR, 0, "\x91", VX_PROTOCOL_RTCP),
		BROKEN("receiver report", RTCP_SR, 1, "\xc9", VX_PROTOCOL_RTCP),
		BROKEN("extended report", RTCP_SR, 1, "\xcf", VX_PROTOCOL_RTCP),
		BROKEN("type 199", RTCP_SR, 1, "\xc7", OTHER),
		BROKEN("type 208", RTCP_SR, 1, "\xd0", OTHER),
		BROKEN("report shorter than itself", RTCP_SR, 2, "\x00\x05", OTHER),
		BROKEN("length beyond the datagram", RTCP_SR, 2, "\x00\x0b", OTHER),
		BROKEN("length of the datagram", RTCP_SR, 2, "\x00\x0a", VX_PROTOCOL_RTCP),
		BROKEN("version 1", RTCP_SR, 0, "\x40", OTHER),
	};

	(void)state;
	assert_broken_rows(rows);
}

static void rtcp_feedback_has_two_sources(void **state)
{
	uint8_t feedback[12] = { 0x81, 0xce, 0x00, 0x02 }, bye[8] = { 0x81, 0xcb, 0x00, 0x01 };

	(void)state;
	assert_int_equal(evidence_of(&any_udp, feedback, 12), VX_PROTOCOL_RTCP);
	feedback[3] = 1;
	assert_int_equal(evidence_of(&any_udp, feedback, 12), OTHER);
	assert_int_equal(evidence_of(&any_udp, bye, 8), VX_PROTOCOL_RTCP);
	bye[3] = 0;
	assert_int_equal(evidence_of(&any_udp, bye, 8), OTHER);
}

/* RFC 3711, 3.4: a trailer follows that need not be a multiple of four. Less than a word is no trailer. */
static void srtcp_trailer_may_follow(void **state)
{
	uint8_t report[8 + 14] = { 0x80, 0xc9, 0x00, 0x01 };

	(void)state;
	assert_int_equal(evidence_of(&any_udp, report, 22), VX_PROTOCOL_RTCP);
	assert_int_equal(evidence_of(&any_udp, report, 12), VX_PROTOCOL_RTCP);
	assert_int_equal(evidence_of(&any_udp, report, 11), OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stun_needs_type_length_and_cookie),
		cmocka_unit_test(stun_with_cookie_may_be_unpadded),
		cmocka_unit_test(stun_without_cookie_must_be_padded),
		cmocka_unit_test(stun_without_cookie_needs_all_of_rfc3489),
		cmocka_unit_test(stun_over_tcp_may_end_elsewhere),
		cmocka_unit_test(framed_packets_over_tcp_are_seen),
		cmocka_unit_test(framed_length_is_no_empty_line),
		cmocka_unit_test(framed_length_must_fit_unless_the_cookie_stands_behind),
		cmocka_unit_test(channel_data_needs_channel_and_length),
		cmocka_unit_test(channels_of_rfc5766_need_turns_port),
		cmocka_unit_test(channel_data_over_tcp_is_padded_and_may_repeat),
		cmocka_unit_test(dtls_needs_type_version_and_length),
		cmocka_unit_test(dtls_record_with_connection_id_has_a_whole_header),
		cmocka_unit_test(dtls13_record_must_have_a_length_that_fits),
		cmocka_unit_test(zrtp_needs_cookie_preamble_and_length),
		cmocka_unit_test(rtp_alone_is_only_likely),
		cmocka_unit_test(rtp_lengths_must_fit),
		cmocka_unit_test(rtp_header_extension_proves_it),
		cmocka_unit_test(rtcp_needs_type_and_length),
		cmocka_unit_test(rtcp_feedback_has_two_sources),
		cmocka_unit_test(srtcp_trailer_may_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
