/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory of pins on the BPF file system: where everything that outlives the process is found again, and, by its
 * lock, what keeps two writers apart. bpffs may be writable by everybody, so nothing in it is believed unchecked.
 *
 *	vx_control, vx_lpm4, vx_tables ...    the shared maps, by their names
 *	vx_lpm4_half0, vx_lpm6_half1 ...      the tries that they hold, where a device has engine lpm
 *	devices/IFINDEX/                      a device that is attached: link or prog, vx_counters, vx_device
 *	devices/IFINDEX_partial/              one that is being attached or detached; without a writer: remains
 */
#ifndef VOXDP_DATAPLANE_STATE_H
#define VOXDP_DATAPLANE_STATE_H

#include <limits.h>
#include <stdbool.h>

#include "dataplane/kernel.h"
#include "lib/failure.h"

struct state;

enum state_use {
	STATE_READ,   /* takes no lock: a reader never holds up a writer */
	STATE_WRITE,  /* takes the writers' lock */
	STATE_CREATE, /* also makes the directory */
};

/*
 * Opens the directory. -ENOENT: there is none (exit code 4, for STATE_CREATE 1: bpffs is not mounted);
 * -EWOULDBLOCK: another writer holds the lock (6); -EPERM: it is not ours alone, or a link, or not on bpffs.
 */
int state_open(const char *path, enum state_use use, struct state **ret, struct failure *failure);
/* Gives the lock back. A writer removes the directory where it is empty. Takes NULL. */
void state_close(struct state *state);
void state_closep(struct state **state);

#define STATE_PATH_MAX 512
/* The path of a pin; @dir and @name may be NULL. */
void state_path(const struct state *state, const char *dir, const char *name, char path[STATE_PATH_MAX]);

/* Opens a pin that is a plain object of @kind, ours alone. -ENOENT: there is none. */
int pin_open(const char *path, enum kernel_object kind, int *ret_fd, struct failure *failure);
int pin_make(int fd, const char *path, struct failure *failure);
/* Removes a pin or an empty directory; that there is none is fine. */
int pin_remove(const char *path, struct failure *failure);

#endif
