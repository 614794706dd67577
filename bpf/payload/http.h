/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* HTTP over TCP by its start line (RFC 9112, 3 and 4) or the preface of HTTP/2 (RFC 9113, 3.4). */
#ifndef VOXDP_BPF_PAYLOAD_HTTP_H
#define VOXDP_BPF_PAYLOAD_HTTP_H

#include "bpf/payload/message.h"

#define VX_HTTP_LINE_MIN 14 /* "GET / HTTP/1.1" */

/* RFC 9110, 9.3 and RFC 5789: bytes up to the request target, 0 where there is no method. */
static __always_inline __u32 vx_http_method(const struct vx_message *m)
{
	if (vx_starts(m, "GET ") || vx_starts(m, "PUT "))
		return 4;
	if (vx_starts(m, "POST ") || vx_starts(m, "HEAD "))
		return 5;
	if (vx_starts(m, "TRACE ") || vx_starts(m, "PATCH "))
		return 6;
	if (vx_starts(m, "DELETE "))
		return 7;
	return vx_starts(m, "OPTIONS ") ? 8 : 0;
}

/* RFC 9112, 3.2: a path, a whole URI, or an asterisk. RTSP, which shares methods, has neither `/` nor `http`. */
static __always_inline int vx_is_http_target(__u32 word)
{
	return word >> 24 == '/' || vx_starts_nocase(word, "http") || word == vx_text("* HT", 4);
}

static __always_inline int vx_is_http(const struct vx_message *m)
{
	__u32 method;

	if (m->length < VX_HTTP_LINE_MIN)
		return 0;
	/* RFC 9112, 3.2.3: the target of CONNECT is a host and a port, which can be anything. */
	if (vx_starts(m, "HTTP/1.") || vx_starts(m, "PRI * HT") || vx_starts(m, "CONNECT "))
		return 1;
	method = vx_http_method(m);
	return method && vx_is_http_target(vx_head32(m, method));
}

#endif
