/* SPDX-License-Identifier: BSD-2-Clause */
/* What a packet costs without a clock: the mean of what the interpreter counts over many flows. */
#ifndef TESTS_LIB_COST_H
#define TESTS_LIB_COST_H

#include "dataplane/subject.h"

struct cost {
	double instructions, lookups, calls, lines; /* see struct execution */
	bool judged;				    /* the counters say that every packet was judged as it should be */
};

/* Of one kind of traffic, once its streams are known. Aborts where the traffic cannot be made. */
struct cost cost_count(const struct subject *subject, enum vx_engine engine, enum traffic_kind kind, uint8_t family);

#endif
