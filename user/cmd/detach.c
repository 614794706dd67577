/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp detach`: takes voxdp off interfaces; with the last one every pin goes. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "lib/cleanup.h"

struct detach_options {
	const char *interface;
};

static enum vx_exit detach_run(const struct globals *globals, const void *options_raw, int argc, char **argv,
			       struct failure *failure)
{
	const struct detach_options *options = options_raw;
	CLEANUP(devices_fini) struct devices detached = {};
	json_t *names;

	(void)argc, (void)argv; /* takes none */
	if (classifier_detach(globals->state_dir, options->interface, &detached, failure))
		return failure->exit_code;
	if (!globals->json) {
		for (size_t i = 0; i < detached.count; i++)
			printf("%s: detached\n", detached.items[i].ifname);
		return VX_EXIT_DONE;
	}
	names = json_array();
	for (size_t i = 0; i < detached.count; i++)
		(void)json_array_append_new(names, view_string(detached.items[i].ifname));
	return view_json(json_pack("{s:o}", "detached", names), failure);
}

static const struct opt detach_opts[] = {
	{ 'i', "interface", "IFACE", "only from IFACE; else from every interface", OPT_STRING,
	  offsetof(struct detach_options, interface) },
};

const struct cmd cmd_detach = {
	.name = "detach",
	.summary = "take voxdp off interfaces and remove its pins",
	.opts = detach_opts,
	.opt_count = 1,
	.options_size = sizeof(struct detach_options),
	.run = detach_run,
};
