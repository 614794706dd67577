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

/* The names of the counter slots, as the kernel has them. Free with slots_fini(). */
int slots_read(const struct maps *maps, struct slots *ret, struct failure *failure);

#endif
