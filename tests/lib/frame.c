/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packet builder: see frame.h. A push appends bytes, sets the "what follows" field of the layer before it and lets
 * every layer around it grow.
 */
#include "frame.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_PPPOE_SESSION = 0x8864,
	ETHERTYPE_ETHERNET = 0x6558,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_VN_TAG = 0x8926,
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
	IPV6_FRAGMENT = 44,
};

static void require(bool held, const char *what)
{
	if (held)
		return;
	fprintf(stderr, "frame: %s\n", what);
	abort();
}

void frame_put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static void add16(uint8_t *at, size_t more)
{
	frame_put16(at, get16(at) + more);
}

static struct frame_layer *innermost(struct frame *f)
{
	require(f->layers > 0, "no layer yet");
	return &f->layer[f->layers - 1];
}

/* Adds size to the length field of every layer around the new bytes; a layer's own header counts where its RFC says. */
static void grow(struct frame *f, size_t layers, size_t size)
{
	for (size_t i = 0; i < layers; i++) {
		uint8_t *header = frame_bytes(f) + f->layer[i].offset;

		switch (f->layer[i].kind) {
		case FRAME_PPPOE:
			add16(header + 4, size);
			break;
		case FRAME_IPV4:
		case FRAME_GTP_U:
			add16(header + 2, size);
			break;
		case FRAME_IPV6:
		case FRAME_UDP:
			add16(header + 4, size);
			break;
		default:
			break;
		}
	}
}

static uint8_t *append(struct frame *f, size_t size)
{
	uint8_t *at = frame_bytes(f) + f->length;

	require(f->length + size <= FRAME_MAX, "frame too long");
	memset(at, 0, size);
	f->length += size;
	return at;
}

/* A new layer of size bytes, all zero but for what the caller writes next. */
static uint8_t *push(struct frame *f, enum frame_kind kind, size_t size)
{
	require(f->layers < FRAME_LAYERS_MAX, "too many layers");
	grow(f, f->layers, size);
	f->layer[f->layers++] = (struct frame_layer){ .kind = kind, .offset = f->length };
	return append(f, size);
}

void frame_next(struct frame *f, uint16_t protocol)
{
	struct frame_layer *layer = innermost(f);
	uint8_t *header = frame_bytes(f) + layer->offset;

	switch (layer->kind) {
	case FRAME_ETHERNET:
		frame_put16(header + 12, protocol);
		break;
	case FRAME_VLAN:
	case FRAME_GRE:
	case FRAME_GENEVE:
		frame_put16(header + 2, protocol);
		break;
	case FRAME_VN_TAG:
		frame_put16(header + 4, protocol);
		break;
	case FRAME_PPPOE:
		frame_put16(header + 6, protocol);
		break;
	case FRAME_IPV4:
		header[9] = protocol;
		break;
	case FRAME_IPV6:
		header[6] = protocol;
		break;
	case FRAME_EXTENSION:
	case FRAME_AH:
		header[0] = protocol;
		break;
	case FRAME_VXLAN:
	case FRAME_GTP_U:
	case FRAME_MPLS:
	case FRAME_PAYLOAD:
		break; /* what follows goes without saying */
	default:
		require(false, "this layer does not say what follows");
	}
}

static void next_network(struct frame *f, uint16_t ethertype, uint16_t ppp, uint8_t ip_in_ip)
{
	switch (innermost(f)->kind) {
	case FRAME_PPPOE:
		frame_next(f, ppp);
		break;
	case FRAME_IPV4:
	case FRAME_IPV6:
	case FRAME_EXTENSION:
	case FRAME_AH:
		frame_next(f, ip_in_ip);
		break;
	default:
		frame_next(f, ethertype);
	}
}

void frame_init(struct frame *f)
{
	static const uint8_t macs[12] = { 0x02, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0, 0, 0x02 };

	f->length = 0;
	f->layers = 0;
	memcpy(push(f, FRAME_ETHERNET, 14), macs, sizeof(macs));
}

uint8_t *frame_ethernet(struct frame *f)
{
	frame_next(f, ETHERTYPE_ETHERNET);
	return push(f, FRAME_ETHERNET, 14);
}

uint8_t *frame_vlan(struct frame *f, uint16_t tpid, uint16_t vid)
{
	uint8_t *header;

	frame_next(f, tpid);
	header = push(f, FRAME_VLAN, 4);
	frame_put16(header, vid);
	return header;
}

uint8_t *frame_pppoe(struct frame *f, uint16_t session)
{
	uint8_t *header;

	frame_next(f, ETHERTYPE_PPPOE_SESSION);
	header = push(f, FRAME_PPPOE, 8);
	header[0] = 0x11; /* RFC 2516, 4: version 1, type 1; the length counts the PPP protocol */
	frame_put16(header + 2, session);
	frame_put16(header + 4, 2);
	return header;
}

uint8_t *frame_ipv4(struct frame *f, const char *src, const char *dst)
{
	uint8_t *header;

	next_network(f, ETHERTYPE_IPV4, PPP_IPV4, IPPROTO_IPIP);
	header = push(f, FRAME_IPV4, 20);
	header[0] = 0x45;
	frame_put16(header + 2, 20);
	header[8] = 64;
	require(inet_pton(AF_INET, src, header + 12) == 1, "not an IPv4 address");
	require(inet_pton(AF_INET, dst, header + 16) == 1, "not an IPv4 address");
	return header;
}

uint8_t *frame_ipv6(struct frame *f, const char *src, const char *dst)
{
	uint8_t *header;

	next_network(f, ETHERTYPE_IPV6, PPP_IPV6, IPPROTO_IPV6);
	header = push(f, FRAME_IPV6, 40);
	header[0] = 0x60;
	header[6] = IPPROTO_NONE;
	header[7] = 64;
	require(inet_pton(AF_INET6, src, header + 8) == 1, "not an IPv6 address");
	require(inet_pton(AF_INET6, dst, header + 24) == 1, "not an IPv6 address");
	return header;
}

uint8_t *frame_ipv4_options(struct frame *f, const void *bytes, size_t length)
{
	uint8_t *options;

	require(innermost(f)->kind == FRAME_IPV4 && length % 4 == 0, "no IPv4 header to extend");
	grow(f, f->layers, length);
	options = memcpy(append(f, length), bytes, length);
	frame_header(f, FRAME_IPV4)[0] += length / 4;
	return options;
}

void frame_ipv4_fragment(struct frame *f, size_t offset, bool more)
{
	frame_put16(frame_header(f, FRAME_IPV4) + 6, offset / 8 | (more ? 0x2000 : 0));
}

uint8_t *frame_extension(struct frame *f, uint8_t type, size_t units)
{
	uint8_t *header;

	frame_next(f, type);
	header = push(f, FRAME_EXTENSION, 8 + 8 * units);
	header[0] = IPPROTO_NONE;
	header[1] = units;
	return header;
}

uint8_t *frame_ipv6_fragment(struct frame *f, size_t offset, bool more)
{
	uint8_t *header = frame_extension(f, IPV6_FRAGMENT, 0);

	frame_put16(header + 2, offset | (more ? 1 : 0));
	frame_put16(header + 6, 0x1234);
	return header;
}

uint8_t *frame_ah(struct frame *f)
{
	uint8_t *header;

	frame_next(f, IPPROTO_AH);
	header = push(f, FRAME_AH, 24);
	header[0] = IPPROTO_NONE;
	header[1] = 24 / 4 - 2; /* RFC 4302, 2.2: in 32-bit words, minus 2 */
	header[7] = 1;
	return header;
}

uint8_t *frame_udp(struct frame *f, uint16_t sport, uint16_t dport)
{
	uint8_t *header;

	frame_next(f, IPPROTO_UDP);
	header = push(f, FRAME_UDP, 8);
	frame_put16(header, sport);
	frame_put16(header + 2, dport);
	frame_put16(header + 4, 8);
	return header;
}

uint8_t *frame_tcp(struct frame *f, uint16_t sport, uint16_t dport)
{
	uint8_t *header;

	frame_next(f, IPPROTO_TCP);
	header = push(f, FRAME_TCP, 20);
	frame_put16(header, sport);
	frame_put16(header + 2, dport);
	header[7] = 1;
	header[12] = 5 << 4;
	header[13] = 0x18; /* PSH, ACK */
	frame_put16(header + 14, 0xffff);
	return header;
}

uint8_t *frame_tcp_options(struct frame *f, const void *bytes, size_t length)
{
	uint8_t *options;

	require(innermost(f)->kind == FRAME_TCP && length % 4 == 0, "no TCP header to extend");
	grow(f, f->layers, length);
	options = memcpy(append(f, length), bytes, length);
	frame_header(f, FRAME_TCP)[12] += (length / 4) << 4;
	return options;
}

uint8_t *frame_gre(struct frame *f, uint16_t flags)
{
	size_t fields = !!(flags & 0x8000) + !!(flags & 0x2000) + !!(flags & 0x1000);
	uint8_t *header;

	frame_next(f, IPPROTO_GRE);
	header = push(f, FRAME_GRE, 4 + 4 * fields);
	frame_put16(header, flags);
	return header;
}

uint8_t *frame_vxlan(struct frame *f)
{
	uint8_t *header = push(f, FRAME_VXLAN, 8);

	header[0] = 0x08; /* RFC 7348, 5: there is a network identifier */
	return header;
}

uint8_t *frame_geneve(struct frame *f, size_t option_words)
{
	uint8_t *header = push(f, FRAME_GENEVE, 8 + 4 * option_words);

	header[0] = option_words;
	return header;
}

uint8_t *frame_gtp_u(struct frame *f, uint8_t flags, size_t extensions)
{
	size_t more = (flags & 7 ? 4 : 0) + 4 * extensions;
	uint8_t *header = push(f, FRAME_GTP_U, 8 + more);

	header[0] = 0x30 | flags;
	header[1] = 255; /* TS 29.281, 6.1: a user's packet */
	frame_put16(header + 2, more);
	for (size_t i = 0; i < extensions; i++) {
		header[11 + 4 * i] = 0x85; /* 5.2.1: PDU session container */
		header[12 + 4 * i] = 1;
	}
	return header;
}

uint8_t *frame_mpls(struct frame *f, size_t labels)
{
	uint8_t *header;

	frame_next(f, ETHERTYPE_MPLS);
	header = push(f, FRAME_MPLS, 4 * labels);
	header[4 * labels - 2] |= 1;
	return header;
}

uint8_t *frame_vn_tag(struct frame *f)
{
	frame_next(f, ETHERTYPE_VN_TAG);
	return push(f, FRAME_VN_TAG, 6);
}

uint8_t *frame_payload(struct frame *f, const void *bytes, size_t length)
{
	uint8_t *payload = push(f, FRAME_PAYLOAD, length);

	if (length)
		memcpy(payload, bytes, length);
	return payload;
}

uint8_t *frame_sample(struct frame *f, enum sample_kind kind)
{
	const struct sample *sample = sample_get(kind);

	return frame_payload(f, sample->bytes, sample->length);
}

void frame_build_bytes(struct frame *f, const struct frame_flow *flow, const void *bytes, size_t length)
{
	frame_init(f);
	if (strchr(flow->src, ':'))
		frame_put16(frame_ipv6(f, flow->src, flow->dst), 0x6000 | flow->dscp << 6);
	else
		frame_ipv4(f, flow->src, flow->dst)[1] = flow->dscp << 2;
	if (flow->transport == VX_TRANSPORT_TCP)
		frame_tcp(f, flow->sport, flow->dport);
	else
		frame_udp(f, flow->sport, flow->dport);
	frame_payload(f, bytes, length);
	frame_checksums(f);
}

void frame_build(struct frame *f, const struct frame_flow *flow, enum sample_kind kind)
{
	const struct sample *sample = sample_get(kind);

	frame_build_bytes(f, flow, sample->bytes, sample->length);
}

/* ---- odd frames -------------------------------------------------------------------------------------------------- */

void frame_pad(struct frame *f, size_t length)
{
	if (length > f->length)
		append(f, length - f->length);
}

void frame_cut(struct frame *f, size_t length)
{
	if (length < f->length)
		f->length = length;
}

static uint8_t *find(struct frame *f, enum frame_kind kind)
{
	for (size_t i = f->layers; i-- > 0;)
		if (f->layer[i].kind == kind)
			return frame_bytes(f) + f->layer[i].offset;
	return NULL;
}

uint8_t *frame_header(struct frame *f, enum frame_kind kind)
{
	uint8_t *header = find(f, kind);

	require(header, "no such layer");
	return header;
}

static uint64_t sum16(const uint8_t *bytes, size_t length)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + 1 < length; i += 2)
		sum += get16(bytes + i);
	return length % 2 ? sum + (bytes[length - 1] << 8) : sum;
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

void frame_checksums(struct frame *f)
{
	uint8_t *ipv4 = find(f, FRAME_IPV4), *ipv6 = find(f, FRAME_IPV6);
	uint8_t *udp = find(f, FRAME_UDP), *l4 = udp ? udp : find(f, FRAME_TCP);
	uint8_t *end = frame_bytes(f) + f->length, *field;
	uint64_t sum;
	uint16_t checksum;

	if (ipv4) {
		frame_put16(ipv4 + 10, 0);
		frame_put16(ipv4 + 10, fold(sum16(ipv4, (ipv4[0] & 15) * 4)));
	}
	if (!l4)
		return;
	field = l4 + (udp ? 6 : 16);
	frame_put16(field, 0);
	sum = ipv6 ? sum16(ipv6 + 8, 32) : sum16(ipv4 + 12, 8);
	sum += (udp ? IPPROTO_UDP : IPPROTO_TCP) + (end - l4) + sum16(l4, end - l4);
	checksum = fold(sum);
	frame_put16(field, udp && checksum == 0 ? 0xffff : checksum); /* RFC 768: 0 means none */
}

void frame_print(struct frame *f, const char *title)
{
	fprintf(stderr, "%s (%zu bytes):", title, f->length);
	for (size_t i = 0; i < f->length; i++)
		fprintf(stderr, "%s%02x", i % 32 ? (i % 4 ? "" : " ") : "\n  ", frame_bytes(f)[i]);
	fputc('\n', stderr);
}
