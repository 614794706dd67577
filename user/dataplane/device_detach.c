/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking a device off, and mending what a writer that was killed left. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "dataplane/attach.h"
#include "dataplane/device.h"
#include "dataplane/device_dir.h"
#include "dataplane/kernel.h"
#include "dataplane/maps.h"
#include "lib/cleanup.h"

static const char *const device_pins[] = { PIN_LINK, PIN_PROG, PIN_COUNTERS, PIN_SIP, PIN_DEVICE };

static int link_remove(const char *path, struct failure *failure)
{
	CLEANUP_CLOSE int link = -1;
	int error = pin_open(path, KERNEL_LINK, &link, failure);

	if (error)
		return error;
	/* Others may hold the link open, so letting go of ours is not enough. ENOLINK: the interface is gone already. */
	if (bpf_link_detach(link) && errno != ENOLINK)
		return kernel_failure(failure, errno, "cannot detach link %s", path);
	return 0;
}

/* A program that was killed between attaching to the dispatcher and pinning itself is known by the map it uses. */
static int dispatched_program(const struct state *state, uint32_t ifindex)
{
	CLEANUP_CLOSE int tables = -1;
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	struct failure ignored;
	char path[STATE_PATH_MAX];

	state_path(state, NULL, maps_name(MAP_TABLES), path);
	if (pin_open(path, KERNEL_MAP, &tables, &ignored) || bpf_obj_get_info_by_fd(tables, &info, &size))
		return -ENOENT;
	return dispatcher_find(ifindex, info.id);
}

static int dispatched_remove(const struct state *state, const char *dir, struct failure *failure)
{
	uint32_t ifindex = (uint32_t)strtoul(dir, NULL, 10);
	CLEANUP_CLOSE int prog = -1;
	char path[STATE_PATH_MAX];
	int error;

	device_path(state, dir, PIN_PROG, path);
	error = pin_open(path, KERNEL_PROG, &prog, failure);
	if (error == -ENOENT)
		prog = dispatched_program(state, ifindex);
	else if (error)
		return error;
	return prog < 0 ? 0 : detach_dispatcher(ifindex, prog, failure);
}

int device_partial_remove(const struct state *state, const char *dir, struct failure *failure)
{
	char path[STATE_PATH_MAX];
	int error;

	device_path(state, dir, PIN_LINK, path);
	error = link_remove(path, failure);
	if (error == -ENOENT)
		error = dispatched_remove(state, dir, failure);
	for (size_t i = 0; i < ARRAY_SIZE(device_pins) && !error; i++) {
		device_path(state, dir, device_pins[i], path);
		error = pin_remove(path, failure);
	}
	device_path(state, dir, NULL, path);
	return error ? error : pin_remove(path, failure);
}

/* The directory's name is taken away first: from then on the device is not there, however far the rest comes. */
int device_detach(const struct state *state, const struct device *device, struct failure *failure)
{
	char from[STATE_PATH_MAX], to[STATE_PATH_MAX], partial[sizeof(device->dir) + sizeof(PARTIAL_SUFFIX)];

	(void)snprintf(partial, sizeof(partial), "%s" PARTIAL_SUFFIX, device->dir);
	device_path(state, device->dir, NULL, from);
	device_path(state, partial, NULL, to);
	if (rename(from, to))
		return kernel_failure(failure, errno, "cannot rename %s", from);
	return device_partial_remove(state, partial, failure);
}

int devices_heal(const struct state *state, struct failure *failure)
{
	CLEANUP(device_directory_closep) DIR *dir = NULL;
	const struct dirent *entry;
	int error = device_directory_open(state, &dir, failure);

	while (!error && dir && (entry = readdir(dir)))
		if (device_directory_kind(entry->d_name) == DIRECTORY_PARTIAL)
			error = device_partial_remove(state, entry->d_name, failure);
	return error;
}

int devices_remove_directory(const struct state *state, struct failure *failure)
{
	char path[STATE_PATH_MAX];

	device_path(state, NULL, NULL, path);
	return pin_remove(path, failure);
}
