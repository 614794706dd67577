/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the cell layout that voxdp/abi.h describes beside struct vx_counter_block. */
#include "dataplane/rows.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile/cells.h"

static int row_add(struct counters *counters, const struct counter_row *row)
{
	if (counters->count == counters->capacity) {
		size_t capacity = counters->capacity ? counters->capacity * 2 : 64;
		struct counter_row *rows = realloc(counters->rows, capacity * sizeof(*rows));

		if (!rows)
			return -ENOMEM;
		counters->rows = rows;
		counters->capacity = capacity;
	}
	counters->rows[counters->count++] = *row;
	return 0;
}

/* What a cell of a slot counts; the outcome is told by the slot's kind and the third that the cell lies in. */
static void cell_meaning(uint32_t slot, const struct vx_slot *name, uint32_t cell, struct counter_row *row)
{
	bool second = cell >= VX_CELL_SECOND;

	row->kind = COUNTER_OUTCOME;
	row->malformed = VX_MALFORMED_NONE;
	row->protocol = cell % VX_CELL_SECOND < _VX_PROTOCOL_MAX ? cell % VX_CELL_SECOND : VX_PROTOCOL_OTHER;
	if (slot == VX_SLOT_NOBODY) {
		row->outcome = second ? VX_OUTCOME_UNKNOWN_MEDIA : VX_OUTCOME_OTHER;
	} else if (slot == VX_SLOT_UNDECODED) {
		row->protocol = VX_PROTOCOL_OTHER;
		row->outcome = cell ? VX_OUTCOME_MALFORMED : VX_OUTCOME_FRAGMENT;
		row->malformed = cell;
		row->kind = cell ? COUNTER_MALFORMED : COUNTER_OUTCOME;
	} else if (!name->service[0]) {
		row->outcome = second ? VX_OUTCOME_FRAGMENT : VX_OUTCOME_OFF_PORT;
	} else if (cell == VX_CELL_DSCP_UNEXPECTED) {
		row->protocol = VX_PROTOCOL_OTHER;
		row->kind = COUNTER_DSCP;
	} else if (second) {
		row->outcome = VX_OUTCOME_MISMATCH;
	} else {
		row->outcome = row->protocol == VX_PROTOCOL_OTHER ? VX_OUTCOME_UNPROVEN : VX_OUTCOME_MATCH;
	}
}

enum vx_direction counters_nobody_direction(enum vx_role role)
{
	switch (role) {
	case VX_ROLE_WAN:
		return VX_DIRECTION_IN;
	case VX_ROLE_LAN:
		return VX_DIRECTION_OUT;
	default:
		return VX_DIRECTION_NONE;
	}
}

static enum vx_direction direction_of(uint32_t slot, uint32_t column, enum vx_role role)
{
	if (slot < VX_SLOT_FIRST_FREE)
		return counters_nobody_direction(role);
	return column ? VX_DIRECTION_OUT : VX_DIRECTION_IN;
}

/* Which cells of a block have a row also at 0: those that can count at all, in the direction that the role has. */
static uint32_t cells_named(const struct counters *counters, uint32_t slot, uint32_t column, enum vx_role role)
{
	bool absent = slot < VX_SLOT_FIRST_FREE ? column == 1 :
		      role == VX_ROLE_WAN	? column == 1 :
						  role == VX_ROLE_LAN && column == 0;

	return counters->cells && !absent ? counters->cells[slot] : 0;
}

/* The element that is free since nobody's packets are counted under one direction. */
static int tunnels_add(struct counters *counters, const struct counter_source *source)
{
	const struct vx_counter_block *block = &source->blocks[VX_COUNTER_TUNNELS];
	int error = 0;

	for (uint32_t tunnel = 0; tunnel < _VX_TUNNEL_MAX && !error; tunnel++) {
		struct counter_row row = {
			.kind = COUNTER_TUNNEL,
			.direction = counters_nobody_direction(source->role),
			.tunnel = (uint8_t)tunnel,
			.packets = block->cell[tunnel].packets,
			.bytes = block->cell[tunnel].bytes,
		};

		(void)snprintf(row.device, sizeof(row.device), "%s", source->device);
		if (row.packets || source->decap >> tunnel & 1)
			error = row_add(counters, &row);
	}
	return error;
}

/* @row is that of the slot. */
static int relayed_add(struct counters *counters, const struct vx_counter_block *block, struct counter_row row)
{
	int error = 0;

	row.kind = COUNTER_RELAYED;
	for (uint32_t protocol = 0; protocol < _VX_PROTOCOL_MAX && !error; protocol++) {
		row.protocol = protocol;
		row.packets = block->cell[VX_CELL_RELAYED + protocol].packets;
		row.bytes = block->cell[VX_CELL_RELAYED + protocol].bytes;
		if (row.packets)
			error = row_add(counters, &row);
	}
	return error;
}

static int block_add(struct counters *counters, const struct counter_source *source, uint32_t slot, uint32_t column)
{
	const struct vx_counter_block *block = &source->blocks[slot * VX_COUNTER_DIRECTIONS + column];
	const struct vx_slot *name = &counters->slots.names[slot];
	uint32_t named = cells_named(counters, slot, column, source->role);
	struct counter_row row = {}, malformed = {};
	int error;

	if (slot * VX_COUNTER_DIRECTIONS + column == VX_COUNTER_TUNNELS)
		return tunnels_add(counters, source);
	(void)snprintf(row.device, sizeof(row.device), "%s", source->device);
	row.direction = direction_of(slot, column, source->role);
	row.vendor = name->vendor[0] ? name->vendor : NULL;
	row.service = name->service[0] ? name->service : NULL;
	error = relayed_add(counters, block, row);
	malformed = row;
	malformed.outcome = VX_OUTCOME_MALFORMED;
	for (uint32_t cell = 0; cell < VX_CELL_RELAYED && !error; cell++) {
		row.packets = block->cell[cell].packets;
		row.bytes = block->cell[cell].bytes;
		if (!row.packets && !(named >> cell & 1))
			continue;
		cell_meaning(slot, name, cell, &row);
		error = row_add(counters, &row);
		if (row.kind == COUNTER_MALFORMED) {
			malformed.packets += row.packets;
			malformed.bytes += row.bytes;
		}
	}
	if (!error && (malformed.packets || (slot == VX_SLOT_UNDECODED && named)))
		error = row_add(counters, &malformed);
	return error;
}

static int sip_add(struct counters *counters, const struct counter_source *source, uint32_t slot, uint32_t column)
{
	const struct vx_sip_block *block = &source->sip[slot * VX_COUNTER_DIRECTIONS + column];
	const struct vx_slot *name = &counters->slots.names[slot];
	struct counter_row row = {
		.direction = direction_of(slot, column, source->role),
		.vendor = name->vendor[0] ? name->vendor : NULL,
		.service = name->service[0] ? name->service : NULL,
		.protocol = VX_PROTOCOL_SIP,
	};
	bool named = cells_expect_sip(slot, cells_named(counters, slot, column, source->role));
	int error = 0;

	(void)snprintf(row.device, sizeof(row.device), "%s", source->device);
	for (uint32_t kind = 0; kind < _VX_SIP_METHOD_MAX + _VX_SIP_CLASS_MAX && !error; kind++) {
		bool request = kind < _VX_SIP_METHOD_MAX;

		row.kind = request ? COUNTER_SIP_REQUEST : COUNTER_SIP_RESPONSE;
		row.sip = (uint8_t)(request ? kind : kind - _VX_SIP_METHOD_MAX);
		row.packets = request ? block->requests[row.sip] : block->responses[row.sip];
		if (row.packets || named)
			error = row_add(counters, &row);
	}
	return error;
}

int counters_add(struct counters *counters, const struct counter_source *source)
{
	int error = 0;

	for (uint32_t slot = 0; slot < counters->slots.count; slot++)
		for (uint32_t column = 0; column < VX_COUNTER_DIRECTIONS && !error; column++)
			error = block_add(counters, source, slot, column) ?:
					(source->sip ? sip_add(counters, source, slot, column) : 0);
	return error;
}

void counters_fini(struct counters *counters)
{
	free(counters->rows);
	free(counters->cells);
	slots_fini(&counters->slots);
	*counters = (struct counters){};
}

uint64_t counters_packets(const struct counters *counters, const char *device)
{
	uint64_t packets = 0;

	for (size_t i = 0; i < counters->count; i++) {
		const struct counter_row *row = &counters->rows[i];

		if (row->kind == COUNTER_OUTCOME && (!device || strcmp(row->device, device) == 0))
			packets += row->packets;
	}
	return packets;
}
