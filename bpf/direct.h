/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Engine `direct`: the longest-prefix match by 16 bits of the address and a binary search in sorted ranges. Every read
 * is of a static array, which the JIT inlines; nothing here calls out of the program.
 *
 * The includer provides vx_root4_at(), vx_root6_at(), vx_range4_at() and vx_range6_at(): an element of a generation's
 * arrays, or NULL where the index is out of range.
 */
#ifndef VOXDP_BPF_DIRECT_H
#define VOXDP_BPF_DIRECT_H

#include <stddef.h>

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
static __always_inline __u32 vx_range4_class(struct vx_tables tables, __u32 first, __u32 count, __u32 wanted)
{
	const __u32 *range;

	for (int step = 0; step < VX_DIRECT4_STEPS && count > 1; step++) {
		__u32 half = count / 2;

		range = vx_range4_at(tables, first + half);
		if (!range)
			return VX_CLASS_NOBODY;
		/* Both are 32 bits wide, so the difference in 64 tells the borrow by its sign. */
		first += half & ((((__u64)wanted - *range) >> 63) - 1);
		count -= half;
	}
	range = vx_range4_at(tables, first);
	return range ? VX_RANGE4_CLASS(*range) : VX_CLASS_NOBODY;
}

static __always_inline __u32 vx_direct4_class(struct vx_tables tables, __be32 addr)
{
	const __u32 host = bpf_ntohl(addr);
	const struct vx_root *root = vx_root4_at(tables, host >> 16);

	if (!root)
		return VX_CLASS_NOBODY;
	if (!root->count)
		return root->first;
	return vx_range4_class(tables, root->first, root->count, VX_RANGE4(host & 0xffff, 0xffff));
}

/* The last of @count ranges from @first on that does not start behind @wanted; NULL where an index is out of range. */
static __always_inline const struct vx_range6 *vx_range6_search(struct vx_tables tables, __u32 first, __u32 count,
								__u64 wanted)
{
	for (int step = 0; step < VX_DIRECT6_STEPS && count > 1; step++) {
		__u32 half = count / 2;
		const struct vx_range6 *range = vx_range6_at(tables, first + half);

		if (!range)
			return NULL;
		first += half & vx_not_behind(range->start, wanted);
		count -= half;
	}
	return vx_range6_at(tables, first);
}

static __always_inline __u32 vx_direct6_class(struct vx_tables tables, const __be32 addr[4])
{
	const __u64 upper = (__u64)bpf_ntohl(addr[0]) << 32 | bpf_ntohl(addr[1]);
	const __u64 lower = (__u64)bpf_ntohl(addr[2]) << 32 | bpf_ntohl(addr[3]);
	const struct vx_root *root = vx_root6_at(tables, upper >> 48);
	const struct vx_range6 *range;

	if (!root)
		return VX_CLASS_NOBODY;
	if (!root->count)
		return root->first;
	range = vx_range6_search(tables, root->first, root->count, upper);
	if (range && range->count)
		range = vx_range6_search(tables, range->first, range->count, lower);
	return range ? range->first : VX_CLASS_NOBODY;
}

#endif
