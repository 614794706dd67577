/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * IPv6 (RFC 8200) and its extension headers. The walk knows five headers and a bound; anything else ends it without
 * ports, since the bytes behind an unknown header are whatever the sender wants them to look like.
 */
#ifndef VOXDP_BPF_HEADERS_IPV6_H
#define VOXDP_BPF_HEADERS_IPV6_H

#include "bpf/headers/ip.h"

/* RFC 8200, 4.1: each header at most once, destination options twice. That makes six without ESP, which ends a walk. */
#define VX_IPV6_EXTENSIONS_MAX 6

static __always_inline int vx_is_extension(__u8 l4_proto)
{
	return l4_proto == VX_L4_HOP_BY_HOP || l4_proto == VX_L4_ROUTING || l4_proto == VX_L4_FRAGMENT ||
	       l4_proto == VX_L4_AH || l4_proto == VX_L4_DESTINATION;
}

/* RFC 8200, 4.5. With offset 0 and nothing to follow it is atomic (RFC 6946): a whole packet, and no fragment here. */
static __always_inline enum vx_malformed vx_ipv6_fragment(struct vx_cursor *c, struct vx_pkt *pkt, const __u8 *header)
{
	__u16 field = vx_load16(header + 2);

	if (pkt->fragment != VX_FRAGMENT_NO)
		return VX_MALFORMED_IPV6_EXTENSION_CHAIN;
	return vx_fragment_parse(c, pkt, field & 0xfff8, field & 1);
}

/* Steps over one extension header; pkt->l4_proto says which and then what follows it. */
static __always_inline enum vx_malformed vx_ipv6_extension(struct vx_cursor *c, struct vx_pkt *pkt)
{
	const __u8 *header = vx_take(c, 8);
	__u8 l4_proto = pkt->l4_proto;

	if (!header)
		return VX_MALFORMED_IPV6_EXTENSION_TRUNCATED;
	pkt->l4_proto = header[0];
	if (l4_proto == VX_L4_FRAGMENT)
		return vx_ipv6_fragment(c, pkt, header);
	if (l4_proto == VX_L4_AH ? !vx_ah_skip(c, header) : !vx_skip(c, header[1] * 8))
		return VX_MALFORMED_IPV6_EXTENSION_TRUNCATED;
	return VX_MALFORMED_NONE;
}

static __always_inline enum vx_malformed vx_ipv6_extensions(struct vx_cursor *c, struct vx_pkt *pkt)
{
	enum vx_malformed malformed;

	/* Kept as a loop: unrolled it is six times as long, and the verifier walks it no faster. */
	VX_KEEP_LOOP
	for (int i = 0; i < VX_IPV6_EXTENSIONS_MAX; i++) {
		vx_cursor_merge(c, pkt->frame_bytes);
		if (!vx_is_extension(pkt->l4_proto))
			return VX_MALFORMED_NONE;
		/* RFC 8200, 4.1: hop-by-hop options come first or not at all. */
		if (pkt->l4_proto == VX_L4_HOP_BY_HOP && i > 0)
			return VX_MALFORMED_IPV6_EXTENSION_CHAIN;
		malformed = vx_ipv6_extension(c, pkt);
		if (malformed || pkt->fragment == VX_FRAGMENT_LATER)
			return malformed;
	}
	return vx_is_extension(pkt->l4_proto) ? VX_MALFORMED_IPV6_EXTENSION_CHAIN : VX_MALFORMED_NONE;
}

static __always_inline enum vx_malformed vx_ipv6_parse(struct vx_cursor *c, struct vx_pkt *pkt)
{
	const __u8 *header = vx_take(c, 40);
	__u32 payload;

	if (!header)
		return VX_MALFORMED_IPV6_TRUNCATED;
	if (header[0] >> 4 != 6)
		return VX_MALFORMED_IPV6_VERSION;
	pkt->l4_proto = header[6];
	/* 0 stands for a jumbogram (RFC 2675), which no Ethernet carries, or for no payload at all. */
	payload = vx_load16(header + 4);
	if (!vx_bound(c, payload) || (payload == 0 && pkt->l4_proto != VX_L4_NONE))
		return VX_MALFORMED_IPV6_PAYLOAD_LENGTH;

	pkt->family = 6;
	pkt->dscp = vx_load16(header) >> 6 & 63;
	for (int i = 0; i < 4; i++) {
		pkt->src.word[i] = vx_load(__be32, header + 8 + 4 * i);
		pkt->dst.word[i] = vx_load(__be32, header + 24 + 4 * i);
	}
	return vx_ipv6_extensions(c, pkt);
}

#endif
