/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon knows of itself and the kernel does not: which interfaces it is to serve, how the last reload went,
 * which profiles it has read. The loop writes it, the HTTP thread reads it; a lock stands between them.
 */
#ifndef VOXDP_SERVE_HEALTH_H
#define VOXDP_SERVE_HEALTH_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/classifier.h"
#include "lib/digest.h"
#include "profile/profile.h"
#include "serve/config.h"

/* A profile as it was read last. */
struct health_profile {
	char vendor[64];
	char revision[64]; /* of the first of its documents that tells one; else "none" */
	uint8_t digest[DIGEST_BYTES];
	uint64_t modified_at_ns; /* of the file; 0: unknown */
};

struct health {
	pthread_mutex_t lock;
	struct config_interfaces interfaces; /* not owned, never changes */
	uint32_t series_max;
	bool started;	   /* the first load is over, whatever came of it */
	bool reloaded;	   /* the last reload succeeded */
	char trouble[512]; /* why something is not as it should be; empty: nothing is */
	uint64_t reloads_good, reloads_bad;
	uint64_t reloaded_at_ns;	     /* of the last good one, CLOCK_REALTIME; 0: there was none */
	uint8_t tables_digest[DIGEST_BYTES]; /* of what the profiles compile to; compared with the live generation's */
	size_t series;			     /* what they come to at most, see cells_series() */
	struct health_profile *profiles;     /* owned */
	size_t profile_count;
};

int health_init(struct health *health, const struct run_config *config);
void health_fini(struct health *health);

void health_lock(struct health *health);
void health_unlock(struct health *health);

/* Takes what is to be told of profiles. Returns 0 or -ENOMEM, then nothing has changed. */
int health_profiles(struct health *health, const struct profile_set *set);

/* Does a device of @classifier serve the interface, in the role and mode that were asked for? */
bool health_serves(const struct classifier *classifier, const struct config_interface *interface);

#endif
