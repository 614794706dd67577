/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The headers of tunnels. Each function takes one header and says in @l3_proto what follows it: VX_L3_ETHERNET for a
 * whole frame, VX_L3_NOT_IP where the header is sound but nothing behind it is looked into.
 */
#ifndef VOXDP_BPF_HEADERS_TUNNELS_H
#define VOXDP_BPF_HEADERS_TUNNELS_H

#include "bpf/headers/ethernet.h"

#define VX_PORT_VXLAN 4789	 /* RFC 7348 */
#define VX_PORT_VXLAN_LINUX 8472 /* Linux' own, from before the RFC; still what `ip link` takes */
#define VX_PORT_GENEVE 6081	 /* RFC 8926 */
#define VX_PORT_GTP_U 2152	 /* 3GPP TS 29.281, 4.4.2 */

/* What follows says by its first four bits which IP it is: MPLS (RFC 4928, 3) and GTP-U, which have no other word. */
static __always_inline enum vx_malformed vx_ip_version_peek(struct vx_cursor *c, __u16 *l3_proto)
{
	const __u8 *first = vx_take(c, 1);

	if (!first)
		return VX_MALFORMED_TUNNEL_TRUNCATED;
	*l3_proto = first[0] >> 4 == 4 ? VX_L3_IPV4 : first[0] >> 4 == 6 ? VX_L3_IPV6 : VX_L3_NOT_IP;
	c->offset--;
	return VX_MALFORMED_NONE;
}

/* ---- between Ethernet and IP ------------------------------------------------------------------------------------- */

/* Edges see two labels, three with a service chain; the rest is room. */
#define VX_MPLS_LABELS_MAX 6

/* RFC 3032, 2.1: entries of 4 bytes, the last one marked. */
static __always_inline enum vx_malformed vx_mpls_parse(struct vx_cursor *c, __u32 frame_bytes, __u16 *l3_proto)
{
	*l3_proto = VX_L3_NOT_IP;
	VX_KEEP_LOOP
	for (int i = 0; i < VX_MPLS_LABELS_MAX; i++) {
		const __u8 *entry;

		vx_cursor_merge(c, frame_bytes);
		entry = vx_take(c, 4);
		if (!entry)
			return VX_MALFORMED_TUNNEL_TRUNCATED;
		if (entry[2] & 1)
			return vx_ip_version_peek(c, l3_proto);
	}
	return VX_MALFORMED_NONE;
}

/* Cisco's VN-Tag (802.1Qbh): 4 bytes that say which virtual port, then what follows. */
static __always_inline enum vx_malformed vx_vn_tag_parse(struct vx_cursor *c, __u16 *l3_proto)
{
	const __u8 *tag = vx_take(c, 6);

	if (!tag)
		return VX_MALFORMED_TUNNEL_TRUNCATED;
	*l3_proto = vx_load16(tag + 4);
	return VX_MALFORMED_NONE;
}

/* ---- over UDP ---------------------------------------------------------------------------------------------------- */

/* RFC 7348, 5: the I flag says that this has a network identifier; all else is reserved and ignored. */
static __always_inline enum vx_malformed vx_vxlan_parse(struct vx_cursor *c, __u16 *l3_proto)
{
	const __u8 *header = vx_take(c, 8);

	if (!header)
		return VX_MALFORMED_TUNNEL_TRUNCATED;
	*l3_proto = header[0] & 0x08 ? VX_L3_ETHERNET : VX_L3_NOT_IP;
	return VX_MALFORMED_NONE;
}

/* RFC 8926, 3.4: version 0; options in words of 4 bytes; with the O flag it is for the tunnel's end itself. */
static __always_inline enum vx_malformed vx_geneve_parse(struct vx_cursor *c, __u16 *l3_proto)
{
	const __u8 *header = vx_take(c, 8);

	if (!header)
		return VX_MALFORMED_TUNNEL_TRUNCATED;
	*l3_proto = header[0] >> 6 || header[1] & 0x80 ? VX_L3_NOT_IP : vx_load16(header + 2);
	return vx_skip(c, (header[0] & 0x3f) * 4) ? VX_MALFORMED_NONE : VX_MALFORMED_TUNNEL_TRUNCATED;
}

/* TS 29.281, 5.2.1: a user's packet has one extension header in a 5G core (PDU session container), else none. */
#define VX_GTP_EXTENSIONS_MAX 2

/* TS 29.281, 5.2.1: length in words of 4 bytes, content, type of the next one; 0 stands for none. */
static __always_inline enum vx_malformed vx_gtp_extensions(struct vx_cursor *c, __u8 type, __u16 *l3_proto)
{
	for (int i = 0; i < VX_GTP_EXTENSIONS_MAX && type; i++) {
		const __u8 *word = vx_take(c, 4);
		__u32 words;

		if (!word || !word[0])
			return VX_MALFORMED_TUNNEL_TRUNCATED;
		words = word[0];
		if (words > 1) {
			if (!vx_skip(c, (words - 2) * 4))
				return VX_MALFORMED_TUNNEL_TRUNCATED;
			word = vx_take(c, 4);
			if (!word)
				return VX_MALFORMED_TUNNEL_TRUNCATED;
		}
		type = word[3];
	}
	return type ? VX_MALFORMED_NONE : vx_ip_version_peek(c, l3_proto);
}

/*
 * TS 29.281, 5.1: version 1, no GTP'; message type 255 carries a user's packet. The length counts what follows the 8
 * bytes. One of the flags E, S, PN adds 4 bytes; their last one is the type of an extension header where E is set.
 */
static __always_inline enum vx_malformed vx_gtp_u_parse(struct vx_cursor *c, __u16 *l3_proto)
{
	const __u8 *header = vx_take(c, 8);
	__u8 flags, extension = 0;

	if (!header)
		return VX_MALFORMED_TUNNEL_TRUNCATED;
	*l3_proto = VX_L3_NOT_IP;
	flags = header[0];
	if (flags >> 4 != 3 || header[1] != 255)
		return VX_MALFORMED_NONE;
	if (!vx_bound(c, vx_load16(header + 2)))
		return VX_MALFORMED_TUNNEL_TRUNCATED;
	if (flags & 0x07) {
		header = vx_take(c, 4);
		if (!header)
			return VX_MALFORMED_TUNNEL_TRUNCATED;
		if (flags & 0x04)
			extension = header[3];
	}
	return vx_gtp_extensions(c, extension, l3_proto);
}

/* ---- GRE --------------------------------------------------------------------------------------------------------- */

enum vx_gre {
	VX_GRE_CHECKSUM = 0x8000, /* RFC 2784, 2.1 */
	VX_GRE_ROUTING = 0x4000,  /* RFC 1701; RFC 2784, 2.3: such a packet is discarded */
	VX_GRE_KEY = 0x2000,	  /* RFC 2890, 2 */
	VX_GRE_SEQUENCE = 0x1000,
	VX_GRE_ACKNOWLEDGED = 0x0080, /* RFC 2637, 4.1: version 1 alone */
	VX_GRE_VERSION = 0x0007,
};

enum vx_gre_proto {
	VX_GRE_PPP = 0x880b,
	VX_GRE_ERSPAN = 0x88be, /* types I and II of Cisco's mirrored frames */
	VX_GRE_ERSPAN_III = 0x22eb,
	VX_GRE_CISCO_META = 0x8909, /* Cisco's security group tag: what follows, then the tag; 8 bytes */
};

/*
 * RFC 1661, 2 and 6.5, 6.6: address and control may be left out, and of a protocol below 256 the upper byte; an odd
 * byte is the last one.
 */
static __always_inline enum vx_malformed vx_ppp_parse(struct vx_cursor *c, __u16 *l3_proto)
{
	const __u8 *ppp = vx_take(c, 2);
	__u16 proto;

	if (ppp && vx_load16(ppp) == 0xff03)
		ppp = vx_take(c, 2);
	if (!ppp)
		return VX_MALFORMED_TUNNEL_TRUNCATED;
	proto = vx_load16(ppp);
	if (proto & 0x0100) {
		proto >>= 8;
		c->offset--;
	}
	*l3_proto = proto == VX_PPP_IPV4 ? VX_L3_IPV4 : proto == VX_PPP_IPV6 ? VX_L3_IPV6 : VX_L3_NOT_IP;
	return VX_MALFORMED_NONE;
}

/* Type I has no header of its own and no sequence number in GRE; type II has 8 bytes; III has 12, 8 more with flag O. */
static __always_inline enum vx_malformed vx_erspan_parse(struct vx_cursor *c, __u16 proto, int sequence,
							 __u16 *l3_proto)
{
	const __u8 *header;

	*l3_proto = VX_L3_ETHERNET;
	if (proto == VX_GRE_ERSPAN)
		return !sequence || vx_skip(c, 8) ? VX_MALFORMED_NONE : VX_MALFORMED_TUNNEL_TRUNCATED;
	header = vx_take(c, 12);
	if (!header || (header[11] & 1 && !vx_skip(c, 8)))
		return VX_MALFORMED_TUNNEL_TRUNCATED;
	return VX_MALFORMED_NONE;
}

/* What GRE's own header names, where that is neither IP nor Ethernet. */
static __always_inline enum vx_malformed vx_gre_payload(struct vx_cursor *c, int sequence, __u16 *l3_proto)
{
	const __u8 *header;

	switch (*l3_proto) {
	case VX_GRE_ERSPAN:
	case VX_GRE_ERSPAN_III:
		return vx_erspan_parse(c, *l3_proto, sequence, l3_proto);
	case VX_GRE_CISCO_META:
		header = vx_take(c, 8);
		if (!header)
			return VX_MALFORMED_TUNNEL_TRUNCATED;
		*l3_proto = vx_load16(header);
		return VX_MALFORMED_NONE;
	default:
		return VX_MALFORMED_NONE;
	}
}

/*
 * RFC 2784 and 2890: flags, what follows, then 4 bytes each for checksum, key and sequence number where their flags are
 * set. Version 1 is that of PPTP (RFC 2637, 4.1): PPP, a key that is length and call, and 4 bytes of acknowledgement.
 */
static __always_inline enum vx_malformed vx_gre_parse(struct vx_cursor *c, __u16 *l3_proto)
{
	const __u8 *header = vx_take(c, 4);
	__u32 size = 0;
	__u16 flags;

	if (!header)
		return VX_MALFORMED_TUNNEL_TRUNCATED;
	flags = vx_load16(header);
	*l3_proto = vx_load16(header + 2);
	if (flags & VX_GRE_ROUTING || (flags & VX_GRE_VERSION) > 1 ||
	    (flags & VX_GRE_VERSION) != (*l3_proto == VX_GRE_PPP)) {
		*l3_proto = VX_L3_NOT_IP;
		return VX_MALFORMED_NONE;
	}
	size += flags & VX_GRE_CHECKSUM ? 4 : 0;
	size += flags & VX_GRE_KEY ? 4 : 0;
	size += flags & VX_GRE_SEQUENCE ? 4 : 0;
	size += flags & VX_GRE_VERSION && flags & VX_GRE_ACKNOWLEDGED ? 4 : 0;
	if (!vx_skip(c, size))
		return VX_MALFORMED_TUNNEL_TRUNCATED;
	/* An acknowledgement alone (RFC 2637, 4.1: no sequence number) carries no PPP. */
	if (*l3_proto == VX_GRE_PPP && !(flags & VX_GRE_SEQUENCE))
		*l3_proto = VX_L3_NOT_IP;
	else if (*l3_proto == VX_GRE_PPP)
		return vx_ppp_parse(c, l3_proto);
	return vx_gre_payload(c, flags & VX_GRE_SEQUENCE, l3_proto);
}

#endif
