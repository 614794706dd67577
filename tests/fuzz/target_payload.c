/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The recognisers, natively: a byte of transport, two of ports, two that say how much of the payload is in the linear
 * part, then the payload. Together they must say what the oracle says; each alone must keep to the bytes that are there,
 * whatever the first byte is.
 */
#include <stdlib.h>
#include <string.h>

#include "bpf/payload/relayed.h"
#include "tests/lib/wire_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRONT 5 /* bytes before the payload */

static uint16_t port_of(uint8_t byte)
{
	static const uint16_t ports[] = { 53, 123, 5060, 5353, 5355, 443, 3478 };

	return byte < sizeof(ports) / sizeof(ports[0]) ? ports[byte] : (uint16_t)(byte * 200);
}

/* What TURN carries is asked as bpf/apart.h does. */
static void compare(const struct vx_bytes *payload, const struct vx_pkt *pkt, const struct wire_facts *facts)
{
	uint8_t evidence = vx_recognise(payload, pkt);
	struct vx_bytes inner;
	int relayed;

	if (evidence != facts->evidence)
		abort();
	if (evidence != VX_PROTOCOL_STUN && evidence != VX_PROTOCOL_TURN_CHANNEL)
		return;
	relayed = vx_relayed(payload, evidence, 0, &inner);
	if (relayed != facts->relayed || (relayed && vx_relayed_recognise(&inner, 0) != facts->inner))
		abort();
}

/* By copies all of it can be read. */
static void compare_copied(const struct wire_frame *frame, const struct vx_pkt *pkt, const struct wire_facts *facts)
{
	uint8_t *buffer = aligned_alloc(8, VX_COPY_BYTES);
	struct vx_frame whole = { frame->bytes, (__u32)frame->length };
	struct vx_bytes payload = { .length = (__u32)frame->length, .reads = { 1, &whole, buffer } };

	compare(&payload, pkt, facts);
	free(buffer);
}

/* For the sanitizers: the answers mean something only behind the first byte that leads to each. */
static void each_alone(const struct vx_bytes *payload)
{
	struct vx_message m;
	volatile int sink = 0;

	for (__u32 offset = 0; offset <= 4 && offset <= payload->length; offset += 2) {
		if (!vx_message_load(&m, payload, offset, 0))
			continue;
		for (int stream = 0; stream < 2; stream++) {
			sink += vx_is_stun(&m, stream);
			sink += vx_is_channel_data(&m, stream);
		}
		sink += vx_is_dtls(&m) + vx_is_zrtp(&m) + vx_is_rtcp(&m) + vx_rtp(&m) + vx_is_sip(&m);
		sink += vx_is_tls(&m) + vx_is_dns(&m) + vx_is_ntp(&m) + vx_is_http(&m) + vx_is_xmpp(&m) +
			vx_is_quic(&m);
		sink += (int)vx_sip_empty_lines(&m);
	}
	(void)sink;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_frame frame = { .bytes = data + FRONT, .length = size - FRONT };
	struct wire_facts facts = { .has_ports = true };
	struct vx_bytes payload = {};
	struct vx_pkt pkt = { .has_ports = 1 };
	uint8_t *linear;

	if (size < FRONT || frame.length > UINT16_MAX)
		return 0;
	frame.linear = (data[3] * 256U + data[4]) % (frame.length + 1);
	facts.transport = data[0] & 1 ? VX_TRANSPORT_TCP : VX_TRANSPORT_UDP;
	facts.sport = port_of(data[1]);
	facts.dport = port_of(data[2]);
	facts.payload_length = frame.length;
	wire_recognise(&frame, &facts);

	pkt.transport = facts.transport;
	pkt.sport = facts.sport;
	pkt.dport = facts.dport;
	pkt.frame_bytes = (__u32)frame.length;
	linear = malloc(frame.linear + 1);
	memcpy(linear + 1, frame.bytes, frame.linear);
	payload.data = linear + 1;
	payload.end = linear + 1 + frame.linear;
	payload.length = (__u32)frame.length;
	compare(&payload, &pkt, &facts);
	each_alone(&payload);
	frame.linear = frame.length;
	wire_recognise(&frame, &facts);
	compare_copied(&frame, &pkt, &facts);
	free(linear);
	return 0;
}
