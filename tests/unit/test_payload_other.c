// SPDX-License-Identifier: BSD-2-Clause
/* TLS, DNS, NTP and QUIC: not media, but services expect them, and media must not be mistaken for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/recognise.h"

#define OTHER VX_PROTOCOL_OTHER

static void tls_needs_type_version_and_length(void **state)
{
	static const struct broken rows[] = {
		BROKEN("application data", TLS_HELLO, 0, "\x17", VX_PROTOCOL_TLS),
		BROKEN("SSL 3", TLS_HELLO, 1, "\x03\x00", VX_PROTOCOL_TLS),
		BROKEN("goes on in the next segment", TLS_HELLO, 3, "\x40\x00", VX_PROTOCOL_TLS),
		BROKEN("longest record", TLS_HELLO, 3, "\x48\x00", VX_PROTOCOL_TLS),
		BROKEN("longer than any record", TLS_HELLO, 3, "\x48\x01", OTHER),
		BROKEN("empty", TLS_HELLO, 3, "\x00\x00", OTHER),
		BROKEN("handshake without a message", TLS_HELLO, 3, "\x00\x03", OTHER),
		BROKEN("alert of one byte", TLS_HELLO, 0, "\x15\x03\x03\x00\x01", OTHER),
		BROKEN("alert", TLS_HELLO, 0, "\x15\x03\x03\x00\x02", VX_PROTOCOL_TLS),
		BROKEN("change cipher spec", TLS_HELLO, 0, "\x14\x03\x03\x00\x01", VX_PROTOCOL_TLS),
		BROKEN("change cipher spec of two bytes", TLS_HELLO, 0, "\x14\x03\x03\x00\x02", OTHER),
		BROKEN("type 19", TLS_HELLO, 0, "\x13", OTHER),
		BROKEN("type 25", TLS_HELLO, 0, "\x19", OTHER),
		BROKEN("major version", TLS_HELLO, 1, "\x02", OTHER),
		BROKEN("minor version", TLS_HELLO, 2, "\x05", OTHER),
	};
	const struct sample *tls = sample_get(SAMPLE_TLS_HELLO);

	(void)state;
	assert_broken_rows(rows);
	assert_int_equal(evidence_of(&any_udp, tls->bytes, tls->length), OTHER);
	assert_int_equal(evidence_of(&any_tcp, (const uint8_t *)"\x17\x03\x03\x01", 4), OTHER);
}

/* Its first two bytes may be taken for the length of RFC 4571, but no frame of that length begins as a record goes on. */
static void tls_is_no_frame_whatever_its_length_ports_and_bytes(void **state)
{
	static const uint8_t types[] = { 0x14, 0x15, 0x16, 0x17, 0x18 };
	const struct frame_flow dns = { .transport = VX_TRANSPORT_TCP, .sport = 53, .dport = 40001 };
	static uint8_t segment[2 + 0x1803];

	(void)state;
	for (size_t i = 0; i < sizeof(types); i++) {
		const size_t filled = 2U + (types[i] << 8 | 3);

		memcpy(segment, "\x17\x03\x03\x00\x01", 5);
		segment[0] = types[i];
		segment[4] = types[i] == 0x14 ? 1 : 4;
		assert_int_equal(evidence_of(&any_tcp, segment, filled), VX_PROTOCOL_TLS);
		assert_int_equal(evidence_of(&any_tcp, segment, filled - 1), VX_PROTOCOL_TLS);
		assert_int_equal(evidence_of(&dns, segment, 100), VX_PROTOCOL_TLS);
		memcpy(segment + 6, "\x21\x12\xa4\x42", 4); /* STUN's cookie */
		assert_int_equal(evidence_of(&any_tcp, segment, 100), VX_PROTOCOL_TLS);
		memset(segment, 0, 16);
	}
}

static void dns_needs_its_port_and_a_sound_header(void **state)
{
	static const struct broken rows[] = {
		BROKEN("response", DNS_QUERY, 2, "\x81\x80", VX_PROTOCOL_DNS),
		BROKEN("response with an error", DNS_QUERY, 2, "\x81\x83", VX_PROTOCOL_DNS),
		BROKEN("update", DNS_QUERY, 2, "\x28\x00", VX_PROTOCOL_DNS),
		BROKEN("an id that looks like RTP", DNS_QUERY, 0, "\x80\x00", VX_PROTOCOL_DNS),
		BROKEN("unassigned opcode", DNS_QUERY, 2, "\x39\x00", OTHER),
		BROKEN("reserved bit", DNS_QUERY, 2, "\x01\x40", OTHER),
		BROKEN("query with an answer code", DNS_QUERY, 2, "\x01\x03", OTHER),
		BROKEN("more records than fit", DNS_QUERY, 6, "\x00\x03", OTHER),
	};
	static const uint16_t ports[] = { 53, 5353, 5355 };
	const struct sample *dns = sample_get(SAMPLE_DNS_QUERY);
	struct frame_flow flow = any_udp;

	(void)state;
	assert_broken_rows(rows);
	assert_int_equal(evidence_of(&flow, dns->bytes, dns->length), OTHER);
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		flow = any_udp;
		flow.sport = ports[i];
		assert_int_equal(evidence_of(&flow, dns->bytes, dns->length), VX_PROTOCOL_DNS);
		flow = any_udp;
		flow.dport = ports[i];
		assert_int_equal(evidence_of(&flow, dns->bytes, dns->length), VX_PROTOCOL_DNS);
		assert_int_equal(evidence_of(&flow, dns->bytes, 11), OTHER);
	}
}

/* RFC 1035, 4.2.2: behind its length, which may count bytes of later segments. */
static void dns_over_tcp_is_framed(void **state)
{
	const struct frame_flow flow = { .transport = VX_TRANSPORT_TCP, .sport = 40001, .dport = 53 };
	const struct sample *dns = sample_get(SAMPLE_DNS_QUERY);
	uint8_t framed[64];

	(void)state;
	frame_put16(framed, dns->length + 100);
	memcpy(framed + 2, dns->bytes, dns->length);
	assert_int_equal(evidence_of(&flow, framed, dns->length + 2), VX_PROTOCOL_DNS);
	assert_int_equal(evidence_of(&flow, dns->bytes, dns->length), OTHER);
}

static void ntp_needs_its_port_version_mode_and_length(void **state)
{
	static const struct broken rows[] = {
		BROKEN("version 1, server", NTP_CLIENT, 0, "\x0c", VX_PROTOCOL_NTP),
		BROKEN("clock unsynchronised", NTP_CLIENT, 0, "\xe3", VX_PROTOCOL_NTP),
		BROKEN("broadcast", NTP_CLIENT, 0, "\x25", VX_PROTOCOL_NTP),
		BROKEN("version 0", NTP_CLIENT, 0, "\x03", OTHER),
		BROKEN("version 5", NTP_CLIENT, 0, "\x2b", OTHER),
		BROKEN("mode 0", NTP_CLIENT, 0, "\x20", OTHER),
	};
	const struct sample *ntp = sample_get(SAMPLE_NTP_CLIENT);
	const struct frame_flow flow = { .transport = VX_TRANSPORT_UDP, .sport = 123, .dport = 40001 };
	uint8_t control[48] = { 0x26 };

	(void)state;
	assert_broken_rows(rows);
	assert_int_equal(evidence_of(&any_udp, ntp->bytes, ntp->length), OTHER);
	assert_int_equal(evidence_of(&flow, ntp->bytes, 47), OTHER);
	assert_int_equal(evidence_of(&flow, control, 12), VX_PROTOCOL_NTP);
	assert_int_equal(evidence_of(&flow, control, 11), OTHER);
	control[0] = 0x17; /* private */
	assert_int_equal(evidence_of(&flow, control, 8), VX_PROTOCOL_NTP);
	assert_int_equal(evidence_of(&flow, control, 7), OTHER);
}

static void quic_needs_long_header_version_and_id(void **state)
{
	static const struct broken rows[] = {
		BROKEN("version 2", QUIC_INITIAL, 1, "\x6b\x33\x43\xcf", VX_PROTOCOL_QUIC),
		BROKEN("draft 29", QUIC_INITIAL, 1, "\xff\x00\x00\x1d", VX_PROTOCOL_QUIC),
		BROKEN("a reserved version", QUIC_INITIAL, 1, "\x1a\x2a\x3a\x4a", VX_PROTOCOL_QUIC),
		BROKEN("Q046, both sizes in one byte", QUIC_INITIAL, 1, "Q046\x50", VX_PROTOCOL_QUIC),
		BROKEN("no fixed bit: RTP's range", QUIC_INITIAL, 0, "\x83\xf0", VX_EVIDENCE_RTP_LIKELY),
		BROKEN("short header", QUIC_INITIAL, 0, "\x43", OTHER),
		BROKEN("unknown version", QUIC_INITIAL, 1, "\x00\x00\x00\x02", OTHER),
		BROKEN("id too long", QUIC_INITIAL, 5, "\x15", OTHER),
		BROKEN("longest id", QUIC_INITIAL, 5, "\x14", VX_PROTOCOL_QUIC),
	};
	const struct sample *quic = sample_get(SAMPLE_QUIC_INITIAL);

	(void)state;
	assert_broken_rows(rows);
	assert_int_equal(evidence_of(&any_tcp, quic->bytes, quic->length), OTHER);
	assert_int_equal(evidence_of(&any_udp, quic->bytes, 6), OTHER);
}

/* RFC 9000, 17.2.1: both ids, then a list of versions of 4 bytes each, not empty. */
static void quic_version_negotiation(void **state)
{
	uint8_t packet[64] = { 0xc0, 0, 0, 0, 0, 2, 1, 2, 3, 1, 2, 3 };

	(void)state;
	assert_int_equal(evidence_of(&any_udp, packet, 12 + 4), VX_PROTOCOL_QUIC);
	assert_int_equal(evidence_of(&any_udp, packet, 12 + 8), VX_PROTOCOL_QUIC);
	assert_int_equal(evidence_of(&any_udp, packet, 12), OTHER);
	assert_int_equal(evidence_of(&any_udp, packet, 12 + 6), OTHER);
	packet[8] = 200; /* id behind the end */
	assert_int_equal(evidence_of(&any_udp, packet, 12 + 4), OTHER);
	packet[5] = 200;
	assert_int_equal(evidence_of(&any_udp, packet, 12 + 4), OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tls_needs_type_version_and_length),
		cmocka_unit_test(tls_is_no_frame_whatever_its_length_ports_and_bytes),
		cmocka_unit_test(dns_needs_its_port_and_a_sound_header),
		cmocka_unit_test(dns_over_tcp_is_framed),
		cmocka_unit_test(ntp_needs_its_port_version_mode_and_length),
		cmocka_unit_test(quic_needs_long_header_version_and_id),
		cmocka_unit_test(quic_version_negotiation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
