/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* RTCP (RFC 3550, 6), and SRTCP, which leaves the first 8 bytes in the clear (RFC 3711, 3.4). */
#ifndef VOXDP_BPF_PAYLOAD_RTCP_H
#define VOXDP_BPF_PAYLOAD_RTCP_H

#include "bpf/payload/message.h"

enum vx_rtcp_type {
	VX_RTCP_SR = 200,
	VX_RTCP_RR = 201,
	VX_RTCP_SDES = 202,
	VX_RTCP_BYE = 203,
	VX_RTCP_APP = 204,
	VX_RTCP_RTPFB = 205,
	VX_RTCP_PSFB = 206,
	VX_RTCP_XR = 207,
};

/*
 * RFC 5761, 4: where RTP and RTCP share a port, a second byte of 192 to 223 is RTCP's, since RTP then does not use the
 * payload types 64 to 95.
 */
static __always_inline int vx_is_rtcp_range(__u8 second)
{
	return (second & 0x60) == 0x40;
}

/*
 * The least that the length field can say: 32-bit words, minus one. A sender report has 6 (RFC 3550, 6.4.1), feedback
 * and APP have 2 (RFC 4585, 6.1; RFC 3550, 6.7), all others an SSRC. Blocks are not counted in: clients are seen that
 * use the bits of the count for their own ends.
 */
static __always_inline __u32 vx_rtcp_words_min(__u8 type)
{
	if (type == VX_RTCP_SR)
		return 6;
	return type >= VX_RTCP_APP && type <= VX_RTCP_PSFB ? 2 : 1;
}

/*
 * The first packet of the compound must end within the datagram. What follows is another packet, or in SRTCP
 * ciphertext, an index and a tag: either has a word at least.
 */
static __always_inline int vx_is_rtcp(const struct vx_message *m)
{
	__u32 words = vx_head16(m, 2), size = 4 * (words + 1);
	__u8 type = vx_head8(m, 1);

	if (type < VX_RTCP_SR || type > VX_RTCP_XR || words < vx_rtcp_words_min(type))
		return 0;
	return size == m->length || size + 4 <= m->length;
}

#endif
