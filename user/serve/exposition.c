/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One family after the other, each with its own choice of rows and labels. The labels are not called service, type or
 * zone: Prometheus gives such labels to targets, and a clash would rename ours.
 */
#include "serve/exposition.h"

#include "lib/cleanup.h"
#include "lib/prom.h"
#include "lib/words.h"

static const struct prom_family packets_family = {
	"voxdp_packets_total",
	"Packets by vendor, service, proven protocol, direction and outcome. Each packet is counted once.",
	PROM_COUNTER,
};
static const struct prom_family bytes_family = {
	"voxdp_bytes_total",
	"Bytes of these packets: whole frames with their Ethernet header, without FCS.",
	PROM_COUNTER,
};
static const struct prom_family malformed_family = {
	"voxdp_malformed_packets_total",
	"Packets with truncated or contradictory headers, by what was wrong.",
	PROM_COUNTER,
};
static const struct prom_family dscp_family = {
	"voxdp_dscp_unexpected_packets_total",
	"Packets of a service whose DSCP is not the one that the vendor documents.",
	PROM_COUNTER,
};

#define NONE "none"

static const char *or_none(const char *name)
{
	return name ? name : NONE;
}

static void outcome_samples(FILE *out, const struct counters *counters, const struct prom_family *family, bool bytes)
{
	prom_family(out, family);
	for (size_t i = 0; i < counters->count; i++) {
		const struct counter_row *row = &counters->rows[i];
		const struct prom_label labels[] = {
			{ "device", row->device },
			{ "vendor", or_none(row->vendor) },
			{ "vendor_service", or_none(row->service) },
			{ "protocol", protocol_word(row->protocol) },
			{ "direction", direction_word(row->direction) },
			{ "outcome", outcome_word(row->outcome) },
		};

		if (row->kind == COUNTER_OUTCOME)
			prom_sample(out, family, labels, ARRAY_SIZE(labels), bytes ? row->bytes : row->packets);
	}
}

static void malformed_samples(FILE *out, const struct counters *counters)
{
	prom_family(out, &malformed_family);
	for (size_t i = 0; i < counters->count; i++) {
		const struct counter_row *row = &counters->rows[i];
		const struct prom_label labels[] = {
			{ "device", row->device },
			{ "reason", malformed_word(row->malformed) },
		};

		if (row->kind == COUNTER_MALFORMED)
			prom_sample(out, &malformed_family, labels, ARRAY_SIZE(labels), row->packets);
	}
}

static void dscp_samples(FILE *out, const struct counters *counters)
{
	prom_family(out, &dscp_family);
	for (size_t i = 0; i < counters->count; i++) {
		const struct counter_row *row = &counters->rows[i];
		const struct prom_label labels[] = {
			{ "device", row->device },
			{ "vendor", or_none(row->vendor) },
			{ "vendor_service", or_none(row->service) },
			{ "direction", direction_word(row->direction) },
		};

		if (row->kind == COUNTER_DSCP)
			prom_sample(out, &dscp_family, labels, ARRAY_SIZE(labels), row->packets);
	}
}

void exposition_write(FILE *out, const struct counters *counters)
{
	outcome_samples(out, counters, &packets_family, false);
	outcome_samples(out, counters, &bytes_family, true);
	malformed_samples(out, counters);
	dscp_samples(out, counters);
}
