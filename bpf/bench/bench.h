/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the front end of the measurements shares with user space. */
#ifndef VOXDP_BPF_BENCH_BENCH_H
#define VOXDP_BPF_BENCH_BENCH_H

#include <linux/types.h>

/* Flows in turn; a power of two. More than any cache of a core can hold the tables' lines for. */
#define BENCH_FLOWS 65536
#define BENCH_FLOWS_SHIFT 16

/*
 * What differs from flow to flow, one cache line each: the bytes of the frame from bench_cut4 or bench_cut6 on, in the
 * pieces in which they are written. A piece is what a classifier reads by one load (both addresses, the ports and what
 * follows them, 8 bytes of RTP), so that the processor hands each load the bytes of one store that it still holds. A
 * load across two such stores would have to wait for both, which no frame that comes from a NIC does.
 */
#define BENCH_WORDS 8
struct bench_head {
	__u64 word[BENCH_WORDS];
};

/* Of an Ethernet frame without tags. What lies in two pieces is the later one's. */
#define BENCH_PIECES4                                                                                                  \
	{                                                                                                              \
		12, 20, 26, 34, 42, 50                                                                                 \
	}
#define BENCH_PIECES6                                                                                                  \
	{                                                                                                              \
		12, 22, 30, 38, 46, 54, 62, 70                                                                         \
	}
#define BENCH_HEAD4_BYTES 58
#define BENCH_HEAD6_BYTES 78
/* The piece with the first 8 bytes of the UDP payload, and how many pieces belong to the payload. */
#define BENCH_PAYLOAD4_WORD 4
#define BENCH_PAYLOAD6_WORD 6

/* Written by user space between runs; the front end counts. */
struct bench_job {
	__u64 count; /* packets so far */
	__u32 mask;  /* flows - 1 */
	__u32 shift; /* count >> shift is the RTP sequence number: a flow's next packet has the next one */
	__u32 media; /* 1: the heads reach into the payload, which is RTP */
};

#endif
