/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp confirm`: what is on trial stays. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"

static enum vx_exit confirm_run(const struct globals *globals, const void *options, int argc, char **argv,
				struct failure *failure)
{
	uint64_t number;

	(void)options, (void)argc, (void)argv; /* takes none */
	if (classifier_confirm(globals->state_dir, &number, failure))
		return failure->exit_code;
	if (globals->json)
		return view_json(json_pack("{s:I}", "confirmed", (json_int_t)number), failure);
	printf("generation %llu stays\n", (unsigned long long)number);
	return VX_EXIT_DONE;
}

const struct cmd cmd_confirm = {
	.name = "confirm",
	.summary = "keep what `update --confirm-within` has brought in on trial",
	.run = confirm_run,
};
