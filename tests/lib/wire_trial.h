/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real program against the oracles, frame by frame: wire_oracle.h says what a frame is, oracle.h what follows from it
 * under a small profile. Random frames come in rounds; a round follows from its number, so that it can be run again.
 */
#ifndef TESTS_LIB_WIRE_TRIAL_H
#define TESTS_LIB_WIRE_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "wire_oracle.h"

struct wire_trial;

/* NULL, with the reason on stderr, where there is none. Pins the calling thread to a CPU: streams are told by CPU. */
struct wire_trial *wire_trial_new(void);
void wire_trial_free(struct wire_trial *trial);

/* Does this kernel let a test frame be split? Else frames are judged whole. */
bool wire_trial_splits(const struct wire_trial *trial);

/* The program for the frames that follow: a number, of which each residue class is another one. */
void wire_trial_choose(struct wire_trial *trial, uint64_t number);
/* As if no stream had been seen, by the program and by the oracle. */
bool wire_trial_forget_streams(struct wire_trial *trial);

/*
 * Judges one frame. Returns false, with the frame and what was expected on stderr, where the program differs. A frame
 * that looks like RTP takes part in the oracle's streams, of which there is room for WIRE_STREAMS_MAX.
 */
bool wire_trial_frame(struct wire_trial *trial, struct frame *frame, size_t linear);

/* Each round is this many frames. Returns false where one differs. */
#define WIRE_ROUND 4096
bool wire_trial_round(struct wire_trial *trial, uint64_t round);

/* Have the programs counted every frame, in one outcome, with all its bytes; each tunnel, and what TURN carried? */
bool wire_trial_accounts(const struct wire_trial *trial);

/* What the frames so far were, to see that a run reached everything. */
uint64_t wire_trial_seen_protocol(const struct wire_trial *trial, enum vx_protocol protocol);
uint64_t wire_trial_seen_malformed(const struct wire_trial *trial, enum vx_malformed reason);
uint64_t wire_trial_seen_outcome(const struct wire_trial *trial, enum vx_outcome outcome);
uint64_t wire_trial_seen_tunnel(const struct wire_trial *trial, enum vx_tunnel tunnel);
uint64_t wire_trial_seen_inner(const struct wire_trial *trial, enum vx_protocol protocol);

#endif
