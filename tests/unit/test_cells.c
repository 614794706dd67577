/* SPDX-License-Identifier: BSD-2-Clause */
/* Which counters a generation can count in, by hand-made answers; and that what is counted is always one of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compile/cells.h"
#include "dataplane/rows.h"
#include "lib/cleanup.h"

enum { SLOT_VENDOR = VX_SLOT_FIRST_FREE, SLOT_MEDIA, SLOT_UNUSED, SLOTS };

static uint32_t cells[SLOTS];

/* Media accepts STUN and RTP; SIP contradicts it; on the second row its DSCP is not the documented one. */
static struct vx_answer_row answer_rows[3];
static const struct vx_addr_class own[] = { {}, { .claimant = VX_CLAIMANT(7, SLOT_VENDOR, 24, 1) } };
static const struct vx_addr_class named[] = { {}, { .claimant = VX_CLAIMANT(7, SLOT_VENDOR, 24, 0) } };

static int setup(void **state)
{
	(void)state;
	memset(answer_rows, 0, sizeof(answer_rows));
	answer_rows[1].by_evidence[VX_PROTOCOL_OTHER] = VX_ANSWER(1, SLOT_MEDIA, VX_OUTCOME_UNPROVEN, 0);
	answer_rows[1].by_evidence[VX_PROTOCOL_STUN] = VX_ANSWER(1, SLOT_MEDIA, VX_OUTCOME_MATCH, 0);
	answer_rows[1].by_evidence[VX_EVIDENCE_RTP_LIKELY] = VX_ANSWER(1, SLOT_MEDIA, VX_OUTCOME_MATCH, 0);
	answer_rows[1].by_evidence[VX_PROTOCOL_SIP] = VX_ANSWER(1, SLOT_MEDIA, VX_OUTCOME_MISMATCH, 0);
	return 0;
}

static void look(const struct vx_addr_class *classes, size_t rows)
{
	const struct cell_tables tables = {
		.answer_rows = answer_rows,
		.answer_row_count = rows,
		.classes = classes,
		.class_count = classes ? 2 : 0,
	};

	memset(cells, 0xff, sizeof(cells));
	cells_possible(&tables, cells, SLOTS);
}

static void a_service_has_a_cell_for_each_answer(void **state)
{
	(void)state;
	look(NULL, 2);
	assert_int_equal(cells[SLOT_MEDIA], 1U << VX_PROTOCOL_OTHER | 1U << VX_PROTOCOL_STUN | 1U << VX_PROTOCOL_RTP |
						    1U << (VX_CELL_SECOND + VX_PROTOCOL_SIP));
	assert_int_equal(cells[SLOT_VENDOR], 0);
	assert_int_equal(cells[SLOT_UNUSED], 0);
}

static void unexpected_dscp_has_a_cell_where_an_answer_says_so(void **state)
{
	(void)state;
	answer_rows[2].by_evidence[VX_PROTOCOL_STUN] =
		VX_ANSWER(1, SLOT_MEDIA, VX_OUTCOME_MATCH, VX_ANSWER_DSCP_UNEXPECTED);
	look(NULL, 2);
	assert_int_equal(cells[SLOT_MEDIA] >> VX_CELL_DSCP_UNEXPECTED & 1, 0);
	look(NULL, 3);
	assert_int_equal(cells[SLOT_MEDIA] >> VX_CELL_DSCP_UNEXPECTED & 1, 1);
}

static void off_port_is_for_who_owns_the_address(void **state)
{
	(void)state;
	look(own, 2);
	assert_int_equal(cells[SLOT_VENDOR], ((1U << _VX_PROTOCOL_MAX) - 1) | 1U << VX_CELL_FRAGMENT);
	look(named, 2);
	assert_int_equal(cells[SLOT_VENDOR], 1U << VX_CELL_FRAGMENT);
}

static void a_slot_beyond_the_names_is_passed_over(void **state)
{
	(void)state;
	answer_rows[2].by_evidence[VX_PROTOCOL_STUN] = VX_ANSWER(1, SLOTS, VX_OUTCOME_MATCH, 0);
	look(own, 3); /* a write past the end would be found by the sanitizer */
	assert_int_equal(cells[SLOT_UNUSED], 0);
}

/* By hand: media 4 cells, of which SIP; the vendor 14 protocols and a fragment, of which SIP. */
static void series_are_counted_by_direction(void **state)
{
	const size_t sip = 14 + 6;
	const size_t fixed = 2 * (8 + 7) + sip + (_VX_MALFORMED_MAX - 1 + 4);
	const size_t named_slots = 2 * 4 + sip + 2 * 15 + sip;

	(void)state;
	look(own, 2);
	assert_int_equal(cells_series(cells, SLOTS, VX_ROLE_WAN), fixed + named_slots);
	assert_int_equal(cells_series(cells, SLOTS, VX_ROLE_LAN), fixed + named_slots);
	assert_int_equal(cells_series(cells, SLOTS, VX_ROLE_ANY), fixed + 2 * named_slots);
}

/* Rows of a device whose counters are all zero, as a scrape has them. */
static void rows_at_zero(enum vx_role role, struct counters *counters)
{
	static struct vx_counter_block blocks[SLOTS * VX_COUNTER_DIRECTIONS];
	static struct vx_sip_block sip[SLOTS * VX_COUNTER_DIRECTIONS];
	const struct counter_source source = { .device = "eth0", .role = role, .blocks = blocks, .sip = sip };

	*counters = (struct counters){};
	counters->slots = (struct slots){ calloc(SLOTS, sizeof(struct vx_slot)), SLOTS, SLOTS };
	counters->cells = calloc(SLOTS, sizeof(*cells));
	assert_non_null(counters->slots.names);
	assert_non_null(counters->cells);
	strcpy(counters->slots.names[SLOT_VENDOR].vendor, "acme");
	strcpy(counters->slots.names[SLOT_MEDIA].vendor, "acme");
	strcpy(counters->slots.names[SLOT_MEDIA].service, "media");
	memcpy(counters->cells, cells, sizeof(cells));
	assert_int_equal(counters_add(counters, &source), 0);
}

static size_t rows_of(const struct counters *counters, enum counter_kind kind, enum vx_direction direction)
{
	size_t count = 0;

	for (size_t i = 0; i < counters->count; i++)
		count += counters->rows[i].kind == kind && counters->rows[i].direction == direction &&
			 counters->rows[i].vendor;
	return count;
}

static void rows_at_zero_are_those_of_the_role(void **state)
{
	struct counters counters;

	(void)state;
	look(own, 2);
	rows_at_zero(VX_ROLE_WAN, &counters);
	assert_int_equal(rows_of(&counters, COUNTER_OUTCOME, VX_DIRECTION_IN), 4 + 15);
	assert_int_equal(rows_of(&counters, COUNTER_OUTCOME, VX_DIRECTION_OUT), 0);
	counters_fini(&counters);
	rows_at_zero(VX_ROLE_LAN, &counters);
	assert_int_equal(rows_of(&counters, COUNTER_OUTCOME, VX_DIRECTION_IN), 0);
	assert_int_equal(rows_of(&counters, COUNTER_OUTCOME, VX_DIRECTION_OUT), 4 + 15);
	counters_fini(&counters);
	rows_at_zero(VX_ROLE_ANY, &counters);
	assert_int_equal(rows_of(&counters, COUNTER_OUTCOME, VX_DIRECTION_IN), 4 + 15);
	assert_int_equal(rows_of(&counters, COUNTER_OUTCOME, VX_DIRECTION_OUT), 4 + 15);
	counters_fini(&counters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_service_has_a_cell_for_each_answer, setup),
		cmocka_unit_test_setup(unexpected_dscp_has_a_cell_where_an_answer_says_so, setup),
		cmocka_unit_test_setup(off_port_is_for_who_owns_the_address, setup),
		cmocka_unit_test_setup(a_slot_beyond_the_names_is_passed_over, setup),
		cmocka_unit_test_setup(series_are_counted_by_direction, setup),
		cmocka_unit_test_setup(rows_at_zero_are_those_of_the_role, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
