/* SPDX-License-Identifier: BSD-2-Clause */
/* Rounds of interleaved jobs, and the medians of what they took. */
#include "dataplane/bench.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/frontend.h"
#include "dataplane/subject.h"
#include "lib/cleanup.h"
#include "lib/words.h"

/* Packets before the clock starts: a turn of all flows, so that caches and streams are as they stay. */
#define WARM_UP BENCH_FLOWS

/* The programs of a scenario: the empty one, then the engines. */
#define PROGRAMS (1 + _VX_ENGINE_MAX)

/* One kind of traffic in one order, and what each program took in each round. */
struct scenario {
	struct traffic *traffic; /* not owned */
	enum traffic_order order;
	double *ns[PROGRAMS]; /* by round; owned */
};

struct bench {
	const struct bench_options *options;
	struct subject *subject;
	struct frontend *frontend;
	struct traffic *traffic[2 * _TRAFFIC_MAX]; /* IPv4, then IPv6; NULL: there is none */
	struct scenario *scenarios;
	size_t scenario_count;
};

static void bench_fini(struct bench *bench)
{
	for (size_t i = 0; i < bench->scenario_count; i++)
		for (size_t p = 0; p < PROGRAMS; p++)
			free(bench->scenarios[i].ns[p]);
	free(bench->scenarios);
	for (size_t i = 0; i < ARRAY_SIZE(bench->traffic); i++)
		traffic_free(bench->traffic[i]);
	frontend_free(bench->frontend);
	subject_free(bench->subject);
}

void bench_result_fini(struct bench_result *result)
{
	free(result->rows);
	*result = (struct bench_result){};
}

/* ---- making ready ------------------------------------------------------------------------------------------------ */

/* IPv6 is measured where the profiles have it. */
static int traffic_make(struct bench *bench, const struct profile_set *set, struct bench_result *result,
			struct failure *failure)
{
	const struct tables *tables = bench->subject->tables;

	for (size_t i = 0; i < ARRAY_SIZE(bench->traffic); i++) {
		uint8_t family = i < _TRAFFIC_MAX ? 4 : 6;
		int error;

		if (family == 6 && !tables->generation.prefixes6)
			break;
		error = traffic_new(set, tables, (enum traffic_kind)(i % _TRAFFIC_MAX), family, &bench->traffic[i],
				    failure);
		if (error && error != -ENOENT)
			return error;
		if (error && family == 4)
			result->missing[i] = true;
	}
	return 0;
}

static int scenarios_make(struct bench *bench, struct failure *failure)
{
	bench->scenarios = calloc(ARRAY_SIZE(bench->traffic) * _ORDER_MAX, sizeof(*bench->scenarios));
	if (!bench->scenarios)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	for (size_t i = 0; i < ARRAY_SIZE(bench->traffic); i++)
		for (int order = 0; order < _ORDER_MAX && bench->traffic[i]; order++) {
			struct scenario *scenario = &bench->scenarios[bench->scenario_count++];

			*scenario = (struct scenario){ .traffic = bench->traffic[i],
						       .order = (enum traffic_order)order };
			for (size_t p = 0; p < PROGRAMS; p++) {
				scenario->ns[p] = calloc(bench->options->rounds, sizeof(*scenario->ns[p]));
				if (!scenario->ns[p])
					return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
			}
		}
	if (!bench->scenario_count)
		return failure_set(failure, VX_EXIT_FAILED, ENOENT, "no packet can match these profiles");
	return 0;
}

/* ---- measuring --------------------------------------------------------------------------------------------------- */

static int measure_empty(struct bench *bench, double *ret_ns, struct failure *failure)
{
	struct frontend_run run = { .prog = frontend_empty(bench->frontend), .packets = WARM_UP, .action = XDP_PASS };
	int error = frontend_measure(bench->frontend, &run, ret_ns, failure);

	run.packets = bench->options->repeat;
	return error ? error : frontend_measure(bench->frontend, &run, ret_ns, failure);
}

static int measure(struct bench *bench, const struct scenario *scenario, enum vx_engine engine, double *ret_ns,
		   struct failure *failure)
{
	enum traffic_kind kind = scenario->traffic->kind;
	struct frontend_run run = { .packets = WARM_UP, .action = XDP_PASS };
	uint64_t before, after;
	int error;

	run.prog = program_fd(bench->subject->programs[engine]);
	error = frontend_measure(bench->frontend, &run, ret_ns, failure);
	if (!error)
		error = subject_judged(bench->subject, engine, kind, &before, failure);
	run.packets = bench->options->repeat;
	if (!error)
		error = frontend_measure(bench->frontend, &run, ret_ns, failure);
	if (!error)
		error = subject_judged(bench->subject, engine, kind, &after, failure);
	if (!error && after - before != run.packets)
		return failure_set(failure, VX_EXIT_FAILED, EPROTO,
				   "%s %s, engine %s: %llu of %u packets were judged as expected; no time is believed",
				   traffic_word(kind), order_word(scenario->order), engine_word(engine),
				   (unsigned long long)(after - before), run.packets);
	return error;
}

static int round_run(struct bench *bench, uint32_t round, struct failure *failure)
{
	int error = 0;

	for (size_t i = 0; i < bench->scenario_count && !error; i++) {
		struct scenario *scenario = &bench->scenarios[i];

		frontend_load(bench->frontend, scenario->traffic, scenario->order);
		error = measure_empty(bench, &scenario->ns[0][round], failure);
		for (size_t e = 0; e < _VX_ENGINE_MAX && !error; e++)
			if (bench->subject->programs[e])
				error = measure(bench, scenario, (enum vx_engine)e, &scenario->ns[1 + e][round], failure);
		if (bench->options->progress)
			bench->options->progress(round * (uint32_t)bench->scenario_count + (uint32_t)i + 1,
						 bench->options->rounds * (uint32_t)bench->scenario_count);
	}
	return error;
}

/* One CPU for the whole run: its caches and its per-CPU maps are the ones that are measured. */
static int rounds_run(struct bench *bench, struct failure *failure)
{
	cpu_set_t before, one;
	int cpu = sched_getcpu(), error = 0;
	bool pinned;

	CPU_ZERO(&one);
	CPU_SET(cpu < 0 ? 0 : (unsigned)cpu, &one);
	pinned = sched_getaffinity(0, sizeof(before), &before) == 0 && sched_setaffinity(0, sizeof(one), &one) == 0;
	for (uint32_t round = 0; round < bench->options->rounds && !error; round++)
		error = round_run(bench, round, failure);
	if (pinned)
		(void)sched_setaffinity(0, sizeof(before), &before); /* it was allowed before */
	return error;
}

/* ---- what came out ----------------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_size);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static int row_make(const struct bench *bench, const struct scenario *scenario, enum vx_engine engine,
		    struct bench_row *ret)
{
	const struct vx_generation *used = &bench->subject->tables->generation;
	uint32_t rounds = bench->options->rounds;
	CLEANUP_FREE double *sorted = calloc(rounds, sizeof(*sorted));
	const double *empty = scenario->ns[0], *ns = scenario->ns[1 + engine];

	if (!sorted)
		return -ENOMEM;
	*ret = (struct bench_row){
		.traffic = scenario->traffic->kind,
		.order = scenario->order,
		.engine = engine,
		.family = scenario->traffic->family,
		.prefixes = scenario->traffic->family == 4 ? used->prefixes4 : used->prefixes6,
	};
	memcpy(sorted, ns, rounds * sizeof(*sorted));
	ret->ns = median(sorted, rounds);
	ret->ns_min = sorted[0];
	memcpy(sorted, empty, rounds * sizeof(*sorted));
	ret->empty_ns = median(sorted, rounds);
	for (uint32_t i = 0; i < rounds; i++)
		sorted[i] = ns[i] - empty[i];
	ret->above_empty_ns = median(sorted, rounds);
	return 0;
}

static int empty_make(const struct bench *bench, double *ret)
{
	uint32_t rounds = bench->options->rounds;
	CLEANUP_FREE double *all = calloc(bench->scenario_count * rounds, sizeof(*all));
	size_t count = 0;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < bench->scenario_count; i++)
		for (uint32_t round = 0; round < rounds && bench->scenarios[i].order != ORDER_HOT; round++)
			all[count++] = bench->scenarios[i].ns[0][round];
	*ret = median(all, count);
	return 0;
}

static int result_make(const struct bench *bench, struct bench_result *result, struct failure *failure)
{
	int error = 0;

	result->rows = calloc(bench->scenario_count * _VX_ENGINE_MAX, sizeof(*result->rows));
	error = result->rows ? empty_make(bench, &result->empty_ns) : -ENOMEM;
	for (size_t i = 0; i < bench->scenario_count; i++)
		for (int e = 0; e < _VX_ENGINE_MAX && !error; e++)
			if (bench->subject->programs[e])
				error = row_make(bench, &bench->scenarios[i], (enum vx_engine)e,
						 &result->rows[result->count++]);
	return error ? failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory") : 0;
}

int bench_run(const struct profile_set *set, const struct bench_options *options, struct bench_result *ret,
	      struct failure *failure)
{
	CLEANUP(bench_fini) struct bench bench = { .options = options };
	CLEANUP(bench_result_fini) struct bench_result result = {};
	int error = subject_new(set, options->role, &bench.subject, failure);

	if (!error)
		error = frontend_new(true, &bench.frontend, failure);
	if (!error)
		error = traffic_make(&bench, set, &result, failure);
	if (!error)
		error = scenarios_make(&bench, failure);
	if (!error)
		error = rounds_run(&bench, failure);
	if (!error)
		error = result_make(&bench, &result, failure);
	if (error)
		return error;
	*ret = result;
	result = (struct bench_result){};
	return 0;
}
