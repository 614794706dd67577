/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared maps: the lookup tables, the control word and the slot names, which every attached program uses. Created
 * from the BPF object's own declarations with sizes from a capacity, pinned, and on the way back checked to be exactly
 * what this voxdp would have made.
 */
#ifndef VOXDP_DATAPLANE_MAPS_H
#define VOXDP_DATAPLANE_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <voxdp/abi.h>

#include "dataplane/state.h"
#include "lib/failure.h"

struct bpf_object;

enum shared_map {
	MAP_CONTROL,
	MAP_LPM4,
	MAP_LPM6,
	MAP_TABLES,
	MAP_SLOTS,
	_MAP_SHARED_MAX,
};

enum trie_family { TRIE_4, TRIE_6, _TRIE_MAX };

struct maps {
	int fd[_MAP_SHARED_MAX];
	int trie[_TRIE_MAX][VX_HALVES];	 /* what vx_lpm4 and vx_lpm6 hold; -1: nothing */
	uint8_t *bytes[_MAP_SHARED_MAX]; /* the values of an array, side by side, mapped; NULL: it has none */
	struct vx_capacity capacity;
	const struct state *state; /* where they are pinned; NULL: nowhere. Not owned */
};

/* Makes empty maps: no generation, half 0 live. Nothing is pinned. */
int maps_create(const struct vx_capacity *capacity, struct maps **ret, struct failure *failure);
/* Opens the pinned maps and refuses what differs from our layout. -ENOENT: a map is missing. */
int maps_open(const struct state *state, struct maps **ret, struct failure *failure);
/* Pins what maps_create() made; on failure the pins made so far are left to maps_unpin(). */
int maps_pin(struct maps *maps, const struct state *state, struct failure *failure);
/* Removes every pin of a shared map that there is. */
int maps_unpin(const struct state *state, struct failure *failure);
void maps_free(struct maps *maps);
void maps_freep(struct maps **maps);

/* Makes an opened, not loaded object use the shared maps, and sizes those that are its own. */
int maps_lend(const struct maps *maps, struct bpf_object *object, struct failure *failure);

const char *maps_name(enum shared_map map);
/* Bytes of all values of an array; they lie side by side, since all sizes are multiples of 8. */
size_t maps_bytes(const struct maps *maps, enum shared_map map);
/* The only element of vx_control. */
struct vx_control *maps_control(const struct maps *maps);
/* Which half is live: 0 or 1. */
uint32_t maps_active_half(const struct maps *maps);
/* Makes @half the live one, with all that was written before: one store. */
void maps_switch(const struct maps *maps, uint32_t half);
/* Where a half begins. */
uint8_t *maps_half(const struct maps *maps, uint32_t half);
/* Does vx_tables hold @bytes from @offset on? Looked at by pages of its own, not by those above. -EIO: it does not. */
int maps_compare(const struct maps *maps, size_t offset, const void *bytes, size_t size, struct failure *failure);
/* The pin of a trie; without @pinned its name while it is staged. */
void maps_trie_path(const struct state *state, enum trie_family family, uint32_t half, bool staged,
		    char path[STATE_PATH_MAX]);

#endif
