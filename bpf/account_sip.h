/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Counts SIP messages by method and class. Only what has been recognised as SIP comes here, so other traffic pays one
 * comparison; the message is read anew, since its place in the payload was not kept.
 */
#ifndef VOXDP_BPF_ACCOUNT_SIP_H
#define VOXDP_BPF_ACCOUNT_SIP_H

#include "bpf/account.h"
#include "bpf/beyond.h"
#include "bpf/payload/recognise.h"

/* The 16 bytes at @offset: a start line is longer. Behind the linear part only the first ones are there. */
static __always_inline int vx_sip_head(struct vx_message *m, const struct vx_bytes *payload, __u32 offset, __u32 noise)
{
	const __u8 *at = payload->data + vx_unknown(offset, 7, noise);

	m->payload = payload;
	m->offset = offset;
	vx_opaque(at);
	if (at + VX_HEAD_BYTES > payload->end)
		return vx_head_load_beyond(m);
	m->head[0] = vx_load64(at);
	m->head[1] = vx_load64(at + 8);
	return 1;
}

/* Empty lines and the length of RFC 4571 stand before the message; it starts with a letter and they do not. */
static __always_inline __u32 vx_sip_offset(const struct vx_message *m)
{
	if (vx_head8(m, 0) >= 'A')
		return 0;
	return vx_head8(m, 2) >= 'A' ? 2 : 4;
}

/* VX_SIP_KINDS where no message begins: empty lines that keep a connection alive. */
static __always_inline __u32 vx_sip_kind_of(const struct vx_bytes *payload, __u32 noise)
{
	struct vx_message m = {};

	if (!vx_sip_head(&m, payload, 0, noise) || !vx_sip_head(&m, payload, vx_sip_offset(&m), noise))
		return VX_SIP_KINDS;
	return vx_unknown(vx_sip_kind(&m), 31, noise);
}

/* A function of its own, which takes no registers from the packets that it is not for. */
static __attribute__((noinline)) void vx_account_sip(struct xdp_md *ctx, const struct vx_pkt *pkt, __u32 key)
{
	struct vx_bytes payload =
		vx_payload_bytes((const __u8 *)(long)ctx->data, (const __u8 *)(long)ctx->data_end, pkt);
	struct vx_sip_block *block;
	__u32 kind;

	vx_payload_reach(ctx, pkt, &payload);
	kind = vx_sip_kind_of(&payload, pkt->frame_bytes);
	block = bpf_map_lookup_elem(&vx_sip, &key);
	if (!block)
		return;
	if (kind < _VX_SIP_METHOD_MAX)
		block->requests[kind]++;
	else if (kind < VX_SIP_KINDS)
		block->responses[kind - _VX_SIP_METHOD_MAX]++;
}

#endif
