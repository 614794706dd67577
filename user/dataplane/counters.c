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

/* A per-CPU array of numbers: what of it is read. */
struct source {
	int fd;
	const char *name;
	uint32_t value_bytes;	     /* a multiple of 8: all 64-bit numbers */
	uint32_t elements, capacity; /* 0: not looked at */
};

static int shape_check(const struct source *source, struct failure *failure)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(source->fd, &info, &size))
		return kernel_failure(failure, errno, "cannot look at map %s", source->name);
	if (info.type != BPF_MAP_TYPE_PERCPU_ARRAY || info.key_size != sizeof(uint32_t) ||
	    info.value_size != source->value_bytes || (source->capacity && info.max_entries != source->capacity))
		return failure_set(failure, VX_EXIT_FAILED, EPERM, "pinned map %s is refused: wrong shape",
				   source->name);
	return 0;
}

/* The kernel writes a value for every possible CPU, not for every one that is online. */
static int possible_cpus(uint32_t *ret, struct failure *failure)
{
	int cpus = libbpf_num_possible_cpus();

	if (cpus < 1)
		return kernel_failure(failure, -cpus, "cannot count the CPUs");
	*ret = (uint32_t)cpus;
	return 0;
}

static void element_sum(uint64_t *sum, const uint64_t *per_cpu, uint32_t numbers, uint32_t cpus)
{
	for (uint32_t cpu = 0; cpu < cpus; cpu++)
		for (uint32_t i = 0; i < numbers; i++)
			sum[i] += per_cpu[(size_t)cpu * numbers + i];
}

/* Adds all elements into @sums, by batches. */
static int source_sum(const struct source *source, uint64_t *sums, struct failure *failure)
{
	CLEANUP_FREE uint64_t *values = NULL;
	CLEANUP_FREE uint32_t *keys = NULL;
	uint32_t cpus = 0, numbers = source->value_bytes / sizeof(*values), batch, done = 0, last = 0;
	int error = possible_cpus(&cpus, failure);

	if (error)
		return error;
	batch = BATCH_BYTES / (source->value_bytes * cpus) + 1;
	values = calloc((size_t)batch * cpus, source->value_bytes);
	keys = calloc(batch, sizeof(*keys));
	if (!values || !keys)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	while (done < source->elements) {
		uint32_t count = source->elements - done < batch ? source->elements - done : batch;

		if (bpf_map_lookup_batch(source->fd, done ? &last : NULL, &last, keys, values, &count, NULL) &&
		    errno != ENOENT)
			return kernel_failure(failure, errno, "cannot read map %s", source->name);
		if (!count)
			return failure_set(failure, VX_EXIT_FAILED, EIO, "map %s ends early", source->name);
		for (uint32_t i = 0; i < count; i++)
			element_sum(&sums[(size_t)(done + i) * numbers], &values[(size_t)i * cpus * numbers], numbers,
				    cpus);
		done += count;
	}
	return 0;
}

static int source_read(const struct source *source, void *ret, struct failure *failure)
{
	CLEANUP_FREE uint64_t *sums = calloc(source->elements, source->value_bytes);
	int error = shape_check(source, failure);

	if (!error && !sums)
		error = failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	if (!error)
		error = source_sum(source, sums, failure);
	if (!error)
		*(void **)ret = TAKE_PTR(sums);
	return error;
}

int counters_read(const struct counter_maps *maps, uint32_t slots, uint32_t capacity, struct counter_blocks *ret,
		  struct failure *failure)
{
	const uint32_t elements = slots * VX_COUNTER_DIRECTIONS, all = capacity * VX_COUNTER_DIRECTIONS;
	const struct source counters = { maps->counters, "vx_counters", sizeof(struct vx_counter_block), elements,
					 all };
	const struct source sip = { maps->sip, "vx_sip", sizeof(struct vx_sip_block), elements, all };
	CLEANUP(counter_blocks_fini) struct counter_blocks blocks = {};
	int error = source_read(&counters, &blocks.counters, failure);

	if (!error)
		error = source_read(&sip, &blocks.sip, failure);
	if (error)
		return error;
	*ret = blocks;
	blocks = (struct counter_blocks){};
	return 0;
}

/* The kernel takes as much as the map's own value size says. */
static int element_clear(const struct source *source, uint32_t key, struct failure *failure)
{
	CLEANUP_FREE void *zeros = NULL;
	uint32_t cpus = 0;
	int error = shape_check(source, failure);

	if (!error)
		error = possible_cpus(&cpus, failure);
	if (error)
		return error;
	zeros = calloc(cpus, source->value_bytes);
	if (!zeros)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	if (bpf_map_update_elem(source->fd, &key, zeros, BPF_ANY))
		return kernel_failure(failure, errno, "cannot clear map %s", source->name);
	return 0;
}

int counters_clear(const struct counter_maps *maps, uint32_t slot, struct failure *failure)
{
	const struct source counters = { maps->counters, "vx_counters", sizeof(struct vx_counter_block), 0, 0 };
	const struct source sip = { maps->sip, "vx_sip", sizeof(struct vx_sip_block), 0, 0 };
	int error = 0;

	for (uint32_t i = 0; i < VX_COUNTER_DIRECTIONS && !error; i++) {
		uint32_t key = slot * VX_COUNTER_DIRECTIONS + i;

		error = element_clear(&counters, key, failure);
		if (!error)
			error = element_clear(&sip, key, failure);
	}
	return error;
}

void counter_maps_close(struct counter_maps *maps)
{
	cleanup_closep(&maps->counters);
	cleanup_closep(&maps->sip);
	*maps = COUNTER_MAPS_CLOSED;
}

void counter_blocks_fini(struct counter_blocks *blocks)
{
	free(blocks->counters);
	free(blocks->sip);
	*blocks = (struct counter_blocks){};
}
