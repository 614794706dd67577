/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Counts SIP messages by method and class. Only what has been recognised as SIP comes here, so other traffic pays one
 * comparison; the message is read anew, since its place in the payload was not kept.
 */
#ifndef VOXDP_BPF_ACCOUNT_SIP_H
#define VOXDP_BPF_ACCOUNT_SIP_H

#include "bpf/account.h"
#include "bpf/apart.h"
#include "bpf/payload/recognise.h"

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
	__u32 offset;

	if (!vx_message_load(&m, payload, 0, noise))
		return VX_SIP_KINDS;
	offset = vx_sip_offset(&m);
	if (offset && !vx_message_load(&m, payload, offset, noise))
		return VX_SIP_KINDS;
	return vx_is_sip(&m) ? vx_unknown(m.sip_kind, 31, noise) : VX_SIP_KINDS;
}

/* @key is the element, @kind vx_message.sip_kind or VX_SIP_KINDS. */
static __always_inline void vx_account_sip_kind(__u32 key, __u32 kind)
{
	struct vx_sip_block *block = bpf_map_lookup_elem(&vx_sip, &key);

	__u64 element = kind;

	if (!block)
		return;
	/* For the verifier: the register that is compared is the one that is added. */
	vx_forget(element);
	if (element < VX_SIP_KINDS)
		block->by_kind[element]++;
}

static __always_inline int vx_sip_count(const struct vx_bytes *payload, __u32 noise, __u32 key)
{
	vx_account_sip_kind(key, vx_sip_kind_of(payload, noise));
	return 0;
}

/* Functions of their own, which take no registers from the packets that they are not for. */
VX_APART_IN_PLACE int vx_sip_count_in_place(struct xdp_md *ctx, const struct vx_pkt *pkt, __u32 key)
{
	struct vx_bytes payload;

	if (!pkt)
		return 0;
	payload = vx_payload_in_place(ctx, pkt);
	return vx_sip_count(&payload, pkt->frame_bytes, key);
}

VX_APART int vx_sip_count_copied(struct xdp_md *ctx, const struct vx_pkt *pkt, __u32 key)
{
	VX_COPY_BUFFER(buffer);
	struct vx_bytes payload;

	if (!pkt)
		return 0;
	payload = vx_payload_copied(ctx, pkt, buffer);
	return vx_sip_count(&payload, pkt->frame_bytes, key);
}

static __always_inline void vx_account_sip(struct xdp_md *ctx, const struct vx_pkt *pkt, __u32 key)
{
	if (vx_is_scattered(pkt))
		vx_sip_count_copied(ctx, pkt, key);
	else
		vx_sip_count_in_place(ctx, pkt, key);
}

#endif
