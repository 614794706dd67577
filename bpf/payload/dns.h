/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* DNS (RFC 1035, 4.1.1), mDNS, LLMNR. The header has no mark of its own, so the port has to speak too. */
#ifndef VOXDP_BPF_PAYLOAD_DNS_H
#define VOXDP_BPF_PAYLOAD_DNS_H

#include "bpf/payload/message.h"
#include "bpf/pkt.h"

#define VX_PORT_DNS 53
#define VX_PORT_MDNS 5353  /* RFC 6762 */
#define VX_PORT_LLMNR 5355 /* RFC 4795 */

static __always_inline int vx_has_dns_port(const struct vx_pkt *pkt)
{
	return vx_has_port(pkt, VX_PORT_DNS) || vx_has_port(pkt, VX_PORT_MDNS) || vx_has_port(pkt, VX_PORT_LLMNR);
}

/* The opcode is a registered one, the reserved bit is zero, a query has no answer code, and something follows. */
static __always_inline int vx_is_dns(const struct vx_message *m)
{
	__u16 flags = vx_head16(m, 2);
	__u32 records = vx_head16(m, 4) + vx_head16(m, 6) + vx_head16(m, 8) + vx_head16(m, 10);

	if (m->length < 12 || (flags >> 11 & 15) > 6 || flags & 0x0040)
		return 0;
	if (!(flags & 0x8000) && flags & 0x000f)
		return 0;
	/* A question has 5 bytes at least: the root's name, type and class. */
	return records * 5 <= m->length - 12;
}

#endif
