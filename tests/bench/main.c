/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `make bench`: measures on synthetic profiles of every size, beside an empty program and beside others, keeps the raw
 * numbers as JSON and prints them against the goals. README.md tells the method.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cost.h"
#include "dataplane/bench.h"
#include "goals.h"
#include "lib/cleanup.h"
#include "lib/words.h"
#include "live.h"
#include "results.h"
#include "synthetic.h"
#include "updates.h"

struct settings {
	uint32_t rounds, repeat, live_packets;
	const char *json;
};

/* ---- test run over all sizes ------------------------------------------------------------------------------------- */

static const struct size {
	const char *name;
	struct synthetic_shape shape;
	uint32_t kinds;
} sizes[] = {
#define RTP_ONLY (1U << TRAFFIC_RTP)
#define RTP_AND_NOBODY (1U << TRAFFIC_RTP | 1U << TRAFFIC_NOBODY)
	{ "20", { .prefixes4 = 20, .vendors = 4, .services = 10, .seed = 1 }, RTP_AND_NOBODY },
	{ "10k", { .prefixes4 = 10000, .vendors = 4, .services = 10, .seed = 1 }, 0 },
	{ "100k", { .prefixes4 = 100000, .vendors = 4, .services = 10, .seed = 1 }, RTP_AND_NOBODY },
	{ "1M", { .prefixes4 = 1000000, .vendors = 4, .services = 10, .seed = 1 }, RTP_AND_NOBODY },
	{ "ipv6-100", { .prefixes6 = 100, .vendors = 4, .services = 10, .seed = 1 }, RTP_ONLY },
	{ "ipv6-10k", { .prefixes6 = 10000, .vendors = 4, .services = 10, .seed = 1 }, RTP_AND_NOBODY },
	{ "ipv6-200k", { .prefixes6 = 200000, .vendors = 4, .services = 10, .seed = 1 }, RTP_ONLY },
	{ "1-vendor", { .prefixes4 = 10000, .vendors = 1, .services = 10, .seed = 1 }, RTP_ONLY },
	{ "1000-vendors", { .prefixes4 = 10000, .vendors = 1000, .services = 10, .seed = 1 }, RTP_ONLY },
};

static void progress(uint32_t done, uint32_t all)
{
	fprintf(stderr, done == all ? "\r\033[K" : "\rtest run: %u%%", done * 100 / all);
}

static int tables_measure(const struct settings *settings, struct results *results, struct failure *failure)
{
	const struct bench_options options = { .rounds = settings->rounds,
					       .repeat = settings->repeat,
					       .role = VX_ROLE_ANY,
					       .progress = isatty(STDERR_FILENO) ? progress : NULL };
	struct bench_case cases[ARRAY_SIZE(sizes)];
	CLEANUP(bench_result_fini) struct bench_result result = {};
	int error;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		cases[i] =
			(struct bench_case){ .set = synthetic_profile_set(&sizes[i].shape), .kinds = sizes[i].kinds };
	error = bench_run(cases, ARRAY_SIZE(cases), &options, &result, failure);
	for (size_t i = 0; i < result.count; i++) {
		const struct bench_row *row = &result.rows[i];

		results_add(results,
			    &(struct result){
				    .section = "test-run",
				    .set = sizes[row->of].name,
				    .subject = engine_word(row->engine),
				    .traffic = traffic_word(row->traffic),
				    .order = order_word(row->order),
				    .count = result.rounds,
			    },
			    row->ns_by_round, row->empty_ns_by_round);
	}
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		profile_set_free((struct profile_set *)cases[i].set);
	return error;
}

/* ---- beside others ----------------------------------------------------------------------------------------------- */

/* What each contestant is compared with: an empty program of its own kind. */
static const char *beside(const struct contestant *one)
{
	return strcmp(one->name, "xdp-filter") == 0 ? "empty-plain" : "empty";
}

static void contest_keep(const struct live *live, const char *set, struct results *results)
{
	const struct contest *contest = &live->contest;

	for (size_t i = 0; i < contest->count; i++)
		for (int order = 0; order < _ORDER_MAX; order++) {
			const struct contestant *one = &contest->items[i];

			if (contest->orders >> order & 1)
				results_add(results,
					    &(struct result){
						    .section = contest->name,
						    .set = set,
						    .subject = one->name,
						    .traffic = traffic_word(TRAFFIC_RTP),
						    .order = order_word((enum traffic_order)order),
						    .count = contest->rounds,
					    },
					    one->ns[order], contest_find(contest, beside(one))->ns[order]);
		}
	for (int kind = 0; kind < _PEER_MAX; kind++) {
		const struct peer *peer = &live->peers[kind];

		if (peer->missing[0])
			results_note(results, "%s, %s: %s is missing: %s", contest->name, set,
				     peer_word((enum peer_kind)kind), peer->missing);
		if (peer->load_seconds > 0)
			results_number(results, peer->load_seconds, "load-seconds %s %s",
				       peer_word((enum peer_kind)kind), set);
	}
}

typedef int contest_fn(const struct live_scene *, const struct live_options *, struct live *, struct failure *);

static int contest_measure(contest_fn *run, const struct live_scene *scene, const char *set,
			   const struct settings *settings, struct results *results, struct failure *failure)
{
	const struct live_options options = { .rounds = settings->rounds, .packets = settings->live_packets };
	struct live *live = calloc(1, sizeof(*live));
	int error;

	if (!live)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	error = run(scene, &options, live, failure);
	if (!error)
		contest_keep(live, set, results);
	live_fini(live);
	free(live);
	return error;
}

/* Footprint and executed instructions of a set whose subject is at hand. */
static int still_measure(const struct subject *subject, const char *set, struct results *results,
			 struct failure *failure)
{
	struct footprint footprint;
	struct cost cost;
	int error = footprint_measure(subject, &footprint, failure);

	if (error)
		return error;
	results_number(results, (double)footprint.tables_bytes, "bytes tables %s", set);
	results_number(results, (double)footprint.tries_bytes, "bytes tries %s", set);
	results_number(results, (double)footprint.used_bytes, "bytes used-beside-addresses %s", set);
	results_number(results, (double)footprint.fixed4_bytes, "bytes fixed4 %s", set);
	results_number(results, (double)footprint.ranges4_bytes / footprint.prefixes4, "bytes-a-prefix4 %s", set);
	cost = cost_count(subject, VX_ENGINE_DIRECT, TRAFFIC_RTP, 4);
	if (!cost.judged)
		return failure_set(failure, VX_EXIT_FAILED, EPROTO, "the interpreted program judges otherwise");
	results_number(results, cost.instructions, "rtp instructions %s", set);
	results_number(results, cost.calls, "rtp calls %s", set);
	results_number(results, cost.lines, "rtp lines %s", set);
	return 0;
}

static int others_measure(const struct settings *settings, struct results *results, struct failure *failure)
{
	static const char *const names[] = { "10k", "100k" };
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names) && !error; i++) {
		const struct synthetic_shape shape = {
			.prefixes4 = i ? 100000 : 10000, .vendors = 4, .services = 10, .seed = 1
		};
		CLEANUP(profile_set_freep) struct profile_set *set = synthetic_profile_set(&shape);
		CLEANUP(subject_freep) struct subject *subject = NULL;
		CLEANUP(traffic_freep) struct traffic *traffic = NULL;
		struct live_scene scene;

		error = subject_new(set, VX_ROLE_ANY, &subject, failure);
		if (!error)
			error = traffic_new(set, subject->tables, TRAFFIC_RTP, 4, &traffic, failure);
		scene = (struct live_scene){ subject, traffic };
		if (!error)
			error = contest_measure(live_test_run, &scene, names[i], settings, results, failure);
		if (!error)
			error = contest_measure(live_frames, &scene, names[i], settings, results, failure);
		if (!error)
			error = contest_measure(live_veth, &scene, names[i], settings, results, failure);
		if (!error)
			error = still_measure(subject, names[i], results, failure);
	}
	return error;
}

/* ---- updates ----------------------------------------------------------------------------------------------------- */

/* Long enough for several whole sets to be staged meanwhile. */
#define CHURN_PACKETS (128 * BENCH_FLOWS)

static int switches_measure(const struct settings *settings, struct results *results, struct failure *failure)
{
	struct updates updates;
	int error = updates_measure(100000, settings->rounds, CHURN_PACKETS, &updates, failure);

	if (error)
		return error;
	results_number(results, samples_median(updates.from_tables, updates.rounds), "ms switch-from-tables 100k");
	results_number(results, samples_median(updates.from_profiles, updates.rounds), "ms switch-from-profiles 100k");
	results_number(results, samples_median(updates.one_address, updates.rounds), "ms one-address 100k");
	results_number(results, samples_median(updates.from_files, updates.rounds), "ms switch-from-files 100k");
	results_number(results, samples_median(updates.retiring, updates.rounds), "ms retire 100k");
	results_number(results, (double)updates.switches, "switches under-way 100k");
	results_add(results,
		    &(struct result){ .section = "churn",
				      .set = "100k",
				      .subject = "switching",
				      .traffic = "rtp",
				      .order = "in_order",
				      .count = updates.rounds },
		    updates.churning, updates.quiet);
	return 0;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static void usage(void)
{
	puts("Usage: bench [--rounds N] [--quick] [--json FILE] [test-run|others|updates]...\n\n"
	     "Measures on synthetic profiles (as root); no section: all of them.");
}

static const struct section {
	const char *name;
	int (*measure)(const struct settings *, struct results *, struct failure *);
} sections[] = {
	{ "test-run", tables_measure },
	{ "others", others_measure },
	{ "updates", switches_measure },
};

static bool is_wanted(const struct section *section, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], section->name) == 0)
			return true;
	return argc == 0;
}

static int settings_read(int argc, char **argv, struct settings *ret)
{
	static const struct option options[] = { { "rounds", required_argument, NULL, 'r' },
						 { "quick", no_argument, NULL, 'q' },
						 { "json", required_argument, NULL, 'j' },
						 { "help", no_argument, NULL, 'h' },
						 {} };
	int option;

	*ret = (struct settings){ .rounds = 7, .repeat = 8 * BENCH_FLOWS, .live_packets = 4 * BENCH_FLOWS };
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
		switch (option) {
		case 'r':
			ret->rounds = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'q':
			ret->rounds = BENCH_ROUNDS_MIN;
			ret->repeat = ret->live_packets = 2 * BENCH_FLOWS;
			break;
		case 'j':
			ret->json = optarg;
			break;
		default:
			usage();
			return -EINVAL;
		}
	if (ret->rounds >= BENCH_ROUNDS_MIN && ret->rounds <= CONTEST_ROUNDS_MAX)
		return 0;
	fprintf(stderr, "bench: --rounds: %u to %u\n", BENCH_ROUNDS_MIN, CONTEST_ROUNDS_MAX);
	return -EINVAL;
}

int main(int argc, char **argv)
{
	CLEANUP(results_fini) struct results results = {};
	struct failure failure = {};
	struct settings settings;
	int error = 0;

	if (settings_read(argc, argv, &settings))
		return VX_EXIT_USAGE;
	results_init(&results);
	for (size_t i = 0; i < ARRAY_SIZE(sections) && !error; i++)
		if (is_wanted(&sections[i], argc - optind, argv + optind))
			error = sections[i].measure(&settings, &results, &failure);
	if (error) {
		fprintf(stderr, "bench: %s\n", failure.text);
		return (int)failure.exit_code;
	}
	results_print(&results, stdout);
	goals_print(&results, stdout);
	if (settings.json && results_write(&results, settings.json)) {
		fprintf(stderr, "bench: %s: %s\n", settings.json, strerror(errno));
		return VX_EXIT_FAILED;
	}
	return 0;
}
