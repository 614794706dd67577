/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many packets of its RTP stream came before a frame: what a table of streams can know at best, without forgetting
 * any. For the score, which does not blame the program for what nobody could tell yet.
 */
#ifndef VOXDP_COMPILE_STREAMS_H
#define VOXDP_COMPILE_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct streams;

int streams_new(struct streams **ret); /* 0 or -ENOMEM */
void streams_free(struct streams *streams);
void streams_freep(struct streams **streams);

/*
 * Notes an Ethernet frame that carries RTP over UDP. @ret_early: too few packets with its addresses, ports and source
 * have come for any table to tell. Returns 0 or -ENOMEM.
 */
int streams_note(struct streams *streams, const uint8_t *frame, size_t length, bool *ret_early);

#endif
