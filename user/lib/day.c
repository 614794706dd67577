/* SPDX-License-Identifier: BSD-2-Clause */
/* Calendar days; the C library does the arithmetic. */
#include "lib/day.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_SECONDS (24 * 60 * 60)

int32_t day_today(void)
{
	return (int32_t)(time(NULL) / DAY_SECONDS);
}

int day_parse(const char *text, int32_t *ret)
{
	int year, month, day;
	struct tm tm = {}, wanted;
	time_t seconds;

	for (int i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return -EINVAL;
	if (text[10] || sscanf(text, "%4d-%2d-%2d", &year, &month, &day) != 3)
		return -EINVAL;
	if (year < 1970)
		return -ERANGE;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	wanted = tm;
	seconds = timegm(&tm); /* turns 30 February into a day of March */
	if (tm.tm_mon != wanted.tm_mon || tm.tm_mday != wanted.tm_mday)
		return -ERANGE;
	*ret = (int32_t)(seconds / DAY_SECONDS);
	return 0;
}

void day_format(int32_t day, char text[DAY_TEXT_MAX])
{
	time_t seconds = (time_t)day * DAY_SECONDS;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || strftime(text, DAY_TEXT_MAX, "%Y-%m-%d", &tm) == 0)
		text[0] = '\0';
}
