/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads and writes vx_slots, and what a half says of them. */
#include "dataplane/slot_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "lib/cleanup.h"

/* Where @half says which slots its profiles name. */
static const uint8_t *named_at(const struct maps *maps, uint32_t half)
{
	return maps_half(maps, half) + vx_layout_of(&maps->capacity).slots_named;
}

/* Nothing is retired as long as no generation is live. */
static void mark_retired(const struct maps *maps, struct slots *slots)
{
	uint32_t half = maps_active_half(maps);
	const struct vx_generation *live = (const struct vx_generation *)maps_half(maps, half);
	const uint8_t *named = named_at(maps, half);

	for (uint32_t i = 0; i < slots->count; i++)
		slots->names[i].retired = live->number && slots->names[i].vendor[0] && !named[i];
}

int slots_read(const struct maps *maps, struct slots *ret, struct failure *failure)
{
	const struct vx_slot *names = (const struct vx_slot *)maps->bytes[MAP_SLOTS];
	CLEANUP(slots_fini) struct slots slots = {};
	uint32_t used = VX_SLOT_FIRST_FREE;

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
	mark_retired(maps, &slots);
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

	if (!names)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	memcpy(names, slots->names, slots->count * sizeof(*names));
	for (uint32_t i = 0; i < slots->count; i++)
		names[i].retired = 0;
	memcpy(maps->bytes[MAP_SLOTS], names, slots->count * sizeof(*names));
	return slots_verify(maps, names, slots->count, failure);
}

uint8_t *slots_named(const struct maps *maps, const struct slots *slots)
{
	uint8_t *named = calloc(maps->capacity.slots, sizeof(*named));

	for (uint32_t i = 0; named && i < slots->count && i < maps->capacity.slots; i++)
		named[i] = slots->names[i].vendor[0] && !slots->names[i].retired;
	return named;
}

bool slots_retired_named(const struct maps *maps, uint32_t half, const struct slots *slots)
{
	const uint8_t *named = named_at(maps, half);
	bool retired_named = false;

	for (uint32_t i = 0; i < slots->count; i++)
		retired_named |= slots->names[i].retired && named[i];
	return retired_named;
}
