/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole profile written from its model, in one form for one meaning: keys in the order of profiles/README.md, what has
 * its default left out, prefixes sorted. What the site file and list files gave stands in it, so that it needs neither.
 */
#ifndef VOXDP_PROFILE_WRITE_PROFILE_H
#define VOXDP_PROFILE_WRITE_PROFILE_H

#include <stdio.h>

#include "profile/profile.h"

/*
 * Reading it back gives the model again, except that a site group with prefixes has become a range set and host names
 * stand for their templates. Returns 0 or -ENOMEM; what writing to @out fails by is told by ferror().
 */
int profile_write(FILE *out, const struct vendor *vendor);

/*
 * Ranges of a set in the order of prefixes, then of days. What a list file gives besides although the profile has it is
 * there once. The caller frees it. NULL: out of memory.
 */
const struct range **ranges_sorted(const struct range_set *set, size_t *ret_count);

#endif
