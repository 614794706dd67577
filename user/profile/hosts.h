/* SPDX-License-Identifier: BSD-2-Clause */
/* Named lists of host names. Private to user/profile/. */
#ifndef VOXDP_PROFILE_HOSTS_H
#define VOXDP_PROFILE_HOSTS_H

#include "profile/profile.h"
#include "profile/reader.h"

/* Reader for struct key: struct vendor from `hosts`. */
void read_hosts(struct reader *reader, const struct node *value, void *field);
/* The host set of this id, or NULL. */
struct host_set *host_set_find(const struct vendor *vendor, const char *id);

#endif
