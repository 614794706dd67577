/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes in memory first; then either what differs is staged, or all of it. */
#include "dataplane/live_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/generation.h"
#include "dataplane/slot_names.h"
#include "lib/cleanup.h"

/* Parts that are kept of a half that differs; with more of them, all of it is written. */
#define PARTS_MAX 16

/* A half as this set has left it. */
struct left {
	uint64_t number;		     /* 0: not at all */
	struct direct_part parts[PARTS_MAX]; /* that were changed since */
	uint32_t count;
};

struct live_set {
	struct amendable *amendable;
	uint64_t number; /* of the generation that has it */
	struct left halves[VX_HALVES];
};

const char *amend_way_word(enum amend_way way)
{
	static const char *const words[] = { [AMEND_SHORT] = "short", [AMEND_WHOLE] = "whole" };

	_Static_assert(ARRAY_SIZE(words) == _AMEND_MAX, "every way has its word");
	return words[way];
}

static int stale(const struct vx_generation *live, struct failure *failure)
{
	return failure_set(failure, VX_EXIT_FAILED, ESTALE,
			   "generation %llu is not of the profiles as they are now: `voxdp update` first",
			   (unsigned long long)live->number);
}

int live_set_new(const struct maps *maps, struct profile_set *profiles, struct live_set **ret, struct failure *failure)
{
	const struct vx_layout layout = vx_layout_of(&maps->capacity);
	CLEANUP(live_set_freep) struct live_set *set = calloc(1, sizeof(*set));
	CLEANUP(slots_fini) struct slots slots = {};
	const struct vx_change *changes;
	struct vx_generation live;
	uint32_t half = generation_live(maps, &live);
	int error;

	if (!set)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	changes = (const struct vx_change *)(maps_half(maps, half) + layout.changes);
	error = slots_read(maps, &slots, failure);
	/* Profiles that name others than the live ones are not theirs; then those have no slot yet. */
	if (!error)
		error = slots_assign(&slots, profiles, failure);
	if (!error)
		error = amendable_new(profiles, &slots, changes, live.changes, &set->amendable, failure);
	if (error)
		return error;
	if (memcmp(live.digest, amendable_tables(set->amendable)->generation.digest, sizeof(live.digest)) != 0)
		return stale(&live, failure);
	set->number = live.number;
	*ret = TAKE_PTR(set);
	return 0;
}

void live_set_free(struct live_set *set)
{
	if (!set)
		return;
	amendable_free(set->amendable);
	free(set);
}

void live_set_freep(struct live_set **set)
{
	live_set_free(*set);
}

/* What is changed now is what the halves that were left before do not have. */
static void parts_note(struct live_set *set, const struct direct_part *part)
{
	for (uint32_t half = 0; half < VX_HALVES; half++) {
		struct left *left = &set->halves[half];

		if (left->count == PARTS_MAX)
			left->number = 0;
		else
			left->parts[left->count++] = *part;
	}
}

static void halves_forget(struct live_set *set)
{
	memset(set->halves, 0, sizeof(set->halves));
}

static void half_left(struct live_set *set, const struct maps *maps, uint32_t half)
{
	set->halves[half].number = generation_read(maps, half).number;
	set->halves[half].count = 0;
}

static int compile(struct live_set *set, const struct maps *maps, struct slots *slots, struct failure *failure)
{
	int error = slots_read(maps, slots, failure);

	halves_forget(set);
	if (!error)
		error = slots_assign(slots, amendable_set(set->amendable), failure);
	return error ? error : amendable_compile(set->amendable, slots, failure);
}

/* Everything anew, as an update does. */
static int stage_whole(struct live_set *set, struct maps *maps, uint32_t engines, uint32_t *ret_half,
		       struct failure *failure)
{
	CLEANUP(slots_fini) struct slots slots = {};
	int error = compile(set, maps, &slots, failure);

	if (!error)
		error = generation_stage(maps, amendable_tables(set->amendable), &slots, engines, ret_half, failure);
	if (!error)
		half_left(set, maps, *ret_half);
	return error;
}

static int stage_short(struct live_set *set, struct maps *maps, uint32_t *ret_half, struct failure *failure)
{
	struct vx_generation live;
	const struct left *left = &set->halves[!generation_live(maps, &live)];
	int error = generation_amend(maps, amendable_tables(set->amendable), left->number, left->parts, left->count,
				     ret_half, failure);

	if (!error)
		half_left(set, maps, *ret_half);
	return error;
}

/* 1: the whole way is to be gone, since tries are written once, or there is no room for a /16 that has grown. */
static int try_short(struct live_set *set, struct maps *maps, uint32_t engines, uint32_t *ret_half,
		     struct failure *failure)
{
	const struct tables *tables = amendable_tables(set->amendable);

	if (engines >> VX_ENGINE_LPM & 1 || tables_fit(tables, &maps->capacity, failure))
		return 1;
	return stage_short(set, maps, ret_half, failure);
}

int live_set_stage(struct live_set *set, struct maps *maps, uint32_t engines, const struct amendment *amendment,
		   uint32_t *ret_half, enum amend_way *ret_way, struct failure *failure)
{
	CLEANUP(slots_fini) struct slots slots = {};
	struct direct_part part = { .family = amendment->prefix.addr.family };
	struct vx_generation live;
	int error = 0;

	(void)generation_live(maps, &live);
	if (!amendable_tables(set->amendable))
		error = compile(set, maps, &slots, failure); /* after a failure */
	if (error)
		return error;
	/* By its number: the same profiles may have got other slots since. */
	if (live.number != set->number)
		return stale(&live, failure);
	error = amendable_change(set->amendable, amendment, &part.change, failure);
	if (error < 0)
		return error;
	*ret_way = AMEND_WHOLE;
	if (!error) {
		parts_note(set, &part);
		error = try_short(set, maps, engines, ret_half, failure);
		*ret_way = error ? AMEND_WHOLE : AMEND_SHORT;
	}
	if (error > 0)
		error = stage_whole(set, maps, engines, ret_half, failure);
	if (error) {
		amendable_undo(set->amendable, amendment);
		halves_forget(set);
		return error;
	}
	set->number = generation_read(maps, *ret_half).number;
	return 0;
}
