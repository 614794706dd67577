/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The walk that looks through tunnels (--decap): from the frame to the innermost IP packet of at most VX_DECAP_DEPTH
 * tunnels, one in the other. What was not asked for, what carries no IP in the end, and a tunnel's packet that comes in
 * fragments stay with the headers that carry them. It finds what vx_headers_parse() finds where there is no tunnel.
 */
#ifndef VOXDP_BPF_HEADERS_DECAP_H
#define VOXDP_BPF_HEADERS_DECAP_H

#include "bpf/headers/headers.h"
#include "bpf/headers/tunnels.h"

/* Operators' tunnels in a provider's; deeper nests are what attackers build. */
#define VX_DECAP_DEPTH 2
/* A tunnel that starts further into the frame is not entered: the longest headers then still end below the mask. */
#define VX_DECAP_REACH 1024

static __always_inline int vx_is_asked(__u16 decap, enum vx_tunnel tunnel)
{
	return decap >> tunnel & 1;
}

/* Does a whole UDP datagram to @dport belong to a tunnel that was asked for? @tunnel says to which. */
static __always_inline int vx_udp_tunnel(__u16 decap, __u16 dport, enum vx_tunnel *tunnel)
{
	switch (dport) {
	case VX_PORT_VXLAN:
	case VX_PORT_VXLAN_LINUX:
		*tunnel = VX_TUNNEL_VXLAN;
		break;
	case VX_PORT_GENEVE:
		*tunnel = VX_TUNNEL_GENEVE;
		break;
	case VX_PORT_GTP_U:
		*tunnel = VX_TUNNEL_GTP_U;
		break;
	default:
		return 0;
	}
	return vx_is_asked(decap, *tunnel);
}

static __always_inline int vx_ip_tunnel(__u16 decap, __u8 l4_proto, enum vx_tunnel *tunnel)
{
	switch (l4_proto) {
	case VX_L4_GRE:
		*tunnel = VX_TUNNEL_GRE;
		break;
	case VX_L4_IPV4:
		*tunnel = VX_TUNNEL_IPIP;
		break;
	case VX_L4_IPV6:
		*tunnel = VX_TUNNEL_6IN4;
		break;
	default:
		return 0;
	}
	return vx_is_asked(decap, *tunnel);
}

/* Is there a tunnel to enter behind the headers that @pkt is of? */
static __always_inline int vx_tunnel_of(__u16 decap, const struct vx_pkt *pkt, enum vx_tunnel *tunnel)
{
	if (pkt->fragment != VX_FRAGMENT_NO)
		return 0;
	if (pkt->has_ports)
		/* For the verifier: not the port itself, of which it would learn what keeps paths apart. */
		return pkt->transport == VX_TRANSPORT_UDP &&
		       vx_udp_tunnel(decap, vx_unknown(pkt->dport, 0xffff, pkt->frame_bytes), tunnel);
	return pkt->family && vx_ip_tunnel(decap, pkt->l4_proto, tunnel);
}

static __always_inline enum vx_malformed vx_tunnel_parse(struct vx_cursor *c, enum vx_tunnel tunnel, __u16 *l3_proto)
{
	switch (tunnel) {
	case VX_TUNNEL_GRE:
		return vx_gre_parse(c, l3_proto);
	case VX_TUNNEL_VXLAN:
		return vx_vxlan_parse(c, l3_proto);
	case VX_TUNNEL_GENEVE:
		return vx_geneve_parse(c, l3_proto);
	case VX_TUNNEL_GTP_U:
		return vx_gtp_u_parse(c, l3_proto);
	default:
		*l3_proto = tunnel == VX_TUNNEL_IPIP ? VX_L3_IPV4 : VX_L3_IPV6;
		return VX_MALFORMED_NONE;
	}
}

/* Ethernet and what stands between it and IP. */
static __always_inline enum vx_malformed vx_link_parse(struct vx_cursor *c, __u16 decap, __u16 *l3_proto,
						       struct vx_pkt *pkt)
{
	const __u8 *header = vx_take(c, 14);
	enum vx_malformed malformed;

	if (!header)
		return VX_MALFORMED_ETHERNET_TRUNCATED;
	*l3_proto = vx_load16(header + 12);
	if (*l3_proto == VX_L3_VN_TAG && vx_is_asked(decap, VX_TUNNEL_VN_TAG)) {
		malformed = vx_vn_tag_parse(c, l3_proto);
		if (malformed)
			return malformed;
		pkt->tunnels |= 1U << VX_TUNNEL_VN_TAG;
	}
	vx_cursor_merge(c, pkt->frame_bytes);
	malformed = vx_vlans_parse(c, l3_proto);
	if (malformed || *l3_proto != VX_L3_PPPOE_SESSION)
		return malformed;
	malformed = vx_pppoe_parse(c, l3_proto);
	if (!malformed)
		pkt->tunnels |= decap & 1U << VX_TUNNEL_PPPOE;
	return malformed;
}

/* One layer: from a link or network header to the transport's. @pkt comes zeroed but for tunnels and frame_bytes. */
static __always_inline enum vx_malformed vx_layer_parse(struct vx_cursor *c, __u16 decap, __u16 l3_proto,
							struct vx_pkt *pkt)
{
	enum vx_malformed malformed = VX_MALFORMED_NONE;

	if (l3_proto == VX_L3_ETHERNET)
		malformed = vx_link_parse(c, decap, &l3_proto, pkt);
	if (malformed)
		return malformed;
	/* For the verifier: one walk for all that may stand here. */
	l3_proto = vx_unknown(l3_proto, 0xffff, pkt->frame_bytes);
	pkt->tunnels = vx_unknown(pkt->tunnels, 0xffff, pkt->frame_bytes);
	vx_cursor_merge(c, pkt->frame_bytes);
	if ((l3_proto == VX_L3_MPLS || l3_proto == VX_L3_MPLS_UPSTREAM) && vx_is_asked(decap, VX_TUNNEL_MPLS)) {
		malformed = vx_mpls_parse(c, pkt->frame_bytes, &l3_proto);
		if (malformed)
			return malformed;
		pkt->tunnels |= 1U << VX_TUNNEL_MPLS;
	}
	l3_proto = vx_unknown(l3_proto, 0xffff, pkt->frame_bytes);
	pkt->tunnels = vx_unknown(pkt->tunnels, 0xffff, pkt->frame_bytes);
	return vx_network_parse(c, l3_proto, pkt);
}

/*
 * Where a walk stands between two layers. It starts with what is known of the frame: pkt.frame_bytes and, as limit, the
 * same; l3_proto is VX_L3_ETHERNET; all else is zero.
 */
struct vx_walk {
	struct vx_pkt pkt; /* the innermost IP packet so far */
	__u32 offset, limit;
	__u16 l3_proto; /* what stands at the offset, where there is no tunnel to enter */
	__u16 enters;	/* 1 + enum vx_tunnel: whose header stands at the offset; 0: none, the walk is over */
};

static __always_inline int vx_is_over_udp(enum vx_tunnel tunnel)
{
	return tunnel == VX_TUNNEL_VXLAN || tunnel == VX_TUNNEL_GENEVE || tunnel == VX_TUNNEL_GTP_U;
}

/*
 * Steps over the header of the tunnel to be entered. @l3_proto says what follows. A port is a guess: where the bytes
 * behind it make no such header, it was another protocol's.
 */
static __always_inline enum vx_malformed vx_walk_enter(struct vx_cursor *c, const struct vx_walk *walk,
						       struct vx_pkt *layer, __u16 *l3_proto)
{
	enum vx_tunnel tunnel = (walk->enters - 1) & 15;
	enum vx_malformed malformed = vx_tunnel_parse(c, tunnel, l3_proto);

	if (malformed && vx_is_over_udp(tunnel)) {
		*l3_proto = VX_L3_NOT_IP;
		malformed = VX_MALFORMED_NONE;
	}
	if (!malformed)
		layer->tunnels |= 1U << tunnel;
	*l3_proto = vx_unknown(*l3_proto, 0xffff, layer->frame_bytes);
	vx_cursor_merge(c, layer->frame_bytes);
	return malformed;
}

/* One step: through the header of a tunnel, if there is one to be entered, and one layer of headers. */
static __always_inline enum vx_malformed vx_walk_step(struct vx_cursor *c, __u16 decap, struct vx_walk *walk)
{
	struct vx_pkt layer = { .frame_bytes = walk->pkt.frame_bytes, .tunnels = walk->pkt.tunnels };
	enum vx_malformed malformed = VX_MALFORMED_NONE;
	__u16 l3_proto = walk->l3_proto;
	enum vx_tunnel tunnel;

	vx_in_memory(&layer);
	c->offset = walk->offset & VX_OFFSET_MASK;
	c->limit = walk->limit;
	if (walk->enters)
		malformed = vx_walk_enter(c, walk, &layer, &l3_proto);
	if (!malformed)
		malformed = vx_layer_parse(c, decap, l3_proto, &layer);
	if (!malformed && !layer.family && walk->enters) {
		walk->enters = 0; /* what is inside is not IP: the packet is what carries it */
		return VX_MALFORMED_NONE;
	}
	if (!malformed && !layer.family)
		layer.tunnels = 0; /* tags and labels around something else */
	walk->pkt = layer;
	walk->offset = c->offset;
	walk->limit = c->limit;
	walk->enters = 0;
	if (!malformed && c->offset <= VX_DECAP_REACH && vx_tunnel_of(decap, &layer, &tunnel))
		walk->enters = 1 + tunnel;
	return malformed;
}

#endif
