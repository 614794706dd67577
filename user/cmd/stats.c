/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp stats`: the counters as a table, or what moves them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/view.h"
#include "cmd/watch.h"
#include "dataplane/classifier.h"
#include "lib/cleanup.h"
#include "lib/columns.h"
#include "lib/text.h"

#define INTERVAL_MIN_MS 100
#define INTERVAL_MAX_MS 3600000
#define VIEWS_MAX 1000000

struct stats_options {
	bool watch;
	const char *count;
};

/* Seconds with a fraction, in milliseconds. */
static int interval_parse(const char *text, uint32_t *ret_ms, struct failure *failure)
{
	char quoted[TEXT_QUOTE_MAX], *end = NULL;
	double seconds = strtod(text, &end);

	/* written so that what is no number at all is refused, too */
	if (end == text || *end || !(seconds * 1000 >= INTERVAL_MIN_MS && seconds * 1000 <= INTERVAL_MAX_MS))
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "--watch: got %s, expected 0.1 to 3600 seconds",
				   text_quote(text, quoted));
	*ret_ms = (uint32_t)(seconds * 1000);
	return 0;
}

static int count_parse(const char *text, uint32_t *ret, struct failure *failure)
{
	char quoted[TEXT_QUOTE_MAX], *end = NULL;
	unsigned long count = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !count || count > VIEWS_MAX)
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "--count: got %s, expected 1 to %d",
				   text_quote(text, quoted), VIEWS_MAX);
	*ret = (uint32_t)count;
	return 0;
}

static enum vx_exit watch_run(const struct globals *globals, const struct stats_options *options, int argc, char **argv,
			      struct failure *failure)
{
	uint32_t interval_ms = 1000, count = 0;

	if (argc > 1 || (argc && !options->watch) || (options->count && !options->watch)) {
		failure_set(failure, VX_EXIT_USAGE, EINVAL, "usage: voxdp stats [--watch [SECONDS] [--count N]]");
		return failure->exit_code;
	}
	if ((argc && interval_parse(argv[0], &interval_ms, failure)) ||
	    (options->count && count_parse(options->count, &count, failure)))
		return failure->exit_code;
	return stats_watch(globals, interval_ms, count, failure);
}

static enum vx_exit stats_run(const struct globals *globals, const void *options_raw, int argc, char **argv,
			      struct failure *failure)
{
	const struct stats_options *options = options_raw;
	CLEANUP(counters_fini) struct counters counters = {};
	char packets[NUMBER_TEXT_MAX];
	enum vx_exit result;

	if (options->watch || options->count || argc)
		return watch_run(globals, options, argc, argv, failure);
	if (classifier_counters(globals->state_dir, &counters, failure))
		return failure->exit_code;
	if (globals->json)
		return view_stats_json(&counters, failure);
	result = view_counters(&counters, globals, failure);
	if (result == VX_EXIT_DONE)
		printf("\n  %s packets in all\n", number_format(counters_packets(&counters, NULL), packets));
	return result;
}

static const struct opt stats_opts[] = {
	{ 'w', "watch", NULL, "rates by vendor and service every SECONDS (1), busiest first; Ctrl-C ends it", OPT_FLAG,
	  offsetof(struct stats_options, watch) },
	{ 0, "count", "N", "end after N views", OPT_STRING, offsetof(struct stats_options, count) },
};

const struct cmd cmd_stats = {
	.name = "stats",
	.args = "[SECONDS]",
	.summary = "print the counters as a table; --watch: what moves them, live",
	.details =
		"Each packet is in exactly one row of the first table. Counters start when an interface is attached.\n"
		"--watch draws anew on a terminal; elsewhere it prints lines, with --json a document a line.",
	.opts = stats_opts,
	.opt_count = ARRAY_SIZE(stats_opts),
	.options_size = sizeof(struct stats_options),
	.run = stats_run,
};
