/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp counters gc`: counters of names that no profile has any more. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "lib/cleanup.h"

static enum vx_exit collected_json(const struct collected *collected, struct failure *failure)
{
	json_t *freed = json_array();

	for (uint32_t i = 0; i < collected->count; i++) {
		const struct vx_slot *name = &collected->names[i];

		(void)json_array_append_new(freed,
					    json_pack("{s:o, s:o}", "vendor", view_string(name->vendor), "service",
						      view_string(name->service[0] ? name->service : NULL)));
	}
	return view_json(json_pack("{s:o, s:o}", "freed", freed, "rollback_given_up",
				   collected->dismissed ? json_integer((json_int_t)collected->dismissed) : json_null()),
			 failure);
}

static enum vx_exit counters_run(const struct globals *globals, const void *options, int argc, char **argv,
				 struct failure *failure)
{
	CLEANUP(collected_fini) struct collected collected = {};

	(void)options; /* takes none */
	if (argc != 1 || strcmp(argv[0], "gc") != 0) {
		failure_set(failure, VX_EXIT_USAGE, EINVAL, "usage: voxdp counters gc");
		return failure->exit_code;
	}
	if (classifier_collect(globals->state_dir, &collected, failure))
		return failure->exit_code;
	if (globals->json)
		return collected_json(&collected, failure);
	for (uint32_t i = 0; i < collected.count; i++)
		printf("%s%s%s: freed\n", collected.names[i].vendor, collected.names[i].service[0] ? " " : "",
		       collected.names[i].service);
	if (!collected.count)
		puts("nothing to free: the live profiles have every name");
	if (collected.dismissed)
		printf("generation %llu had such names: there is no rollback to it any more\n",
		       (unsigned long long)collected.dismissed);
	return VX_EXIT_DONE;
}

const struct cmd cmd_counters = {
	.name = "counters",
	.args = "gc",
	.summary = "gc: free the counters of vendors and services that are gone",
	.details =
		"A name keeps its counters when its profile goes, for as long as it takes. gc makes them zero on every\n"
		"interface and gives their room to names to come. It waits for no trial: confirm or rollback first.",
	.run = counters_run,
};
