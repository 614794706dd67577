/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The front end of the measurements (bpf/bench/bench.bpf.c) and its clock: one program at a time, run in a loop in the
 * kernel on prepared flows.
 */
#ifndef VOXDP_DATAPLANE_FRONTEND_H
#define VOXDP_DATAPLANE_FRONTEND_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/traffic.h"
#include "lib/failure.h"

struct frontend;

/* @frags: whether the programs to be measured are frags-capable, which all programs of a tail call must agree on. */
int frontend_new(bool frags, struct frontend **ret, struct failure *failure);
void frontend_free(struct frontend *frontend);
void frontend_freep(struct frontend **frontend);

/* The empty program, and one that does the least that any classifier does: it reads the headers and counts. */
int frontend_empty(const struct frontend *frontend);
int frontend_floor(const struct frontend *frontend);

/* The traffic of the runs that follow. @traffic must outlive them. */
void frontend_load(struct frontend *frontend, const struct traffic *traffic, enum traffic_order order);

struct frontend_run {
	int prog; /* what is measured */
	uint32_t packets;
	uint32_t action; /* that each packet must end with */
	/* Not 0: as live frames, so many at a time, which go where the program's verdict sends them. */
	uint32_t live_batch;
	uint32_t ifindex; /* of live frames: where they seem to come from; 0: loopback */
};

/*
 * Runs @run->packets through the front end and the program. @ret_ns is what a packet took, in time of this thread on a
 * CPU: what others did meanwhile does not count.
 */
int frontend_measure(struct frontend *frontend, const struct frontend_run *run, double *ret_ns,
		     struct failure *failure);

#endif
