/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows in the order in which they were first seen; looked for one after another. */
#include "tally.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/words.h"

/* A DSCP is a fact of the service, whatever the packet carried. */
static bool same_row(const struct tally_row *row, const struct oracle_verdict *verdict, enum counter_kind kind)
{
	return row->kind == kind && row->verdict.vendor == verdict->vendor &&
	       row->verdict.service == verdict->service && row->verdict.direction == verdict->direction &&
	       (kind == COUNTER_DSCP ||
		(row->verdict.protocol == verdict->protocol && row->verdict.outcome == verdict->outcome));
}

static void add(struct tally *tally, const struct oracle_verdict *verdict, enum counter_kind kind, uint64_t bytes_least,
		uint64_t bytes_most)
{
	struct tally_row *row = tally->rows;

	while (row < tally->rows + tally->count && !same_row(row, verdict, kind))
		row++;
	if (row == tally->rows + tally->count) {
		if (tally->count++ == TALLY_ROWS_MAX)
			abort();
		*row = (struct tally_row){ .verdict = *verdict, .kind = kind };
	}
	row->packets++;
	row->bytes_least += bytes_least;
	row->bytes_most += bytes_most;
}

void tally_add(struct tally *tally, const struct oracle_verdict *verdict, uint64_t bytes_least, uint64_t bytes_most)
{
	add(tally, verdict, COUNTER_OUTCOME, bytes_least, bytes_most);
	if (verdict->dscp_unexpected)
		add(tally, verdict, COUNTER_DSCP, bytes_least, bytes_most);
}

static bool same_name(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* Nobody's direction is the interface's, and no counter of its own. */
static bool is_counter_of(const struct tally_row *row, const struct counter_row *counter)
{
	const struct oracle_verdict *verdict = &row->verdict;

	return row->kind == counter->kind && same_name(verdict->vendor, counter->vendor) &&
	       same_name(verdict->service, counter->service) &&
	       (!verdict->vendor || verdict->direction == counter->direction) &&
	       (row->kind == COUNTER_DSCP ||
		(verdict->protocol == counter->protocol && verdict->outcome == counter->outcome));
}

static bool row_agrees(const struct tally_row *row, const struct counters *counters)
{
	const struct oracle_verdict *verdict = &row->verdict;
	uint64_t packets = 0, bytes = 0;
	unsigned found = 0;

	for (size_t i = 0; i < counters->count; i++) {
		if (!is_counter_of(row, &counters->rows[i]))
			continue;
		found++;
		packets += counters->rows[i].packets;
		bytes += counters->rows[i].bytes;
	}
	if (found == 1 && packets == row->packets && bytes >= row->bytes_least && bytes <= row->bytes_most)
		return true;
	fprintf(stderr,
		"%s/%s %s %s %s%s: expected %" PRIu64 " packets with %" PRIu64 " to %" PRIu64 " bytes, %" PRIu64
		" with %" PRIu64 " in %u counters\n",
		verdict->vendor ? verdict->vendor : "-", verdict->service ? verdict->service : "-",
		direction_word(verdict->direction), protocol_word(verdict->protocol), outcome_word(verdict->outcome),
		row->kind == COUNTER_DSCP ? ", dscp" : "", row->packets, row->bytes_least, row->bytes_most, packets,
		bytes, found);
	return false;
}

bool tally_agrees(const struct tally *tally, const struct counters *counters)
{
	size_t expected = tally->count, got = 0;

	for (unsigned i = 0; i < tally->count; i++)
		if (!row_agrees(&tally->rows[i], counters))
			return false;
	for (size_t i = 0; i < counters->count; i++)
		got += counters->rows[i].packets > 0 &&
		       (counters->rows[i].kind == COUNTER_OUTCOME || counters->rows[i].kind == COUNTER_DSCP);
	if (got == expected)
		return true;
	fprintf(stderr, "%zu counters are not zero, expected %zu\n", got, expected);
	return false;
}
