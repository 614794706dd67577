/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Every map of the program, and the typed way to an element of the lookup tables. The sizes given here are the
 * smallest that load; the loader sets the real ones from struct vx_capacity before it creates the maps.
 *
 * Who writes: user space writes the lookup tables, in the half that is not live, and vx_control; the program writes
 * vx_counters, vx_sip, vx_trace and the stream table.
 */
#ifndef VOXDP_BPF_MAPS_H
#define VOXDP_BPF_MAPS_H

#include <stddef.h>

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <voxdp/abi.h>

#include "bpf/bytes.h"

/* Set before load; read-only afterwards, so the verifier knows the values and removes what they rule out. */
const volatile struct vx_config config = {};

/* Which half is live. Written by one store of user space, read once a packet. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vx_control);
} vx_control SEC(".maps");

/* Address -> class number. A trie is filled once and never changed: a generation brings a new one. */
struct vx_lpm4_trie {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct vx_lpm4_key)); /* clang 14 wants sizes, not types, in an inner map */
	__uint(value_size, sizeof(__u32));
};

struct vx_lpm6_trie {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct vx_lpm6_key));
	__uint(value_size, sizeof(__u32));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, VX_HALVES);
	__uint(key_size, sizeof(__u32));
	__array(values, struct vx_lpm4_trie);
} vx_lpm4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, VX_HALVES);
	__uint(key_size, sizeof(__u32));
	__array(values, struct vx_lpm6_trie);
} vx_lpm6 SEC(".maps");

/*
 * The halves: each value holds all tables of a generation, laid out by struct vx_layout. One array of large values
 * instead of a map a table: its address is found once a packet, and what follows is arithmetic with constants.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VX_HALVES);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct vx_generation));
} vx_tables SEC(".maps");

/* Counters of the device that this program is attached to; capacity.slots * VX_COUNTER_DIRECTIONS elements. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VX_COUNTER_DIRECTIONS);
	__type(key, __u32);
	__type(value, struct vx_counter_block);
} vx_counters SEC(".maps");

/* SIP messages of that device; as many elements. Only packets that prove SIP come here. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VX_COUNTER_DIRECTIONS);
	__type(key, __u32);
	__type(value, struct vx_sip_block);
} vx_sip SEC(".maps");

/* The last verdict, where config.trace is set. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vx_verdict);
} vx_trace SEC(".maps");

/* The generation that judges a packet: taken once at its start and used for every look-up. */
struct vx_tables {
	const __u8 *base; /* of the half; NULL only to the verifier */
	__u32 half;
	__u32 noise; /* see vx_unknown() */
};

static __always_inline struct vx_tables vx_tables_of(__u32 half, __u32 noise)
{
	return (struct vx_tables){ .base = bpf_map_lookup_elem(&vx_tables, &half), .half = half, .noise = noise };
}

static __always_inline struct vx_tables vx_tables_live(__u32 noise)
{
	const struct vx_control *control;
	__u32 zero = 0, half = 0;

	control = bpf_map_lookup_elem(&vx_control, &zero);
	/* One read: the other half may go live while this packet is being judged. */
	if (control)
		half = *(const volatile __u32 *)&control->active_half;
	return vx_tables_of(half, noise);
}

static __always_inline __u32 vx_lpm4_class(struct vx_tables tables, const struct vx_lpm4_key *key)
{
	const __u32 *addr_class;
	__u32 half = tables.half;
	void *trie;

	trie = bpf_map_lookup_elem(&vx_lpm4, &half);
	if (!trie)
		return VX_CLASS_NOBODY;
	addr_class = bpf_map_lookup_elem(trie, key);
	return addr_class ? *addr_class : VX_CLASS_NOBODY;
}

static __always_inline __u32 vx_lpm6_class(struct vx_tables tables, const struct vx_lpm6_key *key)
{
	const __u32 *addr_class;
	__u32 half = tables.half;
	void *trie;

	trie = bpf_map_lookup_elem(&vx_lpm6, &half);
	if (!trie)
		return VX_CLASS_NOBODY;
	addr_class = bpf_map_lookup_elem(trie, key);
	return addr_class ? *addr_class : VX_CLASS_NOBODY;
}

static __always_inline __u8 vx_engine(struct vx_tables tables)
{
	(void)tables;
	/* The tries need no loops, see VX_KEEP_LOOP. */
	return VX_COPIED ? VX_ENGINE_LPM : config.engine;
}

/*
 * vx_X_at(tables, i): an element of a table, or NULL where i is out of range. The index is opaque and has 64 bits, so
 * that the register that is compared is the one that is added: Linux 6.1 does not follow a bound through a 32-bit copy.
 */
#define VX_TABLE_AT(function, table, capacity_of, value_type)                                                          \
	static __always_inline const value_type *function(struct vx_tables tables, __u64 i)                            \
	{                                                                                                              \
		if (VX_COPIED)                                                                                         \
			i = vx_unknown(i, ~0U, tables.noise);                                                          \
		vx_forget(i);                                                                                          \
		if (i >= (capacity_of))                                                                                \
			return NULL;                                                                                   \
		return (const value_type *)(tables.base + config.layout.table) + i;                                    \
	}

VX_TABLE_AT(vx_root4_at, root4, VX_ROOTS, struct vx_root)
VX_TABLE_AT(vx_root6_at, root6, VX_ROOTS, struct vx_root)
VX_TABLE_AT(vx_range4_at, ranges4, config.capacity.ranges4, __u32)
VX_TABLE_AT(vx_range6_at, ranges6, config.capacity.ranges6, struct vx_range6)
VX_TABLE_AT(vx_class_at, classes, config.capacity.classes, struct vx_addr_class)
VX_TABLE_AT(vx_port_dir_at, port_dirs, config.capacity.port_dirs, struct vx_port_dir)
VX_TABLE_AT(vx_port_page_at, port_pages, config.capacity.port_pages, struct vx_port_page)
VX_TABLE_AT(vx_cell_at, cells, config.capacity.cells, __u32)
VX_TABLE_AT(vx_answer_row_at, answer_rows, config.capacity.answer_rows, struct vx_answer_row)

static __always_inline const struct vx_generation *vx_generation_of(struct vx_tables tables)
{
	return (const struct vx_generation *)tables.base;
}

#endif
