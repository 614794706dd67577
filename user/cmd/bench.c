/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp bench`: what a packet costs on this box with these profiles, and how many cores a link then takes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/load.h"
#include "cmd/view.h"
#include "dataplane/bench.h"
#include "lib/cleanup.h"
#include "lib/columns.h"
#include "lib/text.h"
#include "lib/words.h"

struct bench_cmd_options {
	const char *rounds, *repeat;
	bool quick;
};

#define ROUNDS_USUAL 7
#define ROUNDS_MAX 1000
#define REPEAT_USUAL (16U * BENCH_FLOWS)
#define REPEAT_QUICK (2U * BENCH_FLOWS)
#define REPEAT_MAX (1U << 30)

static const char method[] =
	"BPF_PROG_TEST_RUN repeats a frame; a front end writes the next of 65,536 flows into it and tail-calls the "
	"program, or an empty one, in the same round. Medians over rounds of thread CPU time. Beyond both lie the "
	"driver and the NIC, which no test run sees.";

/* ---- budget ------------------------------------------------------------------------------------------------------ */

/* On the wire a frame also has FCS 4, preamble 8 and gap 12. */
#define WIRE_EXTRA 24

static const struct {
	const char *words;
	unsigned bytes; /* without FCS */
} budget_frames[] = { { "64 bytes", 60 }, { "G.711, 20 ms", TRAFFIC_G711_BYTES } };

static const unsigned budget_gbits[] = { 10, 25, 40, 100 };

static double link_pps(unsigned gbits, unsigned frame_bytes)
{
	return gbits * 1e9 / 8 / (frame_bytes + WIRE_EXTRA);
}

/* The dearest order of RTP by engine direct, or of whatever was measured. */
static double budget_ns(const struct bench_result *result)
{
	double ns = 0, any = 0;

	for (size_t i = 0; i < result->count; i++) {
		const struct bench_row *row = &result->rows[i];

		if (row->engine != VX_ENGINE_DIRECT)
			continue;
		if (row->above_empty_ns > any)
			any = row->above_empty_ns;
		if (row->traffic == TRAFFIC_RTP && row->above_empty_ns > ns)
			ns = row->above_empty_ns;
	}
	return ns > 0 ? ns : any;
}

/* ---- printing ---------------------------------------------------------------------------------------------------- */

static int rows_print(const struct bench_result *result, const struct globals *globals)
{
	static const struct column layout[] = {
		{ "traffic", false }, { "order", false }, { "engine", false },	   { "prefixes", true },
		{ "ns", true },	      { "empty", true },  { "above empty", true },
	};
	CLEANUP(columns_freep) struct columns *columns = NULL;
	int error = columns_new(layout, ARRAY_SIZE(layout), &columns);

	for (size_t i = 0; i < result->count && !error; i++) {
		const struct bench_row *row = &result->rows[i];
		char traffic[32], prefixes[NUMBER_TEXT_MAX], ns[32], empty[32], above[32];

		(void)snprintf(traffic, sizeof(traffic), "%s%s", traffic_word(row->traffic),
			       row->family == 6 ? " (IPv6)" : "");
		(void)snprintf(ns, sizeof(ns), "%.1f", row->ns);
		(void)snprintf(empty, sizeof(empty), "%.1f", row->empty_ns);
		(void)snprintf(above, sizeof(above), "%.1f", row->above_empty_ns);
		columns_row(columns, ROW_PLAIN,
			    (const char *const[]){ traffic, order_word(row->order), engine_word(row->engine),
						   number_format(row->prefixes, prefixes), ns, empty, above });
	}
	return error ? error : columns_print(columns, stdout, globals->color);
}

static int budget_print(const struct bench_result *result, const struct globals *globals)
{
	static const struct column layout[] = {
		{ "link", false },
		{ "frame", false },
		{ "packets/s", true },
		{ "cores", true },
	};
	CLEANUP(columns_freep) struct columns *columns = NULL;
	int error = columns_new(layout, ARRAY_SIZE(layout), &columns);
	double ns = budget_ns(result);

	printf("\n  What voxdp adds to a full link, at %.1f ns a packet (the dearest order of RTP by engine direct):\n\n",
	       ns);
	for (size_t g = 0; g < ARRAY_SIZE(budget_gbits) && !error; g++)
		for (size_t f = 0; f < ARRAY_SIZE(budget_frames); f++) {
			double pps = link_pps(budget_gbits[g], budget_frames[f].bytes);
			char link[32], cores[32], rate[NUMBER_TEXT_MAX];

			(void)snprintf(link, sizeof(link), "%u GbE", budget_gbits[g]);
			(void)snprintf(cores, sizeof(cores), "%.2f", pps * ns / 1e9);
			columns_row(columns, ROW_PLAIN,
				    (const char *const[]){ link, budget_frames[f].words,
							   number_format((uint64_t)pps, rate), cores });
		}
	return error ? error : columns_print(columns, stdout, globals->color);
}

static bool is_measured(const struct bench_result *result, enum traffic_kind kind)
{
	for (size_t i = 0; i < result->count; i++)
		if (result->rows[i].traffic == kind)
			return true;
	return false;
}

static enum vx_exit print(const struct bench_result *result, const struct globals *globals, struct failure *failure)
{
	int error = rows_print(result, globals);

	if (!error)
		error = budget_print(result, globals);
	if (error) {
		failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		return failure->exit_code;
	}
	for (int kind = 0; kind < _TRAFFIC_MAX; kind++)
		if (!is_measured(result, (enum traffic_kind)kind))
			printf("\n  %s was not measured: none can match these profiles\n", traffic_word(kind));
	return VX_EXIT_DONE;
}

/* Nanoseconds to two places: more would be noise. */
static json_t *json_ns(double ns)
{
	return json_real((double)(long long)(ns * 100 + (ns < 0 ? -0.5 : 0.5)) / 100);
}

static json_t *row_json(const struct bench_row *row)
{
	return json_pack("{s:s, s:s, s:s, s:i, s:I, s:o, s:o, s:o, s:o}", "traffic", traffic_word(row->traffic),
			 "order", order_word(row->order), "engine", engine_word(row->engine), "family", row->family,
			 "prefixes", (json_int_t)row->prefixes, "ns", json_ns(row->ns), "ns_min", json_ns(row->ns_min),
			 "empty_ns", json_ns(row->empty_ns), "above_empty_ns", json_ns(row->above_empty_ns));
}

static json_t *budget_json(const struct bench_result *result)
{
	json_t *list = json_array();

	for (size_t g = 0; g < ARRAY_SIZE(budget_gbits); g++)
		for (size_t f = 0; f < ARRAY_SIZE(budget_frames); f++) {
			double pps = link_pps(budget_gbits[g], budget_frames[f].bytes);
			json_t *row = json_pack("{s:i, s:i, s:I, s:f}", "gbits", budget_gbits[g], "frame_bytes",
						budget_frames[f].bytes + 4, "packets_per_second", (json_int_t)pps,
						"cores", pps * budget_ns(result) / 1e9);

			if (!row || json_array_append_new(list, row)) {
				json_decref(list);
				return NULL;
			}
		}
	return list;
}

static enum vx_exit print_json(const struct bench_result *result, const struct bench_options *options,
			       struct failure *failure)
{
	json_t *rows = json_array(), *document = NULL;
	bool whole = rows != NULL;

	for (size_t i = 0; i < result->count && whole; i++)
		whole = json_array_append_new(rows, row_json(&result->rows[i])) == 0;
	if (whole)
		document = json_pack("{s:s, s:i, s:i, s:s, s:o, s:O, s:o}", "method", method, "rounds",
				     (int)options->rounds, "repeat", (int)options->repeat, "role",
				     role_word(options->role), "empty_ns", json_ns(result->empty_ns), "rows", rows,
				     "budget", budget_json(result));
	json_decref(rows);
	return view_json(document, failure);
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static void progress(uint32_t done, uint32_t all)
{
	fprintf(stderr, done == all ? "\r\033[K" : "\rmeasuring: %u%%", done * 100 / all);
}

static int number_read(const char *name, const char *text, uint32_t least, uint32_t most, uint32_t *ret,
		       struct failure *failure)
{
	char quoted[TEXT_QUOTE_MAX], *end;
	unsigned long number;

	if (!text)
		return 0;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *end || text[0] < '0' || text[0] > '9' || number < least || number > most)
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "--%s: got %s, expected %u to %u", name,
				   text_quote(text, quoted), least, most);
	*ret = (uint32_t)number;
	return 0;
}

static enum vx_exit bench_cmd_run(const struct globals *globals, const void *options_raw, int argc, char **argv,
				  struct failure *failure)
{
	const struct bench_cmd_options *given = options_raw;
	struct bench_options options = {
		.rounds = given->quick ? BENCH_ROUNDS_MIN : ROUNDS_USUAL,
		.repeat = given->quick ? REPEAT_QUICK : REPEAT_USUAL,
		.role = VX_ROLE_ANY,
		.progress = isatty(STDERR_FILENO) ? progress : NULL,
	};
	CLEANUP(profile_set_freep) struct profile_set *profiles = NULL;
	CLEANUP(bench_result_fini) struct bench_result result = {};
	struct bench_case measured = {};

	(void)argc;
	(void)argv;
	if (number_read("rounds", given->rounds, BENCH_ROUNDS_MIN, ROUNDS_MAX, &options.rounds, failure) ||
	    number_read("repeat", given->repeat, 1, REPEAT_MAX, &options.repeat, failure) ||
	    profiles_load(globals, &profiles, failure))
		return failure->exit_code;
	measured.set = profiles;
	if (bench_run(&measured, 1, &options, &result, failure))
		return failure->exit_code;
	return globals->json ? print_json(&result, &options, failure) : print(&result, globals, failure);
}

static const struct opt bench_opts[] = {
	{ 0, "rounds", "N", "rounds to take medians of (7; 5 at least)", OPT_STRING,
	  offsetof(struct bench_cmd_options, rounds) },
	{ 0, "repeat", "N", "packets of each job in a round (1,048,576)", OPT_STRING,
	  offsetof(struct bench_cmd_options, repeat) },
	{ 0, "quick", NULL, "5 rounds of 131,072 packets: rougher, in seconds", OPT_FLAG,
	  offsetof(struct bench_cmd_options, quick) },
};

const struct cmd cmd_bench = {
	.name = "bench",
	.summary = "measure what a packet costs on this box with these profiles",
	.details =
		"Runs packets that match the profiles, and nobody's, through the program of both engines beside an empty\n"
		"one; no interface is touched. The budget says how many cores a full link takes.",
	.opts = bench_opts,
	.opt_count = ARRAY_SIZE(bench_opts),
	.options_size = sizeof(struct bench_cmd_options),
	.run = bench_cmd_run,
};
