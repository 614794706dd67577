/* SPDX-License-Identifier: BSD-2-Clause */
/* Printing what is wrong with profiles, alike in every command that reads them. */
#ifndef VOXDP_PROFILE_PROBLEMS_H
#define VOXDP_PROFILE_PROBLEMS_H

#include <stdbool.h>
#include <stdio.h>

#include "profile/diag.h"

/* Prints `FILE:LINE:COL: error: TEXT` for each problem of at least severity @least. */
void problems_print(FILE *out, const struct diags *diags, enum severity least, bool color);

#endif
