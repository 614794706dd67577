/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answer rows: for a list of candidates, the best one for every evidence and DSCP class, with the rank that compares
 * it with what the packet's other end may have.
 */
#ifndef VOXDP_COMPILE_ANSWERS_H
#define VOXDP_COMPILE_ANSWERS_H

#include "compile/candidate.h"
#include "lib/intern.h"

/* DSCPs, per direction, that every service treats alike. */
struct dscp_classes {
	uint8_t class_of[_VX_DIRECTION_MAX][VX_DSCPS];
	struct {
		enum vx_direction direction;
		uint8_t dscp;
	} sample[2 * VX_DSCPS]; /* the first member of each class */
	uint32_t count;
};

/* Returns 0, or -ENOMEM. */
int dscp_classes_build(const struct profile_set *set, struct dscp_classes *ret);

/* A candidate with the slot that its packets are counted under. */
struct slotted_candidate {
	struct candidate candidate;
	uint32_t slot;
};

struct answers {
	struct dscp_classes dscp;
	struct intern rows; /* runs of struct vx_answer_row: one, or one a DSCP class */
	/* struct standing without claim and prefix; the rest of an answer's rank is its id + 1 until answers_rank() */
	struct intern standings;
};

/* Row VX_ROW_NONE is there from the start. Returns 0 or -ENOMEM. */
int answers_init(struct answers *answers, const struct profile_set *set);
void answers_fini(struct answers *answers);
/* On which way, and where, candidates are met. */
struct answers_place {
	enum vx_transport transport;
	uint8_t class_length; /* VX_CLAIMANT_LENGTH of the address class */
};
/*
 * The entry for these candidates: the number of their row, with VX_ENTRY_BY_DSCP where it depends on that. Returns 0,
 * -ENOMEM, or -E2BIG: too many rows, or standings.
 */
int answers_put(struct answers *answers, const struct slotted_candidate *candidates, size_t count,
		struct answers_place place, uint32_t *ret_entry);
/* After the last put: turns the ids in the rows into ranks. Returns 0 or -ENOMEM. */
int answers_rank(struct answers *answers);

#endif
