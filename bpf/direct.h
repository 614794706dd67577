/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Engine `direct`: the longest-prefix match by 16 bits of the address and a binary search in sorted ranges. Every read
 * is of a static array, which the JIT inlines; nothing here calls out of the program.
 *
 * The includer provides vx_roots4(), vx_roots6(), vx_ranges4(), vx_ranges6(), which give the arrays of a generation or
 * NULL, and vx_ranges4_max(), vx_ranges6_max(), how many elements they hold.
 */
#ifndef VOXDP_BPF_DIRECT_H
#define VOXDP_BPF_DIRECT_H

#include <bpf/bpf_endian.h>

#include "bpf/pkt.h"

/* Halvings that leave one of 2^16 ranges of a /16, and one of 2^24 by the upper or lower 64 bits. */
#define VX_DIRECT4_STEPS 16
#define VX_DIRECT6_STEPS 24

/*
 * All ones where @start <= @wanted, else zero: the borrow of wanted - start. Arithmetic instead of a branch, for the
 * processor, which could only guess it, and for the verifier, which would walk both sides at every step.
 */
static __always_inline __u64 vx_not_behind(__u64 start, __u64 wanted)
{
	__u64 borrow = (~wanted & start) | ((~wanted | start) & (wanted - start));

	return (borrow >> 63) - 1;
}

/* The class of the last of @count ranges from @first on that does not start behind @wanted. */
static __always_inline __u32 vx_range4_class(struct vx_tables tables, const __u32 *ranges, __u32 first, __u32 count,
					     __u32 wanted)
{
	for (int step = 0; step < VX_DIRECT4_STEPS && count > 1; step++) {
		__u32 half = count / 2, middle = first + half;

		if (middle >= vx_ranges4_max(tables))
			return VX_CLASS_NOBODY;
		/* Both are 32 bits wide, so the difference in 64 tells the borrow by its sign. */
		first += half & ((((__u64)wanted - ranges[middle]) >> 63) - 1);
		count -= half;
	}
	return first < vx_ranges4_max(tables) ? VX_RANGE4_CLASS(ranges[first]) : VX_CLASS_NOBODY;
}

static __always_inline __u32 vx_direct4_class(struct vx_tables tables, __be32 addr)
{
	const __u32 host = bpf_ntohl(addr);
	const struct vx_root *roots = vx_roots4(tables);
	const __u32 *ranges = vx_ranges4(tables);
	struct vx_root root;

	if (!roots || !ranges)
		return VX_CLASS_NOBODY;
	root = roots[host >> 16];
	if (!root.count)
		return root.first;
	return vx_range4_class(tables, ranges, root.first, root.count, VX_RANGE4(host & 0xffff, 0xffff));
}

/* The last of @count ranges from @first on that does not start behind @wanted. */
static __always_inline __u32 vx_range6_search(struct vx_tables tables, const struct vx_range6 *ranges, __u32 first,
					      __u32 count, __u64 wanted)
{
	for (int step = 0; step < VX_DIRECT6_STEPS && count > 1; step++) {
		__u32 half = count / 2, middle = first + half;

		if (middle >= vx_ranges6_max(tables))
			break;
		first += half & vx_not_behind(ranges[middle].start, wanted);
		count -= half;
	}
	return first;
}

static __always_inline __u32 vx_direct6_class(struct vx_tables tables, const __be32 addr[4])
{
	const __u64 upper = (__u64)bpf_ntohl(addr[0]) << 32 | bpf_ntohl(addr[1]);
	const __u64 lower = (__u64)bpf_ntohl(addr[2]) << 32 | bpf_ntohl(addr[3]);
	const struct vx_root *roots = vx_roots6(tables);
	const struct vx_range6 *ranges = vx_ranges6(tables);
	__u32 at, count;

	if (!roots || !ranges)
		return VX_CLASS_NOBODY;
	at = roots[upper >> 48].first;
	count = roots[upper >> 48].count;
	if (!count)
		return at;
	at = vx_range6_search(tables, ranges, at, count, upper);
	if (at >= vx_ranges6_max(tables))
		return VX_CLASS_NOBODY;
	count = ranges[at].count;
	at = ranges[at].first;
	if (!count)
		return at;
	at = vx_range6_search(tables, ranges, at, count, lower);
	return at < vx_ranges6_max(tables) ? ranges[at].first : VX_CLASS_NOBODY;
}

#endif
