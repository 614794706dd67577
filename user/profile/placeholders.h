/* SPDX-License-Identifier: BSD-2-Clause */
/* Placeholders: the {name} of host names and the values that stand for it. Private to user/profile/. */
#ifndef VOXDP_PROFILE_PLACEHOLDERS_H
#define VOXDP_PROFILE_PLACEHOLDERS_H

#include "profile/reader.h"

struct placeholder {
	const char *name;
	struct strings values; /* of the profile, then of the site file; none: names with it are idle */
};

struct placeholders {
	struct placeholder *items;
	size_t count;
	size_t expansions; /* names made so far in this file */
};

/* Reader for struct key: struct placeholders from `placeholders`, with what the site file adds. */
void read_placeholders(struct reader *reader, const struct node *value, void *field);
/* Reads and checks the values of one placeholder. */
void placeholder_values_read(struct reader *reader, const struct node *node, struct strings *ret);

#define VALUES_MAX 256U /* of one placeholder, in one file */
#define EXPANSIONS_MAX 20000U
/*
 * Puts values for the placeholders of @template, in every combination. Problems are reported at @node. Returns false
 * where there are any; true and no strings where a placeholder has no values. Without placeholders it is one string.
 */
bool placeholders_expand(struct reader *reader, const struct node *node, const char *template, struct strings *ret);

#endif
