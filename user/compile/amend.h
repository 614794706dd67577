/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A compiled set of profiles from which single addresses are taken and to which they are added, while it is live. Mostly
 * the short way: the prefix gets the class of the claims that it then has, and only its /16 is made anew. Where there is
 * no such class yet, answers are missing too, and all is compiled anew. Either way the tables judge every address as those
 * that are compiled of the changed profiles would.
 */
#ifndef VOXDP_COMPILE_AMEND_H
#define VOXDP_COMPILE_AMEND_H

#include <stdbool.h>
#include <stdint.h>

#include <voxdp/abi.h>

#include "compile/direct.h"
#include "compile/tables.h"
#include "lib/failure.h"
#include "profile/profile.h"

/* One prefix more or less of a range set. */
struct amendment {
	uint32_t range_set; /* see amend_range_set() */
	struct prefix prefix;
	bool remove;
};

/*
 * The number of a vendor's range set, counted over all vendors. @range NULL: the only one that the vendor has; site groups
 * are the site file's. -ENOENT and @failure, which names those that there are.
 */
int amend_range_set(const struct profile_set *set, const char *vendor, const char *range, uint32_t *ret,
		    struct failure *failure);

struct amendable;

/*
 * Compiles @set with @changes (of a generation of the same set; NULL where @count is 0). @set must outlive the result, which
 * changes its ranges and gives them back as they were when it is freed. Returns 0, or what tables_compile() returns.
 */
int amendable_new(struct profile_set *set, const struct slots *slots, const struct vx_change *changes, uint32_t count,
		  struct amendable **ret, struct failure *failure);
void amendable_free(struct amendable *amendable);
void amendable_freep(struct amendable **amendable);

/* NULL while they have to be compiled: after amendable_change() said so, or failed half way. */
const struct tables *amendable_tables(const struct amendable *amendable);
/* The profiles; their ranges as they were when tables were compiled last. */
const struct profile_set *amendable_set(const struct amendable *amendable);

/*
 * Makes a change. Returns 0 where the tables have it, by the short way; @ret says what else of them is another than before,
 * apart from struct vx_generation and the changes. 1: it takes amendable_compile(). -EEXIST, -ENOENT, -ENOSPC and
 * @failure: the range set has the prefix already, or has not got it, or too much is changed; nothing is done.
 */
int amendable_change(struct amendable *amendable, const struct amendment *amendment, struct direct_change *ret,
		     struct failure *failure);

/* Takes the last change back, which could not be made live. The tables have to be compiled then. */
void amendable_undo(struct amendable *amendable, const struct amendment *amendment);

/* Compiles the set as it is now, with its changes. Slots may be others than before. */
int amendable_compile(struct amendable *amendable, const struct slots *slots, struct failure *failure);

#endif
