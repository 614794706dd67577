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

/* One kind of traffic of one case in one order, and what each program took in each round. */
struct scenario {
	size_t of;
	const struct subject *subject; /* not owned */
	struct traffic *traffic;       /* owned by the first of its orders */
	enum traffic_order order;
	double *ns[PROGRAMS]; /* by round; owned */
};

struct bench {
	const struct bench_options *options;
	struct subject **subjects; /* one a case */
	size_t subject_count;
	struct frontend *frontend;
	struct scenario *scenarios;
	size_t scenario_count;
};

static void bench_fini(struct bench *bench)
{
	for (size_t i = 0; i < bench->scenario_count; i++) {
		for (size_t p = 0; p < PROGRAMS; p++)
			free(bench->scenarios[i].ns[p]);
		if (!bench->scenarios[i].order)
			traffic_free(bench->scenarios[i].traffic);
	}
	free(bench->scenarios);
	for (size_t i = 0; i < bench->subject_count; i++)
		subject_free(bench->subjects[i]);
	free(bench->subjects);
	frontend_free(bench->frontend);
}

void bench_result_fini(struct bench_result *result)
{
	for (size_t i = 0; i < result->count; i++) {
		free(result->rows[i].ns_by_round);
		free(result->rows[i].empty_ns_by_round);
	}
	free(result->rows);
	*result = (struct bench_result){};
}

/* ---- making ready ------------------------------------------------------------------------------------------------ */

static int subjects_make(struct bench *bench, const struct bench_case *cases, size_t count, struct failure *failure)
{
	int error = 0;

	bench->subjects = calloc(count, sizeof(struct subject *));
	bench->scenarios = calloc(count * 2 * _TRAFFIC_MAX * _ORDER_MAX, sizeof(*bench->scenarios));
	if (!bench->subjects || !bench->scenarios)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	while (bench->subject_count < count && !error) {
		error = subject_new(cases[bench->subject_count].set, bench->options->role,
				    &bench->subjects[bench->subject_count], failure);
		bench->subject_count += !error;
	}
	return error;
}

static int scenarios_add(struct bench *bench, size_t of, struct traffic *traffic, struct failure *failure)
{
	for (int order = 0; order < _ORDER_MAX; order++) {
		struct scenario *scenario = &bench->scenarios[bench->scenario_count++];

		*scenario = (struct scenario){ of, bench->subjects[of], traffic, (enum traffic_order)order, {} };
		for (size_t p = 0; p < PROGRAMS; p++) {
			scenario->ns[p] = calloc(bench->options->rounds, sizeof(*scenario->ns[p]));
			if (!scenario->ns[p])
				return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		}
	}
	return 0;
}

/* IPv6 is measured where the profiles have it. */
static bool family_is_measured(const struct bench *bench, const struct bench_case *of, size_t index, uint8_t family)
{
	const struct vx_generation *used = &bench->subjects[index]->tables->generation;

	if (of->family)
		return of->family == family;
	return family == 4 ? used->prefixes4 || !used->prefixes6 : used->prefixes6;
}

static int case_make(struct bench *bench, const struct bench_case *of, size_t index, uint8_t family,
		     struct failure *failure)
{
	const struct subject *subject = bench->subjects[index];
	int error = 0;

	for (int kind = 0; kind < _TRAFFIC_MAX && !error; kind++) {
		struct traffic *traffic = NULL;

		if (of->kinds && !(of->kinds >> kind & 1))
			continue;
		error = traffic_new(of->set, subject->tables, (enum traffic_kind)kind, family, &traffic, failure);
		if (!error)
			error = scenarios_add(bench, index, traffic, failure);
		else if (error == -ENOENT)
			error = 0;
	}
	return error;
}

static int cases_make(struct bench *bench, const struct bench_case *cases, struct failure *failure)
{
	int error = 0;

	for (size_t i = 0; i < bench->subject_count; i++)
		for (uint8_t family = 4; family <= 6 && !error; family = (uint8_t)(family + 2))
			if (family_is_measured(bench, &cases[i], i, family))
				error = case_make(bench, &cases[i], i, family, failure);
	if (!error && !bench->scenario_count)
		return failure_set(failure, VX_EXIT_FAILED, ENOENT, "no packet can match these profiles");
	return error;
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

	run.prog = program_fd(scenario->subject->programs[engine]);
	error = frontend_measure(bench->frontend, &run, ret_ns, failure);
	if (!error)
		error = subject_judged(scenario->subject, engine, kind, &before, failure);
	run.packets = bench->options->repeat;
	if (!error)
		error = frontend_measure(bench->frontend, &run, ret_ns, failure);
	if (!error)
		error = subject_judged(scenario->subject, engine, kind, &after, failure);
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
			if (scenario->subject->programs[e])
				error = measure(bench, scenario, (enum vx_engine)e, &scenario->ns[1 + e][round],
						failure);
		if (bench->options->progress)
			bench->options->progress(round * (uint32_t)bench->scenario_count + (uint32_t)i + 1,
						 bench->options->rounds * (uint32_t)bench->scenario_count);
	}
	return error;
}

/* Where the kernel puts a program and its counters makes a difference: a median over rounds is to be one over places, too. */
static int subjects_reload(struct bench *bench, struct failure *failure)
{
	int error = 0;

	for (size_t i = 0; i < bench->subject_count && !error; i++)
		error = subject_reload(bench->subjects[i], failure);
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
	for (uint32_t round = 0; round < bench->options->rounds && !error; round++) {
		error = round ? subjects_reload(bench, failure) : 0; /* the first round has them fresh */
		if (!error)
			error = round_run(bench, round, failure);
	}
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

static double *copied(const double *values, size_t count)
{
	double *copy = calloc(count, sizeof(*copy));

	return copy ? memcpy(copy, values, count * sizeof(*copy)) : NULL;
}

static int row_make(const struct bench *bench, const struct scenario *scenario, enum vx_engine engine,
		    struct bench_row *ret)
{
	const struct vx_generation *used = &scenario->subject->tables->generation;
	uint32_t rounds = bench->options->rounds;
	CLEANUP_FREE double *sorted = calloc(rounds, sizeof(*sorted));
	const double *empty = scenario->ns[0], *ns = scenario->ns[1 + engine];

	*ret = (struct bench_row){
		.of = scenario->of,
		.traffic = scenario->traffic->kind,
		.order = scenario->order,
		.engine = engine,
		.family = scenario->traffic->family,
		.prefixes = scenario->traffic->family == 4 ? used->prefixes4 : used->prefixes6,
		.ns_by_round = copied(ns, rounds),
		.empty_ns_by_round = copied(empty, rounds),
	};
	if (!sorted || !ret->ns_by_round || !ret->empty_ns_by_round)
		return -ENOMEM;
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
	int error;

	result->rounds = bench->options->rounds;
	result->rows = calloc(bench->scenario_count * _VX_ENGINE_MAX, sizeof(*result->rows));
	error = result->rows ? empty_make(bench, &result->empty_ns) : -ENOMEM;
	for (size_t i = 0; i < bench->scenario_count; i++)
		for (int e = 0; e < _VX_ENGINE_MAX && !error; e++)
			if (bench->scenarios[i].subject->programs[e])
				error = row_make(bench, &bench->scenarios[i], (enum vx_engine)e,
						 &result->rows[result->count++]);
	return error ? failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory") : 0;
}

int bench_run(const struct bench_case *cases, size_t count, const struct bench_options *options,
	      struct bench_result *ret, struct failure *failure)
{
	CLEANUP(bench_fini) struct bench bench = { .options = options };
	CLEANUP(bench_result_fini) struct bench_result result = {};
	int error = subjects_make(&bench, cases, count, failure);

	if (!error)
		error = frontend_new(true, &bench.frontend, failure);
	if (!error)
		error = cases_make(&bench, cases, failure);
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
