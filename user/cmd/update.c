/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp update`: compiles the profiles anew and switches the running classifier over in one step. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/load.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "lib/cleanup.h"

static enum vx_exit update_run(const struct globals *globals, const void *options, int argc, char **argv,
			       struct failure *failure)
{
	CLEANUP(profile_set_freep) struct profile_set *profiles = NULL;
	CLEANUP(classifier_change_fini) struct classifier_change change = {};

	(void)options, (void)argc, (void)argv; /* takes none */
	if (profiles_load(globals, &profiles, failure) ||
	    classifier_update(globals->state_dir, profiles, &change, failure))
		return failure->exit_code;
	if (globals->json)
		return view_json(json_pack("{s:I, s:i, s:i, s:i}", "generation", (json_int_t)change.generation.number,
					   "vendors", (int)change.generation.vendors, "services",
					   (int)change.generation.services, "devices", (int)change.devices.count),
				 failure);
	printf("generation %llu is live on %zu interface%s: vendors %u, services %u\n", change.generation.number,
	       change.devices.count, change.devices.count == 1 ? "" : "s", change.generation.vendors,
	       change.generation.services);
	return VX_EXIT_DONE;
}

const struct cmd cmd_update = {
	.name = "update",
	.summary = "switch the running classifier to the profiles as they are now",
	.details = "The new tables are filled and read back beside the live ones and become live by one store: every\n"
		   "packet is judged by the old set or by the new one. What fails before leaves the old one live.",
	.run = update_run,
};
