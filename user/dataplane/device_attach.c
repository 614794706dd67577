/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaching: a directory is filled under its partial name and becomes a device by getting its final one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <bpf/bpf.h>

#include "dataplane/attach.h"
#include "dataplane/device.h"
#include "dataplane/device_dir.h"
#include "dataplane/kernel.h"
#include "dataplane/program.h"
#include "lib/cleanup.h"

/* What one device needs until its directory is complete. */
struct attaching {
	const struct state *state;
	const struct maps *maps;
	const struct device_spec *spec;
	const struct attach_how *how;
	char partial[32], final[32];
};

static int pin_into(const struct attaching *attaching, int fd, const char *name, struct failure *failure)
{
	char path[STATE_PATH_MAX];

	device_path(attaching->state, attaching->partial, name, path);
	return pin_make(fd, path, failure);
}

static int device_meta_pin(const struct attaching *attaching, const struct program *program, bool dispatcher,
			   struct failure *failure)
{
	struct vx_device device = {
		.ifindex = attaching->spec->ifindex,
		.attached_at_ns = kernel_now_ns(),
		.role = attaching->spec->role,
		.mode = attaching->how->mode,
		.dispatcher = dispatcher,
		.engine = program_engine(attaching->how->engine),
		.reading = program_reading(program),
		.decap = attaching->how->decap,
	};
	CLEANUP_CLOSE int map = -1;
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);
	const uint32_t zero = 0;

	(void)snprintf(device.ifname, sizeof(device.ifname), "%s", attaching->spec->ifname);
	if (bpf_obj_get_info_by_fd(program_fd(program), &info, &size))
		return kernel_failure(failure, errno, "cannot look at the program of %s", device.ifname);
	device.prog_id = info.id;
	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, PIN_DEVICE, sizeof(zero), sizeof(device), 1, NULL);
	if (map < 0 || bpf_map_update_elem(map, &zero, &device, BPF_ANY))
		return kernel_failure(failure, errno, "cannot make map " PIN_DEVICE);
	return pin_into(attaching, map, PIN_DEVICE, failure);
}

static int program_pin(const struct attaching *attaching, const struct program *program, bool dispatcher,
		       struct failure *failure)
{
	int error = pin_into(attaching, program_fd(program), PIN_PROG, failure);

	if (!error)
		error = pin_into(attaching, program_map_fd(program, PIN_COUNTERS), PIN_COUNTERS, failure);
	if (!error)
		error = pin_into(attaching, program_map_fd(program, PIN_SIP), PIN_SIP, failure);
	if (!error)
		error = device_meta_pin(attaching, program, dispatcher, failure);
	return error;
}

static int device_program_open(const struct attaching *attaching, struct program **ret, struct failure *failure)
{
	const struct vx_config config = {
		.role = attaching->spec->role,
		.engine = attaching->how->engine,
		.decap = attaching->how->decap,
	};

	return program_open(attaching->maps, &config, ret, failure);
}

/* Returns 1 where the dispatcher is not to be had after all. */
static int attach_shared(const struct attaching *attaching, struct failure *failure)
{
	CLEANUP(program_freep) struct program *program = NULL;
	int error = device_program_open(attaching, &program, failure);

	if (!error)
		error = attach_dispatcher(program, attaching->spec, attaching->how->mode, failure);
	return error ? error : program_pin(attaching, program, true, failure);
}

static int attach_alone(const struct attaching *attaching, struct failure *failure)
{
	CLEANUP(program_freep) struct program *program = NULL;
	CLEANUP_CLOSE int link = -1;
	int error = device_program_open(attaching, &program, failure);

	if (!error)
		error = program_load(program, failure);
	if (!error)
		error = program_pin(attaching, program, false, failure);
	if (!error)
		error = attach_link(program, attaching->spec, attaching->how->mode, &link, failure);
	if (!error)
		error = pin_into(attaching, link, PIN_LINK, failure);
	return error;
}

static int device_attach(const struct attaching *attaching, struct failure *failure)
{
	char path[STATE_PATH_MAX];
	int error = 1;

	device_path(attaching->state, attaching->partial, NULL, path);
	if (mkdir(path, 0700))
		return kernel_failure(failure, errno, "cannot make %s", path);
	if (kernel_can_dispatch(NULL))
		error = attach_shared(attaching, failure);
	if (error == 1)
		error = attach_alone(attaching, failure);
	return error;
}

static int device_publish(const struct attaching *attaching, struct failure *failure)
{
	char from[STATE_PATH_MAX], to[STATE_PATH_MAX];

	device_path(attaching->state, attaching->partial, NULL, from);
	device_path(attaching->state, attaching->final, NULL, to);
	if (rename(from, to))
		return kernel_failure(failure, errno, "cannot rename %s", from);
	return 0;
}

/* Undoes what devices_attach() did for its first @count devices, published or not; the failure is told already. */
static void devices_undo(const struct attaching *attaching, size_t count)
{
	struct failure ignored;

	for (size_t i = 0; i < count; i++) {
		char from[STATE_PATH_MAX], to[STATE_PATH_MAX];

		device_path(attaching[i].state, attaching[i].final, NULL, from);
		device_path(attaching[i].state, attaching[i].partial, NULL, to);
		(void)rename(from, to); /* it may never have got its final name */
		(void)device_partial_remove(attaching[i].state, attaching[i].partial, &ignored);
	}
}

int devices_attach(const struct state *state, const struct maps *maps, const struct device_request *request,
		   struct devices *ret, struct failure *failure)
{
	CLEANUP_FREE struct attaching *attaching = calloc(request->count, sizeof(*attaching));
	char path[STATE_PATH_MAX];
	size_t begun = 0;
	int error = 0;

	if (!attaching)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	device_path(state, NULL, NULL, path);
	if (mkdir(path, 0700) && errno != EEXIST)
		return kernel_failure(failure, errno, "cannot make %s", path);
	for (; begun < request->count && !error; begun++) {
		struct attaching *one = &attaching[begun];

		*one = (struct attaching){ state, maps, &request->specs[begun], &request->how, "", "" };
		(void)snprintf(one->final, sizeof(one->final), "%u", one->spec->ifindex);
		(void)snprintf(one->partial, sizeof(one->partial), "%u" PARTIAL_SUFFIX, one->spec->ifindex);
		error = device_attach(one, failure);
	}
	for (size_t i = 0; i < request->count && !error; i++)
		error = device_publish(&attaching[i], failure);
	if (!error)
		error = devices_read(state, ret, failure);
	if (error)
		devices_undo(attaching, begun);
	return error;
}
