/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several ways to treat the same packets, measured side by side: by rounds, in turn, the first one is what the others
 * are compared with. After each job the contestant's own counter must have risen by what it was sent.
 */
#ifndef TESTS_BENCH_CONTEST_H
#define TESTS_BENCH_CONTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/frontend.h"
#include "lib/failure.h"

#define CONTEST_ROUNDS_MAX 100

struct contestant {
	const char *name;
	struct frontend *frontend;
	const struct traffic *traffic;
	struct frontend_run run; /* packets are the contest's */
	/* Makes it the one that gets the packets; NULL: it gets them anyway. */
	int (*prepare)(const void *of, struct failure *failure);
	/* Packets that it has counted so far as it should; NULL: it has nothing to count with. */
	int (*counted)(const void *of, uint64_t *ret, struct failure *failure);
	const void *of;
	bool softirqd; /* the time that the CPU's ksoftirqd spent meanwhile is this one's too */
	double ns[_ORDER_MAX][CONTEST_ROUNDS_MAX];
};

struct contest {
	const char *name;
	struct contestant *items;
	size_t count;
	uint32_t orders; /* 1 << enum traffic_order */
	uint32_t rounds, packets, warm_up;
};

int contest_run(struct contest *contest, struct failure *failure);

/* The median over rounds; with @beside, of the differences to it in the same round. */
double contest_median(const struct contest *contest, const struct contestant *of, const struct contestant *beside,
		      enum traffic_order order);
/* The contestant of that name, or NULL. */
const struct contestant *contest_find(const struct contest *contest, const char *name);

double samples_median(const double *samples, size_t count);

#endif
