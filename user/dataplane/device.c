/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading devices back from the kernel. */
#include "dataplane/device.h"

#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "dataplane/attach.h"
#include "dataplane/device_dir.h"
#include "dataplane/kernel.h"
#include "lib/cleanup.h"

const char *device_state_word(enum device_state state)
{
	static const char *const words[] = {
		[DEVICE_ATTACHED] = "attached",
		[DEVICE_VANISHED] = "vanished",
		[DEVICE_DETACHED] = "detached",
		[DEVICE_UNVERIFIED] = "unverified",
	};

	return words[state];
}

int device_map_open(const struct state *state, const struct device *device, const char *name, int *ret,
		    struct failure *failure)
{
	char path[STATE_PATH_MAX];

	device_path(state, device->dir, name, path);
	return pin_open(path, KERNEL_MAP, ret, failure);
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

static int device_read(const struct state *state, const char *dir, struct device *ret, struct failure *failure)
{
	struct device device = {};
	int error;

	(void)snprintf(device.dir, sizeof(device.dir), "%.31s", dir);
	error = device_read_meta(state, &device, failure);
	if (!error)
		error = device_read_program(state, &device, failure);
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
		error = device_read(state, entry->d_name, &items[devices.count], failure);
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
