/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading counters out of the kernel: once a device, by batches, summed over CPUs. */
#ifndef VOXDP_DATAPLANE_COUNTERS_H
#define VOXDP_DATAPLANE_COUNTERS_H

#include <stdint.h>

#include <voxdp/abi.h>

#include "lib/failure.h"

/* The maps of a device that the program counts into. */
struct counter_maps {
	int counters, sip;
};
#define COUNTER_MAPS_CLOSED ((struct counter_maps){ -1, -1 })
void counter_maps_close(struct counter_maps *maps);

/* What they hold, summed over CPUs: element slot * VX_COUNTER_DIRECTIONS + direction. */
struct counter_blocks {
	struct vx_counter_block *counters;
	struct vx_sip_block *sip;
};
void counter_blocks_fini(struct counter_blocks *blocks);

/* Reads the first @slots slots. The maps must hold @capacity slots of our shape. Free with counter_blocks_fini(). */
int counters_read(const struct counter_maps *maps, uint32_t slots, uint32_t capacity, struct counter_blocks *ret,
		  struct failure *failure);

/* Makes all counters of a slot zero that nothing counts into. */
int counters_clear(const struct counter_maps *maps, uint32_t slot, struct failure *failure);

#endif
