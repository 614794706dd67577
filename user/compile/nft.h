/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guides as an nftables table: a set for each range set and family, sets of ports for each service, and for each
 * service rules that count both directions. It counts what a firewall built from the guides would let through; a
 * firewall sees no payload, so a packet may be counted for several services.
 */
#ifndef VOXDP_COMPILE_NFT_H
#define VOXDP_COMPILE_NFT_H

#include <stdio.h>

#include "profile/profile.h"

/* Returns 0 or -ENOMEM. */
int nft_write(FILE *out, const struct vendor *const *vendors, size_t count);

#endif
