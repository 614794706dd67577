/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * From facts to a verdict: address -> class, ports -> row, evidence and DSCP -> best candidate, and the better of both
 * ends. No loops and no rule list: the compiler has precomputed every answer (voxdp/abi.h draws the way).
 *
 * The includer provides struct vx_tables, vx_engine() and the accessors of the tables: bpf/maps.h does for the program,
 * user/compile/judge.c for user space, so that `explain` runs this very code.
 */
#ifndef VOXDP_BPF_LOOKUP_H
#define VOXDP_BPF_LOOKUP_H

#include "bpf/bytes.h"
#include "bpf/direct.h"
#include "bpf/pkt.h"

/* One end of a packet, seen as the vendor's. */
struct vx_end {
	__u16 remote_port, local_port; /* host byte order */
	enum vx_direction direction;
};

/* What the tables say of one end. */
struct vx_finding {
	__u32 row;	/* of answers, for its ports */
	__u64 claimant; /* VX_CLAIMANT */
};

struct vx_findings {
	struct vx_finding in, out; /* all zero: not looked for, or nothing */
};

/* @engine is that of the loaded program: a constant to the verifier, which removes the other. */
static __always_inline __u32 vx_addr_class_of(struct vx_tables tables, __u8 engine, __u8 family,
					      const struct vx_addr *addr)
{
	if (family == 4)
		return engine == VX_ENGINE_DIRECT ? vx_direct4_class(tables, (const __u8 *)addr->word, 0) :
						    vx_lpm4_class(tables, addr->word[0]);
	if (family == 6)
		return engine == VX_ENGINE_DIRECT ? vx_direct6_class(tables, (const __u8 *)addr->word) :
						    vx_lpm6_class(tables, addr);
	return VX_CLASS_NOBODY;
}

/* A port's entry: by its upper byte, or where that is not enough by both. */
static __always_inline __u32 vx_port_entry(struct vx_tables tables, __u32 upper_page, __u16 port)
{
	const struct vx_port_page *page = vx_port_page_at(tables, upper_page);
	__u32 entry, upper = port >> 8;

	if (!page)
		return VX_ROW_NONE;
	/* Linux 6.1 does not know that what was swapped has 16 bits: the mask tells, and the compiler must not know better. */
	vx_forget(upper);
	entry = page->entry[upper & 0xff];
	if (!(entry & VX_ENTRY_PAGE))
		return entry;
	page = vx_port_page_at(tables, entry & ~VX_ENTRY_PAGE);
	return page ? page->entry[port & 0xff] : VX_ROW_NONE;
}

static __always_inline __u32 vx_row_of(struct vx_tables tables, const struct vx_pkt *pkt,
				       const struct vx_port_view *view, const struct vx_end *end)
{
	__u32 entry = vx_port_entry(tables, view->remote_page, end->remote_port);
	const __u32 *cell;

	if (entry <= VX_ENTRY_NUMBER)
		return entry;
	if (entry & VX_ENTRY_CELL) {
		cell = vx_cell_at(tables, view->cells + (entry & VX_ENTRY_NUMBER) * view->local_classes +
						  vx_port_entry(tables, view->local_page, end->local_port));
		entry = cell ? *cell : VX_ROW_NONE;
	}
	if (entry & VX_ENTRY_BY_DSCP)
		entry = (entry & VX_ENTRY_NUMBER) +
			vx_generation_of(tables)->dscp_class[end->direction & 3][pkt->dscp & (VX_DSCPS - 1)];
	return entry;
}

/* What @addr_class says of an end. */
static __always_inline struct vx_finding vx_class_find(struct vx_tables tables, const struct vx_pkt *pkt, __u8 evidence,
						       const struct vx_addr_class *addr_class, const struct vx_end *end)
{
	const struct vx_port_view *view = &addr_class->view[pkt->transport & 1];
	struct vx_finding finding = { .claimant = addr_class->claimant };

	if (pkt->has_ports && (view->evidence >> evidence & 1))
		finding.row = vx_row_of(tables, pkt, view, end);
	return finding;
}

static __always_inline struct vx_finding vx_end_find(struct vx_tables tables, const struct vx_pkt *pkt, __u8 evidence,
						     __u64 number, const struct vx_end *end)
{
	const struct vx_addr_class *addr_class = vx_class_at(tables, number);

	if (!addr_class)
		return (struct vx_finding){};
	return vx_class_find(tables, pkt, evidence, addr_class, end);
}

/*
 * Looks up both ends, or the one that @role says. @role is a constant to the verifier, which removes the other. Both
 * addresses come first: neither has to wait for what follows of the other.
 */
static __always_inline struct vx_findings vx_find(struct vx_tables tables, const struct vx_pkt *pkt, __u8 evidence,
						  __u8 role)
{
	const __u8 engine = vx_engine(tables);
	struct vx_findings findings = {};
	__u64 in = VX_CLASS_NOBODY, out = VX_CLASS_NOBODY;

	if (role != VX_ROLE_LAN)
		in = vx_unknown(vx_addr_class_of(tables, engine, pkt->family, &pkt->src), ~0U, tables.noise);
	if (role != VX_ROLE_WAN)
		out = vx_unknown(vx_addr_class_of(tables, engine, pkt->family, &pkt->dst), ~0U, tables.noise);
	if (role != VX_ROLE_LAN)
		findings.in = vx_end_find(tables, pkt, evidence, in,
					  &(struct vx_end){ pkt->sport, pkt->dport, VX_DIRECTION_IN });
	if (role != VX_ROLE_WAN)
		findings.out = vx_end_find(tables, pkt, evidence, out,
					   &(struct vx_end){ pkt->dport, pkt->sport, VX_DIRECTION_OUT });
	return findings;
}

static __always_inline __u64 vx_answer(struct vx_tables tables, __u32 row, __u8 evidence)
{
	const struct vx_answer_row *answers;

	if (!row)
		return 0;
	/*
	 * A row may be asked twice. Kernels such as 6.1 follow the way on which its bounds were broken the first time
	 * and hold the second, and then give up on the pointer; behind a mask there is no lower bound to contradict.
	 */
	vx_forget(row);
	answers = vx_answer_row_at(tables, row & VX_ENTRY_NUMBER);
	return answers ? answers->by_evidence[evidence & (VX_EVIDENCE_COLUMNS - 1)] : 0;
}

/* An answer's rank with the length that its class has, where it has none of its own. */
static __always_inline __u32 vx_full_rank(__u64 answer, __u64 claimant)
{
	__u32 rank = VX_RANK(answer);

	if (!VX_ANSWER_LENGTH(rank))
		rank |= VX_ANSWER_RANK(0, VX_CLAIMANT_LENGTH(claimant), 0);
	return rank;
}

/* The better candidate of both ends, the inbound one where they are equal; 0: there is none. */
static __always_inline __u64 vx_best_answer(struct vx_tables tables, const struct vx_findings *findings, __u8 evidence,
					    __u8 *direction)
{
	__u64 in = vx_answer(tables, findings->in.row, evidence);
	__u64 out = vx_answer(tables, findings->out.row, evidence);

	*direction = VX_DIRECTION_IN;
	if (!out)
		return in;
	/* By rank alone: the same service may have other flags in the other direction. */
	if (in && vx_full_rank(in, findings->in.claimant) >= vx_full_rank(out, findings->out.claimant))
		return in;
	*direction = VX_DIRECTION_OUT;
	return out;
}

static __always_inline int vx_is_match(struct vx_tables tables, const struct vx_findings *findings, __u8 evidence)
{
	__u8 direction;

	return VX_ANSWER_OUTCOME(vx_best_answer(tables, findings, evidence, &direction)) == VX_OUTCOME_MATCH;
}

/* A service was found: what it accepts proves itself; RTP_LIKELY is believed only where it was accepted. */
static __always_inline void vx_verdict_service(struct vx_verdict *verdict, __u64 answer, __u8 evidence)
{
	verdict->slot = VX_SLOT(answer);
	verdict->outcome = VX_ANSWER_OUTCOME(answer);
	verdict->flags = VX_ANSWER_FLAGS(answer);
	if (evidence != VX_EVIDENCE_RTP_LIKELY)
		verdict->protocol = evidence;
	else if (verdict->outcome == VX_OUTCOME_MATCH)
		verdict->protocol = VX_PROTOCOL_RTP;
}

/* The vendor's address, but none of its services; or nobody's. */
static __always_inline void vx_verdict_address(struct vx_verdict *verdict, const struct vx_pkt *pkt, __u64 claimant,
					       __u8 evidence)
{
	verdict->slot = VX_SLOT(claimant);
	if (evidence == VX_EVIDENCE_RTP_LIKELY)
		evidence = VX_PROTOCOL_OTHER;
	verdict->protocol = evidence;
	if (claimant)
		verdict->outcome = VX_OUTCOME_OFF_PORT;
	else if (pkt->has_ports && vx_is_media(evidence, pkt->transport))
		verdict->outcome = VX_OUTCOME_UNKNOWN_MEDIA;
}

/* A later fragment has no ports: all that is known of it is whose address it has. */
static __always_inline void vx_verdict_fragment(struct vx_verdict *verdict, __u64 claimant)
{
	verdict->slot = claimant ? VX_SLOT(claimant) : VX_SLOT_UNDECODED;
	verdict->outcome = VX_OUTCOME_FRAGMENT;
}

/* Off port is only who owns the address; of a fragment also whose name it was learned from. */
static __always_inline __u64 vx_claimant_of(const struct vx_pkt *pkt, const struct vx_finding *finding)
{
	if (VX_CLAIMANT_OWNS(finding->claimant))
		return finding->claimant;
	return pkt->fragment == VX_FRAGMENT_LATER && VX_RANK(finding->claimant) ? finding->claimant : 0;
}

/* The better claim to an address, where there is no candidate; the inbound one where both are equal. */
static __always_inline __u64 vx_best_claimant(const struct vx_pkt *pkt, const struct vx_findings *findings,
					      __u8 *direction)
{
	__u64 in = vx_claimant_of(pkt, &findings->in), out = vx_claimant_of(pkt, &findings->out);

	*direction = VX_RANK(out) > VX_RANK(in) ? VX_DIRECTION_OUT : VX_DIRECTION_IN;
	return VX_RANK(out) > VX_RANK(in) ? out : in;
}

/* Who faces a packet that is nobody's. */
static __always_inline __u8 vx_direction_of_nobody(__u8 role)
{
	return role == VX_ROLE_ANY ? VX_DIRECTION_NONE : role == VX_ROLE_WAN ? VX_DIRECTION_IN : VX_DIRECTION_OUT;
}

/*
 * Judges a packet whose headers are sound. @evidence is that of vx_find(), or RTP where that was RTP_LIKELY. @verdict
 * comes zeroed: outcome other, protocol other, nobody's.
 */
static __always_inline void vx_judge(struct vx_tables tables, const struct vx_pkt *pkt,
				     const struct vx_findings *findings, __u8 evidence, __u8 role,
				     struct vx_verdict *verdict)
{
	__u64 answer = vx_best_answer(tables, findings, evidence, &verdict->direction);
	__u64 claimant;

	if (answer) {
		vx_verdict_service(verdict, answer, evidence);
		return;
	}
	claimant = vx_best_claimant(pkt, findings, &verdict->direction);
	if (!claimant)
		verdict->direction = vx_direction_of_nobody(role);
	if (pkt->fragment == VX_FRAGMENT_LATER)
		vx_verdict_fragment(verdict, claimant);
	else
		vx_verdict_address(verdict, pkt, claimant, evidence);
}

#endif
