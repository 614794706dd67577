// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The front end of the measurements. BPF_PROG_TEST_RUN repeats one frame; this makes each repetition another flow's:
 * it writes the next of 65,536 prepared heads into the frame and tail-calls the program that is measured, or an empty
 * one. Both sides pay the same for it, and behind it stands any XDP program.
 *
 * An object of its own: nothing of it is in the program that it measures.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/bench/bench.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct bench_job job;

/* User space puts the program to measure into the only slot: a constant one, which the JIT makes a direct jump. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} bench_target SEC(".maps");

/* In the order in which their packets come: reading them is then the same stream for every order. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BENCH_FLOWS);
	__type(key, __u32);
	__type(value, struct bench_head);
} bench_heads SEC(".maps");

static __always_inline const struct bench_head *next_head(void)
{
	__u32 flow = job.count & job.mask;

	return bpf_map_lookup_elem(&bench_heads, &flow);
}

/* The head's RTP word, whose sequence number is zero, with the number that this packet has. */
static __always_inline __u64 with_sequence(__u64 word)
{
	__u64 sequence = bpf_htons((__u16)(job.count >> job.shift));

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return word | sequence << 16;
#else
	return word | sequence << 32;
#endif
}

static __always_inline void put64(__u8 *at, __u64 word)
{
	*(volatile __u64 *)at = word;
}

SEC("xdp")
int bench_front4(struct xdp_md *ctx)
{
	__u8 *frame = (__u8 *)(long)ctx->data, *end = (__u8 *)(long)ctx->data_end;
	const struct bench_head *head = next_head();

	if (!head || frame + BENCH_HEAD4_BYTES > end)
		return XDP_ABORTED;
	put64(frame + 12, head->word[0]);
	put64(frame + 20, head->word[1]);
	put64(frame + 26, head->word[2]);
	put64(frame + 34, head->word[3]);
	if (job.media) {
		put64(frame + 42, with_sequence(head->word[4]));
		put64(frame + 50, head->word[5]);
	}
	job.count++;
	bpf_tail_call_static(ctx, &bench_target, 0);
	return XDP_ABORTED;
}

SEC("xdp")
int bench_front6(struct xdp_md *ctx)
{
	__u8 *frame = (__u8 *)(long)ctx->data, *end = (__u8 *)(long)ctx->data_end;
	const struct bench_head *head = next_head();

	if (!head || frame + BENCH_HEAD6_BYTES > end)
		return XDP_ABORTED;
	put64(frame + 12, head->word[0]);
	put64(frame + 22, head->word[1]);
	put64(frame + 30, head->word[2]);
	put64(frame + 38, head->word[3]);
	put64(frame + 46, head->word[4]);
	put64(frame + 54, head->word[5]);
	if (job.media) {
		put64(frame + 62, with_sequence(head->word[6]));
		put64(frame + 70, head->word[7]);
	}
	job.count++;
	bpf_tail_call_static(ctx, &bench_target, 0);
	return XDP_ABORTED;
}

SEC("xdp")
int bench_empty(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

/* By transport: packets and bytes. */
struct bench_count {
	__u64 packets, bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct bench_count);
} bench_counts SEC(".maps");

/*
 * The least that any classifier does: sees that it is an IPv4 packet with ports, whole and no fragment, and counts it.
 * It looks nothing up. What it costs here, no classifier can cost less.
 */
SEC("xdp")
int bench_floor(struct xdp_md *ctx)
{
	const __u8 *frame = (const __u8 *)(long)ctx->data, *end = (const __u8 *)(long)ctx->data_end;
	struct bench_count *count;
	__u32 l4_proto;

	if (frame + 42 > end || *(const __u16 *)(frame + 12) != bpf_htons(0x0800) || frame[14] != 0x45)
		return XDP_ABORTED;
	if (*(const __u16 *)(frame + 20) & bpf_htons(0x3fff))
		return XDP_ABORTED;
	l4_proto = frame[23];
	if (bpf_ntohs(*(const __u16 *)(frame + 16)) + 14 > end - frame || (l4_proto != 17 && l4_proto != 6))
		return XDP_ABORTED;
	count = bpf_map_lookup_elem(&bench_counts, &l4_proto);
	if (!count)
		return XDP_ABORTED;
	count->packets++;
	count->bytes += end - frame;
	return XDP_PASS;
}
