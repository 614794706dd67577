// SPDX-License-Identifier: BSD-2-Clause
/* The header walk: facts of sound frames, and the reason for every way in which a frame can be broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "bpf/headers/headers.h"
#include "tests/lib/frame.h"

#define PAYLOAD 64
#define NAME(name, word) #name,

static const char *const reason_name[] = { VX_MALFORMED_REASONS(NAME) };

/* Parses a copy that ends where its allocation ends; only the first @linear bytes are in reach. */
static enum vx_malformed parse_part(struct frame *f, size_t linear, struct vx_pkt *pkt)
{
	uint8_t *copy = malloc(linear + 2), *data = copy + 2;
	enum vx_malformed malformed;

	memcpy(data, frame_bytes(f), linear);
	*pkt = (struct vx_pkt){ .frame_bytes = f->length };
	malformed = vx_headers_parse(data, data + linear, f->length, pkt);
	free(copy);
	return malformed;
}

static enum vx_malformed parse(struct frame *f, struct vx_pkt *pkt)
{
	return parse_part(f, f->length, pkt);
}

static void expect(struct frame *f, const char *what, enum vx_malformed expected)
{
	struct vx_pkt pkt;
	enum vx_malformed got = parse(f, &pkt);

	if (got != expected) {
		frame_print(f, what);
		fail_msg("%s: %s, expected %s", what, reason_name[got], reason_name[expected]);
	}
	if (got)
		assert_int_equal(pkt.has_ports, 0);
}

/* A sound frame with ports: where its payload lies and how long it is. */
static struct vx_pkt expect_payload(struct frame *f, size_t offset, size_t length)
{
	struct vx_pkt pkt;

	assert_int_equal(parse(f, &pkt), VX_MALFORMED_NONE);
	assert_int_equal(pkt.has_ports, 1);
	assert_int_equal(pkt.sport, 1000);
	assert_int_equal(pkt.dport, 2000);
	assert_int_equal(pkt.payload_offset, offset);
	assert_int_equal(pkt.payload_length, length);
	return pkt;
}

/* A frame that is not looked into: not IP, or IP without ports. */
static struct vx_pkt expect_no_ports(struct frame *f, uint8_t family)
{
	struct vx_pkt pkt;

	assert_int_equal(parse(f, &pkt), VX_MALFORMED_NONE);
	assert_int_equal(pkt.has_ports, 0);
	assert_int_equal(pkt.family, family);
	return pkt;
}

static void push_payload(struct frame *f, size_t length)
{
	static const uint8_t bytes[2048];

	frame_payload(f, bytes, length);
}

static void push_udp(struct frame *f)
{
	frame_udp(f, 1000, 2000);
	push_payload(f, PAYLOAD);
}

static void push_tcp(struct frame *f)
{
	frame_tcp(f, 1000, 2000);
	push_payload(f, PAYLOAD);
}

static void ipv4(struct frame *f)
{
	frame_init(f);
	frame_ipv4(f, FRAME_VENDOR, FRAME_EDGE);
}

static void ipv6(struct frame *f)
{
	frame_init(f);
	frame_ipv6(f, FRAME_VENDOR6, FRAME_EDGE6);
}

/* ---- sound frames ------------------------------------------------------------------------------------------------ */

static void udp_over_ipv4_gives_all_facts(void **state)
{
	struct vx_pkt pkt;
	struct frame f;
	uint32_t src, dst;

	(void)state;
	ipv4(&f);
	frame_header(&f, FRAME_IPV4)[1] = 46 << 2 | 3;
	push_udp(&f);
	pkt = expect_payload(&f, 14 + 20 + 8, PAYLOAD);
	inet_pton(AF_INET, FRAME_VENDOR, &src);
	inet_pton(AF_INET, FRAME_EDGE, &dst);
	assert_int_equal(pkt.src.word[0], src);
	assert_int_equal(pkt.dst.word[0], dst);
	assert_int_equal(pkt.src.word[1] | pkt.src.word[2] | pkt.src.word[3], 0);
	assert_int_equal(pkt.family, 4);
	assert_int_equal(pkt.l4_proto, 17);
	assert_int_equal(pkt.transport, VX_TRANSPORT_UDP);
	assert_int_equal(pkt.dscp, 46);
	assert_int_equal(pkt.fragment, VX_FRAGMENT_NO);
}

static void tcp_over_ipv6_gives_all_facts(void **state)
{
	uint8_t options[12] = { 1, 1, 8, 10 }, src[16], dst[16];
	struct vx_pkt pkt;
	struct frame f;

	(void)state;
	ipv6(&f);
	frame_put16(frame_header(&f, FRAME_IPV6), 0x6000 | 34 << 6 | 0x3f);
	frame_tcp(&f, 1000, 2000);
	frame_tcp_options(&f, options, sizeof(options));
	push_payload(&f, PAYLOAD);
	pkt = expect_payload(&f, 14 + 40 + 32, PAYLOAD);
	inet_pton(AF_INET6, FRAME_VENDOR6, src);
	inet_pton(AF_INET6, FRAME_EDGE6, dst);
	assert_memory_equal(pkt.src.word, src, 16);
	assert_memory_equal(pkt.dst.word, dst, 16);
	assert_int_equal(pkt.family, 6);
	assert_int_equal(pkt.l4_proto, 6);
	assert_int_equal(pkt.transport, VX_TRANSPORT_TCP);
	assert_int_equal(pkt.dscp, 34);
}

static void up_to_two_tags_are_stepped_over(void **state)
{
	static const uint16_t tags[][2] = { { FRAME_8021Q, 0 },
					    { FRAME_8021AD, 0 },
					    { FRAME_8021Q, FRAME_8021Q },
					    { FRAME_8021AD, FRAME_8021Q },
					    { FRAME_8021AD, FRAME_8021AD } };
	struct frame f;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		size_t count = tags[i][1] ? 2 : 1;

		frame_init(&f);
		for (size_t tag = 0; tag < count; tag++)
			frame_vlan(&f, tags[i][tag], 100 + tag);
		frame_ipv4(&f, FRAME_VENDOR, FRAME_EDGE);
		push_udp(&f);
		expect_payload(&f, 14 + 4 * count + 28, PAYLOAD);
	}
}

static void third_tag_and_unknown_types_are_not_ip(void **state)
{
	static const uint16_t types[] = { 0x0000, 0x05dc, 0x0806, 0x8847, 0x8863, 0x88cc, 0x9000 };
	struct frame f;

	(void)state;
	frame_init(&f);
	for (int i = 0; i < 3; i++)
		frame_vlan(&f, FRAME_8021Q, 100);
	frame_ipv4(&f, FRAME_VENDOR, FRAME_EDGE);
	push_udp(&f);
	expect_no_ports(&f, 0);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		ipv4(&f);
		push_udp(&f);
		frame_put16(frame_bytes(&f) + 12, types[i]);
		expect_no_ports(&f, 0);
	}
}

static void pppoe_session_is_stepped_over(void **state)
{
	struct frame f;

	(void)state;
	frame_init(&f);
	frame_vlan(&f, FRAME_8021Q, 7);
	frame_pppoe(&f, 1);
	frame_ipv4(&f, FRAME_VENDOR, FRAME_EDGE);
	push_udp(&f);
	expect_payload(&f, 18 + 8 + 28, PAYLOAD);
	frame_init(&f);
	frame_pppoe(&f, 1);
	frame_ipv6(&f, FRAME_VENDOR6, FRAME_EDGE6);
	push_tcp(&f);
	expect_payload(&f, 14 + 8 + 60, PAYLOAD);
}

static void pppoe_that_carries_no_ip_is_not_malformed(void **state)
{
	struct frame f;
	uint8_t *pppoe;

	(void)state;
	frame_init(&f);
	pppoe = frame_pppoe(&f, 1);
	frame_ipv4(&f, FRAME_VENDOR, FRAME_EDGE);
	push_udp(&f);
	frame_put16(pppoe + 6, 0xc021); /* LCP */
	expect_no_ports(&f, 0);
	frame_put16(pppoe + 6, 0x0021);
	pppoe[1] = 0xa7; /* a code of the discovery stage */
	expect_no_ports(&f, 0);
	pppoe[1] = 0;
	pppoe[0] = 0x21; /* version 2 */
	expect_no_ports(&f, 0);
}

static void ipv4_options_are_stepped_over(void **state)
{
	uint8_t options[40] = { 1, 1, 1, 1 };
	struct frame f;

	(void)state;
	for (size_t length = 4; length <= 40; length += 4) {
		ipv4(&f);
		frame_ipv4_options(&f, options, length);
		push_tcp(&f);
		expect_payload(&f, 14 + 20 + length + 20, PAYLOAD);
	}
}

static void authentication_header_is_stepped_over(void **state)
{
	struct frame f;

	(void)state;
	ipv4(&f);
	frame_ah(&f);
	push_udp(&f);
	expect_payload(&f, 14 + 20 + 24 + 8, PAYLOAD);
	ipv6(&f);
	frame_ah(&f);
	push_udp(&f);
	expect_payload(&f, 14 + 40 + 24 + 8, PAYLOAD);
}

static void known_extension_headers_are_stepped_over(void **state)
{
	static const uint8_t types[] = { 0, 43, 60 };
	struct frame f;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (size_t units = 0; units < 256; units += 85) {
			ipv6(&f);
			frame_extension(&f, types[i], units);
			push_udp(&f);
			expect_payload(&f, 14 + 40 + 8 + 8 * units + 8, PAYLOAD);
		}
	}
}

/* RFC 8200, 4.1: every header in its place, six of them; behind the sixth the walk still finds UDP. */
static void longest_chain_is_walked(void **state)
{
	struct frame f;

	(void)state;
	ipv6(&f);
	frame_extension(&f, 0, 1);
	frame_extension(&f, 60, 255);
	frame_extension(&f, 43, 255);
	frame_ipv6_fragment(&f, 0, false);
	frame_ah(&f);
	frame_extension(&f, 60, 255);
	push_udp(&f);
	expect_payload(&f, 14 + 40 + 16 + 3 * 2048 + 8 + 24 + 8, PAYLOAD);
}

/* Bytes behind a header that nobody knows are the sender's to choose: no ports from there. */
static void unknown_header_ends_the_walk_without_ports(void **state)
{
	struct frame f;
	struct vx_pkt pkt;

	(void)state;
	for (unsigned int type = 0; type < 256; type++) {
		bool known =
			type == 0 || type == 43 || type == 44 || type == 51 || type == 60 || type == 6 || type == 17;

		if (known)
			continue;
		ipv6(&f);
		frame_extension(&f, type, 0);
		push_udp(&f);
		pkt = expect_no_ports(&f, 6);
		assert_int_equal(pkt.l4_proto, type);
		ipv6(&f);
		frame_extension(&f, 60, 0);
		frame_extension(&f, type, 0);
		push_udp(&f);
		expect_no_ports(&f, 6);
	}
}

static void ipv4_protocols_without_ports(void **state)
{
	struct frame f;

	(void)state;
	for (unsigned int type = 0; type < 256; type++) {
		ipv4(&f);
		push_udp(&f);
		frame_header(&f, FRAME_IPV4)[9] = type;
		if (type != 6 && type != 17 && type != 51)
			assert_int_equal(expect_no_ports(&f, 4).l4_proto, type);
	}
}

/* ---- lengths ----------------------------------------------------------------------------------------------------- */

static void ethernet_padding_is_no_payload(void **state)
{
	struct frame f;

	(void)state;
	ipv4(&f);
	frame_udp(&f, 1000, 2000);
	push_payload(&f, 2);
	frame_pad(&f, 60);
	expect_payload(&f, 42, 2);
	ipv4(&f);
	frame_tcp(&f, 1000, 2000);
	frame_pad(&f, 60);
	expect_payload(&f, 54, 0);
	frame_init(&f);
	frame_pppoe(&f, 1);
	frame_ipv4(&f, FRAME_VENDOR, FRAME_EDGE);
	frame_tcp(&f, 1000, 2000);
	frame_pad(&f, 100);
	expect_payload(&f, 62, 0);
}

/* RFC 9868: options of UDP lie between its own end and that of the IP packet. */
static void udp_may_end_before_its_ip_packet(void **state)
{
	struct frame f;

	(void)state;
	ipv4(&f);
	push_udp(&f);
	frame_put16(frame_header(&f, FRAME_UDP) + 4, 8 + 10);
	expect_payload(&f, 42, 10);
	frame_put16(frame_header(&f, FRAME_UDP) + 4, 8);
	expect_payload(&f, 42, 0);
}

static void payload_may_lie_behind_the_linear_part(void **state)
{
	struct vx_pkt pkt;
	struct frame f;

	(void)state;
	ipv4(&f);
	frame_udp(&f, 1000, 2000);
	push_payload(&f, 2000);
	for (size_t linear = 42; linear <= f.length; linear++) {
		assert_int_equal(parse_part(&f, linear, &pkt), VX_MALFORMED_NONE);
		assert_int_equal(pkt.payload_length, 2000);
	}
	assert_int_equal(parse_part(&f, 41, &pkt), VX_MALFORMED_UDP_TRUNCATED);
	assert_int_equal(parse_part(&f, 33, &pkt), VX_MALFORMED_IPV4_TRUNCATED);
}

/* ---- fragments --------------------------------------------------------------------------------------------------- */

static void first_fragment_has_ports_and_its_own_payload(void **state)
{
	struct vx_pkt pkt;
	struct frame f;

	(void)state;
	ipv4(&f);
	frame_ipv4_fragment(&f, 0, true);
	push_udp(&f);
	frame_put16(frame_header(&f, FRAME_UDP) + 4, 4000); /* of the whole datagram */
	pkt = expect_payload(&f, 42, PAYLOAD);
	assert_int_equal(pkt.fragment, VX_FRAGMENT_FIRST);
	ipv6(&f);
	frame_ipv6_fragment(&f, 0, true);
	push_udp(&f);
	frame_put16(frame_header(&f, FRAME_UDP) + 4, 4000);
	pkt = expect_payload(&f, 14 + 40 + 8 + 8, PAYLOAD);
	assert_int_equal(pkt.fragment, VX_FRAGMENT_FIRST);
}

static void later_fragment_has_no_ports(void **state)
{
	static const size_t offsets[] = { 8, 1480, 65000 };
	struct vx_pkt pkt;
	struct frame f;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (int more = 0; more < 2; more++) {
			ipv4(&f);
			frame_ipv4_fragment(&f, offsets[i], more);
			push_udp(&f);
			pkt = expect_no_ports(&f, 4);
			assert_int_equal(pkt.fragment, VX_FRAGMENT_LATER);
			assert_int_equal(pkt.l4_proto, 17);
			ipv6(&f);
			frame_ipv6_fragment(&f, offsets[i], more);
			push_udp(&f);
			pkt = expect_no_ports(&f, 6);
			assert_int_equal(pkt.fragment, VX_FRAGMENT_LATER);
			assert_int_equal(pkt.l4_proto, 17);
		}
	}
}

/* What follows the fragment header of a later fragment is data, even where it says that it is a header. */
static void later_fragment_ends_the_walk(void **state)
{
	struct frame f;

	(void)state;
	ipv6(&f);
	frame_ipv6_fragment(&f, 1480, false);
	frame_extension(&f, 60, 0)[1] = 255; /* a length that could not be */
	push_udp(&f);
	expect_no_ports(&f, 6);
	ipv4(&f);
	frame_ipv4_fragment(&f, 1480, false);
	frame_ah(&f)[1] = 255;
	push_udp(&f);
	expect_no_ports(&f, 4);
}

static void atomic_fragment_is_a_whole_packet(void **state)
{
	struct frame f;

	(void)state;
	ipv6(&f);
	frame_ipv6_fragment(&f, 0, false);
	push_udp(&f);
	assert_int_equal(expect_payload(&f, 14 + 40 + 8 + 8, PAYLOAD).fragment, VX_FRAGMENT_NO);
	frame_put16(frame_header(&f, FRAME_UDP) + 4, 4000);
	expect(&f, "atomic fragment with the length of another datagram", VX_MALFORMED_UDP_LENGTH);
}

static void dont_fragment_is_no_fragment(void **state)
{
	struct frame f;

	(void)state;
	ipv4(&f);
	push_udp(&f);
	frame_put16(frame_header(&f, FRAME_IPV4) + 6, 0x4000);
	assert_int_equal(expect_payload(&f, 42, PAYLOAD).fragment, VX_FRAGMENT_NO);
}

static void fragment_lengths_must_be_possible(void **state)
{
	struct frame f;

	(void)state;
	for (int family = 4; family <= 6; family += 2) {
		for (size_t length = 0; length < 20; length++) {
			family == 4 ? ipv4(&f) : ipv6(&f);
			family == 4 ? frame_ipv4_fragment(&f, 64, true) : (void)frame_ipv6_fragment(&f, 64, true);
			frame_next(&f, 17);
			push_payload(&f, length);
			expect(&f, "more to follow",
			       length && length % 8 == 0 ? VX_MALFORMED_NONE : VX_MALFORMED_FRAGMENT_LENGTH);
		}
		for (size_t length = 1; length < 16; length++) {
			family == 4 ? ipv4(&f) : ipv6(&f);
			family == 4 ? frame_ipv4_fragment(&f, 65528, false) :
				      (void)frame_ipv6_fragment(&f, 65528, false);
			frame_next(&f, 17);
			push_payload(&f, length);
			expect(&f, "beyond the largest datagram",
			       length <= 7 ? VX_MALFORMED_NONE : VX_MALFORMED_FRAGMENT_LENGTH);
		}
	}
}

/* ---- broken frames: one field each ------------------------------------------------------------------------------- */

enum base { V4_UDP, V4_TCP, V4_OPTIONS, V4_AH, V6_UDP, V6_TCP, V6_DESTINATION, V6_AH, PPPOE_V4, PPPOE_V6, _BASES };

static void build(struct frame *f, enum base base)
{
	uint8_t options[8] = { 1 };

	frame_init(f);
	if (base == PPPOE_V4 || base == PPPOE_V6)
		frame_pppoe(f, 1);
	if (base == V6_UDP || base == V6_TCP || base == V6_DESTINATION || base == V6_AH || base == PPPOE_V6)
		frame_ipv6(f, FRAME_VENDOR6, FRAME_EDGE6);
	else
		frame_ipv4(f, FRAME_VENDOR, FRAME_EDGE);
	if (base == V4_OPTIONS)
		frame_ipv4_options(f, options, sizeof(options));
	if (base == V6_DESTINATION)
		frame_extension(f, 60, 1);
	if (base == V4_AH || base == V6_AH)
		frame_ah(f);
	base == V4_TCP || base == V6_TCP ? push_tcp(f) : push_udp(f);
}

struct broken_header {
	const char *what;
	enum base base;
	enum frame_kind layer;
	size_t offset;
	size_t size; /* 1 or 2 bytes */
	uint16_t value;
	enum vx_malformed expected;
};

static const struct broken_header broken_headers[] = {
	{ "PPPoE length of one byte", PPPOE_V4, FRAME_PPPOE, 4, 2, 1, VX_MALFORMED_PPPOE_LENGTH },
	{ "PPPoE length beyond the frame", PPPOE_V4, FRAME_PPPOE, 4, 2, 2 + 20 + 8 + PAYLOAD + 1,
	  VX_MALFORMED_PPPOE_LENGTH },
	{ "PPPoE length without room for IPv4", PPPOE_V4, FRAME_PPPOE, 4, 2, 2 + 19, VX_MALFORMED_IPV4_TRUNCATED },
	{ "PPPoE length without room for IPv6", PPPOE_V6, FRAME_PPPOE, 4, 2, 2 + 39, VX_MALFORMED_IPV6_TRUNCATED },
	{ "PPPoE length shorter than IPv4's", PPPOE_V4, FRAME_PPPOE, 4, 2, 2 + 20 + 8, VX_MALFORMED_IPV4_TOTAL_LENGTH },
	{ "PPPoE length shorter than IPv6's", PPPOE_V6, FRAME_PPPOE, 4, 2, 2 + 40 + 8,
	  VX_MALFORMED_IPV6_PAYLOAD_LENGTH },
	{ "IPv4 with version 6", V4_UDP, FRAME_IPV4, 0, 1, 0x65, VX_MALFORMED_IPV4_VERSION },
	{ "IPv4 header of 16 bytes", V4_UDP, FRAME_IPV4, 0, 1, 0x44, VX_MALFORMED_IPV4_HEADER_LENGTH },
	{ "IPv4 header of no bytes", V4_UDP, FRAME_IPV4, 0, 1, 0x40, VX_MALFORMED_IPV4_HEADER_LENGTH },
	{ "IPv4 total length 0", V4_UDP, FRAME_IPV4, 2, 2, 0, VX_MALFORMED_IPV4_TOTAL_LENGTH },
	{ "IPv4 total length below the header", V4_UDP, FRAME_IPV4, 2, 2, 19, VX_MALFORMED_IPV4_TOTAL_LENGTH },
	{ "IPv4 total length within the options", V4_OPTIONS, FRAME_IPV4, 2, 2, 27, VX_MALFORMED_IPV4_TOTAL_LENGTH },
	{ "IPv4 total length beyond the frame", V4_UDP, FRAME_IPV4, 2, 2, 29 + PAYLOAD,
	  VX_MALFORMED_IPV4_TOTAL_LENGTH },
	{ "IPv4 without room for UDP", V4_UDP, FRAME_IPV4, 2, 2, 27, VX_MALFORMED_UDP_TRUNCATED },
	{ "IPv4 without room for TCP", V4_TCP, FRAME_IPV4, 2, 2, 39, VX_MALFORMED_TCP_TRUNCATED },
	{ "AH of 8 bytes over IPv4", V4_AH, FRAME_AH, 1, 1, 0, VX_MALFORMED_IPV4_TOTAL_LENGTH },
	{ "AH beyond the packet over IPv4", V4_AH, FRAME_AH, 1, 1, 255, VX_MALFORMED_IPV4_TOTAL_LENGTH },
	{ "IPv6 with version 4", V6_UDP, FRAME_IPV6, 0, 1, 0x40, VX_MALFORMED_IPV6_VERSION },
	{ "IPv6 payload length 0", V6_UDP, FRAME_IPV6, 4, 2, 0, VX_MALFORMED_IPV6_PAYLOAD_LENGTH },
	{ "IPv6 payload length beyond the frame", V6_UDP, FRAME_IPV6, 4, 2, 9 + PAYLOAD,
	  VX_MALFORMED_IPV6_PAYLOAD_LENGTH },
	{ "IPv6 without room for UDP", V6_UDP, FRAME_IPV6, 4, 2, 7, VX_MALFORMED_UDP_TRUNCATED },
	{ "IPv6 without room for TCP", V6_TCP, FRAME_IPV6, 4, 2, 19, VX_MALFORMED_TCP_TRUNCATED },
	{ "IPv6 without room for an extension", V6_DESTINATION, FRAME_IPV6, 4, 2, 7,
	  VX_MALFORMED_IPV6_EXTENSION_TRUNCATED },
	{ "IPv6 that ends within an extension", V6_DESTINATION, FRAME_IPV6, 4, 2, 15,
	  VX_MALFORMED_IPV6_EXTENSION_TRUNCATED },
	{ "extension beyond the packet", V6_DESTINATION, FRAME_EXTENSION, 1, 1, 255,
	  VX_MALFORMED_IPV6_EXTENSION_TRUNCATED },
	{ "AH of 8 bytes over IPv6", V6_AH, FRAME_AH, 1, 1, 0, VX_MALFORMED_IPV6_EXTENSION_TRUNCATED },
	{ "AH beyond the packet over IPv6", V6_AH, FRAME_AH, 1, 1, 255, VX_MALFORMED_IPV6_EXTENSION_TRUNCATED },
	{ "hop-by-hop options behind another header", V6_DESTINATION, FRAME_EXTENSION, 0, 1, 0,
	  VX_MALFORMED_IPV6_EXTENSION_CHAIN },
	{ "UDP length 0", V4_UDP, FRAME_UDP, 4, 2, 0, VX_MALFORMED_UDP_LENGTH },
	{ "UDP length below its header", V4_UDP, FRAME_UDP, 4, 2, 7, VX_MALFORMED_UDP_LENGTH },
	{ "UDP length beyond the IPv4 packet", V4_UDP, FRAME_UDP, 4, 2, 9 + PAYLOAD, VX_MALFORMED_UDP_LENGTH },
	{ "UDP length beyond the IPv6 packet", V6_UDP, FRAME_UDP, 4, 2, 9 + PAYLOAD, VX_MALFORMED_UDP_LENGTH },
	{ "TCP header of 16 bytes", V4_TCP, FRAME_TCP, 12, 1, 4 << 4, VX_MALFORMED_TCP_HEADER_LENGTH },
};

static void one_broken_field_names_its_reason(void **state)
{
	struct frame f;

	(void)state;
	for (size_t i = 0; i < sizeof(broken_headers) / sizeof(broken_headers[0]); i++) {
		const struct broken_header *row = &broken_headers[i];
		uint8_t *field;

		build(&f, row->base);
		expect(&f, "before it was broken", VX_MALFORMED_NONE);
		field = frame_header(&f, row->layer) + row->offset;
		if (row->size == 1)
			*field = row->value;
		else
			frame_put16(field, row->value);
		expect(&f, row->what, row->expected);
	}
}

/* In a first fragment a transport length may point behind it, but it must still be one. */
static void first_fragment_does_not_excuse_impossible_lengths(void **state)
{
	struct frame f;

	(void)state;
	ipv4(&f);
	frame_ipv4_fragment(&f, 0, true);
	push_udp(&f);
	frame_put16(frame_header(&f, FRAME_UDP) + 4, 7);
	expect(&f, "first fragment with UDP length 7", VX_MALFORMED_UDP_LENGTH);
	ipv4(&f);
	frame_ipv4_fragment(&f, 0, true);
	frame_tcp(&f, 1000, 2000)[12] = 4 << 4;
	push_payload(&f, 4);
	expect(&f, "first fragment with a TCP header of 16 bytes", VX_MALFORMED_TCP_HEADER_LENGTH);
}

static void padding_does_not_mend_a_length(void **state)
{
	struct frame f;

	(void)state;
	build(&f, V4_UDP);
	frame_pad(&f, f.length + 32);
	frame_put16(frame_header(&f, FRAME_UDP) + 4, 9 + PAYLOAD);
	expect(&f, "UDP length that reaches into the padding", VX_MALFORMED_UDP_LENGTH);
}

static void tcp_header_must_fit_its_packet(void **state)
{
	struct frame f;

	(void)state;
	ipv4(&f);
	frame_tcp(&f, 1000, 2000)[12] = 15 << 4;
	push_payload(&f, 39);
	expect(&f, "TCP options beyond the packet", VX_MALFORMED_TCP_HEADER_LENGTH);
	ipv4(&f);
	frame_tcp(&f, 1000, 2000)[12] = 15 << 4;
	push_payload(&f, 40);
	expect_payload(&f, 14 + 20 + 60, 0);
	ipv4(&f);
	frame_ipv4_fragment(&f, 0, true);
	frame_tcp(&f, 1000, 2000)[12] = 15 << 4;
	push_payload(&f, 36);
	expect(&f, "TCP options that go on in the next fragment", VX_MALFORMED_TCP_TRUNCATED);
}

static void seventh_extension_is_one_too_many(void **state)
{
	struct frame f;

	(void)state;
	for (int count = 1; count <= 8; count++) {
		ipv6(&f);
		for (int i = 0; i < count; i++)
			frame_extension(&f, 60, 0);
		push_udp(&f);
		expect(&f, "chain of destination options",
		       count <= 6 ? VX_MALFORMED_NONE : VX_MALFORMED_IPV6_EXTENSION_CHAIN);
	}
}

static void second_fragment_header_breaks_the_chain(void **state)
{
	struct frame f;

	(void)state;
	ipv6(&f);
	frame_ipv6_fragment(&f, 0, true);
	frame_ipv6_fragment(&f, 0, true);
	push_udp(&f);
	expect(&f, "two fragment headers", VX_MALFORMED_IPV6_EXTENSION_CHAIN);
}

/* ---- every truncation -------------------------------------------------------------------------------------------- */

/* Up to which length a cut frame has which reason: the length field around the cut speaks first. */
struct cut {
	size_t below;
	enum vx_malformed expected;
};

static void expect_cuts(const struct frame *whole, const struct cut *cuts)
{
	struct frame f;

	for (size_t length = 0; length <= whole->length; length++) {
		const struct cut *cut = cuts;

		while (cut->below && length >= cut->below)
			cut++;
		f = *whole;
		frame_cut(&f, length);
		expect(&f, "cut frame", length == whole->length ? VX_MALFORMED_NONE : cut->expected);
	}
}

static void every_cut_has_its_reason(void **state)
{
	static const struct cut tagged[] = { { 14, VX_MALFORMED_ETHERNET_TRUNCATED },
					     { 18, VX_MALFORMED_VLAN_TRUNCATED },
					     { 22, VX_MALFORMED_VLAN_TRUNCATED },
					     { 22 + 28, VX_MALFORMED_IPV4_TRUNCATED },
					     { 0, VX_MALFORMED_IPV4_TOTAL_LENGTH } };
	static const struct cut session[] = { { 14, VX_MALFORMED_ETHERNET_TRUNCATED },
					      { 22, VX_MALFORMED_PPPOE_TRUNCATED },
					      { 0, VX_MALFORMED_PPPOE_LENGTH } };
	static const struct cut six[] = { { 14, VX_MALFORMED_ETHERNET_TRUNCATED },
					  { 54, VX_MALFORMED_IPV6_TRUNCATED },
					  { 0, VX_MALFORMED_IPV6_PAYLOAD_LENGTH } };
	uint8_t options[8] = { 1 };
	struct frame f;

	(void)state;
	frame_init(&f);
	frame_vlan(&f, FRAME_8021AD, 1);
	frame_vlan(&f, FRAME_8021Q, 2);
	frame_ipv4(&f, FRAME_VENDOR, FRAME_EDGE);
	frame_ipv4_options(&f, options, sizeof(options));
	push_tcp(&f);
	expect_cuts(&f, tagged);
	build(&f, PPPOE_V6);
	expect_cuts(&f, session);
	build(&f, V6_DESTINATION);
	expect_cuts(&f, six);
}

/* Any byte of any base frame set to anything, cut anywhere: an answer, and within the frame. */
static void any_changed_byte_is_safe(void **state)
{
	struct vx_pkt pkt;
	struct frame f;

	(void)state;
	for (int base = 0; base < _BASES; base++) {
		build(&f, base);
		for (size_t at = 12; at < f.length - PAYLOAD; at++) {
			uint8_t *byte = frame_bytes(&f) + at, before = *byte;

			for (unsigned int value = 0; value < 256; value++) {
				*byte = value;
				if (parse(&f, &pkt) == VX_MALFORMED_NONE && pkt.has_ports)
					assert_true(pkt.payload_offset + pkt.payload_length <= f.length);
			}
			*byte = before;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_over_ipv4_gives_all_facts),
		cmocka_unit_test(tcp_over_ipv6_gives_all_facts),
		cmocka_unit_test(up_to_two_tags_are_stepped_over),
		cmocka_unit_test(third_tag_and_unknown_types_are_not_ip),
		cmocka_unit_test(pppoe_session_is_stepped_over),
		cmocka_unit_test(pppoe_that_carries_no_ip_is_not_malformed),
		cmocka_unit_test(ipv4_options_are_stepped_over),
		cmocka_unit_test(authentication_header_is_stepped_over),
		cmocka_unit_test(known_extension_headers_are_stepped_over),
		cmocka_unit_test(longest_chain_is_walked),
		cmocka_unit_test(unknown_header_ends_the_walk_without_ports),
		cmocka_unit_test(ipv4_protocols_without_ports),
		cmocka_unit_test(ethernet_padding_is_no_payload),
		cmocka_unit_test(udp_may_end_before_its_ip_packet),
		cmocka_unit_test(payload_may_lie_behind_the_linear_part),
		cmocka_unit_test(first_fragment_has_ports_and_its_own_payload),
		cmocka_unit_test(later_fragment_has_no_ports),
		cmocka_unit_test(later_fragment_ends_the_walk),
		cmocka_unit_test(atomic_fragment_is_a_whole_packet),
		cmocka_unit_test(dont_fragment_is_no_fragment),
		cmocka_unit_test(fragment_lengths_must_be_possible),
		cmocka_unit_test(one_broken_field_names_its_reason),
		cmocka_unit_test(first_fragment_does_not_excuse_impossible_lengths),
		cmocka_unit_test(padding_does_not_mend_a_length),
		cmocka_unit_test(tcp_header_must_fit_its_packet),
		cmocka_unit_test(seventh_extension_is_one_too_many),
		cmocka_unit_test(second_fragment_header_breaks_the_chain),
		cmocka_unit_test(every_cut_has_its_reason),
		cmocka_unit_test(any_changed_byte_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
