/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a packet costs here: the program with the given profiles beside an empty one, in one process and one run. The
 * empty program comes first in each round and the jobs take turns, so that whatever slows the machine down slows both;
 * a difference is one of the same round. No time is believed before the program's own counters have said that every
 * packet was judged as it should be.
 */
#ifndef VOXDP_DATAPLANE_BENCH_H
#define VOXDP_DATAPLANE_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "dataplane/traffic.h"
#include "lib/failure.h"
#include "profile/profile.h"

#define BENCH_ROUNDS_MIN 5

struct bench_options {
	uint32_t rounds; /* at least BENCH_ROUNDS_MIN */
	uint32_t repeat; /* packets a job */
	enum vx_role role;
	void (*progress)(uint32_t done, uint32_t all); /* NULL: silent */
};

struct bench_row {
	enum traffic_kind traffic;
	enum traffic_order order;
	enum vx_engine engine;
	uint8_t family;
	uint32_t prefixes; /* of the family */
	/* Medians of the rounds but for the first; a packet, in ns. */
	double ns_min, ns, empty_ns, above_empty_ns;
};

struct bench_result {
	struct bench_row *rows; /* owned */
	size_t count;
	double empty_ns; /* median of all runs of the empty program over many flows */
	/* Kinds that no service takes: they have no rows. */
	bool missing[_TRAFFIC_MAX];
};

/* -EPROTO: a job was not judged as it should be. Free with bench_result_fini(). */
int bench_run(const struct profile_set *set, const struct bench_options *options, struct bench_result *ret,
	      struct failure *failure);
void bench_result_fini(struct bench_result *result);

#endif
