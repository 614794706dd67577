/* SPDX-License-Identifier: BSD-2-Clause */
/* The counters as Prometheus metrics: names, help and labels. */
#ifndef VOXDP_SERVE_EXPOSITION_H
#define VOXDP_SERVE_EXPOSITION_H

#include <stdio.h>

#include "dataplane/rows.h"

/* Writes every family with its HELP and TYPE, samples or none. */
void exposition_write(FILE *out, const struct counters *counters);

#endif
