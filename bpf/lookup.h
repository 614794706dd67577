/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * From facts to a verdict: address -> class, ports -> cell, evidence and DSCP -> best candidate, and the better of both
 * ends. No loops and no rule list: the compiler has precomputed every answer (voxdp/abi.h draws the way).
 *
 * The includer provides struct vx_tables, vx_engine() and the accessors of the tables: bpf/maps.h does for the program,
 * user/compile/judge.c for user space, so that `explain` runs this very code.
 */
#ifndef VOXDP_BPF_LOOKUP_H
#define VOXDP_BPF_LOOKUP_H

#include "bpf/direct.h"
#include "bpf/pkt.h"

/* One end of a packet, seen as the vendor's. */
struct vx_end {
	const struct vx_addr *remote;
	__u16 remote_port, local_port; /* host byte order */
	enum vx_direction direction;
};

/* What the tables say of one end. All zero: nothing. */
struct vx_finding {
	struct vx_answer answer;
	__u16 vendor_slot, vendor_owns;
	__u32 vendor_rank;
	__u32 addr_class;
};

static __always_inline __u32 vx_addr4_class(struct vx_tables tables, __be32 addr)
{
	struct vx_lpm4_key key = { .prefixlen = 32, .addr = addr };

	if (vx_engine(tables) == VX_ENGINE_DIRECT)
		return vx_direct4_class(tables, addr);
	return vx_lpm4_class(tables, &key);
}

static __always_inline __u32 vx_addr6_class(struct vx_tables tables, const __be32 addr[4])
{
	struct vx_lpm6_key key = { .prefixlen = 128 };

	if (vx_engine(tables) == VX_ENGINE_DIRECT)
		return vx_direct6_class(tables, addr);
	__builtin_memcpy(key.addr, addr, sizeof(key.addr));
	return vx_lpm6_class(tables, &key);
}

static __always_inline __u32 vx_addr_class_of(struct vx_tables tables, const struct vx_pkt *pkt,
					      const struct vx_addr *addr)
{
	if (pkt->family == 4)
		return vx_addr4_class(tables, addr->word[0]);
	if (pkt->family == 6)
		return vx_addr6_class(tables, addr->word);
	return VX_CLASS_NOBODY;
}

static __always_inline __u32 vx_port_class(struct vx_tables tables, __u32 dir_index, __u16 port)
{
	const struct vx_port_dir *dir = vx_port_dir_at(tables, dir_index);
	const struct vx_port_page *page;
	__u16 entry;

	if (!dir)
		return 0;
	entry = dir->page[port >> 8];
	if (entry & VX_PORT_UNIFORM)
		return entry & ~VX_PORT_UNIFORM;
	page = vx_port_page_at(tables, entry);
	return page ? page->port_class[port & 0xff] : 0;
}

static __always_inline __u32 vx_row_of(struct vx_tables tables, const struct vx_pkt *pkt,
				       const struct vx_port_view *view, const struct vx_end *end)
{
	__u32 index = vx_port_class(tables, view->remote_dir, end->remote_port);
	const __u32 *cell;

	if (view->local_classes > 1)
		index = index * view->local_classes + vx_port_class(tables, view->local_dir, end->local_port);
	cell = vx_cell_at(tables, view->cells + index);
	if (!cell)
		return VX_ROW_NONE;
	if (!(*cell & VX_CELL_BY_DSCP))
		return *cell;
	return (*cell & ~VX_CELL_BY_DSCP) +
	       vx_generation_of(tables)->dscp_class[end->direction & 3][pkt->dscp & (VX_DSCPS - 1)];
}

static __always_inline void vx_end_find(struct vx_tables tables, const struct vx_pkt *pkt, __u8 evidence,
					const struct vx_end *end, struct vx_finding *finding)
{
	const struct vx_addr_class *addr_class;
	const struct vx_answer_row *row;
	const struct vx_port_view *view;

	evidence &= VX_EVIDENCE_COLUMNS - 1;
	finding->addr_class = vx_addr_class_of(tables, pkt, end->remote);
	addr_class = vx_class_at(tables, finding->addr_class);
	if (!addr_class)
		return;
	finding->vendor_slot = addr_class->vendor_slot;
	finding->vendor_owns = addr_class->vendor_owns;
	finding->vendor_rank = addr_class->vendor_rank;
	if (!pkt->has_ports)
		return;
	view = &addr_class->view[pkt->transport & 1];
	if (!(view->evidence >> evidence & 1))
		return;
	row = vx_answer_row_at(tables, vx_row_of(tables, pkt, view, end));
	if (row)
		finding->answer = row->by_evidence[evidence];
}

/* Does a payload of nobody say that a range is missing from the profiles? DTLS does where it may carry SRTP keys. */
static __always_inline int vx_is_media(__u8 evidence, const struct vx_pkt *pkt)
{
	const __u32 media = 1U << VX_PROTOCOL_SIP | 1U << VX_PROTOCOL_STUN | 1U << VX_PROTOCOL_TURN_CHANNEL |
			    1U << VX_PROTOCOL_ZRTP | 1U << VX_PROTOCOL_RTP | 1U << VX_PROTOCOL_RTCP;

	return (media >> evidence & 1) ||
	       (evidence == VX_PROTOCOL_DTLS && pkt->transport == VX_TRANSPORT_UDP);
}

/* A service was found: what it accepts proves itself; RTP_LIKELY is believed only where it was accepted. */
static __always_inline void vx_verdict_service(struct vx_verdict *verdict, const struct vx_answer *answer,
					       __u8 evidence)
{
	verdict->slot = answer->slot;
	verdict->outcome = answer->outcome;
	verdict->flags = answer->flags;
	if (evidence != VX_EVIDENCE_RTP_LIKELY)
		verdict->protocol = evidence;
	else if (answer->outcome == VX_OUTCOME_MATCH)
		verdict->protocol = VX_PROTOCOL_RTP;
}

static __always_inline void vx_verdict_nobody(struct vx_verdict *verdict, const struct vx_pkt *pkt, __u8 evidence)
{
	if (evidence == VX_EVIDENCE_RTP_LIKELY)
		return;
	verdict->protocol = evidence;
	if (pkt->has_ports && vx_is_media(evidence, pkt))
		verdict->outcome = VX_OUTCOME_UNKNOWN_MEDIA;
}

/* The vendor's address without a service: off_port, or fragment where there are no ports to go by. */
static __always_inline int vx_verdict_vendor(struct vx_verdict *verdict, const struct vx_pkt *pkt, __u8 evidence,
					     const struct vx_finding *finding)
{
	if (!finding->vendor_slot)
		return 0;
	if (pkt->fragment == VX_FRAGMENT_LATER) {
		verdict->slot = finding->vendor_slot;
		return 1;
	}
	if (!finding->vendor_owns)
		return 0;
	verdict->slot = finding->vendor_slot;
	verdict->outcome = VX_OUTCOME_OFF_PORT;
	if (evidence != VX_EVIDENCE_RTP_LIKELY)
		verdict->protocol = evidence;
	return 1;
}

/*
 * Which end speaks for the packet: the better candidate, else the vendor with the better claim to its address. The
 * inbound end where both are equal.
 */
static __always_inline int vx_out_wins(const struct vx_pkt *pkt, const struct vx_finding *in,
				       const struct vx_finding *out)
{
	if (in->answer.slot || out->answer.slot)
		return out->answer.rank > in->answer.rank;
	/* A fragment takes any vendor; off_port only one that owns the address. */
	if (pkt->fragment != VX_FRAGMENT_LATER && in->vendor_owns != out->vendor_owns)
		return out->vendor_owns;
	return out->vendor_rank > in->vendor_rank;
}

/*
 * Judges a packet whose headers are sound. @verdict comes zeroed: outcome other, protocol other, nobody's. Inlined
 * with a constant @role, so that a wan or lan program holds one look-up.
 */
static __always_inline void vx_judge(struct vx_tables tables, const struct vx_pkt *pkt, __u8 evidence, __u8 role,
				     struct vx_verdict *verdict)
{
	struct vx_finding in = {}, out = {};
	const struct vx_finding *best = &in;
	struct vx_end end;

	if (role != VX_ROLE_LAN) {
		end = (struct vx_end){ &pkt->src, pkt->sport, pkt->dport, VX_DIRECTION_IN };
		vx_end_find(tables, pkt, evidence, &end, &in);
	}
	if (role != VX_ROLE_WAN) {
		end = (struct vx_end){ &pkt->dst, pkt->dport, pkt->sport, VX_DIRECTION_OUT };
		vx_end_find(tables, pkt, evidence, &end, &out);
	}
	if (role == VX_ROLE_LAN || (role == VX_ROLE_ANY && vx_out_wins(pkt, &in, &out)))
		best = &out;

	verdict->src_class = in.addr_class;
	verdict->dst_class = out.addr_class;
	verdict->direction = best == &out ? VX_DIRECTION_OUT : VX_DIRECTION_IN;
	if (pkt->fragment == VX_FRAGMENT_LATER)
		verdict->outcome = VX_OUTCOME_FRAGMENT;
	if (best->answer.slot) {
		vx_verdict_service(verdict, &best->answer, evidence);
		return;
	}
	if (vx_verdict_vendor(verdict, pkt, evidence, best))
		return;
	if (role == VX_ROLE_ANY)
		verdict->direction = VX_DIRECTION_NONE;
	if (pkt->fragment == VX_FRAGMENT_LATER)
		verdict->slot = VX_SLOT_UNDECODED;
	else
		vx_verdict_nobody(verdict, pkt, evidence);
}

#endif
