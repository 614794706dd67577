/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Payload that starts behind the linear part of a frame: drivers that split headers from data, and jumbo frames. Only
 * such frames pay for the helper that reads fragments.
 */
#ifndef VOXDP_BPF_BEYOND_H
#define VOXDP_BPF_BEYOND_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/bytes.h"
#include "bpf/pkt.h"

/*
 * Copies the first bytes of the payload where packet pointers do not reach them. The headers have shown that the frame
 * is as long as they say, so what is not in the linear part is in a fragment. A payload shorter than the copy that
 * lies there proves nothing: no media is so short.
 */
static __always_inline void vx_payload_reach(struct xdp_md *ctx, const struct vx_pkt *pkt, struct vx_bytes *payload)
{
	const __u8 *at = payload->data + vx_unknown(0, 1, pkt->frame_bytes);

	vx_opaque(at);
	if (payload->length < VX_BEYOND_BYTES || at + VX_BEYOND_BYTES <= payload->end)
		return;
	if (!bpf_xdp_load_bytes(ctx, pkt->payload_offset, payload->beyond, sizeof(payload->beyond)))
		payload->has_beyond = 1;
}

#endif
