// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The entry program. Reads as a table of contents: headers, payload, tables, counters, pass. Whatever it sees, it
 * returns XDP_PASS: it tells, it does not filter.
 */
#include "bpf/maps.h"

#include "bpf/account.h"
#include "bpf/beyond.h"
#include "bpf/headers/headers.h"
#include "bpf/lookup.h"
#include "bpf/payload/recognise.h"
#include "bpf/stream.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline __u8 vx_evidence_of(struct xdp_md *ctx, const __u8 *data, const __u8 *data_end,
					   const struct vx_pkt *pkt)
{
	struct vx_bytes payload = vx_payload_bytes(data, data_end, pkt);
	__u8 evidence;

	vx_payload_reach(ctx, pkt, &payload);
	evidence = vx_recognise(&payload, pkt);
	if (evidence == VX_EVIDENCE_RTP_LIKELY && vx_stream_proves(pkt, &payload))
		return VX_PROTOCOL_RTP;
	return evidence;
}

static __always_inline void vx_classify(struct xdp_md *ctx, struct vx_pkt *pkt, struct vx_verdict *verdict)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	const __u8 *data_end = (const __u8 *)(long)ctx->data_end;
	const struct vx_tables tables = vx_tables_live();
	__u8 evidence = VX_PROTOCOL_OTHER;

	verdict->malformed = vx_headers_parse(data, data_end, pkt->frame_bytes, pkt);
	if (verdict->malformed) {
		verdict->slot = VX_SLOT_UNDECODED;
		verdict->outcome = VX_OUTCOME_MALFORMED;
		return;
	}
	if (pkt->has_ports)
		evidence = vx_evidence_of(ctx, data, data_end, pkt);
	if (tables.base)
		vx_judge(tables, pkt, evidence, config.role, verdict);
}

SEC("xdp.frags")
int voxdp(struct xdp_md *ctx)
{
	struct vx_verdict verdict = {};
	struct vx_pkt pkt = {};

	pkt.frame_bytes = bpf_xdp_get_buff_len(ctx);
	vx_classify(ctx, &pkt, &verdict);
	vx_account(&verdict, pkt.frame_bytes);
	if (config.trace)
		vx_trace_packet(&pkt, &verdict);
	return XDP_PASS;
}
