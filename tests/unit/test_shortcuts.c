/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What shortcuts promise: a packet that one fits has the verdict that it tells. Against the brute-force oracle on random
 * profiles, and place by place on small ones. That the program then does as they say is for tests/bpf.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compile/tables.h"
#include "loading.h"
#include "random_profiles.h"

#define SETS 2000
#define PACKETS_PER_SET 500
#define SLOTS 64

/* ---- the random ones --------------------------------------------------------------------------------------------- */

/* What voxdp/abi.h says of a column, read a second time. */
static bool is_known(const struct vx_shortcut *column, uint32_t remote, uint32_t local, uint32_t dscp, uint32_t *ret)
{
	for (int i = 0; i < VX_SHORTCUTS; i++) {
		struct vx_shortcut_asks asks;

		if (remote < column[i].remote_first ||
		    remote >= (uint32_t)column[i].remote_first + column[i].remote_count)
			continue;
		*ret = column[i].verdict & 0x7fffffffU;
		if (column[i].verdict >> 31 == 0)
			return true;
		if (i + 1 == VX_SHORTCUTS)
			continue; /* it has no place to say for what it asks */
		memcpy(&asks, &column[i + 1], sizeof(asks));
		if (local >= asks.local_first && local < (uint32_t)asks.local_first + asks.local_count &&
		    ((dscp << 2) & asks.tos_mask) == asks.tos)
			return true;
	}
	return false;
}

static uint32_t cell_expected(const struct oracle_verdict *expected)
{
	switch (expected->outcome) {
	case VX_OUTCOME_UNPROVEN:
		return VX_PROTOCOL_OTHER;
	case VX_OUTCOME_MISMATCH:
	case VX_OUTCOME_UNKNOWN_MEDIA:
		return 16 + expected->protocol;
	default:
		return expected->protocol;
	}
}

static void expect_told(const struct profile_set *set, const struct slots *slots, const struct oracle_packet *packet,
			uint32_t verdict, bool out, uint64_t seed)
{
	struct oracle_verdict expected = oracle_judge(set, packet, VX_ROLE_ANY);
	uint32_t slot = expected.vendor ? slots_find(slots, expected.vendor, expected.service ?: "") : 0;
	uint32_t element = (verdict >> 9) + (out && (verdict & 8));

	if (element == slot * 2 + (expected.direction == VX_DIRECTION_OUT) &&
	    (verdict & 0x1f0) == cell_expected(&expected) * sizeof(struct vx_counter) &&
	    (verdict & 7) == expected.outcome && !expected.dscp_unexpected &&
	    !!(verdict & 8) == (expected.direction != VX_DIRECTION_NONE))
		return;
	fail_msg("seed %llu evidence %u: %s/%s protocol %u direction %u outcome %u dscp %d, told %08x %s",
		 (unsigned long long)seed, packet->evidence, expected.vendor ?: "", expected.service ?: "",
		 expected.protocol, expected.direction, expected.outcome, expected.dscp_unexpected, verdict,
		 out ? "out" : "in");
}

/* The packet, inbound and outbound, where its destination is nobody's. Returns how often a shortcut told. */
static size_t try_packet(const struct profile_set *set, const struct slots *slots, const struct tables *tables,
			 const struct oracle_packet *packet, uint64_t seed)
{
	const struct vx_shortcut *column = tables->shortcuts[tables_class_lpm(tables, &packet->src)]
						   .by_evidence[packet->transport][packet->evidence];
	struct oracle_packet back = *packet;
	uint32_t verdict;

	if (tables_class_lpm(tables, &packet->dst) != VX_CLASS_NOBODY ||
	    !is_known(column, packet->sport, packet->dport, packet->dscp, &verdict))
		return 0;
	expect_told(set, slots, packet, verdict, false, seed);
	back.src = packet->dst;
	back.dst = packet->src;
	back.sport = packet->dport;
	back.dport = packet->sport;
	expect_told(set, slots, &back, verdict, true, seed);
	return 1;
}

/* What is no media is nobody's whatever the profiles say, where neither address is in a range. */
static void expect_nobodys(const struct tables *tables, uint64_t seed)
{
	static const enum vx_protocol no_media[] = { VX_PROTOCOL_TLS,  VX_PROTOCOL_DNS,	 VX_PROTOCOL_NTP,
						     VX_PROTOCOL_HTTP, VX_PROTOCOL_XMPP, VX_PROTOCOL_QUIC };

	for (size_t i = 0; i < sizeof(no_media) / sizeof(no_media[0]); i++)
		for (int t = 0; t < _VX_TRANSPORT_MAX; t++)
			if (tables->nobody[t][no_media[i]] != (no_media[i] << 4 | VX_OUTCOME_OTHER))
				fail_msg("seed %llu transport %d evidence %u: told %08x", (unsigned long long)seed, t,
					 no_media[i], tables->nobody[t][no_media[i]]);
}

static void what_a_shortcut_tells_is_what_the_rules_say(void **state)
{
	size_t told[_VX_OUTCOME_MAX] = {};

	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		struct random random = { seed };
		struct profile_set *set = random_profile_set(&random);
		struct failure failure = {};
		struct slots slots = {};
		struct tables *tables = NULL;

		assert_int_equal(slots_init(&slots, SLOTS), 0);
		assert_int_equal(slots_assign(&slots, set, &failure), 0);
		assert_int_equal(tables_compile(set, &slots, &tables, &failure), 0);
		expect_nobodys(tables, seed);
		for (int i = 0; i < PACKETS_PER_SET; i++) {
			struct oracle_packet packet = random_packet(&random, set);

			if (packet.has_ports)
				told[oracle_judge(set, &packet, VX_ROLE_ANY).outcome] +=
					try_packet(set, &slots, tables, &packet, seed);
		}
		tables_free(tables);
		slots_fini(&slots);
		profile_set_free(set);
	}
	for (enum vx_outcome o = VX_OUTCOME_OTHER; o <= VX_OUTCOME_UNKNOWN_MEDIA; o++)
		assert_true(told[o] > 500);
}

/* ---- place by place ---------------------------------------------------------------------------------------------- */

struct fixture {
	struct loading loading;
	struct slots slots;
	struct tables *tables;
};

static void fixture_open(struct fixture *f, const char *services)
{
	static const char head[] = "voxdp: 1\nvendor: acme\ntitle: Acme\n"
				   "ranges: {all: {source: page 1, claim: own, prefixes: [192.0.2.0/24]},\n"
				   "         pool: {source: page 1, claim: shared, prefixes: [198.51.100.0/24]}}\n"
				   "services:\n";
	struct failure failure = {};
	char text[2048];

	*f = (struct fixture){};
	(void)snprintf(text, sizeof(text), "%s%s", head, services);
	loading_open(&f->loading);
	loading_load_text(&f->loading, text);
	assert_no_errors(&f->loading, services);
	assert_int_equal(slots_init(&f->slots, SLOTS), 0);
	assert_int_equal(slots_assign(&f->slots, f->loading.set, &failure), 0);
	assert_int_equal(tables_compile(f->loading.set, &f->slots, &f->tables, &failure), 0);
}

static void fixture_close(struct fixture *f)
{
	tables_free(f->tables);
	slots_fini(&f->slots);
	loading_close(&f->loading);
}

static const struct vx_shortcut *column_of(const struct fixture *f, const char *addr, enum vx_transport transport,
					   uint8_t evidence)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(addr, &prefix), 0);
	return f->tables->shortcuts[tables_class_lpm(f->tables, &prefix.addr)].by_evidence[transport][evidence];
}

/* Element by slot, cell, outcome, as a verdict has them: written out here. */
static uint32_t told(const struct fixture *f, const char *service, uint32_t cell, uint32_t outcome)
{
	uint32_t slot = service ? slots_find(&f->slots, "acme", service) : 0;

	return slot << 10 | cell << 4 | (service ? 8U : 0) | outcome;
}

static void expect_place(const struct vx_shortcut *place, uint32_t first, uint32_t count, uint32_t verdict)
{
	assert_int_equal(place->remote_first, first);
	assert_int_equal(place->remote_count, count);
	assert_int_equal(place->verdict, verdict);
}

/* From the place @first on there is no shortcut. */
static void expect_none(const struct vx_shortcut *column, int first)
{
	for (int i = first; i < VX_SHORTCUTS; i++)
		assert_int_equal(column[i].remote_count, 0);
}

/* Ports of services that accept the payload come first, then the wider box, then the lower ports. */
static void ports_that_accept_come_first(void **state)
{
	const struct vx_shortcut *column;
	struct fixture f;

	(void)state;
	fixture_open(&f, "  sip: {source: page 2, remote: all, ports: udp/5060, payload: sip}\n"
			 "  voice: {source: page 2, remote: all, ports: udp/10000-20000, payload: media}\n");
	column = column_of(&f, "192.0.2.9", VX_TRANSPORT_UDP, VX_PROTOCOL_SIP);
	expect_place(&column[0], 5060, 1, told(&f, "sip", VX_PROTOCOL_SIP, VX_OUTCOME_MATCH));
	expect_place(&column[1], 20001, 45535, told(&f, "", VX_PROTOCOL_SIP, VX_OUTCOME_OFF_PORT));
	expect_place(&column[2], 10000, 10001, told(&f, "voice", 16 + VX_PROTOCOL_SIP, VX_OUTCOME_MISMATCH));
	expect_place(&column[3], 0, 5060, told(&f, "", VX_PROTOCOL_SIP, VX_OUTCOME_OFF_PORT));
	/* A payload that proves nothing is for the cell of `other`. */
	column = column_of(&f, "192.0.2.9", VX_TRANSPORT_UDP, VX_PROTOCOL_OTHER);
	expect_place(&column[0], 10000, 10001, told(&f, "voice", VX_PROTOCOL_OTHER, VX_OUTCOME_UNPROVEN));
	fixture_close(&f);
}

/* What looks like RTP is RTP where it is expected; elsewhere the table of streams is asked, whoever's it is. */
static void what_looks_like_rtp_is_told_only_where_it_is_expected(void **state)
{
	const struct vx_shortcut *column;
	struct fixture f;

	(void)state;
	fixture_open(&f, "  voice: {source: page 2, remote: [all, pool], ports: udp/10000-20000, payload: media}\n");
	column = column_of(&f, "192.0.2.9", VX_TRANSPORT_UDP, VX_EVIDENCE_RTP_LIKELY);
	expect_place(&column[0], 10000, 10001, told(&f, "voice", VX_PROTOCOL_RTP, VX_OUTCOME_MATCH));
	expect_none(column, 1);
	expect_none(column_of(&f, "198.51.100.9", VX_TRANSPORT_UDP, VX_EVIDENCE_RTP_LIKELY), 0);
	expect_none(column_of(&f, "203.0.113.9", VX_TRANSPORT_UDP, VX_EVIDENCE_RTP_LIKELY), 0);
	fixture_close(&f);
}

/* All ports but the last one, which a count of 16 bits cannot say. */
static void nobodys_packets_are_told_whatever_their_ports(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "  sip: {source: page 2, remote: all, ports: udp/5060, payload: sip}\n");
	expect_place(column_of(&f, "203.0.113.9", VX_TRANSPORT_TCP, VX_PROTOCOL_TLS), 0, 65535,
		     told(&f, NULL, VX_PROTOCOL_TLS, VX_OUTCOME_OTHER));
	assert_int_equal(f.tables->nobody[VX_TRANSPORT_TCP][VX_PROTOCOL_TLS],
			 told(&f, NULL, VX_PROTOCOL_TLS, VX_OUTCOME_OTHER));
	assert_int_equal(f.tables->nobody[VX_TRANSPORT_UDP][VX_EVIDENCE_RTP_LIKELY], VX_SHORT_ASKS);
	expect_place(column_of(&f, "203.0.113.9", VX_TRANSPORT_UDP, VX_PROTOCOL_SIP), 0, 65535,
		     told(&f, NULL, 16 + VX_PROTOCOL_SIP, VX_OUTCOME_UNKNOWN_MEDIA));
	expect_place(column_of(&f, "203.0.113.9", VX_TRANSPORT_UDP, VX_PROTOCOL_DTLS), 0, 65535,
		     told(&f, NULL, 16 + VX_PROTOCOL_DTLS, VX_OUTCOME_UNKNOWN_MEDIA));
	/* A pool is nobody's too, where none of its services is met. */
	expect_place(column_of(&f, "198.51.100.9", VX_TRANSPORT_TCP, VX_PROTOCOL_TLS), 0, 65535,
		     told(&f, NULL, VX_PROTOCOL_TLS, VX_OUTCOME_OTHER));
	fixture_close(&f);
}

/* Where any address may be a service's, the other end may have the better candidate, or the only one. */
static void what_the_other_end_may_decide_is_not_told(void **state)
{
	const struct vx_shortcut *column;
	struct fixture f;

	(void)state;
	fixture_open(&f, "  stun: {source: page 2, remote: any, ports: udp/19302, payload: stun}\n"
			 "  turn: {source: page 2, remote: [all, pool], ports: udp/3478, payload: stun}\n");
	expect_none(column_of(&f, "203.0.113.9", VX_TRANSPORT_UDP, VX_PROTOCOL_STUN), 0);
	assert_int_equal(f.tables->nobody[VX_TRANSPORT_UDP][VX_PROTOCOL_STUN], VX_SHORT_ASKS);
	for (int i = 0; i < 2; i++) {
		column = column_of(&f, i ? "198.51.100.9" : "192.0.2.9", VX_TRANSPORT_UDP, VX_PROTOCOL_STUN);
		expect_place(&column[0], 3478, 1, told(&f, "turn", VX_PROTOCOL_STUN, VX_OUTCOME_MATCH));
		expect_none(column, 1);
	}
	/* Of other evidence that service hears nothing. */
	expect_place(&column_of(&f, "192.0.2.9", VX_TRANSPORT_UDP, VX_PROTOCOL_QUIC)[0], 3479, 62057,
		     told(&f, "", VX_PROTOCOL_QUIC, VX_OUTCOME_OFF_PORT));
	fixture_close(&f);
}

/* EF is told, and what has no mark, or AF41, counts beside as unexpected: that is for the tables. */
static void local_ports_and_dscp_are_asked_for(void **state)
{
	const struct vx_shortcut *column;
	struct vx_shortcut_asks asks;
	struct fixture f;

	(void)state;
	fixture_open(&f, "  voice: {source: page 2, remote: all, ports: udp/10000-20000, payload: media,\n"
			 "          local_ports: 1024-65535, dscp: EF}\n");
	column = column_of(&f, "192.0.2.9", VX_TRANSPORT_UDP, VX_EVIDENCE_RTP_LIKELY);
	expect_place(&column[0], 10000, 10001, told(&f, "voice", VX_PROTOCOL_RTP, VX_OUTCOME_MATCH) | VX_SHORT_ASKS);
	memcpy(&asks, &column[1], sizeof(asks));
	expect_none(column, 1);
	assert_int_equal(asks.local_first, 1024);
	assert_int_equal(asks.local_count, 64512);
	assert_int_equal(asks.tos_mask, 0xfc);
	assert_int_equal(asks.tos, 46 << 2);
	fixture_close(&f);
}

/* Local ports that part one service's packets do not part another's: its boxes are made one again. */
static void local_ports_of_another_service_are_not_asked_for(void **state)
{
	const struct vx_shortcut *column;
	struct fixture f;

	(void)state;
	fixture_open(&f, "  sip: {source: page 2, remote: all, ports: udp/5060, payload: sip, local_ports: 5060-8060}\n"
			 "  voice: {source: page 2, remote: all, ports: udp/10000-20000, payload: media}\n");
	column = column_of(&f, "192.0.2.9", VX_TRANSPORT_UDP, VX_EVIDENCE_RTP_LIKELY);
	expect_place(&column[0], 10000, 10001, told(&f, "voice", VX_PROTOCOL_RTP, VX_OUTCOME_MATCH));
	expect_none(column, 1);
	fixture_close(&f);
}

/* What asks takes two places, and is left out where there is but one. */
static void what_has_no_place_is_left_out(void **state)
{
	const struct vx_shortcut *column;
	struct fixture f;

	(void)state;
	fixture_open(
		&f,
		"  a: {source: page 2, remote: all, ports: udp/1000-1999, payload: media}\n"
		"  b: {source: page 2, remote: all, ports: udp/3000-3499, payload: media, local_ports: 1024-65535}\n"
		"  c: {source: page 2, remote: all, ports: udp/4000-4099, payload: media, local_ports: 1024-65535}\n");
	column = column_of(&f, "192.0.2.9", VX_TRANSPORT_UDP, VX_EVIDENCE_RTP_LIKELY);
	expect_place(&column[0], 1000, 1000, told(&f, "a", VX_PROTOCOL_RTP, VX_OUTCOME_MATCH));
	expect_place(&column[1], 3000, 500, told(&f, "b", VX_PROTOCOL_RTP, VX_OUTCOME_MATCH) | VX_SHORT_ASKS);
	expect_none(column, 2);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_shortcut_tells_is_what_the_rules_say),
		cmocka_unit_test(ports_that_accept_come_first),
		cmocka_unit_test(what_looks_like_rtp_is_told_only_where_it_is_expected),
		cmocka_unit_test(nobodys_packets_are_told_whatever_their_ports),
		cmocka_unit_test(what_the_other_end_may_decide_is_not_told),
		cmocka_unit_test(local_ports_and_dscp_are_asked_for),
		cmocka_unit_test(local_ports_of_another_service_are_not_asked_for),
		cmocka_unit_test(what_has_no_place_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
