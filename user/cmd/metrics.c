/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp metrics`: the counters as Prometheus text; with --json as `stats` has them. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "lib/cleanup.h"
#include "serve/exposition.h"

static enum vx_exit metrics_run(const struct globals *globals, const void *options, int argc, char **argv,
				struct failure *failure)
{
	CLEANUP(counters_fini) struct counters counters = {};

	if (globals->json)
		return cmd_stats.run(globals, options, argc, argv, failure);
	if (classifier_counters(globals->state_dir, &counters, failure))
		return failure->exit_code;
	exposition_write(stdout, &counters);
	return VX_EXIT_DONE;
}

const struct cmd cmd_metrics = {
	.name = "metrics",
	.summary = "print the counters as Prometheus text",
	.run = metrics_run,
};
