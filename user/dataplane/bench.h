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

/* A set of profiles to measure with. */
struct bench_case {
	const struct profile_set *set;
	uint32_t kinds; /* 1 << enum traffic_kind; 0: all */
	uint8_t family; /* 4 or 6; 0: both, where the set has both */
};

struct bench_options {
	uint32_t rounds; /* at least BENCH_ROUNDS_MIN */
	uint32_t repeat; /* packets a job */
	enum vx_role role;
	void (*progress)(uint32_t done, uint32_t all); /* NULL: silent */
};

/* A kind of traffic that cannot match a case has no row, nor has an engine that does not serve it. */
struct bench_row {
	size_t of; /* index of the case */
	enum traffic_kind traffic;
	enum traffic_order order;
	enum vx_engine engine;
	uint8_t family;
	uint32_t prefixes; /* of the family */
	/* Medians over rounds, and the least; a packet, in ns. */
	double ns_min, ns, empty_ns, above_empty_ns;
	double *ns_by_round, *empty_ns_by_round; /* owned by the result */
};

struct bench_result {
	struct bench_row *rows; /* owned */
	size_t count;
	uint32_t rounds;
	double empty_ns; /* median of all runs of the empty program over many flows */
};

/* All cases are measured in one run. -EPROTO: a job was not judged as it should be. Free with bench_result_fini(). */
int bench_run(const struct bench_case *cases, size_t count, const struct bench_options *options,
	      struct bench_result *ret, struct failure *failure);
void bench_result_fini(struct bench_result *result);

#endif
