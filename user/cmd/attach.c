/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp attach`: loads, fills, then attaches, to all interfaces named or to none. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/load.h"
#include "cmd/spec.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "dataplane/kernel.h"
#include "lib/cleanup.h"
#include "lib/words.h"

struct attach_options {
	struct string_list interfaces;
	const char *mode, *engine, *decap;
};

static int how_parse(const struct attach_options *options, struct attach_how *ret, struct failure *failure)
{
	int error;

	*ret = (struct attach_how){ .mode = VX_MODE_NATIVE, .engine = VX_ENGINE_DIRECT };
	error = mode_parse(options->mode, &ret->mode, failure);
	if (!error)
		error = engine_option_parse(options->engine, &ret->engine, failure);
	return error ? error : decap_option_parse(options->decap, &ret->decap, failure);
}

/* An attach without an interface is a slip of the hand. */
static int interfaces_check(const struct string_list *interfaces, struct failure *failure)
{
	if (interfaces->count)
		return 0;
	return failure_set(failure, VX_EXIT_USAGE, EINVAL, "attach needs an interface: -i IFACE[:ROLE]");
}

static bool is_asked_for(const struct device *device, const struct device_request *request)
{
	for (size_t i = 0; i < request->count; i++)
		if (request->specs[i].ifindex == device->info.ifindex)
			return true;
	return false;
}

static void device_print(const struct device *device)
{
	char decap[DECAP_TEXT_MAX];
	const char *why = NULL;

	printf("%s: attached%s, role %s, %s mode, engine %s, ", device->ifname, device->kept ? " already" : "",
	       role_word(device->info.role), device->info.mode == VX_MODE_NATIVE ? "native" : "skb",
	       engine_word(device->info.engine));
	if (device->info.decap)
		printf("looks through %s, ", decap_format(device->info.decap, decap));
	if (device->info.reading == VX_READING_COPIED)
		printf("reads: copied, CAP_PERFMON is missing, ");
	if (device->info.dispatcher)
		puts("shared by libxdp's dispatcher");
	else if (kernel_can_dispatch(&why))
		puts("alone by a bpf_link");
	else
		printf("alone by a bpf_link (%s)\n", why);
}

static json_t *device_json(const struct device *device)
{
	json_t *json = view_device_json(device);

	if (json_object_set_new(json, "already", json_boolean(device->kept))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

/* Says what came of it, as the kernel had it a moment ago. */
static enum vx_exit report(const struct globals *globals, const struct device_request *request,
			   const struct classifier_change *change, struct failure *failure)
{
	json_t *attached = globals->json ? json_array() : NULL;

	for (size_t i = 0; i < change->devices.count; i++) {
		const struct device *device = &change->devices.items[i];

		if (!is_asked_for(device, request))
			continue;
		if (globals->json)
			(void)json_array_append_new(attached, device_json(device));
		else
			device_print(device);
	}
	if (globals->json)
		return view_json(json_pack("{s:I, s:o}", "generation", (json_int_t)change->generation.number,
					   "attached", attached),
				 failure);
	printf("generation %llu: vendors %u, services %u\n", change->generation.number, change->generation.vendors,
	       change->generation.services);
	return VX_EXIT_DONE;
}

static enum vx_exit attach_run(const struct globals *globals, const void *options_raw, int argc, char **argv,
			       struct failure *failure)
{
	const struct attach_options *options = options_raw;
	CLEANUP_FREE struct device_spec *specs = calloc(options->interfaces.count + 1, sizeof(*specs));
	CLEANUP(profile_set_freep) struct profile_set *profiles = NULL;
	CLEANUP(classifier_change_fini) struct classifier_change change = {};
	struct attach_request request = { .devices = { .specs = specs, .count = options->interfaces.count } };

	(void)argc, (void)argv; /* takes none */
	if (!specs) {
		failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		return failure->exit_code;
	}
	if (how_parse(options, &request.devices.how, failure) || interfaces_check(&options->interfaces, failure) ||
	    specs_parse(&options->interfaces, specs, failure) || specs_resolve(specs, request.devices.count, failure) ||
	    profiles_load(globals, &profiles, failure))
		return failure->exit_code;
	request.profiles = profiles;
	if (classifier_attach(globals->state_dir, &request, &change, failure))
		return failure->exit_code;
	return report(globals, &request.devices, &change, failure);
}

static const struct opt attach_opts[] = {
	{ 'i', "interface", "IFACE[:ROLE]", "attach to IFACE, which faces wan, lan or any (default); repeatable",
	  OPT_LIST, offsetof(struct attach_options, interfaces) },
	{ 0, "mode", "native|skb", "in the driver (default), or in the kernel's generic, slower path", OPT_STRING,
	  offsetof(struct attach_options, mode) },
	{ 0, "engine", "direct|lpm", "look addresses up in static tables (default) or in LPM tries", OPT_STRING,
	  offsetof(struct attach_options, engine) },
	{ 0, "decap", "LIST", DECAP_HELP, OPT_STRING, offsetof(struct attach_options, decap) },
};

const struct cmd cmd_attach = {
	.name = "attach",
	.summary = "load the profiles into the kernel and attach to interfaces",
	.details =
		"Fills the tables first and attaches then, to all of the interfaces or to none. Never falls back to\n"
		"another mode. What is attached outlives this process; voxdp detach takes it off. An interface that is\n"
		"attached already with the same role, mode and engine stays as it is, and gets the profiles as by update.",
	.opts = attach_opts,
	.opt_count = ARRAY_SIZE(attach_opts),
	.options_size = sizeof(struct attach_options),
	.run = attach_run,
};
