/* SPDX-License-Identifier: BSD-2-Clause */
/* One profile file. Private to user/profile/. */
#ifndef VOXDP_PROFILE_VENDOR_H
#define VOXDP_PROFILE_VENDOR_H

#include "profile/profile.h"
#include "profile/reader.h"

/* Reads the root of a profile into @vendor, which is zeroed; errors go to the reader's diags. */
void vendor_read(struct reader *reader, const struct node *root, struct vendor *vendor);
/* Adds notes on idle services and warnings of range sets that nothing uses; for a vendor without errors. */
void vendor_remarks(struct diags *diags, const struct vendor *vendor, int32_t day);

#endif
