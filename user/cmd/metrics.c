/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `voxdp metrics`: what the kernel has, as Prometheus text; with --json as `stats` has it. What only a daemon knows is
 * not in it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "lib/cleanup.h"
#include "lib/replace.h"
#include "serve/exposition.h"

struct metrics_options {
	const char *output;
};

static int metrics_write(const struct globals *globals, FILE *out, struct failure *failure)
{
	CLEANUP(classifier_fini) struct classifier classifier = {};
	CLEANUP(counters_fini) struct counters counters = {};
	struct prom prom = { .out = out };
	int error = classifier_scrape(globals->state_dir, &classifier, &counters, failure);

	if (error)
		return error;
	exposition_build(&prom);
	exposition_classifier(&prom, &classifier);
	exposition_counters(&prom, &counters);
	prom_end(&prom);
	return 0;
}

/* Where reading fails the file stays what it was: its age tells. */
static int metrics_replace(const struct globals *globals, const char *path, struct failure *failure)
{
	CLEANUP_FREE char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int error = out ? metrics_write(globals, out, failure) :
			  failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");

	if (out && fclose(out) && !error)
		error = failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	if (error)
		return error;
	error = file_replace(path, text, size);
	if (error)
		return failure_set(failure, failure_exit_for_errno(-error), -error, "cannot write %s: %s", path,
				   strerror(-error));
	return 0;
}

static enum vx_exit metrics_run(const struct globals *globals, const void *options_raw, int argc, char **argv,
				struct failure *failure)
{
	const struct metrics_options *options = options_raw;
	CLEANUP_FREE void *stats_options = calloc(1, cmd_stats.options_size + 1); /* as without options */
	int error;

	if (globals->json && options->output)
		failure_set(failure, VX_EXIT_USAGE, EINVAL, "--output writes Prometheus text: leave --json out");
	else if (!stats_options)
		failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	else if (globals->json)
		return cmd_stats.run(globals, stats_options, argc, argv, failure);
	if (failure->exit_code)
		return failure->exit_code;
	error = options->output ? metrics_replace(globals, options->output, failure) :
				  metrics_write(globals, stdout, failure);
	return error ? failure->exit_code : VX_EXIT_DONE;
}

static const struct opt metrics_opts[] = {
	{ 'o', "output", "FILE", "write to FILE, which is whole at any time, for node_exporter's textfile collector",
	  OPT_STRING, offsetof(struct metrics_options, output) },
};

const struct cmd cmd_metrics = {
	.name = "metrics",
	.summary = "print the counters as Prometheus text",
	.details = "Every counter that the live profiles can count in, also where it is still 0.",
	.opts = metrics_opts,
	.opt_count = ARRAY_SIZE(metrics_opts),
	.options_size = sizeof(struct metrics_options),
	.run = metrics_run,
};
