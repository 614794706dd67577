// SPDX-License-Identifier: BSD-2-Clause
/* SIP, HTTP and XMPP: protocols that start with words, and the words that they share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/lib/recognise.h"

#define OTHER VX_PROTOCOL_OTHER

static uint8_t text_over(const struct frame_flow *flow, const char *text)
{
	return evidence_of(flow, (const uint8_t *)text, strlen(text));
}

struct line {
	const char *text;
	uint8_t udp, tcp; /* evidence over either */
};

static void assert_lines(const struct line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t udp = text_over(&any_udp, lines[i].text), tcp = text_over(&any_tcp, lines[i].text);

		if (udp != lines[i].udp || tcp != lines[i].tcp)
			fail_msg("\"%s\": %u over UDP, %u over TCP; expected %u and %u", lines[i].text, udp, tcp,
				 lines[i].udp, lines[i].tcp);
	}
}

#define ASSERT_LINES(lines) assert_lines(lines, sizeof(lines) / sizeof((lines)[0]))

/* The register of SIP methods at IANA, all of it. */
static void every_registered_sip_method_is_sip(void **state)
{
	static const char *const methods[] = { "ACK",	  "BYE",      "CANCEL",	   "INFO",  "INVITE",
					       "MESSAGE", "NOTIFY",   "OPTIONS",   "PRACK", "PUBLISH",
					       "REFER",	  "REGISTER", "SUBSCRIBE", "UPDATE" };
	char line[80];

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		snprintf(line, sizeof(line), "%s sip:bob@example.com SIP/2.0\r\n", methods[i]);
		assert_int_equal(text_over(&any_udp, line), VX_PROTOCOL_SIP);
		assert_int_equal(text_over(&any_tcp, line), VX_PROTOCOL_SIP);
		snprintf(line, sizeof(line), "%sX sip:bob@example.com SIP/2.0\r\n", methods[i]);
		assert_int_equal(text_over(&any_udp, line), OTHER);
		snprintf(line, sizeof(line), "%s  sip:bob@example.com SIP/2.0\r\n", methods[i]);
		assert_int_equal(text_over(&any_udp, line), OTHER);
		line[0] |= 0x20; /* methods are case-sensitive: RFC 3261, 7.1 */
		assert_int_equal(text_over(&any_udp, line), OTHER);
	}
}

static void sip_uri_schemes(void **state)
{
	static const struct line lines[] = {
		{ "INVITE sip:bob@example.com SIP/2.0", VX_PROTOCOL_SIP, VX_PROTOCOL_SIP },
		{ "INVITE SIP:bob@example.com SIP/2.0", VX_PROTOCOL_SIP, VX_PROTOCOL_SIP },
		{ "INVITE sips:bob@example.com SIP/2.0", VX_PROTOCOL_SIP, VX_PROTOCOL_SIP },
		{ "INVITE tel:+15550100 SIP/2.0", VX_PROTOCOL_SIP, VX_PROTOCOL_SIP },
		{ "INVITE urn:service:sos SIP/2.0", VX_PROTOCOL_SIP, VX_PROTOCOL_SIP },
		{ "MESSAGE im:bob@example.com SIP/2.0", VX_PROTOCOL_SIP, VX_PROTOCOL_SIP },
		{ "SUBSCRIBE pres:bob@example.com SIP/2.0", VX_PROTOCOL_SIP, VX_PROTOCOL_SIP },
		{ "ACK sip:a", OTHER, OTHER },
		{ "INVITE six:bob@example.com SIP/2.0", OTHER, OTHER },
		{ "INVITE sip\x1a"
		  "bob@example.com SIP/2.0",
		  OTHER, OTHER }, /* what a colon would be as a capital letter */
		{ "INVITE bob@example.com SIP/2.0", OTHER, OTHER },
	};

	(void)state;
	ASSERT_LINES(lines);
}

/* SSDP, RTSP and HTTP share words with SIP. */
static void words_that_others_use_too(void **state)
{
	static const struct line lines[] = {
		{ "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n", OTHER, OTHER },
		{ "M-SEARCH * HTTP/1.1\r\n", OTHER, OTHER },
		{ "OPTIONS rtsp://192.0.2.10/a RTSP/1.0\r\n", OTHER, OTHER },
		{ "OPTIONS * RTSP/1.0\r\n", OTHER, OTHER },
		{ "OPTIONS * HTTP/1.1\r\n", OTHER, VX_PROTOCOL_HTTP },
		{ "OPTIONS /a HTTP/1.1\r\n", OTHER, VX_PROTOCOL_HTTP },
		{ "MESSAGE to nobody in particular\r\n", OTHER, OTHER },
	};

	(void)state;
	ASSERT_LINES(lines);
}

static void sip_status_line(void **state)
{
	static const struct line lines[] = {
		{ "SIP/2.0 100 Trying\r\n", VX_PROTOCOL_SIP, VX_PROTOCOL_SIP },
		{ "SIP/2.0 699 Last\r\n", VX_PROTOCOL_SIP, VX_PROTOCOL_SIP },
		{ "SIP/2.0 099 Low\r\n", OTHER, OTHER },
		{ "SIP/2.0 700 High\r\n", OTHER, OTHER },
		{ "SIP/2.0 20x OK\r\n", OTHER, OTHER },
		{ "SIP/2.0 2x0 OK\r\n", OTHER, OTHER },
		{ "SIP/2.0 2000 OK\r\n", OTHER, OTHER },
		{ "SIP/2.1 200 OK\r\n", OTHER, OTHER },
		{ "SIP/2.0  200 OK\r\n", OTHER, OTHER },
	};

	(void)state;
	ASSERT_LINES(lines);
}

/* RFC 3261, 7.5. */
static void empty_lines_before_a_sip_message_are_skipped(void **state)
{
	static const struct line lines[] = {
		{ "\r\nOPTIONS sip:a@example.com SIP/2.0\r\n", VX_PROTOCOL_SIP, VX_PROTOCOL_SIP },
		{ "\r\n\r\nOPTIONS sip:a@example.com SIP/2.0\r\n", VX_PROTOCOL_SIP, VX_PROTOCOL_SIP },
		{ "\r\n\r\nSIP/2.0 200 OK\r\n", VX_PROTOCOL_SIP, VX_PROTOCOL_SIP },
		{ "\n\nOPTIONS sip:a@example.com SIP/2.0\r\n", OTHER, OTHER },
		{ "\rOPTIONS sip:a@example.com SIP/2.0\r\n", OTHER, OTHER },
		{ "\r\nhello, this is not a start line\r\n", OTHER, OTHER },
	};

	(void)state;
	ASSERT_LINES(lines);
}

static void nothing_but_a_start_line_follows_empty_lines(void **state)
{
	(void)state;
	for (int kind = 0; kind < SAMPLE_EMPTY; kind++) {
		const struct sample *sample = sample_get(kind);
		struct frame_flow udp = any_udp, tcp = any_tcp;
		uint8_t bytes[2 + 1500] = "\r\n";
		bool text = sample->evidence == VX_PROTOCOL_SIP, http = sample->evidence == VX_PROTOCOL_HTTP;

		udp.dport = sample->port;
		tcp.dport = sample->port;
		memcpy(bytes + 2, sample->bytes, sample->length);
		assert_int_equal(evidence_of(&udp, bytes, 2 + sample->length), text ? VX_PROTOCOL_SIP : OTHER);
		assert_int_equal(evidence_of(&tcp, bytes, 2 + sample->length),
				 text || http ? sample->evidence : OTHER); /* RFC 9112, 2.2 */
	}
}

/* RFC 5626, 4.4.1: a ping of two line ends is told anywhere, its answer of one only where SIP lives. */
static void sip_keep_alives(void **state)
{
	static const struct frame_flow sip_tcp = { .transport = VX_TRANSPORT_TCP, .sport = 5060, .dport = 40001 };
	static const struct line lines[] = {
		{ "\r\n\r\n", VX_PROTOCOL_SIP, VX_PROTOCOL_SIP },
		{ "\r\n", OTHER, OTHER },
		{ "\r\n\r", OTHER, OTHER },
		{ "\r\n\r\n\r", OTHER, OTHER },
		{ "\n\n\n\n", OTHER, OTHER },
	};

	(void)state;
	ASSERT_LINES(lines);
	assert_int_equal(text_over(&sip_tcp, "\r\n"), VX_PROTOCOL_SIP);
	assert_int_equal(text_over(&sip_tcp, "\r"), OTHER);
	assert_int_equal(evidence_of(&sip_tcp, (const uint8_t *)"\0\0", 2), OTHER);
}

static void http_start_lines(void **state)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH" };
	static const struct line lines[] = {
		{ "HTTP/1.1 200 OK\r\n", OTHER, VX_PROTOCOL_HTTP },
		{ "HTTP/1.0 404 Not Found\r\n", OTHER, VX_PROTOCOL_HTTP },
		{ "CONNECT example.com:443 HTTP/1.1\r\n", OTHER, VX_PROTOCOL_HTTP },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", OTHER, VX_PROTOCOL_HTTP },
		{ "GET http://example.com/ HTTP/1.1\r\n", OTHER, VX_PROTOCOL_HTTP },
		{ "GET ftp://example.com/ HTTP/1.1\r\n", OTHER, OTHER },
		{ "get / HTTP/1.1\r\n", OTHER, OTHER },
		{ "HTTPS/1.1 200 OK\r\n", OTHER, OTHER },
		{ "GET / HTTP", OTHER, OTHER },
	};
	char line[80];

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		snprintf(line, sizeof(line), "%s /index.html HTTP/1.1\r\n", methods[i]);
		assert_int_equal(text_over(&any_tcp, line), VX_PROTOCOL_HTTP);
		assert_int_equal(text_over(&any_udp, line), OTHER);
	}
	ASSERT_LINES(lines);
}

static void xmpp_stream_starts(void **state)
{
	static const struct line lines[] = {
		{ "<stream:stream to='example.com'>", OTHER, VX_PROTOCOL_XMPP },
		{ "<?xml version='1.0'?><stream:stream to='example.com'>", OTHER, VX_PROTOCOL_XMPP },
		{ "<?xml version='1.0'?>\n<stream:stream to='example.com'>", OTHER, VX_PROTOCOL_XMPP },
		{ "<?xml version='1.0'?>\r\n<stream:stream to='example.com'>", OTHER, VX_PROTOCOL_XMPP },
		{ "<?xml version='1.0' encoding='UTF-8'?><stream:stream>", OTHER, VX_PROTOCOL_XMPP },
		{ "<?xml version='1.0' encoding='UTF-8'?>\r\n<stream:stream>", OTHER, VX_PROTOCOL_XMPP },
		{ "<?xml version='1.0'?><soap:Envelope>", OTHER, OTHER },
		{ "<?xml version='1.0'?><stream", OTHER, OTHER },
		{ "<html><stream:stream>", OTHER, OTHER },
	};

	(void)state;
	ASSERT_LINES(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_registered_sip_method_is_sip),
		cmocka_unit_test(sip_uri_schemes),
		cmocka_unit_test(words_that_others_use_too),
		cmocka_unit_test(sip_status_line),
		cmocka_unit_test(empty_lines_before_a_sip_message_are_skipped),
		cmocka_unit_test(nothing_but_a_start_line_follows_empty_lines),
		cmocka_unit_test(sip_keep_alives),
		cmocka_unit_test(http_start_lines),
		cmocka_unit_test(xmpp_stream_starts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
