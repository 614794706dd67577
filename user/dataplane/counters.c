/* SPDX-License-Identifier: BSD-2-Clause */
/* Batch look-ups of a per-CPU array. */
#include "dataplane/counters.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "dataplane/kernel.h"
#include "lib/cleanup.h"

/* Bytes of one batch, whatever the number of CPUs; at least one element is read. */
#define BATCH_BYTES (4U << 20)

static void block_sum(struct vx_counter_block *sum, const struct vx_counter_block *per_cpu, uint32_t cpus)
{
	for (uint32_t cpu = 0; cpu < cpus; cpu++)
		for (uint32_t cell = 0; cell < VX_COUNTER_CELLS; cell++) {
			sum->cell[cell].packets += per_cpu[cpu].cell[cell].packets;
			sum->cell[cell].bytes += per_cpu[cpu].cell[cell].bytes;
		}
}

static int shape_check(int map_fd, uint32_t elements, struct failure *failure)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(map_fd, &info, &size))
		return kernel_failure(failure, errno, "cannot look at map vx_counters");
	if (info.type != BPF_MAP_TYPE_PERCPU_ARRAY || info.key_size != sizeof(uint32_t) ||
	    info.value_size != sizeof(struct vx_counter_block) || info.max_entries != elements)
		return failure_set(failure, VX_EXIT_FAILED, EPERM, "pinned map vx_counters is refused: wrong shape");
	return 0;
}

int counters_read(int map_fd, uint32_t slots, uint32_t capacity, struct vx_counter_block **ret, struct failure *failure)
{
	/* The kernel writes a value for every possible CPU, not for every one that is online. */
	int cpus = libbpf_num_possible_cpus();
	uint32_t elements = slots * VX_COUNTER_DIRECTIONS, done = 0, last = 0;
	CLEANUP_FREE struct vx_counter_block *sums = calloc(elements, sizeof(*sums));
	CLEANUP_FREE struct vx_counter_block *values = NULL;
	CLEANUP_FREE uint32_t *keys = NULL;
	uint32_t batch;
	int error = shape_check(map_fd, capacity * VX_COUNTER_DIRECTIONS, failure);

	if (error)
		return error;
	if (cpus < 1)
		return kernel_failure(failure, -cpus, "cannot count the CPUs");
	batch = BATCH_BYTES / (uint32_t)(sizeof(*values) * (size_t)cpus) + 1;
	values = calloc((size_t)batch * (size_t)cpus, sizeof(*values));
	keys = calloc(batch, sizeof(*keys));
	if (!sums || !values || !keys)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	while (done < elements) {
		uint32_t count = elements - done < batch ? elements - done : batch;

		if (bpf_map_lookup_batch(map_fd, done ? &last : NULL, &last, keys, values, &count, NULL) &&
		    errno != ENOENT)
			return kernel_failure(failure, errno, "cannot read map vx_counters");
		if (!count)
			return failure_set(failure, VX_EXIT_FAILED, EIO, "map vx_counters ends early");
		for (uint32_t i = 0; i < count; i++)
			block_sum(&sums[done + i], &values[(size_t)i * (size_t)cpus], (uint32_t)cpus);
		done += count;
	}
	*ret = TAKE_PTR(sums);
	return 0;
}
