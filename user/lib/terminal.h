/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be written to whoever reads us: a person at a terminal, or a program. */
#ifndef VOXDP_LIB_TERMINAL_H
#define VOXDP_LIB_TERMINAL_H

#include <stdbool.h>

/* A terminal on which the cursor can be moved: not TERM=dumb, nor one of which nothing is known. */
bool terminal_is(int fd);
/* One that may get colours: NO_COLOR is not set, or empty (no-color.org). */
bool terminal_takes_color(int fd);

#endif
