/* SPDX-License-Identifier: BSD-2-Clause */
/* Overlaps: each one that is reported is real, none is left out, and the rule is the one that decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compile/overlaps.h"
#include "lib/cleanup.h"
#include "random_profiles.h"
#include "tests/lib/loading.h"

#define SETS 500
#define PACKETS_PER_SET 200
#define SLOTS 64

static struct overlaps found_in(const struct profile_set *set)
{
	struct failure failure = {};
	struct slots slots = {};
	struct overlaps overlaps = {};

	assert_int_equal(slots_init(&slots, SLOTS), 0);
	assert_int_equal(slots_assign(&slots, set, &failure), 0);
	assert_int_equal(overlaps_find(set, &slots, &overlaps, &failure), 0);
	slots_fini(&slots);
	return overlaps;
}

/* ---- against the oracle ---------------------------------------------------------------------------------------- */

static struct oracle_packet as_oracle(const struct packet *packet)
{
	return (struct oracle_packet){ .src = packet->src,
				       .dst = packet->dst,
				       .has_ports = true,
				       .transport = packet->transport,
				       .sport = packet->sport,
				       .dport = packet->dport,
				       .evidence = packet->evidence,
				       .dscp = packet->dscp };
}

/* The verdict with only @a and @b (either may be NULL) of all services. */
static struct oracle_verdict verdict_of_two(const struct profile_set *set, const struct service *a,
					    const struct service *b, const struct oracle_packet *packet,
					    enum vx_role role)
{
	static const char *kept[6][6];
	struct oracle_verdict verdict;

	for (size_t v = 0; v < set->vendor_count; v++)
		for (size_t s = 0; s < set->vendors[v].service_count; s++) {
			struct service *service = &set->vendors[v].services[s];

			kept[v][s] = service->unseen;
			if (service != a && service != b)
				service->unseen = "for the test";
		}
	verdict = oracle_judge(set, packet, role);
	for (size_t v = 0; v < set->vendor_count; v++)
		for (size_t s = 0; s < set->vendors[v].service_count; s++)
			set->vendors[v].services[s].unseen = kept[v][s];
	return verdict;
}

static bool is_service(const struct oracle_verdict *verdict, const struct vendor *vendor, const struct service *service)
{
	return verdict->service && !strcmp(verdict->vendor, vendor->id) && !strcmp(verdict->service, service->id);
}

/* Byte order decides if, and only if, other names turn the result round. */
static bool names_decide(const struct profile_set *set, struct overlap *overlap, const struct oracle_packet *packet,
			 enum vx_role role)
{
	struct vendor *winner_vendor = (struct vendor *)overlap->winner_vendor;
	struct service *winner = (struct service *)overlap->winner;
	const char *vendor_id = winner_vendor->id, *id = winner->id;
	struct oracle_verdict verdict;

	if (overlap->winner_vendor == overlap->loser_vendor)
		winner->id = "zzz";
	else
		winner_vendor->id = "zzz";
	verdict = verdict_of_two(set, overlap->winner, overlap->loser, packet, role);
	winner->id = id;
	winner_vendor->id = vendor_id;
	return is_service(&verdict, overlap->loser_vendor, overlap->loser);
}

static void expect_real(const struct profile_set *set, struct overlap *overlap, uint64_t seed)
{
	struct oracle_packet packet = as_oracle(&overlap->example);
	enum vx_role role = overlap->direction == VX_DIRECTION_IN ? VX_ROLE_WAN : VX_ROLE_LAN;
	struct oracle_verdict all = oracle_judge(set, &packet, role);
	struct oracle_verdict loser = verdict_of_two(set, overlap->loser, NULL, &packet, role);
	bool by_name = names_decide(set, overlap, &packet, role);

	if (!is_service(&all, overlap->winner_vendor, overlap->winner) ||
	    !is_service(&loser, overlap->loser_vendor, overlap->loser) ||
	    by_name != (overlap->rule == CANDIDATE_RULE_NAME))
		fail_msg("seed %llu: %s/%s over %s/%s by %s: the oracle has %s/%s, alone %s/%s, names decide: %d",
			 (unsigned long long)seed, overlap->winner_vendor->id, overlap->winner->id,
			 overlap->loser_vendor->id, overlap->loser->id, candidate_rule_words[overlap->rule],
			 all.vendor ? all.vendor : "", all.service ? all.service : "", loser.vendor ? loser.vendor : "",
			 loser.service ? loser.service : "", by_name);
}

static bool is_listed(const struct overlaps *overlaps, const struct oracle_verdict *winner, const struct vendor *vendor,
		      const struct service *loser)
{
	for (size_t i = 0; i < overlaps->count; i++)
		if (is_service(winner, overlaps->items[i].winner_vendor, overlaps->items[i].winner) &&
		    overlaps->items[i].loser_vendor == vendor && overlaps->items[i].loser == loser)
			return true;
	return false;
}

static size_t expect_listed(const struct profile_set *set, const struct overlaps *overlaps,
			    const struct oracle_packet *packet, uint64_t seed)
{
	struct oracle_verdict winner = oracle_judge(set, packet, VX_ROLE_WAN);
	size_t met = 0;

	for (size_t v = 0; v < set->vendor_count && winner.service; v++)
		for (size_t s = 0; s < set->vendors[v].service_count; s++) {
			const struct service *service = &set->vendors[v].services[s];
			struct oracle_verdict alone = verdict_of_two(set, service, NULL, packet, VX_ROLE_WAN);

			if (!alone.service || strcmp(set->vendors[v].id, winner.vendor) == 0)
				continue;
			met++;
			if (!is_listed(overlaps, &winner, &set->vendors[v], service))
				fail_msg("seed %llu: %s/%s over %s/%s is not listed", (unsigned long long)seed,
					 winner.vendor, winner.service, set->vendors[v].id, service->id);
		}
	return met;
}

static void overlaps_are_those_of_the_oracle(void **state)
{
	size_t met = 0, by_name = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		struct random random = { seed };
		struct profile_set *set = random_profile_set(&random);
		CLEANUP(overlaps_fini) struct overlaps overlaps = found_in(set);

		for (size_t i = 0; i < overlaps.count; i++)
			expect_real(set, &overlaps.items[i], seed);
		for (int i = 0; i < PACKETS_PER_SET; i++) {
			struct oracle_packet packet = random_packet(&random, set);

			if (packet.has_ports)
				met += expect_listed(set, &overlaps, &packet, seed);
		}
		by_name += overlaps.by_name;
		profile_set_free(set);
	}
	assert_true(met > 1000);
	assert_true(by_name > 10);
}

/* ---- one rule after another ------------------------------------------------------------------------------------ */

#define HEAD(vendor) "voxdp: 1\nvendor: " vendor "\ntitle: T\n"
#define RANGES(claim, prefix) "ranges:\n  r: {claim: " claim ", prefixes: [" prefix "]}\n"
#define SERVICE(keys) "services:\n  s: {source: x, remote: r, " keys "}\n"
#define SAME RANGES("own", "192.0.2.0/24")

static const struct {
	const char *a, *b;
	const char *winner; /* vendor; NULL: they do not meet */
	enum candidate_rule rule;
} pairs[] = {
	{ RANGES("shared", "192.0.2.0/25") SERVICE("ports: udp/3478, payload: stun"),
	  SAME SERVICE("ports: udp/3478, payload: stun"), "b", CANDIDATE_RULE_CLAIM },
	{ SAME SERVICE("ports: udp/3478, payload: stun"),
	  RANGES("own", "192.0.2.0/25") SERVICE("ports: udp/3478, payload: stun"), "b", CANDIDATE_RULE_PREFIX },
	{ SAME SERVICE("ports: udp/3478-3479, payload: stun"), SAME SERVICE("ports: udp/3478, payload: stun"), "b",
	  CANDIDATE_RULE_REMOTE_PORTS },
	{ SAME SERVICE("ports: udp/3478, payload: stun"),
	  SAME SERVICE("ports: udp/3478, local_ports: 1024+, payload: stun"), "b", CANDIDATE_RULE_LOCAL_PORTS },
	{ SAME SERVICE("ports: udp/3478, payload: stun"), SAME SERVICE("ports: udp/3478, payload: stun, priority: 1"),
	  "b", CANDIDATE_RULE_PRIORITY },
	{ SAME SERVICE("ports: udp/3478, payload: stun"), SAME SERVICE("ports: udp/3478, payload: stun"), "a",
	  CANDIDATE_RULE_NAME },
	{ SAME SERVICE("ports: udp/3478, payload: stun"), SAME SERVICE("ports: tcp/3478, payload: stun"), NULL, 0 },
	{ SAME SERVICE("ports: udp/3478, payload: stun"), SAME SERVICE("ports: udp/3479, payload: stun"), NULL, 0 },
	{ SAME SERVICE("ports: udp/3478, local_ports: 1-9, payload: stun"),
	  SAME SERVICE("ports: udp/3478, local_ports: 10+, payload: stun"), NULL, 0 },
	{ SAME SERVICE("ports: udp/3478, payload: stun"),
	  RANGES("own", "198.51.100.0/24") SERVICE("ports: udp/3478, payload: stun"), NULL, 0 },
	/* In a pool TLS proves nothing, so nobody claims it. */
	{ RANGES("shared", "192.0.2.0/24") SERVICE("ports: tcp/443, payload: tls"),
	  RANGES("shared", "192.0.2.0/24") SERVICE("ports: tcp/443, payload: tls"), NULL, 0 },
};

static void pair_load(struct loading *loading, const char *a, const char *b)
{
	CLEANUP_FREE char *first = NULL;
	CLEANUP_FREE char *second = NULL;

	assert_true(asprintf(&first, HEAD("a") "%s", a) > 0 && asprintf(&second, HEAD("b") "%s", b) > 0);
	loading_write(loading, "a.yaml", first);
	loading_write(loading, "b.yaml", second);
	loading_load(loading, NULL, NULL, 0);
	assert_no_errors(loading, a);
}

static void rule_is_the_first_difference(void **state)
{
	struct loading loading;

	(void)state;
	loading_open(&loading);
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		CLEANUP(overlaps_fini) struct overlaps overlaps = {};

		pair_load(&loading, pairs[i].a, pairs[i].b);
		overlaps = found_in(loading.set);
		assert_int_equal(overlaps.count, pairs[i].winner ? 1 : 0);
		if (!pairs[i].winner)
			continue;
		assert_string_equal(overlaps.items[0].winner_vendor->id, pairs[i].winner);
		assert_int_equal(overlaps.items[0].rule, pairs[i].rule);
		assert_int_equal(overlaps.by_name, pairs[i].rule == CANDIDATE_RULE_NAME);
	}
	loading_close(&loading);
}

/* Payload and DSCP decide packet by packet, so that each of the two wins some. */
static void rules_of_the_packet_show_both_ways(void **state)
{
	CLEANUP(overlaps_fini) struct overlaps payload = {}, dscp = {};
	struct loading loading;

	(void)state;
	loading_open(&loading);
	pair_load(&loading, SAME SERVICE("ports: udp/3478, payload: stun"),
		  SAME SERVICE("ports: udp/3478, payload: sip"));
	payload = found_in(loading.set);
	assert_int_equal(payload.count, 3); /* by payload either way, by name what neither accepts */
	assert_int_equal(payload.items[0].rule, CANDIDATE_RULE_PAYLOAD);
	assert_int_equal(payload.items[0].example.evidence, VX_PROTOCOL_STUN);
	assert_int_equal(payload.items[1].rule, CANDIDATE_RULE_NAME);
	assert_int_equal(payload.items[2].rule, CANDIDATE_RULE_PAYLOAD);
	assert_int_equal(payload.items[2].example.evidence, VX_PROTOCOL_SIP);

	pair_load(&loading, SAME SERVICE("ports: udp/3478, payload: stun, dscp: EF"),
		  SAME SERVICE("ports: udp/3478, payload: stun, dscp: CS3"));
	dscp = found_in(loading.set);
	assert_int_equal(dscp.count, 3);
	assert_int_equal(dscp.items[0].example.dscp, 46);
	assert_int_equal(dscp.items[2].example.dscp, 24);
	loading_close(&loading);
}

static void one_vendor_is_told_only_where_names_decide(void **state)
{
	static const char text[] = HEAD("a") SAME "services:\n"
						  "  p: {source: x, remote: r, ports: udp/3478, payload: stun}\n"
						  "  q: {source: x, remote: r, ports: udp/3478, payload: stun}\n"
						  "  t: {source: x, remote: r, ports: udp/3478-3480, payload: stun}\n";
	CLEANUP(overlaps_fini) struct overlaps overlaps = {};
	struct loading loading;

	(void)state;
	loading_open(&loading);
	loading_load_text(&loading, text);
	assert_no_errors(&loading, text);
	overlaps = found_in(loading.set);
	assert_int_equal(overlaps.count, 1);
	assert_string_equal(overlaps.items[0].winner->id, "p");
	assert_string_equal(overlaps.items[0].loser->id, "q");
	assert_int_equal(overlaps.items[0].rule, CANDIDATE_RULE_NAME);
	loading_close(&loading);
}

/* Inside a range that is full of smaller ones there may be one address left, or none. */
static void example_is_an_address_that_is_left(void **state)
{
	static const char a[] = RANGES("own", "192.0.2.0/24") SERVICE("ports: udp/3478, payload: stun");
	static const char left[] = RANGES("own", "192.0.2.0/25, 192.0.2.128/26, 192.0.2.192/27, 192.0.2.240/28")
		SERVICE("ports: udp/3478-3479, payload: stun");
	CLEANUP(overlaps_fini) struct overlaps overlaps = {};
	struct loading loading;

	(void)state;
	loading_open(&loading);
	pair_load(&loading, a, left);
	overlaps = found_in(loading.set);
	assert_int_equal(overlaps.count, 1); /* at .224 there is `a` alone */
	assert_string_equal(overlaps.items[0].winner_vendor->id, "b");
	assert_int_equal(overlaps.items[0].rule, CANDIDATE_RULE_PREFIX);
	loading_close(&loading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlaps_are_those_of_the_oracle),
		cmocka_unit_test(rule_is_the_first_difference),
		cmocka_unit_test(rules_of_the_packet_show_both_ways),
		cmocka_unit_test(one_vendor_is_told_only_where_names_decide),
		cmocka_unit_test(example_is_an_address_that_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
