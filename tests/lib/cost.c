/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a sample of the flows, each with enough packets for its stream to be believed, and counts the last ones. */
#include "cost.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "interpreter.h"
#include "lib/cleanup.h"

#define FLOWS 512
#define PACKETS_OF_A_FLOW 4

/* The packet of a flow with its place in the stream. */
static void frame_make(const struct traffic *traffic, uint32_t flow, uint16_t sequence, uint8_t *frame)
{
	static const size_t pieces4[] = BENCH_PIECES4, pieces6[] = BENCH_PIECES6;
	const size_t *pieces = traffic->family == 4 ? pieces4 : pieces6;
	size_t payload = traffic->family == 4 ? BENCH_PAYLOAD4_WORD : BENCH_PAYLOAD6_WORD;
	size_t count = traffic->kind == TRAFFIC_RTP ? payload + 2 : payload;
	uint16_t wire = htons(sequence);

	memcpy(frame, traffic->frame, traffic->length);
	for (size_t i = 0; i < count; i++)
		memcpy(frame + pieces[i], &traffic->heads[flow].word[i], sizeof(traffic->heads[flow].word[i]));
	if (traffic->kind == TRAFFIC_RTP)
		memcpy(frame + pieces[payload] + 2, &wire, sizeof(wire));
}

static uint64_t judged(const struct interpreter *in, const struct subject *subject, enum vx_engine engine,
		       enum traffic_kind kind)
{
	int counters = program_map_fd(subject->programs[engine], "vx_counters");
	uint64_t packets = 0;

	for (uint32_t slot = 0; slot < subject->slots.count; slot++) {
		bool expected =
			kind == TRAFFIC_NOBODY ? slot == VX_SLOT_NOBODY : subject->slots.names[slot].service[0] != '\0';
		const struct vx_counter_block *block =
			interpreter_value(in, counters, slot * VX_COUNTER_DIRECTIONS); /* direction in */

		if (expected && block)
			packets += block->cell[traffic_protocol(kind)].packets;
	}
	return packets;
}

static struct cost run(struct interpreter *in, const struct traffic *traffic)
{
	struct cost cost = { .judged = true };

	for (uint32_t i = 0; i < FLOWS; i++) {
		uint8_t frame[TRAFFIC_FRAME_MAX] __attribute__((aligned(8)));
		struct execution one = {};

		for (uint16_t sequence = 0; sequence < PACKETS_OF_A_FLOW; sequence++) {
			frame_make(traffic, i * (BENCH_FLOWS / FLOWS), sequence, frame);
			one = interpreter_run(in, frame, traffic->length);
			cost.judged = cost.judged && one.action == XDP_PASS;
		}
		cost.instructions += (double)one.instructions / FLOWS;
		cost.lookups += (double)one.lookups / FLOWS;
		cost.calls += (double)one.calls / FLOWS;
		cost.lines += (double)one.lines / FLOWS;
	}
	return cost;
}

struct cost cost_count(const struct subject *subject, enum vx_engine engine, enum traffic_kind kind, uint8_t family)
{
	struct interpreter *in = interpreter_new(
		bpf_object__find_program_by_name(program_object(subject->programs[engine]), PROGRAM_NAME));
	CLEANUP(traffic_freep) struct traffic *traffic = NULL;
	struct failure failure = {};
	struct cost cost;

	if (traffic_new(subject->set, subject->tables, kind, family, &traffic, &failure)) {
		fprintf(stderr, "cost: %s\n", failure.text);
		abort();
	}
	cost = run(in, traffic);
	cost.judged = cost.judged && judged(in, subject, engine, kind) == FLOWS * PACKETS_OF_A_FLOW;
	interpreter_free(in);
	return cost;
}
