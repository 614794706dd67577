/* SPDX-License-Identifier: BSD-2-Clause */
/* The very code of bpf/payload/, on a plain buffer. */
#include "compile/recognise.h"

#include "bpf/payload/recognise.h"

uint8_t payload_evidence(const struct payload *payload)
{
	const struct vx_bytes bytes = {
		.data = payload->bytes,
		.end = payload->bytes + payload->length,
		.length = (__u32)payload->length,
	};
	const struct vx_pkt pkt = {
		.has_ports = 1,
		.transport = (__u8)payload->transport,
		.sport = payload->sport,
		.dport = payload->dport,
		.payload_length = (__u16)payload->length,
		.frame_bytes = (__u32)payload->length,
	};

	return vx_recognise(&bytes, &pkt);
}
