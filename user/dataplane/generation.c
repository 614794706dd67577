/* SPDX-License-Identifier: BSD-2-Clause */
/* Stages, verifies and switches generations. */
#include "dataplane/generation.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "dataplane/kernel.h"
#include "dataplane/slot_names.h"
#include "dataplane/trie.h"
#include "lib/cleanup.h"

/* One table of a generation and where it goes in a half. */
struct table {
	const void *bytes;
	size_t size;
	uint32_t offset;
};

#define TABLES_MAX 14 /* with the names and the head */

static size_t tables_list(const struct tables *tables, const struct vx_layout *layout, struct table ret[TABLES_MAX])
{
	const struct vx_generation *used = &tables->generation;
	const struct direct_tables *direct = &tables->direct;
	size_t n = 0;

#define TABLE(array, count, field) (struct table){ array, (count) * sizeof(*(array)), layout->field }
#define OF_HEAD(array, field)                                                                                          \
	(struct table)                                                                                                 \
	{                                                                                                              \
		array, sizeof(((struct vx_half_head *)0)->field), offsetof(struct vx_half_head, field)                 \
	}
	ret[n++] = TABLE(tables->classes, used->classes, classes);
	ret[n++] = TABLE(tables->port_pages, used->port_pages, port_pages);
	ret[n++] = TABLE(tables->cells, used->cells, cells);
	ret[n++] = TABLE(tables->answer_rows, used->answer_rows, answer_rows);
	ret[n++] = TABLE(tables->shortcuts, used->classes, shortcuts);
	ret[n++] = TABLE(tables->changes, used->changes, changes);
	ret[n++] = OF_HEAD(tables->nobody, nobody);
	if (!direct->root4)
		return n; /* engine lpm serves these profiles alone */
	ret[n++] = OF_HEAD(direct->taken4, taken4);
	ret[n++] = OF_HEAD(direct->root4, root4);
	ret[n++] = OF_HEAD(direct->root6, root6);
	ret[n++] = TABLE(direct->ranges4, direct->range_count4, ranges4);
	ret[n++] = TABLE(direct->ranges6, direct->range_count6, ranges6);
#undef TABLE
#undef OF_HEAD
	return n;
}

/*
 * Returns when every program that was running when it was called has ended: an update of an array of maps ends with
 * maybe_wait_bpf_programs() (kernel/bpf/syscall.c, since 5.0), whichever array of maps it is. Without this wait a
 * packet that began before the last switch could still be reading the half that is about to be overwritten.
 */
static int wait_for_programs(struct failure *failure)
{
	CLEANUP_CLOSE int inner = -1;
	CLEANUP_CLOSE int outer = -1;
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	const uint32_t zero = 0;

	inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "vx_wait_inner", sizeof(zero), sizeof(zero), 1, NULL);
	opts.inner_map_fd = inner < 0 ? 0 : (uint32_t)inner;
	if (inner >= 0)
		outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "vx_wait", sizeof(zero), sizeof(zero), 1, &opts);
	if (outer < 0 || bpf_map_update_elem(outer, &zero, &inner, BPF_ANY))
		return kernel_failure(failure, errno, "cannot wait for packets under way");
	return 0;
}

struct vx_generation generation_read(const struct maps *maps, uint32_t half)
{
	struct vx_generation generation;

	memcpy(&generation, maps_half(maps, half), sizeof(generation));
	return generation;
}

uint32_t generation_live(const struct maps *maps, struct vx_generation *ret)
{
	uint32_t half = maps_active_half(maps);

	*ret = generation_read(maps, half);
	return half;
}

bool generation_serves(const struct vx_generation *generation, uint32_t engines)
{
	return (engines & ~generation->engines) == 0;
}

/* Compares the half with what the kernel hands out by system call, not by the pages that we wrote. */
static int half_verify(const struct maps *maps, const struct table *list, size_t count, uint32_t half,
		       struct failure *failure)
{
	CLEANUP_FREE uint8_t *back = malloc(maps_bytes(maps, MAP_TABLES));
	const uint8_t *staged = back + half * (maps_bytes(maps, MAP_TABLES) / VX_HALVES);
	const uint32_t zero = 0;

	if (!back)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	if (bpf_map_lookup_elem(maps->fd[MAP_TABLES], &zero, back))
		return kernel_failure(failure, errno, "cannot read map %s", maps_name(MAP_TABLES));
	for (size_t i = 0; i < count; i++)
		if (list[i].size && memcmp(staged + list[i].offset, list[i].bytes, list[i].size) != 0)
			return failure_set(failure, VX_EXIT_FAILED, EIO, "map %s reads back differently",
					   maps_name(MAP_TABLES));
	return 0;
}

static void half_write(const struct maps *maps, const struct table *list, size_t count, uint32_t half)
{
	uint8_t *bytes = maps_half(maps, half);

	for (size_t i = 0; i < count; i++)
		if (list[i].size)
			memcpy(bytes + list[i].offset, list[i].bytes, list[i].size);
}

/* Tries of an earlier generation do not stay where nobody asks for any. */
static int stage_tries(struct maps *maps, const struct tables *tables, bool wanted, uint32_t half,
		       struct failure *failure)
{
	const struct class_prefix *prefixes = tables->prefixes;
	const struct {
		const struct class_prefix *prefixes;
		uint32_t count;
	} parts[_TRIE_MAX] = {
		[TRIE_4] = { prefixes, tables->generation.prefixes4 },
		[TRIE_6] = { prefixes + tables->generation.prefixes4, tables->generation.prefixes6 },
	};
	int error = 0;

	for (uint32_t f = 0; f < _TRIE_MAX && !error; f++)
		error = wanted ? trie_stage(maps, f, half, parts[f].prefixes, parts[f].count, failure) :
				 trie_drop(maps, f, half, failure);
	return error;
}

/* @head has no number yet: until it is there, a half is not whole. */
static int stage_tables(const struct maps *maps, const struct tables *tables, const struct slots *slots,
			const struct vx_generation *head, uint32_t half, struct failure *failure)
{
	const struct vx_layout layout = vx_layout_of(&maps->capacity);
	CLEANUP_FREE uint8_t *named = slots_named(maps, slots);
	struct table list[TABLES_MAX];
	size_t count = tables_list(tables, &layout, list);

	if (!named)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	list[count++] = (struct table){ named, maps->capacity.slots, layout.slots_named };
	list[count++] = (struct table){ head, sizeof(*head), 0 };
	half_write(maps, list, count, half);
	return half_verify(maps, list, count, half, failure);
}

/* Numbers go up even if the live generation is not the newest one. */
static uint64_t next_number(const struct maps *maps)
{
	uint64_t newest = 0;

	for (uint32_t half = 0; half < VX_HALVES; half++) {
		uint64_t number = generation_read(maps, half).number;

		newest = number > newest ? number : newest;
	}
	return newest + 1;
}

static void half_clear(const struct maps *maps, uint32_t half)
{
	memset(maps_half(maps, half), 0, sizeof(struct vx_generation));
}

int generation_retire(const struct maps *maps, struct failure *failure)
{
	struct vx_control *control = maps_control(maps);
	int error = control->quiet ? 0 : wait_for_programs(failure);

	if (!error)
		__atomic_store_n(&control->quiet, 1, __ATOMIC_RELEASE);
	return error;
}

int generation_dismiss(const struct maps *maps, uint32_t half, struct failure *failure)
{
	int error = generation_retire(maps, failure);

	if (!error)
		half_clear(maps, half);
	return error;
}

int generation_stage(struct maps *maps, const struct tables *tables, const struct slots *slots, uint32_t engines,
		     uint32_t *ret_half, struct failure *failure)
{
	const uint32_t lpm = engines & 1U << VX_ENGINE_LPM;
	const uint64_t number = next_number(maps);
	struct vx_generation generation = tables->generation, live;
	uint32_t half = !generation_live(maps, &live);
	int error = tables_fit(tables, &maps->capacity, failure);

	if (error)
		return error;
	generation.built_at_ns = kernel_now_ns();
	generation.engines = lpm | (tables->direct.root4 ? 1U << VX_ENGINE_DIRECT : 0);
	if (!generation_serves(&generation, engines))
		return failure_set(failure, VX_EXIT_FAILED, E2BIG, "the profiles are beyond engine direct");

	error = generation_dismiss(maps, half, failure);
	if (!error)
		error = stage_tries(maps, tables, lpm, half, failure);
	if (!error)
		error = slots_write(maps, slots, failure);
	if (!error)
		error = stage_tables(maps, tables, slots, &generation, half, failure);
	if (error)
		return error;
	((struct vx_generation *)maps_half(maps, half))->number = number;
	*ret_half = half;
	return 0;
}

/* What of the tables is another than in the free half. */
static size_t parts_list(const struct tables *tables, const struct vx_layout *layout, const struct direct_part *changes,
			 uint32_t count, struct table *ret)
{
	const struct direct_tables *direct = &tables->direct;
	size_t n = 0;

#define OF_HEAD(field, i)                                                                                              \
	(struct table)                                                                                                 \
	{                                                                                                              \
		&direct->field[i], sizeof(*direct->field),                                                             \
			offsetof(struct vx_half_head, field) + (i) * (uint32_t)sizeof(*direct->field)                  \
	}
#define RANGES(field, first, count)                                                                                    \
	(struct table)                                                                                                 \
	{                                                                                                              \
		direct->field + (first), (count) * sizeof(*direct->field),                                             \
			layout->field + (first) * (uint32_t)sizeof(*direct->field)                                     \
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct direct_change *change = &changes[i].change;

		ret[n++] = changes[i].family == 4 ? OF_HEAD(root4, change->root) : OF_HEAD(root6, change->root);
		if (changes[i].family == 4)
			ret[n++] = OF_HEAD(taken4, htons((uint16_t)change->root));
		ret[n++] = changes[i].family == 4 ? RANGES(ranges4, change->first, change->count) :
						    RANGES(ranges6, change->first, change->count);
	}
	ret[n++] = (struct table){ tables->changes, tables->generation.changes * sizeof(*tables->changes),
				   layout->changes };
#undef OF_HEAD
#undef RANGES
	return n;
}

static int parts_verify(const struct maps *maps, const struct table *list, size_t count, uint32_t half,
			struct failure *failure)
{
	size_t base = (size_t)(maps_half(maps, half) - maps_half(maps, 0));
	int error = 0;

	for (size_t i = 0; i < count && !error; i++)
		if (list[i].size)
			error = maps_compare(maps, base + list[i].offset, list[i].bytes, list[i].size, failure);
	return error;
}

int generation_amend(struct maps *maps, const struct tables *tables, uint64_t number, const struct direct_part *changes,
		     uint32_t count, uint32_t *ret_half, struct failure *failure)
{
	const struct vx_layout layout = vx_layout_of(&maps->capacity);
	CLEANUP_FREE struct table *list = calloc(TABLES_MAX + 3U * count, sizeof(*list));
	struct vx_generation generation = tables->generation, live;
	uint32_t before = generation_live(maps, &live), half = !before;
	const uint64_t next = next_number(maps);
	bool known = number && generation_read(maps, half).number == number;
	size_t tables_count;
	int error = tables_fit(tables, &maps->capacity, failure);

	if (!error && !list)
		error = failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	if (!error)
		error = generation_dismiss(maps, half, failure);
	for (uint32_t f = 0; f < _TRIE_MAX && !error; f++)
		error = trie_drop(maps, f, half, failure);
	if (error)
		return error;
	generation.built_at_ns = kernel_now_ns();
	generation.engines = 1U << VX_ENGINE_DIRECT;
	tables_count = known ? parts_list(tables, &layout, changes, count, list) : tables_list(tables, &layout, list);
	list[tables_count++] = (struct table){ maps_half(maps, before) + layout.slots_named, maps->capacity.slots,
					       layout.slots_named };
	list[tables_count++] = (struct table){ &generation, sizeof(generation), 0 };
	half_write(maps, list, tables_count, half);
	error = known ? parts_verify(maps, list, tables_count, half, failure) :
			half_verify(maps, list, tables_count, half, failure);
	if (error)
		return error;
	((struct vx_generation *)maps_half(maps, half))->number = next;
	*ret_half = half;
	return 0;
}

void generation_switch(const struct maps *maps, uint32_t half)
{
	generation_try(maps, half, 0);
}

void generation_try(const struct maps *maps, uint32_t half, uint64_t ends_at_ns)
{
	struct vx_control *control = maps_control(maps);

	/* Before the switch: a trial means nothing as long as another generation is live, and waiting in vain is no harm. */
	control->trial_ends_at_ns = ends_at_ns;
	control->trial_number = ends_at_ns ? generation_read(maps, half).number : 0;
	control->quiet = 0;
	/* Whoever sees the new half sees what was written to it, and that it is not quiet. */
	maps_switch(maps, half);
}

void generation_confirm(const struct maps *maps)
{
	__atomic_store_n(&maps_control(maps)->trial_number, 0, __ATOMIC_RELEASE);
}

struct trial generation_trial(const struct maps *maps)
{
	const struct vx_control *control = maps_control(maps);
	uint64_t now = kernel_boottime_ns();
	struct vx_generation live;

	(void)generation_live(maps, &live);
	if (!control->trial_number || control->trial_number != live.number)
		return (struct trial){};
	return (struct trial){
		.number = live.number,
		.left_ns = control->trial_ends_at_ns > now ? control->trial_ends_at_ns - now : 0,
	};
}
