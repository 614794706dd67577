/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts state, maps, generations and devices together in the order that keeps design promises: fill, then attach. */
#include "dataplane/classifier.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/counters.h"
#include "dataplane/fill.h"
#include "dataplane/generation.h"
#include "dataplane/kernel.h"
#include "dataplane/maps.h"
#include "lib/cleanup.h"

static int failure_not_attached(struct failure *failure)
{
	return failure_set(failure, VX_EXIT_NOT_ATTACHED, ENOENT, "not attached to any interface");
}

/* ---- attach and update ------------------------------------------------------------------------------------------ */

static bool needs_direct(const struct devices *devices, const struct attach_how *how)
{
	for (size_t i = 0; devices && i < devices->count; i++)
		if (devices->items[i].info.engine == VX_ENGINE_DIRECT)
			return true;
	return how && how->engine == VX_ENGINE_DIRECT;
}

/* Nobody uses these maps yet, so they are live before the first device is. */
static int attach_first(const struct state *state, const struct attach_request *request,
			struct classifier_change *change, struct failure *failure)
{
	CLEANUP(maps_freep) struct maps *maps = NULL;
	struct failure ignored;
	uint32_t half;
	int error = maps_unpin(state, failure); /* what an attach that was killed left */

	if (!error)
		error = maps_create_filled(request->profiles, needs_direct(NULL, &request->devices.how), &maps,
					   failure);
	if (!error)
		error = generation_live(maps, &half, &change->generation, failure);
	if (error)
		return error;
	error = maps_pin(maps, state, failure);
	if (!error)
		error = devices_attach(state, maps, &request->devices, &change->devices, failure);
	if (error) {
		(void)devices_remove_directory(state, &ignored);
		(void)maps_unpin(state, &ignored);
	}
	return error;
}

static int check_new(const struct devices *devices, const struct device_spec *spec, struct failure *failure)
{
	for (size_t i = 0; i < devices->count; i++) {
		const struct device *device = &devices->items[i];
		bool same_index = device->info.ifindex == spec->ifindex;

		if (device->state == DEVICE_VANISHED)
			continue;
		if (same_index && strcmp(device->ifname, spec->ifname) == 0)
			return failure_set(failure, VX_EXIT_FAILED, EEXIST,
					   "%s is attached already (%s): voxdp detach -i %s first", spec->ifname,
					   device_state_word(device->state), spec->ifname);
		if (same_index || strcmp(device->ifname, spec->ifname) == 0)
			return failure_set(failure, VX_EXIT_FAILED, EEXIST,
					   "%s (index %u) is attached already in another network namespace: "
					   "give each namespace its own --state",
					   device->ifname, device->info.ifindex);
	}
	return 0;
}

/* A vanished interface's remains would clash with its successor: the same name in counters, or the same index. */
static int remove_predecessors(const struct state *state, const struct devices *devices, const struct device_spec *spec,
			       struct failure *failure)
{
	int error = 0;

	for (size_t i = 0; i < devices->count && !error; i++) {
		const struct device *device = &devices->items[i];

		if (device->state == DEVICE_VANISHED &&
		    (device->info.ifindex == spec->ifindex || strcmp(device->ifname, spec->ifname) == 0))
			error = device_detach(state, device, failure);
	}
	return error;
}

/* Takes the devices of a request off again; why is told already. */
static void detach_again(const struct state *state, const struct device_request *request, const struct devices *devices)
{
	struct failure ignored;

	for (size_t i = 0; i < devices->count; i++)
		for (size_t j = 0; j < request->count; j++)
			if (devices->items[i].info.ifindex == request->specs[j].ifindex)
				(void)device_detach(state, &devices->items[i], &ignored);
}

static int attach_more(const struct state *state, const struct attach_request *request, const struct devices *devices,
		       struct classifier_change *change, struct failure *failure)
{
	const struct device_request *more = &request->devices;
	CLEANUP(maps_freep) struct maps *maps = NULL;
	uint32_t half;
	int error = 0;

	for (size_t i = 0; i < more->count && !error; i++)
		error = check_new(devices, &more->specs[i], failure);
	if (!error)
		error = maps_open(state, &maps, failure);
	if (!error)
		error = maps_fill(maps, request->profiles, needs_direct(devices, &more->how), &half, failure);
	if (!error)
		error = generation_read(maps, half, &change->generation, failure);
	for (size_t i = 0; i < more->count && !error; i++)
		error = remove_predecessors(state, devices, &more->specs[i], failure);
	if (!error)
		error = devices_attach(state, maps, more, &change->devices, failure);
	if (error)
		return error;
	error = generation_switch(maps, half, failure);
	if (error)
		detach_again(state, more, &change->devices);
	return error;
}

/* Opens for writing, heals, and reads what is attached. */
static int open_for_change(const char *state_dir, enum state_use use, struct state **ret, struct devices *ret_devices,
			   struct failure *failure)
{
	CLEANUP(state_closep) struct state *state = NULL;
	int error = kernel_check_permitted(failure);

	if (!error)
		error = state_open(state_dir, use, &state, failure);
	if (!error)
		error = devices_heal(state, failure);
	if (!error)
		error = devices_read(state, ret_devices, failure);
	if (!error)
		*ret = TAKE_PTR(state);
	return error;
}

void classifier_change_fini(struct classifier_change *change)
{
	devices_fini(&change->devices);
}

int classifier_attach(const char *state_dir, const struct attach_request *request, struct classifier_change *ret,
		      struct failure *failure)
{
	CLEANUP(classifier_change_fini) struct classifier_change change = {};
	CLEANUP(state_closep) struct state *state = NULL;
	CLEANUP(devices_fini) struct devices devices = {};
	int error = open_for_change(state_dir, STATE_CREATE, &state, &devices, failure);

	if (error)
		return error;
	if (devices.count)
		error = attach_more(state, request, &devices, &change, failure);
	else
		error = attach_first(state, request, &change, failure);
	if (error)
		return error;
	*ret = change;
	change = (struct classifier_change){};
	return 0;
}

int classifier_update(const char *state_dir, const struct profile_set *profiles, struct classifier_change *ret,
		      struct failure *failure)
{
	CLEANUP(classifier_change_fini) struct classifier_change change = {};
	CLEANUP(state_closep) struct state *state = NULL;
	CLEANUP(maps_freep) struct maps *maps = NULL;
	uint32_t half;
	int error = open_for_change(state_dir, STATE_WRITE, &state, &change.devices, failure);

	if (error)
		return error;
	if (!change.devices.count)
		return failure_not_attached(failure);
	error = maps_open(state, &maps, failure);
	if (!error)
		error = maps_fill(maps, profiles, needs_direct(&change.devices, NULL), &half, failure);
	if (!error)
		error = generation_read(maps, half, &change.generation, failure);
	if (!error)
		error = generation_switch(maps, half, failure);
	if (error)
		return error;
	*ret = change;
	change = (struct classifier_change){};
	return 0;
}

/* ---- detach ----------------------------------------------------------------------------------------------------- */

/* Moves the devices that are meant to the front. Returns how many. */
static size_t devices_select(struct devices *devices, const char *ifname)
{
	unsigned index = ifname ? if_nametoindex(ifname) : 0;
	size_t count = 0;

	for (size_t i = 0; i < devices->count; i++) {
		struct device device = devices->items[i];

		if (ifname && strcmp(device.ifname, ifname) != 0 && device.info.ifindex != index)
			continue;
		devices->items[i] = devices->items[count];
		devices->items[count++] = device;
	}
	return count;
}

int classifier_detach(const char *state_dir, const char *ifname, struct devices *ret, struct failure *failure)
{
	CLEANUP(state_closep) struct state *state = NULL;
	CLEANUP(devices_fini) struct devices devices = {};
	size_t count;
	int error = open_for_change(state_dir, STATE_WRITE, &state, &devices, failure);

	if (error)
		return error;
	count = devices_select(&devices, ifname);
	if (ifname && !count)
		return failure_set(failure, VX_EXIT_NOT_ATTACHED, ENOENT, "not attached to %s", ifname);
	for (size_t i = 0; i < count && !error; i++)
		error = device_detach(state, &devices.items[i], failure);
	if (!error && count == devices.count) {
		error = devices_remove_directory(state, failure);
		if (!error)
			error = maps_unpin(state, failure);
	}
	if (error || !ret)
		return error;
	devices.count = count;
	*ret = devices;
	devices = (struct devices){};
	return 0;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* A reader takes no lock, so that a detach may pass by: what is gone then was attached a moment ago. */
static int maps_open_for_reading(const struct state *state, struct maps **ret, struct failure *failure)
{
	CLEANUP(devices_fini) struct devices devices = {};
	struct failure ignored;
	int error = maps_open(state, ret, failure);

	if (error == -ENOENT && devices_read(state, &devices, &ignored) == 0 && !devices.count)
		return failure_not_attached(failure);
	return error;
}

static int open_for_reading(const char *state_dir, struct state **ret, struct devices *ret_devices,
			    struct maps **ret_maps, struct failure *failure)
{
	CLEANUP(state_closep) struct state *state = NULL;
	int error = kernel_check_permitted(failure);

	if (!error)
		error = state_open(state_dir, STATE_READ, &state, failure);
	if (!error)
		error = devices_read(state, ret_devices, failure);
	if (!error && !ret_devices->count)
		return failure_not_attached(failure);
	if (!error)
		error = maps_open_for_reading(state, ret_maps, failure);
	if (error)
		return error;
	*ret = TAKE_PTR(state);
	return 0;
}

/* @slots are those with a name: slots outlive generations. */
static void fills_read(const struct maps *maps, uint32_t slots, struct classifier *classifier)
{
	const struct vx_generation *used = &classifier->generation;
	const struct vx_capacity *capacity = &maps->capacity;
	const struct fill fills[FILLS_MAX] = {
		{ "IPv4 prefixes", used->prefixes4, capacity->prefixes4 },
		{ "IPv6 prefixes", used->prefixes6, capacity->prefixes6 },
		{ "IPv4 ranges", used->ranges4, capacity->ranges4 },
		{ "IPv6 ranges", used->ranges6, capacity->ranges6 },
		{ "address classes", used->classes, capacity->classes },
		{ "port directories", used->port_dirs, capacity->port_dirs },
		{ "port pages", used->port_pages, capacity->port_pages },
		{ "cells", used->cells, capacity->cells },
		{ "answer rows", used->answer_rows, capacity->answer_rows },
		{ "counter slots", slots, capacity->slots },
	};

	memcpy(classifier->fills, fills, sizeof(fills));
	classifier->fill_count = FILLS_MAX;
}

int classifier_read(const char *state_dir, struct classifier *ret, struct failure *failure)
{
	CLEANUP(state_closep) struct state *state = NULL;
	CLEANUP(classifier_fini) struct classifier classifier = {};
	CLEANUP(slots_fini) struct slots slots = {};
	CLEANUP(maps_freep) struct maps *maps = NULL;
	int error = open_for_reading(state_dir, &state, &classifier.devices, &maps, failure);

	if (!error)
		error = generation_live(maps, &classifier.half, &classifier.generation, failure);
	if (!error)
		error = slots_read(maps, &slots, failure);
	if (error)
		return error;
	fills_read(maps, slots.count, &classifier);
	*ret = classifier;
	classifier = (struct classifier){};
	return 0;
}

void classifier_fini(struct classifier *classifier)
{
	devices_fini(&classifier->devices);
}

static int device_counters(const struct state *state, const struct maps *maps, const struct device *device,
			   struct counters *counters, struct failure *failure)
{
	CLEANUP_FREE struct vx_counter_block *blocks = NULL;
	struct counter_source source = { .device = device->ifname, .role = device->info.role };
	CLEANUP_CLOSE int map = -1;
	int error = device_map_open(state, device, "vx_counters", &map, failure);

	if (!error)
		error = counters_read(map, counters->slots.count, maps->capacity.slots, &blocks, failure);
	if (error)
		return error;
	source.blocks = blocks;
	if (counters_add(counters, &source))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	return 0;
}

int classifier_counters(const char *state_dir, struct counters *ret, struct failure *failure)
{
	CLEANUP(state_closep) struct state *state = NULL;
	CLEANUP(devices_fini) struct devices devices = {};
	CLEANUP(counters_fini) struct counters counters = {};
	CLEANUP(maps_freep) struct maps *maps = NULL;
	int error = open_for_reading(state_dir, &state, &devices, &maps, failure);

	if (!error)
		error = slots_read(maps, &counters.slots, failure);
	for (size_t i = 0; i < devices.count && !error; i++) {
		/* One name, one set of series: the remains of a vanished namesake are left out. */
		if (i && strcmp(devices.items[i].ifname, devices.items[i - 1].ifname) == 0)
			continue;
		error = device_counters(state, maps, &devices.items[i], &counters, failure);
		if (error == -ENOENT)
			error = 0; /* taken off this moment */
	}
	if (error)
		return error;
	*ret = counters;
	counters = (struct counters){};
	return 0;
}
