/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running classifier as a whole: what commands, and a daemon, ask for. Each call opens the directory of pins, does
 * one thing, and leaves; nothing is remembered between calls.
 */
#ifndef VOXDP_DATAPLANE_CLASSIFIER_H
#define VOXDP_DATAPLANE_CLASSIFIER_H

#include <stddef.h>
#include <stdint.h>

#include <voxdp/abi.h>

#include "dataplane/device.h"
#include "dataplane/generation.h"
#include "dataplane/live_set.h"
#include "dataplane/rows.h"
#include "lib/failure.h"
#include "profile/profile.h"

struct attach_request {
	const struct profile_set *profiles;
	struct device_request devices;
};

/* What a change has come to, read back before it was made live. */
struct classifier_change {
	struct vx_generation generation;
	struct devices devices; /* all that are attached now */
};
void classifier_change_fini(struct classifier_change *change);

/* One lookup table, or the slots: how full it is. */
struct fill {
	const char *name;
	uint32_t used, capacity;
};
#define FILLS_MAX 9

/* An address that is not as the profiles say. */
struct changed {
	char vendor[VX_NAME_MAX];
	struct prefix prefix;
	bool removed;
};

/* Everything that is read back from the kernel. */
struct classifier {
	struct vx_generation generation;
	uint32_t half;
	struct changed *changed; /* generation.changes; owned */
	struct trial trial;
	uint64_t previous; /* number of the generation that a rollback returns to; 0: there is none */
	struct fill fills[FILLS_MAX];
	size_t fill_count;
	struct devices devices;
};

/*
 * Attaches to all devices or to none. With nothing attached yet, makes and fills the maps first; else the new devices
 * join those that run, and the profiles become everybody's in one switch after the last one is attached. A device that
 * is attached as asked for stays as it is.
 */
int classifier_attach(const char *state_dir, const struct attach_request *request, struct classifier_change *ret,
		      struct failure *failure);

/* Compiles @profiles for the running classifier and switches over. -ENOENT: nothing is attached. */
int classifier_update(const char *state_dir, const struct profile_set *profiles, struct classifier_change *ret,
		      struct failure *failure);

/* The same on trial: the generation before comes back unless classifier_confirm() follows within @seconds. */
int classifier_try(const char *state_dir, const struct profile_set *profiles, uint32_t seconds,
		   struct classifier_change *ret, struct failure *failure);

/*
 * For single addresses: compiles @profiles, which must outlive the set, as they are live. -ENOENT: nothing is attached;
 * -ESTALE: the live generation is of other profiles.
 */
int classifier_live_set(const char *state_dir, struct profile_set *profiles, struct live_set **ret,
			struct failure *failure);

/* What one address has come to. */
struct amended {
	struct vx_generation generation;
	enum amend_way way;
};
/* Makes a change of @set live. See live_set_stage() for what it is refused for; besides, while a trial goes on. */
int classifier_amend(const char *state_dir, struct live_set *set, const struct amendment *amendment,
		     struct amended *ret, struct failure *failure);

/* Ends the trial of the live generation, which stays. -ENOENT: it is not on trial (any more). */
int classifier_confirm(const char *state_dir, uint64_t *ret_number, struct failure *failure);

/* Makes the generation before the live one live again; once more, and one is back. -ENOENT: there is none. */
int classifier_rollback(const char *state_dir, struct classifier_change *ret, struct failure *failure);

/*
 * Ends a trial whose time is over. @ret says whether one goes on, and for how long. Every writer does the same before
 * its own work; this is for whoever waits for the time to come. -EWOULDBLOCK: another writer is at work.
 */
int classifier_expire(const char *state_dir, struct trial *ret, struct failure *failure);

/* The names whose slots were freed, and the generation that can no longer be returned to; 0: none. */
struct collected {
	struct vx_slot *names; /* owned */
	uint32_t count;
	uint64_t dismissed;
};
void collected_fini(struct collected *collected);
/* Frees the counter slots of names that the live generation does not have. */
int classifier_collect(const char *state_dir, struct collected *ret, struct failure *failure);

/*
 * Takes voxdp off @ifname, or off every device where it is NULL; with the last one all pins go. @ret (may be NULL) are
 * the devices that were taken off, for devices_fini().
 */
int classifier_detach(const char *state_dir, const char *ifname, struct devices *ret, struct failure *failure);

/* Reads what is attached and live. Free with classifier_fini(). -ENOENT: nothing is attached. */
int classifier_read(const char *state_dir, struct classifier *ret, struct failure *failure);
void classifier_fini(struct classifier *classifier);

/* Reads the counters of every device. Free with counters_fini(). */
int classifier_counters(const char *state_dir, struct counters *ret, struct failure *failure);

/*
 * Both at once, for who looks again and again: a row also for every counter that is still zero and that the live
 * generation can count in.
 */
int classifier_scrape(const char *state_dir, struct classifier *ret, struct counters *ret_counters,
		      struct failure *failure);

#endif
