/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledger of the guides' rows, as Markdown: profiles/COVERAGE.md is what this prints for the shipped profiles. */
#ifndef VOXDP_CMD_COVERAGE_H
#define VOXDP_CMD_COVERAGE_H

#include <jansson.h>
#include <stdio.h>

#include "profile/profile.h"

/* Returns 0 or -ENOMEM. */
int coverage_print(FILE *out, const struct profile_set *set);
/* The same rows as a list; NULL: out of memory. */
json_t *coverage_json(const struct profile_set *set);

#endif
