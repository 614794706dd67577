/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sample payloads: see sample.h. Bytes are laid out as the RFC draws them, one field or a few a line.
 */
#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char sip_invite[] = "INVITE sip:bob@192.0.2.10 SIP/2.0\r\n"
				 "Via: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bK776asdhds\r\n"
				 "Max-Forwards: 70\r\n"
				 "To: Bob <sip:bob@example.com>\r\n"
				 "From: Alice <sip:alice@example.com>;tag=1928301774\r\n"
				 "Call-ID: a84b4c76e66710@example.com\r\n"
				 "CSeq: 314159 INVITE\r\n"
				 "Contact: <sip:alice@203.0.113.5>\r\n"
				 "Content-Length: 0\r\n\r\n";

static const char sip_status[] = "SIP/2.0 200 OK\r\n"
				 "Via: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bK776asdhds\r\n"
				 "To: Bob <sip:bob@example.com>;tag=a6c85cf\r\n"
				 "From: Alice <sip:alice@example.com>;tag=1928301774\r\n"
				 "Call-ID: a84b4c76e66710@example.com\r\n"
				 "CSeq: 314159 INVITE\r\n"
				 "Content-Length: 0\r\n\r\n";

/* Bytes stand as the RFC draws them. */
/* clang-format off */

/* RFC 8489, 5 */
static const uint8_t stun_binding[] = {
	0x00, 0x01, 0x00, 0x08,					       /* Binding request, 8 bytes of attributes */
	0x21, 0x12, 0xa4, 0x42,					       /* magic cookie */
	1,    2,    3,	  4,	5,    6,    7,	  8,	9, 10, 11, 12, /* transaction id */
	0x80, 0x28, 0x00, 0x04, 0xde, 0xad, 0xbe, 0xef,		       /* FINGERPRINT */
};

/* RFC 3489, 11.1: 16 bytes of transaction id and no cookie */
static const uint8_t stun_classic[] = {
	0x00, 0x01, 0x00, 0x08,							       /* Binding Request */
	0x61, 0x62, 0x63, 0x64, 5,    6,    7,	  8,	9, 10, 11, 12, 13, 14, 15, 16, /* transaction id */
	0x00, 0x03, 0x00, 0x04, 0x00, 0x00, 0x00, 0x06,				       /* CHANGE-REQUEST */
};

/* RFC 8656, 12.4: channel, length, then an RTP packet of 20 bytes */
static const uint8_t turn_channel[] = {
	0x40, 0x01, 0x00, 0x14, 0x80, 0x00, 0x00, 0x07, 0x00, 0x00, 0x04, 0x60,
	0x11, 0x22, 0x33, 0x44, 0xd5, 0xd5, 0xd5, 0xd5, 0xd5, 0xd5, 0xd5, 0xd5,
};

/* RFC 8656, 11.4 and 18: a Data indication with the peer's address and an RTP packet of 13 bytes */
static const uint8_t turn_indication[] = {
	0x00, 0x17, 0x00, 0x20,					       /* Data indication, 32 bytes of attributes */
	0x21, 0x12, 0xa4, 0x42,					       /* magic cookie */
	1,    2,    3,	  4,	5,    6,    7,	  8,	9, 10, 11, 12, /* transaction id */
	0x00, 0x12, 0x00, 0x08, 0x00, 0x01, 0x21, 0x12, 0xe1, 0xba, 0xa5, 0x61, /* XOR-PEER-ADDRESS */
	0x00, 0x13, 0x00, 0x0d, 0x80, 0x00, 0x00, 0x09, 0x00, 0x00, 0x04, 0x60, /* DATA: RTP */
	0x11, 0x22, 0x33, 0x55, 0xd5, 0x00, 0x00, 0x00,		       /* its last byte, and padding */
};

/* RFC 6347, 4.1 and 4.2.2; RFC 5246, 7.4.1.2 */
static const uint8_t dtls_hello[] = {
	0x16, 0xfe, 0xff, 0x00, 0x00, 0,    0,	0,  0,	0,  0, /* handshake, DTLS 1.0, epoch 0, sequence 0 */
	0x00, 0x38,					       /* 56 bytes of record */
	0x01, 0x00, 0x00, 0x2c, 0x00, 0x00,		       /* ClientHello, 44 bytes, message 0 */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x2c,		       /* fragment 0, 44 bytes */
	0xfe, 0xfd,					       /* DTLS 1.2 */
	1,    2,    3,	  4,	5,    6,    7,	8,  9,	10, 11, 12, 13, 14, 15, 16,
	17,   18,   19,	  20,	21,   22,   23, 24, 25, 26, 27, 28, 29, 30, 31, 32, /* random */
	0x00, 0x00,								    /* session id, cookie: empty */
	0x00, 0x04, 0xc0, 0x2b, 0xc0, 0x2f,					    /* cipher suites */
	0x01, 0x00,								    /* compression: null */
};

/* RFC 6189, 5: packet header, a shortened Hello message, CRC */
static const uint8_t zrtp_hello[] = {
	0x10, 0x00, 0x00, 0x01, 'Z', 'R', 'T', 'P', 0xca, 0xfe, 0xba, 0xbe, /* sequence 1, cookie, SSRC */
	0x50, 0x5a, 0x00, 0x16, 'H', 'e', 'l', 'l', 'o', ' ', ' ', ' ',     /* preamble, 22 words */
	'1', '.', '1', '0', 'v', 'o', 'x', 'd', 'p', ' ', 't', 'e', 's', 't', ' ', ' ', ' ', ' ', ' ', ' ',
	[44 ... 75] = 0x5c,     /* hash image H3 */
	[76 ... 87] = 0x11,     /* ZID */
	[92 ... 99] = 0x22,     /* MAC, behind four bytes that name no algorithm */
	0x12, 0x34, 0x56, 0x78, /* CRC */
};

/* RFC 3550, 5.1: version 2, payload type 0 */
static const uint8_t rtp[SAMPLE_RTP_BYTES] = {
	0x80, 0x00, 0x12, 0x34, 0x00, 0x00, 0x04, 0x60, 0x11, 0x22, 0x33, 0x44,
	[12 ... SAMPLE_RTP_BYTES - 1] = 0xd5,
};

/* RFC 3550, 6.4.1 and 6.5: a sender report without blocks, then SDES with a CNAME */
static const uint8_t rtcp_sr[] = {
	0x80, 0xc8, 0x00, 0x06, 0x11, 0x22, 0x33, 0x44,		       /* SR, 7 words, SSRC */
	0xe0, 0,    0,	  1,	0,    0,    0,	  0,	0, 0, 4, 0x60, /* NTP and RTP time */
	0,    0,    0,	  10,	0,    0,    0x06, 0x40,		       /* packets, octets */
	0x81, 0xca, 0x00, 0x03, 0x11, 0x22, 0x33, 0x44,		       /* SDES, 4 words, one chunk */
	0x01, 0x04, 'v',  'o',	'x',  '1',  0x00, 0x00,
};

/* RFC 8446, 5.1 and 4.1.2 */
static const uint8_t tls_hello[] = {
	0x16, 0x03, 0x01, 0x00, 0x2f,	    /* handshake, TLS 1.0, 47 bytes of record */
	0x01, 0x00, 0x00, 0x2b, 0x03, 0x03, /* ClientHello, 43 bytes, TLS 1.2 */
	1,    2,    3,	  4,	5,    6,    7,	  8,  9,  10, 11, 12, 13, 14, 15, 16,
	17,   18,   19,	  20,	21,   22,   23,	  24, 25, 26, 27, 28, 29, 30, 31, 32, /* random */
	0x00, 0x00, 0x04, 0x13, 0x01, 0x13, 0x02,				      /* session id, cipher suites */
	0x01, 0x00,								      /* compression: null */
};

/* RFC 1035, 4.1: A? voip.example */
static const uint8_t dns_query[] = {
	0x1a, 0x2b, 0x01, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 4,    'v',  'o',
	'i',  'p',  7,	  'e',	'x',  'a',  'm',  'p',	'l',  'e',  0,	  0x00, 0x01, 0x00, 0x01,
};

/* RFC 5905, 7.3: version 4, mode 3 */
static const uint8_t ntp_client[48] = {
	0x23, 0x00, 0x06, 0xec, /* version 4, client; stratum, poll, precision */
	[40] = 0xe0, 0x00, 0x00, 0x01, 0x10, 0x20, 0x30, 0x40, /* transmit time */
};

/* RFC 9000, 17.2.2 and 14.1: long header, Initial, version 1, padded to 1200 bytes */
static const uint8_t quic_initial[1200] = {
	0xc3, 0x00, 0x00, 0x00, 0x01, /* Initial, version 1 */
	0x08, 1, 2, 3, 4, 5, 6, 7, 8, /* destination connection id */
	0x00,                         /* source connection id: empty */
	0x00,                         /* token: empty */
	0x44, 0x9e,                   /* length 1182 */
	[18 ... 1199] = 0x5a,         /* packet number and payload, protected */
};

/* clang-format on */

static const char http_get[] = "GET /index.html HTTP/1.1\r\n"
			       "Host: www.example.com\r\n\r\n";

static const char xmpp_start[] = "<?xml version='1.0'?><stream:stream to='example.com' xmlns='jabber:client' "
				 "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

/* First byte outside every range of RFC 9443, no text, no version bits. */
static const uint8_t noise[] = {
	0x0b, 0xee, 0x11, 0x77, 0x02, 0x99, 0x3c, 0x00, 0x9d, 0x61, 0xfe, 0x08, 0x55, 0xa0, 0x0c, 0xb7,
	0x31, 0x8a, 0xe4, 0x5f, 0x26, 0xd3, 0x70, 0x1b, 0xc9, 0x42, 0xf8, 0x0d, 0x67, 0x93, 0xae, 0x2e,
};

#define TEXT(text) .bytes = (const uint8_t *)(text), .length = sizeof(text) - 1
#define BYTES(array) .bytes = (array), .length = sizeof(array)
#define ROW(word, l4, usual_port, proves)                                                                              \
	.name = word, .transport = VX_TRANSPORT_##l4, .port = usual_port, .evidence = proves

static const struct sample samples[_SAMPLE_MAX] = {
	[SAMPLE_SIP_INVITE] = { ROW("sip invite", UDP, 5060, VX_PROTOCOL_SIP), TEXT(sip_invite) },
	[SAMPLE_SIP_STATUS] = { ROW("sip status", UDP, 5060, VX_PROTOCOL_SIP), TEXT(sip_status) },
	[SAMPLE_STUN_BINDING] = { ROW("stun binding", UDP, 3478, VX_PROTOCOL_STUN), BYTES(stun_binding) },
	[SAMPLE_STUN_CLASSIC] = { ROW("stun classic", UDP, 3478, VX_PROTOCOL_STUN), BYTES(stun_classic) },
	[SAMPLE_TURN_CHANNEL] = { ROW("turn channel", UDP, 3478, VX_PROTOCOL_TURN_CHANNEL), BYTES(turn_channel) },
	[SAMPLE_TURN_INDICATION] = { ROW("turn indication", UDP, 3478, VX_PROTOCOL_STUN), BYTES(turn_indication) },
	[SAMPLE_DTLS_HELLO] = { ROW("dtls hello", UDP, 20000, VX_PROTOCOL_DTLS), BYTES(dtls_hello) },
	[SAMPLE_ZRTP_HELLO] = { ROW("zrtp hello", UDP, 20000, VX_PROTOCOL_ZRTP), BYTES(zrtp_hello) },
	[SAMPLE_RTP] = { ROW("rtp", UDP, 20000, VX_EVIDENCE_RTP_LIKELY), BYTES(rtp) },
	[SAMPLE_RTCP_SR] = { ROW("rtcp sr", UDP, 20001, VX_PROTOCOL_RTCP), BYTES(rtcp_sr) },
	[SAMPLE_TLS_HELLO] = { ROW("tls hello", TCP, 443, VX_PROTOCOL_TLS), BYTES(tls_hello) },
	[SAMPLE_DNS_QUERY] = { ROW("dns query", UDP, 53, VX_PROTOCOL_DNS), BYTES(dns_query) },
	[SAMPLE_NTP_CLIENT] = { ROW("ntp client", UDP, 123, VX_PROTOCOL_NTP), BYTES(ntp_client) },
	[SAMPLE_HTTP_GET] = { ROW("http get", TCP, 80, VX_PROTOCOL_HTTP), TEXT(http_get) },
	[SAMPLE_XMPP_START] = { ROW("xmpp start", TCP, 5222, VX_PROTOCOL_XMPP), TEXT(xmpp_start) },
	[SAMPLE_QUIC_INITIAL] = { ROW("quic initial", UDP, 443, VX_PROTOCOL_QUIC), BYTES(quic_initial) },
	[SAMPLE_NOISE] = { ROW("noise", UDP, 40000, VX_PROTOCOL_OTHER), BYTES(noise) },
	[SAMPLE_EMPTY] = { ROW("empty", UDP, 40000, VX_PROTOCOL_OTHER), .bytes = NULL, .length = 0 },
};

const struct sample *sample_get(enum sample_kind kind)
{
	if (kind < _SAMPLE_MAX)
		return &samples[kind];
	fprintf(stderr, "sample: no kind %u\n", kind);
	abort();
}

static void put32(uint8_t *at, uint32_t value)
{
	at[0] = value >> 24;
	at[1] = value >> 16;
	at[2] = value >> 8;
	at[3] = value;
}

size_t sample_rtp(uint8_t *bytes, uint16_t sequence, uint32_t timestamp, uint32_t ssrc)
{
	memcpy(bytes, rtp, sizeof(rtp));
	bytes[2] = sequence >> 8;
	bytes[3] = sequence;
	put32(bytes + 4, timestamp);
	put32(bytes + 8, ssrc);
	return sizeof(rtp);
}
