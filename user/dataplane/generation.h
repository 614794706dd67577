/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bringing a compiled generation into the kernel: staged in the half that is not live, read back and compared, then
 * made live by one store. Whatever fails before that store leaves the live half as it is.
 */
#ifndef VOXDP_DATAPLANE_GENERATION_H
#define VOXDP_DATAPLANE_GENERATION_H

#include <stdbool.h>
#include <stdint.h>

#include <voxdp/abi.h>

#include "compile/direct.h"
#include "compile/tables.h"
#include "dataplane/maps.h"
#include "lib/failure.h"

/* Which half is live, and what it holds; number 0: nothing yet. */
uint32_t generation_live(const struct maps *maps, struct vx_generation *ret);

/* What a half holds, live or not. */
struct vx_generation generation_read(const struct maps *maps, uint32_t half);

/* Can addresses be looked up in it by all of @engines (1 << enum vx_engine)? */
bool generation_serves(const struct vx_generation *generation, uint32_t engines);

/*
 * Fills the free half with @tables and the names of @slots, and reads all of it back. @tables must fit: -ENOSPC otherwise,
 * before anything is touched. @engines (1 << enum vx_engine) are those of the programs that use the maps or are about to:
 * tries, which take long to fill, are filled for engine lpm alone; tables of engine direct wherever @tables has them.
 * Returns 0 and the half, which generation_switch() makes live.
 */
int generation_stage(struct maps *maps, const struct tables *tables, const struct slots *slots, uint32_t engines,
		     uint32_t *ret_half, struct failure *failure);

/*
 * The same for tables that differ little from the live ones: the same profiles, one address more or less. Engine direct
 * alone. @number is the generation that the free half has to hold for @changes to be all in which it differs; where it holds
 * another one (or @number is 0), all of the tables are written. Names stay as they are.
 */
struct direct_part {
	uint8_t family;
	struct direct_change change;
};
int generation_amend(struct maps *maps, const struct tables *tables, uint64_t number, const struct direct_part *changes,
		     uint32_t count, uint32_t *ret_half, struct failure *failure);

/* Makes a filled half live: every packet that begins after this is judged by it. */
void generation_switch(const struct maps *maps, uint32_t half);

/* The same on trial: unless it is confirmed by @ends_at_ns (CLOCK_BOOTTIME; 0: no trial), the other half comes back. */
void generation_try(const struct maps *maps, uint32_t half, uint64_t ends_at_ns);

/*
 * Waits until no packet is judged by the other half any more and notes it, so that whoever fills that half next need not
 * wait. For after a switch; where it fails or is left out, the next generation_stage() waits.
 */
int generation_retire(const struct maps *maps, struct failure *failure);

/* The live generation stays. */
void generation_confirm(const struct maps *maps);

/* Whether the live generation must still be confirmed. */
struct trial {
	uint64_t number;  /* of the live generation; 0: it is not on trial */
	uint64_t left_ns; /* 0: the time is over */
};
struct trial generation_trial(const struct maps *maps);

/* Gives up what a half holds that is not live, once no packet is judged by it any more. */
int generation_dismiss(const struct maps *maps, uint32_t half, struct failure *failure);

#endif
