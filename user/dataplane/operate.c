/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done to a running classifier besides new profiles: confirm, return, collect. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/classifier.h"
#include "dataplane/counters.h"
#include "dataplane/kernel.h"
#include "dataplane/open.h"
#include "dataplane/slot_names.h"
#include "lib/cleanup.h"

int classifier_confirm(const char *state_dir, uint64_t *ret_number, struct failure *failure)
{
	CLEANUP(opened_fini) struct opened opened = {};
	struct vx_generation live;
	struct trial trial;
	int error = open_for_change(state_dir, STATE_WRITE, &opened, failure);

	if (!error)
		error = opened_maps(&opened, failure);
	if (error)
		return error;
	(void)generation_live(opened.maps, &live);
	trial = generation_trial(opened.maps);
	/* A trial that has just ended by itself is none any more: the generation before it is live. */
	if (!trial.number)
		return failure_set(failure, VX_EXIT_FAILED, ENOENT,
				   "nothing to confirm: generation %llu is live and not on trial", live.number);
	*ret_number = trial.number;
	generation_confirm(opened.maps);
	return 0;
}

int classifier_live_set(const char *state_dir, struct profile_set *profiles, struct live_set **ret,
			struct failure *failure)
{
	CLEANUP(opened_fini) struct opened opened = {};
	int error = open_for_reading(state_dir, &opened, failure);

	return error ? error : live_set_new(opened.maps, profiles, ret, failure);
}

int classifier_amend(const char *state_dir, struct live_set *set, const struct amendment *amendment,
		     struct amended *ret, struct failure *failure)
{
	CLEANUP(opened_fini) struct opened opened = {};
	struct failure ignored;
	struct trial trial;
	uint32_t half;
	int error = open_for_change(state_dir, STATE_WRITE, &opened, failure);

	if (!error)
		error = opened_maps(&opened, failure);
	if (error)
		return error;
	trial = generation_trial(opened.maps);
	if (trial.number)
		return failure_on_trial(&trial, failure);
	error = live_set_stage(set, opened.maps, devices_engines(&opened.devices), amendment, &half, &ret->way,
			       failure);
	if (error)
		return error;
	generation_switch(opened.maps, half);
	(void)generation_live(opened.maps, &ret->generation);
	(void)generation_retire(opened.maps, &ignored); /* else the next change waits */
	return 0;
}

int classifier_rollback(const char *state_dir, struct classifier_change *ret, struct failure *failure)
{
	CLEANUP(opened_fini) struct opened opened = {};
	struct vx_generation live;
	int error = open_for_change(state_dir, STATE_WRITE, &opened, failure);

	if (!error && !opened.devices.count)
		return failure_not_attached(failure);
	/* Not opened_maps(): ending a trial that is over and returning once more would lead back to what was tried. */
	if (!error)
		error = maps_open(opened.state, &opened.maps, failure);
	if (!error)
		error = generation_return(&opened, failure);
	if (error)
		return error;
	(void)generation_live(opened.maps, &live);
	*ret = (struct classifier_change){ .generation = live, .devices = opened.devices };
	opened.devices = (struct devices){};
	return 0;
}

int classifier_expire(const char *state_dir, struct trial *ret, struct failure *failure)
{
	CLEANUP(opened_fini) struct opened opened = {};
	int error = open_for_reading(state_dir, &opened, failure);

	if (error)
		return error;
	*ret = generation_trial(opened.maps);
	if (!ret->number || ret->left_ns)
		return 0;
	opened_fini(&opened);
	error = open_for_change(state_dir, STATE_WRITE, &opened, failure);
	if (!error)
		error = opened_maps(&opened, failure);
	if (!error)
		*ret = generation_trial(opened.maps);
	return error;
}

/* ---- counters of names that are gone ---------------------------------------------------------------------------- */

/* Of every device, vanished ones too: their counters are still read. */
static int counters_clear_retired(const struct opened *opened, const struct slots *slots, struct failure *failure)
{
	int error = 0;

	for (size_t d = 0; d < opened->devices.count && !error; d++) {
		struct counter_maps maps = COUNTER_MAPS_CLOSED;

		error = device_counters_open(opened->state, &opened->devices.items[d], &maps, failure);
		for (uint32_t i = VX_SLOT_FIRST_FREE; i < slots->count && !error; i++)
			if (slots->names[i].retired)
				error = counters_clear(&maps, i, failure);
		counter_maps_close(&maps);
	}
	return error;
}

/* Takes the retired names away. Returns how many. */
static uint32_t slots_drop_retired(struct slots *slots)
{
	uint32_t dropped = 0;

	for (uint32_t i = VX_SLOT_FIRST_FREE; i < slots->count; i++) {
		if (!slots->names[i].retired)
			continue;
		slots->names[i] = (struct vx_slot){};
		dropped++;
	}
	return dropped;
}

/* The generation that one could return to may name what is about to be freed: then it cannot be returned to. */
static int dismiss_previous(const struct maps *maps, const struct slots *slots, uint64_t *ret_dismissed,
			    struct failure *failure)
{
	struct vx_generation live, previous;
	uint32_t half = !generation_live(maps, &live);
	bool named;
	int error = 0;

	previous = generation_read(maps, half);
	named = previous.number && slots_retired_named(maps, half, slots);
	if (named)
		error = generation_dismiss(maps, half, failure);
	if (!error)
		*ret_dismissed = named ? previous.number : 0;
	return error;
}

/* A name goes last: whenever this is cut short, a slot without a name has counters that are zero. */
int classifier_collect(const char *state_dir, struct collected *ret, struct failure *failure)
{
	CLEANUP(opened_fini) struct opened opened = {};
	CLEANUP(slots_fini) struct slots slots = {};
	CLEANUP_FREE struct vx_slot *retired = NULL;
	struct collected collected = {};
	struct trial trial;
	int error = open_for_change(state_dir, STATE_WRITE, &opened, failure);

	if (!error)
		error = opened_maps(&opened, failure);
	if (error)
		return error;
	trial = generation_trial(opened.maps);
	if (trial.number)
		return failure_on_trial(&trial, failure);
	error = slots_read(opened.maps, &slots, failure);
	if (error)
		return error;
	retired = calloc(slots.count, sizeof(*retired));
	if (!retired)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	for (uint32_t i = VX_SLOT_FIRST_FREE; i < slots.count; i++)
		if (slots.names[i].retired)
			retired[collected.count++] = slots.names[i];
	if (collected.count)
		error = dismiss_previous(opened.maps, &slots, &collected.dismissed, failure);
	if (!error)
		error = counters_clear_retired(&opened, &slots, failure);
	if (!error && slots_drop_retired(&slots))
		error = slots_write(opened.maps, &slots, failure);
	if (error)
		return error;
	collected.names = TAKE_PTR(retired);
	*ret = collected;
	return 0;
}

void collected_fini(struct collected *collected)
{
	free(collected->names);
	*collected = (struct collected){};
}
