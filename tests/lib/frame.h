/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet builder for tests. Layers are pushed from the outside in; each push links itself to the layer before it
 * (EtherType, next header) and adds its size to every length field around it, so a frame is consistent after every
 * push. A negative case takes a consistent frame and breaks one field of the header that the push returned.
 *
 *	struct frame f;
 *
 *	frame_init(&f);
 *	frame_vlan(&f, FRAME_8021Q, 100);
 *	frame_ipv4(&f, FRAME_VENDOR, FRAME_EDGE);
 *	frame_udp(&f, 5060, 5060);
 *	frame_sample(&f, SAMPLE_SIP_INVITE);
 *
 * or, for the common case, frame_build(&f, &flow, SAMPLE_RTP). A frame that would not fit aborts the test.
 */
#ifndef TESTS_LIB_FRAME_H
#define TESTS_LIB_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <voxdp/names.h>

#include "sample.h"

/* Documentation addresses (RFC 5737, RFC 3849) by the part they play. */
#define FRAME_VENDOR "192.0.2.10"
#define FRAME_VENDOR_TWO "192.0.2.129"
#define FRAME_EDGE "203.0.113.5"
#define FRAME_NOBODY "198.51.100.200"
#define FRAME_VENDOR6 "2001:db8:1::10"
#define FRAME_VENDOR6_TWO "2001:db8:1:8000::20"
#define FRAME_EDGE6 "2001:db8:2::5"
#define FRAME_NOBODY6 "2001:db8:ffff::c8"

#define FRAME_8021Q 0x8100
#define FRAME_8021AD 0x88a8

#define FRAME_MAX 16384
#define FRAME_LAYERS_MAX 64

enum frame_kind {
	FRAME_ETHERNET,
	FRAME_VLAN,
	FRAME_PPPOE,
	FRAME_IPV4,
	FRAME_IPV6,
	FRAME_EXTENSION, /* of IPv6: anything between its header and the transport */
	FRAME_AH,
	FRAME_UDP,
	FRAME_TCP,
	FRAME_GRE,
	FRAME_VXLAN,
	FRAME_GENEVE,
	FRAME_GTP_U,
	FRAME_MPLS,
	FRAME_VN_TAG,
	FRAME_PAYLOAD,
};

struct frame_layer {
	enum frame_kind kind;
	size_t offset;
};

struct frame {
	size_t length; /* bytes of the frame, Ethernet header included, FCS not */
	struct frame_layer layer[FRAME_LAYERS_MAX];
	size_t layers;
	/* The frame starts at 4n+2, as a driver places it, so that the IP header is aligned. */
	uint8_t storage[2 + FRAME_MAX] __attribute__((aligned(8)));
};

/* One packet's 5-tuple. The family follows from the addresses, dscp is 0 unless set. */
struct frame_flow {
	enum vx_transport transport;
	const char *src;
	uint16_t sport;
	const char *dst;
	uint16_t dport;
	uint8_t dscp;
};

/* The first byte of the frame: the destination MAC. */
static inline uint8_t *frame_bytes(struct frame *f)
{
	return f->storage + 2;
}

/* Starts a frame anew with an Ethernet header. */
void frame_init(struct frame *f);

/* Starts a frame anew and fills it: Ethernet, IPv4 or IPv6, UDP or TCP, one of the samples. */
void frame_build(struct frame *f, const struct frame_flow *flow, enum sample_kind kind);

/* The same with any payload; bytes may be NULL when length is 0. */
void frame_build_bytes(struct frame *f, const struct frame_flow *flow, const void *bytes, size_t length);

/* ---- layers; each returns the header it wrote -------------------------------------------------------------------- */

/* A tag: tpid is FRAME_8021Q or FRAME_8021AD (any other value is written as given). */
uint8_t *frame_vlan(struct frame *f, uint16_t tpid, uint16_t vid);

/* A PPPoE session header with its 2-byte PPP protocol (RFC 2516). */
uint8_t *frame_pppoe(struct frame *f, uint16_t session);

uint8_t *frame_ipv4(struct frame *f, const char *src, const char *dst);
uint8_t *frame_ipv6(struct frame *f, const char *src, const char *dst);

/* Adds options to the IPv4 header just pushed; length is a multiple of 4. */
uint8_t *frame_ipv4_options(struct frame *f, const void *bytes, size_t length);

/* Makes the IPv4 header just pushed that of a fragment. offset is in bytes, a multiple of 8. */
void frame_ipv4_fragment(struct frame *f, size_t offset, bool more);

/* An IPv6 extension header of 8 + 8 * units bytes; type is its own next-header number (0, 43, 60, 135 ...). */
uint8_t *frame_extension(struct frame *f, uint8_t type, size_t units);

/* An IPv6 fragment header; offset is in bytes, a multiple of 8. */
uint8_t *frame_ipv6_fragment(struct frame *f, size_t offset, bool more);

/* An authentication header (RFC 4302) of 24 bytes, over IPv4 or IPv6. */
uint8_t *frame_ah(struct frame *f);

uint8_t *frame_udp(struct frame *f, uint16_t sport, uint16_t dport);
uint8_t *frame_tcp(struct frame *f, uint16_t sport, uint16_t dport);

/* Adds options to the TCP header just pushed; length is a multiple of 4. */
uint8_t *frame_tcp_options(struct frame *f, const void *bytes, size_t length);

/* ---- tunnels: what they carry is pushed next --------------------------------------------------------------------- */

/* An Ethernet header inside GRE, VXLAN or Geneve. */
uint8_t *frame_ethernet(struct frame *f);

/* GRE of version 0 (RFC 2784, RFC 2890); flags: 0x8000 checksum, 0x2000 key, 0x1000 sequence number, 4 bytes each. */
uint8_t *frame_gre(struct frame *f, uint16_t flags);

/* The three that lie in UDP, whose port is the caller's. */
uint8_t *frame_vxlan(struct frame *f);
uint8_t *frame_geneve(struct frame *f, size_t option_words);
/* flags: any of 0x04 extension headers, 0x02 sequence number, 0x01 N-PDU number; each extension header is 4 bytes. */
uint8_t *frame_gtp_u(struct frame *f, uint8_t flags, size_t extensions);

/* So many label stack entries, the last one marked. */
uint8_t *frame_mpls(struct frame *f, size_t labels);
uint8_t *frame_vn_tag(struct frame *f);

uint8_t *frame_payload(struct frame *f, const void *bytes, size_t length);
uint8_t *frame_sample(struct frame *f, enum sample_kind kind);

/* ---- odd frames -------------------------------------------------------------------------------------------------- */

/* Sets the next-header or EtherType field of the innermost layer: for what no push exists. */
void frame_next(struct frame *f, uint16_t protocol);

/* Adds zero bytes behind the packet until the frame has length bytes; no length field counts them. */
void frame_pad(struct frame *f, size_t length);

/* Cuts the frame to length bytes and leaves every length field as it is. */
void frame_cut(struct frame *f, size_t length);

/* Fills the checksums of the last IPv4 header and of a whole UDP or TCP: for frames that a kernel will receive. */
void frame_checksums(struct frame *f);

/* The header of the last layer of that kind; aborts when there is none. */
uint8_t *frame_header(struct frame *f, enum frame_kind kind);

/* Writes a 16-bit field in network order. */
void frame_put16(uint8_t *at, uint16_t value);

/* Prints the frame as hex with a title; for a failed row. */
void frame_print(struct frame *f, const char *title);

#endif
