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
#define VX_COMMON_L4 20		 /* TCP's header, or UDP's with that of RTP: what can be read behind IP's */
#define VX_COMMON_PADDING_MAX 46 /* IEEE 802.3, 3.2.8: what fills a minimal frame. More may be the edge of a fragment */
#define VX_COMMON_PAYLOAD_MAX 65535U

/* Of IPv4 or IPv6, which is a constant wherever this is inlined. */
#define VX_COMMON_IP(family) ((family) == 4 ? VX_COMMON_IPV4 : VX_COMMON_IPV6)
#define VX_COMMON_L4_AT(family) (VX_COMMON_ETHERNET + VX_COMMON_IP(family))
#define VX_COMMON_BYTES(family) (VX_COMMON_L4_AT(family) + VX_COMMON_L4)

/* IPv4 with a header of 20 bytes, in one comparison. The first 54 bytes of the frame can be read here and below. */
static __always_inline int vx_common_is_ipv4(const __u8 *data)
{
	return (vx_load(__be32, data + 12) & bpf_htonl(0xffffff00)) == bpf_htonl(VX_L3_IPV4 << 16 | 0x4500);
}

static __always_inline int vx_common_is_ipv6(const __u8 *data)
{
	return (vx_load_again(__be32, data + 12) & bpf_htonl(0xfffff000)) ==
	       bpf_htonl((__u32)VX_L3_IPV6 << 16 | 0x6000);
}

/* What tells a whole packet of a protocol from its fragments and from others. */
#define VX_COMMON_KIND(family, l4_proto) ((family) == 4 ? bpf_htonl(l4_proto) : (l4_proto))
static __always_inline __u32 vx_common_kind(const __u8 *ip, __u8 family)
{
	const __be32 ipv4 = bpf_htonl((__u32)(VX_IPV4_MORE_FRAGMENTS | VX_IPV4_FRAGMENT_OFFSET) << 16 | 0xff);

	return family == 4 ? vx_load(__be32, ip + 6) & ipv4 : ip[6];
}

/*
 * Does the packet fill the frame behind its Ethernet header, but for padding? @l4_bytes is then what its IP header gives the
 * transport layer, which is yet to be compared with what that says.
 */
static __always_inline int vx_common_fills(const __u8 *ip, __u8 family, __u64 frame_bytes, __u64 *l4_bytes)
{
	const __u64 headers = VX_COMMON_ETHERNET + (family == 4 ? 0 : VX_COMMON_IPV6);
	__u64 bytes = family == 4 ? vx_load16(ip + 2) : vx_load16(ip + 4), padding;

	vx_forget(bytes);
	padding = frame_bytes - bytes - headers;
	*l4_bytes = bytes - (family == 4 ? VX_COMMON_IPV4 : 0);
	return padding <= VX_COMMON_PADDING_MAX;
}

static __always_inline int vx_common_udp(const __u8 *udp, __u64 l4_bytes)
{
	return vx_load16(udp + 4) == l4_bytes && l4_bytes >= 8;
}

static __always_inline __u32 vx_common_tcp_header(const __u8 *tcp)
{
	return tcp[12] >> 4 << 2;
}

/* Returns the size of a TCP header, or 0 where it does not fit. */
static __always_inline __u32 vx_common_tcp(const __u8 *tcp, __u64 l4_bytes)
{
	const __u32 header_bytes = vx_common_tcp_header(tcp);

	return header_bytes >= 20 && l4_bytes - header_bytes <= VX_COMMON_PAYLOAD_MAX ? header_bytes : 0;
}

static __always_inline void vx_common_ports(const __u8 *l4, enum vx_transport transport, __u32 payload_offset,
					    __u32 payload_length, struct vx_pkt *pkt)
{
	pkt->transport = transport;
	pkt->sport = vx_load16(l4);
	pkt->dport = vx_load16(l4 + 2);
	pkt->has_ports = VX_PORTS_IN_PLACE;
	pkt->payload_offset = payload_offset;
	pkt->payload_length = payload_length;
}

/* Fills @pkt but for its addresses and returns 1; or returns 0 where the frame is not of this kind. */
static __always_inline int vx_common_transport(const __u8 *ip, __u8 family, struct vx_pkt *pkt)
{
	const __u32 kind = vx_common_kind(ip, family), offset = VX_COMMON_L4_AT(family);
	const __u8 *l4 = ip + VX_COMMON_IP(family);
	__u32 header_bytes;
	__u64 l4_bytes;

	if (!vx_common_fills(ip, family, pkt->frame_bytes, &l4_bytes))
		return 0;
	pkt->family = family;
	if (kind == VX_COMMON_KIND(family, VX_L4_UDP)) {
		pkt->l4_proto = VX_L4_UDP;
		vx_common_ports(l4, VX_TRANSPORT_UDP, offset + 8, l4_bytes - 8, pkt);
		return vx_common_udp(l4, l4_bytes);
	}
	if (kind != VX_COMMON_KIND(family, VX_L4_TCP))
		return 0;
	pkt->l4_proto = VX_L4_TCP;
	header_bytes = vx_common_tcp(l4, l4_bytes);
	vx_common_ports(l4, VX_TRANSPORT_TCP, offset + header_bytes, l4_bytes - header_bytes, pkt);
	return header_bytes != 0;
}

static __always_inline int vx_common_ipv4(const __u8 *ip, struct vx_pkt *pkt)
{
	if (!vx_common_transport(ip, 4, pkt))
		return 0;
	pkt->dscp = ip[1] >> 2;
	pkt->src.word[0] = vx_load(__be32, ip + 12);
	pkt->dst.word[0] = vx_load(__be32, ip + 16);
	return 1;
}

static __always_inline int vx_common_ipv6(const __u8 *ip, struct vx_pkt *pkt)
{
	if (!vx_common_transport(ip, 6, pkt))
		return 0;
	pkt->dscp = vx_load16(ip) >> 6 & 63;
	for (int i = 0; i < 4; i++) {
		pkt->src.word[i] = vx_load(__be32, ip + 8 + 4 * i);
		pkt->dst.word[i] = vx_load(__be32, ip + 24 + 4 * i);
	}
	return 1;
}

/*
 * Fills @pkt, zeroed but for frame_bytes, which is the size of [@data, @data_end), and returns 1; or returns 0 where the
 * frame is not of this kind, and @pkt then holds nothing of use.
 */
static __always_inline int vx_headers_common(const __u8 *data, const __u8 *data_end, struct vx_pkt *pkt)
{
	if (data + VX_COMMON_BYTES(4) > data_end)
		return 0;
	if (vx_common_is_ipv4(data))
		return vx_common_ipv4(data + VX_COMMON_ETHERNET, pkt);
	if (data + VX_COMMON_BYTES(6) > data_end || !vx_common_is_ipv6(data))
		return 0;
	return vx_common_ipv6(data + VX_COMMON_ETHERNET, pkt);
}

#endif
