/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where services meet: two of different vendors that can both have one packet, or two of any vendor between which only
 * byte order decides. Found by walking every address class, port class, payload and DSCP class that there is, so that
 * none is missed; each is shown by a packet.
 */
#ifndef VOXDP_COMPILE_OVERLAPS_H
#define VOXDP_COMPILE_OVERLAPS_H

#include "compile/candidate.h"
#include "compile/tables.h"

struct overlap {
	const struct vendor *winner_vendor, *loser_vendor;
	const struct service *winner, *loser;
	enum candidate_rule rule;    /* NAME: only byte order decides, which nobody has meant */
	struct packet example;	     /* one that the winner gets and the loser would have without it */
	enum vx_direction direction; /* of the example: which of its ends is remote */
};

struct overlaps {
	struct overlap *items; /* owned; one a pair of services and rule, by winner, loser and rule */
	size_t count, capacity;
	size_t by_name; /* how many of them byte order decides */
};

/* Returns 0, -ENOMEM, or what compiling fails by, with @failure. @ret points into @set. Free with overlaps_fini(). */
int overlaps_find(const struct profile_set *set, const struct slots *slots, struct overlaps *ret,
		  struct failure *failure);
void overlaps_fini(struct overlaps *overlaps);

#endif
