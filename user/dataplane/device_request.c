/* SPDX-License-Identifier: BSD-2-Clause */
/* What is asked for, compared with what is attached: asking twice is no mistake, asking for something else is one. */
#include <errno.h>
#include <string.h>

#include "dataplane/device.h"

static bool is_as_asked(const struct device *device, const struct device_spec *spec, const struct attach_how *how)
{
	const struct vx_device *info = &device->info;

	if (device->state != DEVICE_ATTACHED && device->state != DEVICE_UNVERIFIED)
		return false;
	/* A program that reads by copies has engine lpm whichever was asked for. */
	return info->role == spec->role && info->mode == how->mode && info->decap == how->decap &&
	       (info->engine == how->engine || info->reading == VX_READING_COPIED);
}

/* 1: it is attached as asked; 0: it is not attached. */
static int spec_check(const struct devices *devices, const struct device_spec *spec, const struct attach_how *how,
		      struct failure *failure)
{
	for (size_t i = 0; i < devices->count; i++) {
		const struct device *device = &devices->items[i];
		bool same_index = device->info.ifindex == spec->ifindex;

		if (device->state == DEVICE_VANISHED)
			continue;
		if (same_index && strcmp(device->ifname, spec->ifname) == 0) {
			if (is_as_asked(device, spec, how))
				return 1;
			return failure_set(failure, VX_EXIT_FAILED, EEXIST,
					   "%s is attached already (%s), with another role, mode, engine or --decap: "
					   "voxdp detach -i %s first",
					   spec->ifname, device_state_word(device->state), spec->ifname);
		}
		if (same_index || strcmp(device->ifname, spec->ifname) == 0)
			return failure_set(failure, VX_EXIT_FAILED, EEXIST,
					   "%s (index %u) is attached already in another network namespace: "
					   "give each namespace its own --state",
					   device->ifname, device->info.ifindex);
	}
	return 0;
}

int devices_missing(const struct devices *devices, const struct device_request *request, struct device_spec *ret,
		    size_t *ret_count, struct failure *failure)
{
	size_t count = 0;

	for (size_t i = 0; i < request->count; i++) {
		int is_there = spec_check(devices, &request->specs[i], &request->how, failure);

		if (is_there < 0)
			return is_there;
		if (!is_there)
			ret[count++] = request->specs[i];
	}
	*ret_count = count;
	return 0;
}

void devices_mark_kept(struct devices *devices, const struct device_request *added)
{
	for (size_t i = 0; i < devices->count; i++) {
		devices->items[i].kept = true;
		for (size_t j = 0; j < added->count; j++)
			if (devices->items[i].info.ifindex == added->specs[j].ifindex)
				devices->items[i].kept = false;
	}
}
