/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp classify --score`: labels beside verdicts, frame by frame, and what comes of it. */
#ifndef VOXDP_CMD_SCORE_H
#define VOXDP_CMD_SCORE_H

#include <voxdp/abi.h>

#include "cmd/cmd.h"
#include "lib/capture.h"

struct scoring;

/* @labels: the label file of the only capture, or a folder with a file NAME.csv for each capture NAME.pcap. */
int scoring_new(const struct globals *globals, const char *labels, int captures, bool packets, struct scoring **ret,
		struct failure *failure);
void scoring_free(struct scoring *scoring);
void scoring_freep(struct scoring **scoring);

/* A capture: begin, each frame in its order, end. What differs is printed where it was asked for. */
int scoring_begin(struct scoring *scoring, const char *capture, struct failure *failure);
int scoring_frame(struct scoring *scoring, const struct capture_frame *frame, const struct vx_verdict *verdict,
		  struct failure *failure);
int scoring_end(struct scoring *scoring, struct failure *failure);

/* The matrix over all captures. */
enum vx_exit scoring_print(const struct scoring *scoring, struct failure *failure);

#endif
