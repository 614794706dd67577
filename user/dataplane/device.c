/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading devices back from the kernel. */
#include "dataplane/device.h"

#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "dataplane/attach.h"
#include "dataplane/device_dir.h"
#include "dataplane/kernel.h"
#include "lib/cleanup.h"

#define READ_TRIES 3

const char *device_state_word(enum device_state state)
{
	static const char *const words[] = {
		[DEVICE_ATTACHED] = "attached",	    [DEVICE_VANISHED] = "vanished", [DEVICE_DETACHED] = "detached",
		[DEVICE_UNVERIFIED] = "unverified", [DEVICE_BROKEN] = "broken",
	};

	return words[state];
}

static int device_map_open(const struct state *state, const struct device *device, const char *name, int *ret,
			   struct failure *failure)
{
	char path[STATE_PATH_MAX];

	device_path(state, device->dir, name, path);
	return pin_open(path, KERNEL_MAP, ret, failure);
}

int device_counters_open(const struct state *state, const struct device *device, struct counter_maps *ret,
			 struct failure *failure)
{
	struct counter_maps maps = COUNTER_MAPS_CLOSED;
	int error = device_map_open(state, device, PIN_COUNTERS, &maps.counters, failure);

	if (!error)
		error = device_map_open(state, device, PIN_SIP, &maps.sip, failure);
	if (error)
		counter_maps_close(&maps);
	else
		*ret = maps;
	return error;
}

static int device_read_meta(const struct state *state, struct device *device, struct failure *failure)
{
	CLEANUP_CLOSE int map = -1;
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	const uint32_t zero = 0;
	int error = device_map_open(state, device, PIN_DEVICE, &map, failure);

	if (error)
		return error;
	if (bpf_obj_get_info_by_fd(map, &info, &size))
		return kernel_failure(failure, errno, "cannot look at map %s", PIN_DEVICE);
	if (info.type != BPF_MAP_TYPE_ARRAY || info.key_size != sizeof(zero) ||
	    info.value_size != sizeof(device->info) || info.max_entries != 1)
		return failure_set(failure, VX_EXIT_FAILED, EPERM, "pinned map %s of device %s is refused: wrong shape",
				   PIN_DEVICE, device->dir);
	if (bpf_map_lookup_elem(map, &zero, &device->info))
		return kernel_failure(failure, errno, "cannot read map %s", PIN_DEVICE);
	device->info.ifname[VX_IFNAME_MAX - 1] = '\0';
	return 0;
}

static int device_read_program(const struct state *state, struct device *device, struct failure *failure)
{
	CLEANUP_CLOSE int prog = -1;
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);
	char path[STATE_PATH_MAX];
	int error;

	device_path(state, device->dir, PIN_PROG, path);
	error = pin_open(path, KERNEL_PROG, &prog, failure);
	if (error)
		return error;
	if (bpf_obj_get_info_by_fd(prog, &info, &size))
		return kernel_failure(failure, errno, "cannot look at %s", path);
	if (info.id != device->info.prog_id)
		return failure_set(failure, VX_EXIT_FAILED, EPERM,
				   "pin %s is refused: program %u, expected the one that was attached, %u", path,
				   info.id, device->info.prog_id);
	device->prog_id = info.id;
	device->prog_bytes = info.jited_prog_len;
	memcpy(device->prog_tag, info.tag, sizeof(device->prog_tag));
	return 0;
}

static int device_read_link(const struct state *state, struct device *device, struct failure *failure)
{
	CLEANUP_CLOSE int link = -1;
	struct bpf_link_info info = {};
	uint32_t size = sizeof(info);
	char path[STATE_PATH_MAX], ifname[IF_NAMESIZE];
	int error;

	device_path(state, device->dir, PIN_LINK, path);
	error = pin_open(path, KERNEL_LINK, &link, failure);
	if (error)
		return error;
	if (bpf_obj_get_info_by_fd(link, &info, &size))
		return kernel_failure(failure, errno, "cannot look at %s", path);
	if (info.type != BPF_LINK_TYPE_XDP)
		return failure_set(failure, VX_EXIT_FAILED, EPERM, "pin %s is refused: not an XDP link", path);
	if (info.prog_id != device->prog_id)
		return failure_set(failure, VX_EXIT_FAILED, EPERM,
				   "pin %s is refused: it holds program %u, expected %u", path, info.prog_id,
				   device->prog_id);
	/* The link forgets the interface when that goes, or when somebody detaches it by force. */
	if (info.xdp.ifindex)
		device->state = DEVICE_ATTACHED;
	else
		device->state = if_indextoname(device->info.ifindex, ifname) ? DEVICE_DETACHED : DEVICE_VANISHED;
	return 0;
}

static void device_read_dispatcher(struct device *device)
{
	char ifname[IF_NAMESIZE];

	switch (dispatcher_has(device->info.ifindex, device->prog_id)) {
	case 1:
		device->state = DEVICE_ATTACHED;
		return;
	case -EPERM:
		device->state = DEVICE_UNVERIFIED;
		return;
	}
	device->state = if_indextoname(device->info.ifindex, ifname) ? DEVICE_DETACHED : DEVICE_VANISHED;
}

/* An interface may have been renamed since; one of another network namespace keeps the name it had. */
static void device_read_name(struct device *device)
{
	char now[IF_NAMESIZE];

	memcpy(device->ifname, device->info.ifname, sizeof(device->ifname));
	if (device->state == DEVICE_VANISHED || !if_indextoname(device->info.ifindex, now))
		return;
	if (device->info.dispatcher || interface_prog_id(device->info.ifindex) == device->prog_id)
		(void)snprintf(device->ifname, sizeof(device->ifname), "%s", now);
}

/* Only looked for: they are opened by whoever reads counters. */
static int device_find_counters(const struct state *state, const struct device *device, struct failure *failure)
{
	static const char *const pins[] = { PIN_COUNTERS, PIN_SIP };
	char path[STATE_PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(pins); i++) {
		device_path(state, device->dir, pins[i], path);
		if (access(path, F_OK))
			return failure_set(failure, VX_EXIT_FAILED, errno, "pin %s is missing", path);
	}
	return 0;
}

static int device_read(const struct state *state, const char *dir, struct device *ret, struct failure *failure)
{
	struct device device = {};
	int error;

	(void)snprintf(device.dir, sizeof(device.dir), "%.31s", dir);
	error = device_read_meta(state, &device, failure);
	if (!error)
		error = device_read_program(state, &device, failure);
	if (!error)
		error = device_find_counters(state, &device, failure);
	if (!error && !device.info.dispatcher)
		error = device_read_link(state, &device, failure);
	if (error)
		return error;
	if (device.info.dispatcher)
		device_read_dispatcher(&device);
	device_read_name(&device);
	*ret = device;
	return 0;
}

/* What can be told of a device that has lost a pin: enough to name it and to take it off. */
static void device_read_broken(const struct state *state, const char *dir, struct device *ret)
{
	struct device device = { .state = DEVICE_BROKEN };
	struct failure ignored;

	(void)snprintf(device.dir, sizeof(device.dir), "%.31s", dir);
	if (device_read_meta(state, &device, &ignored))
		device.info = (struct vx_device){ .ifindex = (uint32_t)strtoul(dir, NULL, 10) };
	if (device.info.ifname[0])
		memcpy(device.ifname, device.info.ifname, sizeof(device.ifname));
	else if (!if_indextoname(device.info.ifindex, device.ifname))
		(void)snprintf(device.ifname, sizeof(device.ifname), "%u", device.info.ifindex);
	*ret = device;
}

/*
 * A directory loses its final name before it loses a pin. So a pin that is missing under that name was taken by hand,
 * unless a writer has just been there: then the directory is gone, or another one, and reading again tells.
 */
static int device_read_settled(const struct state *state, const char *dir, struct device *ret, struct failure *failure)
{
	char path[STATE_PATH_MAX];
	int error = -ENOENT;

	device_path(state, dir, NULL, path);
	for (int i = 0; i < READ_TRIES && error == -ENOENT && access(path, F_OK) == 0; i++)
		error = device_read(state, dir, ret, failure);
	if (error != -ENOENT || access(path, F_OK))
		return error;
	device_read_broken(state, dir, ret);
	return 0;
}

/* A vanished interface and its successor may have one name; the one that is there comes first. */
static int compare_devices(const void *a, const void *b)
{
	const struct device *x = a, *y = b;
	int by_name = strcmp(x->ifname, y->ifname);

	return by_name ? by_name : (x->state > y->state) - (x->state < y->state);
}

int devices_read(const struct state *state, struct devices *ret, struct failure *failure)
{
	CLEANUP(devices_fini) struct devices devices = {};
	CLEANUP(device_directory_closep) DIR *dir = NULL;
	const struct dirent *entry;
	int error = device_directory_open(state, &dir, failure);

	while (!error && dir && (entry = readdir(dir))) {
		struct device *items;

		if (device_directory_kind(entry->d_name) != DIRECTORY_DEVICE)
			continue;
		items = realloc(devices.items, (devices.count + 1) * sizeof(*items));
		if (!items)
			return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		devices.items = items;
		error = device_read_settled(state, entry->d_name, &items[devices.count], failure);
		if (!error)
			devices.count++;
		else if (error == -ENOENT)
			error = 0; /* a writer is taking it off this moment */
	}
	if (error)
		return error;
	if (devices.count)
		qsort(devices.items, devices.count, sizeof(*devices.items), compare_devices);
	*ret = devices;
	devices = (struct devices){};
	return 0;
}

void devices_fini(struct devices *devices)
{
	free(devices->items);
	*devices = (struct devices){};
}
