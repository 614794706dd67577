/* SPDX-License-Identifier: BSD-2-Clause */
/* Payloads, then the layers around them, then faults. */
#include "odd_frames.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(random, array) ((array)[random_below(random, COUNT(array))])

static bool chance(struct random *random, uint32_t percent)
{
	return random_below(random, 100) < percent;
}

static uint8_t any_byte(struct random *random)
{
	return (uint8_t)random_below(random, 256);
}

static void put32(uint8_t *at, uint32_t value)
{
	frame_put16(at, (uint16_t)(value >> 16));
	frame_put16(at + 2, (uint16_t)value);
}

static void fill(struct random *random, uint8_t *bytes, size_t length)
{
	uint32_t word = 0;

	for (size_t i = 0; i < length; i++) {
		if (i % 3 == 0)
			word = random_below(random, 1U << 24);
		bytes[i] = (uint8_t)(word >> 8 * (i % 3));
	}
}

/* The length that a field should tell, or one near it. */
static size_t nearly(struct random *random, size_t length)
{
	static const size_t off[] = { 1, 2, 3, 4, 8 };
	size_t by = PICK(random, off);

	if (chance(random, 75))
		return length;
	return chance(random, 50) || length < by ? length + by : length - by;
}

/* ---- payloads: each fills at most 200 bytes and returns how many ------------------------------------------------- */

static size_t stun(struct random *random, uint8_t *b)
{
	static const uint16_t types[] = { 0x0001, 0x0101, 0x0111, 0x0002, 0x0112, 0x0003, 0x0103,
					  0x0016, 0x0017, 0x0011, 0x0021, 0x0201, 0x0401, 0x0115 };
	static const uint16_t kinds[] = {
		0x0000, 0x0001, 0x0003, 0x000b, 0x000c, 0x000f, 0x0020, 0x7fff, 0x8000, 0x8028
	};
	size_t body = 4 * random_below(random, 10) + (chance(random, 10) ? 1 : 0);

	fill(random, b, 20 + body);
	frame_put16(b, PICK(random, types));
	frame_put16(b + 2, (uint16_t)nearly(random, body));
	if (chance(random, 50))
		put32(b + 4, 0x2112a442);
	if (body >= 8) {
		frame_put16(b + 20, PICK(random, kinds));
		frame_put16(b + 22, (uint16_t)nearly(random, chance(random, 50) ? 4 : body - 4));
		put32(b + 24, chance(random, 50) ? 0x72c64bc6 : 0);
	}
	return 20 + body;
}

static size_t channel_data(struct random *random, uint8_t *b)
{
	size_t body = random_below(random, 40), whole = 4 + body,
	       end = chance(random, 50) ? whole : (whole + 3) / 4 * 4;

	fill(random, b, 100);
	frame_put16(b, (uint16_t)(0x4000 + random_below(random, 0x1000)));
	frame_put16(b + 2, (uint16_t)nearly(random, body));
	if (chance(random, 30)) {
		memcpy(b + end, b, 2);
		end += 2 + random_below(random, 20);
	}
	return end;
}

static size_t dtls(struct random *random, uint8_t *b)
{
	static const uint16_t versions[] = { 0xfeff, 0xfefd, 0xfefc, 0xfefe, 0x0303 };
	static const uint16_t lengths[] = { 0, 1, 16, 100, 18432, 18433, 65535 };
	size_t length = random_below(random, 60);

	fill(random, b, 80);
	if (chance(random, 40)) {
		b[0] = (uint8_t)(0x20 + random_below(random, 16));
		frame_put16(b + (b[0] & 8 ? 3 : 2), (uint16_t)nearly(random, length));
		return (b[0] & 8 ? 5 : 4) + length;
	}
	b[0] = (uint8_t)(19 + random_below(random, 9));
	frame_put16(b + 1, PICK(random, versions));
	frame_put16(b + 11, PICK(random, lengths));
	return length;
}

static size_t zrtp(struct random *random, uint8_t *b)
{
	size_t words = random_below(random, 20);

	fill(random, b, 16 + 4 * words);
	b[0] = (uint8_t)(0x10 + random_below(random, 16));
	put32(b + 4, 0x5a525450);
	frame_put16(b + 12, chance(random, 90) ? 0x505a : 0x505b);
	frame_put16(b + 14, (uint16_t)nearly(random, words));
	return 16 + 4 * words;
}

static size_t rtp(struct random *random, uint8_t *b)
{
	static const uint16_t profiles[] = { 0xbede, 0xbedd, 0x1000, 0x1001, 0x100f, 0x1010, 0x0fff, 0x0000 };
	size_t header, words = random_below(random, 5);

	fill(random, b, 200);
	b[0] = (uint8_t)(0x80 | (chance(random, 50) ? 0 : random_below(random, 64)));
	header = 12 + 4 * (b[0] & 15U);
	if (b[0] & 0x10) {
		frame_put16(b + header, PICK(random, profiles));
		frame_put16(b + header + 2, (uint16_t)(chance(random, 80) ? words : random_below(random, 65536)));
		header += 4 + 4 * words;
	}
	return nearly(random, header + (chance(random, 30) ? 0 : random_below(random, 60)));
}

static size_t rtcp(struct random *random, uint8_t *b)
{
	size_t words = random_below(random, 9);

	fill(random, b, 100);
	b[0] = (uint8_t)(0x80 | random_below(random, 64));
	b[1] = (uint8_t)(chance(random, 80) ? 198 + random_below(random, 12) : 190 + random_below(random, 36));
	frame_put16(b + 2, (uint16_t)nearly(random, words));
	return nearly(random, 4 + 4 * words + (chance(random, 40) ? random_below(random, 30) : 0));
}

static size_t text_add(uint8_t *b, size_t at, const char *text)
{
	memcpy(b + at, text, strlen(text));
	return at + strlen(text);
}

static size_t start_line(struct random *random, uint8_t *b)
{
	static const char *const methods[] = {
		"ACK ",	    "BYE ",   "CANCEL ",   "INFO ",	"INVITE ",   "MESSAGE ",   "NOTIFY ",
		"OPTIONS ", "PRACK ", "PUBLISH ",  "REFER ",	"REGISTER ", "SUBSCRIBE ", "UPDATE ",
		"GET ",	    "PUT ",   "POST ",	   "HEAD ",	"TRACE ",    "PATCH ",	   "DELETE ",
		"CONNECT ", "SETUP ", "DESCRIBE ", "M-SEARCH ", "invite ",   "REFERX ",
	};
	static const char *const targets[] = { "sip:a@b.example",
					       "SIPS:a@b.example",
					       "tel:+1555",
					       "Urn:service:sos",
					       "pres:a@b",
					       "im:a@b",
					       "/index.html",
					       "http://a.example/",
					       "HTTPS://a",
					       "* HTTP/1.1",
					       "* RTSP/1.0",
					       "rtsp://a",
					       "sip",
					       "" };
	static const char *const ends[] = { " SIP/2.0\r\n", " HTTP/1.1\r\n", "\r\n\r\n", " ", "" };
	static const char *const whole[] = { "SIP/2.0 200 OK\r\n", "SIP/2.0 099 No\r\n",  "SIP/2.0 699 No\r\n",
					     "SIP/2.0 700 No\r\n", "SIP/2.0 20 OK \r\n",  "SIP/2.0 2000 OK\r\n",
					     "SIP/3.0 200 OK\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/2.0 200 OK\r\n",
					     "PRI * HTTP/2.0\r\n", "RTSP/1.0 200 OK\r\n" };
	size_t at = 0;

	if (chance(random, 30))
		return text_add(b, 0, PICK(random, whole));
	at = text_add(b, at, PICK(random, methods));
	at = text_add(b, at, PICK(random, targets));
	return text_add(b, at, PICK(random, ends));
}

static size_t xmpp(struct random *random, uint8_t *b)
{
	static const char *const declarations[] = { "", "<?xml version='1.0'?>",
						    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
						    "<?xml version='1.0' ?>" };
	static const char *const gaps[] = { "", "\n", "\r\n", " \r\n", "\t" };
	static const char *const streams[] = { "<stream:stream to='a'>", "<stream to='a'>", "<stream:" };
	size_t at = text_add(b, 0, PICK(random, declarations));

	at = text_add(b, at, PICK(random, gaps));
	return text_add(b, at, PICK(random, streams));
}

static size_t tls(struct random *random, uint8_t *b)
{
	static const uint16_t lengths[] = { 0, 1, 2, 3, 4, 47, 18432, 18433, 65535 };

	fill(random, b, 60);
	b[0] = (uint8_t)(19 + random_below(random, 7));
	b[1] = chance(random, 90) ? 3 : 2;
	b[2] = (uint8_t)random_below(random, 6);
	frame_put16(b + 3, PICK(random, lengths));
	return random_below(random, 60);
}

static size_t dns(struct random *random, uint8_t *b)
{
	size_t length = 12 + random_below(random, 40);

	fill(random, b, length);
	frame_put16(b + 2, (uint16_t)(random_below(random, 65536) & 0xffbf));
	for (int i = 4; i < 12; i++)
		b[i] = 0;
	for (int i = 5; i < 12; i += 2)
		b[i] = (uint8_t)random_below(random, 3);
	return length;
}

static size_t ntp(struct random *random, uint8_t *b)
{
	static const size_t lengths[] = { 7, 8, 11, 12, 47, 48, 68 };

	fill(random, b, 68);
	return PICK(random, lengths);
}

static size_t quic(struct random *random, uint8_t *b)
{
	static const uint32_t versions[] = { 0,		 0,	     1,		 2,	     0x6b3343cf,
					     0xff00001d, 0xff010000, 0x51303436, 0x54303530, 0x0a1a2a3a };
	size_t ids, length = 40 + random_below(random, 60);

	fill(random, b, 100);
	b[0] |= 0xc0;
	put32(b + 1, PICK(random, versions));
	b[5] = (uint8_t)(chance(random, 90) ? random_below(random, 23) : 50 + random_below(random, 200));
	ids = 7U + b[5];
	if (b[5] < 80) {
		b[6 + b[5]] = (uint8_t)random_below(random, 21);
		ids += b[6 + b[5]];
	}
	return chance(random, 50) ? length : ids + 4 * random_below(random, 4);
}

static size_t noise(struct random *random, uint8_t *b)
{
	size_t length = random_below(random, chance(random, 50) ? 24 : 120);

	fill(random, b, length);
	return length;
}

/* ChannelData, or an indication with its datagram in one of its attributes. Up to 16 bytes and some attributes more. */
static size_t wrap(struct random *random, uint8_t *b, size_t length)
{
	static const uint16_t kinds[] = { 0x0012, 0x001a, 0x8022, 0x0013, 0x0014 };
	size_t at = 20, body;
	uint8_t inner[200];

	memcpy(inner, b, length);
	if (chance(random, 50)) {
		frame_put16(b, (uint16_t)(0x4000 + random_below(random, 0x1000)));
		frame_put16(b + 2, (uint16_t)nearly(random, length));
		memmove(b + 4, inner, length);
		return 4 + length;
	}
	frame_put16(b, chance(random, 50) ? 0x0016 : 0x0017);
	put32(b + 4, chance(random, 95) ? 0x2112a442 : 0x2112a443);
	fill(random, b + 8, 12);
	for (uint32_t before = random_below(random, chance(random, 90) ? 4 : 10); before > 0; before--) {
		body = 4 * random_below(random, 4);
		fill(random, b + at, 4 + body);
		frame_put16(b + at, PICK(random, kinds));
		frame_put16(b + at + 2, (uint16_t)(body && chance(random, 30) ? body - random_below(random, 4) : body));
		at += 4 + body;
	}
	frame_put16(b + at, chance(random, 90) ? 0x0013 : 0x0012);
	frame_put16(b + at + 2, (uint16_t)nearly(random, length));
	memcpy(b + at + 4, inner, length);
	at += 4 + length;
	while (at % 4)
		b[at++] = 0;
	frame_put16(b + 2, (uint16_t)nearly(random, at - 20));
	return at;
}

static size_t relayed(struct random *random, uint8_t *b)
{
	static size_t (*const makers[])(struct random *, uint8_t *) = { stun, channel_data, dtls, zrtp,	 rtp,
									rtp,  rtp,	    rtcp, noise, start_line };
	size_t length = PICK(random, makers)(random, b);

	return wrap(random, b, length < 200 ? length : 200);
}

static size_t a_sample(struct random *random, uint8_t *b)
{
	const struct sample *sample = sample_get((enum sample_kind)random_below(random, _SAMPLE_MAX));
	size_t length = sample->length < 200 ? sample->length : 200;

	if (length)
		memcpy(b, sample->bytes, length);
	return length;
}

/* RFC 4571 puts a length in front. */
static size_t frame_stream(struct random *random, uint8_t *b, size_t length)
{
	memmove(b + 2, b, length);
	frame_put16(b, (uint16_t)nearly(random, length));
	return length + 2;
}

static size_t put_lines(struct random *random, uint8_t *b, size_t length)
{
	static const char *const lines[] = { "\r\n", "\r\n\r\n", "\r\n\r\n\r\n", "\r", "\n\r\n" };
	const char *line = PICK(random, lines);

	if (chance(random, 30))
		length = 0;
	memmove(b + strlen(line), b, length);
	return text_add(b, 0, line) + length;
}

size_t odd_payload_make(struct random *random, uint8_t *bytes, size_t room)
{
	static size_t (*const makers[])(struct random *,
					uint8_t *) = { stun,	   channel_data, dtls,	   zrtp,    rtp,    rtp, rtcp,
						       start_line, start_line,	 xmpp,	   tls,	    dns,    ntp, quic,
						       noise,	   a_sample,	 a_sample, relayed, relayed };
	uint8_t b[512] = { 0 };
	size_t length = PICK(random, makers)(random, b);

	if (chance(random, 10))
		length = frame_stream(random, b, length);
	else if (chance(random, 5))
		length = put_lines(random, b, length);
	if (length > room)
		length = room;
	memcpy(bytes, b, length);
	return length;
}

/* What still fits into a frame of the builder: headers up to here may have one more of 2 KiB, then comes a tail. */
#define LONG_HEADERS 5000
#define LONG_TAIL 8000

/* ---- layers ------------------------------------------------------------------------------------------------------ */

static const char *const addresses4[] = { FRAME_VENDOR, FRAME_VENDOR_TWO, FRAME_EDGE, FRAME_NOBODY };
static const char *const addresses6[] = { FRAME_VENDOR6, FRAME_VENDOR6_TWO, FRAME_EDGE6, FRAME_NOBODY6 };

static uint16_t a_port(struct random *random)
{
	static const uint16_t ports[] = { 53,	123,  443,   3478,  5060,  5061, 5222,
					  5353, 5355, 10000, 20000, 20001, 0,	 65535 };

	return chance(random, 60) ? PICK(random, ports) : (uint16_t)random_below(random, 65536);
}

/* Between Ethernet and IP. */
static void tag_layers(struct random *random, struct frame *f)
{
	static const uint16_t tags[] = { FRAME_8021Q, FRAME_8021AD, 0x9100 };

	if (chance(random, 3))
		frame_vn_tag(f);
	for (int i = 0; i < 4 && chance(random, 25); i++)
		frame_vlan(f, PICK(random, tags), (uint16_t)random_below(random, 4096));
	if (chance(random, 10))
		frame_pppoe(f, 7);
	else if (chance(random, 4))
		frame_mpls(f, 1 + random_below(random, 8));
}

static void ipv4_layers(struct random *random, struct frame *f)
{
	static const uint8_t zeros[40];

	frame_ipv4(f, PICK(random, addresses4), PICK(random, addresses4))[1] = any_byte(random);
	if (chance(random, 20))
		frame_ipv4_options(f, zeros, 4 + 4 * random_below(random, 10));
	if (chance(random, 15))
		frame_ipv4_fragment(f, chance(random, 50) ? 0 : 8 * random_below(random, 8192), chance(random, 60));
	if (chance(random, 8))
		frame_ah(f);
}

static void ipv6_layers(struct random *random, struct frame *f)
{
	static const uint8_t types[] = { 0, 43, 60, 60, 135, 50, 139 };
	uint16_t traffic_class = (uint16_t)(0x6000 | random_below(random, 4096));

	frame_put16(frame_ipv6(f, PICK(random, addresses6), PICK(random, addresses6)), traffic_class);
	if (chance(random, 10))
		frame_extension(f, 0, random_below(random, 3));
	for (int i = 0; i < 10 && chance(random, 35); i++) {
		if (chance(random, 25))
			frame_ipv6_fragment(f, chance(random, 60) ? 0 : 8 * random_below(random, 8192),
					    chance(random, 50));
		else if (chance(random, 20))
			frame_ah(f);
		else
			frame_extension(f, PICK(random, types),
					chance(random, 93) || f->length > LONG_HEADERS ?
						random_below(random, 4) :
						255 - random_below(random, 160));
	}
}

static void transport_layer(struct random *random, struct frame *f)
{
	static const uint8_t zeros[40];
	static const uint8_t others[] = { 1, 2, 4, 41, 47, 50, 58, 59, 132, 253 };

	if (chance(random, 60)) {
		frame_udp(f, a_port(random), a_port(random));
	} else if (chance(random, 80)) {
		frame_tcp(f, a_port(random), a_port(random));
		if (chance(random, 40))
			frame_tcp_options(f, zeros, 4 * random_below(random, 11));
	} else {
		frame_next(f, PICK(random, others));
	}
}

static void ip_layers(struct random *random, struct frame *f)
{
	if (chance(random, 50))
		ipv4_layers(random, f);
	else
		ipv6_layers(random, f);
}

/* What GRE may hold, and a few that it may not. */
static void gre_layer(struct random *random, struct frame *f)
{
	static const uint16_t types[] = { 0x88be, 0x22eb, 0x8909, 0x880b, 0x8847, 0x8100 };
	static const uint8_t ppp[][4] = { { 0xff, 3, 0, 0x21 }, { 0xff, 3, 0, 0x57 }, { 0xff, 3, 0x21 }, { 0, 0x21 } };
	uint8_t *gre =
		frame_gre(f, (uint16_t)(random_below(random, 16) << 12 & (chance(random, 90) ? 0xb000 : 0xf000)));
	uint16_t type = PICK(random, types);
	uint8_t more[24];

	if (chance(random, 60))
		return;
	frame_put16(gre + 2, type);
	fill(random, more, sizeof(more));
	if (type == 0x880b) {
		gre[1] = chance(random, 90) ? 1 : 0x81;
		frame_payload(f, PICK(random, ppp), 2 + random_below(random, 3));
	} else if (type == 0x8909) {
		frame_put16(more, chance(random, 50) ? 0x0800 : 0x86dd);
		frame_payload(f, more, 8);
	} else if (type == 0x88be || type == 0x22eb) {
		frame_payload(f, more, type == 0x88be ? (gre[0] & 0x10 ? 8 : 0) : (more[11] & 1 ? 20 : 12));
		frame_ethernet(f);
	}
}

static void gtp_u_layer(struct random *random, struct frame *f)
{
	uint8_t *gtp = frame_gtp_u(f, (uint8_t)random_below(random, 8), 0), *type = gtp + 11;
	uint8_t extension[24];

	if (chance(random, 5))
		gtp[1] = any_byte(random);
	for (uint32_t left = gtp[0] & 4 ? random_below(random, 4) : 0; left > 0; left--) {
		fill(random, extension, sizeof(extension));
		extension[0] = (uint8_t)(1 + random_below(random, 3));
		extension[4 * extension[0] - 1] = 0;
		*type = 0x85;
		type = frame_payload(f, extension, 4U * extension[0]) + 4 * extension[0] - 1;
	}
}

static void tunnel_layer(struct random *random, struct frame *f)
{
	static const uint16_t ports[] = { 4789, 8472, 6081, 2152, 4790 };
	uint16_t port = PICK(random, ports);

	if (chance(random, 20))
		return; /* IP in IP */
	if (chance(random, 35)) {
		gre_layer(random, f);
	} else {
		if (chance(random, 95))
			frame_udp(f, a_port(random), port);
		else
			frame_tcp(f, a_port(random), port);
		if (port == 6081)
			frame_geneve(f, random_below(random, 8));
		else if (port == 2152)
			gtp_u_layer(random, f);
		else
			frame_vxlan(f);
	}
	if (port != 2152 && f->layer[f->layers - 1].kind != FRAME_PAYLOAD && chance(random, 70))
		frame_ethernet(f);
	if (f->layer[f->layers - 1].kind == FRAME_ETHERNET)
		tag_layers(random, f);
}

static void payload_layer(struct random *random, struct frame *f)
{
	static const uint8_t zeros[LONG_TAIL];
	uint8_t bytes[512];

	frame_payload(f, bytes, odd_payload_make(random, bytes, sizeof(bytes)));
	/* Longer than what its fields say, now and then by far: jumbo frames. */
	if (chance(random, 3))
		frame_payload(f, zeros, random_below(random, LONG_TAIL + 1));
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

static void spoil_one(struct random *random, uint8_t *b, size_t length)
{
	static const uint8_t bytes[] = { 0,    1,    4,	   5,	 6,    7,    8,	   0x0f, 0x11, 0x2b, 0x2c, 0x33,
					 0x3b, 0x3c, 0x40, 0x45, 0x46, 0x4f, 0x60, 0x7f, 0x80, 0x81, 0x88, 0xff };
	static const uint16_t words[] = {
		0, 1, 2, 7, 8, 9, 19, 20, 21, 39, 40, 0x0800, 0x86dd, 0x8864, 0x2000, 0xffff
	};
	size_t at = random_below(random, length < 120 || chance(random, 20) ? (uint32_t)length : 120);
	uint8_t word[2];

	switch (random_below(random, 5)) {
	case 0:
		b[at] ^= (uint8_t)(1U << random_below(random, 8));
		return;
	case 1:
		b[at] = PICK(random, bytes);
		return;
	case 2:
		b[at] = (uint8_t)(b[at] + (chance(random, 50) ? 1 : 255));
		return;
	case 3:
		frame_put16(word, PICK(random, words));
		break;
	default:
		frame_put16(word, (uint16_t)nearly(random, length - at));
	}
	b[at] = word[0];
	if (at + 1 < length)
		b[at + 1] = word[1];
}

void odd_bytes_spoil(struct random *random, uint8_t *bytes, size_t length)
{
	for (uint32_t faults = random_below(random, 4); faults > 0 && length > 0; faults--)
		spoil_one(random, bytes, length);
}

/* Where the headers end is where most goes wrong. */
static size_t near_payload(struct random *random, const struct frame *f)
{
	size_t at = f->layer[f->layers - 1].offset + random_below(random, 40);

	return at > 20 ? at - 20 : 0;
}

static size_t a_length(struct random *random, const struct frame *f)
{
	size_t length = chance(random, 50) ? near_payload(random, f) : random_below(random, (uint32_t)f->length + 1);

	return length < f->length ? length : f->length;
}

/* A datagram too short for its own header, of which IP and UDP say the same; padding hides it. */
static void short_datagram(struct random *random, struct frame *f)
{
	uint16_t length = (uint16_t)random_below(random, 9);
	uint8_t *ip;

	frame_init(f);
	if (chance(random, 50)) {
		ip = frame_ipv4(f, FRAME_VENDOR, FRAME_EDGE);
		frame_put16(frame_udp(f, a_port(random), a_port(random)) + 4, length);
		frame_put16(ip + 2, 20 + length);
	} else {
		ip = frame_ipv6(f, FRAME_VENDOR6, FRAME_EDGE6);
		frame_put16(frame_udp(f, a_port(random), a_port(random)) + 4, length);
		frame_put16(ip + 4, length);
	}
	frame_pad(f, f->length + 12 + random_below(random, 24));
}

void odd_frame_make(struct random *random, struct odd_frame *ret)
{
	struct frame *f = &ret->frame;

	if (chance(random, 1)) {
		short_datagram(random, f);
		ret->linear = f->length;
		return;
	}
	frame_init(f);
	tag_layers(random, f);
	ip_layers(random, f);
	for (int depth = 0; depth < 4 && chance(random, 20); depth++) {
		tunnel_layer(random, f);
		ip_layers(random, f);
	}
	transport_layer(random, f);
	payload_layer(random, f);
	if (chance(random, 60))
		odd_bytes_spoil(random, frame_bytes(f), f->length);
	if (chance(random, 12))
		frame_cut(f, a_length(random, f));
	if (chance(random, 20))
		frame_pad(f, f->length + random_below(random, 64));
	frame_pad(f, 14);
	ret->linear = chance(random, 12) ? a_length(random, f) : f->length;
}
