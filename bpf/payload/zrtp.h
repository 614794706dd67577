/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* ZRTP (RFC 6189, 5): not RTP by its version bits, and a cookie where RTP has its timestamp. */
#ifndef VOXDP_BPF_PAYLOAD_ZRTP_H
#define VOXDP_BPF_PAYLOAD_ZRTP_H

#include "bpf/payload/message.h"

#define VX_ZRTP_COOKIE 0x5a525450U
#define VX_ZRTP_PREAMBLE 0x505a

/* Header of 12 bytes, a message whose length counts its 32-bit words, a CRC of 4 bytes. */
static __always_inline int vx_is_zrtp(const struct vx_message *m)
{
	return vx_head8(m, 0) >> 4 == 1 && vx_head32(m, 4) == VX_ZRTP_COOKIE && vx_head16(m, 12) == VX_ZRTP_PREAMBLE &&
	       12 + 4U * vx_head16(m, 14) + 4 == m->length;
}

#endif
