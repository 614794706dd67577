/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Engine `direct`: the longest-prefix match by 16 bits of the address, which mostly find the range itself (IPv4) or a bucket
 * of few ranges (IPv6), and else a binary search in sorted ranges. Every read is of a static array, which the JIT inlines.
 *
 * The includer provides struct vx_tables, and vx_tables_handle() and vx_tables_of_handle(), which make a number of it and the
 * number one again; vx_root4_of() and vx_root6_at(), the entry of an address's first 16 bits; vx_range4_at() and
 * vx_range6_at(), an element of a generation's arrays, or NULL where there is none.
 */
#ifndef VOXDP_BPF_DIRECT_H
#define VOXDP_BPF_DIRECT_H

#include <stddef.h>

#include "bpf/bytes.h"
#include "bpf/pkt.h"

/* Halvings that leave one of 2^24 ranges by the upper or lower 64 bits. */
#define VX_DIRECT6_STEPS 24

/*
 * Moves @here to @there unless what starts there, @start, lies behind @wanted. A branch: where the processor guesses it
 * right, the next load need not wait for this one. For the verifier the way on which it moves comes first: whatever the
 * other allows is then known, and the search is walked once and not once for every outcome of its steps.
 */
#ifdef __bpf__
#define vx_move_unless_behind(here, there, start, wanted)                                                              \
	__asm__ volatile("if %[from] > %[to] goto +1\n%[place] = %[next]"                                              \
			 : [place] "+r"(here)                                                                          \
			 : [next] "r"(there), [from] "r"(start), [to] "r"(wanted))
#else
#define vx_move_unless_behind(here, there, start, wanted)                                                              \
	do {                                                                                                           \
		if ((start) <= (wanted))                                                                               \
			(here) = (there);                                                                              \
	} while (0)
#endif

/* The last of the ranges from @range on, of this shape (VX_ROOT4_SHAPE), that does not start behind @wanted. */
static __always_inline __u32 vx_range4_search(const __u32 *range, __u64 shape, __u64 wanted)
{
	const __u32 *there = range + VX_ROOT4_EXTRA(shape);
	__u64 step = (2ULL << (VX_ROOT4_HALVINGS(shape) & 31)) & (VX_RANGES4_STEP_MAX - 1), start = *there;

	vx_move_unless_behind(range, there, start, wanted);
	for (; step >= sizeof(*range); step >>= 1) {
		/* The mask: else the verifier knew a least step, and could not tell that not to move is the lesser way. */
		there = (const __u32 *)((const __u8 *)range + (step & (VX_RANGES4_STEP_MAX - sizeof(*range))));
		start = *there;
		vx_move_unless_behind(range, there, start, wanted);
	}
	return *range;
}

/* The class of the address at @at. Is it @likely_nobody's, as that of our own end mostly is? Then its whole /16 is. */
static __always_inline __u32 vx_direct4_class(struct vx_tables tables, const __u8 *at, int likely_nobody)
{
	__u32 host = vx_load32(at), wanted = VX_RANGE4(host, VX_RANGE4_CLASSES), last, second;
	const struct vx_root4 *root;
	const __u32 *ranges;

	vx_forget(host); /* Linux 6.1 knows the bounds of what was shifted, not of what was swapped */
	root = vx_root4_of(tables, host);
	last = root->range[0];
	second = root->range[1];
	if (likely_nobody && !last)
		return VX_CLASS_NOBODY;
	if (second <= wanted)
		return VX_RANGE4_CLASS(last <= wanted ? last : second);
	if (second != VX_ROOT4_FAR)
		return VX_RANGE4_CLASS(root->range[2] <= wanted ? root->range[2] : root->range[3]);
	ranges = vx_range4_at(tables, root->range[2]);
	return ranges ? VX_RANGE4_CLASS(vx_range4_search(ranges, root->range[3], wanted)) : VX_CLASS_NOBODY;
}

/*
 * All ones where @start <= @wanted, else zero: the borrow of wanted - start. Arithmetic instead of a branch: there are more
 * steps here than the processor guesses right.
 */
static __always_inline __u64 vx_not_behind(__u64 start, __u64 wanted)
{
	__u64 borrow = (~wanted & start) | ((~wanted | start) & (wanted - start));

	return (borrow >> 63) - 1;
}

/* The last of @count ranges from @first on that does not start behind @wanted; NULL where an index is out of range. */
static __always_inline const struct vx_range6 *vx_range6_search(struct vx_tables tables, __u64 first, __u64 count,
								__u64 wanted)
{
	for (int step = 0; step < VX_DIRECT6_STEPS && count > 1; step++) {
		__u64 half = count / 2;
		const struct vx_range6 *range = vx_range6_at(tables, first + half);

		if (!range)
			return NULL;
		first += half & vx_not_behind(range->start, wanted);
		count -= half;
	}
	return vx_range6_at(tables, first);
}

/* By the lower 64 bits. Few addresses come here, and so it is a function that the verifier checks once. */
VX_APART __u32 vx_lower6_class(__u64 handle, __u32 first, __u32 count, __u64 lower)
{
	const struct vx_tables tables = vx_tables_of_handle(handle, lower);
	const struct vx_range6 *range = tables.base ? vx_range6_search(tables, first, count, lower) : NULL;

	return range ? range->first : VX_CLASS_NOBODY;
}

static __always_inline __u32 vx_direct6_class(struct vx_tables tables, const __u8 *at)
{
	const __u64 upper = vx_load64(at);
	const struct vx_root6 *root = vx_root6_at(tables, upper >> 48);
	const struct vx_range6 *range;

	if (!root->shift)
		return root->first;
	range = vx_range6_at(tables, root->first + (upper << 16 >> (root->shift & 63)));
	if (range && range->count)
		range = vx_range6_search(tables, range->first, range->count, upper);
	if (!range)
		return VX_CLASS_NOBODY;
	return range->count ? vx_lower6_class(vx_tables_handle(tables), range->first, range->count, vx_load64(at + 8)) :
			      range->first;
}

#endif
