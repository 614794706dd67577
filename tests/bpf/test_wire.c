/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the real program reads of frames, against the oracles: random frames, every sample cut and split at every length,
 * every first byte of a payload, and payloads that lie in a fragment of the frame. tests/fuzz/program.c does the first
 * for as long as one likes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/runner.h"
#include "lib/words.h"
#include "loading.h"
#include "tester.h"
#include "wire_trial.h"

#define ROUNDS 40 /* four of each program; some 160,000 frames */

/*
 * The program of the tests that need one: all frames are someone's in one direction or the other. Then the same with all
 * tunnels, and, where this kernel takes it, by copies.
 */
#define ANY_DIRECT 5
static const uint64_t any[] = { ANY_DIRECT, 6, 9 };

static int setup(void **state)
{
	struct wire_trial *trial;

	tester_need_bpf();
	trial = wire_trial_new();
	assert_non_null(trial);
	wire_trial_choose(trial, ANY_DIRECT);
	*state = trial;
	return 0;
}

static int teardown(void **state)
{
	wire_trial_free(*state);
	return 0;
}

static void need_splits(const struct wire_trial *trial)
{
	if (wire_trial_splits(trial))
		return;
	printf("SKIP: this kernel does not split test frames (Linux 6.18 does)\n");
	skip();
}

static void judge(struct wire_trial *trial, struct frame *frame, size_t linear, const char *what)
{
	if (!wire_trial_frame(trial, frame, linear))
		fail_msg("%s", what);
}

/* ---- random frames ----------------------------------------------------------------------------------------------- */

static void the_program_agrees_with_the_oracles_on_odd_frames(void **state)
{
	static const enum vx_protocol relayed[] = { VX_PROTOCOL_OTHER, VX_PROTOCOL_STUN,	VX_PROTOCOL_DTLS,
						    VX_PROTOCOL_ZRTP,  VX_PROTOCOL_RTP,		VX_PROTOCOL_RTCP,
						    VX_PROTOCOL_SIP,   VX_PROTOCOL_TURN_CHANNEL };
	struct wire_trial *trial = *state;

	for (uint64_t round = 1; round <= ROUNDS; round++)
		if (!wire_trial_round(trial, round))
			fail_msg("round %u", (unsigned)round);
	assert_true(wire_trial_accounts(trial));
	/* Agreement means little where the frames do not reach. */
	for (int o = 0; o < _VX_OUTCOME_MAX; o++)
		if (wire_trial_seen_outcome(trial, (enum vx_outcome)o) < 500)
			fail_msg("too few frames with outcome %s", outcome_word((unsigned)o));
	for (int p = 0; p < _VX_PROTOCOL_MAX; p++)
		if (wire_trial_seen_protocol(trial, (enum vx_protocol)p) < 100)
			fail_msg("too few frames with protocol %s", protocol_word((unsigned)p));
	for (int m = 0; m < _VX_MALFORMED_MAX; m++)
		/* No test run takes a frame without an Ethernet header; inside tunnels there are few. */
		if (m != VX_MALFORMED_ETHERNET_TRUNCATED && wire_trial_seen_malformed(trial, (enum vx_malformed)m) < 10)
			fail_msg("too few frames malformed for %s", malformed_word((unsigned)m));
	for (int t = 0; t < _VX_TUNNEL_MAX; t++)
		if (wire_trial_seen_tunnel(trial, (enum vx_tunnel)t) < 100)
			fail_msg("too few frames in %s", tunnel_word((unsigned)t));
	for (size_t i = 0; i < sizeof(relayed) / sizeof(relayed[0]); i++)
		if (wire_trial_seen_inner(trial, relayed[i]) < 25)
			fail_msg("too few messages that carry %s", protocol_word(relayed[i]));
}

/* ---- every sample, cut and split --------------------------------------------------------------------------------- */

/* The ways in which a sample is wrapped. */
enum wrapping {
	WRAP_IPV4,
	WRAP_IPV6,
	WRAP_TAGS_PPPOE,
	WRAP_OPTIONS,
	WRAP_CHAIN,
	WRAP_FIRST_FRAGMENT,
	WRAP_LABELS_GRE,
	WRAP_GENEVE_VXLAN,
	WRAP_GTP_U,
	_WRAP_MAX,
};

static void network_layers(struct frame *frame, enum wrapping wrapping)
{
	static const uint8_t options[8] = { 1 };

	frame_init(frame);
	switch (wrapping) {
	case WRAP_IPV4:
		frame_ipv4(frame, FRAME_VENDOR, FRAME_EDGE);
		break;
	case WRAP_IPV6:
		frame_ipv6(frame, FRAME_VENDOR6, FRAME_EDGE6);
		break;
	case WRAP_TAGS_PPPOE:
		frame_vlan(frame, FRAME_8021AD, 10);
		frame_vlan(frame, FRAME_8021Q, 20);
		frame_pppoe(frame, 7);
		frame_ipv4(frame, FRAME_EDGE, FRAME_VENDOR_TWO);
		break;
	case WRAP_OPTIONS:
		frame_ipv4(frame, FRAME_EDGE, FRAME_VENDOR);
		frame_ipv4_options(frame, options, sizeof(options));
		frame_ah(frame);
		break;
	case WRAP_CHAIN:
		frame_ipv6(frame, FRAME_NOBODY6, FRAME_EDGE6);
		frame_extension(frame, 0, 0);
		frame_extension(frame, 43, 1);
		frame_ipv6_fragment(frame, 0, false);
		break;
	case WRAP_LABELS_GRE:
		frame_mpls(frame, 2);
		frame_ipv4(frame, FRAME_NOBODY, FRAME_VENDOR);
		frame_gre(frame, 0xb000);
		frame_ipv6(frame, FRAME_VENDOR6, FRAME_EDGE6);
		break;
	case WRAP_GENEVE_VXLAN:
		frame_ipv4(frame, FRAME_NOBODY, FRAME_EDGE);
		frame_udp(frame, 50000, 6081);
		frame_geneve(frame, 2);
		frame_ipv6(frame, FRAME_NOBODY6, FRAME_EDGE6);
		frame_udp(frame, 50000, 8472);
		frame_vxlan(frame);
		frame_ethernet(frame);
		frame_vlan(frame, FRAME_8021Q, 20);
		frame_ipv4(frame, FRAME_EDGE, FRAME_VENDOR_TWO);
		break;
	case WRAP_GTP_U:
		frame_ipv4(frame, FRAME_NOBODY, FRAME_EDGE);
		frame_udp(frame, 2152, 2152);
		frame_gtp_u(frame, 6, 2);
		frame_ipv4(frame, FRAME_VENDOR, FRAME_EDGE);
		break;
	default:
		frame_ipv4(frame, FRAME_VENDOR, FRAME_EDGE);
		frame_ipv4_fragment(frame, 0, true);
	}
}

static void wrap(struct frame *frame, enum sample_kind kind, enum wrapping wrapping)
{
	const struct sample *sample = sample_get(kind);

	network_layers(frame, wrapping);
	if (sample->transport == VX_TRANSPORT_UDP)
		frame_udp(frame, sample->port, 40000);
	else
		frame_tcp(frame, sample->port, 40000);
	frame_sample(frame, kind);
	/* A first fragment carries a multiple of 8 bytes. */
	if (wrapping == WRAP_FIRST_FRAGMENT)
		while ((frame->length - 34) % 8)
			frame_payload(frame, "", 1);
}

/* Calls @each with every sample in every wrapping, for each of the programs. */
static void each_sample(struct wire_trial *trial, void (*each)(struct wire_trial *trial, struct frame *frame))
{
	struct frame frame;

	for (size_t program = 0; program < sizeof(any) / sizeof(any[0]); program++) {
		wire_trial_choose(trial, any[program]);
		for (int kind = 0; kind < _SAMPLE_MAX; kind++)
			for (int wrapping = 0; wrapping < _WRAP_MAX; wrapping++) {
				wrap(&frame, (enum sample_kind)kind, (enum wrapping)wrapping);
				each(trial, &frame);
			}
	}
}

static void cut_everywhere(struct wire_trial *trial, struct frame *frame)
{
	struct frame cut;

	for (size_t length = 0; length <= frame->length; length++) {
		cut = *frame;
		frame_cut(&cut, length);
		judge(trial, &cut, cut.length, "cut");
	}
	assert_true(wire_trial_forget_streams(trial));
}

static void every_truncation_is_judged_and_counted(void **state)
{
	each_sample(*state, cut_everywhere);
	assert_true(wire_trial_accounts(*state));
}

static void split_everywhere(struct wire_trial *trial, struct frame *frame)
{
	for (size_t linear = 0; linear < frame->length; linear++)
		judge(trial, frame, linear, "split");
	assert_true(wire_trial_forget_streams(trial));
}

static void every_split_is_judged_and_counted(void **state)
{
	need_splits(*state);
	each_sample(*state, split_everywhere);
	assert_true(wire_trial_accounts(*state));
}

static void padded(struct wire_trial *trial, struct frame *frame)
{
	struct frame longer = *frame;

	for (size_t padding = 1; padding < 100; padding += 9) {
		frame_pad(&longer, frame->length + padding);
		judge(trial, &longer, longer.length, "padded");
	}
	assert_true(wire_trial_forget_streams(trial));
}

static void padding_of_any_size_changes_nothing(void **state)
{
	each_sample(*state, padded);
	assert_true(wire_trial_accounts(*state));
}

/* ---- first bytes ------------------------------------------------------------------------------------------------- */

/* RFC 9443, 4, over UDP; text is told by its letters, and at this port no channel is at all. */
static bool first_byte_allows(uint8_t first, enum vx_protocol protocol)
{
	switch (protocol) {
	case VX_PROTOCOL_OTHER:
		return true;
	case VX_PROTOCOL_STUN:
		return first <= 3;
	case VX_PROTOCOL_ZRTP:
		return first >= 16 && first <= 19;
	case VX_PROTOCOL_DTLS:
		return first >= 20 && first <= 63;
	case VX_PROTOCOL_TURN_CHANNEL:
		return first >= 64 && first <= 79;
	case VX_PROTOCOL_RTP:
	case VX_PROTOCOL_RTCP:
		return first >= 128 && first <= 191;
	case VX_PROTOCOL_QUIC:
		return first >= 192;
	case VX_PROTOCOL_SIP:
		return first >= 'A' && first <= 'U';
	default:
		return false;
	}
}

static void first_byte_decides_who_may_answer(void **state)
{
	static const struct frame_flow flow = { VX_TRANSPORT_UDP, FRAME_VENDOR, 40001, FRAME_EDGE, 40002, 0 };
	struct wire_trial *trial = *state;
	uint8_t bytes[1500];
	struct frame frame;

	for (int kind = 0; kind < SAMPLE_EMPTY; kind++) {
		const struct sample *sample = sample_get((enum sample_kind)kind);

		memcpy(bytes, sample->bytes, sample->length);
		for (unsigned first = 0; first < 256; first++) {
			uint64_t before[_VX_PROTOCOL_MAX];

			for (int p = 0; p < _VX_PROTOCOL_MAX; p++)
				before[p] = wire_trial_seen_protocol(trial, (enum vx_protocol)p);
			bytes[0] = (uint8_t)first;
			frame_build_bytes(&frame, &flow, bytes, sample->length);
			judge(trial, &frame, frame.length, sample->name);
			for (int p = 0; p < _VX_PROTOCOL_MAX; p++)
				if (wire_trial_seen_protocol(trial, (enum vx_protocol)p) > before[p] &&
				    !first_byte_allows((uint8_t)first, (enum vx_protocol)p))
					fail_msg("%s with first byte %u is %s", sample->name, first,
						 protocol_word((unsigned)p));
		}
		assert_true(wire_trial_forget_streams(trial));
	}
}

/* Who asks chooses the two bytes that a query starts with: with some of them it begins as a packet of RTP does. */
static void whatever_its_id_a_query_at_a_port_of_dns_is_dns(void **state)
{
	static const uint16_t ports[] = { 53, 5353, 5355 };
	const struct sample *query = sample_get(SAMPLE_DNS_QUERY);
	struct wire_trial *trial = *state;
	uint8_t bytes[1500];
	struct frame frame;

	memcpy(bytes, query->bytes, query->length);
	bytes[1] = 0;
	for (unsigned first = 0; first < 256; first++)
		for (size_t i = 0; i < 2 * sizeof(ports) / sizeof(ports[0]); i++) {
			struct frame_flow flow = { VX_TRANSPORT_UDP, FRAME_VENDOR, 40001, FRAME_EDGE, 40002, 0 };
			uint64_t before = wire_trial_seen_protocol(trial, VX_PROTOCOL_DNS);

			*(i % 2 ? &flow.sport : &flow.dport) = ports[i / 2];
			bytes[0] = (uint8_t)first;
			frame_build_bytes(&frame, &flow, bytes, query->length);
			judge(trial, &frame, frame.length, "query");
			assert_int_equal(wire_trial_seen_protocol(trial, VX_PROTOCOL_DNS), before + 1);
		}
}

/* A message that ends early, and in the padding behind it stands what would complete it. */
static void judge_cut(struct wire_trial *trial, const struct frame_flow *flow, const struct sample *sample)
{
	struct frame frame;

	for (size_t length = 0; length < 20 && length < sample->length; length++) {
		size_t rest = sample->length - length < 20 ? sample->length - length : 20, end;

		frame_build_bytes(&frame, flow, sample->bytes, length);
		end = frame.length;
		frame_pad(&frame, end + rest);
		memcpy(frame_bytes(&frame) + end, sample->bytes + length, rest);
		judge(trial, &frame, frame.length, sample->name);
	}
	assert_true(wire_trial_forget_streams(trial));
}

static void padding_is_not_taken_for_the_rest_of_a_message(void **state)
{
	static const uint8_t record[] = "\x17\x03\x03\x00\x40 and so on, as it was encrypted";
	const struct sample data = { .name = "TLS application data", .bytes = record, .length = sizeof(record) };
	const struct frame_flow tls = { VX_TRANSPORT_TCP, FRAME_VENDOR, 443, FRAME_EDGE, 40002, 0 };
	struct wire_trial *trial = *state;

	for (int kind = 0; kind < SAMPLE_EMPTY; kind++) {
		const struct sample *sample = sample_get((enum sample_kind)kind);
		const struct frame_flow flow = { sample->transport, FRAME_VENDOR, sample->port, FRAME_EDGE, 40002, 0 };

		judge_cut(trial, &flow, sample);
	}
	judge_cut(trial, &tls, &data);
	assert_true(wire_trial_accounts(trial));
}

/* ---- payload in a fragment --------------------------------------------------------------------------------------- */

static const char acme[] = "voxdp: 1\n"
			   "vendor: acme\n"
			   "title: Acme\n"
			   "ranges: {all: {source: page 1, prefixes: [192.0.2.0/25, \"2001:db8:1::/48\"]}}\n"
			   "services: {all: {source: page 2, remote: all, ports: [udp/any, tcp/any], payload: any}}\n";

static struct runner *runner_of_acme(struct loading *loading)
{
	loading_open(loading);
	loading_load_text(loading, acme);
	assert_no_errors(loading, "the profile of this test");
	return tester_runner(loading->set, VX_ROLE_WAN, VX_ENGINE_DIRECT);
}

/* What proves itself on any port. */
static const enum sample_kind seen_in_fragments[] = { SAMPLE_SIP_INVITE,   SAMPLE_SIP_STATUS, SAMPLE_STUN_BINDING,
						      SAMPLE_TURN_CHANNEL, SAMPLE_DTLS_HELLO, SAMPLE_ZRTP_HELLO,
						      SAMPLE_RTP,	   SAMPLE_RTCP_SR,    SAMPLE_TLS_HELLO,
						      SAMPLE_QUIC_INITIAL, SAMPLE_HTTP_GET,   SAMPLE_XMPP_START,
						      SAMPLE_STUN_CLASSIC };

#define SEEN_IN_FRAGMENTS (sizeof(seen_in_fragments) / sizeof(seen_in_fragments[0]))

static void expect_seen(const struct runner *runner, const struct sample *sample, const struct vx_verdict *got)
{
	enum vx_protocol expected = sample->evidence == VX_EVIDENCE_RTP_LIKELY ? VX_PROTOCOL_RTP : sample->evidence;

	if (got->protocol != expected || got->outcome != VX_OUTCOME_MATCH || got->sport != 40001 ||
	    got->dport != 40002 || strcmp(runner_slot(runner, got->slot)->service, "all") != 0)
		fail_msg("%s: %s %s, %u>%u", sample->name, protocol_word(got->protocol), outcome_word(got->outcome),
			 got->sport, got->dport);
}

/*
 * Headers of nearly a page, which is what test runs leave for the linear part: the payload begins in its last bytes, or
 * right behind it. Any kernel that runs jumbo frames can do this.
 */
static void payload_behind_a_page_of_headers_is_recognised(void **state)
{
	struct loading loading;
	struct runner *runner = runner_of_acme(&loading);
	struct failure failure = {};
	struct vx_verdict verdict;
	struct frame frame;

	(void)state;
	if (runner_bytes_max(runner) < 9000) {
		printf("SKIP: this kernel runs no jumbo frames\n");
		skip();
	}
	for (size_t i = 0; i < SEEN_IN_FRAGMENTS; i++)
		for (size_t units = 172; units < 177; units++) {
			const struct sample *sample = sample_get(seen_in_fragments[i]);

			frame_init(&frame);
			frame_ipv6(&frame, FRAME_VENDOR6, FRAME_EDGE6);
			frame_extension(&frame, 60, 255);
			frame_extension(&frame, 60, units);
			if (sample->transport == VX_TRANSPORT_UDP)
				frame_udp(&frame, 40001, 40002);
			else
				frame_tcp(&frame, 40001, 40002);
			frame_sample(&frame, seen_in_fragments[i]);
			assert_int_equal(runner_run(runner, frame_bytes(&frame), frame.length, &verdict, &failure), 0);
			expect_seen(runner, sample, &verdict);
		}
	runner_free(runner);
	loading_close(&loading);
}

/* Does the message stay what it is when the datagram is longer than it? */
static bool bears_a_tail(const struct sample *sample)
{
	return sample->evidence != VX_PROTOCOL_STUN && sample->evidence != VX_PROTOCOL_TURN_CHANNEL &&
	       sample->evidence != VX_PROTOCOL_ZRTP;
}

/*
 * Jumbo frames whose linear part ends with their headers, as drivers that split headers from data have it, or soon after.
 * What they carry fills them, or is a short packet with padding behind it.
 */
static void split_jumbo_frames(struct runner *runner, const struct sample *sample, const struct frame_flow *flow,
			       size_t payload_length)
{
	static uint8_t bytes[9000];
	struct failure failure = {};
	struct vx_verdict verdict;
	struct frame frame;
	size_t headers;

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, sample->bytes, sample->length);
	frame_build_bytes(&frame, flow, bytes, payload_length);
	headers = frame.length - payload_length;
	frame_pad(&frame, 9000);
	for (size_t linear = headers; linear < headers + 20; linear++) {
		if (runner_run_split(runner, frame_bytes(&frame), frame.length, linear, &verdict, &failure))
			fail_msg("%s", failure.text);
		expect_seen(runner, sample, &verdict);
	}
}

static void payload_of_a_split_jumbo_frame_is_recognised(void **state)
{
	struct frame_flow flows[] = { { VX_TRANSPORT_UDP, FRAME_VENDOR, 40001, FRAME_EDGE, 40002, 0 },
				      { VX_TRANSPORT_UDP, FRAME_VENDOR6, 40001, FRAME_EDGE6, 40002, 0 } };
	struct loading loading;
	struct runner *runner = runner_of_acme(&loading);

	need_splits(*state);
	for (size_t i = 0; i < SEEN_IN_FRAGMENTS; i++)
		for (int family = 0; family < 2; family++) {
			const struct sample *sample = sample_get(seen_in_fragments[i]);

			flows[family].transport = sample->transport;
			split_jumbo_frames(runner, sample, &flows[family], sample->length);
			if (bears_a_tail(sample))
				split_jumbo_frames(runner, sample, &flows[family], 8900);
		}
	runner_free(runner);
	loading_close(&loading);
}

static uint64_t bytes_counted(struct runner *runner)
{
	struct counters counters = {};
	struct failure failure = {};
	uint64_t bytes = 0;

	assert_int_equal(runner_counters(runner, &counters, &failure), 0);
	for (size_t i = 0; i < counters.count; i++)
		if (counters.rows[i].kind == COUNTER_OUTCOME)
			bytes += counters.rows[i].bytes;
	counters_fini(&counters);
	return bytes;
}

/* Only where the linear part ends with a packet, or with what pads a minimal frame, is the frame taken to end there. */
static void bytes_in_fragments_are_counted(void **state)
{
	static const struct frame_flow flow = { VX_TRANSPORT_UDP, FRAME_VENDOR, 40001, FRAME_EDGE, 40002, 0 };
	struct loading loading;
	struct runner *runner = runner_of_acme(&loading);
	struct failure failure = {};
	struct vx_verdict verdict;
	struct frame frame;
	uint64_t bytes = 0;
	size_t packet;

	need_splits(*state);
	frame_build(&frame, &flow, SAMPLE_RTP);
	packet = frame.length;
	frame_pad(&frame, packet + 200);
	for (size_t linear = 42; linear < frame.length; linear++) {
		if (linear >= packet && linear <= packet + 46)
			continue;
		assert_int_equal(
			runner_run_split(runner, frame_bytes(&frame), frame.length, linear, &verdict, &failure), 0);
		bytes += frame.length;
	}
	assert_int_equal(bytes_counted(runner), bytes);
	runner_free(runner);
	loading_close(&loading);
}

/* The stream table too finds the header in the fragment: nobody's RTP is proven by its third packet. */
static void stream_is_proven_in_fragments(void **state)
{
	static const struct frame_flow flow = { VX_TRANSPORT_UDP, FRAME_NOBODY, 40001, FRAME_EDGE, 40002, 0 };
	struct loading loading;
	struct runner *runner = runner_of_acme(&loading);
	uint8_t bytes[SAMPLE_RTP_BYTES];
	struct failure failure = {};
	struct vx_verdict verdict;
	struct frame frame;

	need_splits(*state);
	for (uint16_t packet = 0; packet < 5; packet++) {
		sample_rtp(bytes, packet, 160 * packet, 0x11223344);
		frame_build_bytes(&frame, &flow, bytes, sizeof(bytes));
		assert_int_equal(runner_run_split(runner, frame_bytes(&frame), frame.length, 42, &verdict, &failure),
				 0);
		assert_int_equal(verdict.protocol, packet < 2 ? VX_PROTOCOL_OTHER : VX_PROTOCOL_RTP);
		assert_int_equal(verdict.outcome, packet < 2 ? VX_OUTCOME_OTHER : VX_OUTCOME_UNKNOWN_MEDIA);
	}
	runner_free(runner);
	loading_close(&loading);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_program_agrees_with_the_oracles_on_odd_frames),
		TEST(every_truncation_is_judged_and_counted),
		TEST(every_split_is_judged_and_counted),
		TEST(padding_of_any_size_changes_nothing),
		TEST(first_byte_decides_who_may_answer),
		TEST(whatever_its_id_a_query_at_a_port_of_dns_is_dns),
		TEST(padding_is_not_taken_for_the_rest_of_a_message),
		TEST(payload_behind_a_page_of_headers_is_recognised),
		TEST(payload_of_a_split_jumbo_frame_is_recognised),
		TEST(bytes_in_fragments_are_counted),
		TEST(stream_is_proven_in_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
