/* SPDX-License-Identifier: BSD-2-Clause */
/* Wraps the skeleton, so that its many bytes are in one object file. */
#include "dataplane/program.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/libbpf.h>
#include <voxdp/abi.h>

#include "voxdp.skel.h"

#include "lib/cleanup.h"

struct program {
	struct voxdp_bpf *skel;
};

int program_new(struct program **ret, struct failure *failure)
{
	CLEANUP(program_freep) struct program *program = calloc(1, sizeof(*program));

	if (!program)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	kernel_words_clear();
	program->skel = voxdp_bpf__open();
	if (!program->skel)
		return kernel_failure(failure, errno, "cannot open the built-in BPF object");
	*ret = TAKE_PTR(program);
	return 0;
}

void program_free(struct program *program)
{
	if (!program)
		return;
	voxdp_bpf__destroy(program->skel);
	free(program);
}

void program_freep(struct program **program)
{
	program_free(*program);
}

struct bpf_object *program_object(struct program *program)
{
	return program->skel->obj;
}

int program_open(const struct maps *maps, const struct vx_config *config, struct program **ret, struct failure *failure)
{
	CLEANUP(program_freep) struct program *program = NULL;
	int error = program_new(&program, failure);

	if (error)
		return error;
	program->skel->rodata->config = *config;
	program->skel->rodata->config.capacity = maps->capacity;
	program->skel->rodata->config.layout = vx_layout_of(&maps->capacity);
	error = maps_lend(maps, program->skel->obj, failure);
	if (error)
		return error;
	*ret = TAKE_PTR(program);
	return 0;
}

int program_load(struct program *program, struct failure *failure)
{
	int error;

	kernel_words_clear();
	error = bpf_object__load(program->skel->obj);
	return error ? kernel_load_failure(failure, -error) : 0;
}

int program_fd(const struct program *program)
{
	return bpf_program__fd(program->skel->progs.voxdp);
}

int program_map_fd(const struct program *program, const char *name)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(program->skel->obj, name);

	return map ? bpf_map__fd(map) : -1;
}

struct counter_maps program_counter_maps(const struct program *program)
{
	return (struct counter_maps){ program_map_fd(program, "vx_counters"), program_map_fd(program, "vx_sip") };
}
