/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* TURN ChannelData (RFC 8656, 12.4): a channel number, a length, and relayed bytes. */
#ifndef VOXDP_BPF_PAYLOAD_TURN_H
#define VOXDP_BPF_PAYLOAD_TURN_H

#include "bpf/payload/message.h"

#define VX_PORT_TURN 3478

/*
 * RFC 8656, 12: channels are 0x4000 to 0x4fff, in RFC 5766 to 0x7fff, as the caller has seen in the first byte. 12.5:
 * over UDP the message may, over TCP it must be padded to a multiple of 4, and the length does not count the padding. It
 * has no cookie, so the length must tell where the payload ends; in a stream another message on the same channel may
 * follow.
 */
static __always_inline int vx_is_channel_data(struct vx_message *m, int stream)
{
	__u16 channel = vx_head16(m, 0);
	__u32 size = 4 + vx_head16(m, 2);
	__u32 padded = (size + 3) & ~3U;
	const __u8 *next;

	if (m->length == padded || (!stream && m->length == size))
		return 1;
	/* By the length first: text, whose letters make a length that no segment has, is then not asked for more than its head. */
	next = stream && padded + 2 <= m->length ? vx_message_at(m, padded, 2) : 0;
	return next && vx_load16(next) == channel;
}

#endif
