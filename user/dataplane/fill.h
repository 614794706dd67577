/* SPDX-License-Identifier: BSD-2-Clause */
/* From profiles to maps: new ones that are sized for them and live, or the free half of those that are there. */
#ifndef VOXDP_DATAPLANE_FILL_H
#define VOXDP_DATAPLANE_FILL_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/maps.h"
#include "lib/failure.h"
#include "profile/profile.h"

/*
 * Both engines' tables are always filled. Profiles beyond engine direct (-E2BIG) are refused only where @needs_direct.
 */

/* Compiles @profiles, makes maps with room to grow, fills one half and makes it live. */
int maps_create_filled(const struct profile_set *profiles, bool needs_direct, struct maps **ret,
		       struct failure *failure);

/* Compiles @profiles into the free half, which generation_switch() makes live. Names keep their counter slots. */
int maps_fill(struct maps *maps, const struct profile_set *profiles, bool needs_direct, uint32_t *ret_half,
	      struct failure *failure);

#endif
