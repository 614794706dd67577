/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single addresses of a running classifier: after each change the attached programs judge every boundary as the oracle
 * says of the changed profiles, and what cannot be changed leaves all as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <net/if.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "dataplane/classifier.h"
#include "frame.h"
#include "loading.h"
#include "oracle.h"
#include "sandbox.h"
#include "tester.h"

#define DAY 20454 /* 2026-01-01 */
#define STEPS 60

static const char *const profiles[] = {
	"voxdp: 1\nvendor: acme\ntitle: Acme\nranges:\n"
	"  all: {claim: own, source: page 1, prefixes: [192.0.2.0/24, 198.51.100.9, 198.51.100.128/25, "
	"\"2001:db8:1::/48\", \"2001:db8:2::9\"]}\n"
	"services:\n  sip: {source: page 2, remote: all, ports: [udp/5060, tcp/5060], payload: sip}\n",
	"voxdp: 1\nvendor: globex\ntitle: Globex\nranges:\n"
	"  all: {claim: own, source: page 1, prefixes: [192.0.2.64/28, 198.51.101.9, \"2001:db8:1:1::/64\"]}\n"
	"services:\n  sip: {source: page 2, remote: all, ports: [udp/5060, tcp/5060], payload: sip}\n",
};

/* The profiles twice: those that are live, and those in which the test makes the changes too, for the oracle. */
struct fixture {
	struct loading loadings[2];
	struct live_set *set;
	struct range *owned[2]; /* lists of the second ones */
	struct failure failure;
};

static struct fixture fixture;

static void attach(const char *ifname, enum vx_engine engine)
{
	struct device_spec spec = { .ifindex = sandbox_veth(ifname), .role = VX_ROLE_WAN };
	const struct attach_request request = { fixture.loadings[0].set, { &spec, 1, { VX_MODE_NATIVE, engine, 0 } } };
	struct classifier_change change = {};

	(void)snprintf(spec.ifname, sizeof(spec.ifname), "%s", ifname);
	if (classifier_attach(sandbox_state(), &request, &change, &fixture.failure))
		fail_msg("attach: %s", fixture.failure.text);
	classifier_change_fini(&change);
}

static int setup(void **state)
{
	(void)state;
	tester_need_bpf();
	sandbox_enter();
	memset(&fixture, 0, sizeof(fixture));
	for (int i = 0; i < 2; i++) {
		loading_open(&fixture.loadings[i]);
		loading_write(&fixture.loadings[i], "acme.yaml", profiles[0]);
		loading_write(&fixture.loadings[i], "globex.yaml", profiles[1]);
		loading_load(&fixture.loadings[i], NULL, NULL, DAY);
		assert_no_errors(&fixture.loadings[i], "profiles of this test");
	}
	attach("va", VX_ENGINE_DIRECT);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	live_set_free(fixture.set);
	(void)classifier_detach(sandbox_state(), NULL, NULL, &fixture.failure);
	for (const char *const *name = (const char *const[]){ "va", "vb", NULL }; *name; name++)
		if (if_nametoindex(*name))
			sandbox_remove_link(*name);
	for (int i = 0; i < 2; i++) {
		free(fixture.owned[i]);
		if (fixture.loadings[i].set)
			loading_close(&fixture.loadings[i]);
	}
	return 0;
}

static void live_set_open(void)
{
	live_set_free(fixture.set);
	fixture.set = NULL;
	if (classifier_live_set(sandbox_state(), fixture.loadings[0].set, &fixture.set, &fixture.failure))
		fail_msg("live set: %s", fixture.failure.text);
}

/* @number: of the vendor, whose only range set has the same number. */
static struct amendment change_of(uint32_t number, const char *prefix, bool remove)
{
	struct amendment change = { .range_set = number, .remove = remove };

	assert_int_equal(prefix_parse(prefix, &change.prefix), 0);
	return change;
}

static void meant_change(const struct amendment *change)
{
	struct range_set *ranges = fixture.loadings[1].set->vendors[change->range_set].range_sets[0];
	struct range *list = calloc(ranges->range_count + 1, sizeof(*list));
	size_t count = 0;

	assert_non_null(list);
	for (size_t i = 0; i < ranges->range_count; i++)
		if (!change->remove || prefix_compare(&ranges->ranges[i].prefix, &change->prefix) != 0)
			list[count++] = ranges->ranges[i];
	if (!change->remove)
		list[count++] = (struct range){ .prefix = change->prefix };
	free(fixture.owned[change->range_set]);
	fixture.owned[change->range_set] = list;
	ranges->ranges = list;
	ranges->range_count = count;
}

/* ---- what the attached program says ------------------------------------------------------------------------------- */

static uint64_t counted(const char *device, const char *vendor, enum vx_outcome outcome)
{
	struct counters counters = {};
	uint64_t packets = 0;

	if (classifier_counters(sandbox_state(), &counters, &fixture.failure))
		fail_msg("counters: %s", fixture.failure.text);
	for (size_t i = 0; i < counters.count; i++) {
		const struct counter_row *row = &counters.rows[i];

		if (row->kind == COUNTER_OUTCOME && row->outcome == outcome && !strcmp(row->device, device) &&
		    !strcmp(row->vendor ? row->vendor : "", vendor ? vendor : ""))
			packets += row->packets;
	}
	counters_fini(&counters);
	return packets;
}

static void run_frame(const char *device, const struct frame_flow *flow)
{
	struct frame frame;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .repeat = 1);
	char path[128];
	int prog;

	(void)snprintf(path, sizeof(path), "%s/devices/%u/prog", sandbox_state(), if_nametoindex(device));
	prog = bpf_obj_get(path);
	assert_true(prog >= 0);
	frame_build(&frame, flow, SAMPLE_SIP_INVITE);
	opts.data_in = frame_bytes(&frame);
	opts.data_size_in = (uint32_t)frame.length;
	assert_int_equal(bpf_prog_test_run_opts(prog, &opts), 0);
	close(prog);
}

static void expect_as_meant(const char *device, const struct ip_addr *addr, enum vx_transport transport)
{
	const struct oracle_packet packet = { .src = *addr,
					      .dst = { .family = addr->family, .bytes = { 203, 0, 113, 5 } },
					      .has_ports = true,
					      .transport = transport,
					      .sport = 5060,
					      .dport = 5060,
					      .evidence = VX_PROTOCOL_SIP };
	struct oracle_verdict expected = oracle_judge(fixture.loadings[1].set, &packet, VX_ROLE_WAN);
	uint64_t before = counted(device, expected.vendor, expected.outcome);
	struct frame_flow flow = { transport, NULL, 5060, addr->family == 4 ? FRAME_EDGE : FRAME_EDGE6, 5060, 0 };
	char text[PREFIX_TEXT_MAX];

	ip_addr_format(addr, text);
	flow.src = text;
	run_frame(device, &flow);
	if (counted(device, expected.vendor, expected.outcome) != before + 1)
		fail_msg("%s on %s is not %s, outcome %u", text, device, expected.vendor ? expected.vendor : "nobody's",
			 expected.outcome);
}

static struct ip_addr edge_of(const struct prefix *prefix, bool last, int step)
{
	struct ip_addr addr = prefix->addr;

	for (int bit = prefix->length; last && bit < (addr.family == 4 ? 32 : 128); bit++)
		addr.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	for (int i = (addr.family == 4 ? 4 : 16) - 1; step && i >= 0; i--) {
		addr.bytes[i] = (uint8_t)(addr.bytes[i] + step);
		if (addr.bytes[i] != (step > 0 ? 0x00 : 0xff))
			break;
	}
	return addr;
}

static void expect_around_as_meant(const char *device, const struct prefix *prefix)
{
	for (int step = -1; step <= 1; step++)
		for (int last = 0; last < 2; last++) {
			struct ip_addr addr = edge_of(prefix, last, step);

			expect_as_meant(device, &addr, VX_TRANSPORT_UDP);
			expect_as_meant(device, &addr, VX_TRANSPORT_TCP);
		}
}

/* At every boundary of all that is meant. */
static void expect_all_as_meant(const char *device)
{
	const struct profile_set *meant = fixture.loadings[1].set;

	for (size_t v = 0; v < meant->vendor_count; v++)
		for (size_t i = 0; i < meant->vendors[v].range_sets[0]->range_count; i++)
			expect_around_as_meant(device, &meant->vendors[v].range_sets[0]->ranges[i].prefix);
}

static struct amended amend_or_fail(const struct amendment *change)
{
	struct amended amended;

	if (classifier_amend(sandbox_state(), fixture.set, change, &amended, &fixture.failure))
		fail_msg("amend: %s", fixture.failure.text);
	meant_change(change);
	return amended;
}

static void assert_refused(int result, int error, const char *part)
{
	if (result != error || !strstr(fixture.failure.text, part))
		fail_msg("result %d, \"%s\"; expected %d and \"%s\"", result, fixture.failure.text, error, part);
}

static int try_amend(const struct amendment *change)
{
	struct amended amended;

	return classifier_amend(sandbox_state(), fixture.set, change, &amended, &fixture.failure);
}

/* ---- tests -------------------------------------------------------------------------------------------------------- */

static void the_attached_program_judges_by_each_change(void **state)
{
	static const char *const texts[] = { "192.0.2.7",	  "192.0.2.70",	    "192.0.2.64/28",
					     "198.51.100.9",	  "198.51.100.10",  "198.51.101.10",
					     "198.51.100.128/25", "198.51.100.255", "2001:db8:1:1::/64",
					     "2001:db8:2::8",	  "2001:db8:2::9",  "2001:db8:1::7" };
	uint64_t number = 1;
	size_t shorts = 0;

	(void)state;
	live_set_open();
	for (uint32_t step = 0; step < STEPS; step++) {
		struct amendment change =
			change_of(step / 3 % 2, texts[step * 7 % (sizeof(texts) / sizeof(texts[0]))], false);
		const struct range_set *ranges = fixture.loadings[1].set->vendors[change.range_set].range_sets[0];
		struct amended amended;

		for (size_t i = 0; i < ranges->range_count; i++)
			change.remove |= !prefix_compare(&ranges->ranges[i].prefix, &change.prefix);
		amended = amend_or_fail(&change);
		assert_int_equal(amended.generation.number, ++number);
		shorts += amended.way == AMEND_SHORT;
		expect_around_as_meant("va", &change.prefix);
	}
	expect_all_as_meant("va");
	print_message("%zu of %u changes the short way\n", shorts, STEPS);
	assert_true(shorts > STEPS / 3 && shorts < STEPS);
}

/* Each alone in its /18, and from the third on only what has changed since is written. */
static void addresses_far_from_all_others_are_found(void **state)
{
	static const char *const texts[] = { "198.51.200.7", "203.0.200.7", "192.0.200.7", "198.51.20.7",
					     "192.0.80.7" };
	const size_t count = sizeof(texts) / sizeof(texts[0]);

	(void)state;
	live_set_open();
	for (size_t i = 0; i < 2 * count; i++) {
		const struct amendment change = change_of(0, texts[i % count], i >= count);
		struct amended amended = amend_or_fail(&change);

		assert_int_equal(amended.way, AMEND_SHORT);
		for (size_t k = 0; k < count; k++) {
			struct prefix prefix;

			assert_int_equal(prefix_parse(texts[k], &prefix), 0);
			expect_around_as_meant("va", &prefix);
		}
	}
}

static void changes_are_listed_and_known_to_the_next_writer(void **state)
{
	const struct amendment more = change_of(1, "198.51.100.10", false), less = change_of(0, "198.51.100.9", true);
	struct classifier classifier = {};
	struct amended amended;

	(void)state;
	live_set_open();
	(void)amend_or_fail(&more);
	live_set_open();
	(void)amend_or_fail(&less);
	assert_int_equal(classifier_read(sandbox_state(), &classifier, &fixture.failure), 0);
	assert_int_equal(classifier.generation.changes, 2);
	assert_string_equal(classifier.changed[0].vendor, "acme");
	assert_true(classifier.changed[0].removed);
	assert_int_equal(prefix_compare(&classifier.changed[0].prefix, &less.prefix), 0);
	assert_string_equal(classifier.changed[1].vendor, "globex");
	assert_false(classifier.changed[1].removed);
	classifier_fini(&classifier);
	expect_all_as_meant("va");
	live_set_open();
	amended = amend_or_fail(&(struct amendment){ less.range_set, less.prefix, false });
	assert_int_equal(amended.generation.changes, 1);
	expect_all_as_meant("va");
}

/* The first change by the short way fills a half that nothing was in. */
static void every_name_stays_a_live_one(void **state)
{
	const struct amendment change = change_of(0, "198.51.100.10", false);
	struct collected collected = {};
	struct amended amended;

	(void)state;
	live_set_open();
	amended = amend_or_fail(&change);
	assert_int_equal(amended.way, AMEND_SHORT);
	assert_int_equal(classifier_collect(sandbox_state(), &collected, &fixture.failure), 0);
	assert_int_equal(collected.count, 0);
	collected_fini(&collected);
	expect_all_as_meant("va");
}

static void with_engine_lpm_the_tries_have_the_change_too(void **state)
{
	const struct amendment change = change_of(0, "198.51.100.10", false);
	struct amended amended;

	(void)state;
	attach("vb", VX_ENGINE_LPM);
	live_set_open();
	amended = amend_or_fail(&change);
	assert_int_equal(amended.way, AMEND_WHOLE);
	expect_all_as_meant("va");
	expect_all_as_meant("vb");
	assert_int_equal(classifier_detach(sandbox_state(), "vb", NULL, &fixture.failure), 0);
	amended = amend_or_fail(&(struct amendment){ change.range_set, change.prefix, true });
	assert_int_equal(amended.way, AMEND_SHORT);
	amended = amend_or_fail(&change);
	expect_all_as_meant("va");
}

static void a_set_that_is_no_longer_live_changes_nothing(void **state)
{
	const struct amendment change = change_of(0, "198.51.100.10", false);
	struct classifier_change updated = {};
	struct live_set *other = NULL;

	(void)state;
	live_set_open();
	assert_int_equal(classifier_update(sandbox_state(), fixture.loadings[0].set, &updated, &fixture.failure), 0);
	classifier_change_fini(&updated);
	assert_refused(try_amend(&change), -ESTALE, "generation 2 is not of the profiles");
	expect_all_as_meant("va");
	/* Other profiles than the live ones: globex alone. */
	assert_int_equal(unlink(loading_path(&fixture.loadings[1], "acme.yaml")), 0);
	loading_load(&fixture.loadings[1], NULL, NULL, DAY);
	assert_refused(classifier_live_set(sandbox_state(), fixture.loadings[1].set, &other, &fixture.failure), -ESTALE,
		       "generation 2 is not of the profiles");
}

static void a_change_that_is_refused_leaves_the_set_as_it_was(void **state)
{
	struct amendment change = change_of(0, "198.51.100.10", false);
	struct classifier_change tried = {}, back = {};

	(void)state;
	live_set_open();
	(void)amend_or_fail(&change);
	assert_refused(try_amend(&change), -EEXIST, "has 198.51.100.10/32 already");
	change.remove = true;
	(void)amend_or_fail(&change);
	assert_refused(try_amend(&change), -ENOENT, "has no 198.51.100.10/32");
	expect_all_as_meant("va");
	/* A trial: what is there must be able to come back. */
	assert_int_equal(classifier_try(sandbox_state(), fixture.loadings[0].set, 60, &tried, &fixture.failure), 0);
	change.remove = false;
	assert_refused(try_amend(&change), -EBUSY, "on trial");
	assert_int_equal(classifier_rollback(sandbox_state(), &back, &fixture.failure), 0);
	classifier_change_fini(&tried);
	classifier_change_fini(&back);
	(void)amend_or_fail(&change);
	expect_all_as_meant("va");
}

static void a_rollback_takes_the_last_change_back(void **state)
{
	const struct amendment change = change_of(0, "198.51.100.10", false);
	struct classifier_change back = {};

	(void)state;
	live_set_open();
	(void)amend_or_fail(&change);
	assert_int_equal(classifier_rollback(sandbox_state(), &back, &fixture.failure), 0);
	classifier_change_fini(&back);
	meant_change(&(struct amendment){ change.range_set, change.prefix, true });
	expect_all_as_meant("va");
	assert_refused(try_amend(&change), -ESTALE, "generation 1 is not");
	live_set_open();
	(void)amend_or_fail(&change);
	expect_all_as_meant("va");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_attached_program_judges_by_each_change),
		TEST(addresses_far_from_all_others_are_found),
		TEST(changes_are_listed_and_known_to_the_next_writer),
		TEST(every_name_stays_a_live_one),
		TEST(with_engine_lpm_the_tries_have_the_change_too),
		TEST(a_set_that_is_no_longer_live_changes_nothing),
		TEST(a_change_that_is_refused_leaves_the_set_as_it_was),
		TEST(a_rollback_takes_the_last_change_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
