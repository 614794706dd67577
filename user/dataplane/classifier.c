/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts state, maps, generations and devices together in the order that keeps design promises: fill, then attach. */
#include "dataplane/classifier.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "compile/cells.h"
#include "dataplane/counters.h"
#include "dataplane/fill.h"
#include "dataplane/generation.h"
#include "dataplane/kernel.h"
#include "dataplane/maps.h"
#include "dataplane/open.h"
#include "dataplane/slot_names.h"
#include "lib/cleanup.h"

/* ---- attach and update ------------------------------------------------------------------------------------------ */

/* Nobody uses these maps yet, so they are live before the first device is. */
static int attach_first(const struct state *state, const struct attach_request *request,
			struct classifier_change *change, struct failure *failure)
{
	CLEANUP(maps_freep) struct maps *maps = NULL;
	uint32_t engines = 1U << program_engine(request->devices.how.engine);
	struct failure ignored;
	int error = maps_unpin(state, failure); /* what an attach that was killed left */

	if (!error)
		error = maps_create_filled(request->profiles, engines, &maps, failure);
	if (error)
		return error;
	(void)generation_live(maps, &change->generation);
	error = maps_pin(maps, state, failure);
	if (!error)
		error = devices_attach(state, maps, &request->devices, &change->devices, failure);
	if (error) {
		(void)devices_remove_directory(state, &ignored);
		(void)maps_unpin(state, &ignored);
	}
	return error;
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

/*
 * Profiles become the free half's; whatever is there is given up, so not while it may have to come back. @engines are
 * those of devices to come.
 */
static int stage(struct opened *opened, const struct profile_set *profiles, uint32_t engines, uint32_t *ret_half,
		 struct vx_generation *ret, struct failure *failure)
{
	struct trial trial;
	int error = opened_maps(opened, failure);

	if (error)
		return error;
	trial = generation_trial(opened->maps);
	if (trial.number)
		return failure_on_trial(&trial, failure);
	error = maps_fill(opened->maps, profiles, engines | devices_engines(&opened->devices), ret_half, failure);
	if (!error)
		*ret = generation_read(opened->maps, *ret_half);
	return error;
}

/*
 * The new profiles go live after the last device is attached, or before the first one where the live half has no tables
 * for its engine: a program is never attached to tables that it cannot look up in.
 */
static int attach_staged(struct opened *opened, const struct device_request *more, uint32_t half,
			 struct classifier_change *change, struct failure *failure)
{
	struct vx_generation live;
	struct failure ignored;
	uint32_t before = generation_live(opened->maps, &live);
	bool early = !generation_serves(&live, 1U << program_engine(more->how.engine));
	int error;

	if (early)
		generation_switch(opened->maps, half);
	error = devices_attach(opened->state, opened->maps, more, &change->devices, failure);
	if (error && early)
		generation_switch(opened->maps, before);
	if (error) {
		(void)generation_dismiss(opened->maps, half, &ignored); /* nobody is to return to it */
		return error;
	}
	devices_mark_kept(&change->devices, more);
	if (!early)
		generation_switch(opened->maps, half);
	(void)generation_retire(opened->maps, &ignored); /* else the next change waits */
	return 0;
}

static int attach_more(struct opened *opened, const struct attach_request *request, struct classifier_change *change,
		       struct failure *failure)
{
	CLEANUP_FREE struct device_spec *specs = calloc(request->devices.count, sizeof(*specs));
	struct device_request more = { .specs = specs, .how = request->devices.how };
	uint32_t half;
	int error;

	if (!specs)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	error = devices_missing(&opened->devices, &request->devices, specs, &more.count, failure);
	if (!error)
		error = stage(opened, request->profiles, 1U << program_engine(more.how.engine), &half,
			      &change->generation, failure);
	for (size_t i = 0; i < more.count && !error; i++)
		error = remove_predecessors(opened->state, &opened->devices, &specs[i], failure);
	return error ? error : attach_staged(opened, &more, half, change, failure);
}

void classifier_change_fini(struct classifier_change *change)
{
	devices_fini(&change->devices);
}

int classifier_attach(const char *state_dir, const struct attach_request *request, struct classifier_change *ret,
		      struct failure *failure)
{
	CLEANUP(classifier_change_fini) struct classifier_change change = {};
	CLEANUP(opened_fini) struct opened opened = {};
	int error = open_for_change(state_dir, STATE_CREATE, &opened, failure);

	if (error)
		return error;
	if (opened.devices.count)
		error = attach_more(&opened, request, &change, failure);
	else
		error = attach_first(opened.state, request, &change, failure);
	if (error)
		return error;
	*ret = change;
	change = (struct classifier_change){};
	return 0;
}

int classifier_update(const char *state_dir, const struct profile_set *profiles, struct classifier_change *ret,
		      struct failure *failure)
{
	return classifier_try(state_dir, profiles, 0, ret, failure);
}

int classifier_try(const char *state_dir, const struct profile_set *profiles, uint32_t seconds,
		   struct classifier_change *ret, struct failure *failure)
{
	CLEANUP(opened_fini) struct opened opened = {};
	struct vx_generation generation;
	uint32_t half;
	int error = open_for_change(state_dir, STATE_WRITE, &opened, failure);

	if (!error)
		error = stage(&opened, profiles, 0, &half, &generation, failure);
	if (error)
		return error;
	generation_try(opened.maps, half, seconds ? kernel_boottime_ns() + seconds * 1000000000ULL : 0);
	(void)generation_retire(opened.maps, failure); /* else the next change waits */
	*ret = (struct classifier_change){ .generation = generation, .devices = opened.devices };
	opened.devices = (struct devices){};
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
	CLEANUP(opened_fini) struct opened opened = {};
	struct devices *devices = &opened.devices;
	size_t count;
	int error = open_for_change(state_dir, STATE_WRITE, &opened, failure);

	if (error)
		return error;
	count = devices_select(devices, ifname);
	if (ifname && !count)
		return failure_set(failure, VX_EXIT_NOT_ATTACHED, ENOENT, "not attached to %s", ifname);
	for (size_t i = 0; i < count && !error; i++)
		error = device_detach(opened.state, &devices->items[i], failure);
	if (!error && count == devices->count) {
		error = devices_remove_directory(opened.state, failure);
		if (!error)
			error = maps_unpin(opened.state, failure);
	}
	if (error || !ret)
		return error;
	devices->count = count;
	*ret = *devices;
	*devices = (struct devices){};
	return 0;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

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
		{ "port pages", used->port_pages, capacity->port_pages },
		{ "cells", used->cells, capacity->cells },
		{ "answer rows", used->answer_rows, capacity->answer_rows },
		{ "counter slots", slots, capacity->slots },
	};

	memcpy(classifier->fills, fills, sizeof(fills));
	classifier->fill_count = FILLS_MAX;
}

/* What differs from the profiles, with the names of slots. */
static int changed_read(const struct maps *maps, const struct slots *slots, struct classifier *classifier,
			struct failure *failure)
{
	const struct vx_change *changes =
		(const struct vx_change *)(const void *)(maps_half(maps, classifier->half) +
							 vx_layout_of(&maps->capacity).changes);
	uint32_t *count = &classifier->generation.changes;

	*count = *count < VX_CHANGES_MAX ? *count : VX_CHANGES_MAX;
	classifier->changed = calloc(*count + 1U, sizeof(*classifier->changed));
	if (!classifier->changed)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	for (uint32_t i = 0; i < *count; i++) {
		struct changed *changed = &classifier->changed[i];

		changed->prefix = (struct prefix){ .addr.family = changes[i].family, .length = changes[i].length };
		memcpy(changed->prefix.addr.bytes, changes[i].addr, sizeof(changes[i].addr));
		changed->removed = changes[i].removed;
		if (changes[i].slot < slots->count)
			memcpy(changed->vendor, slots->names[changes[i].slot].vendor, sizeof(changed->vendor));
	}
	return 0;
}

static int opened_classifier(const struct opened *opened, struct classifier *ret, struct failure *failure)
{
	CLEANUP(slots_fini) struct slots slots = {};
	struct classifier classifier = {};
	struct vx_generation previous;
	int error = slots_read(opened->maps, &slots, failure);

	if (error)
		return error;
	classifier.half = generation_live(opened->maps, &classifier.generation);
	classifier.trial = generation_trial(opened->maps);
	previous = generation_read(opened->maps, !classifier.half);
	if (generation_serves(&previous, devices_engines(&opened->devices)))
		classifier.previous = previous.number;
	fills_read(opened->maps, slots_used(&slots), &classifier);
	error = changed_read(opened->maps, &slots, &classifier, failure);
	if (!error)
		*ret = classifier;
	return error;
}

int classifier_read(const char *state_dir, struct classifier *ret, struct failure *failure)
{
	CLEANUP(opened_fini) struct opened opened = {};
	int error = open_for_reading(state_dir, &opened, failure);

	if (!error)
		error = opened_classifier(&opened, ret, failure);
	if (error)
		return error;
	ret->devices = opened.devices;
	opened.devices = (struct devices){};
	return 0;
}

void classifier_fini(struct classifier *classifier)
{
	devices_fini(&classifier->devices);
	free(classifier->changed);
	classifier->changed = NULL;
}

static int device_counters(const struct opened *opened, const struct device *device, struct counters *counters,
			   struct failure *failure)
{
	CLEANUP(counter_blocks_fini) struct counter_blocks blocks = {};
	CLEANUP(counter_maps_close) struct counter_maps maps = COUNTER_MAPS_CLOSED;
	struct counter_source source = {
		.device = device->ifname,
		.role = device->info.role,
		.decap = device->info.decap,
	};
	int error = device_counters_open(opened->state, device, &maps, failure);

	if (!error)
		error = counters_read(&maps, counters->slots.count, opened->maps->capacity.slots, &blocks, failure);
	if (error)
		return error;
	source.blocks = blocks.counters;
	source.sip = blocks.sip;
	if (counters_add(counters, &source))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	return 0;
}

static int devices_counters(const struct opened *opened, struct counters *counters, struct failure *failure)
{
	int error = 0;

	for (size_t i = 0; i < opened->devices.count && !error; i++) {
		/* One name, one set of series: the remains of a vanished namesake are left out. */
		if (i && strcmp(opened->devices.items[i].ifname, opened->devices.items[i - 1].ifname) == 0)
			continue;
		error = device_counters(opened, &opened->devices.items[i], counters, failure);
		if (error == -ENOENT)
			error = 0; /* taken off this moment */
	}
	return error;
}

/* Has a slot got another name since? */
static bool slots_moved(const struct slots *before, const struct slots *after)
{
	for (uint32_t i = 0; i < before->count; i++) {
		const struct vx_slot *was = &before->names[i], *is = &after->names[i];

		if (i >= after->count ? was->vendor[0] :
					strcmp(was->vendor, is->vendor) != 0 || strcmp(was->service, is->service) != 0)
			return true;
	}
	return false;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Notes what the live generation can count in at all. */
static int cells_read(const struct maps *maps, const struct classifier *live, struct counters *counters,
		      struct failure *failure)
{
	const struct vx_layout layout = vx_layout_of(&maps->capacity);
	const uint8_t *half = maps_half(maps, live->half);

	counters->cells = calloc(counters->slots.count + 1, sizeof(*counters->cells));
	if (!counters->cells)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	cells_possible(
		&(struct cell_tables){
			.answer_rows = (const struct vx_answer_row *)(const void *)(half + layout.answer_rows),
			.answer_row_count = least(live->generation.answer_rows, maps->capacity.answer_rows),
			.classes = (const struct vx_addr_class *)(const void *)(half + layout.classes),
			.class_count = least(live->generation.classes, maps->capacity.classes),
		},
		counters->cells, counters->slots.count);
	return 0;
}

/*
 * Names and counters are two maps: where names were freed between the two, both are read again. With @live (may be
 * NULL) a row also for what it can count in.
 */
static int opened_counters(const struct opened *opened, const struct classifier *live, struct counters *ret,
			   struct failure *failure)
{
	CLEANUP(counters_fini) struct counters counters = {};
	bool moved = true;
	int error = 0;

	while (!error && moved) {
		CLEANUP(slots_fini) struct slots after = {};

		counters_fini(&counters);
		error = slots_read(opened->maps, &counters.slots, failure);
		if (!error && live)
			error = cells_read(opened->maps, live, &counters, failure);
		if (!error)
			error = devices_counters(opened, &counters, failure);
		if (!error)
			error = slots_read(opened->maps, &after, failure);
		moved = !error && slots_moved(&counters.slots, &after);
	}
	if (error)
		return error;
	*ret = counters;
	counters = (struct counters){};
	return 0;
}

int classifier_counters(const char *state_dir, struct counters *ret, struct failure *failure)
{
	CLEANUP(opened_fini) struct opened opened = {};
	int error = open_for_reading(state_dir, &opened, failure);

	return error ? error : opened_counters(&opened, NULL, ret, failure);
}

int classifier_scrape(const char *state_dir, struct classifier *ret, struct counters *ret_counters,
		      struct failure *failure)
{
	CLEANUP(opened_fini) struct opened opened = {};
	int error = open_for_reading(state_dir, &opened, failure);

	*ret = (struct classifier){};
	if (!error)
		error = opened_classifier(&opened, ret, failure);
	if (!error)
		error = opened_counters(&opened, ret, ret_counters, failure);
	if (error) {
		classifier_fini(ret);
		return error;
	}
	ret->devices = opened.devices;
	opened.devices = (struct devices){};
	return 0;
}
