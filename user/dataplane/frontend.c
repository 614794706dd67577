/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads the front end, fills its table, aims it and reads the clock. */
#include "dataplane/frontend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/bench/bench.h"

#include "bench.skel.h"

#include "dataplane/kernel.h"
#include "lib/cleanup.h"

struct frontend {
	struct bench_bpf *skel;
	struct bench_head *heads; /* mapped */
	const struct traffic *traffic;
};

void frontend_free(struct frontend *frontend)
{
	if (!frontend)
		return;
	if (frontend->heads)
		(void)munmap(frontend->heads, BENCH_FLOWS * sizeof(*frontend->heads));
	bench_bpf__destroy(frontend->skel);
	free(frontend);
}

void frontend_freep(struct frontend **frontend)
{
	frontend_free(*frontend);
}

static int frags_set(struct bench_bpf *skel)
{
	struct bpf_program *program;
	int error = 0;

	bpf_object__for_each_program(program, skel->obj) error =
		error ? error : bpf_program__set_flags(program, BPF_F_XDP_HAS_FRAGS);
	return error;
}

int frontend_new(bool frags, struct frontend **ret, struct failure *failure)
{
	CLEANUP(frontend_freep) struct frontend *frontend = calloc(1, sizeof(*frontend));
	void *heads;
	int error;

	if (!frontend)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	kernel_words_clear();
	frontend->skel = bench_bpf__open();
	if (!frontend->skel)
		return kernel_failure(failure, errno, "cannot open the built-in BPF object");
	error = frags ? frags_set(frontend->skel) : 0;
	error = error ? error : bench_bpf__load(frontend->skel);
	if (error)
		return kernel_load_failure(failure, -error);
	heads = mmap(NULL, BENCH_FLOWS * sizeof(*frontend->heads), PROT_READ | PROT_WRITE, MAP_SHARED,
		     bpf_map__fd(frontend->skel->maps.bench_heads), 0);
	if (heads == MAP_FAILED)
		return kernel_failure(failure, errno, "cannot map bench_heads");
	frontend->heads = heads;
	*ret = TAKE_PTR(frontend);
	return 0;
}

int frontend_empty(const struct frontend *frontend)
{
	return bpf_program__fd(frontend->skel->progs.bench_empty);
}

int frontend_floor(const struct frontend *frontend)
{
	return bpf_program__fd(frontend->skel->progs.bench_floor);
}

void frontend_load(struct frontend *frontend, const struct traffic *traffic, enum traffic_order order)
{
	uint32_t flows = traffic_arrange(traffic, order, frontend->heads);

	frontend->traffic = traffic;
	frontend->skel->bss->job = (struct bench_job){
		.mask = flows - 1,
		.shift = flows == 1 ? 0 : BENCH_FLOWS_SHIFT,
		.media = traffic->kind == TRAFFIC_RTP,
	};
}

static int aim(const struct frontend *frontend, int prog, struct failure *failure)
{
	const uint32_t zero = 0;

	if (bpf_map_update_elem(bpf_map__fd(frontend->skel->maps.bench_target), &zero, &prog, BPF_ANY))
		return kernel_failure(failure, errno, "cannot tail-call the program");
	return 0;
}

static uint64_t thread_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now); /* every Linux has it */
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int run_check(const struct frontend_run *run, const struct bpf_test_run_opts *opts, uint64_t ran,
		     struct failure *failure)
{
	if (!run->live_batch && opts->retval != run->action)
		return failure_set(failure, VX_EXIT_FAILED, EPROTO, "a packet ended with XDP action %u, expected %u",
				   opts->retval, run->action);
	if (ran != run->packets)
		return failure_set(failure, VX_EXIT_FAILED, EPROTO, "%u packets were to run, %llu did", run->packets,
				   (unsigned long long)ran);
	return 0;
}

int frontend_measure(struct frontend *frontend, const struct frontend_run *run, double *ret_ns, struct failure *failure)
{
	const struct traffic *traffic = frontend->traffic;
	struct bpf_program *front =
		traffic->family == 4 ? frontend->skel->progs.bench_front4 : frontend->skel->progs.bench_front6;
	struct xdp_md context = { .data_end = (uint32_t)traffic->length, .ingress_ifindex = run->ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = traffic->frame, .data_size_in = (uint32_t)traffic->length,
		    .repeat = (int)run->packets);
	uint64_t before = frontend->skel->bss->job.count, started;
	int error = aim(frontend, run->prog, failure);

	if (error)
		return error;
	if (run->live_batch) {
		opts.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
		opts.batch_size = run->live_batch;
	}
	if (run->ifindex) {
		opts.ctx_in = &context;
		opts.ctx_size_in = sizeof(context);
	}
	started = thread_ns();
	error = bpf_prog_test_run_opts(bpf_program__fd(front), &opts);
	*ret_ns = (double)(thread_ns() - started) / run->packets;
	if (error)
		return kernel_failure(failure, -error, "cannot run a frame of %zu bytes", traffic->length);
	return run_check(run, &opts, frontend->skel->bss->job.count - before, failure);
}
