/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address classes: addresses that lie in the same ranges are equal to every rule. A class is the list of range sets
 * that contain its addresses, each with the length of its longest prefix that does; the remote address counts for all
 * of them, not only for the longest.
 */
#ifndef VOXDP_COMPILE_ADDRESS_H
#define VOXDP_COMPILE_ADDRESS_H

#include "compile/tables.h"
#include "lib/intern.h"

/* A range set that contains the addresses of a class. */
struct claim_on {
	uint32_t range_set; /* number of the range set, counted over all vendors */
	uint32_t prefix_length;
};

/* A range of a profile with the number of its range set. */
struct numbered_range {
	struct prefix prefix;
	uint32_t range_set;
};

struct address_classes {
	struct numbered_range *ranges; /* owned; all of them, sorted by numbered_range_compare() */
	size_t range_count;
	struct class_prefix *prefixes; /* owned; sorted by prefix_compare(), so a covering prefix comes first */
	size_t prefix_count, prefix_count4;
	struct intern claims; /* class number -> its struct claim_on, sorted by range set; class 0 has none */
};

/* @numbers[v] is the number of vendor v's first range set. Returns 0 or -ENOMEM. */
int address_classes_build(const struct profile_set *set, const uint32_t *numbers, struct address_classes *ret);
void address_classes_fini(struct address_classes *classes);

/* By prefix, then by range set. */
int numbered_range_compare(const void *a, const void *b);

/*
 * Some of the ranges anew: @list, sorted, has with each prefix every range of it and of the prefixes around it. Writes each
 * prefix with its class to @ret, which has room for @count. -ENOENT: one is of a class that @classes have not got; -ENOMEM.
 */
int address_classes_find(const struct address_classes *classes, const struct numbered_range *list, size_t count,
			 struct class_prefix *ret, size_t *ret_count);

/* The claims on class @addr_class. */
const struct claim_on *address_class_claims(const struct address_classes *classes, uint32_t addr_class,
					    size_t *ret_count);

#endif
