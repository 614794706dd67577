/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the corpora that are bytes, from the frame builder and the samples: `seeds DIR` fills DIR/headers, DIR/payload,
 * DIR/stream and DIR/capture. The corpora that are text are written by hand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "frame.h"
#include "lib/cleanup.h"

static const char *folder; /* DIR */

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void write_seed(const char *target, const char *name, const uint8_t *bytes, size_t length)
{
	CLEANUP_FCLOSE FILE *file = NULL;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, target);
	(void)mkdir(path, 0777); /* is there already, or the file cannot be made */
	(void)snprintf(path, sizeof(path), "%s/%s/%s", folder, target, name);
	for (char *c = path; *c; c++)
		if (*c == ' ')
			*c = '-';
	file = fopen(path, "w");
	if (!file || fwrite(bytes, 1, length, file) != length)
		fail(path);
}

/* ---- headers: how much is linear, then the frame ------------------------------------------------------------------ */

static void header_seed(const char *name, struct frame *f)
{
	uint8_t bytes[2 + FRAME_MAX];

	frame_put16(bytes, (uint16_t)f->length);
	memcpy(bytes + 2, frame_bytes(f), f->length);
	write_seed("headers", name, bytes, 2 + f->length);
}

static void udp_to(struct frame *f)
{
	frame_udp(f, 1000, 2000);
	frame_payload(f, "payload", 8);
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

static void ipv4_seeds(struct frame *f)
{
	static const uint8_t options[40] = { 1 };

	ipv4(f);
	udp_to(f);
	header_seed("ipv4-udp", f);
	frame_pad(f, 60);
	header_seed("ipv4-udp-padded", f);
	ipv4(f);
	frame_ipv4_options(f, options, 40);
	frame_tcp(f, 1000, 2000);
	frame_tcp_options(f, options, 12);
	frame_payload(f, "payload", 8);
	header_seed("ipv4-tcp-options", f);
	ipv4(f);
	frame_ah(f);
	udp_to(f);
	header_seed("ipv4-ah", f);
	ipv4(f);
	frame_ipv4_fragment(f, 0, true);
	udp_to(f);
	header_seed("ipv4-first-fragment", f);
	ipv4(f);
	frame_ipv4_fragment(f, 1480, false);
	udp_to(f);
	header_seed("ipv4-later-fragment", f);
	ipv4(f);
	frame_next(f, 1);
	frame_payload(f, "\x08\x00\x00\x00\x00\x00\x00\x00", 8);
	header_seed("ipv4-icmp", f);
}

static void ipv6_seeds(struct frame *f)
{
	static const uint8_t chain[] = { 0, 60, 43, 51, 44, 60 };

	ipv6(f);
	udp_to(f);
	header_seed("ipv6-udp", f);
	ipv6(f);
	frame_tcp(f, 1000, 2000);
	header_seed("ipv6-tcp", f);
	ipv6(f);
	for (size_t i = 0; i < sizeof(chain); i++)
		if (chain[i] == 51)
			frame_ah(f);
		else
			frame_extension(f, chain[i], chain[i] == 60 ? 1 : 0);
	udp_to(f);
	header_seed("ipv6-chain", f);
	ipv6(f);
	frame_ipv6_fragment(f, 0, true);
	udp_to(f);
	header_seed("ipv6-first-fragment", f);
	ipv6(f);
	frame_ipv6_fragment(f, 1448, false);
	udp_to(f);
	header_seed("ipv6-later-fragment", f);
	ipv6(f);
	frame_extension(f, 135, 1);
	udp_to(f);
	header_seed("ipv6-unknown-header", f);
}

static void link_seeds(struct frame *f)
{
	frame_init(f);
	frame_vlan(f, FRAME_8021AD, 100);
	frame_vlan(f, FRAME_8021Q, 200);
	frame_ipv4(f, FRAME_VENDOR, FRAME_EDGE);
	udp_to(f);
	header_seed("qinq", f);
	frame_init(f);
	frame_vlan(f, FRAME_8021Q, 100);
	frame_pppoe(f, 7);
	frame_ipv6(f, FRAME_VENDOR6, FRAME_EDGE6);
	udp_to(f);
	header_seed("vlan-pppoe-ipv6", f);
	frame_init(f);
	frame_next(f, 0x0806);
	frame_pad(f, 60);
	header_seed("arp", f);
}

/* All that can be in a tunnel's own header, and IPv6 inside. */
static void tunnel_seed(const char *name, struct frame *f)
{
	frame_ipv6(f, FRAME_VENDOR6, FRAME_EDGE6);
	udp_to(f);
	header_seed(name, f);
}

static void tunnel_seeds(struct frame *f)
{
	static const uint8_t pptp[] = { 0x30, 0x81, 0x88, 0x0b, 0, 40, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xff, 3, 0, 0x57 };
	static const uint8_t erspan[] = { 0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 1, 0, 0, 0, 0 };

	ipv4(f);
	frame_gre(f, 0xb000);
	tunnel_seed("gre", f);
	ipv4(f);
	frame_next(f, 47);
	frame_payload(f, pptp, sizeof(pptp));
	tunnel_seed("gre-pptp", f);
	ipv4(f);
	frame_next(f, 47);
	frame_payload(f, erspan, sizeof(erspan));
	frame_ethernet(f);
	tunnel_seed("gre-erspan", f);
	ipv4(f);
	tunnel_seed("6in4", f);
	ipv4(f);
	frame_udp(f, 1000, 4789);
	frame_vxlan(f);
	frame_ethernet(f);
	tunnel_seed("vxlan", f);
	ipv6(f);
	frame_udp(f, 1000, 6081);
	frame_geneve(f, 3);
	frame_ethernet(f);
	frame_vlan(f, FRAME_8021Q, 7);
	tunnel_seed("geneve", f);
	ipv4(f);
	frame_udp(f, 1000, 2152);
	frame_gtp_u(f, 4, 2);
	tunnel_seed("gtp-u", f);
	frame_init(f);
	frame_mpls(f, 3);
	tunnel_seed("mpls", f);
	frame_init(f);
	frame_vn_tag(f);
	tunnel_seed("vn-tag", f);
	ipv4(f);
	frame_udp(f, 1000, 4789);
	frame_vxlan(f);
	frame_ethernet(f);
	frame_ipv6(f, FRAME_VENDOR6, FRAME_EDGE6);
	frame_gre(f, 0);
	tunnel_seed("vxlan-gre", f);
}

/* ---- payload: transport, ports, how much is linear, then the payload ---------------------------------------------- */

static void payload_seed(const char *name, enum vx_transport transport, const uint8_t *bytes, size_t length)
{
	uint8_t seed[5 + 1500] = { transport == VX_TRANSPORT_TCP, 100, 100 };

	if (strstr(name, "dns"))
		seed[2] = 0;
	if (strstr(name, "ntp"))
		seed[2] = 1;
	frame_put16(seed + 3, (uint16_t)length);
	if (length)
		memcpy(seed + 5, bytes, length);
	write_seed("payload", name, seed, 5 + length);
}

#define PAYLOAD_SEED(name, transport, text)                                                                            \
	payload_seed(name, VX_TRANSPORT_##transport, (const uint8_t *)(text), sizeof(text) - 1)

static void payload_seeds(void)
{
	for (int kind = 0; kind < _SAMPLE_MAX; kind++) {
		const struct sample *sample = sample_get((enum sample_kind)kind);
		/* The start of a long one is enough. */
		size_t length = sample->length < 200 ? sample->length : 200;
		uint8_t framed[2 + 200];
		char name[64];

		payload_seed(sample->name, sample->transport, sample->bytes, length);
		frame_put16(framed, (uint16_t)length);
		if (length)
			memcpy(framed + 2, sample->bytes, length);
		(void)snprintf(name, sizeof(name), "%s framed", sample->name);
		payload_seed(name, VX_TRANSPORT_TCP, framed, 2 + length);
	}
	PAYLOAD_SEED("sip-after-lines", UDP, "\r\n\r\nOPTIONS sip:a@example.com SIP/2.0\r\n");
	PAYLOAD_SEED("sip-ping", UDP, "\r\n\r\n");
	PAYLOAD_SEED("http-status", TCP, "HTTP/1.1 200 OK\r\n");
	PAYLOAD_SEED("xmpp-encoding", TCP, "<?xml version='1.0' encoding='UTF-8'?>\r\n<stream:stream to='a'>");
	PAYLOAD_SEED(
		"rtp-extension", UDP,
		"\x91\x60\x00\x01\x00\x00\x00\xa0\x11\x22\x33\x44\x55\x66\x77\x88\xbe\xde\x00\x01\x10\x7f\x00\x00pay");
	PAYLOAD_SEED("dtls-unified", UDP,
		     "\x2c\x00\x01\x00\x10"
		     "0123456789abcdef");
	PAYLOAD_SEED("ms-turn", UDP,
		     "\x01\x15\x00\x08"
		     "0123456789abcdef"
		     "\x00\x0f\x00\x04\x72\xc6\x4b\xc6");
	PAYLOAD_SEED("quic-negotiation", UDP,
		     "\xc0\x00\x00\x00\x00\x04"
		     "dcid"
		     "\x04"
		     "scid"
		     "\x00\x00\x00\x01");
	PAYLOAD_SEED("turn-two", TCP,
		     "\x40\x01\x00\x03"
		     "abc"
		     "\x00\x40\x01\x00\x01"
		     "d");
}

/* ---- streams: which, sequence ------------------------------------------------------------------------------------- */

static void stream_seeds(void)
{
	static const uint8_t in_order[] = { 0, 0xff, 0xfe, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 1 };
	static const uint8_t late_and_leap[] = {
		0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 1, 0, 0x80, 0, 0, 0x80, 1, 0, 0x80, 2
	};
	static const uint8_t two[] = { 0, 0, 1, 1, 9, 1, 0, 0, 2, 1, 9, 2, 0, 0, 3, 1, 9, 3 };
	static const uint8_t crowd[] = {
		0, 0, 1, 0, 0, 2, 0, 0, 3, 1, 0, 1, 2, 0, 1, 3, 0, 1, 2, 0, 2, 3, 0, 2, 2, 0, 3
	};

	write_seed("stream", "in-order", in_order, sizeof(in_order));
	write_seed("stream", "late-and-leap", late_and_leap, sizeof(late_and_leap));
	write_seed("stream", "two", two, sizeof(two));
	write_seed("stream", "crowd", crowd, sizeof(crowd));
}

/* ---- captures: classic pcap, one packet --------------------------------------------------------------------------- */

static void put32le(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void capture_seed(const char *name, uint32_t link_type, const char *front, size_t front_bytes)
{
	uint8_t b[24 + 16 + 64 + 2 * FRAME_LAYERS_MAX * 40] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4 };
	struct frame f;
	size_t length;

	ipv4(&f);
	udp_to(&f);
	length = front_bytes + f.length - 14;
	put32le(b + 16, 65535);
	put32le(b + 20, link_type);
	put32le(b + 32, (uint32_t)length);
	put32le(b + 36, (uint32_t)length + 10); /* the capture did not keep all */
	memcpy(b + 40, front, front_bytes);
	memcpy(b + 40 + front_bytes, frame_bytes(&f) + 14, f.length - 14);
	write_seed("capture", name, b, 40 + length);
}

static void capture_seeds(void)
{
	static const char ethernet[14] = "\x02\0\0\0\0\1\2\0\0\0\0\2\x08";
	static const char cooked[16] = "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08";
	static const char cooked2[20] = "\x08\0\0\0\0\0\0\1\0\1\0\6\2\0\0\0\0\1";

	capture_seed("ethernet", 1, ethernet, sizeof(ethernet));
	capture_seed("raw-ip", 101, "", 0);
	capture_seed("loopback", 0, "\2\0\0\0", 4);
	capture_seed("cooked", 113, cooked, sizeof(cooked));
	capture_seed("cooked2", 276, cooked2, sizeof(cooked2));
	capture_seed("ppp", 9, "\xff\x03\x00\x21", 4);
}

int main(int argc, char **argv)
{
	struct frame f;

	if (argc != 2) {
		fprintf(stderr, "usage: seeds DIR\n");
		return 2;
	}
	folder = argv[1];
	ipv4_seeds(&f);
	ipv6_seeds(&f);
	link_seeds(&f);
	tunnel_seeds(&f);
	payload_seeds();
	stream_seeds();
	capture_seeds();
	return 0;
}
