/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SIP messages through the real program: each method and class is counted once, for whom the packet is judged to be,
 * over UDP, TCP, RFC 4571's framing and behind empty lines; keep-alives and other protocols are no messages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "loading.h"
#include "tester.h"

#define DAY 20454 /* 2026-01-01 */

static const char acme[] = "voxdp: 1\n"
			   "vendor: acme\n"
			   "title: Acme\n"
			   "ranges:\n"
			   "  all: {claim: own, source: page 1, prefixes: [192.0.2.0/24]}\n"
			   "services:\n"
			   "  sip: {source: page 2, remote: all, ports: [udp/5060, tcp/5060], payload: sip}\n"
			   "  media: {source: page 3, remote: all, ports: udp/10000-20000, payload: media}\n";

struct fixture {
	struct loading loading;
	struct runner *runner;
};

static struct fixture fixture;

static int setup(void **state)
{
	(void)state;
	tester_need_bpf();
	loading_open(&fixture.loading);
	loading_write(&fixture.loading, "acme.yaml", acme);
	loading_load(&fixture.loading, NULL, NULL, DAY);
	assert_no_errors(&fixture.loading, "acme");
	fixture.runner = tester_runner(fixture.loading.set, VX_ROLE_ANY, VX_ENGINE_DIRECT);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	runner_free(fixture.runner);
	if (fixture.loading.directory[0])
		loading_close(&fixture.loading);
	fixture = (struct fixture){};
	return 0;
}

static const struct frame_flow in_udp = { VX_TRANSPORT_UDP, FRAME_VENDOR, 5060, FRAME_EDGE, 5060, 0 };
static const struct frame_flow out_udp = { VX_TRANSPORT_UDP, FRAME_EDGE, 5060, FRAME_VENDOR, 5060, 0 };
static const struct frame_flow in_tcp = { VX_TRANSPORT_TCP, FRAME_VENDOR, 5060, FRAME_EDGE, 40000, 0 };
static const struct frame_flow in_media = { VX_TRANSPORT_UDP, FRAME_VENDOR, 12000, FRAME_EDGE, 4000, 0 };
static const struct frame_flow off_port = { VX_TRANSPORT_UDP, FRAME_VENDOR, 7777, FRAME_EDGE, 7777, 0 };
static const struct frame_flow of_nobody = { VX_TRANSPORT_UDP, FRAME_NOBODY, 5060, FRAME_EDGE, 5060, 0 };

static void send_bytes(const struct frame_flow *flow, const void *bytes, size_t length)
{
	struct vx_verdict verdict;
	struct failure failure;
	struct frame frame;

	frame_build_bytes(&frame, flow, bytes, length);
	if (runner_run(fixture.runner, frame_bytes(&frame), frame.length, &verdict, &failure))
		fail_msg("%s", failure.text);
}

static void send_text(const struct frame_flow *flow, const char *text)
{
	send_bytes(flow, text, strlen(text));
}

struct expected {
	enum counter_kind kind;
	const char *vendor, *service;
	enum vx_direction direction;
	uint8_t sip;
	uint64_t messages;
};

/* All SIP rows are those expected, in any order. */
static void assert_counted(const struct expected *expected, size_t count)
{
	struct counters counters = {};
	struct failure failure;
	size_t found = 0;

	if (runner_counters(fixture.runner, &counters, &failure))
		fail_msg("%s", failure.text);
	for (size_t i = 0; i < counters.count; i++) {
		const struct counter_row *row = &counters.rows[i];
		size_t e = 0;

		if (row->kind != COUNTER_SIP_REQUEST && row->kind != COUNTER_SIP_RESPONSE)
			continue;
		while (e < count && !(expected[e].kind == row->kind && expected[e].sip == row->sip &&
				      expected[e].direction == row->direction && expected[e].messages == row->packets &&
				      !strcmp(expected[e].vendor, row->vendor ? row->vendor : "") &&
				      !strcmp(expected[e].service, row->service ? row->service : "")))
			e++;
		if (e == count)
			fail_msg("not expected: kind %d, %s %s, direction %d, sip %u, %llu messages", row->kind,
				 row->vendor ? row->vendor : "-", row->service ? row->service : "-", row->direction,
				 row->sip, (unsigned long long)row->packets);
		found++;
	}
	counters_fini(&counters);
	assert_int_equal(found, count);
}

static void every_method_is_counted_as_itself(void **state)
{
	static const struct {
		const char *word;
		enum vx_sip_method method;
	} methods[] = {
		{ "ACK", VX_SIP_METHOD_ACK },
		{ "BYE", VX_SIP_METHOD_BYE },
		{ "CANCEL", VX_SIP_METHOD_CANCEL },
		{ "INFO", VX_SIP_METHOD_INFO },
		{ "INVITE", VX_SIP_METHOD_INVITE },
		{ "MESSAGE", VX_SIP_METHOD_MESSAGE },
		{ "NOTIFY", VX_SIP_METHOD_NOTIFY },
		{ "OPTIONS", VX_SIP_METHOD_OPTIONS },
		{ "PRACK", VX_SIP_METHOD_PRACK },
		{ "PUBLISH", VX_SIP_METHOD_PUBLISH },
		{ "REFER", VX_SIP_METHOD_REFER },
		{ "REGISTER", VX_SIP_METHOD_REGISTER },
		{ "SUBSCRIBE", VX_SIP_METHOD_SUBSCRIBE },
		{ "UPDATE", VX_SIP_METHOD_UPDATE },
	};
	struct expected expected[_VX_SIP_METHOD_MAX];
	char text[128];

	(void)state;
	assert_int_equal(sizeof(methods) / sizeof(methods[0]), _VX_SIP_METHOD_MAX);
	for (size_t i = 0; i < _VX_SIP_METHOD_MAX; i++) {
		(void)snprintf(text, sizeof(text), "%s sip:a@acme.example SIP/2.0\r\n\r\n", methods[i].word);
		for (size_t n = 0; n <= i; n++)
			send_text(&in_udp, text);
		expected[i] = (struct expected){ COUNTER_SIP_REQUEST, "acme", "sip", VX_DIRECTION_IN,
						 methods[i].method,   i + 1 };
	}
	assert_counted(expected, _VX_SIP_METHOD_MAX);
}

static void every_code_is_counted_in_its_class(void **state)
{
	struct expected expected[6];
	char text[128];

	(void)state;
	for (int code = 100; code < 700; code++) {
		(void)snprintf(text, sizeof(text), "SIP/2.0 %d Reason\r\n\r\n", code);
		send_text(&out_udp, text);
	}
	for (uint8_t class = 0; class < 6; class ++)
		expected[class] =
			(struct expected){ COUNTER_SIP_RESPONSE, "acme", "sip", VX_DIRECTION_OUT, class, 100 };
	assert_counted(expected, 6);
	/* not codes of SIP, so not SIP */
	send_text(&out_udp, "SIP/2.0 099 Reason\r\n\r\n");
	send_text(&out_udp, "SIP/2.0 700 Reason\r\n\r\n");
	assert_counted(expected, 6);
}

static void messages_belong_to_whom_the_packet_is_judged_to_be(void **state)
{
	static const struct expected expected[] = {
		{ COUNTER_SIP_REQUEST, "acme", "sip", VX_DIRECTION_IN, VX_SIP_METHOD_BYE, 1 },
		{ COUNTER_SIP_REQUEST, "acme", "sip", VX_DIRECTION_OUT, VX_SIP_METHOD_BYE, 1 },
		{ COUNTER_SIP_REQUEST, "acme", "media", VX_DIRECTION_IN, VX_SIP_METHOD_BYE, 1 },
		{ COUNTER_SIP_REQUEST, "acme", "", VX_DIRECTION_IN, VX_SIP_METHOD_BYE, 1 },
		{ COUNTER_SIP_REQUEST, "", "", VX_DIRECTION_NONE, VX_SIP_METHOD_BYE, 1 },
	};
	static const char bye[] = "BYE sip:a@acme.example SIP/2.0\r\n\r\n";

	(void)state;
	send_text(&in_udp, bye);
	send_text(&out_udp, bye);
	send_text(&in_media, bye); /* mismatch */
	send_text(&off_port, bye);
	send_text(&of_nobody, bye); /* unknown_media */
	assert_counted(expected, sizeof(expected) / sizeof(expected[0]));
}

static void a_message_is_found_behind_what_may_precede_it(void **state)
{
	static const struct expected expected[] = {
		{ COUNTER_SIP_REQUEST, "acme", "sip", VX_DIRECTION_IN, VX_SIP_METHOD_INVITE, 5 },
		{ COUNTER_SIP_RESPONSE, "acme", "sip", VX_DIRECTION_IN, VX_SIP_CLASS_4XX, 2 },
	};
	static const char invite[] = "INVITE sip:a@acme.example SIP/2.0\r\n\r\n";
	char framed[128];
	size_t length = strlen(invite);

	(void)state;
	send_text(&in_udp, "\r\nINVITE sip:a@acme.example SIP/2.0\r\n\r\n");
	send_text(&in_udp, "\r\n\r\nINVITE sip:a@acme.example SIP/2.0\r\n\r\n");
	send_text(&in_tcp, invite);
	send_text(&in_tcp, "\r\n\r\nINVITE sip:a@acme.example SIP/2.0\r\n\r\n");
	framed[0] = 0;
	framed[1] = (char)length;
	memcpy(framed + 2, invite, length);
	send_bytes(&in_tcp, framed, length + 2);
	send_text(&in_tcp, "SIP/2.0 404 Not Found\r\n\r\n");
	send_text(&in_udp, "\r\nSIP/2.0 486 Busy Here\r\n\r\n");
	assert_counted(expected, 2);
}

static void keep_alives_and_other_protocols_are_no_messages(void **state)
{
	(void)state;
	send_text(&in_udp, "\r\n\r\n");
	send_text(&in_udp, "\r\n");
	send_text(&in_tcp, "\r\n\r\n");
	send_text(&in_udp, "INVITE sip:a"); /* too short for a start line */
	send_text(&in_udp, "INVITE http://a.example/ SIP/2.0\r\n\r\n");
	send_text(&in_tcp, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
	send_bytes(&in_udp, sample_get(SAMPLE_STUN_BINDING)->bytes, sample_get(SAMPLE_STUN_BINDING)->length);
	assert_counted(NULL, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_method_is_counted_as_itself),
		TEST(every_code_is_counted_in_its_class),
		TEST(messages_belong_to_whom_the_packet_is_judged_to_be),
		TEST(a_message_is_found_behind_what_may_precede_it),
		TEST(keep_alives_and_other_protocols_are_no_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
