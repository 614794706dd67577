/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One family after the other, each with its own choice of rows and labels. The labels are not called service, type or
 * zone: Prometheus gives such labels to targets, and a clash would rename ours.
 */
#include "serve/exposition.h"

#include "lib/cleanup.h"
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

static const struct prom_family sip_request_family = {
	"voxdp_sip_requests_total",
	"SIP requests by method, of UDP packets and of TCP segments that begin with one.",
	PROM_COUNTER,
};
static const struct prom_family sip_response_family = {
	"voxdp_sip_responses_total",
	"SIP responses by the first digit of their status.",
	PROM_COUNTER,
};

static const struct prom_family relayed_family = {
	"voxdp_relayed_packets_total",
	"Packets of TURN that carry something to or from a peer, by its protocol; they are also in voxdp_packets_total.",
	PROM_COUNTER,
};
static const struct prom_family tunnel_family = {
	"voxdp_decapsulated_packets_total",
	"Packets that were judged by what a tunnel carries, by the tunnel; one that lies in two is in both.",
	PROM_COUNTER,
};

#define NONE "none"

static const char *or_none(const char *name)
{
	return name ? name : NONE;
}

static void outcome_samples(struct prom *prom, const struct counters *counters, const struct prom_family *family,
			    bool bytes)
{
	prom_family(prom, family);
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
			prom_sample(prom, labels, ARRAY_SIZE(labels), bytes ? row->bytes : row->packets);
	}
}

static void malformed_samples(struct prom *prom, const struct counters *counters)
{
	prom_family(prom, &malformed_family);
	for (size_t i = 0; i < counters->count; i++) {
		const struct counter_row *row = &counters->rows[i];
		const struct prom_label labels[] = {
			{ "device", row->device },
			{ "reason", malformed_word(row->malformed) },
		};

		if (row->kind == COUNTER_MALFORMED)
			prom_sample(prom, labels, ARRAY_SIZE(labels), row->packets);
	}
}

static void dscp_samples(struct prom *prom, const struct counters *counters)
{
	prom_family(prom, &dscp_family);
	for (size_t i = 0; i < counters->count; i++) {
		const struct counter_row *row = &counters->rows[i];
		const struct prom_label labels[] = {
			{ "device", row->device },
			{ "vendor", or_none(row->vendor) },
			{ "vendor_service", or_none(row->service) },
			{ "direction", direction_word(row->direction) },
		};

		if (row->kind == COUNTER_DSCP)
			prom_sample(prom, labels, ARRAY_SIZE(labels), row->packets);
	}
}

static void sip_samples(struct prom *prom, const struct counters *counters, enum counter_kind kind,
			const struct prom_family *family)
{
	const bool request = kind == COUNTER_SIP_REQUEST;

	prom_family(prom, family);
	for (size_t i = 0; i < counters->count; i++) {
		const struct counter_row *row = &counters->rows[i];
		const struct prom_label labels[] = {
			{ "device", row->device },
			{ "vendor", or_none(row->vendor) },
			{ "vendor_service", or_none(row->service) },
			{ "direction", direction_word(row->direction) },
			{ request ? "method" : "class",
			  request ? sip_method_word(row->sip) : sip_class_word(row->sip) },
		};

		if (row->kind == kind)
			prom_sample(prom, labels, ARRAY_SIZE(labels), row->packets);
	}
}

static void relayed_samples(struct prom *prom, const struct counters *counters)
{
	prom_family(prom, &relayed_family);
	for (size_t i = 0; i < counters->count; i++) {
		const struct counter_row *row = &counters->rows[i];
		const struct prom_label labels[] = {
			{ "device", row->device },
			{ "vendor", or_none(row->vendor) },
			{ "vendor_service", or_none(row->service) },
			{ "protocol", protocol_word(row->protocol) },
			{ "direction", direction_word(row->direction) },
		};

		if (row->kind == COUNTER_RELAYED)
			prom_sample(prom, labels, ARRAY_SIZE(labels), row->packets);
	}
}

static void tunnel_samples(struct prom *prom, const struct counters *counters)
{
	prom_family(prom, &tunnel_family);
	for (size_t i = 0; i < counters->count; i++) {
		const struct counter_row *row = &counters->rows[i];
		const struct prom_label labels[] = {
			{ "device", row->device },
			{ "tunnel", tunnel_word(row->tunnel) },
		};

		if (row->kind == COUNTER_TUNNEL)
			prom_sample(prom, labels, ARRAY_SIZE(labels), row->packets);
	}
}

void exposition_counters(struct prom *prom, const struct counters *counters)
{
	outcome_samples(prom, counters, &packets_family, false);
	outcome_samples(prom, counters, &bytes_family, true);
	malformed_samples(prom, counters);
	dscp_samples(prom, counters);
	sip_samples(prom, counters, COUNTER_SIP_REQUEST, &sip_request_family);
	sip_samples(prom, counters, COUNTER_SIP_RESPONSE, &sip_response_family);
	relayed_samples(prom, counters);
	tunnel_samples(prom, counters);
}
