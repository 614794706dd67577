/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random frames that are nearly right: every layer of the builder in every order that it allows, payloads of every
 * protocol with their own fields varied, and then a few faults. Everything follows from the seed, so that a frame can be
 * made again.
 */
#ifndef TESTS_LIB_ODD_FRAMES_H
#define TESTS_LIB_ODD_FRAMES_H

#include "frame.h"
#include "random_profiles.h"

struct odd_frame {
	struct frame frame;
	size_t linear; /* bytes that can be read in place; the rest lies in a fragment of the frame */
};

/* Makes a frame of at least an Ethernet header. */
void odd_frame_make(struct random *random, struct odd_frame *ret);

/* A payload alone, of up to @room bytes (200 at least). Returns its length. */
size_t odd_payload_make(struct random *random, uint8_t *bytes, size_t room);

/* Puts some of the @length bytes wrong, in place. */
void odd_bytes_spoil(struct random *random, uint8_t *bytes, size_t length);

#endif
