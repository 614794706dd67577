/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What few frames need, in functions of their own: tunnels, frames that do not lie in one piece, what TURN carries. A
 * frame that needs none of it pays for none of it, and where the configuration rules it out the verifier removes it.
 *
 * Each comes in the two ways in which frames are read (bpf/reads.h). By copies is also how the program reads whose
 * loader has no CAP_PERFMON.
 */
#ifndef VOXDP_BPF_APART_H
#define VOXDP_BPF_APART_H

#include "bpf/headers/decap.h"
#include "bpf/maps.h"
#include "bpf/payload/relayed.h"
#include "bpf/stream.h"

#define VX_COPY_BUFFER(name) __u8 name[VX_COPY_BYTES] __attribute__((aligned(8))) = {}

/* ---- headers ----------------------------------------------------------------------------------------------------- */

/* A step of the walk, for the verifier a program of its own: it is checked once, whatever the walk has come through. */
VX_APART_IN_PLACE enum vx_malformed vx_step_in_place(struct xdp_md *ctx, struct vx_walk *walk)
{
	struct vx_cursor c = { .data = (const __u8 *)(long)ctx->data, .end = (const __u8 *)(long)ctx->data_end };

	return walk ? vx_walk_step(&c, config.decap, walk) : VX_MALFORMED_NONE;
}

VX_APART enum vx_malformed vx_step_copied(struct xdp_md *ctx, struct vx_walk *walk)
{
	VX_COPY_BUFFER(buffer);
	struct vx_cursor c = { .reads = { 1, ctx, buffer } };

	return walk ? vx_walk_step(&c, config.decap, walk) : VX_MALFORMED_NONE;
}

/* Does a tunnel of @decap begin behind these headers? */
static __always_inline int vx_is_tunnel(const struct vx_pkt *pkt, __u16 decap)
{
	enum vx_tunnel tunnel;

	return decap && vx_tunnel_of(decap, pkt, &tunnel);
}

static __always_inline enum vx_malformed vx_walk_frame(struct xdp_md *ctx, int copied, struct vx_pkt *pkt)
{
	const __u32 frame_bytes = bpf_xdp_get_buff_len(ctx);
	struct vx_walk walk = { .limit = frame_bytes, .l3_proto = VX_L3_ETHERNET };
	enum vx_malformed malformed = VX_MALFORMED_NONE;

	walk.pkt.frame_bytes = frame_bytes;
	VX_KEEP_LOOP
	for (int depth = 0; depth <= VX_DECAP_DEPTH; depth++) {
		malformed = copied ? vx_step_copied(ctx, &walk) : vx_step_in_place(ctx, &walk);
		if (malformed || !walk.enters)
			break;
	}
	*pkt = walk.pkt;
	return malformed;
}

/* The facts of the frame, through tunnels. */
VX_APART_IN_PLACE enum vx_malformed vx_walk_in_place(struct xdp_md *ctx, struct vx_pkt *pkt)
{
	return pkt ? vx_walk_frame(ctx, 0, pkt) : VX_MALFORMED_NONE;
}

VX_APART enum vx_malformed vx_walk_copied(struct xdp_md *ctx, struct vx_pkt *pkt)
{
	return pkt ? vx_walk_frame(ctx, 1, pkt) : VX_MALFORMED_NONE;
}

/* ---- payload ----------------------------------------------------------------------------------------------------- */

/* Is the payload to be read by copies? */
static __always_inline int vx_is_scattered(const struct vx_pkt *pkt)
{
	return VX_COPIED || pkt->has_ports == VX_PORTS_SCATTERED;
}

/* Pointers taken anew: the old ones, of which each path knows something else, would keep the verifier's paths apart. */
static __always_inline struct vx_bytes vx_payload_in_place(struct xdp_md *ctx, const struct vx_pkt *pkt)
{
	return vx_payload_bytes((const __u8 *)(long)ctx->data, (const __u8 *)(long)ctx->data_end, pkt);
}

static __always_inline struct vx_bytes vx_payload_copied(struct xdp_md *ctx, const struct vx_pkt *pkt, __u8 *buffer)
{
	return (struct vx_bytes){ .length = pkt->payload_length,
				  .offset = pkt->payload_offset,
				  .reads = { 1, ctx, buffer } };
}

/* Where a message is to be asked by its ports, too: beside enum vx_evidence. */
#define VX_ASK_PORTS 16

/* What the payload itself proves. */
VX_APART int vx_recognise_message_copied(struct xdp_md *ctx, const struct vx_pkt *pkt)
{
	VX_COPY_BUFFER(buffer);
	struct vx_message message;
	struct vx_bytes payload;
	int evidence, more;

	if (!pkt)
		return VX_PROTOCOL_OTHER;
	payload = vx_payload_copied(ctx, pkt, buffer);
	evidence = vx_recognise_message(&payload, pkt, &message, &more);
	return more ? evidence | VX_ASK_PORTS : evidence;
}

/* What it proves together with its ports, @evidence being what it proves itself. */
VX_APART int vx_recognise_port_copied(struct xdp_md *ctx, const struct vx_pkt *pkt, __u8 evidence)
{
	VX_COPY_BUFFER(buffer);
	struct vx_message message;
	struct vx_bytes payload;
	__u32 place;

	if (!pkt)
		return VX_PROTOCOL_OTHER;
	payload = vx_payload_copied(ctx, pkt, buffer);
	place = pkt->transport == VX_TRANSPORT_TCP ? VX_STARTS_SEGMENT : 0;
	if (!vx_message_load(&message, &payload, 0, pkt->frame_bytes) ||
	    !vx_message_load(&message, &payload, vx_message_offset(&message, pkt, &place), pkt->frame_bytes))
		return evidence;
	return vx_port_protocol(&message, pkt, evidence, pkt->frame_bytes);
}

/* vx_recognise() in two parts, since each of them has many ways through. */
static __always_inline __u8 vx_recognise_copied(struct xdp_md *ctx, const struct vx_pkt *pkt)
{
	int evidence = vx_recognise_message_copied(ctx, pkt);

	if (evidence & VX_ASK_PORTS)
		evidence = vx_recognise_port_copied(ctx, pkt, evidence & (VX_ASK_PORTS - 1));
	return evidence;
}

VX_APART int vx_stream_proves_copied(struct xdp_md *ctx, const struct vx_pkt *pkt)
{
	VX_COPY_BUFFER(buffer);
	struct vx_bytes payload;

	if (!pkt)
		return 0;
	payload = vx_payload_copied(ctx, pkt, buffer);
	return vx_stream_proves(pkt, &payload);
}

/* Notes the stream of a packet that looks like RTP. Returns true when it holds. */
static __always_inline int vx_packet_stream_proves(struct xdp_md *ctx, const struct vx_pkt *pkt)
{
	struct vx_bytes payload;

	if (vx_is_scattered(pkt))
		return vx_stream_proves_copied(ctx, pkt);
	payload = vx_payload_in_place(ctx, pkt);
	return vx_stream_proves(pkt, &payload);
}

/* ---- TURN -------------------------------------------------------------------------------------------------------- */

/* Negative: nothing is relayed; else what is, enum vx_evidence. RTP is told by its stream, whose ends are the outer. */
static __always_inline int vx_relayed_evidence(const struct vx_pkt *pkt, const struct vx_bytes *payload, __u8 protocol)
{
	struct vx_pkt datagram = *pkt;
	struct vx_bytes inner;
	__u8 evidence;

	if (!vx_relayed(payload, protocol, pkt->frame_bytes, &inner))
		return -1;
	evidence = vx_relayed_recognise(&inner, pkt->frame_bytes);
	if (evidence != VX_EVIDENCE_RTP_LIKELY)
		return evidence;
	datagram.transport = VX_TRANSPORT_UDP;
	return vx_stream_proves(&datagram, &inner) ? VX_PROTOCOL_RTP : evidence;
}

VX_APART_IN_PLACE int vx_relayed_in_place(struct xdp_md *ctx, const struct vx_pkt *pkt, __u8 protocol)
{
	struct vx_bytes payload;

	if (!pkt)
		return -1;
	payload = vx_payload_in_place(ctx, pkt);
	return vx_relayed_evidence(pkt, &payload, protocol);
}

VX_APART int vx_relayed_copied(struct xdp_md *ctx, const struct vx_pkt *pkt, __u8 protocol)
{
	VX_COPY_BUFFER(buffer);
	struct vx_bytes payload;

	if (!pkt)
		return -1;
	payload = vx_payload_copied(ctx, pkt, buffer);
	return vx_relayed_evidence(pkt, &payload, protocol);
}

/* Most STUN carries nothing: its type is looked at before anything is called. */
static __always_inline int vx_may_relay(struct xdp_md *ctx, const struct vx_pkt *pkt, __u8 protocol)
{
	const __u8 *type = (const __u8 *)(long)ctx->data + (pkt->payload_offset & VX_OFFSET_MASK);

	if (protocol == VX_PROTOCOL_TURN_CHANNEL || vx_is_scattered(pkt))
		return 1;
	vx_opaque(type);
	return type + 2 <= (const __u8 *)(long)ctx->data_end && vx_is_stun_indication(vx_load16(type));
}

/* What a TURN message carries is a second fact. What only looks like RTP is believed of a service's relay. */
static __always_inline void vx_verdict_relayed(struct xdp_md *ctx, const struct vx_pkt *pkt, struct vx_verdict *verdict)
{
	int inner;

	if (!vx_may_relay(ctx, pkt, verdict->protocol))
		return;
	inner = vx_is_scattered(pkt) ? vx_relayed_copied(ctx, pkt, verdict->protocol) :
				       vx_relayed_in_place(ctx, pkt, verdict->protocol);
	if (inner < 0)
		return;
	if (inner == VX_EVIDENCE_RTP_LIKELY)
		inner = verdict->outcome == VX_OUTCOME_MATCH ? VX_PROTOCOL_RTP : VX_PROTOCOL_OTHER;
	verdict->flags |= VX_VERDICT_RELAYED;
	verdict->inner = inner;
}

#endif
