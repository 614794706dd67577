/* SPDX-License-Identifier: BSD-2-Clause */
/* Profiles as JSON, in the words of the language; what has its default left out is there all the same. */
#ifndef VOXDP_CMD_EXPORT_JSON_H
#define VOXDP_CMD_EXPORT_JSON_H

#include <jansson.h>

#include "profile/profile.h"

/* One vendor as an object. NULL: out of memory. */
json_t *vendor_to_json(const struct vendor *vendor);

#endif
