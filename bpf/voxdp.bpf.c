// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The entry program. Reads as a table of contents: headers, payload, tables, counters, pass. Whatever it sees, it
 * returns XDP_PASS: it tells, it does not filter.
 */
#include "bpf/maps.h"

#include "bpf/account.h"
#include "bpf/account_sip.h"
#include "bpf/apart.h"
#include "bpf/headers/common.h"
#include "bpf/headers/headers.h"
#include "bpf/lookup.h"
#include "bpf/payload/recognise.h"
#include "bpf/short.h"
#include "bpf/stream.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Functions of their own keep the verifier's ways from multiplying; few packets come here. */
VX_APART_IN_PLACE int vx_recognise_in_place(struct xdp_md *ctx, const struct vx_pkt *pkt)
{
	struct vx_bytes payload;

	if (!pkt)
		return VX_PROTOCOL_OTHER;
	payload = vx_payload_in_place(ctx, pkt);
	return vx_recognise(&payload, pkt);
}

static __always_inline __u8 vx_evidence_of(struct xdp_md *ctx, const struct vx_pkt *pkt)
{
	if (!VX_COPIED && pkt->has_ports == VX_PORTS_IN_PLACE)
		return vx_recognise_in_place(ctx, pkt);
	return pkt->has_ports ? vx_recognise_copied(ctx, pkt) : VX_PROTOCOL_OTHER;
}

/* For the verifier: each thing that it has learned of a finding would be one walk more of what follows. */
static __always_inline void vx_findings_merge(struct vx_findings *findings, __u32 noise)
{
	findings->in.row = vx_unknown(findings->in.row, ~0U, noise);
	findings->out.row = vx_unknown(findings->out.row, ~0U, noise);
	findings->in.claimant = vx_unknown64(findings->in.claimant, noise);
	findings->out.claimant = vx_unknown64(findings->out.claimant, noise);
}

/* For the verifier: what follows a verdict that is traced is walked once, not once for each verdict. */
static __always_inline void vx_verdict_merge(struct vx_verdict *verdict, __u32 noise)
{
	verdict->protocol = vx_unknown(verdict->protocol, 15, noise);
	verdict->outcome = vx_unknown(verdict->outcome, 7, noise);
	verdict->direction = vx_unknown(verdict->direction, 3, noise);
	verdict->flags = vx_unknown(verdict->flags, 3, noise);
}

/* vx_find(), checked once: by copies the search is the longest part of the program to the verifier. */
VX_APART int vx_find_apart(const struct vx_pkt *pkt, __u32 half, __u8 evidence, struct vx_findings *findings)
{
	struct vx_tables tables;

	if (!pkt || !findings)
		return 0;
	tables = vx_tables_of(half, pkt->frame_bytes);
	if (tables.base)
		*findings = vx_find(tables, pkt, evidence & (VX_EVIDENCE_COLUMNS - 1), config.role);
	return 0;
}

/*
 * Judges the packet by what its payload proves. What only looks like RTP is believed where an own or named range
 * expects it, since no proof would change that verdict; else the table of streams is asked.
 */
VX_APART int vx_judge_payload(struct xdp_md *ctx, const struct vx_pkt *pkt, __u8 evidence, struct vx_verdict *verdict)
{
	struct vx_findings findings = {};
	/* By copies on the stack: a compiler may choose between two fields, and the kernel allows no such pointer to @verdict. */
	struct vx_verdict copy = {}, *judged = VX_COPIED ? &copy : verdict;
	struct vx_tables tables;

	if (!pkt || !verdict)
		return 0;
	tables = vx_tables_live(pkt->frame_bytes);
	if (!tables.base)
		return 0;
	if (VX_COPIED)
		vx_find_apart(pkt, tables.half, evidence, &findings);
	else
		findings = vx_find(tables, pkt, evidence & (VX_EVIDENCE_COLUMNS - 1), config.role);
	if (evidence == VX_EVIDENCE_RTP_LIKELY && !vx_is_match(tables, &findings, evidence) &&
	    vx_packet_stream_proves(ctx, pkt))
		evidence = vx_unknown(VX_PROTOCOL_RTP, VX_EVIDENCE_COLUMNS - 1, pkt->frame_bytes);
	evidence = vx_offset(evidence, VX_EVIDENCE_COLUMNS - 1, pkt->frame_bytes);
	vx_findings_merge(&findings, pkt->frame_bytes);
	vx_judge(tables, pkt, &findings, evidence, config.role, judged);
	if (config.trace)
		vx_verdict_merge(judged, pkt->frame_bytes);
	if (VX_COPIED)
		*verdict = copy;
	return 0;
}

/* What is known of a message beyond its protocol: a SIP message's kind, what TURN carries. */
#define VX_LOOKED_INTO (1U << VX_PROTOCOL_SIP | 1U << VX_PROTOCOL_STUN | 1U << VX_PROTOCOL_TURN_CHANNEL)

static __always_inline void vx_look_into(struct xdp_md *ctx, const struct vx_pkt *pkt, __u32 sight,
					 struct vx_verdict *verdict)
{
	if (VX_SIGHT_SIP_KIND(sight))
		vx_account_sip_kind(vx_counter_element(verdict), VX_SIGHT_SIP_KIND(sight) - 1);
	else if (verdict->protocol == VX_PROTOCOL_SIP)
		vx_account_sip(ctx, pkt, vx_counter_element(verdict));
	else
		vx_verdict_relayed(ctx, pkt, verdict);
}

VX_APART_COPIED int vx_conclude(const struct vx_pkt *pkt, struct vx_verdict *verdict)
{
	if (!pkt || !verdict)
		return 0;
	vx_account(verdict, pkt->frame_bytes);
	if (config.decap && pkt->tunnels)
		vx_account_tunnels(pkt->tunnels, pkt->frame_bytes);
	if (config.trace)
		vx_trace_packet(pkt, verdict);
	return 0;
}

/* The facts of a frame of any other kind. How long it is altogether is asked only here: only now the linear part may not tell. */
static __always_inline enum vx_malformed vx_read_headers(struct xdp_md *ctx, struct vx_pkt *pkt)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	const __u8 *data_end = (const __u8 *)(long)ctx->data_end;
	enum vx_malformed malformed;
	int scattered;

	*pkt = (struct vx_pkt){ .frame_bytes = bpf_xdp_get_buff_len(ctx) };
	scattered = VX_COPIED || data_end - data < pkt->frame_bytes;
	if (scattered)
		malformed = vx_walk_copied(ctx, pkt);
	else if (config.decap)
		malformed = vx_walk_in_place(ctx, pkt);
	else
		malformed = vx_headers_parse(data, data_end, pkt->frame_bytes, pkt);
	pkt->has_ports = vx_unknown(pkt->has_ports << scattered, 3, pkt->frame_bytes);
	return malformed;
}

/* @sight: what the short way has recognised, or VX_SIGHT_NONE. */
VX_APART int vx_long_way(struct xdp_md *ctx, __u32 sight)
{
	enum vx_malformed malformed = VX_MALFORMED_NONE;
	struct vx_verdict verdict = {};
	struct vx_pkt pkt = {};
	__u8 evidence;

	if (VX_COPIED || !vx_read_common(ctx, &pkt) || vx_is_tunnel(&pkt, config.decap))
		malformed = vx_read_headers(ctx, &pkt);
	if (malformed) {
		verdict.slot = VX_SLOT_UNDECODED;
		verdict.outcome = VX_OUTCOME_MALFORMED;
		verdict.malformed = malformed;
		vx_conclude(&pkt, &verdict);
		return XDP_PASS;
	}
	evidence = sight & VX_SIGHT_NONE ? vx_evidence_of(ctx, &pkt) : VX_SIGHT_EVIDENCE(sight);
	/* For the verifier: the look-ups are walked once, not once for each way through headers and payload. */
	evidence = vx_unknown(evidence, VX_EVIDENCE_COLUMNS - 1, pkt.frame_bytes);
	vx_in_memory(&pkt);
	vx_judge_payload(ctx, &pkt, evidence, &verdict);
	if (VX_LOOKED_INTO >> verdict.protocol & 1)
		vx_look_into(ctx, &pkt, sight, &verdict);
	vx_conclude(&pkt, &verdict);
	return XDP_PASS;
}

SEC("xdp.frags")
int voxdp(struct xdp_md *ctx)
{
	/* Out of the registers: few packets need it again. */
	struct xdp_md *volatile kept = ctx;
	__u64 left = VX_COPIED ? VX_SIGHT_NONE : vx_short_way(ctx);

	if (left & VX_LEFT_NOTHING)
		return XDP_PASS;
	if (left & VX_LEFT_TRACE)
		vx_short_trace(kept, left);
	else
		vx_long_way(kept, left);
	return XDP_PASS;
}
