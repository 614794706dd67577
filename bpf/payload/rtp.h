/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * RTP (RFC 3550, 5.1). One packet has two fixed bits, so it proves little: RTP_LIKELY, unless a header extension of
 * RFC 8285 says more. SRTP encrypts the payload and the padding count, so neither is looked at.
 */
#ifndef VOXDP_BPF_PAYLOAD_RTP_H
#define VOXDP_BPF_PAYLOAD_RTP_H

#include <voxdp/names.h>

#include "bpf/payload/message.h"

#define VX_RTP_HEADER 12
#define VX_RTP_PADDING 0x20
#define VX_RTP_EXTENSION 0x10
#define VX_RTP_CSRC_COUNT 0x0f

/* RFC 8285, 4.2 and 4.3: 0xbede, or 0x100 and four application bits. */
static __always_inline int vx_is_rtp_extension_profile(__u16 profile)
{
	return profile == 0xbede || profile >> 4 == 0x100;
}

/* The extension's profile and length, which start at @offset: without contributing sources that is within the head. */
static __always_inline int vx_rtp_extension(struct vx_message *m, __u32 offset, __u32 *extension)
{
	const __u8 *at;

	if (offset == VX_RTP_HEADER) {
		*extension = vx_head32(m, VX_RTP_HEADER);
		return m->length >= VX_RTP_HEADER + 4;
	}
	at = vx_message_at(m, offset, 4);
	if (at)
		*extension = vx_load32(at);
	return at != 0;
}

/* The caller has seen version 2 in the first byte, and a second byte that is not RTCP's. */
static __always_inline __u8 vx_rtp(struct vx_message *m)
{
	__u8 first = vx_head8(m, 0), evidence = VX_EVIDENCE_RTP_LIKELY;
	__u32 header = VX_RTP_HEADER + 4 * (first & VX_RTP_CSRC_COUNT);
	__u32 extension;

	if (first & VX_RTP_EXTENSION) {
		if (!vx_rtp_extension(m, header, &extension))
			return VX_PROTOCOL_OTHER;
		/* RFC 3550, 5.3.1: the length counts 32-bit words and not the first one. */
		header += 4 + 4 * (extension & 0xffff);
		if (vx_is_rtp_extension_profile(extension >> 16))
			evidence = VX_PROTOCOL_RTP;
	}
	/* Padding is at least one byte: the one that counts it. */
	if (first & VX_RTP_PADDING)
		header++;
	return header <= m->length ? evidence : VX_PROTOCOL_OTHER;
}

#endif
