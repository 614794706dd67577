/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Metrics as text: the Prometheus exposition format, version 0.0.4, and OpenMetrics 1.0. HELP and TYPE once a family,
 * then its samples, label values escaped. What the two call a counter, an info or a unit differently is settled here.
 */
#ifndef VOXDP_LIB_PROM_H
#define VOXDP_LIB_PROM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum prom_format { PROM_TEXT, PROM_OPENMETRICS, _PROM_FORMAT_MAX };

/* The value of Content-Type. */
const char *prom_content_type(enum prom_format format);

/*
 * Which format an Accept header asks for: the one with the higher quality (RFC 9110, 12.5.1), the text format where it
 * is a tie, where neither is asked for, and where there is no header (NULL).
 */
enum prom_format prom_negotiate(const char *accept);

enum prom_type {
	PROM_COUNTER, /* the name of its samples ends in _total */
	PROM_GAUGE,
	PROM_INFO, /* the name of its samples ends in _info; the value is 1 */
};

struct prom_family {
	const char *name; /* of the samples; a unit stands at its end, before _total */
	const char *help;
	enum prom_type type;
};

struct prom_label {
	const char *name;
	const char *value; /* any UTF-8 */
};

/* Where metrics go, and as what. */
struct prom {
	FILE *out;
	enum prom_format format;
	const struct prom_family *family; /* whose samples follow */
	size_t samples;			  /* written so far */
};

void prom_family(struct prom *prom, const struct prom_family *family);
/* A sample of the family that was begun last. */
void prom_sample(struct prom *prom, const struct prom_label *labels, size_t count, uint64_t value);
/* The same for a time, or a span of time, given in nanoseconds and written in seconds. */
void prom_sample_seconds(struct prom *prom, const struct prom_label *labels, size_t count, uint64_t ns);
/* What the format wants behind the last family. */
void prom_end(struct prom *prom);

#endif
