/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The counters of a verdict. With account_sip.h and short.h, which counts before there is a verdict, the only code that
 * touches counters. Which cell means what is told beside struct vx_counter_block in voxdp/abi.h.
 */
#ifndef VOXDP_BPF_ACCOUNT_H
#define VOXDP_BPF_ACCOUNT_H

#include "bpf/bytes.h"
#include "bpf/maps.h"
#include "bpf/pkt.h"

static __always_inline __u32 vx_counter_cell(const struct vx_verdict *verdict)
{
	switch (verdict->outcome) {
	case VX_OUTCOME_MALFORMED:
		return verdict->malformed;
	case VX_OUTCOME_FRAGMENT:
		return verdict->slot == VX_SLOT_UNDECODED ? 0 : VX_CELL_FRAGMENT;
	case VX_OUTCOME_MISMATCH:
	case VX_OUTCOME_UNKNOWN_MEDIA:
		return VX_CELL_SECOND + verdict->protocol;
	default:
		return verdict->protocol;
	}
}

static __always_inline void vx_count(struct vx_counter *counter, __u64 frame_bytes)
{
	/* Per CPU, and XDP does not nest: no atomics. */
	counter->packets++;
	counter->bytes += frame_bytes;
}

static __always_inline __u32 vx_counter_element(const struct vx_verdict *verdict)
{
	/* Nobody's packets are counted under `in`, whatever the role: the role tells their label. */
	if (verdict->slot < VX_SLOT_FIRST_FREE)
		return verdict->slot * VX_COUNTER_DIRECTIONS;
	return verdict->slot * VX_COUNTER_DIRECTIONS + (verdict->direction == VX_DIRECTION_OUT);
}

static __always_inline void vx_account(const struct vx_verdict *verdict, __u32 frame_bytes)
{
	__u32 key = vx_counter_element(verdict);
	struct vx_counter_block *block;

	block = bpf_map_lookup_elem(&vx_counters, &key);
	if (!block)
		return;
	vx_count(&block->cell[vx_offset(vx_counter_cell(verdict), VX_CELL_RELAYED - 1, frame_bytes)], frame_bytes);
	if (!verdict->flags)
		return;
	if (verdict->flags & VX_ANSWER_DSCP_UNEXPECTED)
		vx_count(&block->cell[VX_CELL_DSCP_UNEXPECTED], frame_bytes);
	if (verdict->flags & VX_VERDICT_RELAYED)
		vx_count(&block->cell[VX_CELL_RELAYED + vx_offset(verdict->inner, 15, frame_bytes)], frame_bytes);
}

/* Counts a packet under each tunnel that was looked through. */
VX_APART int vx_account_tunnels(__u32 tunnels, __u32 frame_bytes)
{
	__u32 key = VX_COUNTER_TUNNELS;
	struct vx_counter_block *block = bpf_map_lookup_elem(&vx_counters, &key);

	if (!block)
		return 0;
	VX_KEEP_LOOP
	for (int i = 0; i < _VX_TUNNEL_MAX; i++)
		if (tunnels >> i & 1)
			vx_count(&block->cell[i], frame_bytes);
	return 0;
}

/* Leaves the verdict, with what it was made of, where user space reads it after BPF_PROG_TEST_RUN. */
static __always_inline void vx_trace_packet(const struct vx_pkt *pkt, struct vx_verdict *verdict)
{
	struct vx_verdict *last;
	__u32 zero = 0;

	verdict->transport = pkt->l4_proto;
	verdict->dscp = pkt->dscp;
	verdict->sport = pkt->sport;
	verdict->dport = pkt->dport;
	verdict->payload_length = pkt->payload_length;
	verdict->tunnels = pkt->tunnels;
	last = bpf_map_lookup_elem(&vx_trace, &zero);
	if (last)
		*last = *verdict;
}

#endif
