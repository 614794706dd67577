/* SPDX-License-Identifier: BSD-2-Clause */
/* Rounds, turns, and the check behind each job. */
#include "contest.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ARRIVAL_SECONDS_MAX 5

/* Frames that went over a veth pair may still be on their way: the far end counts them a moment later. */
static int arrive(const struct contestant *one, uint64_t expected, uint64_t *ret, struct failure *failure)
{
	struct timespec now, started;
	int error;

	(void)clock_gettime(CLOCK_MONOTONIC, &started);
	do {
		error = one->counted(one->of, ret, failure);
		if (error || *ret >= expected)
			return error;
		(void)sched_yield(); /* the far end wants this CPU */
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - started.tv_sec < ARRIVAL_SECONDS_MAX);
	return 0;
}

/* Where frames go through a queue, the kernel's thread of this CPU may do what this thread began. */
static uint64_t softirqd_ns(void)
{
	static char path[64];
	uint64_t ns = 0;
	FILE *file;

	if (!path[0]) {
		char wanted[32], name[32];
		int cpu = sched_getcpu();

		(void)snprintf(wanted, sizeof(wanted), "ksoftirqd/%d", cpu);
		for (int pid = 2; pid < 4096 && !path[0]; pid++) {
			char comm[32];

			(void)snprintf(comm, sizeof(comm), "/proc/%d/comm", pid);
			file = fopen(comm, "r");
			if (!file)
				continue;
			if (fscanf(file, "%31s", name) == 1 && strcmp(name, wanted) == 0)
				(void)snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
			(void)fclose(file);
		}
	}
	file = fopen(path, "r");
	if (!file)
		return 0; /* a container may not show it */
	if (fscanf(file, "%lu", &ns) != 1)
		ns = 0;
	(void)fclose(file);
	return ns;
}

static int job_run(const struct contest *contest, struct contestant *one, enum traffic_order order, uint32_t packets,
		   double *ret_ns, struct failure *failure)
{
	struct frontend_run run = one->run;
	uint64_t before = 0, after = 0, others = one->softirqd ? softirqd_ns() : 0;
	int error = one->counted ? one->counted(one->of, &before, failure) : 0;

	run.packets = packets;
	if (!error)
		error = frontend_measure(one->frontend, &run, ret_ns, failure);
	if (error || !one->counted)
		return error;
	error = arrive(one, before + packets, &after, failure);
	if (one->softirqd)
		*ret_ns += (double)(softirqd_ns() - others) / packets;
	if (!error && after - before != packets)
		return failure_set(failure, VX_EXIT_FAILED, EPROTO, "%s, %s, %s: %u packets were sent, %llu counted",
				   contest->name, one->name, order_word(order), packets,
				   (unsigned long long)(after - before));
	return error;
}

static int turn_run(const struct contest *contest, struct contestant *one, enum traffic_order order, uint32_t round,
		    struct failure *failure)
{
	double *ns = &one->ns[order][round];
	int error = one->prepare ? one->prepare(one->of, failure) : 0;

	if (error)
		return error;
	frontend_load(one->frontend, one->traffic, order);
	error = job_run(contest, one, order, contest->warm_up, ns, failure);
	return error ? error : job_run(contest, one, order, contest->packets, ns, failure);
}

/* One CPU for all: its caches and its per-CPU maps are the ones that are measured. */
static void pin(void)
{
	cpu_set_t one;
	int cpu = sched_getcpu();

	CPU_ZERO(&one);
	CPU_SET(cpu < 0 ? 0 : (unsigned)cpu, &one);
	(void)sched_setaffinity(0, sizeof(one), &one); /* without it the numbers are only noisier */
}

int contest_run(struct contest *contest, struct failure *failure)
{
	int error = 0;

	pin();
	for (uint32_t round = 0; round < contest->rounds && !error; round++)
		for (int order = 0; order < _ORDER_MAX; order++)
			for (size_t i = 0; i < contest->count && !error; i++)
				if (contest->orders >> order & 1)
					error = turn_run(contest, &contest->items[i], (enum traffic_order)order, round,
							 failure);
	return error;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double samples_median(const double *samples, size_t count)
{
	double sorted[CONTEST_ROUNDS_MAX];

	memcpy(sorted, samples, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_size);
	return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

double contest_median(const struct contest *contest, const struct contestant *of, const struct contestant *beside,
		      enum traffic_order order)
{
	double samples[CONTEST_ROUNDS_MAX];

	for (uint32_t i = 0; i < contest->rounds; i++)
		samples[i] = of->ns[order][i] - (beside ? beside->ns[order][i] : 0);
	return samples_median(samples, contest->rounds);
}

const struct contestant *contest_find(const struct contest *contest, const char *name)
{
	for (size_t i = 0; i < contest->count; i++)
		if (strcmp(contest->items[i].name, name) == 0)
			return &contest->items[i];
	return NULL;
}
