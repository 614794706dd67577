/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiled tables against the brute-force oracle, on random overlapping profiles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compile/tables.h"
#include "random_profiles.h"
#include "random_text.h"

#define SETS 2000
#define PACKETS_PER_SET 500

#define SLOTS 64

static const char *word(const char *text)
{
	return text ? text : "";
}

static void expect_agreement(const struct profile_set *set, const struct slots *slots, const struct tables *tables,
			     const struct oracle_packet *packet, enum vx_role role, uint64_t seed)
{
	struct oracle_verdict expected = oracle_judge(set, packet, role);
	struct packet asked = { packet->src,	   packet->dst,	     packet->sport, packet->dport,
				packet->transport, packet->evidence, packet->dscp };
	struct vx_verdict got = tables_judge(tables, &asked, role);
	const struct vx_slot *slot = &slots->names[got.slot];

	if (!strcmp(slot->vendor, word(expected.vendor)) && !strcmp(slot->service, word(expected.service)) &&
	    got.protocol == expected.protocol && got.direction == expected.direction &&
	    got.outcome == expected.outcome && !!got.flags == expected.dscp_unexpected)
		return;
	fail_msg("seed %llu role %u evidence %u: expected %s/%s protocol %u direction %u outcome %u dscp %d, "
		 "got %s/%s protocol %u direction %u outcome %u flags %u",
		 (unsigned long long)seed, role, packet->evidence, word(expected.vendor), word(expected.service),
		 expected.protocol, expected.direction, expected.outcome, expected.dscp_unexpected, slot->vendor,
		 slot->service, got.protocol, got.direction, got.outcome, got.flags);
}

static void tables_agree_with_the_oracle_on_random_profiles(void **state)
{
	size_t outcomes[_VX_OUTCOME_MAX] = {};

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
		for (int i = 0; i < PACKETS_PER_SET; i++) {
			struct oracle_packet packet = random_packet(&random, set);
			enum vx_role role = (enum vx_role)random_below(&random, _VX_ROLE_MAX);

			if (!packet.has_ports)
				continue;
			outcomes[oracle_judge(set, &packet, role).outcome]++;
			expect_agreement(set, &slots, tables, &packet, role, seed);
		}
		tables_free(tables);
		slots_fini(&slots);
		profile_set_free(set);
	}
	/* The generator must reach every outcome that tables can give, or agreement means little. */
	for (enum vx_outcome o = VX_OUTCOME_OTHER; o <= VX_OUTCOME_UNKNOWN_MEDIA; o++)
		assert_true(outcomes[o] > 1000);
}

#define TEXT_SETS 1200
#define TEXT_PACKETS_PER_SET 1000
#define DAY_2026_01_01 20454

/* One set of files, read by the parser and compiled, against what was meant when they were written. */
static void try_text(uint64_t seed, size_t outcomes[_VX_OUTCOME_MAX])
{
	struct random random = { seed };
	struct failure failure = {};
	struct slots slots = {};
	struct tables *tables = NULL;
	struct random_text text;
	struct loading loading;
	char name[32];

	loading_open(&loading);
	random_text_write(&random, &loading, DAY_2026_01_01, &text);
	loading_load(&loading, NULL, RANDOM_TEXT_SITE, DAY_2026_01_01);
	(void)snprintf(name, sizeof(name), "seed %llu", (unsigned long long)seed);
	assert_no_errors(&loading, name);
	assert_int_equal(slots_init(&slots, SLOTS), 0);
	assert_int_equal(slots_assign(&slots, loading.set, &failure), 0);
	assert_int_equal(tables_compile(loading.set, &slots, &tables, &failure), 0);
	/* Now by the one engine, now by the other. */
	if (seed % 2)
		assert_int_equal(tables_make_direct(tables, &failure), 0);
	for (int i = 0; i < TEXT_PACKETS_PER_SET; i++) {
		struct oracle_packet packet = random_packet(&random, text.landmarks);
		enum vx_role role = (enum vx_role)random_below(&random, _VX_ROLE_MAX);

		if (!packet.has_ports)
			continue;
		outcomes[oracle_judge(text.meaning, &packet, role).outcome]++;
		expect_agreement(text.meaning, &slots, tables, &packet, role, seed);
	}
	tables_free(tables);
	slots_fini(&slots);
	random_text_fini(&text);
	loading_close(&loading);
}

static void profiles_as_text_mean_what_they_say(void **state)
{
	size_t outcomes[_VX_OUTCOME_MAX] = {}, packets = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= TEXT_SETS; seed++)
		try_text(seed, outcomes);
	for (enum vx_outcome o = VX_OUTCOME_OTHER; o <= VX_OUTCOME_UNKNOWN_MEDIA; o++) {
		assert_true(outcomes[o] > 1000);
		packets += outcomes[o];
	}
	assert_true(packets >= 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_agree_with_the_oracle_on_random_profiles),
		cmocka_unit_test(profiles_as_text_mean_what_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
