/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What has become of each row of each guide. Speaks of the profiles alone: a site file, a list file and the day change
 * what classifies at one place today, not what the profile says of a row.
 */
#ifndef VOXDP_COMPILE_COVERAGE_H
#define VOXDP_COMPILE_COVERAGE_H

#include "lib/text_list.h"
#include "profile/profile.h"

enum coverage_state {
	COVERAGE_CLASSIFIES,
	COVERAGE_NAMES,	     /* waits for the addresses of its names */
	COVERAGE_SITE_GROUP, /* waits for prefixes from the operator */
	COVERAGE_UNSEEN,     /* cannot be seen at XDP */
	_COVERAGE_STATE_MAX,
};
extern const char *const coverage_state_words[_COVERAGE_STATE_MAX];

/* One row of the guide that one service speaks for. A service with two places has two, a place with two services too. */
struct coverage_row {
	const struct vendor *vendor;
	const struct service *service;
	const char *source;  /* as the service has it */
	unsigned part, row;  /* from the place `part.row` that it begins with; UINT_MAX: it begins with none */
	size_t place_length; /* characters of the place; 0: none */
};

struct coverage {
	struct coverage_row *rows; /* owned; by vendor, then in the guide's order, rows without a place last */
	size_t count;
};

/* Returns 0 or -ENOMEM. @ret points into @set. Free with coverage_fini(). */
int coverage_build(const struct profile_set *set, struct coverage *ret);
void coverage_fini(struct coverage *coverage);

/* The state of a service and, in @why, the reason: what it waits for, what part of it waits. Names stand in `...`. */
enum coverage_state service_coverage(const struct service *service, struct text_list *why);

#endif
