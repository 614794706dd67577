/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading counters out of the kernel: once a device, by batches, summed over CPUs. */
#ifndef VOXDP_DATAPLANE_COUNTERS_H
#define VOXDP_DATAPLANE_COUNTERS_H

#include <stdint.h>

#include <voxdp/abi.h>

#include "lib/failure.h"

/*
 * Sums the first @slots slots of a vx_counters map into a new array, for the caller to free. The map must hold
 * @capacity slots of our shape.
 */
int counters_read(int map_fd, uint32_t slots, uint32_t capacity, struct vx_counter_block **ret,
		  struct failure *failure);

#endif
