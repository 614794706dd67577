/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything that voxdp tells Prometheus: names, help and labels. */
#ifndef VOXDP_SERVE_EXPOSITION_H
#define VOXDP_SERVE_EXPOSITION_H

#include "dataplane/classifier.h"
#include "dataplane/rows.h"
#include "lib/prom.h"
#include "serve/health.h"
#include "serve/http.h"

/* Which voxdp this is. */
void exposition_build(struct prom *prom);
/* What is attached, which generation is live, how full the tables are. */
void exposition_classifier(struct prom *prom, const struct classifier *classifier);
/* The counters; every family has its HELP and TYPE, samples or none. */
void exposition_counters(struct prom *prom, const struct counters *counters);

/*
 * The daemon itself: interfaces that it is to serve, reloads, profiles; @classifier NULL: nothing is attached. The lock
 * of @health is held by the caller.
 */
void exposition_health(struct prom *prom, const struct health *health, const struct classifier *classifier);
void exposition_http(struct prom *prom, const struct http_stats *stats);
void exposition_process(struct prom *prom);

#endif
