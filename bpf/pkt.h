/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The typed facts of one packet. headers/ writes them, payload/ and lookup.h read them and never the bytes of a header
 * again. Compiles for BPF and natively.
 */
#ifndef VOXDP_BPF_PKT_H
#define VOXDP_BPF_PKT_H

#include <voxdp/abi.h>

enum vx_fragment { VX_FRAGMENT_NO, VX_FRAGMENT_FIRST, VX_FRAGMENT_LATER };

/* Where the payload behind the ports lies: in reach of packet pointers, or also in fragments of the frame. */
enum vx_ports { VX_PORTS_NONE, VX_PORTS_IN_PLACE, VX_PORTS_SCATTERED };

/* An IPv4 address is in word[0]; the rest is zero. */
struct vx_addr {
	__be32 word[4];
};

struct vx_pkt {
	struct vx_addr src, dst;
	__u8 family;	      /* 4 or 6; 0: not IP, there are no addresses */
	__u8 l4_proto;	      /* IP protocol number of the last header reached; 0: not IP */
	__u8 has_ports;	      /* enum vx_ports; not 0: UDP or TCP whose ports were read */
	__u8 transport;	      /* enum vx_transport, where has_ports */
	__u8 fragment;	      /* enum vx_fragment; an atomic fragment is none */
	__u8 dscp;	      /* of the IP header */
	__u16 sport, dport;   /* host byte order */
	__u16 payload_offset; /* of the UDP or TCP payload, from the frame's start */
	__u16 payload_length; /* by the length fields, not by the frame's end; 0: empty */
	__u16 tunnels;	      /* 1 << enum vx_tunnel: what was looked through to get here */
	__u32 frame_bytes;
};

#endif
