/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers first, from the outside in; then one protocol after another; then streams. */
#include "wire_oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned get16(const uint8_t *at)
{
	return at[0] * 256U + at[1];
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) * 65536U + get16(at + 2);
}

/* ---- headers ----------------------------------------------------------------------------------------------------- */

/* Where reading has got to, and where the innermost length field says that the packet ends. */
struct walk {
	const struct wire_frame *frame;
	size_t at, end;
};

static size_t left(const struct walk *walk)
{
	return walk->end - walk->at;
}

/* A header that is looked at has to be in the packet and in the linear part. */
static const uint8_t *header(struct walk *walk, size_t size)
{
	const uint8_t *bytes = walk->frame->bytes + walk->at;

	if (left(walk) < size || walk->at + size > walk->frame->linear)
		return NULL;
	walk->at += size;
	return bytes;
}

/* What is stepped over has to be in the packet. */
static bool step_over(struct walk *walk, size_t size)
{
	if (left(walk) < size)
		return false;
	walk->at += size;
	return true;
}

static bool ends_after(struct walk *walk, size_t size)
{
	if (left(walk) < size)
		return false;
	walk->end = walk->at + size;
	return true;
}

/* RFC 2516. Returns the EtherType that the session carries, 0 for none, or -1 with a reason. */
static int read_pppoe(struct walk *walk, struct wire_facts *facts)
{
	const uint8_t *pppoe = header(walk, 6), *ppp;

	if (!pppoe) {
		facts->malformed = VX_MALFORMED_PPPOE_TRUNCATED;
		return -1;
	}
	if (pppoe[0] != 0x11 || pppoe[1] != 0)
		return 0;
	ppp = header(walk, 2);
	if (!ppp) {
		facts->malformed = VX_MALFORMED_PPPOE_TRUNCATED;
		return -1;
	}
	/* The length counts the two bytes of the PPP protocol, which have been taken. */
	if (get16(pppoe + 4) < 2 || !ends_after(walk, get16(pppoe + 4) - 2)) {
		facts->malformed = VX_MALFORMED_PPPOE_LENGTH;
		return -1;
	}
	if (get16(ppp) == 0x0021)
		return 0x0800;
	return get16(ppp) == 0x0057 ? 0x86dd : 0;
}

static int cannot_read(struct wire_facts *facts, enum vx_malformed why)
{
	facts->malformed = why;
	return -1;
}

static bool asked(uint16_t decap, enum vx_tunnel tunnel)
{
	return decap & (1U << tunnel);
}

/* Returns the EtherType of what follows, which may be one that is not looked into, or -1 with a reason. */
static int read_ethernet(struct walk *walk, uint16_t decap, struct wire_facts *facts)
{
	const uint8_t *bytes = header(walk, 14);
	int type, tags = 0;

	if (!bytes)
		return cannot_read(facts, VX_MALFORMED_ETHERNET_TRUNCATED);
	type = (int)get16(bytes + 12);
	if (type == 0x8926 && asked(decap, VX_TUNNEL_VN_TAG)) {
		bytes = header(walk, 6);
		if (!bytes)
			return cannot_read(facts, VX_MALFORMED_TUNNEL_TRUNCATED);
		type = (int)get16(bytes + 4);
		facts->tunnels |= 1U << VX_TUNNEL_VN_TAG;
	}
	for (; tags < 2 && (type == 0x8100 || type == 0x88a8); tags++) {
		bytes = header(walk, 4);
		if (!bytes)
			return cannot_read(facts, VX_MALFORMED_VLAN_TRUNCATED);
		type = (int)get16(bytes + 2);
	}
	if (type != 0x8864)
		return type;
	type = read_pppoe(walk, facts);
	if (type >= 0 && asked(decap, VX_TUNNEL_PPPOE))
		facts->tunnels |= 1U << VX_TUNNEL_PPPOE;
	return type;
}

/* RFC 791, 3.2; RFC 8200, 4.5. @offset in bytes; the walk stands at the fragment's data. */
static bool read_fragment(struct walk *walk, struct wire_facts *facts, size_t offset, bool more)
{
	size_t size = left(walk);

	if (size == 0 || (more && size % 8 != 0) || offset + size > 65535) {
		facts->malformed = VX_MALFORMED_FRAGMENT_LENGTH;
		return false;
	}
	if (offset > 0)
		facts->fragment = WIRE_LATER_FRAGMENT;
	else if (more)
		facts->fragment = WIRE_FIRST_FRAGMENT;
	return true;
}

static void read_address(struct ip_addr *addr, int family, const uint8_t *bytes)
{
	memset(addr, 0, sizeof(*addr));
	addr->family = (uint8_t)family;
	for (int i = 0; i < (family == 4 ? 4 : 16); i++)
		addr->bytes[i] = bytes[i];
}

static void read_ipv4(struct walk *walk, struct wire_facts *facts)
{
	const uint8_t *ip = header(walk, 20), *ah;
	size_t header_size, total;

	if (!ip) {
		facts->malformed = VX_MALFORMED_IPV4_TRUNCATED;
		return;
	}
	header_size = (ip[0] & 15) * 4U;
	total = get16(ip + 2);
	if (ip[0] >> 4 != 4)
		facts->malformed = VX_MALFORMED_IPV4_VERSION;
	else if (header_size < 20)
		facts->malformed = VX_MALFORMED_IPV4_HEADER_LENGTH;
	else if (left(walk) < header_size - 20)
		facts->malformed = VX_MALFORMED_IPV4_TRUNCATED;
	else if (total < header_size || !ends_after(walk, total - 20))
		facts->malformed = VX_MALFORMED_IPV4_TOTAL_LENGTH;
	if (facts->malformed)
		return;
	step_over(walk, header_size - 20);
	facts->family = 4;
	facts->dscp = ip[1] / 4;
	facts->l4_proto = ip[9];
	read_address(&facts->src, 4, ip + 12);
	read_address(&facts->dst, 4, ip + 16);
	if (get16(ip + 6) % 0x4000 != 0 &&
	    !read_fragment(walk, facts, get16(ip + 6) % 0x2000 * 8, get16(ip + 6) & 0x2000))
		return;
	if (facts->l4_proto != 51 || facts->fragment == WIRE_LATER_FRAGMENT)
		return;
	/* RFC 4302, 2.2 */
	ah = header(walk, 8);
	if (!ah || ah[1] < 1 || !step_over(walk, (ah[1] + 2U) * 4 - 8))
		facts->malformed = VX_MALFORMED_IPV4_TOTAL_LENGTH;
	else
		facts->l4_proto = ah[0];
}

static bool is_extension(uint8_t type)
{
	static const uint8_t known[] = { 0, 43, 44, 51, 60 };

	for (size_t i = 0; i < sizeof(known); i++)
		if (type == known[i])
			return true;
	return false;
}

/* One extension header; facts->l4_proto is its type and becomes the next one's. */
static bool read_extension(struct walk *walk, struct wire_facts *facts)
{
	const uint8_t *extension = header(walk, 8);
	uint8_t type = facts->l4_proto;
	size_t more;

	if (!extension) {
		facts->malformed = VX_MALFORMED_IPV6_EXTENSION_TRUNCATED;
		return false;
	}
	facts->l4_proto = extension[0];
	if (type == 44) {
		if (facts->fragment != WIRE_WHOLE) {
			facts->malformed = VX_MALFORMED_IPV6_EXTENSION_CHAIN;
			return false;
		}
		return read_fragment(walk, facts, get16(extension + 2) / 8 * 8, extension[3] & 1);
	}
	/* RFC 8200, 4.3 to 4.6: in units of 8 bytes, without the first; RFC 4302, 2.2: of 4 bytes, without two. */
	more = type == 51 ? (extension[1] + 2U) * 4 - 8 : extension[1] * 8U;
	if ((type == 51 && extension[1] < 1) || !step_over(walk, more)) {
		facts->malformed = VX_MALFORMED_IPV6_EXTENSION_TRUNCATED;
		return false;
	}
	return true;
}

static void read_ipv6(struct walk *walk, struct wire_facts *facts)
{
	const uint8_t *ip = header(walk, 40);

	if (!ip) {
		facts->malformed = VX_MALFORMED_IPV6_TRUNCATED;
		return;
	}
	if (ip[0] >> 4 != 6) {
		facts->malformed = VX_MALFORMED_IPV6_VERSION;
		return;
	}
	if (!ends_after(walk, get16(ip + 4)) || (get16(ip + 4) == 0 && ip[6] != 59)) {
		facts->malformed = VX_MALFORMED_IPV6_PAYLOAD_LENGTH;
		return;
	}
	facts->family = 6;
	facts->dscp = (uint8_t)((ip[0] & 15) * 4 + ip[1] / 64);
	facts->l4_proto = ip[6];
	read_address(&facts->src, 6, ip + 8);
	read_address(&facts->dst, 6, ip + 24);
	for (int headers = 0; is_extension(facts->l4_proto); headers++) {
		/* RFC 8200, 4.1: hop-by-hop options first or not at all, and a bound of six. */
		if (headers == 6 || (facts->l4_proto == 0 && headers > 0)) {
			facts->malformed = VX_MALFORMED_IPV6_EXTENSION_CHAIN;
			return;
		}
		if (!read_extension(walk, facts) || facts->fragment == WIRE_LATER_FRAGMENT)
			return;
	}
}

static void read_udp(struct walk *walk, struct wire_facts *facts)
{
	const uint8_t *udp = header(walk, 8);

	if (!udp) {
		facts->malformed = VX_MALFORMED_UDP_TRUNCATED;
		return;
	}
	/* The length of a first fragment is that of the whole datagram. */
	if (get16(udp + 4) < 8 || (!ends_after(walk, get16(udp + 4) - 8) && facts->fragment != WIRE_FIRST_FRAGMENT)) {
		facts->malformed = VX_MALFORMED_UDP_LENGTH;
		return;
	}
	facts->has_ports = true;
	facts->transport = VX_TRANSPORT_UDP;
	facts->sport = (uint16_t)get16(udp);
	facts->dport = (uint16_t)get16(udp + 2);
}

static void read_tcp(struct walk *walk, struct wire_facts *facts)
{
	const uint8_t *tcp = header(walk, 20);

	if (!tcp) {
		facts->malformed = VX_MALFORMED_TCP_TRUNCATED;
		return;
	}
	if (tcp[12] / 16 < 5) {
		facts->malformed = VX_MALFORMED_TCP_HEADER_LENGTH;
		return;
	}
	if (!step_over(walk, tcp[12] / 16 * 4 - 20U)) {
		facts->malformed = facts->fragment == WIRE_FIRST_FRAGMENT ? VX_MALFORMED_TCP_TRUNCATED :
									    VX_MALFORMED_TCP_HEADER_LENGTH;
		return;
	}
	facts->has_ports = true;
	facts->transport = VX_TRANSPORT_TCP;
	facts->sport = (uint16_t)get16(tcp);
	facts->dport = (uint16_t)get16(tcp + 2);
}

/* RFC 4928, 3: the first four bits. 0: neither. */
static int type_by_version(const struct walk *walk)
{
	struct walk ahead = *walk;
	const uint8_t *first = header(&ahead, 1);

	if (!first)
		return -1;
	return first[0] / 16 == 4 ? 0x0800 : first[0] / 16 == 6 ? 0x86dd : 0;
}

/* RFC 3032, 2.1; six labels at most. */
static int read_mpls(struct walk *walk, struct wire_facts *facts)
{
	for (int labels = 0; labels < 6; labels++) {
		const uint8_t *entry = header(walk, 4);
		int type;

		if (!entry)
			return cannot_read(facts, VX_MALFORMED_TUNNEL_TRUNCATED);
		if (!(entry[2] & 1))
			continue;
		type = type_by_version(walk);
		if (type < 0)
			return cannot_read(facts, VX_MALFORMED_TUNNEL_TRUNCATED);
		facts->tunnels |= 1U << VX_TUNNEL_MPLS;
		return type;
	}
	facts->tunnels |= 1U << VX_TUNNEL_MPLS;
	return 0;
}

/* From what @type says to the transport's ports. */
static void read_layer(struct walk *walk, int type, uint16_t decap, struct wire_facts *facts)
{
	if (type == 0x6558)
		type = read_ethernet(walk, decap, facts);
	if ((type == 0x8847 || type == 0x8848) && asked(decap, VX_TUNNEL_MPLS))
		type = read_mpls(walk, facts);
	if (type == 0x0800)
		read_ipv4(walk, facts);
	else if (type == 0x86dd)
		read_ipv6(walk, facts);
	if (facts->malformed || facts->fragment == WIRE_LATER_FRAGMENT || !facts->family)
		return;
	if (facts->l4_proto == 17)
		read_udp(walk, facts);
	else if (facts->l4_proto == 6)
		read_tcp(walk, facts);
}

/* ---- tunnels: each returns the EtherType of what it carries, 0 for nothing to be looked into, or -1 --------------- */

/* RFC 1661, 2, 6.5 and 6.6 */
static int read_ppp(struct walk *walk)
{
	const uint8_t *ppp = header(walk, 2);
	unsigned proto;

	if (ppp && ppp[0] == 0xff && ppp[1] == 0x03)
		ppp = header(walk, 2);
	if (!ppp)
		return -1;
	proto = get16(ppp);
	if (ppp[0] % 2) {
		proto = ppp[0];
		walk->at--;
	}
	return proto == 0x21 ? 0x0800 : proto == 0x57 ? 0x86dd : 0;
}

/* RFC 2784, RFC 2890; RFC 2637, 4.1; Cisco's mirrored frames and security tags. */
static int read_gre(struct walk *walk)
{
	static const unsigned fields[] = { 0x8000, 0x2000, 0x1000 };
	const uint8_t *gre = header(walk, 4), *more;
	unsigned flags, type;
	size_t size = 0;

	if (!gre)
		return -1;
	flags = get16(gre);
	type = get16(gre + 2);
	if (flags & 0x4000 || flags % 8 > 1 || (flags % 8 == 1) != (type == 0x880b))
		return 0;
	for (size_t i = 0; i < 3; i++)
		size += flags & fields[i] ? 4 : 0;
	if (type == 0x880b && flags & 0x0080)
		size += 4;
	if (!step_over(walk, size))
		return -1;
	if (type == 0x880b)
		return flags & 0x1000 ? read_ppp(walk) : 0;
	if (type == 0x88be)
		return !(flags & 0x1000) || step_over(walk, 8) ? 0x6558 : -1;
	if (type == 0x22eb) {
		more = header(walk, 12);
		return more && (!(more[11] & 1) || step_over(walk, 8)) ? 0x6558 : -1;
	}
	if (type != 0x8909)
		return (int)type;
	more = header(walk, 8);
	return more ? (int)get16(more) : -1;
}

/* RFC 7348, 5 */
static int read_vxlan(struct walk *walk)
{
	const uint8_t *vxlan = header(walk, 8);

	if (!vxlan)
		return -1;
	return vxlan[0] & 0x08 ? 0x6558 : 0;
}

/* RFC 8926, 3.4 */
static int read_geneve(struct walk *walk)
{
	const uint8_t *geneve = header(walk, 8);

	if (!geneve || !step_over(walk, geneve[0] % 64 * 4U))
		return -1;
	return geneve[0] >= 64 || geneve[1] >= 128 ? 0 : (int)get16(geneve + 2);
}

/* TS 29.281, 5.1 and 5.2; two extension headers at most. */
static int read_gtp_u(struct walk *walk)
{
	const uint8_t *gtp = header(walk, 8), *last;
	unsigned flags, type = 0;

	if (!gtp)
		return -1;
	flags = gtp[0];
	if (flags / 16 != 3 || gtp[1] != 255)
		return 0;
	if (!ends_after(walk, get16(gtp + 2)))
		return -1;
	if (flags % 8) {
		last = header(walk, 4);
		if (!last)
			return -1;
		type = flags & 4 ? last[3] : 0;
	}
	for (int i = 0; i < 2 && type; i++) {
		const uint8_t *extension = header(walk, 4);

		if (!extension || extension[0] == 0)
			return -1;
		last = extension;
		if (extension[0] > 1) {
			if (!step_over(walk, 4U * extension[0] - 8))
				return -1;
			last = header(walk, 4);
		}
		if (!last)
			return -1;
		type = last[3];
	}
	return type ? 0 : type_by_version(walk);
}

/* Which tunnel begins behind these headers, -1: none that was asked for. */
static int tunnel_behind(const struct wire_facts *facts, uint16_t decap)
{
	static const struct {
		unsigned number; /* of the port, or of the IP protocol */
		bool is_port;
		enum vx_tunnel tunnel;
	} known[] = {
		{ 47, false, VX_TUNNEL_GRE },	 { 4, false, VX_TUNNEL_IPIP },	  { 41, false, VX_TUNNEL_6IN4 },
		{ 4789, true, VX_TUNNEL_VXLAN }, { 8472, true, VX_TUNNEL_VXLAN }, { 6081, true, VX_TUNNEL_GENEVE },
		{ 2152, true, VX_TUNNEL_GTP_U },
	};

	if (!facts->family || facts->fragment != WIRE_WHOLE)
		return -1;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		bool there = known[i].is_port ? facts->has_ports && facts->transport == VX_TRANSPORT_UDP &&
							facts->dport == known[i].number :
						!facts->has_ports && facts->l4_proto == known[i].number;

		if (there && asked(decap, known[i].tunnel))
			return known[i].tunnel;
	}
	return -1;
}

/* Returns false where the packet that carries the tunnel is the one to be judged. */
static bool enter(struct walk *walk, enum vx_tunnel tunnel, uint16_t decap, struct wire_facts *facts)
{
	int type;

	switch (tunnel) {
	case VX_TUNNEL_GRE:
		type = read_gre(walk);
		break;
	case VX_TUNNEL_VXLAN:
		type = read_vxlan(walk);
		break;
	case VX_TUNNEL_GENEVE:
		type = read_geneve(walk);
		break;
	case VX_TUNNEL_GTP_U:
		type = read_gtp_u(walk);
		break;
	default:
		type = tunnel == VX_TUNNEL_IPIP ? 0x0800 : 0x86dd;
	}
	/* Of GRE the IP header says that it is there; a port says nothing. */
	if (type < 0 && tunnel == VX_TUNNEL_GRE)
		return cannot_read(facts, VX_MALFORMED_TUNNEL_TRUNCATED);
	if (type <= 0)
		return false;
	facts->tunnels |= 1U << tunnel;
	read_layer(walk, type, decap, facts);
	return facts->malformed || facts->family;
}

struct wire_facts wire_read_through(const struct wire_frame *frame, uint16_t decap)
{
	struct walk walk = { frame, 0, frame->length };
	struct wire_facts facts = {};

	read_layer(&walk, 0x6558, decap, &facts);
	if (!facts.malformed && !facts.family)
		facts.tunnels = 0;
	for (int depth = 0; depth < 2 && !facts.malformed && walk.at <= 1024; depth++) {
		struct wire_facts inside = { .tunnels = facts.tunnels };
		struct walk ahead = walk;
		int tunnel = tunnel_behind(&facts, decap);

		if (tunnel < 0 || !enter(&ahead, (enum vx_tunnel)tunnel, decap, &inside))
			break;
		facts = inside;
		walk = ahead;
	}
	if (facts.malformed || !facts.has_ports)
		return facts;
	facts.payload_at = walk.at;
	facts.payload_length = left(&walk);
	wire_recognise(frame, &facts);
	return facts;
}

struct wire_facts wire_read(const struct wire_frame *frame)
{
	return wire_read_through(frame, 0);
}

/* ---- a message --------------------------------------------------------------------------------------------------- */

/* No recogniser looks further into a payload. */
#define DEEPEST 16383

/*
 * A message and what of it can be read: its first 16 bytes, or all where it is shorter; behind them only what is in the
 * linear part of the frame.
 */
struct message {
	const struct wire_frame *frame;
	const struct wire_facts *facts;
	size_t offset; /* in the payload */
	size_t length;
	uint8_t head[16]; /* zero where the message is shorter */
	bool stream;	  /* it starts a TCP segment and need not end with it */
};

/* Returns false where there is none, or none that can be read. */
static bool message_read(struct message *m, size_t offset)
{
	size_t at = m->facts->payload_at + offset;

	m->offset = offset;
	m->length = m->facts->payload_length - offset;
	memset(m->head, 0, sizeof(m->head));
	if (at + (m->length < 16 ? m->length : 16) > m->frame->linear)
		return false;
	for (size_t i = 0; i < 16 && i < m->length; i++)
		m->head[i] = m->frame->bytes[at + i];
	return m->length > 0;
}

/* Bytes behind the head, or at any rate by an offset that the message tells. NULL: not there, or not to be read. */
static const uint8_t *deeper(const struct message *m, size_t offset, size_t count)
{
	size_t at = m->facts->payload_at + m->offset + offset;

	if (m->offset + offset > DEEPEST || offset + count > m->length || at + count > m->frame->linear)
		return NULL;
	return m->frame->bytes + at;
}

/* Only the head is compared, so no text is longer than 16. */
static bool starts(const struct message *m, const char *text)
{
	for (size_t i = 0; text[i]; i++)
		if (m->head[i] != (uint8_t)text[i])
			return false;
	return true;
}

/* The same at an offset, letters in either case. */
static bool has_word(const struct message *m, size_t offset, const char *word)
{
	for (size_t i = 0; word[i]; i++) {
		uint8_t byte = m->head[offset + i];

		if (byte >= 'A' && byte <= 'Z')
			byte += 'a' - 'A';
		if (byte != (uint8_t)word[i])
			return false;
	}
	return true;
}

/* Bytes up to the end of the first of the words that the message starts with; 0: it starts with none. */
static size_t first_word(const struct message *m, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (starts(m, words[i]))
			return strlen(words[i]);
	return 0;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- protocols --------------------------------------------------------------------------------------------------- */

/* RFC 3261 and its extensions, as registered. */
static bool is_sip(const struct message *m)
{
	static const char *const methods[] = { "ACK ",	   "BYE ",	"CANCEL ",    "INFO ",	"INVITE ",
					       "MESSAGE ", "NOTIFY ",	"OPTIONS ",   "PRACK ", "PUBLISH ",
					       "REFER ",   "REGISTER ", "SUBSCRIBE ", "UPDATE " };
	static const char *const schemes[] = { "sip:", "sips", "tel:", "urn:", "pres", "im:" };
	size_t target = first_word(m, methods, COUNT(methods));

	if (m->length < 16)
		return false;
	for (size_t i = 0; target && i < COUNT(schemes); i++)
		if (has_word(m, target, schemes[i]))
			return true;
	if (target || !starts(m, "SIP/2.0 ") || m->head[11] != ' ')
		return false;
	return m->head[8] >= '1' && m->head[8] <= '6' && m->head[9] >= '0' && m->head[9] <= '9' && m->head[10] >= '0' &&
	       m->head[10] <= '9';
}

/* RFC 9110, RFC 9112, RFC 9113 */
static bool is_http(const struct message *m)
{
	static const char *const methods[] = { "GET ",	 "PUT ",   "POST ",   "HEAD ",
					       "TRACE ", "PATCH ", "DELETE ", "OPTIONS " };
	size_t target = first_word(m, methods, COUNT(methods));

	if (m->length < 14)
		return false;
	if (starts(m, "HTTP/1.") || starts(m, "PRI * HT") || starts(m, "CONNECT "))
		return true;
	if (!target)
		return false;
	return m->head[target] == '/' || has_word(m, target, "http") || memcmp(m->head + target, "* HT", 4) == 0;
}

/* RFC 6120, 4.2; the declaration has 21 characters, or 38 with an encoding, and a line end may follow. */
static bool is_xmpp(const struct message *m)
{
	static const size_t places[] = { 21, 22, 23, 38, 39, 40 };

	if (starts(m, "<stream:"))
		return true;
	for (size_t i = 0; starts(m, "<?xml version=") && i < COUNT(places); i++) {
		const uint8_t *at = deeper(m, places[i], 8);

		if (at && memcmp(at, "<stream:", 8) == 0)
			return true;
	}
	return false;
}

/* RFC 3489, 11.1 */
static bool is_old_binding(unsigned type)
{
	static const unsigned types[] = { 0x0001, 0x0101, 0x0111, 0x0002, 0x0102, 0x0112 };

	for (size_t i = 0; i < COUNT(types); i++)
		if (type == types[i])
			return true;
	return false;
}

/* RFC 8489, 5; RFC 3489, 11; MS-TURN, 2.2.2.5 */
static bool is_stun(const struct message *m)
{
	unsigned type = get16(m->head), body = get16(m->head + 2), kind, size;
	const uint8_t *attribute;

	if (m->length < 20 || (!m->stream && m->length != 20 + body))
		return false;
	if (get32(m->head + 4) == 0x2112a442)
		return true;
	if (m->stream || body % 4 != 0)
		return false;
	if (body == 0)
		return is_old_binding(type);
	attribute = deeper(m, 20, 8);
	if (!attribute)
		return false;
	kind = get16(attribute);
	size = get16(attribute + 2);
	if (kind == 0x000f)
		return size == 4 && get32(attribute + 4) == 0x72c64bc6;
	return is_old_binding(type) && size + 4 <= body && ((kind >= 1 && kind <= 11) || kind >= 0x8000);
}

/* RFC 8656, 12.4 and 12.5 */
static bool is_channel_data(const struct message *m)
{
	size_t whole = 4 + get16(m->head + 2), padded = whole;
	const uint8_t *next;

	while (padded % 4)
		padded++;
	if (m->length == padded)
		return true;
	if (!m->stream)
		return m->length == whole;
	next = deeper(m, padded, 2);
	return next && get16(next) == get16(m->head);
}

/* RFC 6189, 5 */
static bool is_zrtp(const struct message *m)
{
	return m->head[0] / 16 == 1 && memcmp(m->head + 4, "ZRTP", 4) == 0 && get16(m->head + 12) == 0x505a &&
	       m->length == 12 + 4 * get16(m->head + 14) + 4U;
}

/* RFC 6347, 4.1; RFC 9146, 4; RFC 9147, 4 */
static bool is_dtls(const struct message *m)
{
	unsigned version = get16(m->head + 1), body = get16(m->head + 11);
	uint8_t first = m->head[0];

	if (m->length >= 13 && first >= 20 && first <= 26 && (version == 0xfeff || version == 0xfefd) &&
	    (first == 25 || (body >= 1 && body <= 16384 + 2048)))
		return true;
	/* 001CSLEE without a connection id and with a length, that of the rest of the datagram. */
	if ((first & 0xf0) != 0x20 || !(first & 4))
		return false;
	body = first & 8 ? get16(m->head + 3) : get16(m->head + 2);
	return body >= 16 && m->length == (first & 8 ? 5 : 4) + body;
}

/* RFC 8446, 5.1; RFC 5246, 6.2 and 7 */
static bool is_tls(const struct message *m)
{
	static const unsigned least[] = { 1, 2, 4, 1, 1 }; /* by type, from 20 on */
	unsigned body = get16(m->head + 3);
	uint8_t type = m->head[0];

	if (m->length < 5 || type < 20 || type > 24 || m->head[1] != 3 || m->head[2] > 4)
		return false;
	if (body < least[type - 20] || body > 16384 + 2048)
		return false;
	return type != 20 || body == 1;
}

/* RFC 3550, 6; RFC 4585, 6.1 */
static bool is_rtcp(const struct message *m)
{
	static const unsigned least[] = { 6, 1, 1, 1, 2, 2, 2, 1 }; /* words behind the first, by type from 200 on */
	unsigned words = get16(m->head + 2), type = m->head[1];
	size_t size = 4 + 4 * words;

	if (type < 200 || type > 207 || words < least[type - 200])
		return false;
	return m->length == size || m->length >= size + 4;
}

/* RFC 3550, 5.1 and 5.3.1; RFC 8285, 4 */
static uint8_t rtp_evidence(const struct message *m)
{
	size_t size = 12 + 4 * (m->head[0] % 16U);
	uint8_t evidence = VX_EVIDENCE_RTP_LIKELY;
	const uint8_t *extension;
	unsigned profile;

	if (m->length < 12)
		return VX_PROTOCOL_OTHER;
	if (m->head[0] & 0x10) {
		extension = deeper(m, size, 4);
		if (!extension)
			return VX_PROTOCOL_OTHER;
		profile = get16(extension);
		size += 4 + 4 * get16(extension + 2);
		if (profile == 0xbede || (profile >= 0x1000 && profile <= 0x100f))
			evidence = VX_PROTOCOL_RTP;
	}
	if (m->head[0] & 0x20)
		size++;
	return size <= m->length ? evidence : VX_PROTOCOL_OTHER;
}

/* RFC 9000, 17.2; RFC 8999, 6; RFC 9369; Google's own */
static bool is_quic(const struct message *m)
{
	uint32_t version = get32(m->head + 1);
	const uint8_t *source_id;
	size_t header_size;

	if (m->length < 7)
		return false;
	if (version == 0) {
		source_id = deeper(m, 6U + m->head[5], 1);
		if (!source_id)
			return false;
		header_size = 7U + m->head[5] + *source_id;
		return m->length >= header_size + 4 && (m->length - header_size) % 4 == 0;
	}
	if (m->head[1] == 'Q' && m->head[2] == '0')
		return true;
	if (m->head[5] > 20)
		return false;
	return version == 1 || version == 0x6b3343cf || (m->head[1] == 0xff && m->head[2] == 0 && m->head[3] == 0) ||
	       (m->head[1] % 16 == 10 && m->head[2] % 16 == 10 && m->head[3] % 16 == 10 && m->head[4] % 16 == 10) ||
	       (m->head[1] == 'T' && m->head[2] == '0');
}

static bool port_is(const struct wire_facts *facts, uint16_t port)
{
	return facts->sport == port || facts->dport == port;
}

/* RFC 1035, 4.1.1 */
static bool is_dns(const struct message *m)
{
	size_t records = 0;

	if (m->length < 12 || (!port_is(m->facts, 53) && !port_is(m->facts, 5353) && !port_is(m->facts, 5355)))
		return false;
	for (int i = 4; i < 12; i += 2)
		records += get16(m->head + i);
	if ((m->head[2] & 0x78) / 8 > 6 || m->head[3] & 0x40)
		return false;
	if (!(m->head[2] & 0x80) && m->head[3] & 15)
		return false;
	return 12 + 5 * records <= m->length;
}

/* RFC 5905, 7.3; RFC 9327, 2 */
static bool is_ntp(const struct message *m)
{
	unsigned version = m->head[0] / 8 % 8, mode = m->head[0] % 8;

	if (!port_is(m->facts, 123) || version < 1 || version > 4 || mode < 1)
		return false;
	return m->length >= (mode == 6 ? 12U : mode == 7 ? 8U : 48U);
}

/* ---- which protocol ---------------------------------------------------------------------------------------------- */

/* RFC 9443, 4, with text between its ranges. */
static uint8_t message_evidence(const struct message *m)
{
	uint8_t first = m->head[0];

	if (first <= 3)
		return is_stun(m) ? VX_PROTOCOL_STUN : VX_PROTOCOL_OTHER;
	if (first <= 63 && m->stream) {
		if (is_tls(m))
			return VX_PROTOCOL_TLS;
		return is_xmpp(m) ? VX_PROTOCOL_XMPP : VX_PROTOCOL_OTHER;
	}
	if (first <= 19)
		return is_zrtp(m) ? VX_PROTOCOL_ZRTP : VX_PROTOCOL_OTHER;
	if (first <= 63)
		return is_dtls(m) ? VX_PROTOCOL_DTLS : VX_PROTOCOL_OTHER;
	if (first <= 79 && is_channel_data(m))
		return VX_PROTOCOL_TURN_CHANNEL;
	if (first <= 127) {
		if (is_sip(m))
			return VX_PROTOCOL_SIP;
		if (m->stream && is_http(m))
			return VX_PROTOCOL_HTTP;
		/* RFC 5766, 11 had more channels than RFC 8656, 12, whose others are text. */
		return first >= 80 && port_is(m->facts, 3478) && is_channel_data(m) ? VX_PROTOCOL_TURN_CHANNEL :
										      VX_PROTOCOL_OTHER;
	}
	if (m->stream)
		return VX_PROTOCOL_OTHER;
	if (first >= 192)
		return is_quic(m) ? VX_PROTOCOL_QUIC : VX_PROTOCOL_OTHER;
	/* RFC 5761, 4: the payload types 64 to 95 are RTCP's, with and without RTP's marker bit. */
	if (m->head[1] % 128 >= 64 && m->head[1] % 128 <= 95)
		return is_rtcp(m) ? VX_PROTOCOL_RTCP : VX_PROTOCOL_OTHER;
	return rtp_evidence(m);
}

/* RFC 4571, 2; RFC 1035, 4.2.2. A record of TLS would be a frame of STUN that is no multiple of 4. */
static bool is_framed(const struct message *m)
{
	if (m->length <= 2 || is_tls(m))
		return false;
	return m->length == 2 + get16(m->head) || port_is(m->facts, 53) || get32(m->head + 6) == 0x2112a442;
}

/* RFC 3261, 7.5 and RFC 9112, 2.2 allow empty lines before a start line; RFC 5626, 4.4.1 makes keep-alives of them. */
static uint8_t after_empty_lines(struct message *m, size_t size)
{
	if (size == m->facts->payload_length)
		return size == 4 || port_is(m->facts, 5060) ? VX_PROTOCOL_SIP : VX_PROTOCOL_OTHER;
	if (!message_read(m, size))
		return VX_PROTOCOL_OTHER;
	if (is_sip(m))
		return VX_PROTOCOL_SIP;
	return m->stream && is_http(m) ? VX_PROTOCOL_HTTP : VX_PROTOCOL_OTHER;
}

/* ---- what TURN carries ------------------------------------------------------------------------------------------- */

/* RFC 8656, 11.6 and 18; RFC 8489, 14. Eight attributes at most. Returns where the datagram starts, 0: there is none. */
static size_t find_data(const struct message *m, size_t *ret_length)
{
	unsigned type = get16(m->head);
	size_t at = 20, end = 20 + get16(m->head + 2);

	if ((type != 0x0016 && type != 0x0017) || get32(m->head + 4) != 0x2112a442)
		return 0;
	for (int i = 0; i < 8 && at < end; i++) {
		const uint8_t *attribute = deeper(m, at, 4);

		if (!attribute)
			return 0;
		*ret_length = get16(attribute + 2);
		if (get16(attribute) == 0x0013)
			return at + 4;
		at += 4 + *ret_length;
		while (at % 4)
			at++;
	}
	return 0;
}

/* RFC 8656, 12.4 for the rest. The message has to start the payload; the datagram has no ports that could tell. */
static void look_inside(const struct message *m, struct wire_facts *facts)
{
	struct wire_facts inside = { .transport = VX_TRANSPORT_UDP };
	struct message datagram = { .frame = m->frame, .facts = &inside };
	size_t at = 4, length = get16(m->head + 2);

	if (facts->evidence == VX_PROTOCOL_TURN_CHANNEL && m->head[0] / 64 != 1)
		return;
	if (facts->evidence == VX_PROTOCOL_STUN)
		at = find_data(m, &length);
	if (!at)
		return;
	facts->relayed = true;
	facts->inner = VX_PROTOCOL_OTHER;
	inside.payload_at = facts->payload_at + at;
	inside.payload_length = length;
	if (at + length > facts->payload_length || !message_read(&datagram, 0))
		return;
	facts->inner = message_evidence(&datagram);
	facts->inner_rtp_at = inside.payload_at;
}

static void recognise(const struct wire_frame *frame, struct wire_facts *facts)
{
	struct message m = { .frame = frame, .facts = facts, .stream = facts->transport == VX_TRANSPORT_TCP };

	if (!message_read(&m, 0))
		return;
	if (starts(&m, "\r\n")) {
		facts->evidence = after_empty_lines(&m, starts(&m, "\r\n\r\n") ? 4 : 2);
		return;
	}
	if (m.stream && is_framed(&m)) {
		m.stream = false;
		if (!message_read(&m, 2))
			return;
	}
	facts->evidence = message_evidence(&m);
	facts->rtp_at = facts->payload_at + m.offset;
	if (facts->evidence != VX_PROTOCOL_OTHER && facts->evidence != VX_EVIDENCE_RTP_LIKELY)
		return;
	if (is_dns(&m))
		facts->evidence = VX_PROTOCOL_DNS;
	else if (is_ntp(&m))
		facts->evidence = VX_PROTOCOL_NTP;
}

void wire_recognise(const struct wire_frame *frame, struct wire_facts *facts)
{
	struct message m = { .frame = frame, .facts = facts };

	facts->evidence = VX_PROTOCOL_OTHER;
	facts->relayed = false;
	facts->inner = VX_PROTOCOL_OTHER;
	recognise(frame, facts);
	if ((facts->evidence == VX_PROTOCOL_STUN || facts->evidence == VX_PROTOCOL_TURN_CHANNEL) && message_read(&m, 0))
		look_inside(&m, facts);
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static struct wire_stream *stream_find(struct wire_streams *streams, const uint8_t id[40])
{
	for (size_t i = 0; i < WIRE_STREAMS_MAX; i++) {
		struct wire_stream *stream = &streams->stream[i];

		if (!stream->in_order)
			memcpy(stream->id, id, sizeof(stream->id));
		if (memcmp(stream->id, id, sizeof(stream->id)) == 0)
			return stream;
	}
	fprintf(stderr, "wire: more than %d streams in one test\n", WIRE_STREAMS_MAX);
	abort();
}

/* RFC 3550, A.1, with three packets instead of two. */
static void stream_go_on(struct wire_stream *stream, uint16_t sequence)
{
	unsigned ahead = (65536U + sequence - stream->highest) % 65536;
	bool believed = stream->in_order >= 3;

	if (believed && ahead < 3000) {
		stream->highest = sequence;
	} else if (believed && ahead >= 65536 - 100) {
		return; /* late */
	} else if (!believed && ahead == 0) {
		return; /* repeated */
	} else if (!believed && ahead <= 16) {
		stream->highest = sequence;
		stream->in_order++;
	} else {
		stream->highest = sequence;
		stream->in_order = 1;
	}
}

bool wire_stream_holds(struct wire_streams *streams, const struct wire_frame *frame, const struct wire_facts *facts)
{
	const uint8_t *rtp = frame->bytes + (facts->relayed ? facts->inner_rtp_at : facts->rtp_at);
	struct wire_stream *stream;
	uint8_t id[40];

	if (get32(rtp + 8) == 0)
		return false;
	memcpy(id, facts->src.bytes, 16);
	memcpy(id + 16, facts->dst.bytes, 16);
	memcpy(id + 32, &facts->sport, 2);
	memcpy(id + 34, &facts->dport, 2);
	memcpy(id + 36, rtp + 8, 4);
	stream = stream_find(streams, id);
	if (stream->in_order)
		stream_go_on(stream, (uint16_t)get16(rtp + 2));
	else
		*stream = (struct wire_stream){ .highest = (uint16_t)get16(rtp + 2), .in_order = 1 };
	memcpy(stream->id, id, sizeof(id));
	return stream->in_order >= 3;
}
