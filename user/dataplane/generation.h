/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bringing a compiled generation into the kernel: staged in the half that is not live, read back and compared, then
 * made live by one store. Whatever fails before that store leaves the live half as it is.
 */
#ifndef VOXDP_DATAPLANE_GENERATION_H
#define VOXDP_DATAPLANE_GENERATION_H

#include <stdint.h>

#include <voxdp/abi.h>

#include "compile/tables.h"
#include "dataplane/maps.h"
#include "lib/failure.h"

/* Which half is live, and what it holds; number 0: nothing yet. */
int generation_live(const struct maps *maps, uint32_t *ret_half, struct vx_generation *ret, struct failure *failure);

/* What a half holds, live or not. */
int generation_read(const struct maps *maps, uint32_t half, struct vx_generation *ret, struct failure *failure);

/*
 * Fills the free half with @tables and the names of @slots, and reads all of it back. @tables must fit:
 * -ENOSPC otherwise, before anything is touched. Returns 0 and the half, which generation_switch() makes live.
 */
int generation_stage(struct maps *maps, const struct tables *tables, const struct slots *slots, uint32_t *ret_half,
		     struct failure *failure);

/* Makes a filled half live: every packet that begins after this is judged by it. */
int generation_switch(const struct maps *maps, uint32_t half, struct failure *failure);

/* The same on trial: unless it is confirmed by @ends_at_ns (CLOCK_BOOTTIME; 0: no trial), the other half comes back. */
int generation_try(const struct maps *maps, uint32_t half, uint64_t ends_at_ns, struct failure *failure);

/* The live generation stays. */
int generation_confirm(const struct maps *maps, struct failure *failure);

/* Whether the live generation must still be confirmed. */
struct trial {
	uint64_t number;  /* of the live generation; 0: it is not on trial */
	uint64_t left_ns; /* 0: the time is over */
};
int generation_trial(const struct maps *maps, struct trial *ret, struct failure *failure);

/* Gives up what a half holds that is not live, once no packet is judged by it any more. */
int generation_dismiss(const struct maps *maps, uint32_t half, struct failure *failure);

#endif
