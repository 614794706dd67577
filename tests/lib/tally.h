/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the counters of a program have to say: one row for each vendor, service, direction, protocol and outcome that an
 * oracle has found, and one for each service whose DSCP was not the documented one.
 */
#ifndef TESTS_LIB_TALLY_H
#define TESTS_LIB_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/rows.h"
#include "oracle.h"

struct tally_row {
	struct oracle_verdict verdict; /* names compared by address: they are those of one profile set */
	enum counter_kind kind;
	uint64_t packets, bytes_least, bytes_most;
};

#define TALLY_ROWS_MAX 1024
struct tally {
	struct tally_row rows[TALLY_ROWS_MAX];
	unsigned count;
};

/* Notes a frame, of whose bytes so many have to be counted. Aborts when there are more rows than places. */
void tally_add(struct tally *tally, const struct oracle_verdict *verdict, uint64_t bytes_least, uint64_t bytes_most);

/* Has each row its counter, and each counter its row? What differs is printed. */
bool tally_agrees(const struct tally *tally, const struct counters *counters);

#endif
