/* SPDX-License-Identifier: BSD-2-Clause */
/* Stages, verifies and switches generations. */
#include "dataplane/generation.h"

#include <errno.h>
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

#define TABLES_MAX 10

static size_t tables_list(const struct tables *tables, const struct vx_layout *layout, struct table ret[TABLES_MAX])
{
	const struct vx_generation *used = &tables->generation;
	const struct direct_tables *direct = &tables->direct;
	size_t n = 0;

#define TABLE(array, count, field) (struct table){ array, (count) * sizeof(*(array)), layout->field }
	ret[n++] = TABLE(tables->classes, used->classes, classes);
	ret[n++] = TABLE(tables->port_dirs, used->port_dirs, port_dirs);
	ret[n++] = TABLE(tables->port_pages, used->port_pages, port_pages);
	ret[n++] = TABLE(tables->cells, used->cells, cells);
	ret[n++] = TABLE(tables->answer_rows, used->answer_rows, answer_rows);
	if (!direct->root4)
		return n; /* engine lpm serves these profiles alone */
	ret[n++] = TABLE(direct->root4, VX_ROOTS, root4);
	ret[n++] = TABLE(direct->root6, VX_ROOTS, root6);
	ret[n++] = TABLE(direct->ranges4, direct->range_count4, ranges4);
	ret[n++] = TABLE(direct->ranges6, direct->range_count6, ranges6);
#undef TABLE
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

/* Where a half begins in the mapped array. */
static size_t half_offset(const struct maps *maps, uint32_t half)
{
	return half * (maps_bytes(maps, MAP_TABLES) / VX_HALVES);
}

static int failure_differs(enum shared_map map, struct failure *failure)
{
	return failure_set(failure, VX_EXIT_FAILED, EIO, "map %s reads back differently", maps_name(map));
}

/* The head of a half, through its pages: a look-up would copy all of the half's tables. */
int generation_read(const struct maps *maps, uint32_t half, struct vx_generation *ret, struct failure *failure)
{
	CLEANUP(map_view_close) struct map_view view = {};
	int error = map_view_open(maps, MAP_TABLES, &view, failure);

	if (!error)
		memcpy(ret, view.bytes + half_offset(maps, half), sizeof(*ret));
	return error;
}

int generation_live(const struct maps *maps, uint32_t *ret_half, struct vx_generation *ret, struct failure *failure)
{
	const uint32_t zero = 0;
	struct vx_control control;
	int error;

	if (bpf_map_lookup_elem(maps->fd[MAP_CONTROL], &zero, &control))
		return kernel_failure(failure, errno, "cannot read map %s", maps_name(MAP_CONTROL));
	error = generation_read(maps, control.active_half, ret, failure);
	if (!error)
		*ret_half = control.active_half;
	return error;
}

/* Compares the half with what the kernel hands out by system call, not by the pages that we wrote. */
static int half_verify(const struct maps *maps, const struct table *list, size_t count, uint32_t half,
		       struct failure *failure)
{
	CLEANUP_FREE uint8_t *back = malloc(maps_bytes(maps, MAP_TABLES) / VX_HALVES);

	if (!back)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	if (bpf_map_lookup_elem(maps->fd[MAP_TABLES], &half, back))
		return kernel_failure(failure, errno, "cannot read map %s", maps_name(MAP_TABLES));
	for (size_t i = 0; i < count; i++)
		if (list[i].size && memcmp(back + list[i].offset, list[i].bytes, list[i].size) != 0)
			return failure_differs(MAP_TABLES, failure);
	return 0;
}

static int half_write(const struct maps *maps, const struct table *list, size_t count, uint32_t half,
		      struct failure *failure)
{
	CLEANUP(map_view_close) struct map_view view = {};
	int error = map_view_open(maps, MAP_TABLES, &view, failure);

	if (error)
		return error;
	for (size_t i = 0; i < count; i++)
		if (list[i].size)
			memcpy(view.bytes + half_offset(maps, half) + list[i].offset, list[i].bytes, list[i].size);
	return half_verify(maps, list, count, half, failure);
}

/* Until its number is there, a half is not whole. */
static int generation_write(const struct maps *maps, uint32_t half, const struct vx_generation *generation,
			    struct failure *failure)
{
	const struct table head = { generation, sizeof(*generation), 0 };

	return half_write(maps, &head, 1, half, failure);
}

static int stage_tries(struct maps *maps, const struct tables *tables, uint32_t half, struct failure *failure)
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
		error = trie_stage(maps, f, half, parts[f].prefixes, parts[f].count, failure);
	return error;
}

static int stage_tables(const struct maps *maps, const struct tables *tables, const struct slots *slots, uint32_t half,
			struct failure *failure)
{
	const struct vx_layout layout = vx_layout_of(&maps->capacity);
	CLEANUP_FREE uint8_t *named = slots_named(maps, slots);
	struct table list[TABLES_MAX];
	size_t count = tables_list(tables, &layout, list);

	if (!named)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	list[count++] = (struct table){ named, maps->capacity.slots, layout.slots_named };
	return half_write(maps, list, count, half, failure);
}

/* Numbers go up even if the live generation is not the newest one. */
static int next_number(const struct maps *maps, uint64_t *ret, struct failure *failure)
{
	struct vx_generation generation;
	uint64_t newest = 0;

	for (uint32_t half = 0; half < VX_HALVES; half++) {
		int error = generation_read(maps, half, &generation, failure);

		if (error)
			return error;
		newest = generation.number > newest ? generation.number : newest;
	}
	*ret = newest + 1;
	return 0;
}

static int half_clear(const struct maps *maps, uint32_t half, struct failure *failure)
{
	CLEANUP(map_view_close) struct map_view view = {};
	int error = map_view_open(maps, MAP_TABLES, &view, failure);

	if (!error)
		memset(view.bytes + half_offset(maps, half), 0, sizeof(struct vx_generation));
	return error;
}

int generation_dismiss(const struct maps *maps, uint32_t half, struct failure *failure)
{
	int error = wait_for_programs(failure);

	return error ? error : half_clear(maps, half, failure);
}

int generation_stage(struct maps *maps, const struct tables *tables, const struct slots *slots, uint32_t *ret_half,
		     struct failure *failure)
{
	struct vx_generation generation, live;
	struct failure ignored;
	uint64_t number = 0;
	uint32_t half;
	int error = tables_fit(tables, &maps->capacity, failure);

	if (!error)
		error = generation_live(maps, &half, &live, failure);
	if (!error)
		error = next_number(maps, &number, failure);
	if (error)
		return error;
	half = !half;
	generation = tables->generation;
	generation.number = number;
	generation.built_at_ns = kernel_now_ns();
	generation.engines = 1U << VX_ENGINE_LPM | (tables->direct.root4 ? 1U << VX_ENGINE_DIRECT : 0);

	error = generation_dismiss(maps, half, failure);
	if (!error)
		error = stage_tries(maps, tables, half, failure);
	if (!error)
		error = stage_tables(maps, tables, slots, half, failure);
	if (!error)
		error = slots_write(maps, slots, failure);
	if (error)
		return error;
	error = generation_write(maps, half, &generation, failure);
	if (error)
		(void)half_clear(maps, half, &ignored); /* what is not as it should be is not whole */
	else
		*ret_half = half;
	return error;
}

int generation_switch(const struct maps *maps, uint32_t half, struct failure *failure)
{
	return generation_try(maps, half, 0, failure);
}

int generation_try(const struct maps *maps, uint32_t half, uint64_t ends_at_ns, struct failure *failure)
{
	CLEANUP(map_view_close) struct map_view view = {};
	struct vx_generation generation;
	struct vx_control *control;
	int error = generation_read(maps, half, &generation, failure);

	if (!error)
		error = map_view_open(maps, MAP_CONTROL, &view, failure);
	if (error)
		return error;
	control = (struct vx_control *)view.bytes;
	/* Before the switch: it means nothing as long as another generation is live. */
	control->trial_ends_at_ns = ends_at_ns;
	control->trial_number = ends_at_ns ? generation.number : 0;
	/* Release: whoever sees the new half sees what was written to it. */
	__atomic_store_n(&control->active_half, half, __ATOMIC_RELEASE);
	return 0;
}

int generation_confirm(const struct maps *maps, struct failure *failure)
{
	CLEANUP(map_view_close) struct map_view view = {};
	int error = map_view_open(maps, MAP_CONTROL, &view, failure);

	if (!error)
		__atomic_store_n(&((struct vx_control *)view.bytes)->trial_number, 0, __ATOMIC_RELEASE);
	return error;
}

int generation_trial(const struct maps *maps, struct trial *ret, struct failure *failure)
{
	const uint32_t zero = 0;
	struct vx_generation live;
	struct vx_control control;
	uint64_t now = kernel_boottime_ns();
	int error;

	if (bpf_map_lookup_elem(maps->fd[MAP_CONTROL], &zero, &control))
		return kernel_failure(failure, errno, "cannot read map %s", maps_name(MAP_CONTROL));
	error = generation_read(maps, control.active_half, &live, failure);
	if (error)
		return error;
	*ret = (struct trial){};
	if (!control.trial_number || control.trial_number != live.number)
		return 0;
	ret->number = live.number;
	ret->left_ns = control.trial_ends_at_ns > now ? control.trial_ends_at_ns - now : 0;
	return 0;
}
