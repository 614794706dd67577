/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* SIP (RFC 3261) by its start line, and the keep-alives of RFC 5626. */
#ifndef VOXDP_BPF_PAYLOAD_SIP_H
#define VOXDP_BPF_PAYLOAD_SIP_H

#include <voxdp/names.h>

#include "bpf/payload/message.h"

#define VX_PORT_SIP 5060
#define VX_SIP_VERSION "SIP/2.0 " /* as a response begins with it */
#define VX_SIP_LINE_MIN 16	  /* "ACK sip:a SIP/2.0" is longer */

/* A method, enum vx_sip_method, with the bytes up to the Request-URI; 0: there is none. */
#define VX_SIP_METHOD(name, literal) (VX_SIP_METHOD_##name | (sizeof(literal) - 1) << 8)
#define VX_SIP_METHOD_KIND(method) ((method)&0xff)
#define VX_SIP_METHOD_BYTES(method) ((method) >> 8)
#define VX_SIP_IF_METHOD(m, name, literal) (vx_starts(m, literal) ? VX_SIP_METHOD(name, literal) : 0)

/*
 * The methods registered with IANA (RFC 3261, 3262, 3311, 3428, 3515, 3903, 6086, 6665), with the space that RFC 3261,
 * 7.1 puts behind them.
 */
static __always_inline __u32 vx_sip_method(const struct vx_message *m)
{
	switch (vx_head8(m, 0)) {
	case 'A':
		return VX_SIP_IF_METHOD(m, ACK, "ACK ");
	case 'B':
		return VX_SIP_IF_METHOD(m, BYE, "BYE ");
	case 'C':
		return VX_SIP_IF_METHOD(m, CANCEL, "CANCEL ");
	case 'I':
		return VX_SIP_IF_METHOD(m, INVITE, "INVITE ") ?: VX_SIP_IF_METHOD(m, INFO, "INFO ");
	case 'M':
		return VX_SIP_IF_METHOD(m, MESSAGE, "MESSAGE ");
	case 'N':
		return VX_SIP_IF_METHOD(m, NOTIFY, "NOTIFY ");
	case 'O':
		return VX_SIP_IF_METHOD(m, OPTIONS, "OPTIONS ");
	case 'P':
		return VX_SIP_IF_METHOD(m, PUBLISH, "PUBLISH ") ?: VX_SIP_IF_METHOD(m, PRACK, "PRACK ");
	case 'R':
		return VX_SIP_IF_METHOD(m, REGISTER, "REGISTER ") ?: VX_SIP_IF_METHOD(m, REFER, "REFER ");
	case 'S':
		return VX_SIP_IF_METHOD(m, SUBSCRIBE, "SUBSCRIBE ");
	case 'U':
		return VX_SIP_IF_METHOD(m, UPDATE, "UPDATE ");
	default:
		return 0;
	}
}

/*
 * RFC 3261, 19.1: sip and sips; RFC 3966: tel; RFC 5031: urn; RFC 3859, 3860: pres, im. HTTP and SSDP share methods
 * with SIP and are told from it here. Schemes are the same in either case.
 */
static __always_inline int vx_is_sip_scheme(__u32 word)
{
	return vx_starts_nocase(word, "sip:") || vx_starts_nocase(word, "sips") || vx_starts_nocase(word, "tel:") ||
	       vx_starts_nocase(word, "urn:") || vx_starts_nocase(word, "pres") || vx_starts_nocase(word, "im:");
}

/* What begins a message: a request's enum vx_sip_method, or behind all of these a response's enum vx_sip_class. */
#define VX_SIP_KINDS (_VX_SIP_METHOD_MAX + _VX_SIP_CLASS_MAX)

/*
 * RFC 3261, 7.2: the version, a space, a code from 100 to 699, a space. Three digits at once: of each the upper half must be
 * that of '0' to '9', and the lower half must not reach 16 with 6 more. Here the version has been seen.
 */
static __always_inline int vx_is_sip_status(struct vx_message *m)
{
	const __u32 code = vx_head32(m, 8), hundreds = (code >> 24) - '1';

	m->sip_kind = _VX_SIP_METHOD_MAX + hundreds;
	return (code & 0xf0f0f0ffU) == 0x30303020U && !(((code & 0x0f0f0f00U) + 0x06060600U) & 0xf0f0f000U) &&
	       hundreds < _VX_SIP_CLASS_MAX;
}

/* Notes its kind in the message, too. */
static __always_inline int vx_is_sip(struct vx_message *m)
{
	__u32 method;

	if (m->length < VX_SIP_LINE_MIN)
		return 0;
	if (vx_starts(m, VX_SIP_VERSION))
		return vx_is_sip_status(m);
	method = vx_sip_method(m);
	m->sip_kind = VX_SIP_METHOD_KIND(method);
	return method && vx_is_sip_scheme(vx_head32(m, VX_SIP_METHOD_BYTES(method)));
}

/* RFC 3261, 7.5: empty lines before a start line are skipped. Bytes of up to two of them. */
static __always_inline __u32 vx_sip_empty_lines(const struct vx_message *m)
{
	if (!vx_starts(m, "\r\n"))
		return 0;
	return vx_starts(m, "\r\n\r\n") ? 4 : 2;
}

#endif
