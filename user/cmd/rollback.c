/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp rollback`: the generation before the live one, which still lies in the other half. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "lib/cleanup.h"

static enum vx_exit rollback_run(const struct globals *globals, const void *options, int argc, char **argv,
				 struct failure *failure)
{
	CLEANUP(classifier_change_fini) struct classifier_change change = {};

	(void)options, (void)argc, (void)argv; /* takes none */
	if (classifier_rollback(globals->state_dir, &change, failure))
		return failure->exit_code;
	if (globals->json)
		return view_json(json_pack("{s:I, s:i, s:i}", "generation", (json_int_t)change.generation.number,
					   "vendors", (int)change.generation.vendors, "services",
					   (int)change.generation.services),
				 failure);
	printf("generation %llu is live again: vendors %u, services %u\n", change.generation.number,
	       change.generation.vendors, change.generation.services);
	return VX_EXIT_DONE;
}

const struct cmd cmd_rollback = {
	.name = "rollback",
	.summary = "switch back to the generation before the live one",
	.details = "One step: a second rollback leads forward again. Counters are not touched. A trial ends with it.\n"
		   "There is nothing to return to before the first update, behind an update that failed on its way,\n"
		   "where `voxdp counters gc` has freed a name of that generation, and where it has no tables for the\n"
		   "engine of an interface that was attached since.",
	.run = rollback_run,
};
