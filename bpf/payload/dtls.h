/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* DTLS: the record header of RFC 6347, and the unified header of RFC 9147 where it can be told. */
#ifndef VOXDP_BPF_PAYLOAD_DTLS_H
#define VOXDP_BPF_PAYLOAD_DTLS_H

#include "bpf/payload/message.h"

#define VX_DTLS_TYPE_FIRST 20		      /* change cipher spec */
#define VX_DTLS_TYPE_CID 25		      /* RFC 9146, 4: a connection id of unknown size precedes the length */
#define VX_DTLS_TYPE_LAST 26		      /* RFC 9147, 4: ACK */
#define VX_DTLS_CIPHERTEXT_MAX (16384 + 2048) /* RFC 6347, 4.1: as in TLS 1.2 */

/* RFC 6347, 4.1: type, version {254, 255} or {254, 253}, epoch, sequence number, length. */
static __always_inline int vx_is_dtls_record(const struct vx_message *m)
{
	__u16 version = vx_head16(m, 1), length = vx_head16(m, 11);
	__u8 type = vx_head8(m, 0);

	if (m->length < 13 || type < VX_DTLS_TYPE_FIRST || type > VX_DTLS_TYPE_LAST)
		return 0;
	if (version != 0xfeff && version != 0xfefd)
		return 0;
	return type == VX_DTLS_TYPE_CID || (length > 0 && length <= VX_DTLS_CIPHERTEXT_MAX);
}

/*
 * RFC 9147, 4: 001CSLEE. Only a record with a length and without a connection id can be told from other bytes: the
 * record must fill the datagram. 4.2.3: a ciphertext has 16 bytes at least.
 */
static __always_inline int vx_is_dtls_unified(const struct vx_message *m)
{
	__u8 first = vx_head8(m, 0);
	__u32 header = first & 0x08 ? 5 : 4;
	__u32 length = first & 0x08 ? vx_head16(m, 3) : vx_head16(m, 2);

	return (first & 0xf4) == 0x24 && length >= 16 && header + length == m->length;
}

static __always_inline int vx_is_dtls(const struct vx_message *m)
{
	return vx_is_dtls_record(m) || vx_is_dtls_unified(m);
}

#endif
