/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One valid payload for each protocol that voxdp knows, made by hand from the RFCs. Tests put them into frames or
 * break one field of a copy.
 */
#ifndef TESTS_LIB_SAMPLE_H
#define TESTS_LIB_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include <voxdp/names.h>

enum sample_kind {
	SAMPLE_SIP_INVITE,
	SAMPLE_SIP_STATUS,
	SAMPLE_STUN_BINDING,
	SAMPLE_STUN_CLASSIC,	/* RFC 3489: no magic cookie */
	SAMPLE_TURN_CHANNEL,	/* ChannelData with RTP in it */
	SAMPLE_TURN_INDICATION, /* a Data indication with an RTP packet in it */
	SAMPLE_DTLS_HELLO,
	SAMPLE_ZRTP_HELLO,
	SAMPLE_RTP, /* G.711, 20 ms: looks like RTP, proves nothing alone */
	SAMPLE_RTCP_SR,
	SAMPLE_TLS_HELLO,
	SAMPLE_DNS_QUERY,
	SAMPLE_NTP_CLIENT,
	SAMPLE_HTTP_GET,
	SAMPLE_XMPP_START,
	SAMPLE_QUIC_INITIAL,
	SAMPLE_NOISE, /* no protocol at all */
	SAMPLE_EMPTY,
	_SAMPLE_MAX,
};

struct sample {
	const char *name;
	enum vx_transport transport; /* the one it is usual on */
	uint16_t port;		     /* a usual port of the serving end */
	uint8_t evidence;	     /* enum vx_protocol or enum vx_evidence: what its bytes prove */
	const uint8_t *bytes;
	size_t length;
};

/* Never NULL; aborts for a kind out of range. */
const struct sample *sample_get(enum sample_kind kind);

/* Writes an RTP packet (payload type 0, 160 bytes of payload, 172 in all) into bytes; returns its length. */
#define SAMPLE_RTP_BYTES 172
size_t sample_rtp(uint8_t *bytes, uint16_t sequence, uint32_t timestamp, uint32_t ssrc);

#endif
