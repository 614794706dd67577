/* SPDX-License-Identifier: BSD-2-Clause */
/* Lock, heal, read: in this order for writers; readers hold nobody up. */
#include "dataplane/open.h"

#include <errno.h>

#include "dataplane/kernel.h"
#include "lib/cleanup.h"

int failure_not_attached(struct failure *failure)
{
	return failure_set(failure, VX_EXIT_NOT_ATTACHED, ENOENT, "not attached to any interface");
}

int failure_on_trial(const struct trial *trial, struct failure *failure)
{
	return failure_set(failure, VX_EXIT_FAILED, EBUSY,
			   "generation %llu is on trial for another %llu s: voxdp confirm or voxdp rollback first",
			   (unsigned long long)trial->number, (unsigned long long)(trial->left_ns / 1000000000));
}

void opened_fini(struct opened *opened)
{
	maps_free(opened->maps);
	devices_fini(&opened->devices);
	state_close(opened->state);
	*opened = (struct opened){};
}

int open_for_change(const char *state_dir, enum state_use use, struct opened *ret, struct failure *failure)
{
	CLEANUP(opened_fini) struct opened opened = {};
	int error = kernel_check_permitted(failure);

	if (!error)
		error = state_open(state_dir, use, &opened.state, failure);
	if (!error)
		error = devices_heal(opened.state, failure);
	if (!error)
		error = devices_read(opened.state, &opened.devices, failure);
	if (error)
		return error;
	*ret = opened;
	opened = (struct opened){};
	return 0;
}

uint32_t devices_engines(const struct devices *devices)
{
	uint32_t engines = 0;

	for (size_t i = 0; i < devices->count; i++) {
		const struct vx_device *info = &devices->items[i].info;

		/* The pin that says it may be gone, the program not. */
		engines |= info->ifname[0] ? 1U << info->engine : 1U << VX_ENGINE_LPM | 1U << VX_ENGINE_DIRECT;
	}
	return engines;
}

int generation_return(const struct opened *opened, struct failure *failure)
{
	uint32_t engines = devices_engines(&opened->devices);
	struct vx_generation live, previous;
	uint32_t half = !generation_live(opened->maps, &live);

	previous = generation_read(opened->maps, half);
	if (!previous.number)
		return failure_set(failure, VX_EXIT_FAILED, ENOENT,
				   "there is no generation to return to: the first update makes one; an update that "
				   "failed on its way or `voxdp counters gc` may have given it up");
	/* Made while no device asked for it; what lies there is an older generation's, or nothing. */
	if (!generation_serves(&previous, engines))
		return failure_set(failure, VX_EXIT_FAILED, ENOENT,
				   "there is no generation to return to: generation %llu is not for engine %s, which "
				   "a device that was attached since uses",
				   (unsigned long long)previous.number,
				   engines & ~previous.engines & 1U << VX_ENGINE_LPM ? "lpm" : "direct");
	generation_switch(opened->maps, half);
	(void)generation_retire(opened->maps, failure); /* else the next change waits */
	return 0;
}

int opened_maps(struct opened *opened, struct failure *failure)
{
	struct trial trial;
	int error;

	if (!opened->devices.count)
		return failure_not_attached(failure);
	error = maps_open(opened->state, &opened->maps, failure);
	if (error)
		return error;
	trial = generation_trial(opened->maps);
	return trial.number && !trial.left_ns ? generation_return(opened, failure) : 0;
}

/* A detach may pass by: what is gone then was attached a moment ago. */
static int maps_open_for_reading(struct opened *opened, struct failure *failure)
{
	CLEANUP(devices_fini) struct devices devices = {};
	struct failure ignored;
	int error = maps_open(opened->state, &opened->maps, failure);

	if (error == -ENOENT && devices_read(opened->state, &devices, &ignored) == 0 && !devices.count)
		return failure_not_attached(failure);
	return error;
}

int open_for_reading(const char *state_dir, struct opened *ret, struct failure *failure)
{
	CLEANUP(opened_fini) struct opened opened = {};
	int error = kernel_check_permitted(failure);

	if (!error)
		error = state_open(state_dir, STATE_READ, &opened.state, failure);
	if (!error)
		error = devices_read(opened.state, &opened.devices, failure);
	if (!error && !opened.devices.count)
		return failure_not_attached(failure);
	if (!error)
		error = maps_open_for_reading(&opened, failure);
	if (error)
		return error;
	*ret = opened;
	opened = (struct opened){};
	return 0;
}
