/* SPDX-License-Identifier: BSD-2-Clause */
/* Which services list a host name, the most specific pattern first. */
#ifndef VOXDP_COMPILE_HOST_MATCH_H
#define VOXDP_COMPILE_HOST_MATCH_H

#include "profile/profile.h"

/* A service, and the most specific of its patterns that holds the name. */
struct host_match {
	const struct vendor *vendor;
	const struct service *service;
	const struct host_set *set;
	const struct host *host;
};

struct host_matches {
	/*
	 * Owned. Best first: the name itself, then one with a placeholder that has no values, then patterns, of which
	 * the longer and then `*.` (without the name itself) is the more specific; then hosts that exist before planned
	 * ones; then by vendor and as in the profile.
	 */
	struct host_match *items;
	size_t count;
};

#define HOST_NAME_MAX_BYTES 253
/*
 * @name as names are compared: lower case, without the dot at its end. Returns 0, or -EINVAL where it is no host name.
 */
int host_name_normalise(const char *name, char ret[HOST_NAME_MAX_BYTES + 1]);
/* Does the pattern hold the normalised name? A placeholder without values stands for any labels or parts of one. */
bool host_holds(const struct host *host, const char *name);
/* Returns 0 or -ENOMEM. Free with host_matches_fini(). */
int host_matches_find(const struct profile_set *set, const char *name, struct host_matches *ret);
void host_matches_fini(struct host_matches *matches);

#endif
