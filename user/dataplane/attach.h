/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two ways onto an interface: through libxdp's dispatcher, which shares it with other programs, or alone by a
 * bpf_link. Neither falls back to another mode.
 */
#ifndef VOXDP_DATAPLANE_ATTACH_H
#define VOXDP_DATAPLANE_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include <voxdp/abi.h>

#include "dataplane/program.h"
#include "lib/failure.h"

/* An interface of this network namespace and what it is to be. */
struct device_spec {
	char ifname[VX_IFNAME_MAX];
	uint32_t ifindex;
	enum vx_role role;
};

/* Attaches a loaded program; closing the link's last fd or pin takes it off again. */
int attach_link(const struct program *program, const struct device_spec *device, enum vx_mode mode, int *ret_link,
		struct failure *failure);

/*
 * Loads an opened program into the interface's dispatcher, which libxdp pins. Returns 0, a negative errno, or 1 where
 * libxdp would only attach it alone; then nothing is attached.
 */
int attach_dispatcher(struct program *program, const struct device_spec *device, enum vx_mode mode,
		      struct failure *failure);

/* Takes a program out of the dispatcher; others stay. That it is not there is fine. */
int detach_dispatcher(uint32_t ifindex, int prog_fd, struct failure *failure);

/* Does the interface run libxdp's dispatcher? */
bool dispatcher_is(uint32_t ifindex);

/* Is a program with this id in the interface's dispatcher? 1, 0, or -EPERM where we may not look. */
int dispatcher_has(uint32_t ifindex, uint32_t prog_id);

/* Finds a program in the interface's dispatcher that uses a map. Returns its fd (the caller closes it), or -ENOENT. */
int dispatcher_find(uint32_t ifindex, uint32_t map_id);

/* The program that the interface runs, a dispatcher perhaps; 0: none. */
uint32_t interface_prog_id(uint32_t ifindex);
/* Does it run it in the generic path? */
bool interface_prog_is_skb(uint32_t ifindex);

#endif
