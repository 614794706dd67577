/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real program without an interface: frames go through BPF_PROG_TEST_RUN, verdicts come back. Maps and program
 * are pinned nowhere and gone with the runner.
 */
#ifndef VOXDP_DATAPLANE_RUNNER_H
#define VOXDP_DATAPLANE_RUNNER_H

#include <stddef.h>
#include <stdint.h>

#include <voxdp/abi.h>

#include "dataplane/rows.h"
#include "lib/failure.h"
#include "profile/profile.h"

struct runner;

int runner_new(const struct profile_set *profiles, enum vx_role role, enum vx_engine engine, struct runner **ret,
	       struct failure *failure);
/* The same with all that a program can be told: role, engine and decap of @config. */
int runner_new_as(const struct profile_set *profiles, const struct vx_config *config, struct runner **ret,
		  struct failure *failure);
void runner_free(struct runner *runner);
void runner_freep(struct runner **runner);

/* The longest frame that this kernel runs; longer ones are run by their first so many bytes. */
size_t runner_bytes_max(const struct runner *runner);

/*
 * Judges one frame. The kernel takes none that is shorter than an Ethernet header: such a frame is counted here, as
 * malformed for the reason ethernet_truncated, which is what the program says of it on a wire.
 */
int runner_run(struct runner *runner, const void *frame, size_t length, struct vx_verdict *ret,
	       struct failure *failure);
/*
 * The same with only the first @linear bytes in the frame's linear part and the rest in a fragment, as drivers that
 * split headers from data have it. @linear is less than @length. -ENOTSUP: this kernel (before 6.18) does not offer it.
 */
int runner_run_split(struct runner *runner, const void *frame, size_t length, size_t linear, struct vx_verdict *ret,
		     struct failure *failure);

/*
 * Keeps the calling thread on the CPU that it is on: the program's table of streams is per CPU, and a NIC keeps a flow
 * on one. For runs of captures, where a move would look like a stream that begins anew.
 */
void runner_stay(void);
/* As if no packet had come: the next one is the first of its stream. */
int runner_forget_streams(struct runner *runner, struct failure *failure);

/* Who a slot of a verdict belongs to; empty names: nobody. Valid as long as the runner. */
const struct vx_slot *runner_slot(const struct runner *runner, uint32_t slot);

/* What the program has counted, and the short frames. Rows have no device. Free with counters_fini(). */
int runner_counters(const struct runner *runner, struct counters *ret, struct failure *failure);

#endif
