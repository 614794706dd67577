/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of `voxdp explain` that speaks of a host name. */
#ifndef VOXDP_CMD_EXPLAIN_HOST_H
#define VOXDP_CMD_EXPLAIN_HOST_H

#include <jansson.h>
#include <stdbool.h>

#include "compile/host_match.h"

/* Returns 0 or -ENOMEM. */
int host_matches_print(const struct host_matches *matches, const char *name, bool color);
/* `{"name": ..., "services": [...]}`; NULL: out of memory. */
json_t *host_matches_json(const struct host_matches *matches, const char *name);

#endif
