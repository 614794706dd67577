/* SPDX-License-Identifier: BSD-2-Clause */
/* Range sets and site groups: reading, duplicates, minimal cover. Private to user/profile/. */
#ifndef VOXDP_PROFILE_RANGES_H
#define VOXDP_PROFILE_RANGES_H

#include "profile/profile.h"
#include "profile/reader.h"

struct range_list {
	struct range *items;
	size_t count;
};

#define PREFIX_PROBLEM_MAX (TEXT_QUOTE_MAX + 128)
/* Reads one prefix as text; returns false and what is wrong with it, for a message. */
bool prefix_check(const char *text, struct prefix *ret, char problem[PREFIX_PROBLEM_MAX]);

/* Readers for struct key: struct range_list from `prefixes`; struct vendor from `ranges` and `site_groups`. */
void read_prefixes(struct reader *reader, const struct node *value, void *field);
void read_ranges(struct reader *reader, const struct node *value, void *field);
void read_site_groups(struct reader *reader, const struct node *value, void *field);

/* The range set or site group of this id, or NULL. */
struct range_set *range_set_find(const struct vendor *vendor, const char *id);

/*
 * Reduces @list in place to as few prefixes as cover the same addresses: what another one covers is dropped, two
 * halves of one prefix are joined where both are of the same region. All must be valid at the same time. O(n log n).
 */
void ranges_cover(struct range_list *list);

/* ---- lists from files ------------------------------------------------------------------------------------------ */

struct list_filter {
	const char *member;
	struct strings values;
};

/* `file:` of a range set. */
struct list_file {
	const char *path;
	bool is_json;
	struct strings lists;	/* JSON: keys of the arrays */
	struct strings members; /* JSON: the member that holds the prefix, in step with lists */
	struct list_filter *where;
	size_t where_count;
	const char *region; /* JSON: the member that holds the region; NULL: none */
	bool optional;
	struct mark at;	       /* of path */
	bool present;	       /* the profile has a `file:` */
	const char *read_from; /* what list_file_load() has looked for: path, or what the site file says instead */
};

void read_list_file(struct reader *reader, const struct node *value, void *field);
/*
 * Reads the file of a range set. Returns false where there is none to read: optional and absent, which is noted, or
 * an error, which is reported.
 */
bool list_file_load(struct reader *reader, const char *set_id, struct list_file *file, struct range_list *ret);

/* The contents of a list file; errors are at places in it. */
struct list_source {
	const struct list_file *file;
	const char *path; /* in the arena */
	const char *bytes;
	size_t size;
};
void list_text_read(struct reader *reader, const struct list_source *source, struct range_list *ret);
void list_json_read(struct reader *reader, const struct list_source *source, struct range_list *ret);

#define LIST_BYTES_MAX (64U << 20)
#define LIST_ENTRIES_MAX 2000000U
#define LIST_SELECTORS_MAX 32U /* arrays, and members that are filtered by */

#endif
