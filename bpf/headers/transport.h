/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* UDP (RFC 768) and TCP (RFC 9293): ports, and where the payload lies. Its length comes from the length fields. */
#ifndef VOXDP_BPF_HEADERS_TRANSPORT_H
#define VOXDP_BPF_HEADERS_TRANSPORT_H

#include "bpf/headers/ip.h"

static __always_inline void vx_ports_set(struct vx_pkt *pkt, enum vx_transport transport, const __u8 *header)
{
	pkt->has_ports = 1;
	pkt->transport = transport;
	pkt->sport = vx_load16(header);
	pkt->dport = vx_load16(header + 2);
}

/*
 * RFC 768: the length counts the header, so 8 at least. The IP payload may be longer (RFC 9868), never shorter, but in
 * a first fragment: there the length is that of the whole datagram.
 */
static __always_inline enum vx_malformed vx_udp_parse(struct vx_cursor *c, struct vx_pkt *pkt)
{
	const __u8 *udp = vx_take(c, 8);
	__u32 length;

	if (!udp)
		return VX_MALFORMED_UDP_TRUNCATED;
	length = vx_load16(udp + 4);
	if (length < 8 || (!vx_bound(c, length - 8) && pkt->fragment != VX_FRAGMENT_FIRST))
		return VX_MALFORMED_UDP_LENGTH;
	vx_ports_set(pkt, VX_TRANSPORT_UDP, udp);
	return VX_MALFORMED_NONE;
}

/* RFC 9293, 3.1: the data offset is in 32-bit words, 5 at least. A first fragment may cut the options: truncated. */
static __always_inline enum vx_malformed vx_tcp_parse(struct vx_cursor *c, struct vx_pkt *pkt)
{
	const __u8 *tcp = vx_take(c, 20);
	__u32 header_bytes;

	if (!tcp)
		return VX_MALFORMED_TCP_TRUNCATED;
	header_bytes = (tcp[12] >> 4) * 4;
	if (header_bytes < 20)
		return VX_MALFORMED_TCP_HEADER_LENGTH;
	if (!vx_skip(c, header_bytes - 20))
		return pkt->fragment == VX_FRAGMENT_FIRST ? VX_MALFORMED_TCP_TRUNCATED : VX_MALFORMED_TCP_HEADER_LENGTH;
	vx_ports_set(pkt, VX_TRANSPORT_TCP, tcp);
	return VX_MALFORMED_NONE;
}

static __always_inline enum vx_malformed vx_transport_parse(struct vx_cursor *c, struct vx_pkt *pkt)
{
	enum vx_malformed malformed = VX_MALFORMED_NONE;

	if (pkt->fragment == VX_FRAGMENT_LATER)
		return malformed;
	if (pkt->l4_proto == VX_L4_UDP)
		malformed = vx_udp_parse(c, pkt);
	else if (pkt->l4_proto == VX_L4_TCP)
		malformed = vx_tcp_parse(c, pkt);
	if (!pkt->has_ports)
		return malformed;
	pkt->payload_offset = c->offset;
	pkt->payload_length = vx_left(c);
	return malformed;
}

#endif
