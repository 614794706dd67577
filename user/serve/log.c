/* SPDX-License-Identifier: BSD-2-Clause */
/* One write a line, so that lines of two threads do not mix. */
#include "serve/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void log_line(enum log_level level, const char *format, ...)
{
	char text[1400];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args); /* a cut line still tells most of it */
	va_end(args);
	if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", level, text);
	else
		fprintf(stderr, "voxdp: %s\n", text);
}
