/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of ports as sorted, disjoint, non-adjacent spans. */
#ifndef VOXDP_LIB_PORTS_H
#define VOXDP_LIB_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct port_span {
	uint16_t first, last; /* both included */
};

struct port_set {
	struct port_span *spans; /* owned by whoever built the set; NULL where count is 0 */
	size_t count;
};

/* How many ports are in the set: 0 to 65536. */
uint32_t port_set_size(const struct port_set *set);
bool port_set_has(const struct port_set *set, uint16_t port);

/*
 * Parses `N`, `N-M`, `N+` (to 65535) or `any` (0-65535). Returns 0, or -EINVAL: none of these; -EDOM: port 0 by
 * number; -ERANGE: a number over 65535; -ENOTSUP: the end is before the start.
 */
int port_span_parse(const char *text, struct port_span *ret);
/* Sorts and joins spans in place, so that they make a set; returns how many are left. */
size_t port_spans_join(struct port_span *spans, size_t count);

#endif
