/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading capture files, pcap and pcapng, as Ethernet frames. */
#ifndef VOXDP_LIB_CAPTURE_H
#define VOXDP_LIB_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/failure.h"

struct capture;

struct capture_frame {
	uint64_t number;      /* from 1, in the order of the file */
	const uint8_t *bytes; /* valid until the next call */
	size_t length;	      /* as it was on the wire; what the capture did not keep is zero */
	bool padded;	      /* it did not keep all */
	bool cut;	      /* there was more than the longest frame that was asked for */
};

/* Frames longer than @max_bytes are cut there. -EINVAL: not a capture, or a link type that is not IP's (named). */
int capture_open(const char *path, size_t max_bytes, struct capture **ret, struct failure *failure);
void capture_close(struct capture *capture);
void capture_closep(struct capture **capture);

/* Returns 1 and a frame, 0 at the end, or -EIO where the file is broken from here on. */
int capture_next(struct capture *capture, struct capture_frame *ret, struct failure *failure);

#endif
