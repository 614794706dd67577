/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp attach`: loads, fills, then attaches, to all interfaces named or to none. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/load.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "dataplane/kernel.h"
#include "lib/cleanup.h"
#include "lib/text.h"
#include "lib/words.h"

struct attach_options {
	struct string_list interfaces;
	const char *mode, *engine;
};

static int how_parse(const struct attach_options *options, struct attach_how *ret, struct failure *failure)
{
	char quoted[TEXT_QUOTE_MAX];

	*ret = (struct attach_how){ .mode = VX_MODE_NATIVE, .engine = VX_ENGINE_DIRECT };
	if (options->mode && strcmp(options->mode, "skb") == 0)
		ret->mode = VX_MODE_SKB;
	else if (options->mode && strcmp(options->mode, "native") != 0)
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "--mode: got %s, expected native or skb",
				   text_quote(options->mode, quoted));
	if (options->engine && engine_parse(options->engine, &ret->engine))
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "--engine: got %s, expected direct or lpm",
				   text_quote(options->engine, quoted));
	return 0;
}

/* IFACE or IFACE:ROLE; the kernel allows no colon in a name. */
static int spec_parse(const char *text, struct device_spec *ret, struct failure *failure)
{
	const char *colon = strchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : strlen(text);
	char quoted[TEXT_QUOTE_MAX];

	*ret = (struct device_spec){ .role = VX_ROLE_ANY };
	if (!length || length >= sizeof(ret->ifname))
		return failure_set(failure, VX_EXIT_USAGE, EINVAL,
				   "-i: got %s, expected an interface's name of 1 to %zu bytes",
				   text_quote(text, quoted), sizeof(ret->ifname) - 1);
	if (colon && role_parse(colon + 1, &ret->role))
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "-i: got role %s, expected wan, lan or any",
				   text_quote(colon + 1, quoted));
	memcpy(ret->ifname, text, length);
	return 0;
}

static int specs_parse(const struct string_list *interfaces, struct device_spec *specs, struct failure *failure)
{
	int error = interfaces->count ?
			    0 :
			    failure_set(failure, VX_EXIT_USAGE, EINVAL, "attach needs an interface: -i IFACE[:ROLE]");

	for (size_t i = 0; i < interfaces->count && !error; i++) {
		error = spec_parse(interfaces->items[i], &specs[i], failure);
		for (size_t j = 0; j < i && !error; j++)
			if (strcmp(specs[i].ifname, specs[j].ifname) == 0)
				error = failure_set(failure, VX_EXIT_USAGE, EINVAL, "-i: %s is named twice",
						    specs[i].ifname);
	}
	return error;
}

static int specs_resolve(struct device_spec *specs, size_t count, struct failure *failure)
{
	for (size_t i = 0; i < count; i++) {
		specs[i].ifindex = if_nametoindex(specs[i].ifname);
		if (!specs[i].ifindex)
			return failure_set(failure, VX_EXIT_FAILED, ENODEV, "interface %s does not exist",
					   specs[i].ifname);
	}
	return 0;
}

static bool is_new(const struct device *device, const struct device_request *request)
{
	for (size_t i = 0; i < request->count; i++)
		if (request->specs[i].ifindex == device->info.ifindex)
			return true;
	return false;
}

static void device_print(const struct device *device)
{
	const char *why = NULL;

	printf("%s: attached, role %s, %s mode, engine %s, ", device->ifname, role_word(device->info.role),
	       device->info.mode == VX_MODE_NATIVE ? "native" : "skb", engine_word(device->info.engine));
	if (device->info.dispatcher)
		puts("shared by libxdp's dispatcher");
	else if (kernel_can_dispatch(&why))
		puts("alone by a bpf_link");
	else
		printf("alone by a bpf_link (%s)\n", why);
}

/* Says what came of it, as the kernel had it a moment ago. */
static enum vx_exit report(const struct globals *globals, const struct device_request *request,
			   const struct classifier_change *change, struct failure *failure)
{
	json_t *attached = globals->json ? json_array() : NULL;

	for (size_t i = 0; i < change->devices.count; i++) {
		const struct device *device = &change->devices.items[i];

		if (!is_new(device, request))
			continue;
		if (globals->json)
			(void)json_array_append_new(attached, view_device_json(device));
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
	if (how_parse(options, &request.devices.how, failure) || specs_parse(&options->interfaces, specs, failure) ||
	    specs_resolve(specs, request.devices.count, failure) || profiles_load(globals, &profiles, failure))
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
};

const struct cmd cmd_attach = {
	.name = "attach",
	.summary = "load the profiles into the kernel and attach to interfaces",
	.details =
		"Fills the tables first and attaches then, to all of the interfaces or to none. Never falls back to\n"
		"another mode. What is attached outlives this process; voxdp detach takes it off.",
	.opts = attach_opts,
	.opt_count = ARRAY_SIZE(attach_opts),
	.options_size = sizeof(struct attach_options),
	.run = attach_run,
};
