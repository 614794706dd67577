/* SPDX-License-Identifier: BSD-2-Clause */
/* What a service compares packets with, as its file says it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/cleanup.h"
#include "tests/lib/loading.h"

static int setup(void **state)
{
	*state = malloc(sizeof(struct loading));
	loading_open(*state);
	return 0;
}

static int teardown(void **state)
{
	loading_close(*state);
	free(*state);
	return 0;
}

/* One service whose lines are the test's. */
static const struct service *load(struct loading *loading, const char *lines)
{
	char text[2048];

	(void)snprintf(
		text, sizeof(text),
		"voxdp: 1\nvendor: a\ntitle: T\nranges:\n  r: {prefixes: [192.0.2.0/24]}\n  q: {prefixes: [198.51.100.0/24]}\n"
		"hosts:\n  h: {names: [www.a.example]}\nservices:\n  s:\n%s",
		lines);
	loading_load_text(loading, text);
	assert_no_errors(loading, lines);
	return &loading->set->vendors[0].services[0];
}

#define REST "    source: x\n    remote: r\n"
#define PORTS REST "    payload: sip\n    ports: "
#define PAYLOAD REST "    ports: udp/9\n    payload: "
#define DSCP REST "    ports: udp/9\n    payload: sip\n    dscp: "

static void assert_spans(const struct port_set *set, const struct port_span *expected, size_t count)
{
	assert_int_equal(set->count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(set->spans[i].first, expected[i].first);
		assert_int_equal(set->spans[i].last, expected[i].last);
	}
}

static void ports_are_sorted_by_transport_and_joined(void **state)
{
	static const struct port_span udp[] = { { 3478, 3479 }, { 10000, 20000 } }, tcp[] = { { 4000, 65535 } };
	const struct service *service =
		load(*state, PORTS "[udp/15000-20000, tcp/4000+, udp/3479, udp/10000-15000, udp/3478, tcp/5061]\n");

	assert_spans(&service->remote_ports[VX_TRANSPORT_UDP], udp, ARRAY_SIZE(udp));
	assert_spans(&service->remote_ports[VX_TRANSPORT_TCP], tcp, ARRAY_SIZE(tcp));
}

static void transport_that_is_not_named_has_no_ports(void **state)
{
	static const struct port_span all[] = { { 0, 65535 } };
	const struct service *service = load(*state, PORTS "tcp/any\n");

	assert_int_equal(service->remote_ports[VX_TRANSPORT_UDP].count, 0);
	assert_spans(&service->remote_ports[VX_TRANSPORT_TCP], all, 1);
}

static void local_ports_are_all_unless_said(void **state)
{
	static const struct port_span all[] = { { 0, 65535 } }, some[] = { { 53, 53 }, { 8500, 8598 } };

	assert_spans(&load(*state, PORTS "udp/9\n")->local_ports, all, 1);
	assert_spans(&load(*state, PORTS "udp/9\n    local_ports: [8500-8598, 53]\n")->local_ports, some, 2);
}

static void payload_words_become_protocols(void **state)
{
	static const struct {
		const char *words;
		unsigned accepts;
	} rows[] = {
		{ "sip\n", 1 << VX_PROTOCOL_SIP },
		{ "[tls, http, quic]\n", 1 << VX_PROTOCOL_TLS | 1 << VX_PROTOCOL_HTTP | 1 << VX_PROTOCOL_QUIC },
		{ "media\n", 1 << VX_PROTOCOL_STUN | 1 << VX_PROTOCOL_TURN_CHANNEL | 1 << VX_PROTOCOL_DTLS |
				     1 << VX_PROTOCOL_ZRTP | 1 << VX_PROTOCOL_RTP | 1 << VX_PROTOCOL_RTCP },
		{ "any\n", 0x3ffe }, /* all 13, not OTHER */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char lines[256];

		(void)snprintf(lines, sizeof(lines), "%s%s", PAYLOAD, rows[i].words);
		assert_int_equal(load(*state, lines)->accepts, rows[i].accepts);
	}
}

static void dscp_is_read_by_name_number_and_direction(void **state)
{
	static const struct {
		const char *dscp;
		uint64_t in, out;
	} rows[] = {
		{ "EF\n", 1ULL << 46, 1ULL << 46 },
		{ "0\n", 1, 1 },
		{ "[CS3, AF41, 63]\n", 1ULL << 24 | 1ULL << 34 | 1ULL << 63, 1ULL << 24 | 1ULL << 34 | 1ULL << 63 },
		{ "{in: EF}\n", 1ULL << 46, 0 },
		{ "{in: [AF11, AF43], out: VA}\n", 1ULL << 10 | 1ULL << 38, 1ULL << 44 },
		{ "DF\n", 1, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct service *service;
		char lines[256];

		(void)snprintf(lines, sizeof(lines), "%s%s", DSCP, rows[i].dscp);
		service = load(*state, lines);
		assert_true(service->dscp[VX_DIRECTION_IN] == rows[i].in);
		assert_true(service->dscp[VX_DIRECTION_OUT] == rows[i].out);
		assert_true(service->dscp[VX_DIRECTION_NONE] == 0);
	}
}

/* RFC 2474, 2597, 3246, 5865: CSn is 8n, AFxy is 8x + 2y. */
static void every_dscp_name_is_its_code_point(void **state)
{
	char name[64], lines[512];

	for (unsigned code = 0; code < 64; code++) {
		unsigned class = code / 8, drop = code % 8 / 2;

		(void)snprintf(name, sizeof(name), "%u", code);
		if (code % 8 == 0)
			(void)snprintf(name, sizeof(name), "CS%u", class);
		else if (code % 2 == 0 && class >= 1 && class <= 4 && drop >= 1)
			(void)snprintf(name, sizeof(name), "AF%u%u", class, drop);
		(void)snprintf(lines, sizeof(lines), "%s%s\n", DSCP, name);
		assert_true(load(*state, lines)->dscp[VX_DIRECTION_IN] == 1ULL << code);
	}
}

static void references_are_resolved_in_any_order(void **state)
{
	struct loading *loading = *state;
	const struct service *service;

	loading_load_text(loading, "voxdp: 1\nservices:\n"
				   "  s: {source: [p, q], remote: [q, any], hosts: h, ports: udp/9, payload: sip}\n"
				   "hosts:\n  h: {names: [www.a.example]}\nranges:\n  q: {prefixes: [192.0.2.0/24]}\n"
				   "title: T\nvendor: a\n");
	assert_no_errors(loading, "backwards");
	service = &loading->set->vendors[0].services[0];
	assert_int_equal(service->remote_count, 1);
	assert_string_equal(service->remotes[0]->id, "q");
	assert_true(service->remote_any);
	assert_int_equal(service->host_set_count, 1);
	assert_string_equal(service->host_sets[0]->id, "h");
	assert_int_equal(service->source_count, 2);
	assert_string_equal(service->sources[1], "q");
}

static void the_rest_has_defaults(void **state)
{
	const struct service *service = load(*state, PORTS "udp/9\n");

	assert_int_equal(service->priority, 0);
	assert_int_equal(service->direction, VX_DIRECTION_NONE);
	assert_int_equal(service->platforms, 0);
	assert_int_equal(service->label_count, 0);
	assert_true(service->dscp[VX_DIRECTION_IN] == 0);
	assert_false(service->remote_any);
	assert_null(service->unseen);
	assert_null(service->note);
}

static void marks_are_read(void **state)
{
	const struct service *service =
		load(*state, PORTS "udp/9\n    priority: -1000\n    direction: in\n    platform: [web, edge]\n"
				   "    labels: {media: audio, tier: 1}\n    note: >\n      two\n      lines\n");

	assert_int_equal(service->priority, -1000);
	assert_int_equal(service->direction, VX_DIRECTION_IN);
	assert_int_equal(service->platforms, PLATFORM_WEB | PLATFORM_EDGE);
	assert_int_equal(service->label_count, 2);
	assert_string_equal(service->labels[1].name, "tier");
	assert_string_equal(service->labels[1].value, "1");
	assert_string_equal(service->note, "two lines");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ports_are_sorted_by_transport_and_joined, setup, teardown),
		cmocka_unit_test_setup_teardown(transport_that_is_not_named_has_no_ports, setup, teardown),
		cmocka_unit_test_setup_teardown(local_ports_are_all_unless_said, setup, teardown),
		cmocka_unit_test_setup_teardown(payload_words_become_protocols, setup, teardown),
		cmocka_unit_test_setup_teardown(dscp_is_read_by_name_number_and_direction, setup, teardown),
		cmocka_unit_test_setup_teardown(every_dscp_name_is_its_code_point, setup, teardown),
		cmocka_unit_test_setup_teardown(references_are_resolved_in_any_order, setup, teardown),
		cmocka_unit_test_setup_teardown(the_rest_has_defaults, setup, teardown),
		cmocka_unit_test_setup_teardown(marks_are_read, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
