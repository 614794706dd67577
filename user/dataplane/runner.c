/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads the program with its trace on and reads each verdict from the mapped vx_trace. */
#include "dataplane/runner.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "dataplane/counters.h"
#include "dataplane/fill.h"
#include "dataplane/generation.h"
#include "dataplane/slot_names.h"
#include "dataplane/kernel.h"
#include "dataplane/program.h"
#include "lib/cleanup.h"

/* No frame of a capture is larger; where a kernel takes less is probed. */
#define PROBE_MAX (1U << 20)

/* What the program cannot leave in vx_trace: a verdict that still has it was not written. */
#define NO_OUTCOME 0xff

struct runner {
	struct maps *maps;
	struct program *program;
	struct slots slots;
	enum vx_role role;
	struct vx_verdict *trace; /* mapped */
	size_t bytes_max;
	struct vx_counter too_short; /* frames that the kernel does not run */
};

static size_t trace_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void runner_free(struct runner *runner)
{
	if (!runner)
		return;
	if (runner->trace)
		(void)munmap(runner->trace, trace_bytes());
	program_free(runner->program);
	maps_free(runner->maps);
	slots_fini(&runner->slots);
	free(runner);
}

void runner_freep(struct runner **runner)
{
	runner_free(*runner);
}

static int probe_fits(int prog, const void *frame, size_t length)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = (uint32_t)length, .repeat = 1);

	return bpf_prog_test_run_opts(prog, &opts) == 0;
}

/*
 * Kernels differ in how much BPF_PROG_TEST_RUN takes: a page, or as many fragments as a frame may have. Asked of a
 * program that does nothing, so that no counter sees it.
 */
static int probe_bytes_max(size_t *ret, struct failure *failure)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, load, .prog_flags = BPF_F_XDP_HAS_FRAGS, .expected_attach_type = BPF_XDP);
	CLEANUP_FREE void *frame = calloc(1, PROBE_MAX);
	size_t fits = ETH_HLEN, fails = PROBE_MAX + 1;
	CLEANUP_CLOSE int prog = -1;

	if (!frame)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	prog = bpf_prog_load(BPF_PROG_TYPE_XDP, "voxdp_probe", "Dual BSD/GPL", pass, ARRAY_SIZE(pass), &load);
	if (prog < 0)
		return kernel_load_failure(failure, errno);
	if (!probe_fits(prog, frame, fits))
		return failure_set(failure, VX_EXIT_UNSUPPORTED, errno,
				   "this kernel lacks BPF_PROG_TEST_RUN for XDP: %s", strerror(errno));
	while (fails - fits > 1) {
		size_t middle = fits + (fails - fits) / 2;

		if (probe_fits(prog, frame, middle))
			fits = middle;
		else
			fails = middle;
	}
	*ret = fits;
	return 0;
}

static int trace_map(struct runner *runner, struct failure *failure)
{
	void *trace = mmap(NULL, trace_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED,
			   program_map_fd(runner->program, "vx_trace"), 0);

	if (trace == MAP_FAILED)
		return kernel_failure(failure, errno, "cannot map vx_trace");
	runner->trace = trace;
	return 0;
}

int runner_new(const struct profile_set *profiles, enum vx_role role, enum vx_engine engine, struct runner **ret,
	       struct failure *failure)
{
	return runner_new_as(profiles, &(struct vx_config){ .role = role, .engine = engine }, ret, failure);
}

int runner_new_as(const struct profile_set *profiles, const struct vx_config *given, struct runner **ret,
		  struct failure *failure)
{
	struct vx_config config = *given;
	CLEANUP(runner_freep) struct runner *runner = calloc(1, sizeof(*runner));
	int error;

	if (!runner)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	config.trace = 1;
	runner->role = config.role;
	error = kernel_check_permitted(failure);
	if (!error)
		error = probe_bytes_max(&runner->bytes_max, failure);
	if (!error)
		error = maps_create_filled(profiles, 1U << program_engine(config.engine), &runner->maps, failure);
	if (!error)
		error = slots_read(runner->maps, &runner->slots, failure);
	if (!error)
		error = program_open(runner->maps, &config, &runner->program, failure);
	if (!error)
		error = program_load(runner->program, failure);
	if (!error)
		error = trace_map(runner, failure);
	if (!error)
		*ret = TAKE_PTR(runner);
	return error;
}

size_t runner_bytes_max(const struct runner *runner)
{
	return runner->bytes_max;
}

static void count_too_short(struct runner *runner, size_t length, struct vx_verdict *ret)
{
	runner->too_short.packets++;
	runner->too_short.bytes += length;
	*ret = (struct vx_verdict){
		.slot = VX_SLOT_UNDECODED,
		.outcome = VX_OUTCOME_MALFORMED,
		.malformed = VX_MALFORMED_ETHERNET_TRUNCATED,
	};
}

/* Runs what @opts says and takes the verdict. Returns what the kernel said where it did not run. */
static int run(struct runner *runner, struct bpf_test_run_opts *opts, struct vx_verdict *ret, struct failure *failure)
{
	int error;

	runner->trace->outcome = NO_OUTCOME;
	do
		error = bpf_prog_test_run_opts(program_fd(runner->program), opts);
	while (error == -EINTR);
	if (error)
		return kernel_failure(failure, -error, "cannot run a frame of %u bytes", opts->data_size_in);
	*ret = *runner->trace;
	if (opts->retval != XDP_PASS || ret->outcome == NO_OUTCOME)
		return failure_set(failure, VX_EXIT_FAILED, EPROTO,
				   "the program returned %u, expected XDP_PASS and a verdict", opts->retval);
	return 0;
}

int runner_run(struct runner *runner, const void *frame, size_t length, struct vx_verdict *ret, struct failure *failure)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .repeat = 1);

	if (length < ETH_HLEN) {
		count_too_short(runner, length, ret);
		return 0;
	}
	opts.data_size_in = (uint32_t)(length < runner->bytes_max ? length : runner->bytes_max);
	return run(runner, &opts, ret, failure);
}

int runner_run_split(struct runner *runner, const void *frame, size_t length, size_t linear, struct vx_verdict *ret,
		     struct failure *failure)
{
	struct xdp_md ctx = { .data_end = (uint32_t)linear };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = (uint32_t)length, .repeat = 1,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx));
	int error = run(runner, &opts, ret, failure);

	if (error != -EINVAL)
		return error;
	return failure_set(failure, VX_EXIT_UNSUPPORTED, ENOTSUP,
			   "this kernel does not let a test frame be split (it came with Linux 6.18)");
}

void runner_stay(void)
{
	int cpu = sched_getcpu();
	cpu_set_t one;

	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	(void)sched_setaffinity(0, sizeof(one), &one); /* it is running there */
}

int runner_forget_streams(struct runner *runner, struct failure *failure)
{
	int fd = program_map_fd(runner->program, "vx_streams"), cpus = libbpf_num_possible_cpus(), error;
	CLEANUP_FREE void *zeros = NULL;
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	error = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (error || cpus < 0)
		return kernel_failure(failure, error ? errno : -cpus, "cannot look at vx_streams");
	zeros = calloc((size_t)cpus, (info.value_size + 7) / 8 * 8);
	if (!zeros)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	for (uint32_t i = 0; i < info.max_entries; i++)
		if (bpf_map_update_elem(fd, &i, zeros, BPF_ANY))
			return kernel_failure(failure, errno, "cannot clear vx_streams");
	return 0;
}

const struct vx_slot *runner_slot(const struct runner *runner, uint32_t slot)
{
	return &runner->slots.names[slot < runner->slots.count ? slot : VX_SLOT_NOBODY];
}

int runner_counters(const struct runner *runner, struct counters *ret, struct failure *failure)
{
	CLEANUP(counter_blocks_fini) struct counter_blocks blocks = {};
	const struct counter_maps maps = program_counter_maps(runner->program);
	CLEANUP(counters_fini) struct counters counters = {};
	struct counter_source source = { .device = "", .role = runner->role };
	struct vx_counter *cell;
	int error = slots_read(runner->maps, &counters.slots, failure);

	if (!error)
		error = counters_read(&maps, counters.slots.count, runner->maps->capacity.slots, &blocks, failure);
	if (error)
		return error;
	cell = &blocks.counters[VX_SLOT_UNDECODED * VX_COUNTER_DIRECTIONS].cell[VX_MALFORMED_ETHERNET_TRUNCATED];
	cell->packets += runner->too_short.packets;
	cell->bytes += runner->too_short.bytes;
	source.blocks = blocks.counters;
	source.sip = blocks.sip;
	if (counters_add(&counters, &source))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	*ret = counters;
	counters = (struct counters){};
	return 0;
}
