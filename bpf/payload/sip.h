/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* SIP (RFC 3261) by its start line, and the keep-alives of RFC 5626. */
#ifndef VOXDP_BPF_PAYLOAD_SIP_H
#define VOXDP_BPF_PAYLOAD_SIP_H

#include <voxdp/names.h>

#include "bpf/payload/message.h"

#define VX_PORT_SIP 5060
#define VX_SIP_LINE_MIN 16 /* "ACK sip:a SIP/2.0" is longer */

/*
 * The methods registered with IANA (RFC 3261, 3262, 3311, 3428, 3515, 3903, 6086, 6665), with the space that RFC 3261,
 * 7.1 puts behind them: bytes up to the Request-URI, 0 where there is no method.
 */
static __always_inline __u32 vx_sip_method(const struct vx_message *m)
{
	switch (vx_head8(m, 0)) {
	case 'A':
		return vx_starts(m, "ACK ") ? 4 : 0;
	case 'B':
		return vx_starts(m, "BYE ") ? 4 : 0;
	case 'C':
		return vx_starts(m, "CANCEL ") ? 7 : 0;
	case 'I':
		return vx_starts(m, "INVITE ") ? 7 : vx_starts(m, "INFO ") ? 5 : 0;
	case 'M':
		return vx_starts(m, "MESSAGE ") ? 8 : 0;
	case 'N':
		return vx_starts(m, "NOTIFY ") ? 7 : 0;
	case 'O':
		return vx_starts(m, "OPTIONS ") ? 8 : 0;
	case 'P':
		return vx_starts(m, "PUBLISH ") ? 8 : vx_starts(m, "PRACK ") ? 6 : 0;
	case 'R':
		return vx_starts(m, "REGISTER ") ? 9 : vx_starts(m, "REFER ") ? 6 : 0;
	case 'S':
		return vx_starts(m, "SUBSCRIBE ") ? 10 : 0;
	case 'U':
		return vx_starts(m, "UPDATE ") ? 7 : 0;
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

/* RFC 3261, 7.2: the version, a space, a code from 100 to 699, a space. */
static __always_inline int vx_is_sip_status(const struct vx_message *m)
{
	__u8 hundreds = vx_head8(m, 8) - '0', tens = vx_head8(m, 9) - '0', ones = vx_head8(m, 10) - '0';

	return vx_starts(m, "SIP/2.0 ") && hundreds >= 1 && hundreds <= 6 && tens <= 9 && ones <= 9 &&
	       vx_head8(m, 11) == ' ';
}

static __always_inline int vx_is_sip(const struct vx_message *m)
{
	__u32 method;

	if (m->length < VX_SIP_LINE_MIN)
		return 0;
	method = vx_sip_method(m);
	return method ? vx_is_sip_scheme(vx_head32(m, method)) : vx_is_sip_status(m);
}

/*
 * What begins in a message that vx_is_sip() lets pass: a request's enum vx_sip_method, or behind all of these a
 * response's enum vx_sip_class. Two letters tell the methods apart, of INVITE and INFO, REGISTER and REFER the third.
 */
#define VX_SIP_KINDS (_VX_SIP_METHOD_MAX + _VX_SIP_CLASS_MAX)
static __always_inline __u32 vx_sip_kind(const struct vx_message *m)
{
	__u8 third = vx_head8(m, 2);

	switch (vx_head16(m, 0)) {
	case 'A' << 8 | 'C':
		return VX_SIP_METHOD_ACK;
	case 'B' << 8 | 'Y':
		return VX_SIP_METHOD_BYE;
	case 'C' << 8 | 'A':
		return VX_SIP_METHOD_CANCEL;
	case 'I' << 8 | 'N':
		return third == 'V' ? VX_SIP_METHOD_INVITE : VX_SIP_METHOD_INFO;
	case 'M' << 8 | 'E':
		return VX_SIP_METHOD_MESSAGE;
	case 'N' << 8 | 'O':
		return VX_SIP_METHOD_NOTIFY;
	case 'O' << 8 | 'P':
		return VX_SIP_METHOD_OPTIONS;
	case 'P' << 8 | 'R':
		return VX_SIP_METHOD_PRACK;
	case 'P' << 8 | 'U':
		return VX_SIP_METHOD_PUBLISH;
	case 'R' << 8 | 'E':
		return third == 'G' ? VX_SIP_METHOD_REGISTER : VX_SIP_METHOD_REFER;
	case 'S' << 8 | 'U':
		return VX_SIP_METHOD_SUBSCRIBE;
	case 'U' << 8 | 'P':
		return VX_SIP_METHOD_UPDATE;
	default: /* a status line, whose code starts behind the version */
		return _VX_SIP_METHOD_MAX + (__u8)(vx_head8(m, 8) - '1');
	}
}

/* RFC 3261, 7.5: empty lines before a start line are skipped. Bytes of up to two of them. */
static __always_inline __u32 vx_sip_empty_lines(const struct vx_message *m)
{
	if (!vx_starts(m, "\r\n"))
		return 0;
	return vx_starts(m, "\r\n\r\n") ? 4 : 2;
}

#endif
