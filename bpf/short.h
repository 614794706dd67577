/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The short way: the packet that nearly every packet is, judged and counted before anything is put into memory. A frame of
 * the common kind (headers/common.h) whose payload shows at sight what it is (payload/sight.h), and of whose ends at most
 * one is in a range. Whatever is not so is left untouched for the program behind, which finds the same verdict for every
 * packet: this way has no other rules, only fewer of the same ones.
 */
#ifndef VOXDP_BPF_SHORT_H
#define VOXDP_BPF_SHORT_H

#include "bpf/account.h"
#include "bpf/account_sip.h"
#include "bpf/headers/common.h"
#include "bpf/lookup.h"
#include "bpf/payload/sight.h"

/* The facts of a frame of the common kind. Returns 0 where it is of another, or has a tunnel to be looked through. */
static __always_inline int vx_read_common(struct xdp_md *ctx, struct vx_pkt *pkt)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	const __u8 *data_end = (const __u8 *)(long)ctx->data_end;

	pkt->frame_bytes = data_end - data;
	return vx_headers_common(data, data_end, pkt) && !vx_is_tunnel(pkt, config.decap);
}

/* What is known of a packet: as few numbers as will do, since few stay in registers. */
struct vx_short {
	__u64 answer;	/* VX_ANSWER; 0: no service's */
	__u64 owner;	/* VX_CLAIMANT of who owns the address; 0: nobody does. Where there is no answer */
	__u32 evidence; /* enum vx_evidence; RTP where RTP_LIKELY was accepted */
	__u32 direction;
};

/* Are there candidates for an address of nobody's, at these ports? Services whose remote is `any` are. */
static __always_inline int vx_short_anywhere(struct vx_tables tables, const struct vx_pkt *pkt, __u32 evidence,
					     const struct vx_end *end)
{
	return vx_class_find(tables, pkt, evidence, vx_class_of_nobody(tables), end).row != VX_ROW_NONE;
}

/* The end that is to be judged, and its class. Returns 0 where both ends have something to say. */
static __always_inline int vx_short_end(struct vx_tables tables, const struct vx_pkt *pkt, __u8 family, __u32 evidence,
					struct vx_end *end, __u32 *number)
{
	const struct vx_end in = { pkt->sport, pkt->dport, VX_DIRECTION_IN };
	const struct vx_end out = { pkt->dport, pkt->sport, VX_DIRECTION_OUT };
	__u32 src = VX_CLASS_NOBODY, dst = VX_CLASS_NOBODY;

	if (vx_config_of(tables.patched, role) != VX_ROLE_LAN)
		src = vx_unknown32(vx_addr_class_of(tables, vx_engine(tables), family, &pkt->src), pkt->frame_bytes);
	if (vx_config_of(tables.patched, role) != VX_ROLE_WAN)
		dst = vx_unknown32(vx_addr_class_of(tables, vx_engine(tables), family, &pkt->dst), pkt->frame_bytes);
	*number = src | dst;
	if (dst || vx_config_of(tables.patched, role) == VX_ROLE_LAN) {
		*end = out;
		return !src && (vx_config_of(tables.patched, role) == VX_ROLE_LAN ||
				!vx_short_anywhere(tables, pkt, evidence, &in));
	}
	*end = in;
	return vx_config_of(tables.patched, role) == VX_ROLE_WAN || !vx_short_anywhere(tables, pkt, evidence, &out);
}

static __always_inline int vx_short_judge(struct vx_tables tables, const struct vx_pkt *pkt, __u8 family,
					  struct vx_short *is)
{
	const struct vx_addr_class *addr_class;
	struct vx_finding finding;
	struct vx_end end;
	__u32 number;

	if (!vx_short_end(tables, pkt, family, is->evidence, &end, &number))
		return 0;
	addr_class = vx_class_at(tables, number);
	if (!addr_class)
		return 0;
	finding = vx_class_find(tables, pkt, is->evidence, addr_class, &end);
	is->answer = vx_answer(tables, finding.row, is->evidence);
	is->owner = VX_CLAIMANT_OWNS(finding.claimant) ? finding.claimant : 0;
	is->direction = end.direction;
	if (is->evidence != VX_EVIDENCE_RTP_LIKELY)
		return 1;
	/* Where it is not expected the table of streams has to be asked. */
	is->evidence = VX_PROTOCOL_RTP;
	return VX_ANSWER_OUTCOME(is->answer) == VX_OUTCOME_MATCH;
}

static __always_inline void vx_short_account(const struct vx_short *is, const struct vx_pkt *pkt, __u64 frame_bytes,
					     __u32 sip_kind)
{
	__u32 key = 0, cell = is->evidence, flags = VX_ANSWER_FLAGS(is->answer);
	struct vx_counter_block *block;

	if (is->answer || is->owner) {
		key = VX_SLOT(is->answer ? is->answer : is->owner) * VX_COUNTER_DIRECTIONS +
		      (is->direction == VX_DIRECTION_OUT);
		if (VX_ANSWER_OUTCOME(is->answer) == VX_OUTCOME_MISMATCH)
			cell += VX_CELL_SECOND;
	} else if (vx_is_media(is->evidence, pkt)) {
		cell += VX_CELL_SECOND;
	}
	block = bpf_map_lookup_elem(&vx_counters, &key);
	if (!block)
		return;
	vx_count(&block->cell[vx_offset(cell, VX_CELL_RELAYED - 1, frame_bytes)], frame_bytes);
	if (flags & VX_ANSWER_DSCP_UNEXPECTED)
		vx_count(&block->cell[VX_CELL_DSCP_UNEXPECTED], frame_bytes);
	if (is->evidence == VX_PROTOCOL_SIP)
		vx_account_sip_kind(key, sip_kind);
}

/* Leaves the verdict for user space. The facts are read once more: while they were in registers, they were for nothing else. */
VX_APART int vx_short_trace(struct xdp_md *ctx, __u64 answer, __u64 owner, __u32 evidence, __u32 direction)
{
	struct vx_verdict verdict = { .direction = direction };
	struct vx_pkt pkt = {};

	if (!vx_read_common(ctx, &pkt))
		return 0;
	if (answer) {
		vx_verdict_service(&verdict, answer, evidence);
	} else {
		if (!owner)
			verdict.direction = vx_direction_of_nobody(config.role);
		vx_verdict_address(&verdict, &pkt, owner, evidence);
	}
	vx_trace_packet(&pkt, &verdict);
	return 0;
}

/* What is a constant here is one in all that is inlined. Returns 0 where the packet takes more than the tables. */
static __always_inline int vx_short_finish(struct xdp_md *ctx, struct vx_pkt *pkt, __u64 frame_bytes, __u8 family,
					   __u32 sight, __u8 transport)
{
	struct vx_tables tables = family == 4 ? vx_tables_patched(pkt->frame_bytes) : vx_tables_live(pkt->frame_bytes);
	struct vx_short is = { .evidence = VX_SIGHT_EVIDENCE(sight) };

	if (family == 6 && !tables.base)
		return 0;
	pkt->transport = transport;
	if (!vx_short_judge(tables, pkt, family, &is))
		return 0;
	vx_short_account(&is, pkt, frame_bytes, VX_SIGHT_SIP_KIND(sight));
	if (vx_config_of(tables.patched, trace))
		vx_short_trace(ctx, is.answer, is.owner, is.evidence, is.direction);
	return 1;
}

/* @family is a constant: what follows is compiled for each, so that an address of one word stays in a register. */
static __always_inline int vx_short_family(struct xdp_md *ctx, __u8 family)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	const __u8 *data_end = (const __u8 *)(long)ctx->data_end;
	const __u32 offset = VX_COMMON_ETHERNET + (family == 4 ? VX_COMMON_IPV4 : VX_COMMON_IPV6);
	struct vx_pkt pkt = { .frame_bytes = data_end - data };
	__u32 l4_bytes, sight;

	l4_bytes = family == 4 ? vx_common_ipv4(data, data_end, &pkt) : vx_common_ipv6(data, data_end, &pkt);
	if (l4_bytes == VX_COMMON_NOT)
		return 0;
	if (pkt.l4_proto == VX_L4_UDP) {
		if (!vx_common_udp(data, offset, l4_bytes, &pkt) ||
		    vx_is_tunnel(&pkt, vx_config_of(family == 4, decap)))
			return 0;
		/* Media first: its packets are the most by far. */
		if (vx_is_plain_rtp(data, data_end, &pkt))
			return vx_short_finish(ctx, &pkt, data_end - data, family, VX_EVIDENCE_RTP_LIKELY,
					       VX_TRANSPORT_UDP);
	} else if (pkt.l4_proto != VX_L4_TCP || !vx_common_tcp(data, data_end, offset, l4_bytes, &pkt)) {
		return 0;
	}
	sight = vx_sight(data, data_end, &pkt);
	if (sight & VX_SIGHT_NONE)
		return 0;
	/* For the verifier: what follows is walked once, not once for each protocol. */
	sight = vx_unknown32(sight | (__u32)pkt.transport << 16, pkt.frame_bytes);
	return vx_short_finish(ctx, &pkt, data_end - data, family, sight & 0xffff, sight >> 16 & 1);
}

/* Its long addresses take too much of the stack to be inlined, so it has no operands for constants. */
VX_APART int vx_short_ipv6(struct xdp_md *ctx)
{
	return vx_short_family(ctx, 6);
}

static __always_inline int vx_short_way(struct xdp_md *ctx)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	__be16 l3_proto;

	if (data + VX_COMMON_ETHERNET > (const __u8 *)(long)ctx->data_end)
		return 0;
	l3_proto = vx_load(__be16, data + 12);
	if (l3_proto == bpf_htons(VX_L3_IPV4))
		return vx_short_family(ctx, 4);
	return l3_proto == bpf_htons(VX_L3_IPV6) && vx_short_ipv6(ctx);
}

#endif
