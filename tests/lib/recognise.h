/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the recognisers natively over a copy of the bytes that ends where the allocation ends, so that a sanitizer sees
 * any read behind it.
 */
#ifndef TESTS_LIB_RECOGNISE_H
#define TESTS_LIB_RECOGNISE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/payload/recognise.h"
#include "frame.h"

/* What a payload proves of which only the first @readable bytes lie in the linear part of the frame. */
static inline uint8_t evidence_of_part(const struct frame_flow *flow, const uint8_t *bytes, size_t length,
				       size_t readable)
{
	struct vx_pkt pkt = {
		.family = 4,
		.has_ports = 1,
		.transport = flow->transport,
		.sport = flow->sport,
		.dport = flow->dport,
		.frame_bytes = 42 + length,
	};
	uint8_t *copy = malloc(readable + 1), *data = copy + 1; /* odd: nothing is aligned */
	struct vx_bytes payload = { .data = data, .end = data + readable, .length = length };
	uint8_t evidence;

	if (readable)
		memcpy(data, bytes, readable);
	evidence = vx_recognise(&payload, &pkt);
	free(copy);
	return evidence;
}

/* The same where the payload lies in a fragment of the frame, behind 42 bytes of headers. */
static inline uint8_t evidence_of_copies(const struct frame_flow *flow, const uint8_t *bytes, size_t length)
{
	struct vx_pkt pkt = {
		.family = 4,
		.has_ports = 1,
		.transport = flow->transport,
		.sport = flow->sport,
		.dport = flow->dport,
		.frame_bytes = 42 + length,
	};
	uint8_t *copy = malloc(42 + length), *buffer = aligned_alloc(8, VX_COPY_BYTES);
	struct vx_frame frame = { copy, 42 + length };
	struct vx_bytes payload = { .length = length, .offset = 42, .reads = { 1, &frame, buffer } };
	uint8_t evidence;

	if (length)
		memcpy(copy + 42, bytes, length);
	evidence = vx_recognise(&payload, &pkt);
	free(copy);
	free(buffer);
	return evidence;
}

static inline uint8_t evidence_of(const struct frame_flow *flow, const uint8_t *bytes, size_t length)
{
	return evidence_of_part(flow, bytes, length, length);
}

/* Ports that say nothing. */
static const struct frame_flow any_udp = { .transport = VX_TRANSPORT_UDP, .sport = 40001, .dport = 40002 };
static const struct frame_flow any_tcp = { .transport = VX_TRANSPORT_TCP, .sport = 40001, .dport = 40002 };

/* One valid payload with some bytes changed: the broken field. */
struct broken {
	const char *what;
	enum sample_kind sample;
	size_t offset;
	const char *bytes; /* written at offset */
	size_t count;
	uint8_t evidence; /* what is left to prove */
};

#define BROKEN(what_, sample_, offset_, bytes_, evidence_)                                                             \
	{                                                                                                              \
		.what = what_, .sample = SAMPLE_##sample_, .offset = offset_, .bytes = bytes_,                         \
		.count = sizeof(bytes_) - 1, .evidence = evidence_                                                     \
	}

static inline uint8_t evidence_of_broken(const struct broken *row)
{
	const struct sample *sample = sample_get(row->sample);
	struct frame_flow flow = { .transport = sample->transport, .sport = 40001, .dport = 40002 };
	uint8_t *bytes = malloc(sample->length), evidence;

	if (row->sample == SAMPLE_DNS_QUERY || row->sample == SAMPLE_NTP_CLIENT)
		flow.dport = sample->port;
	memcpy(bytes, sample->bytes, sample->length);
	memcpy(bytes + row->offset, row->bytes, row->count);
	evidence = evidence_of(&flow, bytes, sample->length);
	free(bytes);
	return evidence;
}

#define assert_broken_rows(rows)                                                                                       \
	do {                                                                                                           \
		for (size_t row_ = 0; row_ < sizeof(rows) / sizeof((rows)[0]); row_++) {                               \
			uint8_t got_ = evidence_of_broken(&(rows)[row_]);                                              \
                                                                                                                       \
			if (got_ != (rows)[row_].evidence)                                                             \
				fail_msg("%s: evidence %u, expected %u", (rows)[row_].what, got_,                      \
					 (rows)[row_].evidence);                                                       \
		}                                                                                                      \
	} while (0)

#endif
