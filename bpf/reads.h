/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * How a frame is read. In place, by packet pointers: fast, but the kernel wants CAP_PERFMON for arithmetic with them, and
 * they reach no further than the linear part of a frame. Or by copies, which need neither. Which of the two is a constant
 * wherever code is inlined, so that nothing of the other is compiled there.
 */
#ifndef VOXDP_BPF_READS_H
#define VOXDP_BPF_READS_H

#include <linux/types.h>

/*
 * 1 where the whole program is compiled to read by copies (bpf/copied.bpf.c). 0: copies are for frames that need them.
 */
#ifndef VX_COPIED
#define VX_COPIED 0
#endif

#ifdef __bpf__
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#endif

#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif

#define VX_COPY_BYTES 40 /* the longest header that is read at once: IPv6 */

/* All zero: in place. */
struct vx_reads {
	int copied;   /* a constant, 0 or 1 */
	void *ctx;    /* copied: the program's context; natively the frame, see below */
	__u8 *buffer; /* copied: VX_COPY_BYTES, aligned to 8; holds what was read last */
};

#ifdef __bpf__

/* The @size bytes at @offset of the frame, until the next copy; NULL where the frame has not got them. */
static __always_inline const __u8 *vx_copy(const struct vx_reads *reads, __u32 offset, __u32 size)
{
	return bpf_xdp_load_bytes(reads->ctx, offset, reads->buffer, size) ? 0 : reads->buffer;
}

#else

/* What the kernel has behind a context, for code that runs natively. */
struct vx_frame {
	const __u8 *bytes;
	__u32 length;
};

static __always_inline const __u8 *vx_copy(const struct vx_reads *reads, __u32 offset, __u32 size)
{
	const struct vx_frame *frame = reads->ctx;

	if (offset > frame->length || frame->length - offset < size)
		return 0;
	__builtin_memcpy(reads->buffer, frame->bytes + offset, size);
	return reads->buffer;
}

#endif

#endif
