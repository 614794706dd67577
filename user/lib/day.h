/* SPDX-License-Identifier: BSD-2-Clause */
/* Days as counts from 1970-01-01, in UTC. */
#ifndef VOXDP_LIB_DAY_H
#define VOXDP_LIB_DAY_H

#include <stdint.h>

#define DAY_TEXT_MAX 16

/* Today in UTC. */
int32_t day_today(void);
/* Parses `YYYY-MM-DD`, years 1970 to 9999. Returns 0, -EINVAL: not of this form; -ERANGE: no such day. */
int day_parse(const char *text, int32_t *ret);
/* Formats a day of the years that day_parse() takes. */
void day_format(int32_t day, char text[DAY_TEXT_MAX]);

#endif
