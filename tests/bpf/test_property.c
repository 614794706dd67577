/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real program against the brute-force oracle: random overlapping profiles, random frames, both engines. The frame
 * carries a sample payload, whose protocol is known from the RFC that it was written from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/runner.h"
#include "frame.h"
#include "lib/words.h"
#include "random_profiles.h"
#include "tally.h"
#include "tester.h"

#define SETS 300
#define PACKETS_PER_SET 400

/* Payloads whose protocol does not depend on a port. */
static const enum sample_kind kinds[] = {
	SAMPLE_SIP_INVITE, SAMPLE_SIP_STATUS, SAMPLE_STUN_BINDING, SAMPLE_TURN_CHANNEL, SAMPLE_DTLS_HELLO,
	SAMPLE_ZRTP_HELLO, SAMPLE_RTP,	      SAMPLE_RTCP_SR,	   SAMPLE_TLS_HELLO,	SAMPLE_HTTP_GET,
	SAMPLE_XMPP_START, SAMPLE_NOISE,      SAMPLE_EMPTY,
};

#define ICMP 1
#define ICMPV6 58

static void build_headers(struct frame *frame, const struct oracle_packet *packet, const char *src, const char *dst)
{
	frame_init(frame);
	if (packet->src.family == 4)
		frame_ipv4(frame, src, dst);
	else
		frame_ipv6(frame, src, dst);
	if (packet->later_fragment && packet->src.family == 4)
		frame_ipv4_fragment(frame, 1480, false);
	else if (packet->later_fragment)
		frame_ipv6_fragment(frame, 1480, false);
}

static void build(struct frame *frame, struct random *random, struct oracle_packet *packet)
{
	const struct sample *sample = sample_get(kinds[random_below(random, sizeof(kinds) / sizeof(kinds[0]))]);
	char src[PREFIX_TEXT_MAX], dst[PREFIX_TEXT_MAX];
	struct frame_flow flow = { sample->transport, src, packet->sport, dst, packet->dport, packet->dscp };

	ip_addr_format(&packet->src, src);
	ip_addr_format(&packet->dst, dst);
	packet->evidence = VX_PROTOCOL_OTHER;
	if (packet->has_ports) {
		packet->transport = sample->transport;
		packet->evidence = sample->evidence;
		frame_build_bytes(frame, &flow, sample->bytes, sample->length);
		return;
	}
	packet->dscp = 0;
	build_headers(frame, packet, src, dst);
	if (!packet->later_fragment)
		frame_next(frame, packet->src.family == 4 ? ICMP : ICMPV6);
	frame_payload(frame, "\x08\x00\x00\x00\x00\x01\x00\x01", 8);
}

static bool agrees(const struct oracle_verdict *expected, const struct vx_verdict *got, const struct vx_slot *slot)
{
	return !strcmp(slot->vendor, expected->vendor ? expected->vendor : "") &&
	       !strcmp(slot->service, expected->service ? expected->service : "") &&
	       got->protocol == expected->protocol && got->direction == expected->direction &&
	       got->outcome == expected->outcome &&
	       !!(got->flags & VX_ANSWER_DSCP_UNEXPECTED) == expected->dscp_unexpected;
}

static void run_one(struct runner *runner, struct random *random, const struct profile_set *set, enum vx_role role,
		    size_t outcomes[_VX_OUTCOME_MAX], struct tally *tally)
{
	struct oracle_packet packet = random_packet(random, set);
	struct oracle_verdict expected;
	struct failure failure = {};
	struct vx_verdict got;
	struct frame frame;

	build(&frame, random, &packet);
	expected = oracle_judge(set, &packet, role);
	if (runner_run(runner, frame_bytes(&frame), frame.length, &got, &failure))
		fail_msg("%s", failure.text);
	outcomes[got.outcome]++;
	tally_add(tally, &expected, frame.length, frame.length);
	if (agrees(&expected, &got, runner_slot(runner, got.slot)))
		return;
	frame_print(&frame, "misjudged");
	fail_msg("role %s: expected %s/%s %s %s %s, got %s/%s %s %s %s", role_word(role),
		 expected.vendor ? expected.vendor : "-", expected.service ? expected.service : "-",
		 protocol_word(expected.protocol), direction_word(expected.direction), outcome_word(expected.outcome),
		 runner_slot(runner, got.slot)->vendor, runner_slot(runner, got.slot)->service,
		 protocol_word(got.protocol), direction_word(got.direction), outcome_word(got.outcome));
}

static void the_program_agrees_with_the_oracle_on_random_profiles(void **state)
{
	size_t outcomes[_VX_OUTCOME_MAX] = {};

	(void)state;
	tester_need_bpf();
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		struct random random = { seed };
		struct profile_set *set = random_profile_set(&random);
		enum vx_role role = (enum vx_role)(seed % _VX_ROLE_MAX);
		struct runner *runner =
			tester_runner(set, role, (enum vx_engine)(seed / _VX_ROLE_MAX % _VX_ENGINE_MAX));
		struct counters counters = {};
		struct failure failure = {};
		struct tally tally = {};

		for (int i = 0; i < PACKETS_PER_SET; i++)
			run_one(runner, &random, set, role, outcomes, &tally);
		if (runner_counters(runner, &counters, &failure))
			fail_msg("%s", failure.text);
		assert_true(tally_agrees(&tally, &counters));
		counters_fini(&counters);
		runner_free(runner);
		profile_set_free(set);
	}
	/* The generator must reach every outcome, or agreement means little. */
	for (enum vx_outcome o = VX_OUTCOME_OTHER; o <= VX_OUTCOME_FRAGMENT; o++)
		if (outcomes[o] < 500)
			fail_msg("only %zu packets with outcome %s", outcomes[o], outcome_word(o));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_agrees_with_the_oracle_on_random_profiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
