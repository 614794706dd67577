/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* NTP (RFC 5905, 7.3). The header has no mark of its own, so the port has to speak too. */
#ifndef VOXDP_BPF_PAYLOAD_NTP_H
#define VOXDP_BPF_PAYLOAD_NTP_H

#include "bpf/payload/message.h"

#define VX_PORT_NTP 123

#define VX_NTP_MODE_CONTROL 6 /* RFC 9327, 2: 12 bytes at least */
#define VX_NTP_MODE_PRIVATE 7

/* Leap indicator, version 1 to 4, mode 1 to 7; a time packet has 48 bytes at least. */
static __always_inline int vx_is_ntp(const struct vx_message *m)
{
	__u8 version = vx_head8(m, 0) >> 3 & 7, mode = vx_head8(m, 0) & 7;

	if (version < 1 || version > 4 || mode == 0)
		return 0;
	if (mode == VX_NTP_MODE_CONTROL)
		return m->length >= 12;
	return m->length >= (mode == VX_NTP_MODE_PRIVATE ? 8 : 48);
}

#endif
