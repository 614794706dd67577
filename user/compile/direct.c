/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flattening: prefixes in the order in which a covering one comes first are entered and left like brackets; at each
 * bracket a new range starts, with the class that holds from there on. Then the ranges are cut into pieces of /16.
 */
#include "compile/direct.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
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

/*
 * What holds in one /16: the boundaries from the last one that starts at or before it up to the last one inside. The first
 * counts as if it started with the /16.
 */
struct piece {
	const struct boundary *items;
	size_t count;
	u128 start;
};

static struct piece piece_of(const struct boundaries *boundaries, size_t from, uint32_t root)
{
	const u128 start = (u128)root << 112, last = start | (((u128)1 << 112) - 1);
	size_t count = 1;

	while (from + 1 < boundaries->count && boundaries->items[from + 1].start <= start)
		from++;
	while (from + count < boundaries->count && boundaries->items[from + count].start <= last)
		count++;
	return (struct piece){ &boundaries->items[from], count, start };
}

static u128 piece_start(const struct piece *piece, size_t i)
{
	return i ? piece->items[i].start : piece->start;
}

/* ---- IPv4 ------------------------------------------------------------------------------------------------------- */

static struct vx_root4 root4_far(size_t first, size_t count)
{
	unsigned halvings = 31 - (unsigned)__builtin_clz((unsigned)count);

	return (struct vx_root4){ { VX_ROOT4_FAR, VX_ROOT4_FAR, (uint32_t)first,
				    VX_ROOT4_SHAPE((uint32_t)count - (1U << halvings), halvings) } };
}

static size_t root4_ranges(const struct vx_root4 *root)
{
	const uint32_t shape = root->range[3];

	return root->range[0] == VX_ROOT4_FAR ? (1U << VX_ROOT4_HALVINGS(shape)) + VX_ROOT4_EXTRA(shape) : 0;
}

static uint32_t range4_of(const struct piece *piece, size_t i)
{
	return VX_RANGE4((uint32_t)(piece_start(piece, i) >> 96) & 0xffff, piece->items[i].addr_class);
}

/*
 * The entry of a /16, and the ranges that it has no room for, which are to lie from element @first on. Returns how many, or
 * -E2BIG.
 */
static int put_root4(const struct piece *piece, size_t first, struct vx_root4 *ret, uint32_t *ranges)
{
	struct vx_root4 root = {};

	for (size_t i = 0; i < piece->count; i++)
		if (piece->items[i].addr_class >= VX_RANGE4_CLASSES)
			return -E2BIG;
	if (piece->count <= VX_ROOT4_RANGES) {
		for (size_t i = 0; i < piece->count; i++)
			root.range[i] = range4_of(piece, piece->count - 1 - i);
		*ret = root;
		return 0;
	}
	*ret = root4_far(first, piece->count);
	for (size_t i = 0; i < piece->count; i++)
		ranges[i] = range4_of(piece, i);
	return (int)piece->count;
}

/* The bits that differ among the numbers from @first to @last: from the highest one that differs between these two on. */
static uint32_t bits_that_differ(uint32_t first, uint32_t last)
{
	return first == last ? 0 : (2U << (31 - __builtin_clz(first ^ last))) - 1;
}

static void taken4_note(struct direct_tables *direct, const struct piece *piece, uint32_t root)
{
	struct vx_taken4 taken = VX_TAKEN4_NONE;
	uint32_t differ = 0, one = 0;
	bool found = false;

	for (size_t i = 0; i < piece->count; i++) {
		uint32_t first = range4_of(piece, i) >> 24;
		uint32_t last = i + 1 < piece->count ? (range4_of(piece, i + 1) - 1) >> 24 : 255;

		if (piece->items[i].addr_class == VX_CLASS_NOBODY)
			continue;
		one = found ? one : first;
		differ |= bits_that_differ(first, last) | (first ^ one);
		found = true;
	}
	if (found)
		taken = (struct vx_taken4){ .mask = (__u8)~differ, .value = (__u8)(one & ~differ) };
	direct->taken4[htons((uint16_t)root)] = taken;
}

static int build4(const struct boundaries *boundaries, struct direct_tables *direct)
{
	size_t from = 0;

	/* A /16 repeats at most the boundary that reaches into it. */
	direct->room4 = boundaries->count * 2;
	direct->taken4 = calloc(VX_ROOTS, sizeof(*direct->taken4));
	direct->root4 = calloc(VX_ROOTS, sizeof(*direct->root4));
	direct->ranges4 = calloc(direct->room4, sizeof(*direct->ranges4));
	if (!direct->taken4 || !direct->root4 || !direct->ranges4)
		return -ENOMEM;
	for (uint32_t root = 0; root < VX_ROOTS; root++) {
		struct piece piece = piece_of(boundaries, from, root);
		int count = put_root4(&piece, direct->range_count4, &direct->root4[root],
				      &direct->ranges4[direct->range_count4]);

		if (count < 0)
			return count;
		taken4_note(direct, &piece, root);
		direct->range_count4 += (size_t)count;
		from = (size_t)(piece.items - boundaries->items);
	}
	return 0;
}

/* ---- IPv6 ------------------------------------------------------------------------------------------------------- */

/* How many of the boundaries from @i on share their upper 64 bits with the first of them. */
static size_t same_upper(const struct piece *piece, size_t i)
{
	size_t n = 1;

	while (i + n < piece->count && piece_start(piece, i + n) >> 64 == piece_start(piece, i) >> 64)
		n++;
	return n;
}

/* Ranges by the lower half, which come behind those by the upper half. */
struct lower {
	struct vx_range6 *ranges;
	size_t count;
};

/*
 * One entry a distinct upper half: where only the whole half has one class, that class; else a list by the lower half,
 * which starts with the class that reaches in from before.
 */
static struct vx_range6 put_upper(const struct piece *piece, size_t i, size_t n, struct lower *lower)
{
	struct vx_range6 entry = { .start = (uint64_t)(piece_start(piece, i) >> 64) };
	bool reaches_in = (uint64_t)piece_start(piece, i) != 0;

	if (n == 1 && !reaches_in) {
		entry.first = piece->items[i].addr_class;
		return entry;
	}
	entry.first = (uint32_t)lower->count;
	entry.count = (uint32_t)(n + reaches_in);
	if (reaches_in)
		lower->ranges[lower->count++] = (struct vx_range6){ 0, piece->items[i - 1].addr_class, 0 };
	for (size_t k = i; k < i + n; k++)
		lower->ranges[lower->count++] =
			(struct vx_range6){ (uint64_t)piece_start(piece, k), piece->items[k].addr_class, 0 };
	return entry;
}

/* The class that holds behind the last boundary of an upper half goes on into the next one: it needs its own entry. */
static size_t put_uppers(const struct piece *piece, struct vx_range6 *upper, struct lower *lower)
{
	size_t count = 0;

	for (size_t i = 0, n; i < piece->count; i += n) {
		uint64_t next;

		n = same_upper(piece, i);
		upper[count] = put_upper(piece, i, n, lower);
		next = upper[count].start + 1;
		if (upper[count++].count && next >> 48 == (uint64_t)(piece->start >> 112) &&
		    (i + n == piece->count || (uint64_t)(piece_start(piece, i + n) >> 64) != next))
			upper[count++] = (struct vx_range6){ next, piece->items[i + n - 1].addr_class, 0 };
	}
	return count;
}

/*
 * The buckets of a piece, then the ranges of those that are of more than one class. One that reaches into a bucket is its
 * first range, too; it is of one class, since behind an upper half with a list of its own another range starts.
 */
static size_t put_buckets(const struct vx_range6 *upper, size_t count, unsigned bits, uint64_t start,
			  struct vx_range6 *ret)
{
	const uint64_t size = 1ULL << (48 - bits);
	const size_t buckets = (size_t)1 << bits;
	size_t used = buckets, i = 0;

	for (size_t b = 0; b < buckets; b++, start += size) {
		struct vx_range6 *first = &ret[used];
		size_t n = 1;

		while (i + 1 < count && upper[i + 1].start <= start)
			i++;
		while (i + n < count && upper[i + n].start - start < size)
			n++;
		memcpy(first, &upper[i], n * sizeof(*first));
		ret[b] = (struct vx_range6){ start, (uint32_t)used, (uint32_t)n };
		if (n == 1 && !first->count)
			ret[b] = *first;
		else
			used += n;
	}
	return used;
}

/* Two ranges a bucket, on average: more buckets are more memory, and fewer are more steps. */
static unsigned bucket_bits(size_t count)
{
	unsigned bits = 1;

	while (bits < 16 && (size_t)4 << bits <= count)
		bits++;
	return bits;
}

/*
 * Elements for a piece: two ranges by the upper half and two by the lower one for a boundary, at most; no more buckets than
 * ranges, and for each one that reaches in.
 */
#define RANGES6_MAX(boundaries) ((boundaries)*8)
#define SCRATCH6(boundaries) ((boundaries)*4)

static size_t root6_ranges(const struct vx_root6 *root, const struct vx_range6 *ranges)
{
	size_t buckets = root->shift ? (size_t)1 << (64 - root->shift) : 0, count = buckets;

	for (size_t b = 0; b < buckets; b++) {
		const struct vx_range6 *bucket = &ranges[root->first + b];

		count += bucket->count;
		for (size_t i = 0; i < bucket->count; i++)
			count += ranges[bucket->first + i].count;
	}
	return count;
}

/* Makes indices of what lies from element @first on of those that count from 0. */
static void buckets_move(struct vx_range6 *ranges, size_t buckets, size_t count, size_t first)
{
	for (size_t i = 0; i < count; i++)
		if (ranges[i].count)
			ranges[i].first += (uint32_t)(first + (i < buckets ? 0 : count));
}

/* As put_root4(), for IPv6. @scratch has room for SCRATCH6() ranges. Returns how many. */
static size_t put_root6(const struct piece *piece, size_t first, struct vx_root6 *ret, struct vx_range6 *ranges,
			struct vx_range6 *scratch)
{
	struct vx_range6 *upper = scratch + piece->count * 2;
	struct lower lower = { scratch, 0 };
	size_t count;
	unsigned bits;

	if (piece->count == 1) {
		*ret = (struct vx_root6){ .first = piece->items->addr_class };
		return 0;
	}
	count = put_uppers(piece, upper, &lower);
	bits = bucket_bits(count);
	count = put_buckets(upper, count, bits, (uint64_t)(piece->start >> 64), ranges);
	buckets_move(ranges, (size_t)1 << bits, count, first);
	memcpy(ranges + count, lower.ranges, lower.count * sizeof(*lower.ranges));
	*ret = (struct vx_root6){ (uint32_t)first, 64 - bits };
	return count + lower.count;
}

static int build6(const struct boundaries *boundaries, struct direct_tables *direct)
{
	CLEANUP_FREE struct vx_range6 *scratch = calloc(SCRATCH6(boundaries->count), sizeof(*scratch));
	struct vx_range6 *fitting;
	size_t from = 0;

	direct->root6 = calloc(VX_ROOTS, sizeof(*direct->root6));
	direct->ranges6 = calloc(RANGES6_MAX(boundaries->count * 2), sizeof(*direct->ranges6));
	if (!scratch || !direct->root6 || !direct->ranges6)
		return -ENOMEM;
	for (uint32_t root = 0; root < VX_ROOTS; root++) {
		struct piece piece = piece_of(boundaries, from, root);

		direct->range_count6 += put_root6(&piece, direct->range_count6, &direct->root6[root],
						  &direct->ranges6[direct->range_count6], scratch);
		from = (size_t)(piece.items - boundaries->items);
	}
	direct->room6 = direct->range_count6 + 1;
	fitting = realloc(direct->ranges6, direct->room6 * sizeof(*fitting));
	if (!fitting)
		return -ENOMEM;
	direct->ranges6 = fitting;
	return 0;
}

/* ---- both ------------------------------------------------------------------------------------------------------- */

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

/* Room for @more elements behind those that are there. */
static int make_room(void **array, size_t *room, size_t used, size_t more, size_t element)
{
	size_t larger = used + more > *room * 2 ? used + more : *room * 2;
	void *moved;

	if (used + more <= *room)
		return 0;
	moved = reallocarray(*array, larger, element);
	if (!moved)
		return -ENOMEM;
	*array = moved;
	*room = larger;
	return 0;
}

static int update4(struct direct_tables *direct, const struct piece *piece, uint32_t number, struct direct_change *ret)
{
	struct vx_root4 *root = &direct->root4[number];
	size_t room = root4_ranges(root), first = room ? root->range[2] : 0;
	void *ranges = direct->ranges4;
	int count;

	if (piece->count > room) {
		first = direct->range_count4;
		if (make_room(&ranges, &direct->room4, first, piece->count, sizeof(*direct->ranges4)))
			return -ENOMEM;
		direct->ranges4 = ranges;
	}
	count = put_root4(piece, first, root, direct->ranges4 + first);
	if (count < 0)
		return count;
	taken4_note(direct, piece, number);
	if (first == direct->range_count4)
		direct->range_count4 += (size_t)count;
	*ret = (struct direct_change){ .root = number, .first = (uint32_t)first, .count = (uint32_t)count };
	return 0;
}

static int update6(struct direct_tables *direct, const struct piece *piece, uint32_t number, struct direct_change *ret)
{
	CLEANUP_FREE struct vx_range6 *scratch = calloc(SCRATCH6(piece->count), sizeof(*scratch));
	CLEANUP_FREE struct vx_range6 *made = calloc(RANGES6_MAX(piece->count), sizeof(*made));
	struct vx_root6 *root = &direct->root6[number];
	size_t room = root6_ranges(root, direct->ranges6), first = root->first, count;
	void *ranges = direct->ranges6;

	if (!scratch || !made)
		return -ENOMEM;
	count = put_root6(piece, first, &(struct vx_root6){}, made, scratch);
	if (count > room) {
		first = direct->range_count6;
		if (make_room(&ranges, &direct->room6, first, count, sizeof(*direct->ranges6)))
			return -ENOMEM;
		direct->ranges6 = ranges;
		direct->range_count6 += count;
	}
	/* Once more, now that it is known where. */
	(void)put_root6(piece, first, root, made, scratch);
	memcpy(direct->ranges6 + first, made, count * sizeof(*made));
	*ret = (struct direct_change){ .root = number, .first = (uint32_t)first, .count = (uint32_t)count };
	return 0;
}

int direct_update(struct direct_tables *direct, const struct class_prefix *prefixes, size_t count,
		  const struct ip_addr *within, struct direct_change *ret)
{
	uint32_t root = (uint32_t)within->bytes[0] << 8 | within->bytes[1];
	struct boundaries boundaries;
	struct piece piece;
	int err = flatten(prefixes, count, &boundaries);

	if (err)
		return err;
	piece = piece_of(&boundaries, 0, root);
	err = within->family == 4 ? update4(direct, &piece, root, ret) : update6(direct, &piece, root, ret);
	free(boundaries.items);
	return err;
}

void direct_fini(struct direct_tables *direct)
{
	free(direct->taken4);
	free(direct->root4);
	free(direct->root6);
	free(direct->ranges4);
	free(direct->ranges6);
	memset(direct, 0, sizeof(*direct));
}
