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
#define VX_COMMON_PAYLOAD_MAX 65535U
#define VX_COMMON_NOT (~0U)

/* Do @bytes of IP fill the frame behind its Ethernet header, but for padding? */
static __always_inline int vx_common_fills(const struct vx_pkt *pkt, __u32 bytes)
{
	return pkt->frame_bytes - VX_COMMON_ETHERNET - bytes <= VX_COMMON_PADDING_MAX;
}

/*
 * What stands in the IP header of [@data, @data_end), behind which 8 bytes can be read. Returns what it gives the transport
 * layer, in bytes, which is yet to be compared with what that says, since it may be more than a datagram has; or
 * VX_COMMON_NOT.
 */
static __always_inline __u32 vx_common_ipv4(const __u8 *data, const __u8 *data_end, struct vx_pkt *pkt)
{
	const __u8 *ip = data + VX_COMMON_ETHERNET;
	__u32 total;

	if (ip + VX_COMMON_IPV4 + 8 > data_end || ip[0] != 0x45 ||
	    (vx_load(__u16, ip + 6) & bpf_htons(VX_IPV4_MORE_FRAGMENTS | VX_IPV4_FRAGMENT_OFFSET)))
		return VX_COMMON_NOT;
	total = vx_load16(ip + 2);
	if (!vx_common_fills(pkt, total))
		return VX_COMMON_NOT;
	pkt->family = 4;
	pkt->l4_proto = ip[9];
	pkt->dscp = ip[1] >> 2;
	pkt->src.word[0] = vx_load(__be32, ip + 12);
	pkt->dst.word[0] = vx_load(__be32, ip + 16);
	return total - VX_COMMON_IPV4;
}

static __always_inline __u32 vx_common_ipv6(const __u8 *data, const __u8 *data_end, struct vx_pkt *pkt)
{
	const __u8 *ip = data + VX_COMMON_ETHERNET;
	__u32 payload;

	if (ip + VX_COMMON_IPV6 + 8 > data_end || ip[0] >> 4 != 6)
		return VX_COMMON_NOT;
	payload = vx_load16(ip + 4);
	if (!vx_common_fills(pkt, VX_COMMON_IPV6 + payload))
		return VX_COMMON_NOT;
	pkt->family = 6;
	pkt->l4_proto = ip[6];
	pkt->dscp = vx_load16(ip) >> 6 & 63;
	for (int i = 0; i < 4; i++) {
		pkt->src.word[i] = vx_load(__be32, ip + 8 + 4 * i);
		pkt->dst.word[i] = vx_load(__be32, ip + 24 + 4 * i);
	}
	return payload;
}

static __always_inline void vx_common_ports(const __u8 *l4, struct vx_pkt *pkt)
{
	pkt->sport = vx_load16(l4);
	pkt->dport = vx_load16(l4 + 2);
	pkt->has_ports = VX_PORTS_IN_PLACE;
	pkt->fragment = VX_FRAGMENT_NO;
}

/* The transport header is at @offset of the frame, @l4_bytes is what IP gives it; 8 bytes can be read. */
static __always_inline int vx_common_udp(const __u8 *data, __u32 offset, __u32 l4_bytes, struct vx_pkt *pkt)
{
	const __u8 *udp = data + offset;

	if (vx_load16(udp + 4) != l4_bytes || l4_bytes < 8)
		return 0;
	vx_common_ports(udp, pkt);
	pkt->transport = VX_TRANSPORT_UDP;
	pkt->payload_offset = offset + 8;
	pkt->payload_length = l4_bytes - 8;
	return 1;
}

static __always_inline int vx_common_tcp(const __u8 *data, const __u8 *data_end, __u32 offset, __u32 l4_bytes,
					 struct vx_pkt *pkt)
{
	const __u8 *tcp = data + offset;
	__u32 header_bytes;

	if (tcp + 20 > data_end)
		return 0;
	header_bytes = tcp[12] >> 4 << 2;
	if (header_bytes < 20 || l4_bytes - header_bytes > VX_COMMON_PAYLOAD_MAX)
		return 0;
	vx_common_ports(tcp, pkt);
	pkt->transport = VX_TRANSPORT_TCP;
	pkt->payload_offset = offset + header_bytes;
	pkt->payload_length = l4_bytes - header_bytes;
	return 1;
}

/*
 * Fills @pkt, whose frame_bytes is the size of [@data, @data_end), and returns 1; or returns 0 where the frame is not of
 * this kind, and @pkt then holds nothing of use.
 */
static __always_inline int vx_headers_common(const __u8 *data, const __u8 *data_end, struct vx_pkt *pkt)
{
	__u32 offset = VX_COMMON_ETHERNET, l4_bytes;
	__be16 l3_proto;

	if (data + VX_COMMON_ETHERNET > data_end)
		return 0;
	l3_proto = vx_load(__be16, data + 12);
	if (l3_proto == bpf_htons(VX_L3_IPV4)) {
		l4_bytes = vx_common_ipv4(data, data_end, pkt);
		offset += VX_COMMON_IPV4;
	} else if (l3_proto == bpf_htons(VX_L3_IPV6)) {
		l4_bytes = vx_common_ipv6(data, data_end, pkt);
		offset += VX_COMMON_IPV6;
	} else {
		return 0;
	}
	if (l4_bytes == VX_COMMON_NOT)
		return 0;
	if (pkt->l4_proto == VX_L4_UDP)
		return vx_common_udp(data, offset, l4_bytes, pkt);
	return pkt->l4_proto == VX_L4_TCP && vx_common_tcp(data, data_end, offset, l4_bytes, pkt);
}

#endif
