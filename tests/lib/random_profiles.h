/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random profiles whose ranges nest and overlap, and random packets that mostly hit them or miss them by one. Everything
 * follows from the seed, so that a failure can be repeated.
 */
#ifndef TESTS_LIB_RANDOM_PROFILES_H
#define TESTS_LIB_RANDOM_PROFILES_H

#include "oracle.h"

struct random {
	uint64_t state;
};

/* 0 to @below - 1. */
uint32_t random_below(struct random *random, uint32_t below);

bool random_chance(struct random *random, uint32_t percent);
/* Often one at which something begins or ends in other random things too. */
uint16_t random_port(struct random *random);
/* Of length 1 or more, in few networks, so that two often nest. */
struct prefix random_prefix(struct random *random);

/* A set of 1 to 6 vendors. Free with profile_set_free(). Aborts when out of memory. */
struct profile_set *random_profile_set(struct random *random);
/* A packet near a boundary of @set more often than not. */
struct oracle_packet random_packet(struct random *random, const struct profile_set *set);

#endif
