/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header walk, natively: two bytes say how much of the frame is in the linear part, the rest is the frame. What lies
 * behind the linear part is not even in memory; the facts must be those of the oracle. So must those of the walk that
 * looks through tunnels, with none and with all of them, in place and by copies.
 */
#include <stdlib.h>
#include <string.h>

#include "bpf/headers/common.h"
#include "bpf/headers/headers.h"
#include "tests/lib/walk.h"
#include "tests/lib/wire_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

static bool same_address(const struct vx_addr *got, const struct ip_addr *expected)
{
	return memcmp(got->word, expected->bytes, sizeof(got->word)) == 0;
}

static void compare(const struct vx_pkt *pkt, const struct wire_facts *facts)
{
	must(pkt->family == facts->family);
	must(pkt->has_ports == facts->has_ports);
	must((int)pkt->fragment == (int)facts->fragment);
	if (facts->family) {
		must(pkt->l4_proto == facts->l4_proto && pkt->dscp == facts->dscp);
		must(same_address(&pkt->src, &facts->src) && same_address(&pkt->dst, &facts->dst));
	}
	if (!facts->has_ports)
		return;
	must(pkt->transport == facts->transport && pkt->sport == facts->sport && pkt->dport == facts->dport);
	must(pkt->payload_offset == facts->payload_at && pkt->payload_length == facts->payload_length);
}

static void walk(const struct wire_frame *frame, uint16_t decap)
{
	const struct wire_frame whole = { frame->bytes, frame->length, frame->length };
	struct wire_facts facts = wire_read_through(frame, decap);
	struct vx_pkt pkt;

	must(walk_in_place(frame->bytes, frame->length, frame->linear, decap, &pkt) == facts.malformed);
	must(pkt.tunnels == facts.tunnels);
	if (!facts.malformed)
		compare(&pkt, &facts);
	facts = wire_read_through(&whole, decap);
	must(walk_copied(frame->bytes, frame->length, decap, &pkt) == facts.malformed);
	must(pkt.tunnels == facts.tunnels);
	if (!facts.malformed)
		compare(&pkt, &facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_frame frame = { .bytes = data + 2, .length = size - 2 };
	struct vx_pkt pkt = {}, common = {};
	struct wire_facts facts;
	enum vx_malformed malformed;
	uint8_t *linear;

	if (size < 2 || frame.length > UINT16_MAX)
		return 0;
	frame.linear = (data[0] * 256U + data[1]) % (frame.length + 1);
	facts = wire_read(&frame);
	linear = malloc(frame.linear + 2);
	memcpy(linear + 2, frame.bytes, frame.linear);
	pkt.frame_bytes = (__u32)frame.length;
	malformed = vx_headers_parse(linear + 2, linear + 2 + frame.linear, pkt.frame_bytes, &pkt);
	must(malformed == facts.malformed);
	if (!malformed)
		compare(&pkt, &facts);
	else
		must(!pkt.has_ports);
	/* The short way may decline, but not differ. */
	common.frame_bytes = (__u32)frame.linear;
	if (vx_headers_common(linear + 2, linear + 2 + frame.linear, &common)) {
		must(!facts.malformed);
		compare(&common, &facts);
	}
	free(linear);
	walk(&frame, 0);
	walk(&frame, (1U << _VX_TUNNEL_MAX) - 1);
	return 0;
}
