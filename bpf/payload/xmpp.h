/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* XMPP (RFC 6120, 4.2): a stream opens with its stream element, which an XML declaration may precede. */
#ifndef VOXDP_BPF_PAYLOAD_XMPP_H
#define VOXDP_BPF_PAYLOAD_XMPP_H

#include "bpf/payload/message.h"

/* Where the stream element starts behind `<?xml version="1.0"?>`, and behind the same with encoding="UTF-8". */
#define VX_XMPP_AFTER_VERSION 21
#define VX_XMPP_AFTER_ENCODING 38
#define VX_XMPP_BLANKS_MAX 2 /* a line end between the two */

static __always_inline int vx_is_xmpp_stream_at(struct vx_message *m, __u32 offset)
{
	const __u8 *at = vx_message_at(m, offset, 8);

	return at && vx_load64(at) == vx_text("<stream:", 8);
}

static __always_inline int vx_is_xmpp(struct vx_message *m)
{
	if (vx_starts(m, "<stream:"))
		return 1;
	if (!vx_starts(m, "<?xml version="))
		return 0;
	for (__u32 i = 0; i <= VX_XMPP_BLANKS_MAX; i++)
		if (vx_is_xmpp_stream_at(m, VX_XMPP_AFTER_VERSION + i) ||
		    vx_is_xmpp_stream_at(m, VX_XMPP_AFTER_ENCODING + i))
			return 1;
	return 0;
}

#endif
