/* SPDX-License-Identifier: BSD-2-Clause */
/* What one set of profiles says otherwise than another. */
#ifndef VOXDP_COMPILE_DIFF_H
#define VOXDP_COMPILE_DIFF_H

#include "profile/profile.h"

enum change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED, _CHANGE_KIND_MAX };
extern const char *const change_words[_CHANGE_KIND_MAX];

struct change {
	enum change_kind kind;
	const char *vendor;   /* id */
	const char *section;  /* `service`, `range set`, `site group`, `host set`; NULL: the vendor itself */
	const char *id;	      /* of the section's entry; NULL: the vendor itself */
	const char *what;     /* `ports`, `prefix`, `claim` ...; NULL: the entry, or the vendor, as a whole */
	char *before, *after; /* owned; what it says; NULL: it is not there */
};

struct changes {
	struct change
		*items; /* owned; by vendor, ranges before hosts before services, then in the order of the newer */
	size_t count, capacity;
	bool out_of_memory;
};

/* Returns 0 or -ENOMEM. Places, and the order of the file, are no difference. Free with changes_fini(). */
int profiles_diff(const struct profile_set *before, const struct profile_set *after, struct changes *ret);
void changes_fini(struct changes *changes);

#endif
