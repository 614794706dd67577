/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads and writes vx_slots, and what a half says of them. */
#include "dataplane/slot_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "lib/cleanup.h"

/* Where @half says which slots its profiles name. */
static const uint8_t *named_at(const struct maps *maps, const struct map_view *tables, uint32_t half)
{
	const struct vx_layout layout = vx_layout_of(&maps->capacity);

	return tables->bytes + half * (size_t)layout.bytes + layout.slots_named;
}

/* Nothing is retired as long as no generation is live. */
static int mark_retired(const struct maps *maps, struct slots *slots, struct failure *failure)
{
	CLEANUP(map_view_close) struct map_view control = {}, tables = {};
	const struct vx_generation *live;
	const uint8_t *named;
	uint32_t half;
	int error = map_view_open(maps, MAP_CONTROL, &control, failure);

	if (!error)
		error = map_view_open(maps, MAP_TABLES, &tables, failure);
	if (error)
		return error;
	half = ((const struct vx_control *)control.bytes)->active_half & 1;
	live = (const struct vx_generation *)(tables.bytes + half * (size_t)vx_layout_of(&maps->capacity).bytes);
	named = named_at(maps, &tables, half);
	for (uint32_t i = 0; i < slots->count; i++)
		slots->names[i].retired = live->number && slots->names[i].vendor[0] && !named[i];
	return 0;
}

int slots_read(const struct maps *maps, struct slots *ret, struct failure *failure)
{
	CLEANUP(map_view_close) struct map_view view = {};
	CLEANUP(slots_fini) struct slots slots = {};
	const struct vx_slot *names;
	uint32_t used = VX_SLOT_FIRST_FREE;
	int error = map_view_open(maps, MAP_SLOTS, &view, failure);

	if (error)
		return error;
	names = (const struct vx_slot *)view.bytes;
	for (uint32_t i = used; i < maps->capacity.slots; i++)
		if (names[i].vendor[0])
			used = i + 1;
	if (slots_init(&slots, maps->capacity.slots))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	memcpy(slots.names, names, used * sizeof(*names));
	slots.count = used;
	for (uint32_t i = 0; i < used; i++) {
		slots.names[i].vendor[VX_NAME_MAX - 1] = '\0'; /* names are read as strings whatever lies there */
		slots.names[i].service[VX_NAME_MAX - 1] = '\0';
	}
	error = mark_retired(maps, &slots, failure);
	if (error)
		return error;
	*ret = slots;
	slots = (struct slots){};
	return 0;
}

/* By system call, not by the pages that were written. */
static int slots_verify(const struct maps *maps, const struct vx_slot *names, uint32_t count, struct failure *failure)
{
	CLEANUP_FREE struct vx_slot *back = calloc(count, sizeof(*back));
	CLEANUP_FREE uint32_t *keys = calloc(count, sizeof(*keys));
	uint32_t got = count, next;

	if (!back || !keys)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	/* ENOENT: that was all of the map. */
	if (bpf_map_lookup_batch(maps->fd[MAP_SLOTS], NULL, &next, keys, back, &got, NULL) && errno != ENOENT)
		return kernel_failure(failure, errno, "cannot read map %s", maps_name(MAP_SLOTS));
	if (got != count || memcmp(back, names, count * sizeof(*names)) != 0)
		return failure_set(failure, VX_EXIT_FAILED, EIO, "map %s reads back differently", maps_name(MAP_SLOTS));
	return 0;
}

int slots_write(const struct maps *maps, const struct slots *slots, struct failure *failure)
{
	CLEANUP_FREE struct vx_slot *names = calloc(slots->count, sizeof(*names));
	CLEANUP(map_view_close) struct map_view view = {};
	int error;

	if (!names)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	error = map_view_open(maps, MAP_SLOTS, &view, failure);
	if (error)
		return error;
	memcpy(names, slots->names, slots->count * sizeof(*names));
	for (uint32_t i = 0; i < slots->count; i++)
		names[i].retired = 0;
	memcpy(view.bytes, names, slots->count * sizeof(*names));
	return slots_verify(maps, names, slots->count, failure);
}

uint8_t *slots_named(const struct maps *maps, const struct slots *slots)
{
	uint8_t *named = calloc(maps->capacity.slots, sizeof(*named));

	for (uint32_t i = 0; named && i < slots->count && i < maps->capacity.slots; i++)
		named[i] = slots->names[i].vendor[0] && !slots->names[i].retired;
	return named;
}

int slots_retired_named(const struct maps *maps, uint32_t half, const struct slots *slots, bool *ret,
			struct failure *failure)
{
	CLEANUP(map_view_close) struct map_view tables = {};
	const uint8_t *named;
	int error = map_view_open(maps, MAP_TABLES, &tables, failure);

	if (error)
		return error;
	named = named_at(maps, &tables, half);
	*ret = false;
	for (uint32_t i = 0; i < slots->count; i++)
		*ret |= slots->names[i].retired && named[i];
	return 0;
}
