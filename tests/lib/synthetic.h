/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Profiles of any size, to measure with: disjoint prefixes whose lengths are mixed as in a routing table, spread over
 * vendors that all run the same services. The same shape is the same set, whenever it is made.
 */
#ifndef TESTS_LIB_SYNTHETIC_H
#define TESTS_LIB_SYNTHETIC_H

#include <stdint.h>

#include "profile/profile.h"

struct synthetic_shape {
	uint32_t prefixes4; /* /16 to /28; at most 1,000,000 */
	uint32_t prefixes6; /* /29 to /64 */
	uint32_t vendors;   /* at least 1 */
	uint32_t services;  /* of each vendor, 4 to 10: RTP, STUN, SIP and TLS first */
	uint64_t seed;	    /* another one gives another set of the same shape */
};

/* Free with profile_set_free(). Aborts where memory ends or the address space does. */
struct profile_set *synthetic_profile_set(const struct synthetic_shape *shape);

#endif
