/* SPDX-License-Identifier: BSD-2-Clause */
/* Counter blocks become rows: which cell of which slot means what. Expectations are read off the table in abi.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/rows.h"

enum { SLOT_VENDOR = VX_SLOT_FIRST_FREE, SLOT_SERVICE, SLOTS };

struct fixture {
	struct counters counters;
	struct vx_counter_block blocks[SLOTS * VX_COUNTER_DIRECTIONS];
};

static void fixture_init(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	assert_int_equal(slots_init(&f->counters.slots, 8), 0);
	strcpy(f->counters.slots.names[SLOT_VENDOR].vendor, "acme");
	strcpy(f->counters.slots.names[SLOT_SERVICE].vendor, "acme");
	strcpy(f->counters.slots.names[SLOT_SERVICE].service, "sip");
	f->counters.slots.count = SLOTS;
}

static struct vx_counter *cell(struct fixture *f, uint32_t slot, bool out, uint32_t index)
{
	return &f->blocks[slot * VX_COUNTER_DIRECTIONS + out].cell[index];
}

static void add(struct fixture *f, enum vx_role role)
{
	const struct counter_source source = { .device = "eth0", .role = role, .blocks = f->blocks };

	assert_int_equal(counters_add(&f->counters, &source), 0);
}

#define MATCH VX_OUTCOME_MATCH
#define IN VX_DIRECTION_IN
#define OUT VX_DIRECTION_OUT

static const struct {
	uint32_t slot;
	bool out;
	uint32_t cell;
	enum counter_kind kind;
	bool vendor, service;
	enum vx_protocol protocol;
	enum vx_direction direction; /* with role any */
	enum vx_outcome outcome;
} cells[] = {
	{ SLOT_SERVICE, false, 1, COUNTER_OUTCOME, true, true, VX_PROTOCOL_SIP, IN, MATCH },
	{ SLOT_SERVICE, true, 6, COUNTER_OUTCOME, true, true, VX_PROTOCOL_RTP, OUT, MATCH },
	{ SLOT_SERVICE, false, 0, COUNTER_OUTCOME, true, true, VX_PROTOCOL_OTHER, IN, VX_OUTCOME_UNPROVEN },
	{ SLOT_SERVICE, true, 16 + 1, COUNTER_OUTCOME, true, true, VX_PROTOCOL_SIP, OUT, VX_OUTCOME_MISMATCH },
	{ SLOT_SERVICE, false, 15, COUNTER_DSCP, true, true, VX_PROTOCOL_OTHER, IN, 0 },
	{ SLOT_VENDOR, false, 8, COUNTER_OUTCOME, true, false, VX_PROTOCOL_TLS, IN, VX_OUTCOME_OFF_PORT },
	{ SLOT_VENDOR, true, 0, COUNTER_OUTCOME, true, false, VX_PROTOCOL_OTHER, OUT, VX_OUTCOME_OFF_PORT },
	{ SLOT_VENDOR, false, 16, COUNTER_OUTCOME, true, false, VX_PROTOCOL_OTHER, IN, VX_OUTCOME_FRAGMENT },
	{ VX_SLOT_NOBODY, false, 0, COUNTER_OUTCOME, false, false, VX_PROTOCOL_OTHER, 0, VX_OUTCOME_OTHER },
	{ VX_SLOT_NOBODY, false, 9, COUNTER_OUTCOME, false, false, VX_PROTOCOL_DNS, 0, VX_OUTCOME_OTHER },
	{ VX_SLOT_NOBODY, false, 16 + 2, COUNTER_OUTCOME, false, false, VX_PROTOCOL_STUN, 0, VX_OUTCOME_UNKNOWN_MEDIA },
	{ VX_SLOT_UNDECODED, false, 0, COUNTER_OUTCOME, false, false, VX_PROTOCOL_OTHER, 0, VX_OUTCOME_FRAGMENT },
	{ SLOT_SERVICE, false, 32 + 6, COUNTER_RELAYED, true, true, VX_PROTOCOL_RTP, IN, 0 },
	{ SLOT_SERVICE, true, 32, COUNTER_RELAYED, true, true, VX_PROTOCOL_OTHER, OUT, 0 },
	{ SLOT_VENDOR, true, 32 + 2, COUNTER_RELAYED, true, false, VX_PROTOCOL_STUN, OUT, 0 },
	{ VX_SLOT_NOBODY, false, 32 + 7, COUNTER_RELAYED, false, false, VX_PROTOCOL_RTCP, 0, 0 },
};

static void every_kind_of_cell_has_its_meaning(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		struct fixture f;
		const struct counter_row *row;

		fixture_init(&f);
		*cell(&f, cells[i].slot, cells[i].out, cells[i].cell) = (struct vx_counter){ 7, 700 };
		add(&f, VX_ROLE_ANY);
		assert_int_equal(f.counters.count, 1);
		row = f.counters.rows;
		if (row->kind != cells[i].kind || !row->vendor == cells[i].vendor ||
		    !row->service == cells[i].service || row->protocol != cells[i].protocol ||
		    row->direction != cells[i].direction ||
		    (row->kind == COUNTER_OUTCOME && row->outcome != cells[i].outcome) || row->packets != 7 ||
		    row->bytes != 700 || strcmp(row->device, "eth0") != 0)
			fail_msg("row %zu: kind %d protocol %d direction %d outcome %d", i, row->kind, row->protocol,
				 row->direction, row->outcome);
		counters_fini(&f.counters);
	}
}

static void malformed_is_one_outcome_with_many_reasons(void **state)
{
	const struct counter_row *row;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	*cell(&f, VX_SLOT_UNDECODED, false, VX_MALFORMED_UDP_LENGTH) = (struct vx_counter){ 3, 300 };
	*cell(&f, VX_SLOT_UNDECODED, false, VX_MALFORMED_TUNNEL_TRUNCATED) = (struct vx_counter){ 4, 400 };
	add(&f, VX_ROLE_ANY);
	assert_int_equal(f.counters.count, 3);
	row = f.counters.rows;
	assert_int_equal(row[0].kind, COUNTER_MALFORMED);
	assert_int_equal(row[0].malformed, VX_MALFORMED_UDP_LENGTH);
	assert_int_equal(row[0].packets, 3);
	assert_int_equal(row[1].malformed, VX_MALFORMED_TUNNEL_TRUNCATED);
	assert_int_equal(row[2].kind, COUNTER_OUTCOME);
	assert_int_equal(row[2].outcome, VX_OUTCOME_MALFORMED);
	assert_int_equal(row[2].packets, 7);
	assert_int_equal(row[2].bytes, 700);
	counters_fini(&f.counters);
}

/* Nobody's packets are counted under one direction; the other element of UNDECODED counts tunnels. */
static void tunnels_are_counted_beside_the_outcomes(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	*cell(&f, VX_SLOT_UNDECODED, true, VX_TUNNEL_GRE) = (struct vx_counter){ 3, 300 };
	*cell(&f, VX_SLOT_UNDECODED, true, VX_TUNNEL_PPPOE) = (struct vx_counter){ 4, 400 };
	add(&f, VX_ROLE_LAN);
	assert_int_equal(f.counters.count, 2);
	assert_int_equal(f.counters.rows[0].kind, COUNTER_TUNNEL);
	assert_int_equal(f.counters.rows[0].tunnel, VX_TUNNEL_GRE);
	assert_int_equal(f.counters.rows[0].packets, 3);
	assert_int_equal(f.counters.rows[0].bytes, 300);
	assert_null(f.counters.rows[0].vendor);
	assert_string_equal(f.counters.rows[0].device, "eth0");
	assert_int_equal(f.counters.rows[1].tunnel, VX_TUNNEL_PPPOE);
	assert_int_equal(f.counters.rows[1].packets, 4);
	assert_int_equal(counters_packets(&f.counters, NULL), 0);
	counters_fini(&f.counters);
}

/* So that the first packet is seen to be one more, and not a new series. */
static void tunnels_that_are_looked_through_have_their_rows_at_zero(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(counters_add(&f.counters, &(struct counter_source){ .device = "eth0",
									     .decap = 1U << VX_TUNNEL_VXLAN,
									     .blocks = f.blocks }),
			 0);
	assert_int_equal(f.counters.count, 1);
	assert_int_equal(f.counters.rows[0].kind, COUNTER_TUNNEL);
	assert_int_equal(f.counters.rows[0].tunnel, VX_TUNNEL_VXLAN);
	assert_int_equal(f.counters.rows[0].packets, 0);
	counters_fini(&f.counters);
}

static void the_role_tells_the_direction_of_nobodys_packets(void **state)
{
	static const enum vx_direction expected[] = {
		[VX_ROLE_ANY] = VX_DIRECTION_NONE,
		[VX_ROLE_WAN] = VX_DIRECTION_IN,
		[VX_ROLE_LAN] = VX_DIRECTION_OUT,
	};

	(void)state;
	for (unsigned role = 0; role < _VX_ROLE_MAX; role++) {
		struct fixture f;

		fixture_init(&f);
		cell(&f, VX_SLOT_NOBODY, false, 0)->packets = 1;
		cell(&f, SLOT_SERVICE, false, 1)->packets = 1;
		add(&f, role);
		assert_int_equal(f.counters.count, 2);
		assert_int_equal(f.counters.rows[0].direction, expected[role]);
		assert_int_equal(f.counters.rows[1].direction, VX_DIRECTION_IN); /* a vendor's has its own */
		counters_fini(&f.counters);
	}
}

/* Every cell of every slot, so that what is in both a detail and an outcome would show as a wrong sum. */
static void the_sum_over_outcomes_is_every_packet_once(void **state)
{
	uint64_t expected = 0;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		for (uint32_t c = 0; c < VX_COUNTER_CELLS; c++) {
			cell(&f, slot, false, c)->packets = 1 + c;
			if (c < VX_CELL_RELAYED && (slot != SLOT_SERVICE || c != VX_CELL_DSCP_UNEXPECTED))
				expected += 1 + c;
		}
	for (uint32_t c = 0; c < VX_COUNTER_CELLS; c++)
		cell(&f, VX_SLOT_UNDECODED, true, c)->packets = 1 + c;
	add(&f, VX_ROLE_ANY);
	assert_int_equal(counters_packets(&f.counters, NULL), expected);
	assert_int_equal(counters_packets(&f.counters, "eth0"), expected);
	assert_int_equal(counters_packets(&f.counters, "eth1"), 0);
	add(&f, VX_ROLE_ANY);
	assert_int_equal(counters_packets(&f.counters, NULL), 2 * expected);
	counters_fini(&f.counters);
}

static void idle_counters_have_no_rows(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	add(&f, VX_ROLE_WAN);
	assert_int_equal(f.counters.count, 0);
	assert_int_equal(counters_packets(&f.counters, NULL), 0);
	counters_fini(&f.counters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_cell_has_its_meaning),
		cmocka_unit_test(malformed_is_one_outcome_with_many_reasons),
		cmocka_unit_test(tunnels_are_counted_beside_the_outcomes),
		cmocka_unit_test(tunnels_that_are_looked_through_have_their_rows_at_zero),
		cmocka_unit_test(the_role_tells_the_direction_of_nobodys_packets),
		cmocka_unit_test(the_sum_over_outcomes_is_every_packet_once),
		cmocka_unit_test(idle_counters_have_no_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
