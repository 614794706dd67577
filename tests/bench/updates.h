/* SPDX-License-Identifier: BSD-2-Clause */
/* How long it takes until another set of profiles judges the packets, and what that costs them meanwhile. */
#ifndef TESTS_BENCH_UPDATES_H
#define TESTS_BENCH_UPDATES_H

#include <stdint.h>

#include "contest.h"
#include "lib/failure.h"

struct updates {
	uint32_t prefixes, rounds;
	/* In ms, by round. */
	double from_tables[CONTEST_ROUNDS_MAX];	  /* staged, read back, live */
	double from_profiles[CONTEST_ROUNDS_MAX]; /* compiled besides */
	double from_files[CONTEST_ROUNDS_MAX];	  /* read and checked besides */
	double one_address[CONTEST_ROUNDS_MAX];	  /* one more, by the short way */
	double retiring[CONTEST_ROUNDS_MAX];	  /* after a switch: until nobody is judged by what was live before */
	/* A packet in ns, by round: while nothing changes, and while another thread switches without pause. */
	double quiet[CONTEST_ROUNDS_MAX], churning[CONTEST_ROUNDS_MAX];
	uint64_t switches; /* that the other thread made */
};

int updates_measure(uint32_t prefixes, uint32_t rounds, uint32_t packets, struct updates *ret, struct failure *failure);

/* Bytes that a set takes in the kernel, and what they are made of. */
struct footprint {
	uint64_t tables_bytes; /* map vx_tables, both halves with their room to grow */
	uint64_t tries_bytes;  /* of the live half */
	uint64_t used_bytes;   /* of the live half: what the generation uses of it without the address look-up */
	uint64_t fixed4_bytes, ranges4_bytes, fixed6_bytes, ranges6_bytes; /* the address look-up */
	uint32_t prefixes4, prefixes6;
};

struct subject;
int footprint_measure(const struct subject *subject, struct footprint *ret, struct failure *failure);

#endif
