/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Ethernet, up to two VLAN tags, a PPPoE session: everything before the IP header. */
#ifndef VOXDP_BPF_HEADERS_ETHERNET_H
#define VOXDP_BPF_HEADERS_ETHERNET_H

#include "bpf/headers/cursor.h"

enum vx_l3_proto {
	VX_L3_NOT_IP = 0,
	VX_L3_IPV4 = 0x0800,
	VX_L3_IPV6 = 0x86dd,
	VX_L3_8021Q = 0x8100,
	VX_L3_8021AD = 0x88a8,
	VX_L3_PPPOE_SESSION = 0x8864,
	VX_L3_ETHERNET = 0x6558, /* RFC 1701: a whole frame */
	VX_L3_MPLS = 0x8847,
	VX_L3_MPLS_UPSTREAM = 0x8848, /* RFC 5332 */
	VX_L3_VN_TAG = 0x8926,
};

enum vx_ppp_proto {
	VX_PPP_IPV4 = 0x0021,
	VX_PPP_IPV6 = 0x0057,
};

/* IEEE 802.1Q: one customer and one service tag. A third tag is left to the kernel: the frame counts as not IP. */
#define VX_VLAN_TAGS_MAX 2

static __always_inline int vx_is_vlan(__u16 l3_proto)
{
	return l3_proto == VX_L3_8021Q || l3_proto == VX_L3_8021AD;
}

/*
 * RFC 2516, 4: VER and TYPE are 1, CODE is 0 in the session stage, LENGTH counts the PPP packet. Ethernet pads short
 * frames, so the frame may be longer than LENGTH says, never shorter.
 */
static __always_inline enum vx_malformed vx_pppoe_parse(struct vx_cursor *c, __u16 *l3_proto)
{
	const __u8 *pppoe = vx_take(c, 6), *ppp;
	__u32 length;

	if (!pppoe)
		return VX_MALFORMED_PPPOE_TRUNCATED;
	*l3_proto = VX_L3_NOT_IP;
	if (vx_load16(pppoe) != 0x1100)
		return VX_MALFORMED_NONE;
	length = vx_load16(pppoe + 4);
	ppp = vx_take(c, 2);
	if (!ppp)
		return VX_MALFORMED_PPPOE_TRUNCATED;
	if (length < 2 || !vx_bound(c, length - 2))
		return VX_MALFORMED_PPPOE_LENGTH;
	if (vx_load16(ppp) == VX_PPP_IPV4)
		*l3_proto = VX_L3_IPV4;
	else if (vx_load16(ppp) == VX_PPP_IPV6)
		*l3_proto = VX_L3_IPV6;
	return VX_MALFORMED_NONE;
}

/* Steps over the tags, if @l3_proto says that there are any. */
static __always_inline enum vx_malformed vx_vlans_parse(struct vx_cursor *c, __u16 *l3_proto)
{
	const __u8 *header;

	for (int i = 0; i < VX_VLAN_TAGS_MAX && vx_is_vlan(*l3_proto); i++) {
		header = vx_take(c, 4);
		if (!header)
			return VX_MALFORMED_VLAN_TRUNCATED;
		*l3_proto = vx_load16(header + 2);
	}
	return VX_MALFORMED_NONE;
}

/* Leaves the cursor at the IP header. l3_proto is host order; anything but IPv4 and IPv6 is not looked into. */
static __always_inline enum vx_malformed vx_ethernet_parse(struct vx_cursor *c, __u16 *l3_proto)
{
	const __u8 *header = vx_take(c, 14);
	enum vx_malformed malformed;

	if (!header)
		return VX_MALFORMED_ETHERNET_TRUNCATED;
	*l3_proto = vx_load16(header + 12);
	malformed = vx_vlans_parse(c, l3_proto);
	if (malformed)
		return malformed;
	return *l3_proto == VX_L3_PPPOE_SESSION ? vx_pppoe_parse(c, l3_proto) : VX_MALFORMED_NONE;
}

#endif
