/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* From a frame to the facts of struct vx_pkt, or the reason why not. */
#ifndef VOXDP_BPF_HEADERS_HEADERS_H
#define VOXDP_BPF_HEADERS_HEADERS_H

#include "bpf/headers/ethernet.h"
#include "bpf/headers/ipv4.h"
#include "bpf/headers/ipv6.h"
#include "bpf/headers/transport.h"

/* For the verifier: what follows is walked once, not once for each family, transport and kind of fragment. */
static __always_inline void vx_pkt_merge(struct vx_pkt *pkt, __u32 frame_bytes)
{
	pkt->family = vx_unknown(pkt->family, 7, frame_bytes);
	pkt->transport = vx_unknown(pkt->transport, 1, frame_bytes);
	pkt->fragment = vx_unknown(pkt->fragment, 3, frame_bytes);
}

/* What the layer below says is @l3_proto: IP and what it carries. Anything else leaves @pkt as it is. */
static __always_inline enum vx_malformed vx_network_parse(struct vx_cursor *c, __u16 l3_proto, struct vx_pkt *pkt)
{
	enum vx_malformed malformed;

	vx_cursor_merge(c, pkt->frame_bytes);
	if (l3_proto == VX_L3_IPV4)
		malformed = vx_ipv4_parse(c, pkt);
	else if (l3_proto == VX_L3_IPV6)
		malformed = vx_ipv6_parse(c, pkt);
	else
		return VX_MALFORMED_NONE;
	if (malformed)
		return malformed;
	vx_cursor_merge(c, pkt->frame_bytes);
	malformed = vx_transport_parse(c, pkt);
	vx_pkt_merge(pkt, pkt->frame_bytes);
	return malformed;
}

/*
 * @pkt comes zeroed. [@data, @data_end) is the linear part of a frame of @frame_bytes; headers must lie in it, payload
 * need not. A frame without IP is not malformed: its family stays 0. After a reason, the facts in @pkt are those read
 * before it and has_ports is 0.
 */
static __always_inline enum vx_malformed vx_headers_parse(const __u8 *data, const __u8 *data_end, __u32 frame_bytes,
							  struct vx_pkt *pkt)
{
	struct vx_cursor c = { .data = data, .end = data_end, .offset = 0, .limit = frame_bytes };
	__u16 l3_proto = VX_L3_NOT_IP;
	enum vx_malformed malformed;

	vx_in_memory(pkt);
	vx_cursor_merge(&c, frame_bytes);
	malformed = vx_ethernet_parse(&c, &l3_proto);
	if (malformed)
		return malformed;
	return vx_network_parse(&c, l3_proto, pkt);
}

#endif
