/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Bytes with an end, and the only loads from them. The same code reads packet pointers under the verifier and plain
 * buffers natively. A read follows a check of the same pointer; nothing is read beyond what was checked.
 */
#ifndef VOXDP_BPF_BYTES_H
#define VOXDP_BPF_BYTES_H

#include "bpf/reads.h"

/*
 * The verifier ties a bounds check to the register that was checked. Without this the compiler rebuilds the pointer
 * from its parts after the check, and the read is refused. It also forgets that the pointer is not NULL: say so again.
 */
#ifdef __bpf__
#define vx_opaque(pointer)                                                                                             \
	do {                                                                                                           \
		__asm__ volatile("" : "+r"(pointer));                                                                  \
		if (!(pointer))                                                                                        \
			__builtin_unreachable();                                                                       \
	} while (0)
#else
#define vx_opaque(pointer) ((void)(pointer))
#endif

/* What is nearly always so lies straight ahead: a branch that is taken costs more than one that is not. */
#define vx_likely(condition) __builtin_expect(!!(condition), 1)

/* @pointer + @number in the number's register, which is then free of it; the compiler would copy the pointer first. */
static __always_inline const __u8 *vx_plus(__u64 number, const __u8 *pointer)
{
#ifdef __bpf__
	const __u8 *sum;

	__asm__ volatile("%0 += %2" : "=r"(sum) : "0"(number), "r"(pointer));
	if (!sum)
		__builtin_unreachable();
	return sum;
#else
	return pointer + number;
#endif
}

/* The compiler forgets what it knows of a number; the verifier does not. */
#define vx_forget(number) __asm__ volatile("" : "+r"(number))

/*
 * Keeps a struct in memory. Broken up into registers, of which BPF has few, it would be spilled and set to zero again
 * on every way out.
 */
#define vx_in_memory(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

/*
 * @value, as far as the verifier is concerned any number. Paths that differ only in such a number are walked once, not
 * once for each of its values. @noise is a number that the verifier does not know; adding and subtracting it changes
 * nothing else.
 */
static __always_inline __u64 vx_unknown64(__u64 value, __u64 noise)
{
#ifdef __bpf__
	/* Early clobber: where both are the same number they must not share a register. */
	__asm__ volatile("%0 += %1\n%0 -= %1" : "+&r"(value) : "r"(noise));
#else
	(void)noise;
#endif
	return value;
}

/* The same of 32 bits. */
static __always_inline __u32 vx_unknown32(__u32 value, __u32 noise)
{
#ifdef __bpf__
	__asm__ volatile("%0 += %1\n%0 -= %1" : "+&w"(value) : "w"(noise));
#else
	(void)noise;
#endif
	return value;
}

/* The same, and the verifier knows that it is @mask at most; a power of two, minus one. */
static __always_inline __u32 vx_unknown(__u64 value, __u32 mask, __u64 noise)
{
	return vx_unknown64(value, noise) & mask;
}

/*
 * In front of a loop whose turns are too long to repeat in the program. Without CAP_PERFMON the kernel follows also what
 * a processor may do by mistake, and for such a loop has no end.
 */
#if defined(__clang__) && VX_COPIED
#define VX_KEEP_LOOP _Pragma("clang loop unroll(full)")
#elif defined(__clang__)
#define VX_KEEP_LOOP _Pragma("clang loop unroll(disable)")
#else
#define VX_KEEP_LOOP
#endif

/* A function that the verifier checks once, for whatever arguments, and not anew at each call: it is global. */
#ifdef __bpf__
#define VX_APART __attribute__((noinline))
#else
#define VX_APART static inline
#endif
/* The same where all is read by copies, which takes the verifier more steps; else inlined. */
#if VX_COPIED
#define VX_APART_COPIED VX_APART
#else
#define VX_APART_COPIED static __always_inline
#endif
/* The same for a function that reads in place, which nothing calls where all is read by copies. */
#if VX_COPIED
#define VX_APART_IN_PLACE static __always_inline
#else
#define VX_APART_IN_PLACE VX_APART
#endif

/*
 * An offset for a pointer into a map. Without CAP_PERFMON the kernel allows an addition only if its offset is known to it
 * on every way that leads there, or on none.
 */
#define vx_offset(value, mask, noise) (VX_COPIED ? vx_unknown(value, mask, noise) : (__u32)(value) & (mask))

/* An unaligned load: one instruction in BPF, where packets allow it; memcpy natively, where sanitizers watch. */
#ifdef __bpf__
#define vx_load(type, at) (*(const type *)(at))
#else
#define vx_load(type, at)                                                                                              \
	({                                                                                                             \
		type loaded;                                                                                           \
		__builtin_memcpy(&loaded, at, sizeof(loaded));                                                         \
		loaded;                                                                                                \
	})
#endif

/* The same once more: few registers are better kept for what is not in the cache line at hand. */
#ifdef __bpf__
#define vx_load_again(type, at) (*(const volatile type *)(at))
#else
#define vx_load_again vx_load
#endif

/* Loads from network order into host order. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define vx_load16(at) __builtin_bswap16(vx_load(__u16, at))
#define vx_load32(at) __builtin_bswap32(vx_load(__u32, at))
#define vx_load64(at) __builtin_bswap64(vx_load(__u64, at))
#else
#define vx_load16(at) vx_load(__u16, at)
#define vx_load32(at) vx_load(__u32, at)
#define vx_load64(at) vx_load(__u64, at)
#endif

/*
 * A message. length is what the headers say that it has; end is where reading must stop, which may lie before
 * data + length (the rest is in a fragment of the frame) or behind it (Ethernet padding). Where copies are read, @offset
 * tells instead where the message starts in the frame.
 */
struct vx_bytes {
	const __u8 *data;
	const __u8 *end;
	__u32 length;
	__u32 offset;
	struct vx_reads reads;
};

/* Offsets that are computed from the packet stay below this: the verifier wants a bound, and no check looks further. */
#define VX_OFFSET_MASK 0x3fffU

/*
 * The @count bytes from @offset on, or NULL where the message has not got them. For offsets that the packet says. What is
 * copied is valid until the next call.
 */
static __always_inline const __u8 *vx_bytes_at(const struct vx_bytes *bytes, __u32 offset, __u32 count)
{
	const __u8 *at;

	if (offset > VX_OFFSET_MASK || offset + count > bytes->length)
		return 0;
	if (bytes->reads.copied)
		return vx_copy(&bytes->reads, bytes->offset + offset, count);
	at = bytes->data + (offset & VX_OFFSET_MASK);
	vx_opaque(at);
	return at + count <= bytes->end ? at : 0;
}

#endif
