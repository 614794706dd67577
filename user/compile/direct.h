/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Engine `direct`: the longest-prefix match as a table by the first 16 bits and sorted ranges behind it (the idea of
 * DXR, Zec, Rizzo and Mikuc 2012). Nested prefixes are flattened into ranges that do not overlap, so that one binary
 * search answers; static arrays, so that the JIT reads them without leaving the program.
 */
#ifndef VOXDP_COMPILE_DIRECT_H
#define VOXDP_COMPILE_DIRECT_H

#include "compile/tables.h"

/*
 * Builds @ret from prefixes sorted by prefix_compare(). Returns 0, -ENOMEM, or -E2BIG where a class does not fit the 16
 * bits of an IPv4 range: such profiles need engine `lpm`.
 */
int direct_build(const struct class_prefix *prefixes, size_t count4, size_t count6, struct direct_tables *ret);

/* What a change of one /16 has come to: its entry, and the ranges behind it, none where it is of one class. */
struct direct_change {
	uint32_t root; /* of root4 or root6 */
	uint32_t first, count;
};

/*
 * Makes the /16 around @within anew, by the very code that direct_build() makes each with. @prefixes are all of the family
 * that lie in it or around it, sorted. The ranges stay where they are unless there are more than before; then they go
 * behind all others, and their old place is lost until the next direct_build(). Returns 0 or what that one returns; after
 * a failure @direct is as it was.
 */
int direct_update(struct direct_tables *direct, const struct class_prefix *prefixes, size_t count,
		  const struct ip_addr *within, struct direct_change *ret);

void direct_fini(struct direct_tables *direct);

#endif
