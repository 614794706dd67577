/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Recognising at sight: payload/recognise.h on the first 16 bytes alone. Nearly every payload shows there what it is; where
 * a recogniser asks for more, or the message does not start at once, there is no verdict and nothing is lost.
 */
#ifndef VOXDP_BPF_PAYLOAD_SIGHT_H
#define VOXDP_BPF_PAYLOAD_SIGHT_H

#include "bpf/payload/recognise.h"
#include "bpf/payload/relayed.h"

/* enum vx_evidence, and of a SIP message its kind. One number, so that it is one to the verifier. */
#define VX_SIGHT(evidence, sip_kind) ((evidence) | (sip_kind) << 4)
#define VX_SIGHT_EVIDENCE(sight) ((sight)&15)
#define VX_SIGHT_SIP_KIND(sight) ((sight) >> 4 & 31)
#define VX_SIGHT_NONE (1U << 31)

_Static_assert((VX_PORT_MDNS & ~2) == VX_PORT_MDNS && (VX_PORT_MDNS | 2) == VX_PORT_LLMNR, "told by one comparison");

/* One of DNS's or NTP's. Media's ports are mostly high: they are done after one comparison. */
static __always_inline int vx_is_asked_port(__u16 port)
{
	__u32 high = port >> 13, dns = port ^ VX_PORT_DNS, ntp = port ^ VX_PORT_NTP;
	__u32 multicast = (port & ~2U) ^ VX_PORT_MDNS; /* LLMNR's, too */

	/* For the verifier, as in vx_has_port(). */
	vx_forget(high);
	if (high)
		return 0;
	vx_forget(dns);
	vx_forget(ntp);
	vx_forget(multicast);
	return !dns || !ntp || !multicast;
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

/*
 * RTP as it mostly is: no padding, no extension, no contributing sources, and by its ports nothing else. It is
 * VX_EVIDENCE_RTP_LIKELY. [@data, @data_end) is the frame, of a UDP datagram.
 */
static __always_inline int vx_is_plain_rtp(const __u8 *data, const __u8 *data_end, const struct vx_pkt *pkt)
{
	const __u8 *at = data + pkt->payload_offset;

	return pkt->payload_length >= VX_RTP_HEADER && at + VX_RTP_HEADER <= data_end && at[0] == 0x80 &&
	       !vx_is_rtcp_range(at[1]) && !vx_sight_asks_port(pkt, VX_EVIDENCE_RTP_LIKELY);
}

/* Returns VX_SIGHT(), or VX_SIGHT_NONE. [@data, @data_end) is the frame. */
static __always_inline __u32 vx_sight(const __u8 *data, const __u8 *data_end, const struct vx_pkt *pkt)
{
	const __u8 *at = data + (pkt->payload_offset & VX_OFFSET_MASK);
	struct vx_message m = { .length = pkt->payload_length };
	int stream = pkt->transport == VX_TRANSPORT_TCP;
	__u8 evidence;

	if (!m.length)
		return VX_PROTOCOL_OTHER;
	vx_opaque(at);
	if (m.length < VX_HEAD_BYTES || at + VX_HEAD_BYTES > data_end)
		return VX_SIGHT_NONE;
	m.head[0] = vx_load64(at);
	m.head[1] = vx_load64(at + 8);
	if (vx_sip_empty_lines(&m) || (stream && vx_is_framed(&m, pkt)))
		return VX_SIGHT_NONE;
	evidence = vx_message_protocol(&m, pkt, stream ? VX_STARTS_SEGMENT : 0);
	if (m.wanted_more || vx_sight_asks_port(pkt, evidence) || vx_sight_may_relay(&m, evidence))
		return VX_SIGHT_NONE;
	return evidence == VX_PROTOCOL_SIP ? VX_SIGHT(VX_PROTOCOL_SIP, m.sip_kind) : evidence;
}

#endif
