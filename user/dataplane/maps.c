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

static const char *const map_names[] = {
	[MAP_CONTROL] = "vx_control", [MAP_LPM4] = "vx_lpm4",	[MAP_LPM6] = "vx_lpm6",
	[MAP_TABLES] = "vx_tables",   [MAP_SLOTS] = "vx_slots",
};
_Static_assert(ARRAY_SIZE(map_names) == _MAP_SHARED_MAX, "every shared map has its name");

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

static uint32_t trie_capacity(const struct maps *maps, enum trie_family family)
{
	return *(const uint32_t *)((const char *)&maps->capacity + tries[family].capacity);
}

const char *maps_name(enum shared_map map)
{
	return map_names[map];
}

/* What maps of this capacity look like. An outer map holds the ids of its tries. */
static struct shape shape_expected(enum shared_map map, const struct vx_capacity *capacity)
{
	const struct vx_layout layout = vx_layout_of(capacity);
	const uint32_t array = BPF_MAP_TYPE_ARRAY, outer = BPF_MAP_TYPE_ARRAY_OF_MAPS, key = sizeof(uint32_t);
	const struct shape shapes[] = {
		[MAP_CONTROL] = { array, key, sizeof(struct vx_control), 1, BPF_F_MMAPABLE },
		[MAP_LPM4] = { outer, key, sizeof(uint32_t), VX_HALVES, 0 },
		[MAP_LPM6] = { outer, key, sizeof(uint32_t), VX_HALVES, 0 },
		[MAP_TABLES] = { array, key, VX_HALVES * layout.bytes, 1, BPF_F_MMAPABLE },
		[MAP_SLOTS] = { array, key, sizeof(struct vx_slot), capacity->slots, BPF_F_MMAPABLE },
	};

	return shapes[map];
}

size_t maps_bytes(const struct maps *maps, enum shared_map map)
{
	const struct shape shape = shape_expected(map, &maps->capacity);

	return (size_t)shape.max_entries * shape.value_size;
}

static size_t mapped_bytes(const struct maps *maps, enum shared_map map)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (maps_bytes(maps, map) + page - 1) / page * page;
}

/* Once, and for as long as the maps are open: a mapping takes longer than what is done through it. */
static int maps_map(struct maps *maps, struct failure *failure)
{
	static const enum shared_map arrays[] = { MAP_CONTROL, MAP_TABLES, MAP_SLOTS };

	for (size_t i = 0; i < ARRAY_SIZE(arrays); i++) {
		void *bytes = mmap(NULL, mapped_bytes(maps, arrays[i]), PROT_READ | PROT_WRITE, MAP_SHARED,
				   maps->fd[arrays[i]], 0);

		if (bytes == MAP_FAILED)
			return kernel_failure(failure, errno, "cannot map %s", map_names[arrays[i]]);
		maps->bytes[arrays[i]] = bytes;
	}
	return 0;
}

struct vx_control *maps_control(const struct maps *maps)
{
	return (struct vx_control *)maps->bytes[MAP_CONTROL];
}

uint8_t *maps_half(const struct maps *maps, uint32_t half)
{
	return maps->bytes[MAP_TABLES] + half * (maps_bytes(maps, MAP_TABLES) / VX_HALVES);
}

static __u64 *active_half(const struct maps *maps)
{
	return &((struct vx_half_head *)maps_half(maps, 0))->active_half;
}

uint32_t maps_active_half(const struct maps *maps)
{
	return __atomic_load_n(active_half(maps), __ATOMIC_ACQUIRE) & 1;
}

void maps_switch(const struct maps *maps, uint32_t half)
{
	__atomic_store_n(active_half(maps), VX_HALF(half), __ATOMIC_RELEASE);
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
	for (size_t i = 0; i < _MAP_SHARED_MAX; i++) {
		if (maps->bytes[i])
			(void)munmap(maps->bytes[i], mapped_bytes(maps, i));
		cleanup_closep(&maps->fd[i]);
	}
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

/* Of an array that is not in the object, since the program never reads it. */
static int array_create(struct maps *maps, enum shared_map map, struct failure *failure)
{
	const struct shape shape = shape_expected(map, &maps->capacity);
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = shape.flags);

	maps->fd[map] = bpf_map_create(BPF_MAP_TYPE_ARRAY, map_names[map], shape.key_size, shape.value_size,
				       shape.max_entries, &opts);
	if (maps->fd[map] < 0)
		return kernel_failure(failure, errno, "cannot make map %s of %u elements", map_names[map],
				      shape.max_entries);
	return 0;
}

/* Sets the sizes of the shared maps and keeps everything else of the object from being made. */
static int object_shrink_to_shared(struct bpf_object *object, const struct vx_capacity *capacity)
{
	struct bpf_program *program;
	struct bpf_map *map;
	int error = 0;

	bpf_object__for_each_program(program, object) error = error ? error : bpf_program__set_autoload(program, false);
	bpf_object__for_each_map(map, object) error = error ? error : bpf_map__set_autocreate(map, false);
	for (size_t i = 0; i < _MAP_SHARED_MAX && !error; i++) {
		map = bpf_object__find_map_by_name(object, map_names[i]);
		if (!map)
			continue;
		error = bpf_map__set_autocreate(map, true);
		if (!error)
			error = bpf_map__set_max_entries(map, shape_expected(i, capacity).max_entries);
		if (!error && i == MAP_TABLES)
			error = bpf_map__set_value_size(map, shape_expected(i, capacity).value_size);
	}
	return error;
}

static int maps_take(struct maps *maps, struct bpf_object *object, struct failure *failure)
{
	for (size_t i = 0; i < _MAP_SHARED_MAX; i++) {
		const struct bpf_map *map = bpf_object__find_map_by_name(object, map_names[i]);

		if (!map)
			continue;
		maps->fd[i] = dup(bpf_map__fd(map));
		if (maps->fd[i] < 0)
			return kernel_failure(failure, errno, "cannot keep map %s", map_names[i]);
	}
	return 0;
}

static int control_init(const struct maps *maps, struct failure *failure)
{
	const struct vx_control control = { .layout_version = VX_LAYOUT_VERSION, .capacity = maps->capacity };
	const uint32_t zero = 0;

	if (bpf_map_update_elem(maps->fd[MAP_CONTROL], &zero, &control, BPF_ANY))
		return kernel_failure(failure, errno, "cannot write map %s", map_names[MAP_CONTROL]);
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
	if (!vx_layout_of(capacity).bytes)
		return failure_set(failure, VX_EXIT_FAILED, E2BIG,
				   "the tables would need more than the %llu bytes that a map's value may have",
				   VX_HALF_BYTES_MAX);
	maps->capacity = *capacity;
	object = program_object(program);
	error = object_shrink_to_shared(object, capacity);
	if (!error)
		error = bpf_object__load(object);
	if (error)
		return kernel_failure(failure, -error, "cannot make the maps");
	error = maps_take(maps, object, failure);
	for (size_t i = 0; i < _MAP_SHARED_MAX && !error; i++)
		if (maps->fd[i] < 0)
			error = array_create(maps, i, failure);
	if (!error)
		error = control_init(maps, failure);
	if (!error)
		error = maps_map(maps, failure);
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
		state_path(state, NULL, map_names[i], path);
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
		state_path(state, NULL, map_names[i], path);
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

static int map_check(const struct maps *maps, enum shared_map map, struct failure *failure)
{
	const struct shape expected = shape_expected(map, &maps->capacity);
	struct shape got;
	int error = shape_read(maps->fd[map], map_names[map], &got, failure);

	return error ? error : shape_compare(map_names[map], &got, &expected, failure);
}

/* Learns the capacity; then every map must be exactly the one that it makes. */
static int layout_check(struct maps *maps, struct failure *failure)
{
	const uint32_t zero = 0;
	struct vx_control control;

	if (bpf_map_lookup_elem(maps->fd[MAP_CONTROL], &zero, &control))
		return kernel_failure(failure, errno, "cannot read map %s", map_names[MAP_CONTROL]);
	if (control.layout_version != VX_LAYOUT_VERSION)
		return failure_set(failure, VX_EXIT_FAILED, EPERM,
				   "the pinned maps are refused: layout version %u, expected %u "
				   "(detach with the voxdp that made them)",
				   control.layout_version, VX_LAYOUT_VERSION);
	maps->capacity = control.capacity;
	return 0;
}

static int active_check(const struct maps *maps, struct failure *failure)
{
	const __u64 active = *active_half(maps);

	if (active == VX_HALF(0) || active == VX_HALF(1))
		return 0;
	return failure_set(failure, VX_EXIT_FAILED, EPERM, "the pinned maps are refused: half %llx is live", active);
}

/* A half that was never filled has no tries. */
static int tries_open(struct maps *maps, const struct state *state, struct failure *failure)
{
	char path[STATE_PATH_MAX];
	struct shape got, expected;
	int error = 0;

	for (uint32_t f = 0; f < _TRIE_MAX; f++)
		for (uint32_t h = 0; h < VX_HALVES; h++) {
			maps_trie_path(state, f, h, false, path);
			error = pin_open(path, KERNEL_MAP, &maps->trie[f][h], failure);
			if (error == -ENOENT)
				continue;
			if (!error)
				error = shape_read(maps->trie[f][h], path, &got, failure);
			if (error)
				return error;
			expected = (struct shape){ BPF_MAP_TYPE_LPM_TRIE, tries[f].key_size, sizeof(uint32_t),
						   trie_capacity(maps, f), BPF_F_NO_PREALLOC };
			error = shape_compare(path, &got, &expected, failure);
			if (error)
				return error;
		}
	return 0;
}

int maps_open(const struct state *state, struct maps **ret, struct failure *failure)
{
	CLEANUP(maps_freep) struct maps *maps = NULL;
	char path[STATE_PATH_MAX];
	int error = maps_new(&maps, failure);

	for (size_t i = 0; i < _MAP_SHARED_MAX && !error; i++) {
		state_path(state, NULL, map_names[i], path);
		error = pin_open(path, KERNEL_MAP, &maps->fd[i], failure);
		if (!error)
			error = map_check(maps, i, failure);
		/* MAP_CONTROL comes first: it says what the others must look like. */
		if (!error && i == MAP_CONTROL)
			error = layout_check(maps, failure);
	}
	if (!error)
		error = tries_open(maps, state, failure);
	if (!error)
		error = maps_map(maps, failure);
	if (!error)
		error = active_check(maps, failure);
	if (error)
		return error;
	maps->state = state;
	*ret = TAKE_PTR(maps);
	return 0;
}

/* ---- using them ------------------------------------------------------------------------------------------------- */

int maps_lend(const struct maps *maps, struct bpf_object *object, struct failure *failure)
{
	static const char *const counted_into[] = { "vx_counters", "vx_sip" };
	struct bpf_map *map;
	int error = 0;

	for (size_t i = 0; i < _MAP_SHARED_MAX && !error; i++) {
		map = bpf_object__find_map_by_name(object, map_names[i]);
		if (map)
			error = bpf_map__reuse_fd(map, maps->fd[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(counted_into) && !error; i++) {
		map = bpf_object__find_map_by_name(object, counted_into[i]);
		if (map)
			error = bpf_map__set_max_entries(map, maps->capacity.slots * VX_COUNTER_DIRECTIONS);
	}
	return error ? kernel_failure(failure, -error, "cannot give the program its maps") : 0;
}

int maps_compare(const struct maps *maps, size_t offset, const void *bytes, size_t size, struct failure *failure)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), from = offset / page * page;
	size_t length = offset + size - from;
	const uint8_t *back = mmap(NULL, length, PROT_READ, MAP_SHARED, maps->fd[MAP_TABLES], (off_t)from);
	bool is_same;

	if (back == MAP_FAILED)
		return kernel_failure(failure, errno, "cannot map %s", map_names[MAP_TABLES]);
	is_same = memcmp(back + (offset - from), bytes, size) == 0;
	(void)munmap((void *)back, length);
	if (!is_same)
		return failure_set(failure, VX_EXIT_FAILED, EIO, "map %s reads back differently",
				   map_names[MAP_TABLES]);
	return 0;
}
