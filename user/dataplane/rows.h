/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What counters mean, as rows that every view prints from: names instead of slots and cells. Pure: blocks in, rows
 * out; no kernel.
 */
#ifndef VOXDP_DATAPLANE_ROWS_H
#define VOXDP_DATAPLANE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include <voxdp/abi.h>

#include "compile/tables.h"

enum counter_kind {
	COUNTER_OUTCOME,      /* a packet is in exactly one of these */
	COUNTER_MALFORMED,    /* the same packets as outcome malformed, by reason */
	COUNTER_DSCP,	      /* packets of a service whose DSCP is not the documented one; also in COUNTER_OUTCOME */
	COUNTER_SIP_REQUEST,  /* messages, by method; they have no bytes */
	COUNTER_SIP_RESPONSE, /* the same by class */
	COUNTER_RELAYED,      /* packets of TURN that carry something, by its protocol; also in COUNTER_OUTCOME */
	COUNTER_TUNNEL,	      /* packets judged by what a tunnel carries; also in COUNTER_OUTCOME or _MALFORMED */
};

struct counter_row {
	enum counter_kind kind;
	char device[VX_IFNAME_MAX];
	const char *vendor, *service; /* NULL: none. Point into struct counters */
	enum vx_protocol protocol;
	enum vx_direction direction;
	enum vx_outcome outcome;
	enum vx_malformed malformed;
	uint8_t sip;	/* enum vx_sip_method or enum vx_sip_class */
	uint8_t tunnel; /* enum vx_tunnel */
	uint64_t packets, bytes;
};

/* Only counters that are not zero have a row, or that @cells names. All zero is an empty set. */
struct counters {
	struct counter_row *rows; /* owned */
	size_t count, capacity;
	struct slots slots; /* owned: the names */
	uint32_t *cells;    /* owned: by slot, see cells_possible(); NULL: none is named */
};

/* One device's counters, summed over CPUs: element slot * VX_COUNTER_DIRECTIONS + direction, for each slot in use. */
struct counter_source {
	const char *device;
	enum vx_role role;
	uint16_t decap; /* what is looked through, and so has its row even at zero */
	const struct vx_counter_block *blocks;
	const struct vx_sip_block *sip; /* as many; NULL: not counted */
};

/* Adds the rows of a device. counters->slots tells the names and how many blocks there are. Returns 0 or -ENOMEM. */
int counters_add(struct counters *counters, const struct counter_source *source);
void counters_fini(struct counters *counters);

/* The direction that a packet of nobody's has by its device's role: what is known of it. */
enum vx_direction counters_nobody_direction(enum vx_role role);

/* Packets that a device has seen (NULL: all devices): the sum over outcomes. */
uint64_t counters_packets(const struct counters *counters, const char *device);

#endif
