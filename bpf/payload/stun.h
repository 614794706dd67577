/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* STUN: RFC 8489 by its magic cookie; RFC 3489 and MS-TURN, which have none there, by everything else that they fix. */
#ifndef VOXDP_BPF_PAYLOAD_STUN_H
#define VOXDP_BPF_PAYLOAD_STUN_H

#include "bpf/payload/message.h"

#define VX_STUN_HEADER 20U
#define VX_STUN_COOKIE 0x2112a442U
#define VX_MS_TURN_COOKIE 0x72c64bc6U

/* RFC 3489, 11.1: binding (1) and shared secret (2), each as request (0), response (1) and error response (0x11). */
static __always_inline int vx_is_stun_classic_type(__u16 type)
{
	__u8 class = type >> 8, method = type & 0x0f;

	if (method != 1 && method != 2)
		return 0;
	return type >> 4 == 0x000 || type >> 4 == 0x010 || (class == 1 && (type & 0xf0) == 0x10);
}

/*
 * Without the cookie. The header's length must be that of the datagram, and the first attribute must be one of RFC 3489
 * (11.2: 0x0001 to 0x000b, or optional from 0x8000 on) and fit. MS-TURN (2.2.2.5) puts a cookie into its first
 * attribute, whatever the message's type.
 */
static __always_inline int vx_is_stun_classic(struct vx_message *m, __u16 type, __u16 length)
{
	const __u8 *attribute;
	__u16 kind, size;

	if (length == 0)
		return vx_is_stun_classic_type(type);
	attribute = vx_message_at(m, VX_STUN_HEADER, 8);
	if (!attribute)
		return 0;
	kind = vx_load16(attribute);
	size = vx_load16(attribute + 2);
	if (kind == 0x000f)
		return size == 4 && vx_load32(attribute + 4) == VX_MS_TURN_COOKIE;
	return vx_is_stun_classic_type(type) && size + 4 <= length &&
	       ((kind >= 0x0001 && kind <= 0x000b) || kind >= 0x8000);
}

/*
 * RFC 8489, 5: the two top bits are zero, as the caller has seen, and the length counts what follows the header. It
 * should be a multiple of 4, but some clients do not pad their own attributes; with the cookie that is STUN all the
 * same. In a stream the message may go on in the next segment, and another may follow in this one.
 */
static __always_inline int vx_is_stun(struct vx_message *m, int stream)
{
	__u16 type = vx_head16(m, 0), length = vx_head16(m, 2);

	if (m->length < VX_STUN_HEADER)
		return 0;
	if (!stream && VX_STUN_HEADER + length != m->length)
		return 0;
	if (vx_head32(m, 4) == VX_STUN_COOKIE)
		return 1;
	return !stream && length % 4 == 0 && vx_is_stun_classic(m, type, length);
}

#endif
