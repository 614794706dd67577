/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp stats --watch`: rates by vendor and service, over and over. */
#ifndef VOXDP_CMD_WATCH_H
#define VOXDP_CMD_WATCH_H

#include <stdint.h>

#include "cmd/cmd.h"

/*
 * Reads the counters every @interval_ms and prints what went by in between, busiest first: drawn anew on a terminal,
 * else as lines, with --json as one document a line. @views: how many; 0: until it is stopped.
 */
enum vx_exit stats_watch(const struct globals *globals, uint32_t interval_ms, uint32_t views, struct failure *failure);

#endif
