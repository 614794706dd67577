/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Every map of the program, and the typed way to an element of the lookup tables. The sizes given here are the
 * smallest that load; the loader sets the real ones from struct vx_capacity before it creates the maps.
 *
 * Who writes: user space writes the lookup tables, in the half that is not live, and vx_control; the program writes
 * vx_counters, vx_trace and the stream table.
 */
#ifndef VOXDP_BPF_MAPS_H
#define VOXDP_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <voxdp/abi.h>

/* Set before load; read-only afterwards, so the verifier knows the values and removes what they rule out. */
const volatile struct vx_config config = {
	.capacity = { .classes = 1, .port_dirs = 1, .port_pages = 1, .cell_blocks = 1, .answer_rows = 1, .slots = 1,
		      .ranges4 = 1, .ranges6 = 1 },
};

#define VX_TABLE(name, value_type)                                                                 \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
		__uint(map_flags, BPF_F_MMAPABLE);                                                 \
		__uint(max_entries, VX_HALVES);                                                    \
		__type(key, __u32);                                                                \
		__type(value, value_type);                                                         \
	} name SEC(".maps")

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

/* Engine `direct`. The loader sets the value sizes of the ranges: capacity times the size of one. */
struct vx_root_table {
	struct vx_root root[VX_ROOTS];
};

VX_TABLE(vx_root4, struct vx_root_table);
VX_TABLE(vx_root6, struct vx_root_table);

#define VX_RANGES(name, range_type)                                                                \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
		__uint(map_flags, BPF_F_MMAPABLE);                                                 \
		__uint(max_entries, VX_HALVES);                                                    \
		__uint(key_size, sizeof(__u32));                                                   \
		__uint(value_size, sizeof(range_type));                                            \
	} name SEC(".maps")

VX_RANGES(vx_range4, __u32);
VX_RANGES(vx_range6, struct vx_range6);

VX_TABLE(vx_class, struct vx_addr_class);
VX_TABLE(vx_port_dir, struct vx_port_dir);
VX_TABLE(vx_port_page, struct vx_port_page);
VX_TABLE(vx_cell, struct vx_cell_block);
VX_TABLE(vx_answer, struct vx_answer_row);
VX_TABLE(vx_generation, struct vx_generation);

/* Counters of the device that this program is attached to; capacity.slots * VX_COUNTER_DIRECTIONS elements. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VX_COUNTER_DIRECTIONS);
	__type(key, __u32);
	__type(value, struct vx_counter_block);
} vx_counters SEC(".maps");

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
	__u32 half;
};

static __always_inline struct vx_tables vx_tables_live(void)
{
	const struct vx_control *control;
	__u32 zero = 0;

	control = bpf_map_lookup_elem(&vx_control, &zero);
	/* One read: the other half may go live while this packet is being judged. */
	return (struct vx_tables){ .half = control ? *(const volatile __u32 *)&control->active_half : 0 };
}

static __always_inline __u32 vx_lpm4_class(struct vx_tables tables, const struct vx_lpm4_key *key)
{
	const __u32 *addr_class;
	void *trie;

	trie = bpf_map_lookup_elem(&vx_lpm4, &tables.half);
	if (!trie)
		return VX_CLASS_NOBODY;
	addr_class = bpf_map_lookup_elem(trie, key);
	return addr_class ? *addr_class : VX_CLASS_NOBODY;
}

static __always_inline __u32 vx_lpm6_class(struct vx_tables tables, const struct vx_lpm6_key *key)
{
	const __u32 *addr_class;
	void *trie;

	trie = bpf_map_lookup_elem(&vx_lpm6, &tables.half);
	if (!trie)
		return VX_CLASS_NOBODY;
	addr_class = bpf_map_lookup_elem(trie, key);
	return addr_class ? *addr_class : VX_CLASS_NOBODY;
}

static __always_inline __u8 vx_engine(struct vx_tables tables)
{
	(void)tables;
	return config.engine;
}

static __always_inline const struct vx_root *vx_roots4(struct vx_tables tables)
{
	return bpf_map_lookup_elem(&vx_root4, &tables.half);
}

static __always_inline const struct vx_root *vx_roots6(struct vx_tables tables)
{
	return bpf_map_lookup_elem(&vx_root6, &tables.half);
}

static __always_inline const __u32 *vx_ranges4(struct vx_tables tables)
{
	return bpf_map_lookup_elem(&vx_range4, &tables.half);
}

static __always_inline const struct vx_range6 *vx_ranges6(struct vx_tables tables)
{
	return bpf_map_lookup_elem(&vx_range6, &tables.half);
}

static __always_inline __u32 vx_ranges4_max(struct vx_tables tables)
{
	(void)tables;
	return config.capacity.ranges4;
}

static __always_inline __u32 vx_ranges6_max(struct vx_tables tables)
{
	(void)tables;
	return config.capacity.ranges6;
}

/* vx_X_at(tables, i): element i of the generation, or NULL where i is out of range. */
#define VX_TABLE_AT(function, map, capacity_field, value_type)                                     \
	static __always_inline const value_type *function(struct vx_tables tables, __u32 i)        \
	{                                                                                          \
		__u32 key = tables.half * config.capacity.capacity_field + i;                      \
												   \
		return bpf_map_lookup_elem(&map, &key);                                            \
	}

VX_TABLE_AT(vx_class_at, vx_class, classes, struct vx_addr_class)
VX_TABLE_AT(vx_port_dir_at, vx_port_dir, port_dirs, struct vx_port_dir)
VX_TABLE_AT(vx_port_page_at, vx_port_page, port_pages, struct vx_port_page)
VX_TABLE_AT(vx_cell_block_at, vx_cell, cell_blocks, struct vx_cell_block)
VX_TABLE_AT(vx_answer_row_at, vx_answer, answer_rows, struct vx_answer_row)

static __always_inline const struct vx_generation *vx_generation_of(struct vx_tables tables)
{
	return bpf_map_lookup_elem(&vx_generation, &tables.half);
}

#endif
