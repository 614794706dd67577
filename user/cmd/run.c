/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp run`: the daemon. Puts its configuration together: the file, then what options say instead. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/spec.h"
#include "lib/cleanup.h"
#include "lib/terminal.h"
#include "profile/problems.h"
#include "serve/config.h"
#include "serve/daemon.h"
#include "serve/web_config.h"

struct run_options {
	const char *config;
	struct string_list interfaces;
	const char *mode, *engine, *decap, *listen, *web_config;
	bool detach_on_exit;
};

/* Prints what is wrong with a file. @error is what reading it returned. */
static int failure_file(const char *what, const struct diags *diags, int error, struct failure *failure)
{
	if (error != -EINVAL)
		return failure_set(failure, VX_EXIT_FAILED, -error, "%s: %s", what, strerror(-error));
	problems_print(stderr, diags, SEVERITY_ERROR, terminal_takes_color(STDERR_FILENO));
	return failure_set(failure, VX_EXIT_USAGE, EINVAL, "%s: %zu error%s, nothing was done", what, diags->errors,
			   diags->errors == 1 ? "" : "s");
}

/* -i replaces the interfaces of the file; --mode and --decap hold for all. */
static int interfaces_override(const struct run_options *options, struct arena *arena, struct run_config *config,
			       struct failure *failure)
{
	const size_t count = options->interfaces.count;
	CLEANUP_FREE struct device_spec *specs = calloc(count + 1, sizeof(*specs));
	enum vx_mode mode = VX_MODE_NATIVE;
	int error = specs ? mode_parse(options->mode, &mode, failure) :
			    failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	uint16_t decap = 0;

	if (!error)
		error = decap_option_parse(options->decap, &decap, failure);
	if (!error)
		error = specs_parse(&options->interfaces, specs, failure);
	if (error)
		return error;
	if (count) {
		config->interfaces.items = arena_alloc(arena, count * sizeof(*config->interfaces.items));
		config->interfaces.count = config->interfaces.items ? count : 0;
	}
	for (size_t i = 0; i < config->interfaces.count && count; i++) {
		memcpy(config->interfaces.items[i].name, specs[i].ifname, sizeof(specs[i].ifname));
		config->interfaces.items[i].role = specs[i].role;
		config->interfaces.items[i].mode = mode;
	}
	for (size_t i = 0; i < config->interfaces.count && options->mode; i++)
		config->interfaces.items[i].mode = mode;
	for (size_t i = 0; i < config->interfaces.count && (count || options->decap); i++)
		config->interfaces.items[i].decap = decap;
	return 0;
}

static int options_override(const struct globals *globals, const struct run_options *options, struct arena *arena,
			    struct run_config *config, struct failure *failure)
{
	int error = engine_option_parse(options->engine, &config->engine, failure);

	if (!error)
		error = interfaces_override(options, arena, config, failure);
	if (error)
		return error;
	if (globals->profiles_given || !config->profiles.count)
		config->profiles = (struct config_paths){ globals->profiles.items, globals->profiles.count };
	if (globals->state_given || !config->state_dir)
		config->state_dir = globals->state_dir;
	if (globals->site)
		config->site = globals->site;
	if (options->listen)
		config->listen = strcmp(options->listen, "none") == 0 ? NULL : options->listen;
	if (options->web_config)
		config->web_config = options->web_config;
	config->detach_on_exit = config->detach_on_exit || options->detach_on_exit;
	if (!config->interfaces.count)
		return failure_set(failure, VX_EXIT_USAGE, EINVAL,
				   "run needs an interface: `interfaces:` in the file of --config, or -i IFACE[:ROLE]");
	return 0;
}

static int configure(const struct globals *globals, const struct run_options *options, struct arena *arena,
		     struct run_config *config, struct failure *failure)
{
	CLEANUP(diags_fini) struct diags diags = {};
	int error;

	*config = config_default();
	error = options->config ? config_load(options->config, arena, &diags, config) : 0;
	if (error)
		return failure_file("configuration", &diags, error, failure);
	return options_override(globals, options, arena, config, failure);
}

static enum vx_exit run_run(const struct globals *globals, const void *options_raw, int argc, char **argv,
			    struct failure *failure)
{
	const struct run_options *options = options_raw;
	CLEANUP(arena_freep) struct arena *arena = NULL;
	CLEANUP(diags_fini) struct diags diags = {};
	struct web_config web = {};
	struct run_config config;
	int error;

	(void)argc, (void)argv; /* takes none */
	if (arena_new(&arena)) {
		failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		return failure->exit_code;
	}
	if (configure(globals, options, arena, &config, failure))
		return failure->exit_code;
	error = config.web_config ? web_config_load(config.web_config, arena, &diags, &web) : 0;
	if (error) {
		failure_file("web configuration", &diags, error, failure);
		return failure->exit_code;
	}
	return daemon_serve(&config, config.web_config ? &web : NULL, failure) ? failure->exit_code : VX_EXIT_DONE;
}

static const struct opt run_opts[] = {
	{ 'c', "config", "FILE", "the configuration; options take precedence over it", OPT_STRING,
	  offsetof(struct run_options, config) },
	{ 'i', "interface", "IFACE[:ROLE]", "serve IFACE, which faces wan, lan or any (default); repeatable", OPT_LIST,
	  offsetof(struct run_options, interfaces) },
	{ 0, "mode", "native|skb", "in the driver (default), or in the kernel's generic, slower path", OPT_STRING,
	  offsetof(struct run_options, mode) },
	{ 0, "engine", "direct|lpm", "look addresses up in static tables (default) or in LPM tries", OPT_STRING,
	  offsetof(struct run_options, engine) },
	{ 0, "decap", "LIST", DECAP_HELP, OPT_STRING, offsetof(struct run_options, decap) },
	{ 0, "listen", "ADDR:PORT|none", "metrics over HTTP (default " CONFIG_LISTEN_DEFAULT ")", OPT_STRING,
	  offsetof(struct run_options, listen) },
	{ 0, "web.config.file", "FILE", "TLS and passwords, as Prometheus' exporters read them", OPT_STRING,
	  offsetof(struct run_options, web_config) },
	{ 0, "detach-on-exit", NULL, "take everything off when stopped; else it goes on counting", OPT_FLAG,
	  offsetof(struct run_options, detach_on_exit) },
};

const struct cmd cmd_run = {
	.name = "run",
	.summary = "keep interfaces attached and profiles live, serve metrics over HTTP",
	.details =
		"Adopts what is attached already and attaches what is missing, follows changes of the profiles (and reads\n"
		"them on SIGHUP), and serves /metrics. A profile that cannot be loaded leaves the one before it live.\n"
		"Stopped or killed it leaves everything attached, and counting.",
	.opts = run_opts,
	.opt_count = ARRAY_SIZE(run_opts),
	.options_size = sizeof(struct run_options),
	.run = run_run,
};
