/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers and payloads by hand. */
#include "dataplane/traffic_frame.h"

#include <netinet/in.h>
#include <string.h>

#include "lib/cleanup.h"

static const struct traffic_payload payloads[] = {
/* RFC 3550, 5.1: payload type 0; sequence number, time and source are each flow's. */
#define RTP_BYTES "\x80\0\0\0\0\0\0\0\0\0\0\0"
/* RFC 8489, 5: a binding response with FINGERPRINT. */
#define STUN_BYTES                                                                                                     \
	"\x01\x01\0\x08\x21\x12\xa4\x42"                                                                               \
	"transactions\x80\x28\0\x04\xde\xad\xbe\xef"
#define SIP_BYTES                                                                                                      \
	"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.5:5060;branch=z9hG4bK776asdhds\r\n"                                \
	"To: Bob <sip:bob@example.com>;tag=a6c85cf\r\nFrom: Alice <sip:alice@example.com>;tag=1928301774\r\n"          \
	"Call-ID: a84b4c76e66710@example.com\r\nCSeq: 314159 OPTIONS\r\nContent-Length: 0\r\n\r\n"
/* RFC 8446, 5.1: a record of application data, of which the segment holds the beginning. */
#define TLS_BYTES "\x17\x03\x03\x10\x00"
#define PAYLOAD(text) text, sizeof(text) - 1
	[TRAFFIC_RTP] = { VX_TRANSPORT_UDP, VX_EVIDENCE_RTP_LIKELY, false, PAYLOAD(RTP_BYTES), 172 },
	[TRAFFIC_STUN] = { VX_TRANSPORT_UDP, VX_PROTOCOL_STUN, true, PAYLOAD(STUN_BYTES), 28 },
	[TRAFFIC_SIP] = { VX_TRANSPORT_UDP, VX_PROTOCOL_SIP, true, PAYLOAD(SIP_BYTES), sizeof(SIP_BYTES) - 1 },
	[TRAFFIC_TLS] = { VX_TRANSPORT_TCP, VX_PROTOCOL_TLS, false, PAYLOAD(TLS_BYTES), 1400 },
	[TRAFFIC_NOBODY] = { VX_TRANSPORT_TCP, VX_PROTOCOL_TLS, false, PAYLOAD(TLS_BYTES), 1400 },
};
_Static_assert(ARRAY_SIZE(payloads) == _TRAFFIC_MAX, "every kind has its payload");

const struct traffic_payload *traffic_payload(enum traffic_kind kind)
{
	return &payloads[kind];
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* RFC 1071 */
static uint16_t checksum(const uint8_t *bytes, size_t length)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < length; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t ip_write(uint8_t *frame, const struct packet *flow, size_t length)
{
	uint8_t *ip = frame + 14, l4_proto = flow->transport == VX_TRANSPORT_UDP ? IPPROTO_UDP : IPPROTO_TCP;

	if (flow->src.family == 6) {
		put16(frame + 12, 0x86dd);
		put16(ip, 0x6000U | (uint32_t)flow->dscp << 6);
		put16(ip + 4, (uint32_t)length);
		ip[6] = l4_proto;
		ip[7] = 64;
		memcpy(ip + 8, flow->src.bytes, 16);
		memcpy(ip + 24, flow->dst.bytes, 16);
		return 14 + 40;
	}
	put16(frame + 12, 0x0800);
	ip[0] = 0x45;
	ip[1] = (uint8_t)(flow->dscp << 2);
	put16(ip + 2, (uint32_t)(20 + length));
	ip[8] = 64;
	ip[9] = l4_proto;
	memcpy(ip + 12, flow->src.bytes, 4);
	memcpy(ip + 16, flow->dst.bytes, 4);
	put16(ip + 10, checksum(ip, 20));
	return 14 + 20;
}

size_t traffic_frame_write(uint8_t frame[TRAFFIC_FRAME_MAX], const struct packet *flow,
			   const struct traffic_payload *payload, uint32_t number)
{
	size_t header = flow->transport == VX_TRANSPORT_UDP ? 8 : 20;
	uint8_t *l4, *bytes;

	memset(frame, 0, TRAFFIC_FRAME_MAX);
	l4 = frame + ip_write(frame, flow, header + payload->length);
	bytes = l4 + header;
	frame[0] = frame[6] = 0x02; /* locally administered */
	frame[5] = 2;
	frame[11] = 1;
	put16(l4, flow->sport);
	put16(l4 + 2, flow->dport);
	if (flow->transport == VX_TRANSPORT_UDP) {
		put16(l4 + 4, (uint32_t)(header + payload->length));
	} else {
		l4[12] = 5 << 4;
		l4[13] = 0x18; /* PSH, ACK */
		put16(l4 + 14, 0xffff);
	}
	memcpy(bytes, payload->bytes, payload->bytes_length);
	memset(bytes + payload->bytes_length, 0xd5, payload->length - payload->bytes_length);
	if (payload->evidence == VX_EVIDENCE_RTP_LIKELY) { /* time and source */
		put16(bytes + 6, 160);
		put16(bytes + 8, 0x1000 + (number >> 16));
		put16(bytes + 10, number & 0xffff);
	}
	return (size_t)(bytes - frame) + payload->length;
}

struct bench_head traffic_head_of(const uint8_t *frame, uint8_t family)
{
	static const size_t pieces4[] = BENCH_PIECES4, pieces6[] = BENCH_PIECES6;
	const size_t *pieces = family == 4 ? pieces4 : pieces6;
	size_t count = family == 4 ? ARRAY_SIZE(pieces4) : ARRAY_SIZE(pieces6);
	struct bench_head head = {};

	for (size_t i = 0; i < count; i++)
		memcpy(&head.word[i], frame + pieces[i], sizeof(head.word[i]));
	return head;
}
