/* SPDX-License-Identifier: BSD-2-Clause */
/* How every call on the running classifier begins. For the files that make up dataplane/classifier.h alone. */
#ifndef VOXDP_DATAPLANE_OPEN_H
#define VOXDP_DATAPLANE_OPEN_H

#include "dataplane/device.h"
#include "dataplane/generation.h"
#include "dataplane/maps.h"
#include "dataplane/state.h"
#include "lib/failure.h"

int failure_not_attached(struct failure *failure);
int failure_on_trial(const struct trial *trial, struct failure *failure);

/* What a call works on; free with opened_fini(). All zero is closed. */
struct opened {
	struct state *state;
	struct devices devices;
	struct maps *maps; /* NULL until opened_maps() */
};
void opened_fini(struct opened *opened);

/* Takes the lock, mends what a killed writer left, and reads what is attached. */
int open_for_change(const char *state_dir, enum state_use use, struct opened *ret, struct failure *failure);

/*
 * Opens the maps of an attached classifier for a writer, and ends a trial whose time is over: then the generation
 * before it is live again. -ENOENT: nothing is attached.
 */
int opened_maps(struct opened *opened, struct failure *failure);

/* Takes no lock. Maps are open. -ENOENT: nothing is attached. */
int open_for_reading(const char *state_dir, struct opened *ret, struct failure *failure);

/* 1 << enum vx_engine: what the programs on the devices look addresses up by. */
uint32_t devices_engines(const struct devices *devices);

/* Switches to the half that is not live. -ENOENT and @failure: it holds nothing that could be live. */
int generation_return(const struct opened *opened, struct failure *failure);

#endif
