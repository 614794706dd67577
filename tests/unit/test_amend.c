/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses taken from and added to a compiled set: whatever came before, its tables judge as those do that are compiled
 * of the changed profiles, at every boundary, and as the oracle says.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boundary.h"
#include "compile/amend.h"
#include "loading.h"
#include "oracle.h"
#include "random_profiles.h"

#define SETS 60
#define STEPS 25
#define PACKETS_PER_STEP 30
#define SLOTS 64
#define DAY 20454 /* 2026-01-01 */

/* The same profiles twice: those that are compiled and changed, and those in which the test changes the lists itself. */
struct trial {
	struct random random;
	uint64_t seed;
	struct profile_set *set, *meant;
	struct range *owned[64]; /* lists of @meant that are not its arena's, by range set */
	uint32_t range_sets;
	struct slots slots;
	struct amendable *amendable;
	uint8_t digest[32]; /* of the profiles */
	size_t shorts, wholes;
	struct failure failure;
};

static struct range_set *range_set_at(const struct profile_set *set, uint32_t number)
{
	size_t v = 0;

	for (; number >= set->vendors[v].range_set_count; v++)
		number -= (uint32_t)set->vendors[v].range_set_count;
	return set->vendors[v].range_sets[number];
}

static void trial_open(struct trial *trial, uint64_t seed, struct profile_set *set, struct profile_set *meant)
{
	*trial = (struct trial){ .random = { seed }, .seed = seed, .set = set, .meant = meant };
	for (size_t v = 0; v < trial->set->vendor_count; v++)
		trial->range_sets += (uint32_t)trial->set->vendors[v].range_set_count;
	assert_true(trial->range_sets <= 64);
	assert_int_equal(slots_init(&trial->slots, SLOTS), 0);
	assert_int_equal(slots_assign(&trial->slots, trial->set, &trial->failure), 0);
	assert_int_equal(amendable_new(trial->set, &trial->slots, NULL, 0, &trial->amendable, &trial->failure), 0);
	memcpy(trial->digest, amendable_tables(trial->amendable)->generation.digest, sizeof(trial->digest));
}

static void trial_close(struct trial *trial)
{
	amendable_free(trial->amendable);
	for (uint32_t r = 0; r < trial->range_sets; r++)
		free(trial->owned[r]);
	slots_fini(&trial->slots);
}

/* ---- the same change, the dull way -------------------------------------------------------------------------------- */

static bool meant_has(const struct trial *trial, const struct amendment *change)
{
	const struct range_set *ranges = range_set_at(trial->meant, change->range_set);

	for (size_t i = 0; i < ranges->range_count; i++)
		if (!prefix_compare(&ranges->ranges[i].prefix, &change->prefix))
			return true;
	return false;
}

static void meant_change(struct trial *trial, const struct amendment *change)
{
	struct range_set *ranges = range_set_at(trial->meant, change->range_set);
	struct range *list = calloc(ranges->range_count + 1, sizeof(*list));
	size_t count = 0;

	assert_non_null(list);
	for (size_t i = 0; i < ranges->range_count; i++)
		if (!change->remove || prefix_compare(&ranges->ranges[i].prefix, &change->prefix) != 0)
			list[count++] = ranges->ranges[i];
	if (!change->remove)
		list[count++] = (struct range){ .prefix = change->prefix };
	free(trial->owned[change->range_set]);
	trial->owned[change->range_set] = list;
	ranges->ranges = list;
	ranges->range_count = count;
}

/* ---- what both say ------------------------------------------------------------------------------------------------ */

/* Of every transport and evidence, on ports at which something may begin or end. */
static void expect_same_verdicts(struct trial *trial, const struct tables *whole, struct ip_addr addr)
{
	const struct tables *amended = amendable_tables(trial->amendable);
	char text[PREFIX_TEXT_MAX];

	for (uint8_t evidence = 0; evidence < _VX_PROTOCOL_MAX; evidence++) {
		struct packet packet = { .src = addr,
					 .dst = { .family = addr.family, .bytes = { 203, 0, 113, 5 } },
					 .sport = random_port(&trial->random),
					 .dport = random_port(&trial->random),
					 .transport = random_below(&trial->random, _VX_TRANSPORT_MAX),
					 .evidence = evidence };
		struct vx_verdict got = tables_judge(amended, &packet, VX_ROLE_WAN);
		struct vx_verdict expected = tables_judge(whole, &packet, VX_ROLE_WAN);

		if (!memcmp(&got, &expected, sizeof(got)))
			continue;
		ip_addr_format(&addr, text);
		fail_msg("seed %llu: %s evidence %u: slot %u outcome %u, expected slot %u outcome %u",
			 (unsigned long long)trial->seed, text, evidence, got.slot, got.outcome, expected.slot,
			 expected.outcome);
	}
}

static void expect_same_around(struct trial *trial, const struct tables *whole, const struct prefix *prefix)
{
	for (int step = -1; step <= 1; step++) {
		expect_same_verdicts(trial, whole, boundary_step(prefix->addr, step));
		expect_same_verdicts(trial, whole, boundary_step(boundary_last(prefix), step));
	}
}

static void expect_oracle(struct trial *trial)
{
	for (int i = 0; i < PACKETS_PER_STEP; i++) {
		struct oracle_packet packet = random_packet(&trial->random, trial->meant);
		struct packet asked = { packet.src,	  packet.dst,	   packet.sport, packet.dport,
					packet.transport, packet.evidence, packet.dscp };
		struct oracle_verdict expected = oracle_judge(trial->meant, &packet, VX_ROLE_ANY);
		struct vx_verdict got = tables_judge(amendable_tables(trial->amendable), &asked, VX_ROLE_ANY);
		const struct vx_slot *slot = &trial->slots.names[got.slot];

		if (!packet.has_ports)
			continue;
		if (strcmp(slot->vendor, expected.vendor ? expected.vendor : "") ||
		    strcmp(slot->service, expected.service ? expected.service : "") || got.outcome != expected.outcome)
			fail_msg("seed %llu: %s/%s outcome %u, the oracle says %s/%s outcome %u",
				 (unsigned long long)trial->seed, slot->vendor, slot->service, got.outcome,
				 expected.vendor ? expected.vendor : "", expected.service ? expected.service : "",
				 expected.outcome);
	}
}

/* Both engines of the changed tables, and the tables of the changed profiles: about what is near, or about everything. */
static void expect_as_compiled(struct trial *trial, const struct prefix *near)
{
	const struct tables *amended = amendable_tables(trial->amendable);
	struct tables *whole = NULL;
	uint32_t count;

	assert_int_equal(tables_compile(trial->meant, &trial->slots, &whole, &trial->failure), 0);
	assert_int_equal(tables_make_direct(whole, &trial->failure), 0);
	count = whole->generation.prefixes4 + whole->generation.prefixes6;
	assert_int_equal(amended->generation.prefixes4, whole->generation.prefixes4);
	assert_int_equal(amended->generation.prefixes6, whole->generation.prefixes6);
	assert_int_equal(amended->generation.ranges4, amended->direct.range_count4);
	assert_int_equal(amended->generation.ranges6, amended->direct.range_count6);
	assert_memory_equal(amended->direct.taken4, whole->direct.taken4, VX_ROOTS * sizeof(struct vx_taken4));
	for (uint32_t i = 0; i < count; i++) {
		struct ip_addr addr = whole->prefixes[i].prefix.addr;

		assert_int_equal(prefix_compare(&amended->prefixes[i].prefix, &whole->prefixes[i].prefix), 0);
		assert_int_equal(tables_class_direct(amended, &addr), tables_class_lpm(amended, &addr));
		if (!near || prefix_covers(near, &whole->prefixes[i].prefix))
			expect_same_around(trial, whole, &whole->prefixes[i].prefix);
	}
	if (near)
		expect_same_around(trial, whole, near);
	tables_free(whole);
}

/* ---- the trial ---------------------------------------------------------------------------------------------------- */

/* Often a neighbour of one that is there, so that there is a class for it; or one that is there; or anything. */
static struct amendment some_change(struct trial *trial)
{
	struct amendment change = { .range_set = random_below(&trial->random, trial->range_sets) };
	const struct range_set *ranges = range_set_at(trial->meant, change.range_set);
	struct prefix *prefix = &change.prefix;

	if (!ranges->range_count || random_chance(&trial->random, 25)) {
		*prefix = random_prefix(&trial->random);
		change.remove = random_chance(&trial->random, 20);
		return change;
	}
	*prefix = ranges->ranges[random_below(&trial->random, (uint32_t)ranges->range_count)].prefix;
	change.remove = random_chance(&trial->random, 50);
	if (!change.remove) {
		unsigned bit =
			prefix->length - 1U - random_below(&trial->random, prefix->length < 4 ? prefix->length : 4);

		prefix->addr.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	}
	return change;
}

static void make_change(struct trial *trial, const struct amendment *change)
{
	struct direct_change part;
	int result = amendable_change(trial->amendable, change, &part, &trial->failure);

	if (meant_has(trial, change) != change->remove) {
		assert_int_equal(result, change->remove ? -ENOENT : -EEXIST);
		return;
	}
	assert_in_range(result, 0, 1);
	trial->shorts += result == 0;
	trial->wholes += result == 1;
	if (result)
		assert_int_equal(amendable_compile(trial->amendable, &trial->slots, &trial->failure), 0);
	if (random_chance(&trial->random, 15)) {
		amendable_undo(trial->amendable, change);
		assert_int_equal(amendable_compile(trial->amendable, &trial->slots, &trial->failure), 0);
	} else {
		meant_change(trial, change);
	}
	expect_as_compiled(trial, &change->prefix);
	expect_oracle(trial);
}

/* A set that starts with the changes of another one is the same. */
static void expect_resumable(struct trial *trial)
{
	const struct vx_generation *generation = &amendable_tables(trial->amendable)->generation;
	struct profile_set *again = random_profile_set(&(struct random){ trial->seed });
	struct amendable *resumed = NULL;

	assert_int_equal(amendable_new(again, &trial->slots, amendable_tables(trial->amendable)->changes,
				       generation->changes, &resumed, &trial->failure),
			 0);
	assert_memory_equal(amendable_tables(resumed)->generation.digest, generation->digest, 32);
	assert_int_equal(amendable_tables(resumed)->generation.prefixes4, generation->prefixes4);
	amendable_free(resumed);
	profile_set_free(again);
}

/* Takes back whatever is noted as changed: then all is as the profiles say. */
static void take_all_back(struct trial *trial)
{
	const struct tables *tables;

	while ((tables = amendable_tables(trial->amendable))->generation.changes) {
		const struct vx_change *noted =
			&tables->changes[random_below(&trial->random, tables->generation.changes)];
		struct amendment back = { noted->range_set, { { noted->family, {} }, noted->length }, !noted->removed };
		struct direct_change part;
		int result;

		assert_memory_not_equal(tables->generation.digest, trial->digest, sizeof(trial->digest));
		memcpy(back.prefix.addr.bytes, noted->addr, sizeof(noted->addr));
		assert_true(meant_has(trial, &back) == back.remove);
		result = amendable_change(trial->amendable, &back, &part, &trial->failure);
		assert_in_range(result, 0, 1);
		if (result)
			assert_int_equal(amendable_compile(trial->amendable, &trial->slots, &trial->failure), 0);
		meant_change(trial, &back);
	}
	assert_memory_equal(tables->generation.digest, trial->digest, sizeof(trial->digest));
}

static void changes_judge_as_compiled_profiles_do(void **state)
{
	size_t shorts = 0, wholes = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		struct profile_set *set = random_profile_set(&(struct random){ seed });
		struct profile_set *meant = random_profile_set(&(struct random){ seed });
		struct trial trial;

		trial_open(&trial, seed, set, meant);
		for (int step = 0; step < STEPS; step++) {
			struct amendment change = some_change(&trial);

			make_change(&trial, &change);
		}
		expect_as_compiled(&trial, NULL);
		expect_resumable(&trial);
		take_all_back(&trial);
		expect_as_compiled(&trial, NULL);
		shorts += trial.shorts;
		wholes += trial.wholes;
		trial_close(&trial);
		profile_set_free(set);
		profile_set_free(meant);
	}
	print_message("%zu changes the short way, %zu the whole way\n", shorts, wholes);
	assert_true(shorts > SETS && wholes > SETS);
}

/* ---- by hand ------------------------------------------------------------------------------------------------------ */

/* Whatever is taken away here leaves classes that other prefixes have too. */
static const char *const nested[] = {
	"voxdp: 1\nvendor: acme\ntitle: Acme\nranges:\n"
	"  all: {claim: own, source: page 1, prefixes: [192.0.2.0/24, 198.51.100.0/24, 198.51.100.7, "
	"\"2001:db8:1::/48\", \"2001:db8:3::/48\", \"2001:db8:3::7\"]}\n"
	"services:\n  sip: {source: page 2, remote: all, ports: udp/5060, payload: sip}\n",
	"voxdp: 1\nvendor: globex\ntitle: Globex\nranges:\n"
	"  all: {claim: own, source: page 1, prefixes: [192.0.2.16/28, 192.0.2.32/28, 203.0.113.16/28, "
	"\"2001:db8:1:1::/64\", \"2001:db8:1:2::/64\", \"2001:db8:2:1::/64\"]}\n"
	"  other: {claim: shared, source: page 1, prefixes: [203.0.113.128/25]}\n"
	"services:\n  stun: {source: page 2, remote: all, ports: udp/3478, payload: stun}\n",
};

struct nested_trial {
	struct loading loadings[2];
	struct trial trial;
};

static void nested_open(struct nested_trial *nest)
{
	for (int i = 0; i < 2; i++) {
		loading_open(&nest->loadings[i]);
		loading_write(&nest->loadings[i], "acme.yaml", nested[0]);
		loading_write(&nest->loadings[i], "globex.yaml", nested[1]);
		loading_load(&nest->loadings[i], NULL, NULL, DAY);
		assert_no_errors(&nest->loadings[i], "profiles of this test");
	}
	trial_open(&nest->trial, 1, nest->loadings[0].set, nest->loadings[1].set);
}

static void nested_close(struct nested_trial *nest)
{
	trial_close(&nest->trial);
	loading_close(&nest->loadings[0]);
	loading_close(&nest->loadings[1]);
}

struct nested_change {
	const char *vendor, *prefix;
	bool remove, whole;
};

static void nested_change(struct trial *trial, const struct nested_change *row)
{
	struct amendment change = { .remove = row->remove };
	struct direct_change part;
	int result;

	assert_int_equal(prefix_parse(row->prefix, &change.prefix), 0);
	assert_int_equal(amend_range_set(trial->set, row->vendor, "all", &change.range_set, &trial->failure), 0);
	result = amendable_change(trial->amendable, &change, &part, &trial->failure);
	if (result != row->whole)
		fail_msg("%s %s: result %d, expected %d", row->vendor, row->prefix, result, row->whole);
	if (result)
		assert_int_equal(amendable_compile(trial->amendable, &trial->slots, &trial->failure), 0);
	meant_change(trial, &change);
	expect_as_compiled(trial, NULL);
}

static void what_lies_inside_a_changed_prefix_changes_too(void **state)
{
	static const struct nested_change rows[] = {
		{ "acme", "192.0.2.0/24", true, false },      { "acme", "192.0.2.0/24", false, false },
		{ "acme", "2001:db8:1::/48", true, false },   { "acme", "2001:db8:1::/48", false, false },
		{ "globex", "192.0.2.32/28", true, false },   { "globex", "192.0.2.48/28", false, false },
		{ "acme", "198.51.100.8", false, false },     { "acme", "198.51.100.9", false, false },
		{ "acme", "2001:db8:3::ffff", false, false }, { "acme", "2001:db8:3::7", true, false },
		{ "acme", "2001:db8:3::/48", true, false },   { "acme", "203.0.0.0/16", false, true },
		{ "acme", "203.0.0.0/16", true, true },	      { "globex", "192.0.2.64/26", false, true },
	};
	struct nested_trial nest = {};

	(void)state;
	nested_open(&nest);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		nested_change(&nest.trial, &rows[i]);
	nested_close(&nest);
}

static void what_is_no_change_is_refused_with_a_reason(void **state)
{
	struct nested_trial nest = {};
	struct trial *trial = &nest.trial;
	struct amendment change = {};
	struct direct_change part;

	(void)state;
	nested_open(&nest);
	assert_int_equal(amend_range_set(trial->set, "acme", NULL, &change.range_set, &trial->failure), 0);
	assert_int_equal(prefix_parse("192.0.2.0/24", &change.prefix), 0);
	assert_int_equal(amendable_change(trial->amendable, &change, &part, &trial->failure), -EEXIST);
	assert_non_null(strstr(trial->failure.text, "range all has 192.0.2.0/24 already"));
	assert_int_equal(prefix_parse("192.0.2.9", &change.prefix), 0);
	change.remove = true;
	assert_int_equal(amendable_change(trial->amendable, &change, &part, &trial->failure), -ENOENT);
	assert_non_null(strstr(trial->failure.text, "as a part of 192.0.2.0/24"));
	assert_int_equal(prefix_parse("10.0.0.1", &change.prefix), 0);
	assert_int_equal(amendable_change(trial->amendable, &change, &part, &trial->failure), -ENOENT);
	assert_non_null(strstr(trial->failure.text, "range all has no 10.0.0.1"));
	assert_int_equal(amend_range_set(trial->set, "initech", NULL, &change.range_set, &trial->failure), -ENOENT);
	assert_int_equal(amend_range_set(trial->set, "globex", NULL, &change.range_set, &trial->failure), -ENOENT);
	assert_non_null(strstr(trial->failure.text, "2 ranges (all, other)"));
	assert_int_equal(amend_range_set(trial->set, "globex", "none", &change.range_set, &trial->failure), -ENOENT);
	assert_int_equal(amendable_tables(trial->amendable)->generation.changes, 0);
	nested_close(&nest);
}

static void as_many_changes_as_are_kept_and_no_more(void **state)
{
	struct nested_trial nest = {};
	struct trial *trial = &nest.trial;
	struct amendment change = {};
	struct direct_change part;

	(void)state;
	nested_open(&nest);
	assert_int_equal(amend_range_set(trial->set, "acme", "all", &change.range_set, &trial->failure), 0);
	for (unsigned i = 0; i <= VX_CHANGES_MAX; i++) {
		change.prefix = (struct prefix){ { 4, { 198, 51, (uint8_t)(128 + (i >> 8)), (uint8_t)i } }, 32 };
		part = (struct direct_change){};
		switch (amendable_change(trial->amendable, &change, &part, &trial->failure)) {
		case 1:
			assert_int_equal(amendable_compile(trial->amendable, &trial->slots, &trial->failure), 0);
			break;
		case -ENOSPC:
			assert_int_equal(i, VX_CHANGES_MAX);
			assert_non_null(strstr(trial->failure.text, "4096 addresses"));
			break;
		default:
			assert_true(i < VX_CHANGES_MAX);
			break;
		}
	}
	assert_int_equal(amendable_tables(trial->amendable)->generation.changes, VX_CHANGES_MAX);
	nested_close(&nest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_judge_as_compiled_profiles_do),
		cmocka_unit_test(what_lies_inside_a_changed_prefix_changes_too),
		cmocka_unit_test(what_is_no_change_is_refused_with_a_reason),
		cmocka_unit_test(as_many_changes_as_are_kept_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
