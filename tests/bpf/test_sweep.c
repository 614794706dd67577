/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole domains through the real program: every port on either side of a packet, and a frame for every reason why headers
 * are refused. What is expected is written down here, not worked out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/runner.h"
#include "frame.h"
#include "lib/words.h"
#include "loading.h"
#include "tester.h"

/* Spans that begin and end within, at and across the blocks of 256 ports that the tables are made of. */
static const char acme[] =
	"voxdp: 1\n"
	"vendor: acme\n"
	"title: Acme\n"
	"ranges: {all: {source: page 1, prefixes: [192.0.2.0/25]}}\n"
	"services:\n"
	"  one: {source: page 2, remote: all, ports: [udp/1, tcp/65535], payload: sip}\n"
	"  sip: {source: page 2, remote: all, ports: [udp/5060, tcp/5060-5061], payload: sip}\n"
	"  block: {source: page 2, remote: all, ports: udp/8192-8447, payload: sip}\n"
	"  voice: {source: page 2, remote: all, ports: udp/10000-20000, payload: rtp}\n"
	"  high: {source: page 2, remote: all, ports: udp/65280-65535, payload: rtp}\n"
	"  fixed: {source: page 2, remote: all, ports: udp/3478, local_ports: [16384-32767, 65535],\n"
	"          payload: stun}\n";

struct span {
	enum vx_transport transport;
	uint16_t first, last;
	const char *service;
};

static const struct span by_remote_port[] = {
	{ VX_TRANSPORT_UDP, 1, 1, "one" },	    { VX_TRANSPORT_TCP, 65535, 65535, "one" },
	{ VX_TRANSPORT_UDP, 5060, 5060, "sip" },    { VX_TRANSPORT_TCP, 5060, 5061, "sip" },
	{ VX_TRANSPORT_UDP, 8192, 8447, "block" },  { VX_TRANSPORT_UDP, 10000, 20000, "voice" },
	{ VX_TRANSPORT_UDP, 65280, 65535, "high" },
};

static const struct span by_local_port[] = {
	{ VX_TRANSPORT_UDP, 16384, 32767, "fixed" },
	{ VX_TRANSPORT_UDP, 65535, 65535, "fixed" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct fixture {
	struct loading loading;
	struct runner *runner;
	uint64_t frames;
};

static void begin(struct fixture *fixture, enum vx_role role, enum vx_engine engine)
{
	tester_need_bpf();
	loading_open(&fixture->loading);
	loading_load_text(&fixture->loading, acme);
	assert_no_errors(&fixture->loading, "the profile of this test");
	fixture->runner = tester_runner(fixture->loading.set, role, engine);
	fixture->frames = 0;
}

/* Every frame has been counted, in one outcome. */
static void end(struct fixture *fixture)
{
	struct counters counters = {};
	struct failure failure = {};

	if (runner_counters(fixture->runner, &counters, &failure))
		fail_msg("%s", failure.text);
	assert_int_equal(counters_packets(&counters, NULL), fixture->frames);
	counters_fini(&counters);
	runner_free(fixture->runner);
	loading_close(&fixture->loading);
}

static struct vx_verdict run(struct fixture *fixture, struct frame *frame)
{
	struct failure failure = {};
	struct vx_verdict verdict;

	if (runner_run(fixture->runner, frame_bytes(frame), frame->length, &verdict, &failure))
		fail_msg("%s", failure.text);
	fixture->frames++;
	return verdict;
}

/* ---- ports ------------------------------------------------------------------------------------------------------- */

static const char *service_at(const struct span *spans, size_t count, enum vx_transport transport, uint16_t port)
{
	for (size_t i = 0; i < count; i++)
		if (spans[i].transport == transport && spans[i].first <= port && port <= spans[i].last)
			return spans[i].service;
	return "";
}

static void expect(const struct fixture *fixture, const struct vx_verdict *verdict, const char *service,
		   const struct frame_flow *flow)
{
	const struct vx_slot *slot = runner_slot(fixture->runner, verdict->slot);
	enum vx_outcome outcome = *service ? VX_OUTCOME_UNPROVEN : VX_OUTCOME_OFF_PORT;

	if (strcmp(slot->vendor, "acme") != 0 || strcmp(slot->service, service) != 0 || verdict->outcome != outcome ||
	    verdict->sport != flow->sport || verdict->dport != flow->dport)
		fail_msg("%s %u>%u: %s/%s %s of %u>%u, expected \"%s\"", transport_word(flow->transport), flow->sport,
			 flow->dport, slot->vendor, slot->service, outcome_word(verdict->outcome), verdict->sport,
			 verdict->dport, service);
}

/* Noise, which proves nothing, from or to the vendor: by the ports alone. */
static void sweep_remote(enum vx_role role, enum vx_engine engine, enum vx_transport transport)
{
	bool out = role == VX_ROLE_LAN;
	struct frame_flow flow = { transport, FRAME_VENDOR, 0, FRAME_EDGE, 40000, 0 };
	struct fixture fixture;
	struct frame frame;

	if (out)
		flow = (struct frame_flow){ transport, FRAME_EDGE, 40000, FRAME_VENDOR, 0, 0 };
	begin(&fixture, role, engine);
	frame_build(&frame, &flow, SAMPLE_NOISE);
	for (uint32_t port = 0; port < 65536; port++) {
		struct vx_verdict verdict;

		*(out ? &flow.dport : &flow.sport) = (uint16_t)port;
		frame_put16(frame_header(&frame, transport == VX_TRANSPORT_UDP ? FRAME_UDP : FRAME_TCP) + (out ? 2 : 0),
			    (uint16_t)port);
		verdict = run(&fixture, &frame);
		expect(&fixture, &verdict, service_at(by_remote_port, COUNT(by_remote_port), transport, (uint16_t)port),
		       &flow);
	}
	end(&fixture);
}

static void every_remote_port_finds_its_service(void **state)
{
	(void)state;
	for (int role = 0; role < _VX_ROLE_MAX; role++)
		for (int transport = 0; transport < _VX_TRANSPORT_MAX; transport++)
			sweep_remote((enum vx_role)role, (enum vx_engine)(role % _VX_ENGINE_MAX),
				     (enum vx_transport)transport);
}

static void every_local_port_finds_its_service(void **state)
{
	struct frame_flow flow = { VX_TRANSPORT_UDP, FRAME_VENDOR, 3478, FRAME_EDGE, 0, 0 };
	struct fixture fixture;
	struct frame frame;

	(void)state;
	for (int engine = 0; engine < _VX_ENGINE_MAX; engine++) {
		begin(&fixture, VX_ROLE_ANY, (enum vx_engine)engine);
		frame_build(&frame, &flow, SAMPLE_NOISE);
		for (uint32_t port = 0; port < 65536; port++) {
			struct vx_verdict verdict;

			flow.dport = (uint16_t)port;
			frame_put16(frame_header(&frame, FRAME_UDP) + 2, (uint16_t)port);
			verdict = run(&fixture, &frame);
			expect(&fixture, &verdict,
			       service_at(by_local_port, COUNT(by_local_port), VX_TRANSPORT_UDP, (uint16_t)port),
			       &flow);
		}
		end(&fixture);
	}
}

/* ---- reasons ----------------------------------------------------------------------------------------------------- */

static void ipv4(struct frame *f)
{
	frame_init(f);
	frame_ipv4(f, FRAME_VENDOR, FRAME_EDGE);
	frame_udp(f, 5060, 5060);
	frame_sample(f, SAMPLE_SIP_INVITE);
}

static void ipv6(struct frame *f)
{
	frame_init(f);
	frame_ipv6(f, FRAME_VENDOR6, FRAME_EDGE6);
	frame_udp(f, 5060, 5060);
	frame_sample(f, SAMPLE_SIP_INVITE);
}

static void tcp(struct frame *f)
{
	frame_init(f);
	frame_ipv4(f, FRAME_VENDOR, FRAME_EDGE);
	frame_tcp(f, 5060, 5060);
	frame_sample(f, SAMPLE_SIP_INVITE);
}

static void pppoe(struct frame *f)
{
	frame_init(f);
	frame_pppoe(f, 7);
	frame_ipv4(f, FRAME_VENDOR, FRAME_EDGE);
	frame_udp(f, 5060, 5060);
	frame_sample(f, SAMPLE_SIP_INVITE);
}

static void ethernet_truncated(struct frame *f)
{
	ipv4(f);
	frame_cut(f, 13);
}

static void vlan_truncated(struct frame *f)
{
	frame_init(f);
	frame_vlan(f, FRAME_8021Q, 100);
	frame_ipv4(f, FRAME_VENDOR, FRAME_EDGE);
	frame_cut(f, 17);
}

static void pppoe_truncated(struct frame *f)
{
	pppoe(f);
	frame_cut(f, 21);
}

static void pppoe_length(struct frame *f)
{
	pppoe(f);
	frame_put16(frame_header(f, FRAME_PPPOE) + 4, (uint16_t)(f->length - 20 + 1));
}

static void ipv4_truncated(struct frame *f)
{
	ipv4(f);
	frame_cut(f, 14 + 19);
}

static void ipv4_version(struct frame *f)
{
	ipv4(f);
	frame_header(f, FRAME_IPV4)[0] = 0x55;
}

static void ipv4_header_length(struct frame *f)
{
	ipv4(f);
	frame_header(f, FRAME_IPV4)[0] = 0x44;
}

static void ipv4_total_length(struct frame *f)
{
	ipv4(f);
	frame_put16(frame_header(f, FRAME_IPV4) + 2, (uint16_t)(f->length - 14 + 1));
}

static void ipv6_truncated(struct frame *f)
{
	ipv6(f);
	frame_cut(f, 14 + 39);
}

static void ipv6_version(struct frame *f)
{
	ipv6(f);
	frame_header(f, FRAME_IPV6)[0] = 0x50;
}

static void ipv6_payload_length(struct frame *f)
{
	ipv6(f);
	frame_put16(frame_header(f, FRAME_IPV6) + 4, (uint16_t)(f->length - 54 + 1));
}

static void ipv6_extension_truncated(struct frame *f)
{
	frame_init(f);
	frame_ipv6(f, FRAME_VENDOR6, FRAME_EDGE6);
	frame_extension(f, 0, 0)[1] = 1;
}

static void ipv6_extension_chain(struct frame *f)
{
	frame_init(f);
	frame_ipv6(f, FRAME_VENDOR6, FRAME_EDGE6);
	frame_extension(f, 60, 0);
	frame_extension(f, 0, 0); /* not the first */
	frame_udp(f, 5060, 5060);
}

static void fragment_length(struct frame *f)
{
	frame_init(f);
	frame_ipv4(f, FRAME_VENDOR, FRAME_EDGE);
	frame_ipv4_fragment(f, 0, true);
	frame_udp(f, 5060, 5060);
	frame_payload(f, "123", 3); /* more follow, so a multiple of 8 */
}

static void udp_truncated(struct frame *f)
{
	frame_init(f);
	frame_ipv4(f, FRAME_VENDOR, FRAME_EDGE);
	frame_next(f, 17);
	frame_payload(f, "1234567", 7);
}

static void udp_length(struct frame *f)
{
	ipv4(f);
	frame_put16(frame_header(f, FRAME_UDP) + 4, 7);
}

static void tcp_truncated(struct frame *f)
{
	frame_init(f);
	frame_ipv4(f, FRAME_VENDOR, FRAME_EDGE);
	frame_next(f, 6);
	frame_payload(f, "1234567890123456789", 19);
}

static void tcp_header_length(struct frame *f)
{
	tcp(f);
	frame_header(f, FRAME_TCP)[12] = 4 << 4;
}

static const struct {
	enum vx_malformed reason;
	void (*build)(struct frame *f);
} malformed[] = {
#define ROW(reason, build)                                                                                             \
	{                                                                                                              \
		VX_MALFORMED_##reason, build                                                                           \
	}
	ROW(ETHERNET_TRUNCATED, ethernet_truncated),
	ROW(VLAN_TRUNCATED, vlan_truncated),
	ROW(PPPOE_TRUNCATED, pppoe_truncated),
	ROW(PPPOE_LENGTH, pppoe_length),
	ROW(IPV4_TRUNCATED, ipv4_truncated),
	ROW(IPV4_VERSION, ipv4_version),
	ROW(IPV4_HEADER_LENGTH, ipv4_header_length),
	ROW(IPV4_TOTAL_LENGTH, ipv4_total_length),
	ROW(IPV6_TRUNCATED, ipv6_truncated),
	ROW(IPV6_VERSION, ipv6_version),
	ROW(IPV6_PAYLOAD_LENGTH, ipv6_payload_length),
	ROW(IPV6_EXTENSION_TRUNCATED, ipv6_extension_truncated),
	ROW(IPV6_EXTENSION_CHAIN, ipv6_extension_chain),
	ROW(FRAGMENT_LENGTH, fragment_length),
	ROW(UDP_TRUNCATED, udp_truncated),
	ROW(UDP_LENGTH, udp_length),
	ROW(TCP_TRUNCATED, tcp_truncated),
	ROW(TCP_HEADER_LENGTH, tcp_header_length),
#undef ROW
};

static uint64_t counted(const struct counters *counters, enum vx_malformed reason)
{
	for (size_t i = 0; i < counters->count; i++)
		if (counters->rows[i].kind == COUNTER_MALFORMED && counters->rows[i].malformed == reason)
			return counters->rows[i].packets;
	return 0;
}

/* Each as often as its row says, so that no two counters agree by chance. */
static void every_reason_has_its_counter(void **state)
{
	struct counters counters = {};
	struct failure failure = {};
	struct fixture fixture;
	struct frame frame;

	(void)state;
	begin(&fixture, VX_ROLE_WAN, VX_ENGINE_DIRECT);
	for (size_t row = 0; row < COUNT(malformed); row++)
		for (size_t times = 0; times <= row; times++) {
			struct vx_verdict verdict;

			malformed[row].build(&frame);
			verdict = run(&fixture, &frame);
			if (verdict.outcome != VX_OUTCOME_MALFORMED || verdict.malformed != malformed[row].reason)
				fail_msg("%s: %s, expected %s", outcome_word(verdict.outcome),
					 malformed_word(verdict.malformed), malformed_word(malformed[row].reason));
			assert_int_equal(verdict.sport, 0);
			assert_int_equal(verdict.dport, 0);
		}
	if (runner_counters(fixture.runner, &counters, &failure))
		fail_msg("%s", failure.text);
	for (size_t row = 0; row < COUNT(malformed); row++)
		if (counted(&counters, malformed[row].reason) != row + 1)
			fail_msg("%s: %u counted, expected %u", malformed_word(malformed[row].reason),
				 (unsigned)counted(&counters, malformed[row].reason), (unsigned)row + 1);
	counters_fini(&counters);
	end(&fixture);
}

/* A reason that is added has to get its row; that of tunnels is tested where tunnels are. */
static void no_reason_is_left_out(void **state)
{
	uint32_t seen = 1U << VX_MALFORMED_NONE | 1U << VX_MALFORMED_TUNNEL_TRUNCATED;

	(void)state;
	for (size_t row = 0; row < COUNT(malformed); row++)
		seen |= 1U << malformed[row].reason;
	assert_int_equal(seen, (1U << _VX_MALFORMED_MAX) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_remote_port_finds_its_service),
		cmocka_unit_test(every_local_port_finds_its_service),
		cmocka_unit_test(every_reason_has_its_counter),
		cmocka_unit_test(no_reason_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
