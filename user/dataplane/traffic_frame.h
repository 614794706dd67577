/* SPDX-License-Identifier: BSD-2-Clause */
/* One flow as a frame, and the pieces of it that differ from flow to flow. Pure. */
#ifndef VOXDP_DATAPLANE_TRAFFIC_FRAME_H
#define VOXDP_DATAPLANE_TRAFFIC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compile/tables.h"
#include "dataplane/traffic.h"

struct traffic_payload {
	enum vx_transport transport;
	uint8_t evidence;
	bool proves; /* enough on a range that others use too */
	const char *bytes;
	size_t bytes_length, length; /* the rest of @length is filled */
};

const struct traffic_payload *traffic_payload(enum traffic_kind kind);

/* Writes the frame of @flow, its remote end's to ours; of RTP it has its own source, by @number. Returns its length. */
size_t traffic_frame_write(uint8_t frame[TRAFFIC_FRAME_MAX], const struct packet *flow,
			   const struct traffic_payload *payload, uint32_t number);
struct bench_head traffic_head_of(const uint8_t *frame, uint8_t family);

#endif
