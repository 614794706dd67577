/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Recognising at sight: payload/recognise.h on the first 16 bytes alone. Nearly every payload shows there what it is; where
 * a recogniser asks for more, or the message does not start at once, there is no verdict and nothing is lost.
 */
#ifndef VOXDP_BPF_PAYLOAD_SIGHT_H
#define VOXDP_BPF_PAYLOAD_SIGHT_H

#include <bpf/bpf_endian.h>

#include "bpf/headers/common.h"
#include "bpf/payload/recognise.h"
#include "bpf/payload/relayed.h"

/*
 * What a payload shows: enum vx_evidence, the transport that it came by, and of a SIP message its kind. One number, so that
 * it is one to the verifier.
 */
#define VX_SIGHT(evidence, transport) ((__u32)(evidence) | (__u32)(transport) << 4)
#define VX_SIGHT_SIP(sip_kind, transport) (VX_SIGHT(VX_PROTOCOL_SIP, transport) | ((sip_kind) + 1) << 5)
#define VX_SIGHT_EVIDENCE(sight) ((sight)&15)
#define VX_SIGHT_COLUMN(sight) ((sight)&31)	     /* of struct vx_class_shortcuts: both */
#define VX_SIGHT_SIP_KIND(sight) ((sight) >> 5 & 31) /* that of the message, plus 1; 0: it is no SIP */
#define VX_SIGHT_NONE (1U << 31)

#define VX_PORTS_ASKED_END 8192
_Static_assert(VX_PORT_LLMNR < VX_PORTS_ASKED_END, "all of them are lower");
_Static_assert((VX_PORT_MDNS & ~2) == VX_PORT_MDNS && (VX_PORT_MDNS | 2) == VX_PORT_LLMNR, "told by one comparison");

static __always_inline int vx_is_asked_port(__u16 port)
{
	__u32 dns = port ^ VX_PORT_DNS, ntp = port ^ VX_PORT_NTP;
	__u32 multicast = (port & ~2U) ^ VX_PORT_MDNS; /* LLMNR's, too */

	/* For the verifier, as in vx_has_port(). */
	vx_forget(dns);
	vx_forget(ntp);
	vx_forget(multicast);
	return !dns || !ntp || !multicast;
}

/* Is the port at @at one of DNS's or NTP's? Media's ports are mostly high: they are done after one comparison. */
static __always_inline int vx_asks_port_at(const __u8 *at)
{
	return at[0] < VX_PORTS_ASKED_END >> 8 && vx_is_asked_port(vx_load16(at));
}

/* Their messages look like other protocols': where nothing else is proven, the port has to be asked. */
static __always_inline int vx_sight_asks_port(const struct vx_pkt *pkt, __u8 evidence)
{
	if (evidence != VX_PROTOCOL_OTHER && evidence != VX_EVIDENCE_RTP_LIKELY)
		return 0;
	return vx_is_asked_port(pkt->sport) || vx_is_asked_port(pkt->dport);
}

/* What TURN carries is read elsewhere. */
static __always_inline int vx_sight_may_relay(const struct vx_message *m, __u8 evidence)
{
	return evidence == VX_PROTOCOL_TURN_CHANNEL ||
	       (evidence == VX_PROTOCOL_STUN && vx_is_stun_indication(vx_head16(m, 0)));
}

/* Returns VX_SIGHT(), VX_SIGHT_SIP(), or VX_SIGHT_NONE. [@data, @data_end) is the frame. */
static __always_inline __u32 vx_sight(const __u8 *data, const __u8 *data_end, const struct vx_pkt *pkt)
{
	const __u8 *at = data + (pkt->payload_offset & VX_OFFSET_MASK);
	struct vx_message m = { .length = pkt->payload_length };
	int stream = pkt->transport == VX_TRANSPORT_TCP;
	__u8 evidence;

	if (!m.length)
		return VX_SIGHT(VX_PROTOCOL_OTHER, pkt->transport);
	vx_opaque(at);
	if (m.length < VX_HEAD_BYTES || at + VX_HEAD_BYTES > data_end)
		return VX_SIGHT_NONE;
	m.head[0] = vx_load64(at);
	m.head[1] = vx_load64(at + 8);
	if (vx_starts_tls(&m, pkt))
		return VX_SIGHT(VX_PROTOCOL_TLS, VX_TRANSPORT_TCP);
	if (vx_sip_empty_lines(&m) || (stream && vx_is_framed(&m, pkt)))
		return VX_SIGHT_NONE;
	evidence = vx_message_protocol(&m, pkt, stream ? VX_STARTS_SEGMENT : 0);
	if (m.wanted_more || vx_sight_asks_port(pkt, evidence) || vx_sight_may_relay(&m, evidence))
		return VX_SIGHT_NONE;
	return evidence == VX_PROTOCOL_SIP ? VX_SIGHT_SIP(m.sip_kind, pkt->transport) :
					     VX_SIGHT(evidence, pkt->transport);
}

/* ---- the most common messages ------------------------------------------------------------------------------------ */

/*
 * RTP as it mostly is: no padding, no extension, no contributing sources, and by its ports nothing else. vx_sight() says
 * VX_EVIDENCE_RTP_LIKELY of it. VX_RTP_HEADER bytes can be read behind the UDP header.
 */
static __always_inline int vx_plain_rtp(const __u8 *udp, __u64 l4_bytes)
{
	/* Version 2 and no more in the first byte, and of the second what tells RTP from RTCP (vx_is_rtcp_range()). */
	__u32 start = vx_load(__be16, udp + 8) & bpf_htons(0xff60);

	vx_forget(start);
	if (start != bpf_htons(0x8000) && start != bpf_htons(0x8060) && start != bpf_htons(0x8020))
		return 0;
	return l4_bytes >= 8 + VX_RTP_HEADER && !vx_asks_port_at(udp) && !vx_asks_port_at(udp + 2);
}

/*
 * A response of SIP, every other one of its messages; no empty lines before it, and no tunnel begins so. Returns what
 * vx_sight() says, or VX_SIGHT_NONE. Its UDP header is at @udp, the frame ends at @end.
 */
static __always_inline __u32 vx_plain_sip(const __u8 *udp, __u64 l4_bytes, const __u8 *end)
{
	struct vx_message m = {};

	if (l4_bytes < 8 + VX_HEAD_BYTES || udp + 8 + VX_HEAD_BYTES > end)
		return VX_SIGHT_NONE;
	m.head[0] = vx_load64(udp + 8);
	m.head[1] = vx_load64(udp + 16);
	if (!vx_starts(&m, VX_SIP_VERSION) || !vx_is_sip_status(&m))
		return VX_SIGHT_NONE;
	return VX_SIGHT_SIP(m.sip_kind, VX_TRANSPORT_UDP);
}

/*
 * TLS as it mostly is: a record of application data of TLS 1.2 or later, which say 3.3 (RFC 8446, 5.1). Its TCP header is
 * @l4_at bytes behind @frame, which ends at @end.
 */
static __always_inline int vx_plain_tls(const __u8 *frame, __u32 l4_at, __u64 l4_bytes, const __u8 *end)
{
	__u64 header_bytes = vx_common_tcp_header(frame + l4_at);
	const __u8 *at;

	vx_forget(header_bytes);
	if (header_bytes < 20 || (__s64)(l4_bytes - header_bytes) < VX_HEAD_BYTES)
		return 0;
	at = vx_plus(header_bytes, frame);
	if (at + l4_at + VX_HEAD_BYTES > end)
		return 0;
	at += l4_at;
	return at[0] == VX_TLS_APPLICATION_DATA && vx_load32(at + 1) - 0x03030001U < VX_TLS_CIPHERTEXT_MAX;
}

#endif
