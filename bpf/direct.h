/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Engine `direct`: the longest-prefix match by 16 bits of the address and a binary search in sorted ranges. Every read
 * is of a static array, which the JIT inlines; nothing here calls out of the program.
 *
 * The includer provides vx_root4_at() and vx_root6_at(), an entry of what is indexed by 16 bits, and vx_range4_at() and
 * vx_range6_at(): an element of a generation's arrays, or NULL where the index is out of range.
 */
#ifndef VOXDP_BPF_DIRECT_H
#define VOXDP_BPF_DIRECT_H

#include <stddef.h>

#include <bpf/bpf_endian.h>

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

/* The last of the ranges from @range on, those of @root, that does not start behind @wanted. */
static __always_inline __u32 vx_range4_search(const __u32 *range, __u64 root, __u64 wanted)
{
	const __u32 *there = range + VX_ROOT4_EXTRA(root);
	__u64 step = (2ULL << VX_ROOT4_HALVINGS(root)) & (VX_RANGES4_STEP_MAX - 1), start = *there;

	vx_move_unless_behind(range, there, start, wanted);
	for (; step >= sizeof(*range); step >>= 1) {
		/* The mask: else the verifier knew a least step, and could not tell that not to move is the lesser way. */
		there = (const __u32 *)((const __u8 *)range + (step & (VX_RANGES4_STEP_MAX - sizeof(*range))));
		start = *there;
		vx_move_unless_behind(range, there, start, wanted);
	}
	return *range;
}

static __always_inline __u32 vx_direct4_class(struct vx_tables tables, __be32 addr)
{
	const __u32 host = bpf_ntohl(addr);
	const __u64 root = vx_root4_at(tables, host >> 16);
	const __u32 *range;

	if (!VX_ROOT4_HALVINGS(root))
		return VX_ROOT4_FIRST(root);
	range = vx_range4_at(tables, VX_ROOT4_FIRST(root));
	if (!range)
		return VX_CLASS_NOBODY;
	return VX_RANGE4_CLASS(vx_range4_search(range, root, VX_RANGE4(host & 0xffff, VX_RANGE4_CLASSES)));
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

static __always_inline __u32 vx_direct6_class(struct vx_tables tables, const __be32 addr[4])
{
	const __u64 upper = (__u64)bpf_ntohl(addr[0]) << 32 | bpf_ntohl(addr[1]);
	const __u64 lower = (__u64)bpf_ntohl(addr[2]) << 32 | bpf_ntohl(addr[3]);
	const struct vx_root6 *root = vx_root6_at(tables, upper >> 48);
	const struct vx_range6 *range;

	if (!root->count)
		return root->first;
	range = vx_range6_search(tables, root->first, root->count, upper);
	if (range && range->count)
		range = vx_range6_search(tables, range->first, range->count, lower);
	return range ? range->first : VX_CLASS_NOBODY;
}

#endif
