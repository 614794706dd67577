/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What IPv4 and IPv6 have in common: the protocols that are walked through, fragments, the authentication header. */
#ifndef VOXDP_BPF_HEADERS_IP_H
#define VOXDP_BPF_HEADERS_IP_H

#include "bpf/headers/cursor.h"

enum vx_l4_proto {
	VX_L4_HOP_BY_HOP = 0,
	VX_L4_IPV4 = 4,
	VX_L4_TCP = 6,
	VX_L4_UDP = 17,
	VX_L4_IPV6 = 41,
	VX_L4_ROUTING = 43,
	VX_L4_FRAGMENT = 44,
	VX_L4_GRE = 47,
	VX_L4_AH = 51,
	VX_L4_NONE = 59,
	VX_L4_DESTINATION = 60,
};

#define VX_DATAGRAM_MAX 65535

/*
 * The cursor stands at the fragment's data. RFC 791, 3.2 and RFC 8200, 4.5: all but the last carry a multiple of 8
 * bytes, and no fragment reaches beyond the largest datagram. One without data says nothing.
 */
static __always_inline enum vx_malformed vx_fragment_parse(struct vx_cursor *c, struct vx_pkt *pkt, __u32 offset,
							   int more)
{
	__u32 size = vx_left(c);

	if (size == 0 || (more && size % 8) || offset + size > VX_DATAGRAM_MAX)
		return VX_MALFORMED_FRAGMENT_LENGTH;
	if (offset)
		pkt->fragment = VX_FRAGMENT_LATER;
	else if (more)
		pkt->fragment = VX_FRAGMENT_FIRST;
	return VX_MALFORMED_NONE;
}

#define VX_AH_TAKEN 8 /* next header, length, reserved, SPI */

/*
 * Steps over what is left of an authentication header, which leaves the ports behind it in the clear. RFC 4302, 2.2:
 * its length is in 32-bit words, minus 2; 2: the fixed fields alone are 12 bytes. 0: it does not fit.
 */
static __always_inline int vx_ah_skip(struct vx_cursor *c, const __u8 *ah)
{
	__u32 size = (ah[1] + 2) * 4;

	return size >= 12 && vx_skip(c, size - VX_AH_TAKEN);
}

#endif
