/* SPDX-License-Identifier: BSD-2-Clause */
/* The report of overlaps: who meets whom, who wins by which rule, and a packet to ask `voxdp explain` about. */
#ifndef VOXDP_CMD_OVERLAPS_H
#define VOXDP_CMD_OVERLAPS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "compile/overlaps.h"

/* Returns 0 or -ENOMEM. */
int overlaps_print(FILE *out, const struct overlaps *overlaps, bool color);
/* NULL: out of memory. */
json_t *overlaps_json(const struct overlaps *overlaps);

#endif
