/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the address look-up of compiled tables was made of: all ranges, sorted, and the claims of every class. With it one
 * range more or less changes the tables where they are: the classes of what lies in its prefix are looked up by the walk
 * that the compiler makes over all of it, and its /16 is made anew.
 */
#ifndef VOXDP_COMPILE_SOURCES_H
#define VOXDP_COMPILE_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "compile/address.h"
#include "compile/direct.h"
#include "compile/tables.h"

/* Prefixes up to this length span whole /16s or more: the tables are compiled anew for them. */
#define SOURCES_LENGTH_WHOLE 16

struct sources {
	struct address_classes classes; /* without its prefixes: the tables have them */
	uint32_t *tables_class;		/* owned; a class of the above -> its number in the tables */
	size_t range_room, prefix_room; /* elements allocated, of classes.ranges and of the tables' prefixes */
};

/* Of @tables, which were compiled of @set; @numbers as for address_classes_build(). Returns 0 or -ENOMEM. */
int sources_build(struct sources *sources, const struct profile_set *set, const uint32_t *numbers,
		  const struct tables *tables);
void sources_fini(struct sources *sources);

/* Is the range among them? */
bool sources_have(const struct sources *sources, const struct numbered_range *range);
/* The longest prefix of the range set that covers the range without being it. Returns whether there is one. */
bool sources_outer(const struct sources *sources, const struct numbered_range *range, struct prefix *ret);

/* Puts a range into the list, or takes it out as often as it is there. Returns 0 or -ENOMEM. */
int sources_change(struct sources *sources, const struct numbered_range *range, bool remove);

/*
 * Makes @tables follow a change of the list in @prefix, which is longer than SOURCES_LENGTH_WHOLE. -ENOENT: they have no
 * class for what lies there now; -ENOMEM. After a failure they are good for nothing.
 */
int sources_apply(struct sources *sources, struct tables *tables, const struct prefix *prefix,
		  struct direct_change *ret);

#endif
