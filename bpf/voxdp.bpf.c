// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The entry program. Reads as a table of contents: headers, payload, tables, counters, pass. Whatever it sees, it
 * returns XDP_PASS: it tells, it does not filter.
 */
#include "bpf/maps.h"

#include "bpf/account.h"
#include "bpf/account_sip.h"
#include "bpf/beyond.h"
#include "bpf/headers/common.h"
#include "bpf/headers/headers.h"
#include "bpf/lookup.h"
#include "bpf/payload/recognise.h"
#include "bpf/stream.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline __u8 vx_evidence_of(struct xdp_md *ctx, const __u8 *data, const __u8 *data_end,
					   const struct vx_pkt *pkt)
{
	struct vx_bytes payload = vx_payload_bytes(data, data_end, pkt);

	vx_payload_reach(ctx, pkt, &payload);
	return vx_recognise(&payload, pkt);
}

/* For the verifier: each thing that it has learned of a finding would be one walk more of what follows. */
static __always_inline void vx_findings_merge(struct vx_findings *findings, __u32 noise)
{
	findings->in.row = vx_unknown(findings->in.row, ~0U, noise);
	findings->out.row = vx_unknown(findings->out.row, ~0U, noise);
	findings->in.claimant = vx_unknown64(findings->in.claimant, noise);
	findings->out.claimant = vx_unknown64(findings->out.claimant, noise);
}

/*
 * Judges the packet by what its payload proves. What only looks like RTP is believed where an own or named range
 * expects it, since no proof would change that verdict; else the table of streams is asked.
 */
static __always_inline void vx_judge_payload(struct xdp_md *ctx, const struct vx_pkt *pkt, __u8 evidence,
					     struct vx_verdict *verdict)
{
	const struct vx_tables tables = vx_tables_live();
	struct vx_findings findings;
	struct vx_bytes payload;

	if (!tables.base)
		return;
	findings = vx_find(tables, pkt, evidence, config.role);
	if (evidence == VX_EVIDENCE_RTP_LIKELY && !vx_is_match(tables, &findings, evidence)) {
		/* Pointers taken anew: the old ones, of which each path knows something else, would keep paths apart. */
		payload = vx_payload_bytes((const __u8 *)(long)ctx->data, (const __u8 *)(long)ctx->data_end, pkt);
		vx_payload_reach(ctx, pkt, &payload);
		if (vx_stream_proves(pkt, &payload))
			evidence = vx_unknown(VX_PROTOCOL_RTP, VX_EVIDENCE_COLUMNS - 1, pkt->frame_bytes);
	}
	vx_findings_merge(&findings, pkt->frame_bytes);
	vx_judge(tables, pkt, &findings, evidence, config.role, verdict);
}

/* The facts of the frame. How long it is altogether is asked only where its linear part does not tell. */
static __always_inline enum vx_malformed vx_read_headers(struct xdp_md *ctx, const __u8 *data, const __u8 *data_end,
							 struct vx_pkt *pkt)
{
	pkt->frame_bytes = data_end - data;
	if (vx_headers_common(data, data_end, pkt))
		return VX_MALFORMED_NONE;
	*pkt = (struct vx_pkt){ .frame_bytes = bpf_xdp_get_buff_len(ctx) };
	return vx_headers_parse(data, data_end, pkt->frame_bytes, pkt);
}

/* For the verifier: what is counted and traced is walked once, not once for each verdict. */
static __always_inline void vx_verdict_merge(struct vx_verdict *verdict, __u32 noise)
{
	verdict->protocol = vx_unknown(verdict->protocol, 15, noise);
	verdict->outcome = vx_unknown(verdict->outcome, 7, noise);
	verdict->direction = vx_unknown(verdict->direction, 3, noise);
	verdict->flags = vx_unknown(verdict->flags, 1, noise);
}

static __always_inline int vx_conclude(const struct vx_pkt *pkt, struct vx_verdict *verdict)
{
	if (config.trace)
		vx_verdict_merge(verdict, pkt->frame_bytes);
	vx_account(verdict, pkt->frame_bytes);
	if (config.trace)
		vx_trace_packet(pkt, verdict);
	return XDP_PASS;
}

SEC("xdp.frags")
int voxdp(struct xdp_md *ctx)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	const __u8 *data_end = (const __u8 *)(long)ctx->data_end;
	__u8 evidence = VX_PROTOCOL_OTHER;
	enum vx_malformed malformed;
	struct vx_verdict verdict = {};
	struct vx_pkt pkt = {};

	malformed = vx_read_headers(ctx, data, data_end, &pkt);
	if (malformed) {
		verdict.slot = VX_SLOT_UNDECODED;
		verdict.outcome = VX_OUTCOME_MALFORMED;
		verdict.malformed = malformed;
		return vx_conclude(&pkt, &verdict);
	}
	if (pkt.has_ports)
		evidence = vx_evidence_of(ctx, data, data_end, &pkt);
	/* For the verifier: the look-ups are walked once, not once for each way through headers and payload. */
	evidence = vx_unknown(evidence, VX_EVIDENCE_COLUMNS - 1, pkt.frame_bytes);
	vx_in_memory(&pkt);
	vx_judge_payload(ctx, &pkt, evidence, &verdict);
	if (verdict.protocol == VX_PROTOCOL_SIP)
		vx_account_sip(ctx, &pkt, vx_counter_element(&verdict));
	return vx_conclude(&pkt, &verdict);
}
