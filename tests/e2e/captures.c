/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes captures with a label for every frame: `captures DIR` makes DIR/NAME.pcap and DIR/NAME.csv. What a frame is, is
 * known from how it was made. The labels are those that `voxdp classify --score` reads (user/lib/labels.h).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "tests/lib/frame.h"

/* One capture in the making. */
struct script {
	FILE *pcap, *csv;
	unsigned frames;
	unsigned tags; /* VLAN tags around each frame that say() makes */
};

static const char *folder; /* DIR */

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void put32(FILE *file, uint32_t value)
{
	if (fwrite(&value, sizeof(value), 1, file) != 1)
		fail("captures");
}

static FILE *create(const char *name, const char *ending)
{
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s.%s", folder, name, ending);
	file = fopen(path, "w");
	if (!file)
		fail(path);
	return file;
}

static struct script begin(const char *name)
{
	const uint16_t version[2] = { 2, 4 };
	struct script script = { .pcap = create(name, "pcap"), .csv = create(name, "csv") };

	put32(script.pcap, 0xa1b2c3d4);
	if (fwrite(version, sizeof(version), 1, script.pcap) != 1)
		fail(name);
	put32(script.pcap, 0);
	put32(script.pcap, 0);
	put32(script.pcap, FRAME_MAX);
	put32(script.pcap, 1); /* Ethernet */
	fprintf(script.csv, "frame,l2,transport,sport,dport,frag,label,conf,detail,encap,"
			    "inner_transport,inner_sport,inner_dport,inner_label\n");
	return script;
}

static void end(struct script *script)
{
	if (fclose(script->pcap) || fclose(script->csv))
		fail("captures");
}

/* @columns: transport, sport, dport, frag. @inner: encap and those of inner_. */
static void put_inside(struct script *script, struct frame *f, const char *columns, const char *label, const char *conf,
		       const char *inner)
{
	put32(script->pcap, 1700000000);
	put32(script->pcap, script->frames * 20000);
	put32(script->pcap, (uint32_t)f->length);
	put32(script->pcap, (uint32_t)f->length);
	if (fwrite(frame_bytes(f), f->length, 1, script->pcap) != 1)
		fail("captures");
	fprintf(script->csv, "%u,\"eth, as made\",%s,%s,%s,,%s\n", ++script->frames, columns, label, conf, inner);
}

static void put(struct script *script, struct frame *f, const char *columns, const char *label, const char *conf)
{
	put_inside(script, f, columns, label, conf, ",,,,");
}

/* A whole packet of a flow. */
static void say(struct script *script, const struct frame_flow *flow, const void *bytes, size_t length,
		const char *label, const char *conf)
{
	char columns[64];
	struct frame f;

	frame_init(&f);
	for (unsigned tag = 0; tag < script->tags; tag++)
		frame_vlan(&f, tag + 1 < script->tags ? FRAME_8021AD : FRAME_8021Q, 100);
	if (strchr(flow->src, ':'))
		frame_ipv6(&f, flow->src, flow->dst);
	else
		frame_ipv4(&f, flow->src, flow->dst);
	if (flow->transport == VX_TRANSPORT_UDP)
		frame_udp(&f, flow->sport, flow->dport);
	else
		frame_tcp(&f, flow->sport, flow->dport);
	frame_payload(&f, bytes, length);
	frame_checksums(&f);
	frame_pad(&f, 60);
	(void)snprintf(columns, sizeof(columns), "%s,%u,%u,", flow->transport == VX_TRANSPORT_UDP ? "udp" : "tcp",
		       flow->sport, flow->dport);
	put(script, &f, columns, label, conf);
}

static struct frame_flow back(const struct frame_flow *flow)
{
	return (struct frame_flow){ flow->transport, flow->dst, flow->dport, flow->src, flow->sport, flow->dscp };
}

static void say_sample(struct script *script, const struct frame_flow *flow, enum sample_kind kind, const char *label,
		       const char *conf)
{
	const struct sample *sample = sample_get(kind);

	say(script, flow, sample->bytes, sample->length, label, conf);
}

#define SAY(script, flow, text, label, conf) say(script, flow, text, sizeof(text) - 1, label, conf)

/* ---- a call ------------------------------------------------------------------------------------------------------ */

#define CALL_PACKETS 60

/* Sequence numbers as networks deliver them: across 65535, with losses, one repetition, two late ones. */
static uint16_t sequence_at(unsigned packet)
{
	uint16_t sequence = (uint16_t)(65530 + packet);

	if (packet >= 20)
		sequence = (uint16_t)(sequence + 3); /* three are lost */
	if (packet == 30 || packet == 31)
		sequence = (uint16_t)(sequence - 5); /* late */
	if (packet == 40)
		sequence--; /* once more */
	return sequence;
}

static void talk(struct script *script, const struct frame_flow *there, uint32_t ssrc)
{
	const struct frame_flow here = back(there);
	uint8_t bytes[SAMPLE_RTP_BYTES];

	for (unsigned packet = 0; packet < CALL_PACKETS; packet++) {
		sample_rtp(bytes, sequence_at(packet), 160 * packet, ssrc);
		say(script, there, bytes, sizeof(bytes), "rtp", "signalled");
		sample_rtp(bytes, sequence_at(packet), 160 * packet, ssrc + 1);
		say(script, &here, bytes, sizeof(bytes), "rtp", "signalled");
	}
}

static void call(const char *name, const char *ours, const char *theirs, unsigned tags)
{
	const struct frame_flow sip = { VX_TRANSPORT_UDP, ours, 5060, theirs, 5060, 24 };
	const struct frame_flow rtp = { VX_TRANSPORT_UDP, ours, 40000, theirs, 20000, 46 };
	const struct frame_flow rtcp = { VX_TRANSPORT_UDP, ours, 40001, theirs, 20001, 46 };
	const struct frame_flow answers = back(&sip), reports = back(&rtcp);
	struct script script = begin(name);

	script.tags = tags;
	say_sample(&script, &sip, SAMPLE_SIP_INVITE, "sip", "magic");
	SAY(&script, &answers, "SIP/2.0 100 Trying\r\nContent-Length: 0\r\n\r\n", "sip", "magic");
	say_sample(&script, &answers, SAMPLE_SIP_STATUS, "sip", "magic");
	SAY(&script, &sip, "ACK sip:bob@192.0.2.10 SIP/2.0\r\nl: 0\r\n\r\n", "sip", "magic");
	talk(&script, &rtp, 0x11111111);
	say_sample(&script, &rtcp, SAMPLE_RTCP_SR, "rtcp", "signalled");
	say_sample(&script, &reports, SAMPLE_RTCP_SR, "rtcp", "signalled");
	talk(&script, &rtp, 0x22222222); /* put through: other sources */
	SAY(&script, &sip, "\r\n\r\n", "sip", "magic");
	SAY(&script, &answers, "\r\n", "sip", "magic");
	SAY(&script, &sip, "\r\nBYE sip:bob@192.0.2.10 SIP/2.0\r\nl: 0\r\n\r\n", "sip", "magic");
	end(&script);
}

/* ---- everything on one port -------------------------------------------------------------------------------------- */

static const char stun_answer[] = "\x01\x01\x00\x0c\x21\x12\xa4\x42"
				  "transaction."
				  "\x00\x20\x00\x08\x00\x01\x11\x2b\x5e\x12\xa4\x43";
static const char turn_allocate[] = "\x00\x03\x00\x08\x21\x12\xa4\x42"
				    "transaction."
				    "\x00\x19\x00\x04\x11\x00\x00\x00";
static const char dtls_data[] = "\x17\xfe\xfd\x00\x01\x00\x00\x00\x00\x00\x02\x00\x10"
				"0123456789abcdef";
static const char dtls_unified[] = "\x2f\x12\x34\x00\x14"
				   "0123456789abcdefghij";
static const char rtcp_feedback[] = "\x81\xce\x00\x02\x11\x11\x11\x11\x22\x22\x22\x22";
static const char srtcp_report[] = "\x81\xc9\x00\x07\x11\x11\x11\x11"
				   "encrypted report blocks."
				   "\x80\x00\x00\x01"
				   "0123456789";

static void webrtc(void)
{
	const struct frame_flow there = { VX_TRANSPORT_UDP, FRAME_EDGE, 50000, FRAME_VENDOR, 3478, 0 };
	const struct frame_flow here = back(&there);
	struct script script = begin("webrtc");
	/* Version, extension and one source; the extension of RFC 8285 with an audio level. */
	uint8_t rtp[64] = { 0x91, 0x6f, [12] = 1, [16] = 0xbe, 0xde, 0x00, 0x01, 0x10, 0x7f };

	say_sample(&script, &there, SAMPLE_STUN_BINDING, "stun", "magic");
	SAY(&script, &here, stun_answer, "stun", "magic");
	SAY(&script, &there, turn_allocate, "stun", "magic");
	say_sample(&script, &there, SAMPLE_STUN_CLASSIC, "stun", "nocookie");
	say_sample(&script, &there, SAMPLE_DTLS_HELLO, "dtls", "magic");
	SAY(&script, &here, dtls_data, "dtls", "magic");
	SAY(&script, &here, dtls_unified, "dtls", "magic");
	say_sample(&script, &there, SAMPLE_ZRTP_HELLO, "zrtp", "magic");
	for (uint16_t packet = 0; packet < 20; packet++) {
		frame_put16(rtp + 2, packet);
		rtp[11] = 9;
		say(&script, &there, rtp, sizeof(rtp), "rtp", "stream");
	}
	SAY(&script, &here, rtcp_feedback, "rtcp", "stream");
	SAY(&script, &here, srtcp_report, "rtcp", "stream");
	for (int packet = 0; packet < 10; packet++)
		say_sample(&script, packet % 2 ? &there : &here, SAMPLE_TURN_CHANNEL, "turn-channel", "magic");
	end(&script);
}

/* ---- over TCP ---------------------------------------------------------------------------------------------------- */

static void tcp(void)
{
	const struct frame_flow sip = { VX_TRANSPORT_TCP, FRAME_EDGE, 49152, FRAME_VENDOR, 5060, 0 };
	const struct frame_flow tls = { VX_TRANSPORT_TCP, FRAME_EDGE6, 49153, FRAME_VENDOR6, 443, 0 };
	const struct frame_flow turn = { VX_TRANSPORT_TCP, FRAME_EDGE, 49154, FRAME_VENDOR, 3478, 0 };
	const struct frame_flow web = { VX_TRANSPORT_TCP, FRAME_EDGE, 49155, FRAME_NOBODY, 80, 0 };
	const struct frame_flow names = { VX_TRANSPORT_TCP, FRAME_EDGE, 49156, FRAME_NOBODY, 53, 0 };
	struct script script = begin("tcp");
	uint8_t framed[2 + 64] = { 0, (uint8_t)sample_get(SAMPLE_STUN_BINDING)->length };

	SAY(&script, &sip, "", "other", "clean");
	say_sample(&script, &sip, SAMPLE_SIP_INVITE, "sip", "magic");
	SAY(&script, &sip, "v=0\r\no=- 1 1 IN IP4 203.0.113.5\r\n", "sip", "continuation");
	say_sample(&script, &tls, SAMPLE_TLS_HELLO, "tls", "magic");
	SAY(&script, &tls, "\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x10", "tls", "magic");
	SAY(&script, &tls, "\x15\x03\x03\x00\x02\x01\x00", "tls", "magic");
	SAY(&script, &tls, "\xee\x55\x01 the middle of a record", "tls", "continuation");
	memcpy(framed + 2, sample_get(SAMPLE_STUN_BINDING)->bytes, framed[1]);
	say(&script, &turn, framed, 2U + framed[1], "stun", "framed");
	say_sample(&script, &turn, SAMPLE_STUN_BINDING, "stun", "magic");
	say_sample(&script, &turn, SAMPLE_TURN_CHANNEL, "turn-channel", "magic");
	say_sample(&script, &web, SAMPLE_HTTP_GET, "other", "clean");
	say_sample(&script, &web, SAMPLE_XMPP_START, "other", "clean");
	framed[1] = (uint8_t)sample_get(SAMPLE_DNS_QUERY)->length;
	memcpy(framed + 2, sample_get(SAMPLE_DNS_QUERY)->bytes, framed[1]);
	say(&script, &names, framed, 2U + framed[1], "dns", "port");
	end(&script);
}

/* ---- names, time and QUIC ---------------------------------------------------------------------------------------- */

static void names(void)
{
	static const uint16_t ports[] = { 53, 5353, 5355 };
	struct frame_flow flow = { VX_TRANSPORT_UDP, FRAME_EDGE, 40000, FRAME_NOBODY, 0, 0 };
	struct script script = begin("names");

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		flow.dport = ports[i];
		say_sample(&script, &flow, SAMPLE_DNS_QUERY, "dns", "port");
		/* An identifier like RTP's first byte, and an answer that there is no such name. */
		SAY(&script, &flow,
		    "\x80\x00\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00\x01"
		    "a\x00\x00\x01\x00\x01",
		    "dns", "port");
	}
	flow.dport = 123;
	say_sample(&script, &flow, SAMPLE_NTP_CLIENT, "ntp", "port");
	SAY(&script, &flow, "\x16\x02\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00", "ntp", "port");
	flow.dport = 4000;
	say_sample(&script, &flow, SAMPLE_DNS_QUERY, "other", "clean"); /* a port that is nobody's */
	end(&script);
}

static void quic(void)
{
	static const uint32_t versions[] = { 1, 0x6b3343cf, 0xff00001d, 0x51303436, 0x1a2a3a4a };
	const struct frame_flow flow = { VX_TRANSPORT_UDP, FRAME_EDGE, 40000, FRAME_NOBODY, 443, 0 };
	const struct sample *initial = sample_get(SAMPLE_QUIC_INITIAL);
	struct script script = begin("quic");
	uint8_t bytes[1200];

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		memcpy(bytes, initial->bytes, sizeof(bytes));
		frame_put16(bytes + 1, (uint16_t)(versions[i] >> 16));
		frame_put16(bytes + 3, (uint16_t)versions[i]);
		say(&script, &flow, bytes, sizeof(bytes), "quic", "magic");
	}
	SAY(&script, &flow,
	    "\xc0\x00\x00\x00\x00\x04"
	    "dcid"
	    "\x04"
	    "scid"
	    "\x00\x00\x00\x01\x6b\x33\x43\xcf",
	    "quic", "magic");
	SAY(&script, &flow, "\x41 a short header, with nothing that tells it", "quic", "conn");
	end(&script);
}

/* ---- what is nothing of ours ------------------------------------------------------------------------------------- */

static void datagrams(struct script *script)
{
	static const struct {
		uint16_t port;
		const char *bytes;
		size_t length;
	} rows[] = {
#define ROW(port, text) { port, text, sizeof(text) - 1 }
		ROW(1900, "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n"),
		ROW(1900, "M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\n\r\n"),
		ROW(51820, "\x01\x00\x00\x00WireGuard initiation, 148 bytes"),
		ROW(51820, "\x04\x00\x00\x00\x11\x22\x33\x44\x05\x00\x00\x00\x00\x00\x00\x00 sealed"),
		ROW(6881, "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"),
		ROW(6881, "\x21\x00\xb2\x0d\x12\x34\x56\x78\x00\x00\x00\x00\x00\x10\x00\x00\x00\x01\x00\x00 uTP"),
		ROW(1194, "\x38\x8e\x01\x5c\x91\x11\x22\x33\x44\x00\x00\x00\x00\x00 OpenVPN"),
		ROW(500, "initiatr\x00\x00\x00\x00\x00\x00\x00\x00\x21\x20\x22\x08 IKE"),
		ROW(4500, "\x00\x00\x00\x00initiatr\x00\x00\x00\x00\x00\x00\x00\x00\x21\x20\x22\x08 IKE"),
		ROW(4500, "\xff"),
		ROW(67, "\x01\x01\x06\x00\x12\x34\x56\x78 DHCP, request"),
		ROW(69, "\x00\x01pxelinux.0\x00octet\x00"),
		ROW(161, "\x30\x26\x02\x01\x01\x04\x06public SNMP"),
		ROW(514, "<34>Oct 11 22:14:15 mymachine su: syslog"),
		ROW(1812, "\x01\x2a\x00\x14 RADIUS, request"),
		ROW(27015, "\xff\xff\xff\xff\x54Source Engine Query\x00"),
		ROW(3784, "\x20\x40\x03\x18\x00\x00\x00\x01\x00\x00\x00\x00\x00\x0f\x42\x40\x00\x0f\x42\x40 BFD"),
		ROW(9993, "\x80\x00\x00\x01"), /* version 2, and no more */
		ROW(4789, "\x08\x00\x00\x00\x00\x00\x2a\x00 VXLAN, a frame"),
		ROW(6081, "\x00\x00\x65\x58\x00\x00\x2a\x00 Geneve, a frame"),
#undef ROW
	};
	struct frame_flow flow = { VX_TRANSPORT_UDP, FRAME_EDGE, 40000, FRAME_NOBODY, 0, 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		flow.dport = rows[i].port;
		say(script, &flow, rows[i].bytes, rows[i].length, "other", "clean");
	}
}

/* Two that have RTP's version: one never names the same source twice, one never counts. */
static void lookalikes(struct script *script)
{
	const struct frame_flow game = { VX_TRANSPORT_UDP, FRAME_EDGE, 40000, FRAME_NOBODY, 30000, 0 };
	const struct frame_flow beacon = { VX_TRANSPORT_UDP, FRAME_EDGE, 40000, FRAME_NOBODY, 30001, 0 };
	uint32_t source = 1;
	uint8_t bytes[SAMPLE_RTP_BYTES];

	for (uint16_t packet = 0; packet < 100; packet++) {
		source = source * 1664525U + 1013904223U;
		sample_rtp(bytes, packet, packet, source);
		say(script, &game, bytes, sizeof(bytes), "other", "clean");
		sample_rtp(bytes, 7, packet, 0x33333333);
		say(script, &beacon, bytes, sizeof(bytes), "other", "clean");
	}
}

static void no_datagrams(struct script *script)
{
	struct frame f;

	frame_init(&f);
	frame_next(&f, 0x0806); /* ARP */
	frame_pad(&f, 60);
	put(script, &f, "non-ip,,,", "other", "clean");
	frame_init(&f);
	frame_ipv4(&f, FRAME_EDGE, FRAME_NOBODY);
	frame_next(&f, 1); /* ICMP */
	frame_payload(&f, "\x08\x00\x00\x00\x00\x01\x00\x01", 8);
	put(script, &f, "icmp,,,", "other", "clean");
	frame_init(&f);
	frame_ipv4(&f, FRAME_EDGE, FRAME_NOBODY);
	frame_next(&f, 47); /* GRE, with a SIP port where UDP has its own */
	frame_payload(&f, "\x13\xc4\x13\xc4\x00\x08\x00\x00", 8);
	put(script, &f, "gre,,,", "other", "clean");
	frame_init(&f);
	frame_ipv4(&f, FRAME_EDGE, FRAME_NOBODY);
	frame_ipv4_fragment(&f, 1480, false);
	frame_udp(&f, 5060, 5060);
	frame_sample(&f, SAMPLE_SIP_INVITE);
	put(script, &f, "udp,,,later", "other", "clean");
	frame_init(&f);
	frame_ipv6(&f, FRAME_EDGE6, FRAME_NOBODY6);
	frame_ipv6_fragment(&f, 1448, false);
	frame_udp(&f, 5060, 5060);
	frame_sample(&f, SAMPLE_SIP_INVITE);
	put(script, &f, "udp,,,later", "other", "clean");
	frame_init(&f);
	frame_ipv6(&f, FRAME_EDGE6, FRAME_NOBODY6);
	frame_extension(&f, 135, 0); /* mobility: what follows may be forged */
	frame_udp(&f, 5060, 5060);
	frame_sample(&f, SAMPLE_SIP_INVITE);
	put(script, &f, "proto135,,,", "other", "clean");
}

static void other(void)
{
	struct script script = begin("other");

	datagrams(&script);
	lookalikes(&script);
	no_datagrams(&script);
	end(&script);
}

/* ---- tunnels ----------------------------------------------------------------------------------------------------- */

static void say_inside(struct script *script, struct frame *f, const char *columns, const char *encap)
{
	char inner[64];

	frame_ipv4(f, FRAME_VENDOR, FRAME_EDGE);
	frame_udp(f, 5060, 5062);
	frame_sample(f, SAMPLE_SIP_INVITE);
	(void)snprintf(inner, sizeof(inner), "%s,udp,5060,5062,sip", encap);
	put_inside(script, f, columns, "other", "clean", inner);
}

static void tunnels(void)
{
	struct script script = begin("tunnels");
	struct frame f;

	frame_init(&f);
	frame_ipv4(&f, FRAME_NOBODY, FRAME_EDGE);
	frame_gre(&f, 0x2000);
	say_inside(&script, &f, "gre,,,", "gre");
	frame_init(&f);
	frame_ipv6(&f, FRAME_NOBODY6, FRAME_EDGE6);
	say_inside(&script, &f, "proto4,,,", "proto4");
	frame_init(&f);
	frame_ipv4(&f, FRAME_NOBODY, FRAME_EDGE);
	frame_udp(&f, 50000, 4789);
	frame_vxlan(&f);
	frame_ethernet(&f);
	say_inside(&script, &f, "udp,50000,4789,", "udp.vxlan");
	frame_init(&f);
	frame_ipv4(&f, FRAME_NOBODY, FRAME_EDGE);
	frame_udp(&f, 2152, 2152);
	frame_gtp_u(&f, 4, 1);
	say_inside(&script, &f, "udp,2152,2152,", "udp.gtp");
	end(&script);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: captures DIR\n");
		return 2;
	}
	folder = argv[1];
	call("call", FRAME_EDGE, FRAME_VENDOR, 0);
	call("call6", FRAME_EDGE6, FRAME_NOBODY6, 2);
	webrtc();
	tcp();
	names();
	quic();
	other();
	tunnels();
	return 0;
}
