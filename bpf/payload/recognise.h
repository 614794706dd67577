/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the bytes of a payload prove. The first byte says which recogniser may answer, in the order of RFC 9443, 4; text
 * protocols share its ranges and are told by their start lines. Pure: no maps, no helpers.
 */
#ifndef VOXDP_BPF_PAYLOAD_RECOGNISE_H
#define VOXDP_BPF_PAYLOAD_RECOGNISE_H

#include "bpf/payload/dns.h"
#include "bpf/payload/dtls.h"
#include "bpf/payload/http.h"
#include "bpf/payload/ntp.h"
#include "bpf/payload/quic.h"
#include "bpf/payload/rtcp.h"
#include "bpf/payload/rtp.h"
#include "bpf/payload/sip.h"
#include "bpf/payload/stun.h"
#include "bpf/payload/tls.h"
#include "bpf/payload/turn.h"
#include "bpf/payload/xmpp.h"
#include "bpf/payload/zrtp.h"
#include "bpf/pkt.h"

/* The UDP or TCP payload of a frame whose linear part is [@data, @data_end). */
static __always_inline struct vx_bytes vx_payload_bytes(const __u8 *data, const __u8 *data_end,
							const struct vx_pkt *pkt)
{
	/* The headers end well below the mask; the verifier has to see it. */
	const __u8 *payload = data + (pkt->payload_offset & VX_OFFSET_MASK);

	vx_opaque(payload);
	return (struct vx_bytes){ .data = payload, .end = data_end, .length = pkt->payload_length };
}

/*
 * RFC 4571, 2: over TCP each packet follows its length in 2 bytes; DNS does the same (RFC 1035, 4.2.2). The frame must
 * fill the segment, or STUN's cookie must stand where it then would.
 */
static __always_inline int vx_is_framed(const struct vx_message *m, const struct vx_pkt *pkt)
{
	if (m->length <= 2)
		return 0;
	if (2U + vx_head16(m, 0) == m->length || vx_has_port(pkt, VX_PORT_DNS))
		return 1;
	return vx_head32(m, 6) == VX_STUN_COOKIE;
}

/*
 * A segment that begins with a record of TLS is no frame, however long it is and whatever its ports: as a frame it had 3 bytes
 * more than a multiple of 4 and began with 0 to 4, which is STUN's alone (RFC 9443, 4), and that is a multiple of 4 (RFC 8489, 5).
 */
static __always_inline int vx_starts_tls(const struct vx_message *m, const struct vx_pkt *pkt)
{
	struct vx_message start = { .head = { m->head[0] }, .length = m->length };

	/* For the verifier: what is learned of its first bytes here is not known of @m's behind it. */
	vx_forget(start.head[0]);
	vx_forget(start.length);
	return pkt->transport == VX_TRANSPORT_TCP && vx_is_tls(&start);
}

/* A payload of empty lines only: a ping of two (RFC 5626, 4.4.1), or its answer of one, which says little elsewhere. */
static __always_inline int vx_is_sip_keep_alive(__u32 empty_bytes, const struct vx_pkt *pkt)
{
	return empty_bytes == 4 || vx_has_port(pkt, VX_PORT_SIP);
}

static __always_inline __u8 vx_text_protocol(struct vx_message *m, int stream)
{
	if (vx_is_sip(m))
		return VX_PROTOCOL_SIP;
	return stream && vx_is_http(m) ? VX_PROTOCOL_HTTP : VX_PROTOCOL_OTHER;
}

static __always_inline __u8 vx_rtp_or_rtcp(struct vx_message *m)
{
	if (vx_is_rtcp_range(vx_head8(m, 1)))
		return vx_is_rtcp(m) ? VX_PROTOCOL_RTCP : VX_PROTOCOL_OTHER;
	return m->length >= VX_RTP_HEADER ? vx_rtp(m) : VX_PROTOCOL_OTHER;
}

/* How a message lies in its payload. None of these: it is one whole datagram, or one frame of RFC 4571. */
enum vx_message_place {
	VX_STARTS_SEGMENT = 1U << 0,	/* over TCP: it need not end with the segment */
	VX_AFTER_EMPTY_LINES = 1U << 1, /* so that only a start line can follow */
};

/*
 * A first byte of 64 to 127. RFC 8656, 12 leaves 80 and more to others (RFC 9443, 4): to text. RFC 5766, 11 had given all
 * channels up to 0x7fff to TURN, and coturn's client still draws from all of them: at TURN's port they are believed, where
 * they are no text.
 */
static __always_inline __u8 vx_text_or_channel(struct vx_message *m, const struct vx_pkt *pkt, __u32 place)
{
	int stream = place & VX_STARTS_SEGMENT, may_be_channel = !(place & VX_AFTER_EMPTY_LINES);
	__u8 text;

	if (vx_head8(m, 0) < 80 && may_be_channel && vx_is_channel_data(m, stream))
		return VX_PROTOCOL_TURN_CHANNEL;
	text = vx_text_protocol(m, stream);
	if (text || vx_head8(m, 0) < 80 || !may_be_channel || !vx_has_port(pkt, VX_PORT_TURN))
		return text;
	/* Too rare for the head alone. */
	if (!m->payload)
		m->wanted_more = 1;
	else if (vx_is_channel_data(m, stream))
		return VX_PROTOCOL_TURN_CHANNEL;
	return VX_PROTOCOL_OTHER;
}

/* What the message itself proves, where vx_starts_tls() did not hold. */
static __always_inline __u8 vx_message_protocol(struct vx_message *m, const struct vx_pkt *pkt, __u32 place)
{
	int stream = place & VX_STARTS_SEGMENT, after_lines = place & VX_AFTER_EMPTY_LINES;
	__u8 first = vx_head8(m, 0);

	if (first >= 128) {
		if (place)
			return VX_PROTOCOL_OTHER;
		if (first < 192)
			return vx_rtp_or_rtcp(m);
		return vx_is_quic(m) ? VX_PROTOCOL_QUIC : VX_PROTOCOL_OTHER;
	}
	if (first >= 64)
		return vx_text_or_channel(m, pkt, place);
	if (after_lines)
		return VX_PROTOCOL_OTHER;
	if (first < 4)
		return vx_is_stun(m, stream) ? VX_PROTOCOL_STUN : VX_PROTOCOL_OTHER;
	if (stream)
		return vx_is_xmpp(m) ? VX_PROTOCOL_XMPP : VX_PROTOCOL_OTHER;
	if (first < 20)
		return vx_is_zrtp(m) ? VX_PROTOCOL_ZRTP : VX_PROTOCOL_OTHER;
	return vx_is_dtls(m) ? VX_PROTOCOL_DTLS : VX_PROTOCOL_OTHER;
}

/* Protocols whose bytes prove little without their port. Asked only where nothing was proven. */
static __always_inline __u8 vx_port_protocol(struct vx_message *m, const struct vx_pkt *pkt, __u8 evidence, __u32 noise)
{
	int dns = vx_has_dns_port(pkt), ntp = vx_has_port(pkt, VX_PORT_NTP);

	if (!dns && !ntp)
		return evidence;
	vx_message_forget(m, noise);
	if (dns && vx_is_dns(m))
		return VX_PROTOCOL_DNS;
	if (ntp && vx_is_ntp(m))
		return VX_PROTOCOL_NTP;
	return evidence;
}

/* Where the message starts: behind empty lines, or behind the length that frames it. */
static __always_inline __u32 vx_message_offset(const struct vx_message *m, const struct vx_pkt *pkt, __u32 *place)
{
	__u32 empty_bytes = vx_sip_empty_lines(m);

	if (empty_bytes) {
		*place |= VX_AFTER_EMPTY_LINES;
		return empty_bytes;
	}
	if (!*place || !vx_is_framed(m, pkt))
		return 0;
	*place = 0;
	return 2;
}

/* What the message that starts a payload proves, its ports left out. @more: they may still say what it is. */
static __always_inline __u8 vx_recognise_message(const struct vx_bytes *payload, const struct vx_pkt *pkt,
						 struct vx_message *message, int *more)
{
	__u32 place = pkt->transport == VX_TRANSPORT_TCP ? VX_STARTS_SEGMENT : 0;
	__u32 noise = pkt->frame_bytes, offset, is_tls;
	__u8 evidence;

	*more = 0;
	if (!vx_message_load(message, payload, 0, noise))
		return VX_PROTOCOL_OTHER;
	is_tls = vx_unknown(vx_starts_tls(message, pkt), 1, noise);
	offset = is_tls ? 0 : vx_message_offset(message, pkt, &place);
	if (offset) {
		if (offset == payload->length)
			return vx_is_sip_keep_alive(offset, pkt) ? VX_PROTOCOL_SIP : VX_PROTOCOL_OTHER;
		if (!vx_message_load(message, payload, vx_unknown(offset, 7, noise), noise))
			return VX_PROTOCOL_OTHER;
	}
	/* For the verifier: one path for all protocols, not one each. */
	evidence = vx_unknown(is_tls ? VX_PROTOCOL_TLS : vx_message_protocol(message, pkt, place), 15, noise);
	*more = !(place & VX_AFTER_EMPTY_LINES) &&
		(evidence == VX_PROTOCOL_OTHER || evidence == VX_EVIDENCE_RTP_LIKELY);
	return evidence;
}

/* Returns enum vx_protocol, or VX_EVIDENCE_RTP_LIKELY. @pkt has ports. */
static __always_inline __u8 vx_recognise(const struct vx_bytes *payload, const struct vx_pkt *pkt)
{
	struct vx_message message;
	int more;
	__u8 evidence = vx_recognise_message(payload, pkt, &message, &more);

	if (more)
		evidence =
			vx_unknown(vx_port_protocol(&message, pkt, evidence, pkt->frame_bytes), 15, pkt->frame_bytes);
	return evidence;
}

#endif
