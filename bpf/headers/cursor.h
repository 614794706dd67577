/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A cursor over the headers of a frame. It carries two ends: @end is where the linear part of the frame ends and
 * reading must stop; @limit is where the innermost length field says that the packet ends. What lies behind @limit is
 * padding and never counts; what lies between @end and @limit is payload in a fragment of the frame. Where the cursor
 * reads by copies there is no @end but that of the frame, and a header is valid until the next one is taken.
 */
#ifndef VOXDP_BPF_HEADERS_CURSOR_H
#define VOXDP_BPF_HEADERS_CURSOR_H

#include "bpf/bytes.h"
#include "bpf/pkt.h"
#include "bpf/reads.h"

struct vx_cursor {
	const __u8 *data; /* the frame's start; not used where copies are read */
	const __u8 *end;  /* nor is this */
	__u32 offset;	  /* of the cursor from @data; at most VX_OFFSET_MASK */
	__u32 limit;	  /* from @data too; never less than @offset */
	struct vx_reads reads;
};

static __always_inline __u32 vx_left(const struct vx_cursor *c)
{
	return c->limit - c->offset;
}

/* Takes a header of @size bytes, or returns NULL where it does not fit; the cursor then stays. */
static __always_inline const __u8 *vx_take(struct vx_cursor *c, __u32 size)
{
	const __u8 *at;

	if (c->reads.copied) {
		at = vx_left(c) < size ? 0 : vx_copy(&c->reads, c->offset, size);
		if (!at)
			return 0;
	} else {
		at = c->data + c->offset;
		vx_opaque(at);
		if (vx_left(c) < size || at + size > c->end)
			return 0;
	}
	c->offset += size;
	return at;
}

/* Steps over @size bytes, a number that the packet says; 0 where they do not fit. The next take checks the pointer. */
static __always_inline int vx_skip(struct vx_cursor *c, __u32 size)
{
	if (vx_left(c) < size)
		return 0;
	c->offset += size;
	return 1;
}

/* What follows is @size bytes long, says a length field; 0 where the layer around it has less. */
static __always_inline int vx_bound(struct vx_cursor *c, __u32 size)
{
	if (vx_left(c) < size)
		return 0;
	c->limit = c->offset + size;
	return 1;
}

/* For the verifier: from here on one path for all offsets. The longest chain of headers ends below the mask. */
static __always_inline void vx_cursor_merge(struct vx_cursor *c, __u32 frame_bytes)
{
	c->offset = vx_unknown(c->offset, VX_OFFSET_MASK, frame_bytes);
	c->limit = vx_unknown(c->limit, 0xffffffffU, frame_bytes);
}

#endif
