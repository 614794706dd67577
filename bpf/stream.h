/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Recent RTP streams. One packet that looks like RTP proves little; a synchronisation source that stays while its
 * sequence numbers advance proves it. Receive-side scaling keeps a flow on one CPU, so the table is per CPU and has no
 * locks; its size is fixed, and a new stream replaces one that has gone quiet. Only packets that look like RTP come
 * here: other traffic pays nothing. All but the look-up itself is pure and builds natively.
 */
#ifndef VOXDP_BPF_STREAM_H
#define VOXDP_BPF_STREAM_H

#include "bpf/bytes.h"
#include "bpf/payload/rtp.h"
#include "bpf/pkt.h"

/* Packets in order after which a stream is believed. RFC 3550, A.1 asks for two, knowing that the port is RTP's. */
#define VX_STREAM_PROVEN 3
/* RFC 3550, A.1: how far a sequence number may run ahead or fall behind in a stream that is believed. */
#define VX_STREAM_DROPOUT_MAX 3000
#define VX_STREAM_MISORDER_MAX 100
/* The same before it is believed: losses happen, leaps do not. */
#define VX_STREAM_GAP_MAX 16
/* How many strangers a believed stream outlives without a packet of its own. */
#define VX_STREAM_HOLD 4

struct vx_stream_key {
	__u64 id;     /* upper half: hash of 5-tuple and source; lower half: the source, so never 0 */
	__u32 bucket; /* other bits of the hash */
};

struct vx_stream {
	__u64 id;	   /* 0: the place is free */
	__u16 sequence;	   /* highest so far */
	__u8 run;	   /* packets in order, up to VX_STREAM_PROVEN */
	__u8 hold;	   /* how many strangers it will outlive */
	__u32 reserved[5]; /* room for what media quality needs: arrival, jitter, loss */
};

/* Two streams a cache line. */
#define VX_STREAMS_PER_BUCKET 2
struct vx_stream_bucket {
	struct vx_stream stream[VX_STREAMS_PER_BUCKET];
};

/*
 * An element of the map. The kernel keeps a pointer for each element of a per-CPU array; with elements of a page these
 * pointers fit into a few cache lines, and a look-up costs one line: the bucket.
 */
#define VX_STREAM_PAGE_BUCKETS 64
struct vx_stream_page {
	struct vx_stream_bucket bucket[VX_STREAM_PAGE_BUCKETS];
};

_Static_assert(sizeof(struct vx_stream_bucket) == 64, "one cache line");

/* ---- one stream -------------------------------------------------------------------------------------------------- */

/* RFC 3550, A.1, reduced to what proof needs. Returns true while the stream is believed. */
static __always_inline int vx_stream_advance(struct vx_stream *stream, __u16 sequence)
{
	__u16 ahead = sequence - stream->sequence;

	if (stream->run >= VX_STREAM_PROVEN) {
		if (ahead < VX_STREAM_DROPOUT_MAX)
			stream->sequence = sequence;
		else if (ahead < (__u16)-VX_STREAM_MISORDER_MAX)
			stream->run = 0; /* a leap: the source has started anew, or it was no stream */
	} else if (ahead >= 1 && ahead <= VX_STREAM_GAP_MAX) {
		stream->sequence = sequence;
		stream->run++;
	} else if (ahead) {
		stream->run = 0;
	}
	if (stream->run == 0) {
		stream->sequence = sequence;
		stream->run = 1;
	}
	stream->hold = stream->run >= VX_STREAM_PROVEN ? VX_STREAM_HOLD : 0;
	return stream->run >= VX_STREAM_PROVEN;
}

static __always_inline void vx_stream_start(struct vx_stream *stream, __u64 id, __u16 sequence)
{
	stream->id = id;
	stream->sequence = sequence;
	stream->run = 1;
	stream->hold = 0;
}

/* A stranger takes the place that has been quiet for longer; a believed stream gives way only after some of them. */
static __always_inline void vx_stream_admit(struct vx_stream_bucket *bucket, __u64 id, __u16 sequence)
{
	struct vx_stream *victim = &bucket->stream[0], *other = &bucket->stream[1];

	vx_opaque(other);
	if (other->hold < victim->hold || (victim->id && !other->id))
		victim = other;
	if (victim->hold)
		victim->hold--;
	else
		vx_stream_start(victim, id, sequence);
}

static __always_inline int vx_stream_seen(struct vx_stream_bucket *bucket, __u64 id, __u16 sequence)
{
	for (int i = 0; i < VX_STREAMS_PER_BUCKET; i++) {
		struct vx_stream *stream = &bucket->stream[i];

		vx_opaque(stream);
		if (stream->id == id)
			return vx_stream_advance(stream, sequence);
	}
	vx_stream_admit(bucket, id, sequence);
	return 0;
}

/* ---- which stream ------------------------------------------------------------------------------------------------ */

/* Multiplying by an odd constant spreads both words over the upper half. The products do not wait for each other. */
static __always_inline __u64 vx_spread(__u32 high, __u32 low, __u64 odd)
{
	return ((__u64)high << 32 | low) * odd;
}

static __always_inline struct vx_stream_key vx_stream_key_of(const struct vx_pkt *pkt, __u32 ssrc)
{
	__u64 hash = vx_spread(pkt->src.word[0], pkt->dst.word[0], 0x9e3779b97f4a7c15ULL) ^
		     vx_spread((__u32)pkt->sport << 16 | pkt->dport, ssrc, 0xc2b2ae3d27d4eb4fULL);

	if (pkt->family == 6)
		hash ^= vx_spread(pkt->src.word[1], pkt->dst.word[1], 0xff51afd7ed558ccdULL) ^
			vx_spread(pkt->src.word[2], pkt->dst.word[2], 0xc4ceb9fe1a85ec53ULL) ^
			vx_spread(pkt->src.word[3], pkt->dst.word[3], 0x165667b19e3779f9ULL);
	/* The lower half has not seen every bit, the upper half has. */
	return (struct vx_stream_key){ .id = (hash & ~0xffffffffULL) | ssrc, .bucket = hash ^ hash >> 32 };
}

/* What the table has to know of a packet. */
struct vx_stream_packet {
	__u32 ssrc;
	__u16 sequence;
};

/*
 * Reads the RTP header, behind the length of RFC 4571 over TCP. Returns 0 where it cannot be read or names no source:
 * RFC 3550, 8.1 wants the source random, and bytes that stay zero are too common in other protocols to be believed for
 * staying so.
 */
static __always_inline int vx_stream_packet_read(const struct vx_pkt *pkt, const struct vx_bytes *payload,
						 struct vx_stream_packet *packet)
{
	__u32 offset = pkt->transport == VX_TRANSPORT_TCP ? 2 : 0;
	const __u8 *header = vx_bytes_at(payload, offset, VX_RTP_HEADER);

	if (!header)
		return 0;
	packet->sequence = vx_load16(header + 2);
	packet->ssrc = vx_load32(header + 8);
	return packet->ssrc != 0;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

#ifdef __bpf__

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* 8,192 streams and 256 KiB a CPU, so that it stays in the second-level cache. A power of two. */
#define VX_STREAM_PAGES 64

/* The program writes it; nobody else does. An array, since the JIT inlines its look-up. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VX_STREAM_PAGES);
	__type(key, __u32);
	__type(value, struct vx_stream_page);
} vx_streams SEC(".maps");

/* Notes a packet that looks like RTP. Returns true when its stream holds. */
static __always_inline int vx_stream_proves(const struct vx_pkt *pkt, const struct vx_bytes *payload)
{
	struct vx_stream_bucket *bucket;
	struct vx_stream_packet packet;
	struct vx_stream_page *page;
	struct vx_stream_key key;
	__u32 index;

	if (!vx_stream_packet_read(pkt, payload, &packet))
		return 0;
	key = vx_stream_key_of(pkt, packet.ssrc);
	index = key.bucket / VX_STREAM_PAGE_BUCKETS % VX_STREAM_PAGES;
	page = bpf_map_lookup_elem(&vx_streams, &index);
	if (!page)
		return 0;
	bucket = &page->bucket[key.bucket % VX_STREAM_PAGE_BUCKETS];
	return vx_stream_seen(bucket, key.id, packet.sequence);
}

#endif

#endif
