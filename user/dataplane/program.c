/* SPDX-License-Identifier: BSD-2-Clause */
/* Wraps the skeletons, so that their many bytes are in one object file. */
#include "dataplane/program.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <voxdp/abi.h>

#include "copied.skel.h"
#include "voxdp.skel.h"

#include "dataplane/kernel.h"
#include "dataplane/patch.h"
#include "lib/cleanup.h"

/* What the kernel sees of the object: the beginning of the name of its map of constants. */
#define OBJECT_NAME "voxdp_bpf"

struct program {
	struct bpf_object *object;
	struct bpf_program *entry; /* of the object */
	enum vx_reading reading;
};

static struct bpf_object *object_open(enum vx_reading reading)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = OBJECT_NAME);
	size_t size = 0;
	const void *bytes = reading == VX_READING_COPIED ? copied_bpf__elf_bytes(&size) : voxdp_bpf__elf_bytes(&size);

	return bpf_object__open_mem(bytes, size, &opts);
}

int program_new(struct program **ret, struct failure *failure)
{
	CLEANUP(program_freep) struct program *program = calloc(1, sizeof(*program));

	if (!program)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	kernel_words_clear();
	program->reading = kernel_reading();
	program->object = object_open(program->reading);
	if (program->object)
		program->entry = bpf_object__find_program_by_name(program->object, PROGRAM_NAME);
	if (!program->entry)
		return kernel_failure(failure, errno, "cannot open the built-in BPF object");
	*ret = TAKE_PTR(program);
	return 0;
}

void program_free(struct program *program)
{
	if (!program)
		return;
	bpf_object__close(program->object);
	free(program);
}

void program_freep(struct program **program)
{
	program_free(*program);
}

struct bpf_object *program_object(struct program *program)
{
	return program->object;
}

enum vx_reading program_reading(const struct program *program)
{
	return program->reading;
}

enum vx_engine program_engine(enum vx_engine asked)
{
	return kernel_reading() == VX_READING_COPIED ? VX_ENGINE_LPM : asked;
}

/* The configuration lies among the constants, to which a compiler may add its own. */
static int config_set(const struct program *program, const struct vx_config *config, struct failure *failure)
{
	struct bpf_map *map = bpf_object__find_map_by_name(program->object, ".rodata");
	size_t size = 0, offset = program->reading == VX_READING_COPIED ? offsetof(struct copied_bpf__rodata, config) :
									  offsetof(struct voxdp_bpf__rodata, config);
	const void *initial = map ? bpf_map__initial_value(map, &size) : NULL;
	CLEANUP_FREE uint8_t *constants = malloc(size + 1);

	if (!constants)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	if (!initial || size < offset + sizeof(*config))
		return failure_set(failure, VX_EXIT_FAILED, EINVAL, "the built-in BPF object has no constants");
	memcpy(constants, initial, size);
	memcpy(constants + offset, config, sizeof(*config));
	if (bpf_map__set_initial_value(map, constants, size))
		return failure_set(failure, VX_EXIT_FAILED, EINVAL, "the built-in BPF object takes no constants");
	return 0;
}

int program_open(const struct maps *maps, const struct vx_config *config, struct program **ret, struct failure *failure)
{
	CLEANUP(program_freep) struct program *program = NULL;
	const int patched[_VX_PATCH_MAP_MAX] = { [VX_PATCH_TABLES] = maps->fd[MAP_TABLES] };
	struct vx_config constants = *config;
	int error = program_new(&program, failure);

	constants.capacity = maps->capacity;
	constants.layout = vx_layout_of(&maps->capacity);
	constants.usual = (uint8_t)vx_config_is_usual(config);
	if (!error)
		error = config_set(program, &constants, failure);
	if (!error)
		error = maps_lend(maps, program->object, failure);
	if (!error)
		error = program_patch(program->entry, &constants, patched, failure);
	if (error)
		return error;
	*ret = TAKE_PTR(program);
	return 0;
}

int program_load(struct program *program, struct failure *failure)
{
	int error;

	kernel_words_clear();
	error = bpf_object__load(program->object);
	return error ? kernel_load_failure(failure, -error) : 0;
}

int program_fd(const struct program *program)
{
	return bpf_program__fd(program->entry);
}

int program_map_fd(const struct program *program, const char *name)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(program->object, name);

	return map ? bpf_map__fd(map) : -1;
}

struct counter_maps program_counter_maps(const struct program *program)
{
	return (struct counter_maps){ program_map_fd(program, "vx_counters"), program_map_fd(program, "vx_sip") };
}
