/* SPDX-License-Identifier: BSD-2-Clause */
/* The goals that the packet path is measured against, each worked out from the results of one run. */
#ifndef TESTS_BENCH_GOALS_H
#define TESTS_BENCH_GOALS_H

#include <stdio.h>

#include "results.h"

/* One line a goal: what is wanted, what was measured, and whether that is reached. */
void goals_print(const struct results *results, FILE *out);

#endif
