/* SPDX-License-Identifier: BSD-2-Clause */
/* What every command that needs profiles does first: read, check and compile them. */
#ifndef VOXDP_CMD_LOAD_H
#define VOXDP_CMD_LOAD_H

#include "cmd/cmd.h"
#include "compile/tables.h"
#include "profile/profile.h"

/* Reads and checks --profiles and --site as of today. Problems go to stderr, each with its place; -EINVAL: exit 3. */
int profiles_load(const struct globals *globals, struct profile_set **ret, struct failure *failure);

/* The same for one path, a profile or a directory, and a site file (NULL: none). */
int profiles_load_path(const char *path, const char *site, struct profile_set **ret, struct failure *failure);

/* Profiles with their names in @slots and their tables; everything owned. */
struct compiled {
	struct profile_set *set;
	struct slots slots;
	struct tables *tables;
};

/*
 * profiles_load(), then slots in a registry of their own (no kernel is asked) and the tables of engine lpm: for one packet
 * those of engine direct would cost more to make than they save.
 */
int compiled_load(const struct globals *globals, struct compiled *ret, struct failure *failure);
void compiled_fini(struct compiled *compiled);

#endif
