/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The look-up of the BPF program over tables in memory: the same bpf/lookup.h, with accessors that read arrays instead
 * of maps. Only the longest-prefix match is another, since a trie lives in the kernel.
 */
#include "compile/tables.h"

#include <arpa/inet.h>
#include <string.h>

#include "bpf/bytes.h"
#include "bpf/pkt.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

struct vx_tables {
	const struct tables *base;
	__u64 noise; /* for the verifier, which is not here */
};

static inline __u64 vx_tables_handle(struct vx_tables tables)
{
	return (uintptr_t)tables.base;
}

static inline struct vx_tables vx_tables_of_handle(__u64 handle, __u64 noise)
{
	return (struct vx_tables){ .base = (const struct tables *)(uintptr_t)handle, .noise = noise };
}

static inline __u8 vx_engine(struct vx_tables tables)
{
	return tables.base->direct.root4 ? VX_ENGINE_DIRECT : VX_ENGINE_LPM;
}

/* The last covering prefix in sorted order is the longest. */
uint32_t tables_class_lpm(const struct tables *tables, const struct ip_addr *addr)
{
	size_t first = addr->family == 4 ? 0 : tables->generation.prefixes4;
	size_t count = addr->family == 4 ? tables->generation.prefixes4 : tables->generation.prefixes6;
	uint32_t addr_class = VX_CLASS_NOBODY;

	for (size_t i = first; i < first + count; i++)
		if (prefix_contains(&tables->prefixes[i].prefix, addr))
			addr_class = tables->prefixes[i].addr_class;
	return addr_class;
}

static inline __u32 vx_lpm4_class(struct vx_tables tables, __be32 addr)
{
	struct ip_addr of = { .family = 4 };

	memcpy(of.bytes, &addr, sizeof(addr));
	return tables_class_lpm(tables.base, &of);
}

static inline __u32 vx_lpm6_class(struct vx_tables tables, const struct vx_addr *addr)
{
	struct ip_addr of = { .family = 6 };

	memcpy(of.bytes, addr->word, sizeof(of.bytes));
	return tables_class_lpm(tables.base, &of);
}

#define VX_TABLE_AT(function, array, count, value_type)                                                                \
	static inline const value_type *function(struct vx_tables tables, __u32 i)                                     \
	{                                                                                                              \
		return i < (count) ? &tables.base->array[i] : NULL;                                                    \
	}

static inline const struct vx_root4 *vx_root4_of(struct vx_tables tables, __u32 host)
{
	return &tables.base->direct.root4[host >> 16];
}

static inline const struct vx_root6 *vx_root6_at(struct vx_tables tables, __u16 i)
{
	return &tables.base->direct.root6[i];
}

VX_TABLE_AT(vx_range4_at, direct.ranges4, tables.base->generation.ranges4, __u32)
VX_TABLE_AT(vx_range6_at, direct.ranges6, tables.base->generation.ranges6, struct vx_range6)
VX_TABLE_AT(vx_class_at, classes, tables.base->generation.classes, struct vx_addr_class)
VX_TABLE_AT(vx_port_page_at, port_pages, tables.base->generation.port_pages, struct vx_port_page)
VX_TABLE_AT(vx_cell_at, cells, tables.base->generation.cells, __u32)
VX_TABLE_AT(vx_answer_row_at, answer_rows, tables.base->generation.answer_rows, struct vx_answer_row)

static inline const struct vx_generation *vx_generation_of(struct vx_tables tables)
{
	return &tables.base->generation;
}

#include "bpf/lookup.h"

static struct vx_addr addr_words(const struct ip_addr *addr)
{
	struct vx_addr words;

	memcpy(words.word, addr->bytes, sizeof(words.word));
	return words;
}

uint32_t tables_class_direct(const struct tables *tables, const struct ip_addr *addr)
{
	const struct vx_addr words = addr_words(addr);

	return vx_addr_class_of((struct vx_tables){ .base = tables }, VX_ENGINE_DIRECT, addr->family, &words);
}

struct vx_verdict tables_judge(const struct tables *tables, const struct packet *packet, enum vx_role role)
{
	const struct vx_pkt pkt = {
		.src = addr_words(&packet->src),
		.dst = addr_words(&packet->dst),
		.family = packet->src.family,
		.l4_proto = packet->transport == VX_TRANSPORT_UDP ? 17 : 6,
		.has_ports = 1,
		.transport = (uint8_t)packet->transport,
		.dscp = packet->dscp,
		.sport = packet->sport,
		.dport = packet->dport,
	};
	const struct vx_tables of = { .base = tables };
	const struct vx_findings findings = vx_find(of, &pkt, packet->evidence, (uint8_t)role);
	struct vx_verdict verdict = {};

	vx_judge(of, &pkt, &findings, packet->evidence, (uint8_t)role, &verdict);
	return verdict;
}
