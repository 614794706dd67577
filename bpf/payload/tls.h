/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* TLS (RFC 8446, 5.1; RFC 5246, 6.2.1) by the record that starts the segment. */
#ifndef VOXDP_BPF_PAYLOAD_TLS_H
#define VOXDP_BPF_PAYLOAD_TLS_H

#include "bpf/payload/message.h"

#define VX_TLS_CIPHERTEXT_MAX (16384 + 2048) /* RFC 5246, 6.2.3 */

enum vx_tls_type {
	VX_TLS_CHANGE_CIPHER_SPEC = 20,
	VX_TLS_ALERT = 21,
	VX_TLS_HANDSHAKE = 22,
	VX_TLS_APPLICATION_DATA = 23,
	VX_TLS_HEARTBEAT = 24,
};

/* The least length that a record of this type has: RFC 5246, 7.1, 7.2, 7.4. */
static __always_inline __u32 vx_tls_length_min(__u8 type)
{
	switch (type) {
	case VX_TLS_ALERT:
		return 2;
	case VX_TLS_HANDSHAKE:
		return 4;
	default:
		return 1;
	}
}

/* Version 3.0 (SSL 3) to 3.4; later versions of TLS keep 3.3 here. The record may go on in later segments. */
static __always_inline int vx_is_tls(const struct vx_message *m)
{
	__u8 type = vx_head8(m, 0);
	__u32 length = vx_head16(m, 3);

	if (m->length < 5 || type < VX_TLS_CHANGE_CIPHER_SPEC || type > VX_TLS_HEARTBEAT)
		return 0;
	if (vx_head8(m, 1) != 3 || vx_head8(m, 2) > 4)
		return 0;
	/* RFC 5246, 7.1: the change cipher spec message is one byte. */
	if (type == VX_TLS_CHANGE_CIPHER_SPEC && length != 1)
		return 0;
	return length >= vx_tls_length_min(type) && length <= VX_TLS_CIPHERTEXT_MAX;
}

#endif
