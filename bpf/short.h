/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The short way: the packet that nearly every packet is, judged and counted before anything is put into memory. A frame of
 * the common kind (headers/common.h) whose payload shows at sight what it is (payload/sight.h), of whose ends at most one is
 * in a range, and for which a shortcut tells the verdict (struct vx_shortcut). Whatever is not so is left untouched for the
 * program behind, which finds the same verdict for every packet: this way has no rules of its own.
 */
#ifndef VOXDP_BPF_SHORT_H
#define VOXDP_BPF_SHORT_H

#include "bpf/account.h"
#include "bpf/account_sip.h"
#include "bpf/headers/common.h"
#include "bpf/lookup.h"
#include "bpf/payload/sight.h"

/* The facts of a frame of the common kind. Returns 0 where it is of another. */
static __always_inline int vx_read_common(struct xdp_md *ctx, struct vx_pkt *pkt)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	const __u8 *data_end = (const __u8 *)(long)ctx->data_end;

	pkt->frame_bytes = data_end - data;
	return vx_headers_common(data, data_end, pkt);
}

/*
 * What the short way leaves to be done. Of a packet that it has judged nothing, or, in the upper half, the verdict to be left
 * for user space. Of another all; the number is what it has recognised, or VX_SIGHT_NONE.
 */
#define VX_LEFT_NOTHING (1U << 30)
#define VX_LEFT_TRACE (1U << 29)
#define VX_LEFT_OUT (1U << 28) /* of what is to be left: its direction */

/* VX_SIGHT_NONE, made where it is returned: the compiler would put it into memory before all else. */
static __always_inline __u64 vx_short_not(void)
{
	__u32 none = VX_SIGHT_NONE;

	vx_forget(none);
	return none;
}

/* How the program is loaded: constants, which the verifier knows, or which are none at all where it is loaded as usual. */
struct vx_settings {
	__u64 role, engine, decap;
};

/* What is known of a packet: as few numbers as will do, since few stay in registers. */
struct vx_short {
	const __u8 *ip, *l4; /* its headers */
	__u64 frame_bytes;
	__u32 sight; /* what its payload shows, which is not VX_SIGHT_NONE */
};

/* The class of an end, whose address is at @at. */
static __always_inline __u64 vx_short_class(struct vx_tables tables, __u64 engine, __u8 family, const __u8 *at,
					    int likely_nobody)
{
	if (engine == VX_ENGINE_DIRECT)
		return family == 4 ? vx_direct4_class(tables, at, likely_nobody) : vx_direct6_class(tables, at);
	return family == 4 ? vx_lpm4_find(tables.half, vx_load(__be32, at)) :
			     vx_lpm6_find(tables.half, vx_load(__u64, at), vx_load(__u64, at + 8));
}

/* Type of service of IPv4, traffic class of IPv6. */
static __always_inline __u8 vx_short_tos(const struct vx_short *is, __u8 family)
{
	return family == 4 ? is->ip[1] : vx_load16(is->ip) >> 4;
}

/* The packet's source port, or its destination port; in host order. */
static __always_inline __u32 vx_short_port(const struct vx_short *is, int dst)
{
	return bpf_ntohs(vx_load_again(__be16, is->l4 + (dst ? 2 : 0)));
}

static __always_inline int vx_short_asks(const struct vx_shortcut_asks *asks, __u8 family, const struct vx_short *is,
					 int out)
{
	const __u32 local = vx_short_port(is, !out);

	return local - asks->local_first < asks->local_count &&
	       (vx_short_tos(is, family) & asks->tos_mask) == asks->tos;
}

/* The verdict of the first shortcut that fits the packet; VX_SHORT_ASKS: there is none. */
static __always_inline __u32 vx_short_verdict(const struct vx_shortcut *shortcut, __u8 family,
					      const struct vx_short *is, int out)
{
	const __u32 remote = vx_short_port(is, out);

	for (int i = 0; i < VX_SHORTCUTS; i++, shortcut++) {
		__u32 verdict;

		if (remote - shortcut->remote_first >= shortcut->remote_count)
			continue;
		verdict = shortcut->verdict;
		if ((__s32)verdict >= 0) /* no VX_SHORT_ASKS */
			return verdict;
		if (i + 1 < VX_SHORTCUTS &&
		    vx_short_asks((const struct vx_shortcut_asks *)shortcut + 1, family, is, out))
			return verdict & ~VX_SHORT_ASKS;
	}
	return VX_SHORT_ASKS;
}

/* Leaves the verdict for user space. The facts are read once more: while they were in registers, they were for nothing else. */
VX_APART int vx_short_trace(struct xdp_md *ctx, __u64 left)
{
	const __u32 verdict = left >> 32, evidence = VX_SIGHT_EVIDENCE(left);
	struct vx_verdict told = {
		.slot = VX_SHORT_ELEMENT(verdict) / VX_COUNTER_DIRECTIONS,
		.protocol = evidence == VX_EVIDENCE_RTP_LIKELY ? VX_PROTOCOL_RTP : evidence,
		.outcome = VX_SHORT_OUTCOME(verdict),
		.direction = left & VX_LEFT_OUT ? VX_DIRECTION_OUT : VX_DIRECTION_IN,
	};
	struct vx_pkt pkt = {};

	if (!VX_SHORT_OUT(verdict))
		told.direction = vx_direction_of_nobody(config.role);
	if (vx_read_common(ctx, &pkt))
		vx_trace_packet(&pkt, &told);
	return 0;
}

/* Where the verdict says. */
static __always_inline void vx_short_account(__u32 verdict, __u64 frame_bytes, __u32 sip_kind)
{
	__u32 key = VX_SHORT_ELEMENT(verdict);
	struct vx_counter_block *block = bpf_map_lookup_elem(&vx_counters, &key);

	if (!vx_likely(block))
		return;
	vx_count((struct vx_counter *)((__u8 *)block + VX_SHORT_CELL_BYTES(verdict)), frame_bytes);
	if (sip_kind)
		vx_account_sip_kind(key, sip_kind - 1);
}

/* What is a constant here is one in all that is inlined. Where no shortcut tells the verdict, the long way does. */
static __always_inline __u64 vx_short_told(__u32 verdict, int out, const struct vx_short *is)
{
	if (!vx_likely(verdict != VX_SHORT_ASKS))
		return is->sight;
	if (out)
		verdict += VX_SHORT_OUT(verdict);
	vx_short_account(verdict, is->frame_bytes, VX_SIGHT_SIP_KIND(is->sight));
	if (vx_constant(trace)) {
		vx_forget(verdict);
		return (__u64)verdict << 32 | (out ? VX_LEFT_OUT : 0) | VX_LEFT_TRACE | VX_SIGHT_EVIDENCE(is->sight);
	}
	return VX_LEFT_NOTHING;
}

static __always_inline __u32 vx_short_of_class(struct vx_tables tables, __u64 number, __u8 family, int out,
					       const struct vx_short *is)
{
	const struct vx_shortcut *shortcuts = vx_shortcuts_at(tables, number);

	return vx_short_verdict(shortcuts + VX_SIGHT_COLUMN(is->sight) * VX_SHORTCUTS, family, is, out);
}

/*
 * Are both ends nobody's, at a glance? Much of what a box sees is, and a bit tells where the classes would take a cache line
 * for each address. Of IPv4.
 */
static __always_inline int vx_short_is_nobodys(struct vx_tables tables, struct vx_settings settings,
					       const struct vx_short *is)
{
	if (settings.engine != VX_ENGINE_DIRECT)
		return 0;
	return !(settings.role != VX_ROLE_LAN && vx_may_be_taken4(tables, is->ip + 12)) &&
	       !(settings.role != VX_ROLE_WAN && vx_may_be_taken4(tables, is->ip + 16));
}

/*
 * The verdict where both ends are nobody's. For a constant that is no media it is one too, without the tables: whose address
 * does not matter, a service is only told by media (VX_MEDIA).
 */
static __always_inline __u32 vx_short_of_nobody(struct vx_tables tables, __u32 sight)
{
	const __u32 evidence = VX_SIGHT_EVIDENCE(sight);

	if (__builtin_constant_p(evidence) && evidence != VX_EVIDENCE_RTP_LIKELY &&
	    !vx_is_media(evidence, VX_TRANSPORT_UDP))
		return VX_SHORT(VX_SLOT_NOBODY * VX_COUNTER_DIRECTIONS, evidence, VX_OUTCOME_OTHER, 0);
	return vx_nobody_at(tables, VX_SIGHT_COLUMN(sight));
}

static __always_inline __u64 vx_short_judge(struct vx_settings settings, __u8 family, int glance,
					    const struct vx_short *is)
{
	const __u8 *src = is->ip + (family == 4 ? 12 : 8), *dst = is->ip + (family == 4 ? 16 : 24);
	struct vx_tables tables = vx_tables_patched();
	__u64 in = VX_CLASS_NOBODY, out = VX_CLASS_NOBODY;

	if (glance && vx_likely(vx_short_is_nobodys(tables, settings, is)))
		return vx_short_told(vx_short_of_nobody(tables, is->sight), 0, is);
	if (settings.role != VX_ROLE_LAN)
		in = vx_short_class(tables, settings.engine, family, src, 0);
	if (settings.role != VX_ROLE_WAN)
		out = vx_short_class(tables, settings.engine, family, dst, 1);
	if (!out)
		return vx_short_told(vx_short_of_class(tables, in, family, 0, is), 0, is);
	if (in) /* both ends have something to say */
		return is->sight;
	return vx_short_told(vx_short_of_class(tables, out, family, 1, is), 1, is);
}

/* @sight: what the payload has shown, or VX_SIGHT_NONE. @glance: see vx_short_is_nobodys(). */
static __always_inline __u64 vx_short_sighted(struct vx_settings settings, __u8 family, int glance, __u32 sight,
					      struct vx_short *is)
{
	if (sight & VX_SIGHT_NONE)
		return vx_short_not();
	is->sight = sight;
	return vx_short_judge(settings, family, glance, is);
}

/* For the verifier: what follows is walked once, not once for each protocol. */
static __always_inline __u32 vx_short_merge(__u32 sight, const struct vx_short *is)
{
	return vx_unknown32(sight, is->frame_bytes);
}

/*
 * Media and the records of TLS come before all else, since most packets are theirs; and what follows is compiled for each
 * on its own.
 */
static __always_inline __u64 vx_short_udp4(struct vx_settings settings, const __u8 *data, const __u8 *data_end,
					   __u64 l4_bytes, struct vx_short *is)
{
	struct vx_pkt pkt = {};
	__u32 sight;

	if (vx_load16(is->l4 + 4) != l4_bytes)
		return vx_short_not();
	/* Whatever its ports, no tunnel begins so: RFC 7348, 5; RFC 8926, 3.4; TS 29.281, 5.1. */
	if (vx_likely(vx_plain_rtp(is->l4, l4_bytes)))
		return vx_short_sighted(settings, 4, 0, VX_SIGHT(VX_EVIDENCE_RTP_LIKELY, VX_TRANSPORT_UDP), is);
	if (l4_bytes < 8)
		return vx_short_not();
	sight = vx_plain_sip(is->l4, l4_bytes, data_end);
	if (sight & VX_SIGHT_NONE) {
		vx_common_ports(is->l4, VX_TRANSPORT_UDP, VX_COMMON_L4_AT(4) + 8, l4_bytes - 8, &pkt);
		if (vx_is_tunnel(&pkt, settings.decap))
			return vx_short_not();
		sight = vx_sight(data, data_end, &pkt);
	}
	sight = vx_short_merge(sight, is);
	return vx_short_sighted(settings, 4, 0, sight, is);
}

static __always_inline __u64 vx_short_tcp4(struct vx_settings settings, const __u8 *data, const __u8 *data_end,
					   __u64 l4_bytes, struct vx_short *is)
{
	const __u8 *tcp = data + VX_COMMON_L4_AT(4);
	struct vx_pkt pkt = {};
	__u32 sight, header_bytes;

	if (vx_likely(vx_plain_tls(data, VX_COMMON_L4_AT(4), l4_bytes, data_end)))
		return vx_short_sighted(settings, 4, 1, VX_SIGHT(VX_PROTOCOL_TLS, VX_TRANSPORT_TCP), is);
	header_bytes = vx_common_tcp(tcp, l4_bytes);
	if (!header_bytes)
		return vx_short_not();
	vx_common_ports(tcp, VX_TRANSPORT_TCP, VX_COMMON_L4_AT(4) + header_bytes, l4_bytes - header_bytes, &pkt);
	sight = vx_short_merge(vx_sight(data, data_end, &pkt), is);
	return vx_short_sighted(settings, 4, 1, sight, is);
}

static __always_inline __u64 vx_short_ipv4(struct vx_settings settings, const __u8 *data, const __u8 *data_end)
{
	struct vx_short is = { .ip = data + VX_COMMON_ETHERNET,
			       .l4 = data + VX_COMMON_L4_AT(4),
			       .frame_bytes = data_end - data };
	__u32 kind = vx_common_kind(is.ip, 4);
	__u64 l4_bytes;

	if (vx_common_fills(is.ip, 4, is.frame_bytes, &l4_bytes)) {
		if (kind == VX_COMMON_KIND(4, VX_L4_UDP))
			return vx_short_udp4(settings, data, data_end, l4_bytes, &is);
		vx_forget(kind); /* one comparison for UDP */
		if (kind == VX_COMMON_KIND(4, VX_L4_TCP))
			return vx_short_tcp4(settings, data, data_end, l4_bytes, &is);
	}
	return vx_short_not();
}

/* Compiled once for all: the verifier takes many steps to walk its search. */
static __always_inline __u64 vx_short_ipv6(struct vx_settings settings, const __u8 *data, const __u8 *data_end)
{
	struct vx_short is = { .ip = data + VX_COMMON_ETHERNET,
			       .l4 = data + VX_COMMON_L4_AT(6),
			       .frame_bytes = data_end - data };
	struct vx_pkt pkt = { .frame_bytes = is.frame_bytes };
	__u32 sight = VX_SIGHT(VX_EVIDENCE_RTP_LIKELY, VX_TRANSPORT_UDP);

	if (!vx_common_transport(is.ip, 6, &pkt) || vx_is_tunnel(&pkt, settings.decap))
		return vx_short_not();
	if (pkt.transport != VX_TRANSPORT_UDP || !vx_plain_rtp(is.l4, 8 + pkt.payload_length))
		sight = vx_sight(data, data_end, &pkt);
	return vx_short_sighted(settings, 6, 0, vx_short_merge(sight, &is), &is);
}

static __always_inline __u64 vx_short_packet(const struct xdp_md *ctx, struct vx_settings settings)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	const __u8 *data_end = (const __u8 *)(long)ctx->data_end;

	if (data + VX_COMMON_BYTES(4) <= data_end) {
		if (vx_common_is_ipv4(data))
			return vx_short_ipv4(settings, data, data_end);
		if (data + VX_COMMON_BYTES(6) <= data_end && vx_common_is_ipv6(data))
			return vx_short_ipv6(settings, data, data_end);
	}
	return vx_short_not();
}

/* Compiled twice; the verifier removes one of them. */
static __always_inline __u64 vx_short_way(const struct xdp_md *ctx)
{
	if (vx_likely(vx_constant(usual)))
		return vx_short_packet(ctx, (struct vx_settings){ VX_ROLE_ANY, VX_ENGINE_DIRECT, 0 });
	return vx_short_packet(ctx, (struct vx_settings){ vx_constant(role), vx_constant(engine), vx_constant(decap) });
}

#endif
