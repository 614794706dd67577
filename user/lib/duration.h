/* SPDX-License-Identifier: BSD-2-Clause */
/* Spans of time as people write them. */
#ifndef VOXDP_LIB_DURATION_H
#define VOXDP_LIB_DURATION_H

#include <stdint.h>

/* `90`, `90s`, `5m`, `2h`: whole seconds, minutes, hours, of at least 1 s and at most @max. Returns 0 or -EINVAL. */
int duration_parse(const char *text, uint32_t max_seconds, uint32_t *ret_seconds);

#endif
