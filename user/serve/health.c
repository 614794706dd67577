/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies: a profile set lives as long as its reload, what is told of it lives until the next one. */
#include "serve/health.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int health_init(struct health *health, const struct run_config *config)
{
	*health = (struct health){ .interfaces = config->interfaces, .series_max = config->series_max };
	return -pthread_mutex_init(&health->lock, NULL);
}

void health_fini(struct health *health)
{
	(void)pthread_mutex_destroy(&health->lock); /* nobody holds it any more */
	free(health->profiles);
}

void health_lock(struct health *health)
{
	(void)pthread_mutex_lock(&health->lock); /* a plain mutex, never taken twice: cannot fail */
}

void health_unlock(struct health *health)
{
	(void)pthread_mutex_unlock(&health->lock);
}

static const char *revision_of(const struct vendor *vendor)
{
	for (size_t i = 0; i < vendor->document_count; i++)
		if (vendor->documents[i].revision)
			return vendor->documents[i].revision;
	return "none";
}

static struct health_profile profile_of(const struct vendor *vendor)
{
	struct health_profile profile = {};
	struct stat st;

	(void)snprintf(profile.vendor, sizeof(profile.vendor), "%s", vendor->id);
	(void)snprintf(profile.revision, sizeof(profile.revision), "%s", revision_of(vendor));
	memcpy(profile.digest, vendor->digest, sizeof(profile.digest));
	if (stat(vendor->path, &st) == 0)
		profile.modified_at_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec;
	return profile;
}

int health_profiles(struct health *health, const struct profile_set *set)
{
	struct health_profile *profiles = calloc(set->vendor_count + 1, sizeof(*profiles));

	if (!profiles)
		return -ENOMEM;
	for (size_t i = 0; i < set->vendor_count; i++)
		profiles[i] = profile_of(&set->vendors[i]);
	free(health->profiles);
	health->profiles = profiles;
	health->profile_count = set->vendor_count;
	return 0;
}

static bool device_serves(const struct device *device, const struct config_interface *interface)
{
	return strcmp(device->ifname, interface->name) == 0 && device->info.role == interface->role &&
	       device->info.mode == interface->mode && device->info.decap == interface->decap &&
	       (device->state == DEVICE_ATTACHED || device->state == DEVICE_UNVERIFIED);
}

bool health_serves(const struct classifier *classifier, const struct config_interface *interface)
{
	for (size_t i = 0; i < classifier->devices.count; i++)
		if (device_serves(&classifier->devices.items[i], interface))
			return true;
	return false;
}
