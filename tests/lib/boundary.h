/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses at the ends of a prefix and beside them, where look-ups go wrong. */
#ifndef VOXDP_TESTS_BOUNDARY_H
#define VOXDP_TESTS_BOUNDARY_H

#include "lib/prefix.h"

/* The last address of a prefix; its first one is prefix->addr. */
struct ip_addr boundary_last(const struct prefix *prefix);
/* The address before (-1), itself (0) or the one behind (1); behind the last of all comes the first. */
struct ip_addr boundary_step(struct ip_addr addr, int step);

#endif
