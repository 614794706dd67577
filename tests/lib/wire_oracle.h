/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a frame says, worked out a second time: from the RFCs and from the rules that bpf/headers and bpf/payload state
 * in words, byte by byte and in plain loops. No line is shared with the program but the lists of names, so that where
 * the two agree on many odd frames, the program reads as it says that it reads.
 */
#ifndef TESTS_LIB_WIRE_ORACLE_H
#define TESTS_LIB_WIRE_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <voxdp/names.h>

#include "lib/prefix.h"

/* A frame of which only the first @linear bytes can be read in place; the rest lies in fragments of the frame. */
struct wire_frame {
	const uint8_t *bytes;
	size_t length, linear;
};

enum wire_fragment { WIRE_WHOLE, WIRE_FIRST_FRAGMENT, WIRE_LATER_FRAGMENT };

struct wire_facts {
	enum vx_malformed malformed; /* not NONE: nothing below but what was read before it */
	int family;		     /* 0: not IP */
	struct ip_addr src, dst;
	uint8_t l4_proto, dscp;
	enum wire_fragment fragment;
	bool has_ports;
	enum vx_transport transport;
	uint16_t sport, dport;
	size_t payload_at, payload_length;
	uint8_t evidence; /* enum vx_protocol or RTP_LIKELY: what the payload of this packet alone proves */
	size_t rtp_at;	  /* of the RTP header in the frame, where the evidence is RTP_LIKELY */
	uint16_t tunnels; /* 1 << enum vx_tunnel: whose headers were stepped over */
	/* What a TURN message carries, where it carries something. */
	bool relayed;
	uint8_t inner;	     /* as evidence, of that datagram alone */
	size_t inner_rtp_at; /* as rtp_at */
};

struct wire_facts wire_read(const struct wire_frame *frame);

/*
 * The same of the innermost IP packet of at most two of the tunnels @decap (1 << enum vx_tunnel), one in the other. A
 * tunnel that starts behind byte 1,024 is not entered.
 */
struct wire_facts wire_read_through(const struct wire_frame *frame, uint16_t decap);

/* The payload alone; @facts has transport, ports, payload_at and payload_length, and gets what follows them. */
void wire_recognise(const struct wire_frame *frame, struct wire_facts *facts);

/*
 * The rules by which a stream is believed (bpf/stream.h), for the streams of one test: none is ever forgotten. Returns
 * whether the stream holds, with this packet.
 */
struct wire_stream {
	uint8_t id[40]; /* addresses, ports, source */
	uint16_t highest;
	unsigned in_order; /* 0: the place is free */
};

#define WIRE_STREAMS_MAX 8
struct wire_streams {
	struct wire_stream stream[WIRE_STREAMS_MAX];
};

/* @facts is of a frame whose evidence is RTP_LIKELY, or that of the datagram that it relays. Aborts when there are more streams than places. */
bool wire_stream_holds(struct wire_streams *streams, const struct wire_frame *frame, const struct wire_facts *facts);

#endif
