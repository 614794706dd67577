/* SPDX-License-Identifier: BSD-2-Clause */
/* What several commands print alike: counters, devices, JSON. */
#ifndef VOXDP_CMD_VIEW_H
#define VOXDP_CMD_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "dataplane/device.h"
#include "dataplane/rows.h"

/* A JSON string, or null for NULL; bytes that are no UTF-8 become '?'. */
json_t *view_string(const char *text);
/* The names of tunnels (1 << enum vx_tunnel) as an array. */
json_t *view_tunnels(unsigned tunnels);
/* Prints a document and a newline, and releases it. NULL: memory ran out while it was built; fills @failure. */
enum vx_exit view_json(json_t *document, struct failure *failure);

/* Counters as tables: outcomes, then, where there are any, malformed reasons, unexpected DSCP and SIP messages. */
enum vx_exit view_counters(const struct counters *counters, const struct globals *globals, struct failure *failure);
/*
 * The same as `outcomes`, `malformed`, `dscp_unexpected`, `sip_requests` and `sip_responses` added to @document.
 * Returns 0 or -ENOMEM.
 */
int view_counters_json(const struct counters *counters, json_t *document);

/* The whole document of `voxdp stats --json`. */
enum vx_exit view_stats_json(const struct counters *counters, struct failure *failure);

/* How a device is attached, in a word: dispatcher or link. */
const char *view_how(const struct device *device);
/* A device as an object. NULL: out of memory. */
json_t *view_device_json(const struct device *device);

/* CLOCK_REALTIME as `2025-11-20 15:38:01` in local time, or with @utc as RFC 3339. */
#define VIEW_TIME_MAX 40
const char *view_time(uint64_t realtime_ns, bool utc, char text[VIEW_TIME_MAX]);

#endif
