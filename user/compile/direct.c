/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flattening: prefixes in the order in which a covering one comes first are entered and left like brackets; at each
 * bracket a new range starts, with the class that holds from there on. Then the ranges are cut into pieces of /16.
 */
#include "compile/direct.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

/* 128 bits of an address as a number; IPv4 in the upper 32. */
typedef unsigned __int128 u128;

/* From @start up to the next boundary addresses are of this class. */
struct boundary {
	u128 start;
	uint32_t addr_class;
};

struct boundaries {
	struct boundary *items; /* owned; ascending, neighbours differ in class; the first starts at 0 */
	size_t count;
};

#define CHAIN_MAX 130 /* prefixes around one another: at most one a length */

static u128 number_of(const struct ip_addr *addr)
{
	u128 number = 0;

	for (size_t i = 0; i < sizeof(addr->bytes); i++)
		number = number << 8 | addr->bytes[i];
	return number;
}

/* The first number behind a prefix; 0: there is none, it ends with the last address. */
static u128 behind(const struct prefix *prefix)
{
	return number_of(&prefix->addr) + ((u128)1 << (128 - prefix->length));
}

static void start_range(struct boundaries *boundaries, u128 start, uint32_t addr_class)
{
	/* What starts at the same place as the one before takes its place: the inner prefix was entered later. */
	if (boundaries->count && boundaries->items[boundaries->count - 1].start == start)
		boundaries->count--;
	if (boundaries->count && boundaries->items[boundaries->count - 1].addr_class == addr_class)
		return;
	boundaries->items[boundaries->count++] = (struct boundary){ start, addr_class };
}

static void leave(struct boundaries *boundaries, const struct class_prefix *const *chain, size_t depth)
{
	u128 next = behind(&chain[depth]->prefix);

	if (next)
		start_range(boundaries, next, depth ? chain[depth - 1]->addr_class : VX_CLASS_NOBODY);
}

static int flatten(const struct class_prefix *prefixes, size_t count, struct boundaries *ret)
{
	const struct class_prefix *chain[CHAIN_MAX];
	size_t depth = 0;

	ret->count = 0;
	ret->items = calloc(count * 2 + 1, sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	start_range(ret, 0, VX_CLASS_NOBODY);
	for (size_t i = 0; i < count; i++) {
		while (depth && !prefix_covers(&chain[depth - 1]->prefix, &prefixes[i].prefix))
			leave(ret, chain, --depth);
		start_range(ret, number_of(&prefixes[i].prefix.addr), prefixes[i].addr_class);
		chain[depth++] = &prefixes[i];
	}
	while (depth)
		leave(ret, chain, --depth);
	return 0;
}

/* The boundaries of one /16: the last one that starts at or before it, up to the last that starts inside. */
struct piece {
	size_t first, count;
};

static struct piece piece_of(const struct boundaries *boundaries, size_t from, u128 root)
{
	const u128 start = root << 112, last = start | (((u128)1 << 112) - 1);
	struct piece piece = { from, 1 };

	while (piece.first + 1 < boundaries->count && boundaries->items[piece.first + 1].start <= start)
		piece.first++;
	while (piece.first + piece.count < boundaries->count &&
	       boundaries->items[piece.first + piece.count].start <= last)
		piece.count++;
	return piece;
}

static int build4(const struct boundaries *boundaries, struct direct_tables *direct)
{
	size_t from = 0;

	/* A /16 repeats at most the boundary that reaches into it. */
	direct->root4 = calloc(VX_ROOTS, sizeof(*direct->root4));
	direct->ranges4 = calloc(boundaries->count * 2, sizeof(*direct->ranges4));
	if (!direct->root4 || !direct->ranges4)
		return -ENOMEM;
	for (uint32_t root = 0; root < VX_ROOTS; root++) {
		struct piece piece = piece_of(boundaries, from, root);
		const struct boundary *items = &boundaries->items[piece.first];

		from = piece.first;
		if (piece.count == 1) {
			direct->root4[root].first = items->addr_class;
			continue;
		}
		direct->root4[root] = (struct vx_root){ (uint32_t)direct->range_count4, (uint32_t)piece.count };
		for (size_t i = 0; i < piece.count; i++) {
			uint32_t start = i ? (uint32_t)(items[i].start >> 96) & 0xffff : 0;

			if (items[i].addr_class > UINT16_MAX)
				return -E2BIG;
			direct->ranges4[direct->range_count4++] = VX_RANGE4(start, items[i].addr_class);
		}
	}
	return 0;
}

/* How many of the boundaries from @i on share their upper 64 bits with the first of them. */
static size_t same_upper(const struct boundaries *boundaries, size_t i)
{
	size_t n = 1;

	while (i + n < boundaries->count && boundaries->items[i + n].start >> 64 == boundaries->items[i].start >> 64)
		n++;
	return n;
}

/*
 * One entry a distinct upper half: where only the whole half has one class, that class; else a list by the lower half,
 * which starts with the class that reaches in from before.
 */
static void put_upper(const struct boundaries *boundaries, size_t i, size_t n, struct vx_range6 *entry,
		      struct vx_range6 *lower, size_t *lower_count)
{
	const struct boundary *items = &boundaries->items[i];
	bool reaches_in = (uint64_t)items->start != 0;

	entry->start = (uint64_t)(items->start >> 64);
	if (n == 1 && !reaches_in) {
		entry->first = items->addr_class;
		return;
	}
	entry->first = (uint32_t)*lower_count;
	entry->count = (uint32_t)(n + reaches_in);
	if (reaches_in)
		lower[(*lower_count)++] = (struct vx_range6){ 0, items[-1].addr_class, 0 };
	for (size_t k = 0; k < n; k++)
		lower[(*lower_count)++] = (struct vx_range6){ (uint64_t)items[k].start, items[k].addr_class, 0 };
}

/* The class that holds behind the last boundary of an upper half goes on into the next one: it needs its own entry. */
static size_t build_upper(const struct boundaries *boundaries, struct vx_range6 *upper, struct vx_range6 *lower,
			  size_t *lower_count)
{
	size_t count = 0;

	for (size_t i = 0, n; i < boundaries->count; i += n) {
		uint64_t next;

		n = same_upper(boundaries, i);
		put_upper(boundaries, i, n, &upper[count], lower, lower_count);
		next = upper[count].start + 1;
		if (upper[count++].count && next &&
		    (i + n == boundaries->count || (uint64_t)(boundaries->items[i + n].start >> 64) != next))
			upper[count++] = (struct vx_range6){ next, boundaries->items[i + n - 1].addr_class, 0 };
	}
	return count;
}

/* Cuts the entries by upper half into pieces of /16; an entry that reaches over an edge is repeated behind it. */
static void cut6(const struct vx_range6 *upper, size_t upper_count, struct direct_tables *direct)
{
	size_t from = 0;

	for (uint32_t root = 0; root < VX_ROOTS; root++) {
		uint64_t start = (uint64_t)root << 48, last = start | 0xffffffffffffULL;
		size_t n = 1;

		while (from + 1 < upper_count && upper[from + 1].start <= start)
			from++;
		while (from + n < upper_count && upper[from + n].start <= last)
			n++;
		/* An entry with a list behind it holds for one upper half only, so it never reaches over. */
		if (n == 1 && !upper[from].count) {
			direct->root6[root].first = upper[from].first;
			continue;
		}
		direct->root6[root] = (struct vx_root){ (uint32_t)direct->range_count6, (uint32_t)n };
		memcpy(&direct->ranges6[direct->range_count6], &upper[from], n * sizeof(*upper));
		direct->range_count6 += n;
	}
}

static int build6(const struct boundaries *boundaries, struct direct_tables *direct)
{
	CLEANUP_FREE struct vx_range6 *upper = calloc(boundaries->count * 2 + 1, sizeof(*upper));
	CLEANUP_FREE struct vx_range6 *lower = calloc(boundaries->count * 2 + 1, sizeof(*lower));
	size_t lower_count = 0, upper_count;

	direct->root6 = calloc(VX_ROOTS, sizeof(*direct->root6));
	if (!upper || !lower || !direct->root6)
		return -ENOMEM;
	upper_count = build_upper(boundaries, upper, lower, &lower_count);
	direct->ranges6 = calloc(upper_count * 2 + lower_count + 1, sizeof(*direct->ranges6));
	if (!direct->ranges6)
		return -ENOMEM;
	cut6(upper, upper_count, direct);
	/* The lists by lower half come behind; what refers to them learns where they now begin. */
	for (size_t i = 0; i < direct->range_count6; i++)
		if (direct->ranges6[i].count)
			direct->ranges6[i].first += (uint32_t)direct->range_count6;
	memcpy(&direct->ranges6[direct->range_count6], lower, lower_count * sizeof(*lower));
	direct->range_count6 += lower_count;
	return 0;
}

int direct_build(const struct class_prefix *prefixes, size_t count4, size_t count6, struct direct_tables *ret)
{
	CLEANUP(direct_fini) struct direct_tables direct = {};
	struct boundaries boundaries;
	int err = flatten(prefixes, count4, &boundaries);

	err = err ? err : build4(&boundaries, &direct);
	free(boundaries.items);
	if (err)
		return err;
	err = flatten(prefixes + count4, count6, &boundaries);
	err = err ? err : build6(&boundaries, &direct);
	free(boundaries.items);
	if (err)
		return err;
	*ret = direct;
	memset(&direct, 0, sizeof(direct));
	return 0;
}

void direct_fini(struct direct_tables *direct)
{
	free(direct->root4);
	free(direct->root6);
	free(direct->ranges4);
	free(direct->ranges6);
	memset(direct, 0, sizeof(*direct));
}
