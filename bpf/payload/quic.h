/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * QUIC by its long header (RFC 9000, 17.2; RFC 8999, 5.1). A short header has nothing that one packet could prove:
 * only the endpoints know the connection id.
 */
#ifndef VOXDP_BPF_PAYLOAD_QUIC_H
#define VOXDP_BPF_PAYLOAD_QUIC_H

#include "bpf/payload/message.h"

#define VX_QUIC_ID_MAX 20 /* RFC 9000, 17.2 */

/* RFC 9000, RFC 9369, drafts of IETF QUIC, versions reserved to exercise negotiation (RFC 9000, 15), Google's. */
static __always_inline int vx_is_quic_version(__u32 version)
{
	return version == 0x00000001 || version == 0x6b3343cf || version >> 8 == 0xff0000 ||
	       (version & 0x0f0f0f0f) == 0x0a0a0a0a || version >> 16 == 0x5130 /* Q0 */ ||
	       version >> 16 == 0x5430 /* T0 */;
}

/* RFC 9000, 17.2.1: version 0, both ids, then one or more versions. */
static __always_inline int vx_is_quic_negotiation(struct vx_message *m, __u32 dcid)
{
	const __u8 *scid = vx_message_at(m, 6 + dcid, 1);
	__u32 header;

	if (!scid)
		return 0;
	header = 7 + dcid + *scid;
	return header + 4 <= m->length && (m->length - header) % 4 == 0;
}

/* First byte 192 to 255: long header and fixed bit. RFC 9443, 4 sends 128 to 191 to RTP. */
static __always_inline int vx_is_quic(struct vx_message *m)
{
	__u32 version = vx_head32(m, 1);
	__u8 dcid = vx_head8(m, 5);

	if (m->length < 7)
		return 0;
	if (version == 0)
		return vx_is_quic_negotiation(m, dcid);
	/* Google's Q046 has both id sizes in this byte, as nibbles. */
	return vx_is_quic_version(version) && (dcid <= VX_QUIC_ID_MAX || version >> 16 == 0x5130);
}

#endif
