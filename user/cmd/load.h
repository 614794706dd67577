/* SPDX-License-Identifier: BSD-2-Clause */
/* What every command that needs profiles does first: read, check and compile them. */
#ifndef VOXDP_CMD_LOAD_H
#define VOXDP_CMD_LOAD_H

#include <stdint.h>

#include "cmd/cmd.h"
#include "compile/tables.h"
#include "profile/profile.h"

/* The value of an option such as --at, of which @option is the name; NULL: today. */
int day_option_parse(const char *option, const char *text, int32_t *ret, struct failure *failure);
#define AT_HELP "as of a day, YYYY-MM-DD, in UTC; today unless given"

/* Reads and checks --profiles and --site as of today. Problems go to stderr, each with its place; -EINVAL: exit 3. */
int profiles_load(const struct globals *globals, struct profile_set **ret, struct failure *failure);
/* The same as of another day. */
int profiles_load_at(const struct globals *globals, int32_t day, struct profile_set **ret, struct failure *failure);

/* The same for one path, a profile or a directory, and a site file (NULL: none). */
int profiles_load_path(const char *path, const char *site, int32_t day, struct profile_set **ret,
		       struct failure *failure);

/* Profiles with their names in @slots and their tables; everything owned. */
struct compiled {
	struct profile_set *set;
	struct slots slots;
	struct tables *tables;
};

/*
 * profiles_load_at(), then slots in a registry of their own (no kernel is asked) and the tables of engine lpm: for one packet
 * those of engine direct would cost more to make than they save.
 */
int compiled_load(const struct globals *globals, int32_t day, struct compiled *ret, struct failure *failure);
void compiled_fini(struct compiled *compiled);

#endif
