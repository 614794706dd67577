/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counter slots by name. A slot once given stays with its name: reordering, reloading or dropping a profile moves no
 * counter. Found by a sorted index rather than by scanning, since a registry may hold ten thousand names.
 */
#include "compile/tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

int slots_init(struct slots *slots, uint32_t capacity)
{
	if (capacity < VX_SLOT_FIRST_FREE)
		capacity = VX_SLOT_FIRST_FREE;
	slots->names = calloc(capacity, sizeof(*slots->names));
	if (!slots->names)
		return -ENOMEM;
	slots->count = VX_SLOT_FIRST_FREE;
	slots->capacity = capacity;
	return 0;
}

void slots_fini(struct slots *slots)
{
	free(slots->names);
	memset(slots, 0, sizeof(*slots));
}

static int slot_name_compare(const struct vx_slot *a, const struct vx_slot *b)
{
	int by_vendor = strcmp(a->vendor, b->vendor);

	return by_vendor ? by_vendor : strcmp(a->service, b->service);
}

static int slot_pointer_compare(const void *a, const void *b)
{
	return slot_name_compare(*(const struct vx_slot *const *)a, *(const struct vx_slot *const *)b);
}

static struct vx_slot slot_named(const char *vendor, const char *service)
{
	struct vx_slot slot = {};

	memcpy(slot.vendor, vendor, strnlen(vendor, VX_NAME_MAX - 1));
	memcpy(slot.service, service, strnlen(service, VX_NAME_MAX - 1));
	return slot;
}

uint32_t slots_find(const struct slots *slots, const char *vendor, const char *service)
{
	const struct vx_slot wanted = slot_named(vendor, service);

	for (uint32_t i = VX_SLOT_FIRST_FREE; i < slots->count; i++)
		if (!slot_name_compare(&slots->names[i], &wanted))
			return i;
	return 0;
}

static size_t names_wanted(const struct profile_set *set)
{
	size_t count = set->vendor_count;

	for (size_t v = 0; v < set->vendor_count; v++)
		count += set->vendors[v].service_count;
	return count;
}

/* Every name of @set, in the order in which free slots are given: a vendor, then its services as in the file. */
static struct vx_slot *list_wanted(const struct profile_set *set, size_t count)
{
	struct vx_slot *wanted = calloc(count ? count : 1, sizeof(*wanted));
	size_t n = 0;

	if (!wanted)
		return NULL;
	for (size_t v = 0; v < set->vendor_count; v++) {
		const struct vendor *vendor = &set->vendors[v];

		wanted[n++] = slot_named(vendor->id, "");
		for (size_t s = 0; s < vendor->service_count; s++)
			wanted[n++] = slot_named(vendor->id, vendor->services[s].id);
	}
	return wanted;
}

/* Free slots have no name. Marks in @taken which of @wanted have a slot, revives those and retires the slots that nobody wants. */
static void match_names(struct slots *slots, const struct vx_slot *wanted, const struct vx_slot **index,
			size_t wanted_count, bool *taken)
{
	for (uint32_t i = VX_SLOT_FIRST_FREE; i < slots->count; i++) {
		const struct vx_slot *key = &slots->names[i], **found;

		if (!key->vendor[0])
			continue; /* free */
		found = bsearch(&key, index, wanted_count, sizeof(*index), slot_pointer_compare);
		slots->names[i].retired = !found;
		if (found)
			taken[*found - wanted] = true;
	}
}

uint32_t slots_used(const struct slots *slots)
{
	uint32_t used = VX_SLOT_FIRST_FREE;

	for (uint32_t i = VX_SLOT_FIRST_FREE; i < slots->count; i++)
		used += slots->names[i].vendor[0] != '\0';
	return used;
}

/* Gives each of @wanted that is not @taken the first free slot. There are enough. */
static void place_names(struct slots *slots, const struct vx_slot *wanted, size_t wanted_count, const bool *taken)
{
	uint32_t slot = VX_SLOT_FIRST_FREE;

	for (size_t i = 0; i < wanted_count; i++) {
		if (taken[i])
			continue;
		while (slot < slots->count && slots->names[slot].vendor[0])
			slot++;
		slots->names[slot] = wanted[i];
		if (slot == slots->count)
			slots->count++;
	}
}

int slots_assign(struct slots *slots, const struct profile_set *set, struct failure *failure)
{
	size_t wanted_count = names_wanted(set), missing;
	CLEANUP_FREE struct vx_slot *wanted = list_wanted(set, wanted_count);
	CLEANUP_FREE const struct vx_slot **index = calloc(wanted_count + 1, sizeof(*index));
	CLEANUP_FREE bool *taken = calloc(wanted_count + 1, sizeof(*taken));
	CLEANUP_FREE struct vx_slot *names = calloc(slots->capacity, sizeof(*names));
	struct slots changed = { .names = names, .count = slots->count, .capacity = slots->capacity };
	uint32_t used;

	if (!wanted || !index || !taken || !names)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory for %zu slot names", wanted_count);
	for (size_t i = 0; i < wanted_count; i++)
		index[i] = &wanted[i];
	qsort(index, wanted_count, sizeof(*index), slot_pointer_compare);
	memcpy(names, slots->names, slots->count * sizeof(*names));
	match_names(&changed, wanted, index, wanted_count, taken);
	missing = 0;
	for (size_t i = 0; i < wanted_count; i++)
		missing += !taken[i];
	used = slots_used(&changed);
	if (used + missing > changed.capacity)
		return failure_set(failure, VX_EXIT_FAILED, ENOSPC,
				   "counter slots: %u in use + %zu new names = %zu, but the maps hold %u; "
				   "`voxdp counters gc` frees those of names that are gone, detach and attach again "
				   "makes larger maps",
				   used, missing, used + missing, changed.capacity);
	place_names(&changed, wanted, wanted_count, taken);
	memcpy(slots->names, names, changed.count * sizeof(*names));
	slots->count = changed.count;
	return 0;
}
