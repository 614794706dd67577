/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp stats`: the counters as a table. */
#include <errno.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "lib/cleanup.h"
#include "lib/columns.h"

static enum vx_exit stats_json(const struct counters *counters, struct failure *failure)
{
	json_t *document = json_pack("{s:I}", "packets", (json_int_t)counters_packets(counters, NULL));

	if (document && view_counters_json(counters, document)) {
		json_decref(document);
		document = NULL;
	}
	return view_json(document, failure);
}

static enum vx_exit stats_run(const struct globals *globals, const void *options, int argc, char **argv,
			      struct failure *failure)
{
	CLEANUP(counters_fini) struct counters counters = {};
	char packets[NUMBER_TEXT_MAX];
	enum vx_exit result;

	(void)options, (void)argc, (void)argv; /* takes none */
	if (classifier_counters(globals->state_dir, &counters, failure))
		return failure->exit_code;
	if (globals->json)
		return stats_json(&counters, failure);
	result = view_counters(&counters, globals, failure);
	if (result == VX_EXIT_DONE)
		printf("\n  %s packets in all\n", number_format(counters_packets(&counters, NULL), packets));
	return result;
}

const struct cmd cmd_stats = {
	.name = "stats",
	.summary = "print the counters as a table",
	.details =
		"Each packet is in exactly one row of the first table. Counters start when an interface is attached.",
	.run = stats_run,
};
