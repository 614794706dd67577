/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes, pins, finds and checks the shared maps. */
#include "dataplane/maps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "dataplane/program.h"
#include "lib/cleanup.h"

#define NO_CAPACITY SIZE_MAX

/* What a field of the capacity says of a map. */
enum sizing {
	SIZE_ONE,      /* nothing: there is one element */
	SIZE_ELEMENTS, /* how many elements */
	SIZE_VALUE,    /* how many items the one element holds */
};

static const struct map_size {
	const char *name;
	size_t item;	 /* bytes of an element, or of an item in it; 0: an outer map, whose values are tries */
	size_t capacity; /* offset in struct vx_capacity */
	enum sizing sizing;
	bool halved; /* all of it once a half */
} map_sizes[] = {
#define CAPACITY(field) offsetof(struct vx_capacity, field)
	[MAP_CONTROL] = { "vx_control", sizeof(struct vx_control), NO_CAPACITY, SIZE_ONE, false },
	[MAP_LPM4] = { "vx_lpm4", 0, NO_CAPACITY, SIZE_ONE, true },
	[MAP_LPM6] = { "vx_lpm6", 0, NO_CAPACITY, SIZE_ONE, true },
	[MAP_ROOT4] = { "vx_root4", sizeof(struct vx_root) * VX_ROOTS, NO_CAPACITY, SIZE_ONE, true },
	[MAP_ROOT6] = { "vx_root6", sizeof(struct vx_root) * VX_ROOTS, NO_CAPACITY, SIZE_ONE, true },
	[MAP_RANGE4] = { "vx_range4", sizeof(uint32_t), CAPACITY(ranges4), SIZE_VALUE, true },
	[MAP_RANGE6] = { "vx_range6", sizeof(struct vx_range6), CAPACITY(ranges6), SIZE_VALUE, true },
	[MAP_CLASS] = { "vx_class", sizeof(struct vx_addr_class), CAPACITY(classes), SIZE_ELEMENTS, true },
	[MAP_PORT_DIR] = { "vx_port_dir", sizeof(struct vx_port_dir), CAPACITY(port_dirs), SIZE_ELEMENTS, true },
	[MAP_PORT_PAGE] = { "vx_port_page", sizeof(struct vx_port_page), CAPACITY(port_pages), SIZE_ELEMENTS, true },
	[MAP_CELL] = { "vx_cell", sizeof(struct vx_cell_block), CAPACITY(cell_blocks), SIZE_ELEMENTS, true },
	[MAP_ANSWER] = { "vx_answer", sizeof(struct vx_answer_row), CAPACITY(answer_rows), SIZE_ELEMENTS, true },
	[MAP_GENERATION] = { "vx_generation", sizeof(struct vx_generation), NO_CAPACITY, SIZE_ONE, true },
	[MAP_SLOTS] = { "vx_slots", sizeof(struct vx_slot), CAPACITY(slots), SIZE_ELEMENTS, false },
};
_Static_assert(ARRAY_SIZE(map_sizes) == _MAP_SHARED_MAX, "every shared map has its size");

static const struct {
	enum shared_map outer;
	const char *name;
	uint32_t key_size;
	size_t capacity;
} tries[] = {
	[TRIE_4] = { MAP_LPM4, "vx_lpm4", sizeof(struct vx_lpm4_key), offsetof(struct vx_capacity, prefixes4) },
	[TRIE_6] = { MAP_LPM6, "vx_lpm6", sizeof(struct vx_lpm6_key), offsetof(struct vx_capacity, prefixes6) },
};
_Static_assert(ARRAY_SIZE(tries) == _TRIE_MAX, "every family has its trie");

/* What a map looks like to the kernel. */
struct shape {
	uint32_t type, key_size, value_size, max_entries, flags;
};

static uint32_t *capacity_field(struct vx_capacity *capacity, size_t offset)
{
	return (uint32_t *)((char *)capacity + offset);
}

static uint32_t size_capacity(const struct map_size *size, const struct vx_capacity *capacity)
{
	return size->sizing == SIZE_ONE ? 1 : *(const uint32_t *)((const char *)capacity + size->capacity);
}

static uint32_t size_elements(const struct map_size *size, const struct vx_capacity *capacity)
{
	return size->sizing == SIZE_ELEMENTS ? size_capacity(size, capacity) : 1;
}

static size_t size_value(const struct map_size *size, const struct vx_capacity *capacity)
{
	return size->sizing == SIZE_VALUE ? size->item * size_capacity(size, capacity) : size->item;
}

static uint32_t size_max_entries(const struct map_size *size, const struct vx_capacity *capacity)
{
	return size_elements(size, capacity) * (size->halved ? VX_HALVES : 1);
}

const char *maps_name(enum shared_map map)
{
	return map_sizes[map].name;
}

size_t maps_stride(const struct maps *maps, enum shared_map map)
{
	return (size_value(&map_sizes[map], &maps->capacity) + 7) / 8 * 8;
}

uint32_t maps_elements(const struct maps *maps, enum shared_map map)
{
	return size_elements(&map_sizes[map], &maps->capacity);
}

static void maps_init(struct maps *maps)
{
	for (size_t i = 0; i < _MAP_SHARED_MAX; i++)
		maps->fd[i] = -1;
	for (size_t f = 0; f < _TRIE_MAX; f++)
		for (size_t h = 0; h < VX_HALVES; h++)
			maps->trie[f][h] = -1;
}

void maps_free(struct maps *maps)
{
	if (!maps)
		return;
	for (size_t i = 0; i < _MAP_SHARED_MAX; i++)
		cleanup_closep(&maps->fd[i]);
	for (size_t f = 0; f < _TRIE_MAX; f++)
		for (size_t h = 0; h < VX_HALVES; h++)
			cleanup_closep(&maps->trie[f][h]);
	free(maps);
}

void maps_freep(struct maps **maps)
{
	maps_free(*maps);
}

static int maps_new(struct maps **ret, struct failure *failure)
{
	struct maps *maps = calloc(1, sizeof(*maps));

	if (!maps)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	maps_init(maps);
	*ret = maps;
	return 0;
}

/* ---- making them ------------------------------------------------------------------------------------------------ */

/* The name is not in the object: the program never reads slot names. */
static int slots_create(struct maps *maps, struct failure *failure)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);

	maps->fd[MAP_SLOTS] = bpf_map_create(BPF_MAP_TYPE_ARRAY, map_sizes[MAP_SLOTS].name, sizeof(uint32_t),
					     sizeof(struct vx_slot), maps->capacity.slots, &opts);
	if (maps->fd[MAP_SLOTS] < 0)
		return kernel_failure(failure, errno, "cannot make map %s of %u elements",
				      map_sizes[MAP_SLOTS].name, maps->capacity.slots);
	return 0;
}

/* Sets the sizes of the shared maps and keeps everything else of the object from being made. */
static int object_shrink_to_shared(struct bpf_object *object, const struct vx_capacity *capacity)
{
	struct bpf_program *program;
	struct bpf_map *map;
	int error = 0;

	bpf_object__for_each_program(program, object)
		error = error ? error : bpf_program__set_autoload(program, false);
	bpf_object__for_each_map(map, object)
		error = error ? error : bpf_map__set_autocreate(map, false);
	for (size_t i = 0; i < _MAP_SHARED_MAX && !error; i++) {
		map = bpf_object__find_map_by_name(object, map_sizes[i].name);
		if (!map)
			continue;
		error = bpf_map__set_autocreate(map, true);
		if (!error)
			error = bpf_map__set_max_entries(map, size_max_entries(&map_sizes[i], capacity));
		if (!error && map_sizes[i].sizing == SIZE_VALUE)
			error = bpf_map__set_value_size(map, (uint32_t)size_value(&map_sizes[i], capacity));
	}
	return error;
}

static int maps_take(struct maps *maps, struct bpf_object *object, struct failure *failure)
{
	for (size_t i = 0; i < _MAP_SHARED_MAX; i++) {
		const struct bpf_map *map = bpf_object__find_map_by_name(object, map_sizes[i].name);

		if (!map)
			continue;
		maps->fd[i] = dup(bpf_map__fd(map));
		if (maps->fd[i] < 0)
			return kernel_failure(failure, errno, "cannot keep map %s", map_sizes[i].name);
	}
	return 0;
}

static int control_init(const struct maps *maps, struct failure *failure)
{
	const struct vx_control control = { .layout_version = VX_LAYOUT_VERSION };
	const uint32_t zero = 0;

	if (bpf_map_update_elem(maps->fd[MAP_CONTROL], &zero, &control, BPF_ANY))
		return kernel_failure(failure, errno, "cannot write map %s", map_sizes[MAP_CONTROL].name);
	return 0;
}

int maps_create(const struct vx_capacity *capacity, struct maps **ret, struct failure *failure)
{
	CLEANUP(program_freep) struct program *program = NULL;
	CLEANUP(maps_freep) struct maps *maps = NULL;
	struct bpf_object *object;
	int error = maps_new(&maps, failure);

	if (!error)
		error = program_new(&program, failure);
	if (error)
		return error;
	maps->capacity = *capacity;
	object = program_object(program);
	error = object_shrink_to_shared(object, capacity);
	if (!error)
		error = bpf_object__load(object);
	if (error)
		return kernel_failure(failure, -error, "cannot make the maps");
	error = maps_take(maps, object, failure);
	if (!error && maps->fd[MAP_SLOTS] < 0)
		error = slots_create(maps, failure);
	if (!error)
		error = control_init(maps, failure);
	if (error)
		return error;
	*ret = TAKE_PTR(maps);
	return 0;
}

/* ---- pins ------------------------------------------------------------------------------------------------------- */

void maps_trie_path(const struct state *state, enum trie_family family, uint32_t half, bool staged,
		    char path[STATE_PATH_MAX])
{
	char name[32];

	if (staged)
		(void)snprintf(name, sizeof(name), "%s_staged", tries[family].name);
	else
		(void)snprintf(name, sizeof(name), "%s_half%u", tries[family].name, half);
	state_path(state, NULL, name, path);
}

int maps_pin(struct maps *maps, const struct state *state, struct failure *failure)
{
	char path[STATE_PATH_MAX];
	int error = 0;

	for (uint32_t f = 0; f < _TRIE_MAX; f++)
		for (uint32_t h = 0; h < VX_HALVES && !error; h++) {
			maps_trie_path(state, f, h, false, path);
			if (maps->trie[f][h] >= 0)
				error = pin_make(maps->trie[f][h], path, failure);
		}
	for (size_t i = 0; i < _MAP_SHARED_MAX && !error; i++) {
		state_path(state, NULL, map_sizes[i].name, path);
		error = pin_make(maps->fd[i], path, failure);
	}
	if (!error)
		maps->state = state;
	return error;
}

int maps_unpin(const struct state *state, struct failure *failure)
{
	char path[STATE_PATH_MAX];
	int error = 0;

	for (size_t i = 0; i < _MAP_SHARED_MAX && !error; i++) {
		state_path(state, NULL, map_sizes[i].name, path);
		error = pin_remove(path, failure);
	}
	for (uint32_t f = 0; f < _TRIE_MAX && !error; f++) {
		maps_trie_path(state, f, 0, true, path);
		error = pin_remove(path, failure);
		for (uint32_t h = 0; h < VX_HALVES && !error; h++) {
			maps_trie_path(state, f, h, false, path);
			error = pin_remove(path, failure);
		}
	}
	return error;
}

/* ---- finding and checking them ---------------------------------------------------------------------------------- */

static int shape_read(int fd, const char *name, struct shape *ret, struct failure *failure)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return kernel_failure(failure, errno, "cannot look at map %s", name);
	*ret = (struct shape){ info.type, info.key_size, info.value_size, info.max_entries, info.map_flags };
	return 0;
}

static int shape_compare(const char *name, const struct shape *got, const struct shape *expected,
			 struct failure *failure)
{
	const struct {
		const char *what;
		uint32_t got, expected;
	} fields[] = {
		{ "type", got->type, expected->type },
		{ "key size", got->key_size, expected->key_size },
		{ "value size", got->value_size, expected->value_size },
		{ "max_entries", got->max_entries, expected->max_entries },
		{ "flags", got->flags, expected->flags },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].got != fields[i].expected)
			return failure_set(failure, VX_EXIT_FAILED, EPERM,
					   "pinned map %s is refused: %s %u, expected %u; it is not of this voxdp "
					   "(detach with the one that made it)",
					   name, fields[i].what, fields[i].got, fields[i].expected);
	return 0;
}

/* The shape that the object declares; sizes come from the capacity. */
static struct shape shape_declared(const struct maps *maps, struct bpf_object *object, enum shared_map map)
{
	const struct bpf_map *declared = bpf_object__find_map_by_name(object, map_sizes[map].name);
	struct shape shape = { BPF_MAP_TYPE_ARRAY, sizeof(uint32_t),
			       (uint32_t)size_value(&map_sizes[map], &maps->capacity),
			       size_max_entries(&map_sizes[map], &maps->capacity), BPF_F_MMAPABLE };

	if (!declared) /* slots: the program never reads their names */
		return shape;
	shape.type = bpf_map__type(declared);
	shape.key_size = bpf_map__key_size(declared);
	shape.flags = bpf_map__map_flags(declared);
	if (map_sizes[map].sizing != SIZE_VALUE)
		shape.value_size = bpf_map__value_size(declared);
	return shape;
}

/* Learns the capacity from what the map holds, then expects exactly the map that this capacity makes. */
static int map_check(struct maps *maps, struct bpf_object *object, enum shared_map map, struct failure *failure)
{
	const struct map_size *size = &map_sizes[map];
	struct shape got, expected;
	int error = shape_read(maps->fd[map], size->name, &got, failure);

	if (error)
		return error;
	if (size->sizing == SIZE_ELEMENTS)
		*capacity_field(&maps->capacity, size->capacity) = got.max_entries / (size->halved ? VX_HALVES : 1);
	if (size->sizing == SIZE_VALUE)
		*capacity_field(&maps->capacity, size->capacity) = got.value_size / (uint32_t)size->item;
	expected = shape_declared(maps, object, map);
	return shape_compare(size->name, &got, &expected, failure);
}

static int layout_check(const struct maps *maps, struct failure *failure)
{
	const uint32_t zero = 0;
	struct vx_control control;

	if (bpf_map_lookup_elem(maps->fd[MAP_CONTROL], &zero, &control))
		return kernel_failure(failure, errno, "cannot read map %s", map_sizes[MAP_CONTROL].name);
	if (control.layout_version != VX_LAYOUT_VERSION)
		return failure_set(failure, VX_EXIT_FAILED, EPERM,
				   "the pinned maps are refused: layout version %u, expected %u "
				   "(detach with the voxdp that made them)",
				   control.layout_version, VX_LAYOUT_VERSION);
	if (control.active_half >= VX_HALVES)
		return failure_set(failure, VX_EXIT_FAILED, EPERM, "the pinned maps are refused: half %u is live",
				   control.active_half);
	return 0;
}

/* A half that was never filled has no tries. */
static int tries_open(struct maps *maps, const struct state *state, struct failure *failure)
{
	char path[STATE_PATH_MAX];
	struct shape got, expected;
	int error = 0;

	for (uint32_t f = 0; f < _TRIE_MAX; f++)
		for (uint32_t h = 0; h < VX_HALVES; h++) {
			uint32_t *prefixes = capacity_field(&maps->capacity, tries[f].capacity);

			maps_trie_path(state, f, h, false, path);
			error = pin_open(path, KERNEL_MAP, &maps->trie[f][h], failure);
			if (error == -ENOENT)
				continue;
			if (!error)
				error = shape_read(maps->trie[f][h], path, &got, failure);
			if (error)
				return error;
			*prefixes = *prefixes ? *prefixes : got.max_entries;
			expected = (struct shape){ BPF_MAP_TYPE_LPM_TRIE, tries[f].key_size, sizeof(uint32_t),
						   *prefixes, BPF_F_NO_PREALLOC };
			error = shape_compare(path, &got, &expected, failure);
			if (error)
				return error;
		}
	return 0;
}

int maps_open(const struct state *state, struct maps **ret, struct failure *failure)
{
	CLEANUP(program_freep) struct program *program = NULL;
	CLEANUP(maps_freep) struct maps *maps = NULL;
	char path[STATE_PATH_MAX];
	int error = maps_new(&maps, failure);

	if (!error)
		error = program_new(&program, failure);
	for (size_t i = 0; i < _MAP_SHARED_MAX && !error; i++) {
		state_path(state, NULL, map_sizes[i].name, path);
		error = pin_open(path, KERNEL_MAP, &maps->fd[i], failure);
		if (!error)
			error = map_check(maps, program_object(program), i, failure);
		/* The version tells more than the first map that differs. */
		if (!error && i == MAP_CONTROL)
			error = layout_check(maps, failure);
	}
	if (!error)
		error = tries_open(maps, state, failure);
	if (error)
		return error;
	maps->state = state;
	*ret = TAKE_PTR(maps);
	return 0;
}

/* ---- using them ------------------------------------------------------------------------------------------------- */

int maps_lend(const struct maps *maps, struct bpf_object *object, struct failure *failure)
{
	struct bpf_map *map;
	int error = 0;

	for (size_t i = 0; i < _MAP_SHARED_MAX && !error; i++) {
		map = bpf_object__find_map_by_name(object, map_sizes[i].name);
		if (map)
			error = bpf_map__reuse_fd(map, maps->fd[i]);
	}
	map = bpf_object__find_map_by_name(object, "vx_counters");
	if (!error && map)
		error = bpf_map__set_max_entries(map, maps->capacity.slots * VX_COUNTER_DIRECTIONS);
	return error ? kernel_failure(failure, -error, "cannot give the program its maps") : 0;
}

int map_view_open(const struct maps *maps, enum shared_map map, struct map_view *ret, struct failure *failure)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = maps_stride(maps, map) * size_max_entries(&map_sizes[map], &maps->capacity);
	void *bytes;

	size = (size + page - 1) / page * page;
	bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, maps->fd[map], 0);
	if (bytes == MAP_FAILED)
		return kernel_failure(failure, errno, "cannot map %s", map_sizes[map].name);
	*ret = (struct map_view){ bytes, size };
	return 0;
}

void map_view_close(struct map_view *view)
{
	if (view->bytes)
		(void)munmap(view->bytes, view->size);
	*view = (struct map_view){};
}
