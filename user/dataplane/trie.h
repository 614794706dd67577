/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LPM tries, written once: a generation brings a new trie, which is filled, read back, and put into the outer map.
 * Nothing is ever deleted from or updated in one (kernels differ in bugs there).
 */
#ifndef VOXDP_DATAPLANE_TRIE_H
#define VOXDP_DATAPLANE_TRIE_H

#include <stdint.h>

#include "compile/tables.h"
#include "dataplane/maps.h"
#include "lib/failure.h"

/*
 * Makes a trie of @count sorted prefixes of one family and puts it into @half, in the outer map and, where the maps are
 * pinned, in the pins. The outer map's update also waits for programs that still use the old trie, which is freed then.
 */
int trie_stage(struct maps *maps, enum trie_family family, uint32_t half, const struct class_prefix *prefixes,
	       uint32_t count, struct failure *failure);

/* Takes the trie of @half away, where there is one: out of the outer map, then its pin. */
int trie_drop(struct maps *maps, enum trie_family family, uint32_t half, struct failure *failure);

#endif
