/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A compiled generation: the contents of every lookup table, ready to be copied into one half of the maps. Pure: made
 * from profiles alone, looked up without a kernel. Shapes and meanings are those of voxdp/abi.h.
 */
#ifndef VOXDP_COMPILE_TABLES_H
#define VOXDP_COMPILE_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include <voxdp/abi.h>

#include "lib/failure.h"
#include "lib/prefix.h"
#include "profile/profile.h"

/* Names of counter slots: slot number -> name, kept over generations. Index is the slot. */
struct slots {
	struct vx_slot *names; /* owned */
	uint32_t count;	       /* slots up to the last one in use; those without a name are free */
	uint32_t capacity;
};

/* A registry with only the fixed slots. Returns 0 or -ENOMEM. */
int slots_init(struct slots *slots, uint32_t capacity);
void slots_fini(struct slots *slots);
/*
 * Gives every vendor and service of @set a slot: the one it had, else a free one. Names of no live profile are marked
 * retired and keep theirs. -ENOSPC: capacity is too small; @failure has the arithmetic and @slots is unchanged.
 */
int slots_assign(struct slots *slots, const struct profile_set *set, struct failure *failure);
/* How many slots are taken, the two fixed ones included. */
uint32_t slots_used(const struct slots *slots);
/* The slot of a name (service "" is the vendor itself), or 0 where there is none. */
uint32_t slots_find(const struct slots *slots, const char *vendor, const char *service);

/* One entry for an LPM trie. */
struct class_prefix {
	struct prefix prefix;
	uint32_t addr_class;
};

/* The same, flattened for engine `direct` (compile/direct.h). */
struct direct_tables {
	struct vx_taken4 *taken4; /* VX_ROOTS */
	struct vx_root4 *root4;	  /* VX_ROOTS */
	struct vx_root6 *root6;	  /* VX_ROOTS */
	uint32_t *ranges4;	  /* VX_RANGE4 */
	struct vx_range6 *ranges6;
	size_t range_count4, range_count6;
	size_t room4, room6; /* elements allocated */
};

struct tables {
	struct vx_generation generation; /* number and built_at_ns are 0 until it is staged */
	struct class_prefix *prefixes;	 /* IPv4 first, sorted by prefix_compare() */
	struct vx_addr_class *classes;
	struct vx_port_page *port_pages;
	uint32_t *cells;
	struct vx_answer_row *answer_rows;
	struct vx_class_shortcuts *shortcuts;		      /* as many as classes */
	__u32 nobody[_VX_TRANSPORT_MAX][VX_EVIDENCE_COLUMNS]; /* struct vx_half_head */
	struct vx_change *changes;			      /* generation.changes; NULL: none */
	struct direct_tables direct;			      /* all zero until tables_make_direct() */
	/* how many of each: generation.prefixes4 + prefixes6, .classes, .port_pages ... */
};

/*
 * Compiles @set; every name must have its slot. Returns 0 and @ret, or -ENOMEM, or -E2BIG with @failure's arithmetic
 * where an index would not fit its field.
 */
int tables_compile(const struct profile_set *set, const struct slots *slots, struct tables **ret,
		   struct failure *failure);
/*
 * Adds what engine `direct` looks up. Returns 0, -ENOMEM, or -E2BIG and @failure where there are more classes than its
 * ranges can name; the tables then still serve engine `lpm`.
 */
int tables_make_direct(struct tables *tables, struct failure *failure);
void tables_free(struct tables *tables);
void tables_freep(struct tables **tables);

/* Does a generation fit maps of this capacity? 0, or -ENOSPC and @failure's arithmetic, each table that is too small. */
int tables_fit(const struct tables *tables, const struct vx_capacity *capacity, struct failure *failure);
/* A capacity with room to grow for @tables: at least twice what it uses, and never less than a sensible floor. */
struct vx_capacity tables_capacity(const struct tables *tables);

/* One packet as the tables see it. */
struct packet {
	struct ip_addr src, dst;
	uint16_t sport, dport; /* host byte order */
	enum vx_transport transport;
	uint8_t evidence; /* enum vx_protocol or enum vx_evidence */
	uint8_t dscp;
};

/* The class of an address, by the one engine and by the other; the second needs tables_make_direct(). */
uint32_t tables_class_lpm(const struct tables *tables, const struct ip_addr *addr);
uint32_t tables_class_direct(const struct tables *tables, const struct ip_addr *addr);
/* The verdict of @tables, by the very look-up code of the BPF program; by engine direct where it was made. */
struct vx_verdict tables_judge(const struct tables *tables, const struct packet *packet, enum vx_role role);

#endif
