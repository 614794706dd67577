/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures through the real program by two sets of profiles: the frames whose verdict differs. */
#ifndef VOXDP_CMD_REPLAY_DIFF_H
#define VOXDP_CMD_REPLAY_DIFF_H

#include <voxdp/abi.h>

#include "lib/failure.h"
#include "profile/profile.h"

/* A verdict with the names of its slot. */
struct told {
	const char *vendor, *service; /* "" for none; live as long as the replay */
	uint8_t protocol, direction, outcome, malformed, dscp_unexpected;
};

/* Frames that went from one verdict to another. */
struct moved {
	struct told before, after;
	uint64_t frames;
	const char *capture; /* where the first of them is */
	uint64_t number;
};

struct runner;

struct replay {
	struct runner *before, *after;
	uint64_t frames;     /* run in all */
	struct moved *moved; /* owned; those whose verdict differs, most frames first once it is sorted */
	size_t moved_count, moved_capacity;
};

/* Loads the program twice, each with its own maps; nothing is attached or pinned. Free with replay_fini(). */
int replay_init(struct replay *replay, const struct profile_set *before, const struct profile_set *after,
		enum vx_role role, struct failure *failure);
/* Runs every frame of a capture; @path must outlive the replay. May be called again. */
int replay_capture(struct replay *replay, const char *path, struct failure *failure);
void replay_sort(struct replay *replay);
void replay_fini(struct replay *replay);

#endif
