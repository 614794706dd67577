/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A message: its length and its first 16 bytes as two numbers in reading order. Most protocols show themselves there,
 * so most recognisers compare numbers and never touch the packet; the few that look further say where.
 */
#ifndef VOXDP_BPF_PAYLOAD_MESSAGE_H
#define VOXDP_BPF_PAYLOAD_MESSAGE_H

#include "bpf/bytes.h"
#include "bpf/pkt.h"

#define VX_HEAD_BYTES 16

struct vx_message {
	__u64 head[2]; /* zero where the message is shorter: look at @length first */
	__u32 length;
	__u32 offset;			/* of the message in @payload */
	const struct vx_bytes *payload; /* NULL: there is only the head, see payload/sight.h */
	int wanted_more;		/* there was only the head, and it was not enough */
	__u32 sip_kind;			/* where vx_is_sip() */
};

/*
 * Fewer than 16 bytes, in pieces of 8, 4, 2 and 1 as its length has them: there is nothing behind them that may be read.
 * A loop over bytes would have 15 ways out, and each would be walked on its own.
 */
static __always_inline int vx_head_load_short(struct vx_message *m, const __u8 *at, __u32 length, __u32 noise)
{
	const __u8 *end = m->payload->end;
	__u64 first = 0, tail = 0;
	__u32 bits = 0;

	if (length & 8) {
		if (at + 8 > end)
			return 0;
		first = vx_load64(at);
		at += 8;
	}
	if (length & 4) {
		if (at + 4 > end)
			return 0;
		tail = (__u64)vx_load32(at) << 32;
		bits = 32;
		at += 4;
	}
	if (length & 2) {
		if (at + 2 > end)
			return 0;
		tail |= (__u64)vx_load16(at) << 48 >> bits;
		bits += 16;
		at += 2;
	}
	if (length & 1) {
		if (at + 1 > end)
			return 0;
		tail |= (__u64)*at << 56 >> bits;
	}
	m->head[0] = vx_unknown64(length & 8 ? first : tail, noise);
	m->head[1] = vx_unknown64(length & 8 ? tail : 0, noise);
	return length > 0;
}

/* The same by a copy: what a short message has not got is zero in the buffer. */
static __always_inline int vx_head_load_copied(struct vx_message *m, __u32 length, __u32 noise)
{
	const struct vx_bytes *payload = m->payload;
	__u8 *buffer = payload->reads.buffer;
	__u32 size = length < VX_HEAD_BYTES ? length : VX_HEAD_BYTES;

	__builtin_memset(buffer, 0, VX_HEAD_BYTES);
	if (!size)
		return 0;
	/* Linux 6.1 does not conclude from a number that is not 0 that it is 1 at least. */
	size = 1 + vx_unknown(size - 1, VX_HEAD_BYTES - 1, noise);
	if (!vx_copy(&payload->reads, payload->offset + m->offset, size))
		return 0;
	m->head[0] = vx_load64(buffer);
	m->head[1] = vx_load64(buffer + 8);
	return 1;
}

/*
 * The message from @offset on, which is 7 at most. Returns 0 where it is empty or cannot be read. @noise: see
 * vx_unknown(); what the verifier learns here of lengths would multiply the paths behind.
 */
static __always_inline int vx_message_load(struct vx_message *m, const struct vx_bytes *payload, __u32 offset,
					   __u32 noise)
{
	const __u8 *at;
	__u32 length;

	m->payload = payload;
	m->offset = vx_unknown(offset, 7, noise);
	m->length = payload->length - m->offset;
	length = vx_unknown(m->length, 0xffff, noise);
	if (payload->reads.copied)
		return vx_head_load_copied(m, length, noise);
	at = payload->data + m->offset;
	vx_opaque(at);
	if (length < VX_HEAD_BYTES)
		return vx_head_load_short(m, at, length, noise);
	if (at + VX_HEAD_BYTES > payload->end)
		return 0;
	m->head[0] = vx_load64(at);
	m->head[1] = vx_load64(at + 8);
	return 1;
}

/* For the verifier: what the recognisers before have found out keeps their paths apart no longer. */
static __always_inline void vx_message_forget(struct vx_message *m, __u32 noise)
{
	m->head[0] = vx_unknown64(m->head[0], noise);
	m->head[1] = vx_unknown64(m->head[1], noise);
	m->length = vx_unknown(m->length, 0xffff, noise);
}

/* The @size bytes (8 at most) at @offset of the head as a number. */
static __always_inline __u64 vx_head(const struct vx_message *m, __u32 offset, __u32 size)
{
	__u32 end = 8 * (offset + size);
	__u64 word;

	if (end <= 64)
		word = m->head[0] >> (64 - end);
	else if (offset >= 8)
		word = m->head[1] >> (128 - end);
	else
		word = m->head[0] << (end - 64) | m->head[1] >> (128 - end);
	return size == 8 ? word : word & ((1ULL << 8 * size) - 1);
}

static __always_inline __u8 vx_head8(const struct vx_message *m, __u32 offset)
{
	return vx_head(m, offset, 1);
}

static __always_inline __u16 vx_head16(const struct vx_message *m, __u32 offset)
{
	return vx_head(m, offset, 2);
}

static __always_inline __u32 vx_head32(const struct vx_message *m, __u32 offset)
{
	return vx_head(m, offset, 4);
}

/* The @count bytes from @offset on, anywhere in the message; NULL where it has not got them or they cannot be read. */
static __always_inline const __u8 *vx_message_at(struct vx_message *m, __u32 offset, __u32 count)
{
	if (m->payload)
		return vx_bytes_at(m->payload, m->offset + offset, count);
	m->wanted_more = 1;
	return 0;
}

/*
 * Is @port one of the packet's? Told by the difference, and not by the port, of which the verifier would then learn what
 * keeps paths apart.
 */
static __always_inline int vx_has_port(const struct vx_pkt *pkt, __u16 port)
{
	__u32 sport = pkt->sport ^ port, dport = pkt->dport ^ port;

	vx_forget(sport);
	vx_forget(dport);
	return !sport || !dport;
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

/* The characters as a number; a constant, once inlined. */
static __always_inline __u64 vx_text(const char *text, int length)
{
	__u64 number = 0;

	for (int i = 0; i < length; i++)
		number = number << 8 | (__u8)text[i];
	return number;
}

static __always_inline int vx_starts_with(const struct vx_message *m, const char *text, __u32 size)
{
	__u32 first = size < 8 ? size : 8;

	if (vx_head(m, 0, first) != vx_text(text, first))
		return 0;
	return size <= 8 || vx_head(m, 8, size - 8) == vx_text(text + 8, size - 8);
}

/* Does the message start with the literal @text of at most 16 characters? */
#define vx_starts(m, text) vx_starts_with(m, text, sizeof(text) - 1)

/* What makes letters small, and leaves other characters as they are: `:` has a neighbour at that distance too. */
static __always_inline __u32 vx_small(const char *text, int length)
{
	__u32 bits = 0;

	for (int i = 0; i < length; i++)
		bits = bits << 8 | (text[i] >= 'a' && text[i] <= 'z' ? 0x20 : 0);
	return bits;
}

static __always_inline int vx_starts_with_nocase(__u32 word, const char *text, int length)
{
	return (word >> (32 - 8 * length) | vx_small(text, length)) == vx_text(text, length);
}

/* Does the number of four characters start with the literal @text of at most four, letters in either case? */
#define vx_starts_nocase(word, text) vx_starts_with_nocase(word, text, sizeof(text) - 1)

#endif
