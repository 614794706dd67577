/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * YAML text -> a tree of nodes that know their places. A small language on purpose: one document, no anchors, aliases
 * or tags, limited depth and size. Scalars stay text: nothing is guessed from how they look.
 */
#ifndef VOXDP_PROFILE_YAML_H
#define VOXDP_PROFILE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/arena.h"
#include "profile/diag.h"

#define YAML_BYTES_MAX (16U << 20)
#define YAML_DEPTH_MAX 16
#define YAML_NODES_MAX 2000000U

enum node_kind {
	NODE_REFUSED, /* an alias or the like, already reported: readers pass over it in silence */
	NODE_SCALAR,
	NODE_LIST,
	NODE_MAPPING,
};

struct node {
	enum node_kind kind;
	bool plain;	    /* a scalar without quotes */
	struct mark at;	    /* of a scalar its first character, of a block collection its first entry */
	const char *text;   /* of a scalar */
	struct node *key;   /* of an entry of a mapping: its key, a scalar */
	struct node *next;  /* in the same collection */
	struct node *first; /* of a collection, in the order of the file */
	size_t count;	    /* of a collection: how many entries */
};

/*
 * Parses @size bytes, which came from @path. Returns 0 or -ENOMEM. @ret_root is the tree, also where errors could be
 * passed over, or NULL where they could not; all errors are in @diags. The tree lives in @arena, as does the copy of
 * @path that its marks point to.
 */
int yaml_parse(struct arena *arena, struct diags *diags, const char *path, const char *bytes, size_t size,
	       struct node **ret_root);

#endif
