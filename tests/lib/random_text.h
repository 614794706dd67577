/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random profiles as files: every construct of the language that has a say in a verdict, in all the ways in which it may
 * be written, and what stands beside it for people. What the text means is worked out here, from what was meant when it
 * was written, and never by reading it.
 */
#ifndef TESTS_LIB_RANDOM_TEXT_H
#define TESTS_LIB_RANDOM_TEXT_H

#include "loading.h"
#include "random_profiles.h"

struct random_text {
	struct profile_set *meaning; /* for the oracle: ranges that hold on the day, groups and lists that are there */
	struct profile_set *landmarks; /* for random_packet(): all ranges that are written, whether they hold or not */
};

#define RANDOM_TEXT_SITE "site"
/* Writes profiles, lists and the site file RANDOM_TEXT_SITE into the directory of @loading. @day: when they are read. */
void random_text_write(struct random *random, const struct loading *loading, int32_t day, struct random_text *ret);
void random_text_fini(struct random_text *text);

#endif
