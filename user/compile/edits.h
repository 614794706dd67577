/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a generation is not as its profiles say: a list that a change and its opposite leave as it was. */
#ifndef VOXDP_COMPILE_EDITS_H
#define VOXDP_COMPILE_EDITS_H

#include <stdbool.h>
#include <stdint.h>

#include <voxdp/abi.h>

#include "lib/digest.h"
#include "lib/prefix.h"

/* Sorted by range set and prefix. */
struct edits {
	struct vx_change *items; /* owned; VX_CHANGES_MAX */
	uint32_t count;
};

/* Returns 0 or -ENOMEM. */
int edits_init(struct edits *edits);
void edits_fini(struct edits *edits);

/* Takes over what a generation has. -ESTALE: those are no changes of a set of so many range sets. */
int edits_take(struct edits *edits, const struct vx_change *items, uint32_t count, uint32_t range_sets);

/* Notes a change, or no longer its opposite where that is noted. -ENOSPC: there is no room for it. */
int edits_note(struct edits *edits, const struct vx_change *change);

struct prefix edit_prefix(const struct vx_change *change);
/* How many are of a range set. */
uint32_t edits_of(const struct edits *edits, uint32_t range_set);
/* Is a prefix that the profiles have taken out? */
bool edits_without(const struct edits *edits, uint32_t range_set, const struct prefix *prefix);

/* Of profiles with the digest @profiles and these changes; without any it is that one. Returns 0 or -ENOMEM. */
int edits_digest(const struct edits *edits, const uint8_t profiles[DIGEST_BYTES], uint8_t ret[DIGEST_BYTES]);

#endif
