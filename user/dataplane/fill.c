/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the compiler meets the kernel. */
#include "dataplane/fill.h"

#include <errno.h>

#include "compile/tables.h"
#include "dataplane/generation.h"
#include "dataplane/slot_names.h"
#include "lib/cleanup.h"

static int compile(const struct profile_set *profiles, uint32_t engines, struct slots *slots, struct tables **ret,
		   struct failure *failure)
{
	CLEANUP(tables_freep) struct tables *tables = NULL;
	int error = slots_assign(slots, profiles, failure);

	if (!error)
		error = tables_compile(profiles, slots, &tables, failure);
	if (error)
		return error;
	error = tables_make_direct(tables, failure);
	if (error && (error != -E2BIG || engines >> VX_ENGINE_DIRECT & 1))
		return error;
	*ret = TAKE_PTR(tables);
	return 0;
}

int maps_create_filled(const struct profile_set *profiles, uint32_t engines, struct maps **ret, struct failure *failure)
{
	CLEANUP(slots_fini) struct slots slots = {};
	CLEANUP(tables_freep) struct tables *tables = NULL;
	CLEANUP(maps_freep) struct maps *maps = NULL;
	struct vx_capacity capacity;
	uint32_t half;
	int error;

	if (slots_init(&slots, UINT16_MAX)) /* how many it takes is known afterwards; a slot's number has 16 bits */
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	error = compile(profiles, engines, &slots, &tables, failure);
	if (error)
		return error;
	capacity = tables_capacity(tables);
	error = maps_create(&capacity, &maps, failure);
	if (!error)
		error = generation_stage(maps, tables, &slots, engines, &half, failure);
	if (error)
		return error;
	generation_switch(maps, half);
	maps_control(maps)->quiet = 1; /* no program has them yet */
	*ret = TAKE_PTR(maps);
	return 0;
}

int maps_fill(struct maps *maps, const struct profile_set *profiles, uint32_t engines, uint32_t *ret_half,
	      struct failure *failure)
{
	CLEANUP(slots_fini) struct slots slots = {};
	CLEANUP(tables_freep) struct tables *tables = NULL;
	int error = slots_read(maps, &slots, failure);

	if (!error)
		error = compile(profiles, engines, &slots, &tables, failure);
	if (!error)
		error = generation_stage(maps, tables, &slots, engines, ret_half, failure);
	return error;
}
