/* SPDX-License-Identifier: BSD-2-Clause */
/* The site file: what only the operator knows. Private to user/profile/. */
#ifndef VOXDP_PROFILE_SITE_H
#define VOXDP_PROFILE_SITE_H

#include "profile/ranges.h"
#include "profile/reader.h"

enum site_section { SITE_GROUPS, SITE_PLACEHOLDERS, SITE_FILES, _SITE_SECTION_MAX };

struct site_entry {
	const char *name; /* `id`, or `vendor.id` for one vendor only */
	struct mark at;
	bool used;
	struct range_list ranges; /* SITE_GROUPS */
	struct strings values;	  /* SITE_PLACEHOLDERS */
	const char *path;	  /* SITE_FILES: resolved */
};

struct site {
	struct {
		struct site_entry *entries;
		size_t count;
	} of[_SITE_SECTION_MAX];
};

/* Reads the site file; errors go to the reader's diags. */
void site_read(struct reader *reader, const struct node *root, struct site *site);
/* What the site says of a name of a vendor: the entry for this vendor only, else the one for all; NULL: nothing. */
const struct site_entry *site_find(struct site *site, enum site_section section, const char *vendor, const char *id);
/* Reports entries that no profile of @set uses: a name that belongs to a vendor that is there, or to no vendor. */
void site_check_used(struct diags *diags, const struct site *site, const struct profile_set *set);

#endif
