/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles, stages and loads, without trace and without pins. */
#include "dataplane/subject.h"

#include <errno.h>
#include <stdlib.h>

#include "dataplane/counters.h"
#include "dataplane/generation.h"
#include "dataplane/kernel.h"
#include "lib/cleanup.h"

void subject_free(struct subject *subject)
{
	if (!subject)
		return;
	for (size_t e = 0; e < _VX_ENGINE_MAX; e++)
		program_free(subject->programs[e]);
	maps_free(subject->maps);
	tables_free(subject->tables);
	slots_fini(&subject->slots);
	free(subject);
}

void subject_freep(struct subject **subject)
{
	subject_free(*subject);
}

static int compile(struct subject *subject, struct failure *failure)
{
	int error;

	if (slots_init(&subject->slots, UINT16_MAX))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	error = slots_assign(&subject->slots, subject->set, failure);
	if (!error)
		error = tables_compile(subject->set, &subject->slots, &subject->tables, failure);
	if (!error)
		error = tables_make_direct(subject->tables, failure);
	return error == -E2BIG && subject->tables ? 0 : error;
}

static int go_live(struct subject *subject, struct failure *failure)
{
	struct vx_capacity capacity = tables_capacity(subject->tables);
	uint32_t engines = 1U << VX_ENGINE_LPM, half;
	int error = maps_create(&capacity, &subject->maps, failure);

	if (subject->tables->direct.root4)
		engines |= 1U << VX_ENGINE_DIRECT;
	if (!error)
		error = generation_stage(subject->maps, subject->tables, &subject->slots, engines, &half, failure);
	if (!error)
		generation_switch(subject->maps, half);
	return error;
}

static int load(struct subject *subject, struct failure *failure)
{
	int error = 0;

	for (uint8_t e = 0; e < _VX_ENGINE_MAX && !error; e++) {
		const struct vx_config config = { .role = (uint8_t)subject->role, .engine = e };

		if (e == VX_ENGINE_DIRECT && !subject->tables->direct.root4)
			continue;
		error = program_open(subject->maps, &config, &subject->programs[e], failure);
		if (!error)
			error = program_load(subject->programs[e], failure);
	}
	return error;
}

int subject_new(const struct profile_set *set, enum vx_role role, struct subject **ret, struct failure *failure)
{
	CLEANUP(subject_freep) struct subject *subject = calloc(1, sizeof(*subject));
	int error;

	if (!subject)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	subject->set = set;
	subject->role = role;
	error = kernel_check_permitted(failure);
	if (!error)
		error = compile(subject, failure);
	if (!error)
		error = go_live(subject, failure);
	if (!error)
		error = load(subject, failure);
	if (!error)
		*ret = TAKE_PTR(subject);
	return error;
}

int subject_reload(struct subject *subject, struct failure *failure)
{
	for (size_t e = 0; e < _VX_ENGINE_MAX; e++) {
		program_free(subject->programs[e]);
		subject->programs[e] = NULL;
	}
	return load(subject, failure);
}

int subject_judged(const struct subject *subject, enum vx_engine engine, enum traffic_kind kind, uint64_t *ret,
		   struct failure *failure)
{
	CLEANUP(counter_blocks_fini) struct counter_blocks blocks = {};
	const struct counter_maps maps = program_counter_maps(subject->programs[engine]);
	const struct slots *slots = &subject->slots;
	uint64_t packets = 0;
	int error = counters_read(&maps, slots->count, subject->maps->capacity.slots, &blocks, failure);

	if (error)
		return error;
	for (uint32_t slot = 0; slot < slots->count; slot++) {
		/* The same cell of a vendor's own slot means off_port. */
		bool expected = kind == TRAFFIC_NOBODY ? slot == VX_SLOT_NOBODY : slots->names[slot].service[0] != '\0';

		for (uint32_t d = 0; d < VX_COUNTER_DIRECTIONS && expected; d++)
			packets +=
				blocks.counters[slot * VX_COUNTER_DIRECTIONS + d].cell[traffic_protocol(kind)].packets;
	}
	*ret = packets;
	return 0;
}
