/* SPDX-License-Identifier: BSD-2-Clause */
/* How large the maps must be, and whether a generation fits those that are there. */
#include "compile/tables.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/cleanup.h"

/* One row a table: where its use and its capacity are found, and the least room that a new map gets. */
struct table_size {
	const char *name;
	size_t used, capacity; /* offsets of __u32: in struct vx_generation, in struct vx_capacity */
	uint32_t floor;
};

#define TABLE_SIZE(field, words, least)                                                                                \
	{                                                                                                              \
		words, offsetof(struct vx_generation, field), offsetof(struct vx_capacity, field), least               \
	}

static const struct table_size table_sizes[] = {
	TABLE_SIZE(classes, "address classes", 256),
	TABLE_SIZE(port_pages, "port pages", 128),
	TABLE_SIZE(cells, "cells", 4096),
	TABLE_SIZE(answer_rows, "answer rows", 1024),
	TABLE_SIZE(slots, "counter slots", 512),
	TABLE_SIZE(prefixes4, "IPv4 prefixes", 65536),
	TABLE_SIZE(prefixes6, "IPv6 prefixes", 65536),
	TABLE_SIZE(ranges4, "IPv4 ranges", 65536),
	TABLE_SIZE(ranges6, "IPv6 ranges", 65536),
};

static uint32_t field(const void *object, size_t offset)
{
	return *(const uint32_t *)((const char *)object + offset);
}

int tables_fit(const struct tables *tables, const struct vx_capacity *capacity, struct failure *failure)
{
	char text[sizeof(failure->text)] = "";
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(table_sizes); i++) {
		const struct table_size *size = &table_sizes[i];
		uint32_t needed = field(&tables->generation, size->used), held = field(capacity, size->capacity);

		if (needed > held && used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s: %u needed, %u fit",
						 used ? "; " : "", size->name, needed, held);
	}
	if (!used)
		return 0;
	return failure_set(failure, VX_EXIT_FAILED, ENOSPC,
			   "the profiles do not fit the maps: %s; detach and attach again to make larger ones", text);
}

struct vx_capacity tables_capacity(const struct tables *tables)
{
	struct vx_capacity capacity;

	for (size_t i = 0; i < ARRAY_SIZE(table_sizes); i++) {
		const struct table_size *size = &table_sizes[i];
		uint64_t room = (uint64_t)field(&tables->generation, size->used) * 2;

		if (room < size->floor)
			room = size->floor;
		*(uint32_t *)((char *)&capacity + size->capacity) = room > UINT32_MAX ? UINT32_MAX : (uint32_t)room;
	}
	return capacity;
}
