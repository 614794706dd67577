/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* IPv4 (RFC 791): addresses, DSCP, fragments; options and an authentication header are stepped over. */
#ifndef VOXDP_BPF_HEADERS_IPV4_H
#define VOXDP_BPF_HEADERS_IPV4_H

#include "bpf/headers/ip.h"

#define VX_IPV4_HEADER_MIN 20
#define VX_IPV4_MORE_FRAGMENTS 0x2000
#define VX_IPV4_FRAGMENT_OFFSET 0x1fff /* in units of 8 bytes */

/* The options must lie in the frame, and the total length must hold the header and fit into the layer around it. */
static __always_inline enum vx_malformed vx_ipv4_lengths(struct vx_cursor *c, const __u8 *header)
{
	__u32 header_bytes = (header[0] & 15) * 4, total = vx_load16(header + 2);

	if (header_bytes < VX_IPV4_HEADER_MIN)
		return VX_MALFORMED_IPV4_HEADER_LENGTH;
	if (vx_left(c) < header_bytes - VX_IPV4_HEADER_MIN)
		return VX_MALFORMED_IPV4_TRUNCATED;
	if (total < header_bytes || !vx_bound(c, total - VX_IPV4_HEADER_MIN))
		return VX_MALFORMED_IPV4_TOTAL_LENGTH;
	if (header_bytes > VX_IPV4_HEADER_MIN)
		vx_skip(c, header_bytes - VX_IPV4_HEADER_MIN);
	return VX_MALFORMED_NONE;
}

static __always_inline enum vx_malformed vx_ipv4_ah(struct vx_cursor *c, struct vx_pkt *pkt)
{
	const __u8 *ah = vx_take(c, VX_AH_TAKEN);

	if (!ah || !vx_ah_skip(c, ah))
		return VX_MALFORMED_IPV4_TOTAL_LENGTH;
	pkt->l4_proto = ah[0];
	return VX_MALFORMED_NONE;
}

static __always_inline enum vx_malformed vx_ipv4_parse(struct vx_cursor *c, struct vx_pkt *pkt)
{
	const __u8 *header = vx_take(c, VX_IPV4_HEADER_MIN);
	enum vx_malformed malformed;
	__u16 fragment;

	if (!header)
		return VX_MALFORMED_IPV4_TRUNCATED;
	if (header[0] >> 4 != 4)
		return VX_MALFORMED_IPV4_VERSION;
	malformed = vx_ipv4_lengths(c, header);
	if (malformed)
		return malformed;

	pkt->family = 4;
	pkt->dscp = header[1] >> 2;
	pkt->l4_proto = header[9];
	pkt->src.word[0] = vx_load(__be32, header + 12);
	pkt->dst.word[0] = vx_load(__be32, header + 16);
	fragment = vx_load16(header + 6);
	if (fragment & (VX_IPV4_MORE_FRAGMENTS | VX_IPV4_FRAGMENT_OFFSET)) {
		malformed = vx_fragment_parse(c, pkt, (fragment & VX_IPV4_FRAGMENT_OFFSET) * 8,
					      fragment & VX_IPV4_MORE_FRAGMENTS);
		if (malformed)
			return malformed;
	}
	if (pkt->l4_proto == VX_L4_AH && pkt->fragment != VX_FRAGMENT_LATER)
		return vx_ipv4_ah(c, pkt);
	return VX_MALFORMED_NONE;
}

#endif
