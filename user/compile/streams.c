/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree of all streams. The frame is read by the very code of bpf/headers/, on a plain buffer. */
#include "compile/streams.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/headers/headers.h"
#include "bpf/stream.h"

#include "lib/cleanup.h"

struct stream_id {
	struct vx_addr src, dst;
	uint16_t sport, dport;
	uint32_t ssrc;
};
_Static_assert(sizeof(struct stream_id) == 40, "no padding: compared as bytes");

struct stream {
	struct stream_id id;
	uint64_t packets;
};

struct streams {
	void *tree;
};

int streams_new(struct streams **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void streams_free(struct streams *streams)
{
	if (!streams)
		return;
	tdestroy(streams->tree, free);
	free(streams);
}

void streams_freep(struct streams **streams)
{
	streams_free(*streams);
}

static int compare(const void *a, const void *b)
{
	return memcmp(&((const struct stream *)a)->id, &((const struct stream *)b)->id, sizeof(struct stream_id));
}

/* Returns false where the frame has no RTP header over UDP. */
static bool stream_of(const uint8_t *frame, size_t length, struct stream_id *ret)
{
	struct vx_pkt pkt = { .frame_bytes = (__u32)length };

	if (vx_headers_parse(frame, frame + length, pkt.frame_bytes, &pkt) || !pkt.has_ports)
		return false;
	if (pkt.transport != VX_TRANSPORT_UDP || pkt.payload_length < VX_RTP_HEADER)
		return false;
	*ret = (struct stream_id){ pkt.src, pkt.dst, pkt.sport, pkt.dport, vx_load32(frame + pkt.payload_offset + 8) };
	return true;
}

int streams_note(struct streams *streams, const uint8_t *frame, size_t length, bool *ret_early)
{
	CLEANUP_FREE struct stream *stream = calloc(1, sizeof(*stream));
	struct stream **found;

	*ret_early = false;
	if (!stream)
		return -ENOMEM;
	if (!stream_of(frame, length, &stream->id))
		return 0;
	found = tsearch(stream, &streams->tree, compare);
	if (!found)
		return -ENOMEM;
	*ret_early = ++(*found)->packets < VX_STREAM_PROVEN;
	if (*found == stream)
		stream = NULL; /* the tree's now */
	return 0;
}
