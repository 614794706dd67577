/* SPDX-License-Identifier: BSD-2-Clause */
/* The directory of a device: made, published, read back, removed. */
#include "dataplane/device.h"

#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "dataplane/kernel.h"
#include "dataplane/program.h"
#include "lib/cleanup.h"

#define DEVICES "devices"
#define PARTIAL "_partial"
#define PIN_LINK "link"
#define PIN_PROG "prog"
#define PIN_COUNTERS "vx_counters"
#define PIN_DEVICE "vx_device"

static const char *const device_pins[] = { PIN_LINK, PIN_PROG, PIN_COUNTERS, PIN_DEVICE };

static void devices_path(const struct state *state, const char *dir, const char *pin, char path[STATE_PATH_MAX])
{
	char inner[64];

	(void)snprintf(inner, sizeof(inner), DEVICES "%s%s", dir ? "/" : "", dir ? dir : "");
	state_path(state, inner, pin, path);
}

static void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

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

/* ---- taking off ------------------------------------------------------------------------------------------------- */

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
	CLEANUP_CLOSE int control = -1;
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	struct failure ignored;
	char path[STATE_PATH_MAX];

	state_path(state, NULL, maps_name(MAP_CONTROL), path);
	if (pin_open(path, KERNEL_MAP, &control, &ignored) || bpf_obj_get_info_by_fd(control, &info, &size))
		return -ENOENT;
	return dispatcher_find(ifindex, info.id);
}

static int dispatched_remove(const struct state *state, const char *dir, struct failure *failure)
{
	uint32_t ifindex = (uint32_t)strtoul(dir, NULL, 10);
	CLEANUP_CLOSE int prog = -1;
	char path[STATE_PATH_MAX];
	int error;

	devices_path(state, dir, PIN_PROG, path);
	error = pin_open(path, KERNEL_PROG, &prog, failure);
	if (error == -ENOENT)
		prog = dispatched_program(state, ifindex);
	else if (error)
		return error;
	return prog < 0 ? 0 : detach_dispatcher(ifindex, prog, failure);
}

/* Takes off whatever the directory of a partial device still holds, then removes it. */
static int partial_remove(const struct state *state, const char *dir, struct failure *failure)
{
	char path[STATE_PATH_MAX];
	int error;

	devices_path(state, dir, PIN_LINK, path);
	error = link_remove(path, failure);
	if (error == -ENOENT)
		error = dispatched_remove(state, dir, failure);
	for (size_t i = 0; i < ARRAY_SIZE(device_pins) && !error; i++) {
		devices_path(state, dir, device_pins[i], path);
		error = pin_remove(path, failure);
	}
	devices_path(state, dir, NULL, path);
	return error ? error : pin_remove(path, failure);
}

/* The directory's name is taken away first: from then on the device is not there, however far the rest comes. */
int device_detach(const struct state *state, const struct device *device, struct failure *failure)
{
	char from[STATE_PATH_MAX], to[STATE_PATH_MAX], partial[sizeof(device->dir) + sizeof(PARTIAL)];

	(void)snprintf(partial, sizeof(partial), "%s" PARTIAL, device->dir);
	devices_path(state, device->dir, NULL, from);
	devices_path(state, partial, NULL, to);
	if (rename(from, to))
		return kernel_failure(failure, errno, "cannot rename %s", from);
	return partial_remove(state, partial, failure);
}

/* 1: a device's directory, 0: remains, negative: neither. */
static int directory_kind(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	if (!digits || digits > 10)
		return -EINVAL;
	if (!name[digits])
		return 1;
	return strcmp(name + digits, PARTIAL) == 0 ? 0 : -EINVAL;
}

static int devices_open(const struct state *state, DIR **ret, struct failure *failure)
{
	char path[STATE_PATH_MAX];
	DIR *dir;

	devices_path(state, NULL, NULL, path);
	dir = opendir(path);
	if (!dir && errno != ENOENT)
		return kernel_failure(failure, errno, "cannot read %s", path);
	*ret = dir;
	return 0;
}

int devices_heal(const struct state *state, struct failure *failure)
{
	CLEANUP(closedirp) DIR *dir = NULL;
	const struct dirent *entry;
	int error = devices_open(state, &dir, failure);

	while (!error && dir && (entry = readdir(dir)))
		if (directory_kind(entry->d_name) == 0)
			error = partial_remove(state, entry->d_name, failure);
	return error;
}

int devices_remove_directory(const struct state *state, struct failure *failure)
{
	char path[STATE_PATH_MAX];

	devices_path(state, NULL, NULL, path);
	return pin_remove(path, failure);
}

/* ---- attaching -------------------------------------------------------------------------------------------------- */

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

	devices_path(attaching->state, attaching->partial, name, path);
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
		.engine = attaching->how->engine,
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
		error = device_meta_pin(attaching, program, dispatcher, failure);
	return error;
}

static int device_program_open(const struct attaching *attaching, struct program **ret, struct failure *failure)
{
	const struct vx_config config = { .role = attaching->spec->role, .engine = attaching->how->engine };

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

	devices_path(attaching->state, attaching->partial, NULL, path);
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

	devices_path(attaching->state, attaching->partial, NULL, from);
	devices_path(attaching->state, attaching->final, NULL, to);
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

		devices_path(attaching[i].state, attaching[i].final, NULL, from);
		devices_path(attaching[i].state, attaching[i].partial, NULL, to);
		(void)rename(from, to); /* it may never have got its final name */
		(void)partial_remove(attaching[i].state, attaching[i].partial, &ignored);
	}
}

int devices_attach(const struct state *state, const struct maps *maps, const struct device_spec *specs, size_t count,
		   const struct attach_how *how, struct failure *failure)
{
	CLEANUP_FREE struct attaching *attaching = calloc(count, sizeof(*attaching));
	char path[STATE_PATH_MAX];
	size_t begun = 0;
	int error = 0;

	if (!attaching)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	devices_path(state, NULL, NULL, path);
	if (mkdir(path, 0700) && errno != EEXIST)
		return kernel_failure(failure, errno, "cannot make %s", path);
	for (; begun < count && !error; begun++) {
		struct attaching *one = &attaching[begun];

		*one = (struct attaching){ .state = state, .maps = maps, .spec = &specs[begun], .how = how };
		(void)snprintf(one->final, sizeof(one->final), "%u", specs[begun].ifindex);
		(void)snprintf(one->partial, sizeof(one->partial), "%u" PARTIAL, specs[begun].ifindex);
		error = device_attach(one, failure);
	}
	for (size_t i = 0; i < count && !error; i++)
		error = device_publish(&attaching[i], failure);
	if (error)
		devices_undo(attaching, begun);
	return error;
}

/* ---- reading back ----------------------------------------------------------------------------------------------- */

int device_map_open(const struct state *state, const struct device *device, const char *name, int *ret,
		    struct failure *failure)
{
	char path[STATE_PATH_MAX];

	devices_path(state, device->dir, name, path);
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

	devices_path(state, device->dir, PIN_PROG, path);
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

	devices_path(state, device->dir, PIN_LINK, path);
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
	CLEANUP(closedirp) DIR *dir = NULL;
	const struct dirent *entry;
	int error = devices_open(state, &dir, failure);

	while (!error && dir && (entry = readdir(dir))) {
		struct device *items;

		if (directory_kind(entry->d_name) != 1)
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
