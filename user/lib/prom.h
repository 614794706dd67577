/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Prometheus text exposition format, version 0.0.4: HELP and TYPE once a family, then its samples, label values
 * escaped.
 */
#ifndef VOXDP_LIB_PROM_H
#define VOXDP_LIB_PROM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum prom_type { PROM_COUNTER, PROM_GAUGE };

struct prom_family {
	const char *name;
	const char *help;
	enum prom_type type; /* a counter's name ends in _total */
};

struct prom_label {
	const char *name;
	const char *value; /* any UTF-8 */
};

void prom_family(FILE *out, const struct prom_family *family);
void prom_sample(FILE *out, const struct prom_family *family, const struct prom_label *labels, size_t count,
		 uint64_t value);

#endif
