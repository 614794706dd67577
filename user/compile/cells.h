/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which counters a generation can count in at all: a service has a match for what it accepts, a mismatch for the rest,
 * and none of the other outcomes. The set is bounded, known before the first packet, and read from the tables
 * themselves, whether they are in memory or in the kernel. Pure.
 */
#ifndef VOXDP_COMPILE_CELLS_H
#define VOXDP_COMPILE_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <voxdp/abi.h>

#include "compile/tables.h"

/* The tables of a generation that name slots. */
struct cell_tables {
	const struct vx_answer_row *answer_rows;
	size_t answer_row_count;
	const struct vx_addr_class *classes;
	size_t class_count;
};

/*
 * Notes for each slot below @slots which cells of a struct vx_counter_block it can count in: 1 << cell, so that an
 * array of @slots words is filled. A slot that no table names stays 0.
 */
void cells_possible(const struct cell_tables *tables, uint32_t *cells, uint32_t slots);

/* Does a slot with these cells expect SIP, so that its requests and responses are counted from the start? */
bool cells_expect_sip(uint32_t slot, uint32_t cells);

/*
 * How many time series a generation comes to at most on a device: for each possible cell packets and bytes, and where
 * SIP can occur its messages, in each direction that the role has.
 */
size_t cells_series(const uint32_t *cells, uint32_t slots, enum vx_role role);

/* The same for compiled tables and @slots names. Returns 0 or -ENOMEM. */
int tables_series(const struct tables *tables, uint32_t slots, enum vx_role role, size_t *ret);

#endif
