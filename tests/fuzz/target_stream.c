/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bucket of streams, natively: three bytes a packet, which stream and which sequence number. The bucket forgets and the
 * oracle does not, so what the bucket believes the oracle must believe; where no more streams come than have room, both
 * say the same.
 */
#include <stdlib.h>
#include <string.h>

#include "bpf/stream.h"
#include "tests/lib/wire_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STREAMS 4

static bool oracle_holds(struct wire_streams *streams, uint8_t which, uint16_t sequence)
{
	uint8_t rtp[12] = { 0x80, 0, (uint8_t)(sequence >> 8), (uint8_t)sequence, [11] = (uint8_t)(which + 1) };
	const struct wire_frame frame = { rtp, sizeof(rtp), sizeof(rtp) };
	const struct wire_facts facts = { .rtp_at = 0 };

	return wire_stream_holds(streams, &frame, &facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vx_stream_bucket bucket = {};
	struct wire_streams streams = {};
	bool crowded = false;

	for (; size >= 3; data += 3, size -= 3) {
		uint8_t which = data[0] % STREAMS;
		uint16_t sequence = (uint16_t)(data[1] * 256U + data[2]);
		bool believed = vx_stream_seen(&bucket, 1000U + which, sequence);
		bool holds = oracle_holds(&streams, which, sequence);

		crowded = crowded || which >= VX_STREAMS_PER_BUCKET;
		if (believed && !holds)
			abort();
		if (!crowded && believed != holds)
			abort();
	}
	return 0;
}
