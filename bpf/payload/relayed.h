/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a TURN message carries (RFC 8656): ChannelData wraps a datagram in 4 bytes (12.4), Send and Data indications have
 * it in an attribute (11.4, 11.5). The datagram is recognised by the same recognisers.
 */
#ifndef VOXDP_BPF_PAYLOAD_RELAYED_H
#define VOXDP_BPF_PAYLOAD_RELAYED_H

#include "bpf/payload/recognise.h"

#define VX_STUN_SEND_INDICATION 0x0016 /* RFC 8656, 17; RFC 8489, 5: class 01 */
#define VX_STUN_DATA_INDICATION 0x0017
#define VX_STUN_DATA 0x0013 /* RFC 8656, 18 */

/* RFC 8656 knows four that may come with it, RFC 8489 adds SOFTWARE, FINGERPRINT and two for integrity. */
#define VX_STUN_ATTRIBUTES_MAX 8

static __always_inline int vx_is_stun_indication(__u16 type)
{
	return (type & ~1) == VX_STUN_SEND_INDICATION; /* the other is VX_STUN_DATA_INDICATION */
}

/* Finds the DATA attribute of an indication. Returns where its value starts, and its @length; 0: there is none. */
static __always_inline __u32 vx_stun_data(struct vx_message *m, __u32 noise, __u32 *length)
{
	__u32 offset = VX_STUN_HEADER, end = VX_STUN_HEADER + vx_head16(m, 2);

	VX_KEEP_LOOP
	for (int i = 0; i < VX_STUN_ATTRIBUTES_MAX; i++) {
		const __u8 *attribute;

		offset = vx_unknown(offset, VX_OFFSET_MASK, noise);
		attribute = offset < end ? vx_message_at(m, offset, 4) : 0;
		if (!attribute)
			return 0;
		offset += 4;
		*length = vx_load16(attribute + 2);
		if (vx_load16(attribute) == VX_STUN_DATA)
			return offset;
		/* RFC 8489, 14: padded to a multiple of 4, which the length does not count. */
		offset += (*length + 3) & ~3U;
		if (offset > VX_OFFSET_MASK)
			return 0;
	}
	return 0;
}

/* Where what @m carries starts, and its @length; 0: it is no message that carries something. */
static __always_inline __u32 vx_relayed_find(struct vx_message *m, __u8 evidence, __u32 noise, __u32 *length)
{
	__u16 type = vx_head16(m, 0);

	*length = vx_head16(m, 2);
	if (evidence == VX_PROTOCOL_TURN_CHANNEL)
		return type >> 14 == 1 ? 4 : 0;
	if ((type != VX_STUN_SEND_INDICATION && type != VX_STUN_DATA_INDICATION) || vx_head32(m, 4) != VX_STUN_COOKIE)
		return 0;
	return vx_stun_data(m, noise, length);
}

/*
 * The datagram inside the message that starts a payload, and for which @evidence was found. Returns 0 where the message
 * carries none; else 1, and @inner is empty where the datagram goes on in the next segment.
 */
static __always_inline int vx_relayed(const struct vx_bytes *payload, __u8 evidence, __u32 noise,
				      struct vx_bytes *inner)
{
	struct vx_message message;
	__u32 offset, length;

	if (!vx_message_load(&message, payload, 0, noise))
		return 0;
	offset = vx_relayed_find(&message, evidence, noise, &length);
	if (!offset)
		return 0;
	offset = vx_unknown(offset, VX_OFFSET_MASK, noise);
	*inner = *payload;
	if (payload->reads.copied)
		inner->offset += offset;
	else
		inner->data += offset;
	inner->length = offset + length <= payload->length ? length : 0;
	return 1;
}

/* What that datagram proves by itself: enum vx_protocol, or VX_EVIDENCE_RTP_LIKELY. */
static __always_inline __u8 vx_relayed_recognise(const struct vx_bytes *inner, __u32 noise)
{
	const struct vx_pkt no_ports = {}; /* those of the datagram are not in the message */
	struct vx_message message;

	if (!vx_message_load(&message, inner, 0, noise))
		return VX_PROTOCOL_OTHER;
	return vx_unknown(vx_message_protocol(&message, &no_ports, 0), 15, noise);
}

#endif
