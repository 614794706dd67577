/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames of captures that are not Ethernet, made so: the link header is taken off and an Ethernet header with the same
 * network protocol put in front, since that is what the program reads. Pure.
 */
#ifndef VOXDP_LIB_LINKTYPE_H
#define VOXDP_LIB_LINKTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETHERNET_HEADER_BYTES 14

/* Do we know how to read frames of this link type (a DLT_ value of libpcap)? */
bool linktype_is_known(int dlt);

/* What a frame becomes: @skip bytes are taken off and a header put in front. */
struct linktype_header {
	bool add; /* false: the frame is Ethernet already */
	size_t skip;
	uint8_t ethernet[ETHERNET_HEADER_BYTES];
};

/* Returns 0, or -EINVAL: the frame ends within its link header, there is nothing to run. */
int linktype_convert(int dlt, const uint8_t *bytes, size_t length, struct linktype_header *ret);

#endif
