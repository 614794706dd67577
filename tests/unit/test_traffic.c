/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packets that are measured with: do they lie where their services do, do they match by the oracle's word, and are
 * they frames that a receiver would take?
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/traffic.h"
#include "lib/cleanup.h"
#include "loading.h"
#include "oracle.h"
#include "synthetic.h"

#define DAY 20454 /* 2026-01-01 */

/* beta's longer prefix lies inside of acme's and has its own service on half of the media ports, which accepts no RTP. */
static const char acme[] = "voxdp: 1\n"
			   "vendor: acme\n"
			   "title: Acme\n"
			   "ranges:\n"
			   "  all: {claim: own, source: page 1, prefixes: [198.51.0.0/16, \"2001:db8:1::/48\"]}\n"
			   "services:\n"
			   "  media: {source: page 2, remote: all, ports: udp/20000-20999, local_ports: 30000-30099,\n"
			   "          payload: media}\n";
static const char beta[] = "voxdp: 1\n"
			   "vendor: beta\n"
			   "title: Beta\n"
			   "ranges:\n"
			   "  all: {claim: own, source: page 1, prefixes: [198.51.0.0/17]}\n"
			   "services:\n"
			   "  odd: {source: page 2, remote: all, ports: udp/20000-20499, payload: sip}\n";

/* What a head says, read from the frame that it makes. */
struct read {
	struct oracle_packet packet;
	const uint8_t *ip;
};

struct fixture {
	struct loading loading;
	struct profile_set *set; /* of loading */
	struct slots slots;
	struct tables *tables;
};

static void fixture_compile(struct fixture *fixture)
{
	struct failure failure = {};

	assert_int_equal(slots_init(&fixture->slots, UINT16_MAX), 0);
	if (slots_assign(&fixture->slots, fixture->set, &failure) ||
	    tables_compile(fixture->set, &fixture->slots, &fixture->tables, &failure) ||
	    tables_make_direct(fixture->tables, &failure))
		fail_msg("%s", failure.text);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	loading_open(&fixture->loading);
	loading_write(&fixture->loading, "acme.yaml", acme);
	loading_write(&fixture->loading, "beta.yaml", beta);
	loading_load(&fixture->loading, NULL, NULL, DAY);
	assert_no_errors(&fixture->loading, "profiles of this test");
	fixture->set = fixture->loading.set;
	fixture_compile(fixture);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	tables_free(fixture->tables);
	slots_fini(&fixture->slots);
	loading_close(&fixture->loading);
	free(fixture);
	return 0;
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static struct read read_flow(const struct traffic *traffic, uint32_t flow, uint8_t frame[TRAFFIC_FRAME_MAX])
{
	static const size_t pieces4[] = BENCH_PIECES4, pieces6[] = BENCH_PIECES6;
	bool is4 = traffic->family == 4;
	const size_t *pieces = is4 ? pieces4 : pieces6;
	size_t count = is4 ? ARRAY_SIZE(pieces4) : ARRAY_SIZE(pieces6), bytes = is4 ? 4 : 16;
	struct read read = { .ip = frame + 14 };
	const uint8_t *l4 = read.ip + (is4 ? 20 : 40);

	memcpy(frame, traffic->frame, TRAFFIC_FRAME_MAX);
	for (size_t i = 0; i < count; i++)
		memcpy(frame + pieces[i], &traffic->heads[flow].word[i], 8);
	read.packet.src.family = read.packet.dst.family = traffic->family;
	memcpy(read.packet.src.bytes, read.ip + (is4 ? 12 : 8), bytes);
	memcpy(read.packet.dst.bytes, read.ip + (is4 ? 16 : 24), bytes);
	read.packet.has_ports = true;
	read.packet.transport = read.ip[is4 ? 9 : 6] == 17 ? VX_TRANSPORT_UDP : VX_TRANSPORT_TCP;
	read.packet.sport = get16(l4);
	read.packet.dport = get16(l4 + 2);
	return read;
}

static struct traffic *made(const struct fixture *fixture, enum traffic_kind kind, uint8_t family)
{
	struct traffic *traffic = NULL;
	struct failure failure = {};

	if (traffic_new(fixture->set, fixture->tables, kind, family, &traffic, &failure))
		fail_msg("%s", failure.text);
	return traffic;
}

static void every_flow_matches_by_the_oracle(void **state)
{
	const struct fixture *fixture = *state;

	for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
		CLEANUP(traffic_freep) struct traffic *traffic = made(fixture, TRAFFIC_RTP, family);

		for (uint32_t i = 0; i < BENCH_FLOWS; i++) {
			uint8_t frame[TRAFFIC_FRAME_MAX];
			struct read read = read_flow(traffic, i, frame);
			struct oracle_verdict verdict;

			read.packet.evidence = VX_EVIDENCE_RTP_LIKELY;
			verdict = oracle_judge(fixture->set, &read.packet, VX_ROLE_ANY);
			if (verdict.outcome != VX_OUTCOME_MATCH || strcmp(verdict.vendor, "acme") != 0 ||
			    verdict.direction != VX_DIRECTION_IN)
				fail_msg("flow %u of IPv%u does not match", i, family);
		}
	}
}

static void nobody_is_outside_of_every_range(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(traffic_freep) struct traffic *traffic = made(fixture, TRAFFIC_NOBODY, 4);

	for (uint32_t i = 0; i < BENCH_FLOWS; i++) {
		uint8_t frame[TRAFFIC_FRAME_MAX];
		struct read read = read_flow(traffic, i, frame);
		struct oracle_verdict verdict;

		read.packet.evidence = VX_PROTOCOL_TLS;
		verdict = oracle_judge(fixture->set, &read.packet, VX_ROLE_ANY);
		if (verdict.vendor || verdict.outcome != VX_OUTCOME_OTHER || read.packet.sport != 443)
			fail_msg("flow %u is somebody's", i);
	}
}

/* RFC 791, 3.1 and RFC 1071: with its own checksum in it, a header sums up to all ones. */
static bool checksum_holds(const uint8_t *ip)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += get16(ip + i);
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

static void a_receiver_would_take_the_frames(void **state)
{
	CLEANUP(traffic_freep) struct traffic *traffic = made(*state, TRAFFIC_RTP, 4);
	uint8_t frame[TRAFFIC_FRAME_MAX];

	assert_int_equal(traffic->length, TRAFFIC_G711_BYTES);
	for (uint32_t i = 0; i < BENCH_FLOWS; i += 97) {
		struct read read = read_flow(traffic, i, frame);

		assert_true(checksum_holds(read.ip));
		assert_int_equal(get16(read.ip + 2), traffic->length - 14);
		assert_int_equal(get16(read.ip + 24), traffic->length - 34);
	}
	/* The frame itself is the first flow's: writing its head changes nothing. */
	(void)read_flow(traffic, 0, frame);
	assert_memory_equal(frame, traffic->frame, traffic->length);
}

static int by_source(const void *a, const void *b)
{
	return memcmp(a, b, 4);
}

/* RFC 3550, 8.1: sources differ, so that each flow is a stream of its own. */
static void every_flow_has_a_source_of_its_own(void **state)
{
	CLEANUP(traffic_freep) struct traffic *traffic = made(*state, TRAFFIC_RTP, 4);
	CLEANUP_FREE uint8_t(*sources)[4] = calloc(BENCH_FLOWS, sizeof(*sources));
	uint8_t frame[TRAFFIC_FRAME_MAX];

	assert_non_null(sources);
	for (uint32_t i = 0; i < BENCH_FLOWS; i++) {
		struct read read = read_flow(traffic, i, frame);

		memcpy(sources[i], read.ip + 28 + 8, 4);
	}
	qsort(sources, BENCH_FLOWS, sizeof(*sources), by_source);
	for (uint32_t i = 1; i < BENCH_FLOWS; i++)
		assert_memory_not_equal(sources[i], sources[i - 1], 4);
}

static void flows_spread_over_all_prefixes(void **state)
{
	const struct synthetic_shape shape = { .prefixes4 = 500, .vendors = 3, .services = 4, .seed = 7 };
	struct fixture fixture = { .set = synthetic_profile_set(&shape) };
	CLEANUP(traffic_freep) struct traffic *traffic = NULL;
	size_t hits[500] = {};

	(void)state;
	fixture_compile(&fixture);
	traffic = made(&fixture, TRAFFIC_STUN, 4);
	for (uint32_t i = 0; i < BENCH_FLOWS; i++) {
		uint8_t frame[TRAFFIC_FRAME_MAX];
		struct read read = read_flow(traffic, i, frame);

		for (size_t p = 0; p < 500; p++)
			hits[p] += prefix_contains(&fixture.tables->prefixes[p].prefix, &read.packet.src);
	}
	for (size_t p = 0; p < 500; p++)
		assert_in_range(hits[p], BENCH_FLOWS / 500 - 2, BENCH_FLOWS / 500 + 2);
	tables_free(fixture.tables);
	slots_fini(&fixture.slots);
	profile_set_free(fixture.set);
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct bench_head));
}

static void shuffling_loses_no_flow(void **state)
{
	CLEANUP(traffic_freep) struct traffic *traffic = made(*state, TRAFFIC_RTP, 4);
	CLEANUP_FREE struct bench_head *heads = calloc(BENCH_FLOWS, sizeof(*heads));
	uint32_t moved = 0;

	assert_non_null(heads);
	assert_int_equal(traffic_arrange(traffic, ORDER_IN_ORDER, heads), BENCH_FLOWS);
	assert_memory_equal(heads, traffic->heads, BENCH_FLOWS * sizeof(*heads));
	assert_int_equal(traffic_arrange(traffic, ORDER_SHUFFLED, heads), BENCH_FLOWS);
	for (uint32_t i = 0; i < BENCH_FLOWS; i++)
		moved += memcmp(&heads[i], &traffic->heads[i], sizeof(*heads)) != 0;
	assert_true(moved > BENCH_FLOWS * 99 / 100);
	qsort(heads, BENCH_FLOWS, sizeof(*heads), by_bytes);
	qsort(traffic->heads, BENCH_FLOWS, sizeof(*heads), by_bytes);
	assert_memory_equal(heads, traffic->heads, BENCH_FLOWS * sizeof(*heads));
	assert_int_equal(traffic_arrange(traffic, ORDER_HOT, heads), 1);
}

static void a_kind_that_nothing_accepts_is_told(void **state)
{
	const struct fixture *fixture = *state;
	struct traffic *traffic = NULL;
	struct failure failure = {};

	assert_int_equal(traffic_new(fixture->set, fixture->tables, TRAFFIC_TLS, 4, &traffic, &failure), -ENOENT);
	assert_null(traffic);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_flow_matches_by_the_oracle, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_is_outside_of_every_range, setup, teardown),
		cmocka_unit_test_setup_teardown(a_receiver_would_take_the_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(every_flow_has_a_source_of_its_own, setup, teardown),
		cmocka_unit_test(flows_spread_over_all_prefixes),
		cmocka_unit_test_setup_teardown(shuffling_loses_no_flow, setup, teardown),
		cmocka_unit_test_setup_teardown(a_kind_that_nothing_accepts_is_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
