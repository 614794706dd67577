/* SPDX-License-Identifier: BSD-2-Clause */
/* The program's payload recognisers, natively: for payloads given on the command line. */
#ifndef VOXDP_COMPILE_RECOGNISE_H
#define VOXDP_COMPILE_RECOGNISE_H

#include <stddef.h>
#include <stdint.h>

#include <voxdp/names.h>

struct payload {
	const uint8_t *bytes;
	size_t length;
	enum vx_transport transport;
	uint16_t sport, dport; /* host byte order */
};

/* What one packet with this payload proves: enum vx_protocol or enum vx_evidence. */
uint8_t payload_evidence(const struct payload *payload);

#endif
