/* SPDX-License-Identifier: BSD-2-Clause */
/* The measurements beside the test run: peers on the same packets, live frames, a veth pair. */
#ifndef TESTS_BENCH_LIVE_H
#define TESTS_BENCH_LIVE_H

#include <stdint.h>

#include "contest.h"
#include "dataplane/subject.h"
#include "lib/failure.h"
#include "peers.h"

struct live_options {
	uint32_t rounds, packets;
};

/* What all of them have in common: 10,000 or more IPv4 prefixes and RTP that matches them. Owned by the caller. */
struct live_scene {
	const struct subject *subject;
	const struct traffic *traffic;
};

#define LIVE_CONTESTANTS_MAX 10

/* A finished contest and what its contestants were made of. */
struct live {
	struct contest contest;
	struct contestant contestants[LIVE_CONTESTANTS_MAX];
	struct frontend *frontends[2]; /* for programs that are frags-capable, and for others */
	struct traffic *exact;	       /* from one address a prefix, for xdp-filter */
	struct subject twins;	       /* the maps of the scene's, with programs that drop */
	struct peer peers[_PEER_MAX];
	int programs[4]; /* that do nothing, or redirect */
	int link;	 /* of the veth pair's far end */
};

/* xdp-filter and voxdp by BPF_PROG_TEST_RUN, each beside an empty program of its kind. */
int live_test_run(const struct live_scene *scene, const struct live_options *options, struct live *ret,
		  struct failure *failure);
/* Live frames: XDP programs drop them, the others get them up the stack. */
int live_frames(const struct live_scene *scene, const struct live_options *options, struct live *ret,
		struct failure *failure);
/* Live frames over a veth pair to a program on its far end. */
int live_veth(const struct live_scene *scene, const struct live_options *options, struct live *ret,
	      struct failure *failure);
void live_fini(struct live *live);

#endif
