/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk through headers and tunnels, natively, as bpf/apart.h does it: in place over bytes that end where their
 * allocation ends, or by copies.
 */
#ifndef TESTS_LIB_WALK_H
#define TESTS_LIB_WALK_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/headers/decap.h"

static inline enum vx_malformed walk_layers(const struct vx_cursor *start, uint16_t decap, struct vx_pkt *pkt)
{
	struct vx_walk walk = { .limit = pkt->frame_bytes, .l3_proto = VX_L3_ETHERNET };
	enum vx_malformed malformed = VX_MALFORMED_NONE;

	walk.pkt.frame_bytes = pkt->frame_bytes;
	for (int depth = 0; depth <= VX_DECAP_DEPTH; depth++) {
		struct vx_cursor cursor = *start;

		malformed = vx_walk_step(&cursor, decap, &walk);
		if (malformed || !walk.enters)
			break;
	}
	*pkt = walk.pkt;
	return malformed;
}

/* Of a frame of @length bytes only the first @linear can be read. @decap: 1 << enum vx_tunnel. */
static inline enum vx_malformed walk_in_place(const uint8_t *bytes, size_t length, size_t linear, uint16_t decap,
					      struct vx_pkt *pkt)
{
	uint8_t *copy = malloc(linear + 2), *data = copy + 2;
	const struct vx_cursor start = { .data = data, .end = data + linear };
	enum vx_malformed malformed;

	memcpy(data, bytes, linear);
	*pkt = (struct vx_pkt){ .frame_bytes = (__u32)length };
	malformed = walk_layers(&start, decap, pkt);
	free(copy);
	return malformed;
}

static inline enum vx_malformed walk_copied(const uint8_t *bytes, size_t length, uint16_t decap, struct vx_pkt *pkt)
{
	struct vx_frame frame = { bytes, (__u32)length };
	uint8_t *buffer = aligned_alloc(8, VX_COPY_BYTES);
	const struct vx_cursor start = { .reads = { 1, &frame, buffer } };
	enum vx_malformed malformed;

	*pkt = (struct vx_pkt){ .frame_bytes = (__u32)length };
	malformed = walk_layers(&start, decap, pkt);
	free(buffer);
	return malformed;
}

#endif
