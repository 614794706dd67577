/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The profiles of the live generation, kept compiled in memory by who changes single addresses of them: an operator's
 * command once, a daemon again and again. It also knows what lies in the half that is not live, so that of the second change
 * on little is written. Nothing of that is believed blindly: another writer's generation has another number or digest.
 */
#ifndef VOXDP_DATAPLANE_LIVE_SET_H
#define VOXDP_DATAPLANE_LIVE_SET_H

#include <stdint.h>

#include "compile/amend.h"
#include "dataplane/maps.h"
#include "lib/failure.h"
#include "profile/profile.h"

/* How a change came to be live: its /16 alone was made anew, or all was compiled anew. */
enum amend_way { AMEND_SHORT, AMEND_WHOLE, _AMEND_MAX };
const char *amend_way_word(enum amend_way way);

struct live_set;

/*
 * Compiles @profiles, which must outlive the set (see amendable_new()), with what was changed since in the live generation
 * of @maps. -ESTALE and @failure: that generation is of other profiles.
 */
int live_set_new(const struct maps *maps, struct profile_set *profiles, struct live_set **ret, struct failure *failure);
void live_set_free(struct live_set *set);
void live_set_freep(struct live_set **set);

/*
 * Fills the free half with the set after the change, for programs of @engines; generation_switch() makes it live.
 * -ESTALE: the live generation is not the one that the set is of. -EEXIST, -ENOENT, -ENOSPC: see amendable_change(), or the
 * tables do not fit. After a failure the set is as it was.
 */
int live_set_stage(struct live_set *set, struct maps *maps, uint32_t engines, const struct amendment *amendment,
		   uint32_t *ret_half, enum amend_way *ret_way, struct failure *failure);

#endif
