/* SPDX-License-Identifier: BSD-2-Clause */
/* One case a rule: two candidates equal in everything but what the rule asks, and in everything that comes after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compile/candidate.h"

#define MEDIA                                                                                                          \
	(1U << VX_PROTOCOL_STUN | 1U << VX_PROTOCOL_TURN_CHANNEL | 1U << VX_PROTOCOL_DTLS | 1U << VX_PROTOCOL_ZRTP |   \
	 1U << VX_PROTOCOL_RTP | 1U << VX_PROTOCOL_RTCP)

static struct port_span one_port[] = { { 3478, 3478 } }, two_ports[] = { { 3478, 3479 } },
			all_ports[] = { { 0, 65535 } };

static const struct service plain = {
	.remote_ports = { { two_ports, 1 }, { two_ports, 1 } },
	.local_ports = { all_ports, 1 },
	.accepts = 1U << VX_PROTOCOL_SIP,
};

static const struct circumstances sip_in = { VX_TRANSPORT_UDP, VX_PROTOCOL_SIP, 46, VX_DIRECTION_IN };

static void expect_rule(struct candidate better, struct candidate worse, const struct circumstances *circumstances,
			enum candidate_rule rule)
{
	struct standing a = candidate_standing(&better, circumstances);
	struct standing b = candidate_standing(&worse, circumstances);
	enum candidate_rule decided = _CANDIDATE_RULE_MAX;

	assert_int_equal(standing_compare(&a, &b, &decided), 1);
	assert_int_equal(decided, rule);
	assert_int_equal(standing_compare(&b, &a, NULL), -1);
}

static void each_rule_decides_before_those_after_it(void **state)
{
	struct service base = plain, other = plain;
	struct candidate better = { &base, VX_CLAIM_NAMED, 24, 1 };
	struct candidate worse = { &other, VX_CLAIM_NAMED, 24, 2 };

	(void)state;
	expect_rule(worse, better, &sip_in, CANDIDATE_RULE_NAME);
	base.priority = 1;
	expect_rule(better, worse, &sip_in, CANDIDATE_RULE_PRIORITY);
	other.dscp[VX_DIRECTION_IN] = 1ULL << 46;
	expect_rule(worse, better, &sip_in, CANDIDATE_RULE_DSCP);
	base.local_ports = (struct port_set){ two_ports, 1 };
	expect_rule(better, worse, &sip_in, CANDIDATE_RULE_LOCAL_PORTS);
	other.remote_ports[VX_TRANSPORT_UDP] = (struct port_set){ one_port, 1 };
	expect_rule(worse, better, &sip_in, CANDIDATE_RULE_REMOTE_PORTS);
	other.accepts = 1U << VX_PROTOCOL_DNS;
	expect_rule(better, worse, &sip_in, CANDIDATE_RULE_PAYLOAD);
	worse.prefix_length = 25;
	expect_rule(worse, better, &sip_in, CANDIDATE_RULE_PREFIX);
	better.claim = VX_CLAIM_OWN;
	expect_rule(better, worse, &sip_in, CANDIDATE_RULE_CLAIM);
}

static void remote_ports_are_counted_for_the_packets_transport(void **state)
{
	struct service narrow_on_tcp = plain;
	struct candidate a = { &narrow_on_tcp, VX_CLAIM_OWN, 24, 1 }, b = { &plain, VX_CLAIM_OWN, 24, 2 };
	struct circumstances tcp = sip_in;

	(void)state;
	narrow_on_tcp.remote_ports[VX_TRANSPORT_TCP] = (struct port_set){ one_port, 1 };
	tcp.transport = VX_TRANSPORT_TCP;
	expect_rule(a, b, &tcp, CANDIDATE_RULE_REMOTE_PORTS);
	expect_rule(b, a, &sip_in, CANDIDATE_RULE_NAME);
}

static void dscp_counts_in_its_direction_only(void **state)
{
	struct service marked = plain;
	struct candidate candidate = { &marked, VX_CLAIM_OWN, 24, 1 };
	struct circumstances out = sip_in;

	(void)state;
	out.direction = VX_DIRECTION_OUT;
	marked.dscp[VX_DIRECTION_OUT] = 1ULL << 34;
	assert_false(candidate_dscp_unexpected(&candidate, &sip_in));
	assert_true(candidate_dscp_unexpected(&candidate, &out));
	out.dscp = 34;
	assert_false(candidate_dscp_unexpected(&candidate, &out));
}

/* Which evidence lets a service on a shared pool speak, for a media and for a web service. */
static void a_shared_pool_needs_a_payload_that_proves_itself(void **state)
{
	struct service media = plain, web = plain;
	struct candidate on_media = { &media, VX_CLAIM_SHARED, 8, 1 }, on_web = { &web, VX_CLAIM_ANY, 0, 1 };

	(void)state;
	media.accepts = MEDIA;
	web.accepts = 1U << VX_PROTOCOL_TLS | 1U << VX_PROTOCOL_HTTP | 1U << VX_PROTOCOL_DTLS;
	for (uint8_t evidence = 0; evidence < _VX_EVIDENCE_MAX; evidence++) {
		assert_int_equal(candidate_holds(&on_media, evidence),
				 evidence < _VX_PROTOCOL_MAX && (MEDIA >> evidence & 1));
		assert_false(candidate_holds(&on_web, evidence));
	}
	on_media.claim = VX_CLAIM_NAMED;
	on_web.claim = VX_CLAIM_OWN;
	for (uint8_t evidence = 0; evidence < _VX_EVIDENCE_MAX; evidence++) {
		assert_true(candidate_holds(&on_media, evidence));
		assert_true(candidate_holds(&on_web, evidence));
	}
}

static void outcomes_follow_the_payload(void **state)
{
	struct service media = plain;
	struct candidate own = { &media, VX_CLAIM_OWN, 24, 1 };

	(void)state;
	media.accepts = MEDIA;
	assert_int_equal(candidate_outcome(&own, VX_PROTOCOL_RTP), VX_OUTCOME_MATCH);
	assert_int_equal(candidate_outcome(&own, VX_EVIDENCE_RTP_LIKELY), VX_OUTCOME_MATCH);
	assert_int_equal(candidate_outcome(&own, VX_PROTOCOL_SIP), VX_OUTCOME_MISMATCH);
	assert_int_equal(candidate_outcome(&own, VX_PROTOCOL_OTHER), VX_OUTCOME_UNPROVEN);
	media.accepts = 1U << VX_PROTOCOL_SIP;
	assert_int_equal(candidate_outcome(&own, VX_EVIDENCE_RTP_LIKELY), VX_OUTCOME_UNPROVEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_decides_before_those_after_it),
		cmocka_unit_test(remote_ports_are_counted_for_the_packets_transport),
		cmocka_unit_test(dscp_counts_in_its_direction_only),
		cmocka_unit_test(a_shared_pool_needs_a_payload_that_proves_itself),
		cmocka_unit_test(outcomes_follow_the_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
