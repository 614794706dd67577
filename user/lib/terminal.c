/* SPDX-License-Identifier: BSD-2-Clause */
/* The environment's word is taken for it; no database of terminals is asked. */
#include "lib/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool terminal_is(int fd)
{
	const char *kind = getenv("TERM");

	return kind && kind[0] && strcmp(kind, "dumb") != 0 && isatty(fd);
}

bool terminal_takes_color(int fd)
{
	const char *refused = getenv("NO_COLOR");

	return !(refused && refused[0]) && terminal_is(fd);
}
