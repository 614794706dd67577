/* SPDX-License-Identifier: BSD-2-Clause */
/* A number and its unit, nothing else. */
#include "lib/duration.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint32_t unit_seconds(const char *unit)
{
	if (!*unit || strcmp(unit, "s") == 0)
		return 1;
	if (strcmp(unit, "m") == 0)
		return 60;
	return strcmp(unit, "h") == 0 ? 3600 : 0;
}

int duration_parse(const char *text, uint32_t max_seconds, uint32_t *ret_seconds)
{
	size_t digits = strspn(text, "0123456789");
	uint32_t unit = unit_seconds(text + digits);
	unsigned long number;

	if (!digits || digits > 9 || !unit)
		return -EINVAL;
	number = strtoul(text, NULL, 10);
	if (!number || number > max_seconds / unit)
		return -EINVAL;
	*ret_seconds = (uint32_t)number * unit;
	return 0;
}
