/* SPDX-License-Identifier: BSD-2-Clause */
/* From profiles to maps: new ones that are sized for them and live, or the free half of those that are there. */
#ifndef VOXDP_DATAPLANE_FILL_H
#define VOXDP_DATAPLANE_FILL_H

#include <stdint.h>

#include "dataplane/maps.h"
#include "lib/failure.h"
#include "profile/profile.h"

/*
 * @engines (1 << enum vx_engine) are those of the programs that use the maps or are about to, see generation_stage().
 * Profiles beyond engine direct are refused (-E2BIG) only where it is among them.
 */

/* Compiles @profiles, makes maps with room to grow, fills one half and makes it live. */
int maps_create_filled(const struct profile_set *profiles, uint32_t engines, struct maps **ret,
		       struct failure *failure);

/* Compiles @profiles into the free half, which generation_switch() makes live. Names keep their counter slots. */
int maps_fill(struct maps *maps, const struct profile_set *profiles, uint32_t engines, uint32_t *ret_half,
	      struct failure *failure);

#endif
