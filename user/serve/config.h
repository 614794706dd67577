/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon is to do: one YAML file, of which command line options take precedence. The file's reference is
 * tools/voxdp.yaml.
 */
#ifndef VOXDP_SERVE_CONFIG_H
#define VOXDP_SERVE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <voxdp/abi.h>

#include "lib/arena.h"
#include "lib/failure.h"
#include "profile/diag.h"

struct config_interface {
	char name[VX_IFNAME_MAX];
	enum vx_role role;
	enum vx_mode mode;
	uint16_t decap; /* 1 << enum vx_tunnel */
};

struct config_interfaces {
	struct config_interface *items;
	size_t count;
};

struct config_paths {
	const char **items;
	size_t count;
};

struct run_config {
	struct config_interfaces interfaces;
	struct config_paths profiles; /* files and directories */
	const char *site;	      /* NULL: none */
	const char *state_dir;
	enum vx_engine engine;
	const char *listen;	/* ADDRESS:PORT; NULL: no metrics over HTTP */
	const char *web_config; /* NULL: plain HTTP for everybody who reaches the port */
	uint32_t series_max;
	uint32_t connections_max;
	uint32_t request_seconds; /* from accept to close */
	bool detach_on_exit;
};

#define CONFIG_LISTEN_DEFAULT "127.0.0.1:9477"

/* What holds where neither the file nor an option says otherwise. Interfaces, profiles and state_dir are empty. */
struct run_config config_default(void);

/*
 * Reads @path over what @config holds; paths in the file are as seen from its directory. Problems go to @diags. Returns
 * 0, -EINVAL where there are errors (then @config is of no use), or -ENOMEM. What it reads lives in @arena.
 */
int config_load(const char *path, struct arena *arena, struct diags *diags, struct run_config *config);

#endif
