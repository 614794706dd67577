/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices: an interface with a program on it and the pins that keep both. A device is there as soon as its directory
 * has its final name, and gone as soon as it no longer has; what was cut short between is removed by the next writer.
 */
#ifndef VOXDP_DATAPLANE_DEVICE_H
#define VOXDP_DATAPLANE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <voxdp/abi.h>

#include "dataplane/attach.h"
#include "dataplane/counters.h"
#include "dataplane/maps.h"
#include "dataplane/state.h"
#include "lib/failure.h"

/* What all devices of one attach have in common. */
struct attach_how {
	enum vx_mode mode;
	enum vx_engine engine;
	uint16_t decap; /* 1 << enum vx_tunnel: what is looked through */
};

enum device_state {
	DEVICE_ATTACHED,
	DEVICE_VANISHED,   /* the interface is gone; pins and counters are still here */
	DEVICE_DETACHED,   /* somebody else took the program off */
	DEVICE_UNVERIFIED, /* in a dispatcher that we may not look into */
	DEVICE_BROKEN,	   /* a pin is gone, by somebody's hand: what it told is not known */
};

const char *device_state_word(enum device_state state);

struct device {
	struct vx_device info;	    /* as it was attached */
	char ifname[VX_IFNAME_MAX]; /* as it is called now, where that can be told; else as it was */
	enum device_state state;
	uint32_t prog_id;
	uint8_t prog_tag[8];
	uint32_t prog_bytes; /* of machine code */
	char dir[32];	     /* under devices/ */
	bool kept;	     /* of an attach: it was there before, as asked for */
};

struct devices {
	struct device *items; /* owned; by interface name */
	size_t count;
};

/* Reads every device back from the kernel. No devices directory: none. */
int devices_read(const struct state *state, struct devices *ret, struct failure *failure);
void devices_fini(struct devices *devices);

/* What a writer does first: removes what an earlier one left half done. */
int devices_heal(const struct state *state, struct failure *failure);

/* What devices_attach() is asked for. */
struct device_request {
	const struct device_spec *specs;
	size_t count;
	struct attach_how how;
};

/*
 * Which of the devices asked for are not attached yet: @ret has room for all of them. -EEXIST: one is attached otherwise
 * than asked for, or to an interface of that name or index in another network namespace.
 */
int devices_missing(const struct devices *devices, const struct device_request *request, struct device_spec *ret,
		    size_t *ret_count, struct failure *failure);
/* Notes of each device whether it was there before @added were. */
void devices_mark_kept(struct devices *devices, const struct device_request *added);

/* Loads a program for each, attaches it, and reads every device back: all of them or none. */
int devices_attach(const struct state *state, const struct maps *maps, const struct device_request *request,
		   struct devices *ret, struct failure *failure);

/* Takes the program off and removes the pins. */
int device_detach(const struct state *state, const struct device *device, struct failure *failure);
/* Removes the directory of devices, which must be empty. */
int devices_remove_directory(const struct state *state, struct failure *failure);

/* Opens the pinned maps that a device counts into. -ENOENT: they are gone. */
int device_counters_open(const struct state *state, const struct device *device, struct counter_maps *ret,
			 struct failure *failure);

#endif
