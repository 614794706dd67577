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
void direct_fini(struct direct_tables *direct);

#endif
