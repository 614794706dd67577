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

struct address_classes {
	struct class_prefix *prefixes; /* owned; sorted by prefix_compare(), so a covering prefix comes first */
	size_t prefix_count, prefix_count4;
	struct intern claims; /* class number -> its struct claim_on, sorted by range set; class 0 has none */
};

/* @numbers[v] is the number of vendor v's first range set. Returns 0 or -ENOMEM. */
int address_classes_build(const struct profile_set *set, const uint32_t *numbers, struct address_classes *ret);
void address_classes_fini(struct address_classes *classes);
/* The claims on class @addr_class. */
const struct claim_on *address_class_claims(const struct address_classes *classes, uint32_t addr_class,
					    size_t *ret_count);

#endif
