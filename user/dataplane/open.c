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

bool devices_need_direct(const struct devices *devices)
{
	for (size_t i = 0; i < devices->count; i++)
		if (devices->items[i].info.engine == VX_ENGINE_DIRECT)
			return true;
	return false;
}

int generation_previous(const struct maps *maps, uint32_t *ret_half, struct vx_generation *ret, struct failure *failure)
{
	struct vx_generation live;
	uint32_t half;
	int error = generation_live(maps, &half, &live, failure);

	if (!error)
		error = generation_read(maps, !half, ret, failure);
	if (!error)
		*ret_half = !half;
	return error;
}

int generation_return(const struct opened *opened, struct failure *failure)
{
	struct vx_generation previous;
	uint32_t half;
	int error = generation_previous(opened->maps, &half, &previous, failure);

	if (error)
		return error;
	if (!previous.number)
		return failure_set(failure, VX_EXIT_FAILED, ENOENT,
				   "there is no generation to return to: the first update makes one; an update that "
				   "failed on its way or `voxdp counters gc` may have given it up");
	/* Made while no device asked for it; what lies there is an older generation's. */
	if (devices_need_direct(&opened->devices) && !(previous.engines >> VX_ENGINE_DIRECT & 1))
		return failure_set(failure, VX_EXIT_FAILED, ENOENT,
				   "generation %llu is not for engine direct, which a device uses", previous.number);
	return generation_switch(opened->maps, half, failure);
}

int opened_maps(struct opened *opened, struct failure *failure)
{
	struct trial trial;
	int error;

	if (!opened->devices.count)
		return failure_not_attached(failure);
	error = maps_open(opened->state, &opened->maps, failure);
	if (!error)
		error = generation_trial(opened->maps, &trial, failure);
	if (!error && trial.number && !trial.left_ns)
		error = generation_return(opened, failure);
	return error;
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
