/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Every map of the program, and the typed way to an element of the lookup tables. The sizes given here are the
 * smallest that load; the loader sets the real ones from struct vx_capacity before it creates the maps.
 *
 * Who writes: user space writes the lookup tables, in the half that is not live, and which one is; the program writes
 * vx_counters, vx_sip, vx_trace and the stream table.
 */
#ifndef VOXDP_BPF_MAPS_H
#define VOXDP_BPF_MAPS_H

#include <stddef.h>

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <voxdp/abi.h>

#include "bpf/bytes.h"
#include "bpf/pkt.h"

/* Set before load; read-only afterwards, so the verifier knows the values and removes what they rule out. */
const volatile struct vx_config config = {};

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
 * Both halves, each with all tables of a generation, laid out by struct vx_layout. One large value instead of a map a table:
 * its address is a constant of the program, and what follows is arithmetic with constants.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, VX_HALVES * sizeof(struct vx_half_head));
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

/*
 * A constant of the loaded program, struct vx_config's @field. In the entry program it is an operand, which the loader fills
 * in; its functions, which the loader cannot reach, read it from .rodata.
 */
#define vx_constant(field)                                                                                             \
	({                                                                                                             \
		__u64 constant;                                                                                        \
		__asm__ volatile("%0 = %1"                                                                             \
				 : "=r"(constant)                                                                      \
				 : "i"(VX_PATCH_CONSTANT(sizeof(config.field), offsetof(struct vx_config, field))));   \
		constant;                                                                                              \
	})

/* The same as the operand of what is done with it. The limit is for the verifier: no @index reaches it. */
#define vx_add_constant(pointer, field)                                                                                \
	__asm__ volatile("%0 += %1"                                                                                    \
			 : "+r"(pointer)                                                                               \
			 : "i"(VX_PATCH_CONSTANT(sizeof(config.field), offsetof(struct vx_config, field))))
#define vx_and_constant(number, field)                                                                                 \
	__asm__ volatile("%0 &= %1"                                                                                    \
			 : "+r"(number)                                                                                \
			 : "i"(VX_PATCH_CONSTANT(sizeof(config.field), offsetof(struct vx_config, field))))
#define vx_limit_by_constant(index, field)                                                                             \
	__asm__ volatile("if %0 < %1 goto +1\n%0 = 0"                                                                  \
			 : "+r"(index)                                                                                 \
			 : "i"(VX_PATCH_CONSTANT(sizeof(config.field), offsetof(struct vx_config, field))))

/* The address of the only value of a map, by enum vx_patch_map; in the entry program. */
#define vx_map_value(map)                                                                                              \
	({                                                                                                             \
		const void *value;                                                                                     \
		__asm__ volatile("%0 = %1 ll" : "=r"(value) : "i"(VX_PATCH_MAP(map)));                                 \
		if (!value)                                                                                            \
			__builtin_unreachable();                                                                       \
		value;                                                                                                 \
	})

/* The generation that judges a packet: taken once at its start and used for every look-up. */
struct vx_tables {
	const __u8 *base; /* of the half; NULL only to the verifier */
	__u64 half;	  /* its lowest bit */
	__u32 noise;	  /* see vx_unknown() */
	__u8 patched;	  /* a constant: is this the entry program? */
};

/* Of the value of vx_tables. One read: the other half may go live while this packet is being judged. */
static __always_inline __u64 vx_active_half(const void *value)
{
	return *(const volatile __u64 *)&((const struct vx_half_head *)value)->active_half;
}

/* In the entry program. */
static __always_inline struct vx_tables vx_tables_patched(void)
{
	const __u8 *base = vx_map_value(VX_PATCH_TABLES);
	__u64 half = vx_active_half(base), offset = half;

	vx_and_constant(offset, layout.bytes);
	base = vx_plus(offset, base);
	return (struct vx_tables){ .base = base, .half = half, .patched = 1 };
}

static __always_inline struct vx_tables vx_tables_of(__u32 half, __u32 noise)
{
	struct vx_tables tables = { .half = half, .noise = noise };
	__u64 offset = -(__u64)(half & (VX_HALVES - 1)) & config.layout.bytes;
	__u32 zero = 0;

	/* One addition, of a number within bounds: compilers would else choose between two, see vx_offset(). */
	offset = vx_unknown64(offset, noise);
	if (offset > config.layout.bytes)
		return tables;
	vx_forget(offset);
	tables.base = bpf_map_lookup_elem(&vx_tables, &zero);
	if (tables.base)
		tables.base += offset;
	return tables;
}

/* What stands for it where only numbers are handed over. */
static __always_inline __u64 vx_tables_handle(struct vx_tables tables)
{
	return tables.half;
}

static __always_inline struct vx_tables vx_tables_of_handle(__u64 handle, __u64 noise)
{
	return vx_tables_of(handle & (VX_HALVES - 1), noise);
}

static __always_inline struct vx_tables vx_tables_live(__u32 noise)
{
	__u32 zero = 0, half = 0;
	const void *value = bpf_map_lookup_elem(&vx_tables, &zero);

	if (value)
		half = vx_active_half(value) & (VX_HALVES - 1);
	return vx_tables_of(half, noise);
}

/* Functions of their own: the keys shall take no registers and no stack from programs of engine direct. */
static __attribute__((noinline)) __u32 vx_lpm4_find(__u64 of, __be32 addr)
{
	__u32 half = of & (VX_HALVES - 1);
	const struct vx_lpm4_key key = { .prefixlen = 32, .addr = addr };
	void *trie = bpf_map_lookup_elem(&vx_lpm4, &half);
	const __u32 *addr_class = trie ? bpf_map_lookup_elem(trie, &key) : NULL;

	return addr_class ? *addr_class : VX_CLASS_NOBODY;
}

static __attribute__((noinline)) __u32 vx_lpm6_find(__u64 of, __u64 upper, __u64 lower)
{
	__u32 half = of & (VX_HALVES - 1);
	struct vx_lpm6_key key = { .prefixlen = 128 };
	void *trie = bpf_map_lookup_elem(&vx_lpm6, &half);
	const __u32 *addr_class;

	__builtin_memcpy(key.addr, &upper, sizeof(upper));
	__builtin_memcpy(key.addr + 2, &lower, sizeof(lower));
	addr_class = trie ? bpf_map_lookup_elem(trie, &key) : NULL;
	return addr_class ? *addr_class : VX_CLASS_NOBODY;
}

static __always_inline __u32 vx_lpm4_class(struct vx_tables tables, __be32 addr)
{
	return vx_lpm4_find(tables.half, addr);
}

static __always_inline __u32 vx_lpm6_class(struct vx_tables tables, const struct vx_addr *addr)
{
	return vx_lpm6_find(tables.half, addr->word[0] | (__u64)addr->word[1] << 32,
			    addr->word[2] | (__u64)addr->word[3] << 32);
}

static __always_inline __u8 vx_engine(struct vx_tables tables)
{
	(void)tables;
	/* The tries need no loops, see VX_KEEP_LOOP. */
	return VX_COPIED ? VX_ENGINE_LPM : config.engine;
}

/*
 * vx_X_at(tables, i): an element of a table. What lies in the tables is in range; for the verifier an index that were not is
 * element 0 in the entry program, and NULL elsewhere. It is opaque and has 64 bits, so that the register that is compared is
 * the one that is added: Linux 6.1 does not follow a bound through a 32-bit copy. Opaque once more behind it, or else the
 * compiler adds first and compares then.
 */
#define VX_TABLE_AT(function, table, value_type)                                                                       \
	static __always_inline const value_type *function(struct vx_tables tables, __u64 i)                            \
	{                                                                                                              \
		if (tables.patched) {                                                                                  \
			const __u8 *at = tables.base;                                                                  \
                                                                                                                       \
			vx_limit_by_constant(i, capacity.table);                                                       \
			at += i * sizeof(value_type);                                                                  \
			vx_add_constant(at, layout.table);                                                             \
			return (const value_type *)at;                                                                 \
		}                                                                                                      \
		if (VX_COPIED)                                                                                         \
			i = vx_unknown(i, ~0U, tables.noise);                                                          \
		vx_forget(i);                                                                                          \
		if (i >= config.capacity.table)                                                                        \
			return NULL;                                                                                   \
		vx_forget(i);                                                                                          \
		return (const value_type *)(tables.base + config.layout.table) + i;                                    \
	}

VX_TABLE_AT(vx_range4_at, ranges4, __u32)
VX_TABLE_AT(vx_range6_at, ranges6, struct vx_range6)
VX_TABLE_AT(vx_class_at, classes, struct vx_addr_class)
VX_TABLE_AT(vx_port_page_at, port_pages, struct vx_port_page)
VX_TABLE_AT(vx_cell_at, cells, __u32)
VX_TABLE_AT(vx_answer_row_at, answer_rows, struct vx_answer_row)

/* The upper 16 bits of an address are always in range. */
static __always_inline const struct vx_root4 *vx_root4_of(struct vx_tables tables, __u32 host)
{
	const __u8 *roots = (const __u8 *)((const struct vx_half_head *)tables.base)->root4;

	return (const struct vx_root4 *)(roots + (host >> 12 & 0xffff0));
}

/* May the address at @at be other than nobody's? */
static __always_inline int vx_may_be_taken4(struct vx_tables tables, const __u8 *at)
{
	const __u8 *half = vx_plus(vx_load(__be16, at) * sizeof(struct vx_taken4), tables.base);
	__u64 third = at[2];
	const struct vx_taken4 *taken = ((const struct vx_half_head *)half)->taken4;

	vx_forget(third); /* else it were cut to a byte once more */
	return (third & taken->mask) == taken->value;
}

/* What is known of nobody's packet, by VX_SIGHT_COLUMN(). */
static __always_inline __u32 vx_nobody_at(struct vx_tables tables, __u32 column)
{
	return ((const struct vx_half_head *)tables.base)->nobody[0][column];
}

static __always_inline const struct vx_root6 *vx_root6_at(struct vx_tables tables, __u16 i)
{
	return &((const struct vx_half_head *)tables.base)->root6[i];
}

/* Of a class, in the entry program. */
static __always_inline const struct vx_shortcut *vx_shortcuts_at(struct vx_tables tables, __u64 addr_class)
{
	const __u8 *at = tables.base;

	vx_limit_by_constant(addr_class, capacity.classes);
	at += addr_class * sizeof(struct vx_class_shortcuts);
	vx_add_constant(at, layout.shortcuts);
	return (const struct vx_shortcut *)at;
}

static __always_inline const struct vx_generation *vx_generation_of(struct vx_tables tables)
{
	return (const struct vx_generation *)tables.base;
}

#endif
