/* SPDX-License-Identifier: BSD-2-Clause */
/* Build, interfaces, generation, tables: what `status` prints, for Prometheus. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "dataplane/driver.h"
#include "lib/cleanup.h"
#include "lib/words.h"
#include "serve/exposition.h"

static const struct prom_family build_family = {
	"voxdp_build_info",
	"Which voxdp this is.",
	PROM_INFO,
};
static const struct prom_family attach_family = {
	"voxdp_attach_info",
	"An interface that runs voxdp: in which mode, by which driver, what it faces, and how it is attached.",
	PROM_INFO,
};
static const struct prom_family generation_family = {
	"voxdp_generation",
	"Number of the live generation of lookup tables; each reload that changes something adds one.",
	PROM_GAUGE,
};
static const struct prom_family built_family = {
	"voxdp_generation_built_timestamp_seconds",
	"When the live generation was compiled.",
	PROM_GAUGE,
};
static const struct prom_family trial_family = {
	"voxdp_generation_on_trial",
	"1 while the live generation will be rolled back unless it is confirmed.",
	PROM_GAUGE,
};
static const struct prom_family used_family = {
	"voxdp_table_entries",
	"Entries of a lookup table that the live generation uses.",
	PROM_GAUGE,
};
static const struct prom_family capacity_family = {
	"voxdp_table_capacity",
	"Entries that a lookup table has room for.",
	PROM_GAUGE,
};

void exposition_build(struct prom *prom)
{
	const struct prom_label labels[] = { { "version", VOXDP_VERSION } };

	prom_family(prom, &build_family);
	prom_sample(prom, labels, ARRAY_SIZE(labels), 1);
}

static void attach_samples(struct prom *prom, const struct devices *devices)
{
	prom_family(prom, &attach_family);
	for (size_t i = 0; i < devices->count; i++) {
		const struct device *device = &devices->items[i];
		char driver[DRIVER_NAME_MAX];
		const struct prom_label labels[] = {
			{ "device", device->ifname },
			{ "mode", device->info.mode == VX_MODE_NATIVE ? "native" : "skb" },
			{ "driver", driver_name(device->ifname, driver) },
			{ "role", role_word(device->info.role) },
			{ "how", device->info.dispatcher ? "dispatcher" : "link" },
			{ "engine", engine_word(device->info.engine) },
		};

		if (device->state == DEVICE_ATTACHED || device->state == DEVICE_UNVERIFIED)
			prom_sample(prom, labels, ARRAY_SIZE(labels), 1);
	}
}

/* "IPv4 prefixes" -> "ipv4_prefixes" */
static const char *table_label(const char *name, char ret[64])
{
	size_t i = 0;

	for (; name[i] && i < 63; i++)
		ret[i] = name[i] == ' ' ? '_' : (char)tolower((unsigned char)name[i]);
	ret[i] = '\0';
	return ret;
}

static void table_samples(struct prom *prom, const struct classifier *classifier, const struct prom_family *family,
			  bool capacity)
{
	prom_family(prom, family);
	for (size_t i = 0; i < classifier->fill_count; i++) {
		const struct fill *fill = &classifier->fills[i];
		char name[64];
		const struct prom_label labels[] = { { "table", table_label(fill->name, name) } };

		prom_sample(prom, labels, ARRAY_SIZE(labels), capacity ? fill->capacity : fill->used);
	}
}

void exposition_classifier(struct prom *prom, const struct classifier *classifier)
{
	attach_samples(prom, &classifier->devices);
	prom_family(prom, &generation_family);
	prom_sample(prom, NULL, 0, classifier->generation.number);
	prom_family(prom, &built_family);
	prom_sample_seconds(prom, NULL, 0, classifier->generation.built_at_ns);
	prom_family(prom, &trial_family);
	prom_sample(prom, NULL, 0, classifier->trial.number != 0);
	table_samples(prom, classifier, &used_family, false);
	table_samples(prom, classifier, &capacity_family, true);
}
