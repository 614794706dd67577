/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The frame that nearly every frame is: Ethernet without a tag, IPv4 without options or IPv6 without extension headers,
 * whole, UDP or TCP, all lengths in agreement, all of it in the linear part. A few comparisons instead of a walk with a
 * reason at every step; whatever is not so, however sound, is for vx_headers_parse(), which finds the same facts.
 */
#ifndef VOXDP_BPF_HEADERS_COMMON_H
#define VOXDP_BPF_HEADERS_COMMON_H

#include <bpf/bpf_endian.h>

#include "bpf/headers/ethernet.h"
#include "bpf/headers/ipv4.h"

#define VX_COMMON_ETHERNET 14
#define VX_COMMON_IPV4 20
#define VX_COMMON_IPV6 40
#define VX_COMMON_PADDING_MAX 46 /* IEEE 802.3, 3.2.8: what fills a minimal frame. More may be the edge of a fragment */

/*
 * For the verifier: zero, of which it knows nothing. Facts that each way through here knows are made with it; what follows
 * is then walked once for all ways, this file's and the long one's.
 */
static __always_inline __u8 vx_common_zero(const struct vx_pkt *pkt)
{
	return vx_unknown64(0, pkt->frame_bytes);
}

/* @l4 is the transport header at @offset of the frame, @l4_bytes what IP gives it. Both header sizes are readable. */
static __always_inline int vx_common_transport(const __u8 *l4, const __u8 *data_end, __u32 offset, __u32 l4_bytes,
					       struct vx_pkt *pkt, __u8 zero)
{
	__u32 header_bytes = 8;

	if (pkt->l4_proto == VX_L4_UDP) {
		if (vx_load16(l4 + 4) != l4_bytes || l4_bytes < 8)
			return 0;
		pkt->transport = VX_TRANSPORT_UDP + zero;
	} else if (pkt->l4_proto == VX_L4_TCP && l4 + 20 <= data_end) {
		header_bytes = l4[12] >> 4 << 2;
		if (header_bytes < 20 || l4_bytes < header_bytes)
			return 0;
		pkt->transport = VX_TRANSPORT_TCP + zero;
	} else {
		return 0;
	}
	pkt->sport = vx_load16(l4);
	pkt->dport = vx_load16(l4 + 2);
	pkt->has_ports = 1;
	pkt->fragment = VX_FRAGMENT_NO + zero;
	pkt->payload_offset = offset + header_bytes;
	pkt->payload_length = l4_bytes - header_bytes;
	return 1;
}

/* Do @bytes of IP fill the frame behind its Ethernet header, but for padding? */
static __always_inline int vx_common_fills(const struct vx_pkt *pkt, __u32 bytes)
{
	return pkt->frame_bytes - VX_COMMON_ETHERNET - bytes <= VX_COMMON_PADDING_MAX;
}

static __always_inline int vx_common_ipv4(const __u8 *data, const __u8 *data_end, struct vx_pkt *pkt)
{
	const __u8 *ip = data + VX_COMMON_ETHERNET, *l4 = ip + VX_COMMON_IPV4, zero = vx_common_zero(pkt);
	__u32 total;

	if (l4 + 8 > data_end || ip[0] != 0x45 ||
	    (vx_load(__u16, ip + 6) & bpf_htons(VX_IPV4_MORE_FRAGMENTS | VX_IPV4_FRAGMENT_OFFSET)))
		return 0;
	total = vx_load16(ip + 2);
	if (total < VX_COMMON_IPV4 || !vx_common_fills(pkt, total))
		return 0;
	pkt->family = 4 + zero;
	pkt->l4_proto = ip[9];
	pkt->dscp = ip[1] >> 2;
	pkt->src.word[0] = vx_load(__be32, ip + 12);
	pkt->dst.word[0] = vx_load(__be32, ip + 16);
	return vx_common_transport(l4, data_end, VX_COMMON_ETHERNET + VX_COMMON_IPV4, total - VX_COMMON_IPV4, pkt,
				   zero);
}

static __always_inline int vx_common_ipv6(const __u8 *data, const __u8 *data_end, struct vx_pkt *pkt)
{
	const __u8 *ip = data + VX_COMMON_ETHERNET, *l4 = ip + VX_COMMON_IPV6, zero = vx_common_zero(pkt);
	__u32 payload;

	if (l4 + 8 > data_end || ip[0] >> 4 != 6)
		return 0;
	payload = vx_load16(ip + 4);
	if (!vx_common_fills(pkt, VX_COMMON_IPV6 + payload))
		return 0;
	pkt->family = 6 + zero;
	pkt->l4_proto = ip[6];
	pkt->dscp = vx_load16(ip) >> 6 & 63;
	for (int i = 0; i < 4; i++) {
		pkt->src.word[i] = vx_load(__be32, ip + 8 + 4 * i);
		pkt->dst.word[i] = vx_load(__be32, ip + 24 + 4 * i);
	}
	return vx_common_transport(l4, data_end, VX_COMMON_ETHERNET + VX_COMMON_IPV6, payload, pkt, zero);
}

/*
 * Fills @pkt, whose frame_bytes is the size of [@data, @data_end), and returns 1; or returns 0 where the frame is not of
 * this kind, and @pkt then holds nothing of use.
 */
static __always_inline int vx_headers_common(const __u8 *data, const __u8 *data_end, struct vx_pkt *pkt)
{
	__be16 l3_proto;

	if (data + VX_COMMON_ETHERNET > data_end)
		return 0;
	l3_proto = vx_load(__be16, data + 12);
	if (l3_proto == bpf_htons(VX_L3_IPV4))
		return vx_common_ipv4(data, data_end, pkt);
	if (l3_proto == bpf_htons(VX_L3_IPV6))
		return vx_common_ipv6(data, data_end, pkt);
	return 0;
}

#endif
