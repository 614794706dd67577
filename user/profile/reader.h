/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a tree of nodes by const tables: a struct mapping lists the keys that a mapping may have, what shape each
 * value has, whether it must be there, what it is when it is not, and the function that checks and stores it. Problems
 * go to the reader's diags; reading goes on, so that one run reports all of them.
 */
#ifndef VOXDP_PROFILE_READER_H
#define VOXDP_PROFILE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "profile/diag.h"
#include "profile/yaml.h"

struct vendor;
struct site;
struct placeholders;

/* What reading one file needs to know. */
struct reader {
	struct arena *arena;
	struct diags *diags;
	const char *path;
	int32_t day;	       /* ranges that do not hold on it are left out */
	struct site *site;     /* NULL while the site file itself is read */
	struct vendor *vendor; /* NULL: the site file */
	struct placeholders *placeholders;
	bool out_of_memory; /* checked once, at the end */
};

/* arena_alloc() that notes a failure. */
void *reader_alloc(struct reader *reader, size_t count, size_t size);
/* A copy in lower case, ASCII only; NULL: out of memory, noted. */
const char *reader_lower(struct reader *reader, const char *text);
void reader_error(struct reader *reader, const struct node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- mappings with fixed keys ---------------------------------------------------------------------------------- */

#define SHAPE_SCALAR (1U << 0)
#define SHAPE_LIST (1U << 1)
#define SHAPE_MAPPING (1U << 2)
#define SHAPE_MAY_BE_EMPTY (1U << 3)		  /* else a list or mapping without entries is an error */
#define SHAPE_SCALARS (SHAPE_SCALAR | SHAPE_LIST) /* one, or a list of them */

struct key {
	const char *name;
	unsigned shapes;
	bool required;
	const char *fallback; /* read where the key is absent; NULL: nothing is */
	void (*read)(struct reader *reader, const struct node *value, void *field);
	size_t offset; /* of the field in the struct that the mapping fills */
};

struct mapping {
	const char *name; /* in messages: "a service" */
	const struct key *keys;
	size_t count;
};

#define MAPPING_KEYS_MAX 32

/* The values that a mapping has, by index of its key; NULL: absent. A misspelt key counts as the one that was meant. */
struct values {
	const struct node *of[MAPPING_KEYS_MAX];
};

/*
 * Checks the keys of @node and reads the values in the order of the table into @out. @at is where a missing key is
 * reported. A bad value leaves its field as it was. Returns false where @node is no mapping.
 */
bool mapping_read(struct reader *reader, const struct node *node, struct mark at, const struct mapping *mapping,
		  void *out, struct values *ret_values);
/* The value of a key, or NULL; @name must be in the table. */
const struct node *values_get(const struct values *values, const struct mapping *mapping, const char *name);

/* ---- mappings from ids that the file chooses ------------------------------------------------------------------- */

#define ENTRIES_MAX 4096U

/*
 * Calls @read for each entry of a mapping, after checking that no key occurs twice, that keys are ids and that there
 * are at most ENTRIES_MAX. @what names an entry in messages.
 */
void entries_read(struct reader *reader, const struct node *node, const char *what,
		  void (*read)(struct reader *reader, const struct node *entry, void *context), void *context);
/* The part about duplicates, for keys that are not ids: returns false and reports each that occurs again. */
bool entries_are_unique(struct reader *reader, const struct node *node, const char *what);

/* ---- values ---------------------------------------------------------------------------------------------------- */

/* Walks the scalars of a SHAPE_SCALARS value: a lone scalar is a list of one. */
const struct node *items_first(const struct node *value);
const struct node *items_next(const struct node *value, const struct node *item);
size_t items_count(const struct node *value);

/* The text of a scalar, or NULL where it is none or empty, which is reported. */
const char *scalar_text(struct reader *reader, const struct node *node);

/* One row of a closed set of words. */
struct word {
	const char *text;
	uint64_t value;
};

/* Finds a scalar among words; reports what is not there, with a suggestion. @what: "payload protocol". */
bool word_read(struct reader *reader, const struct node *node, const char *what, const struct word *words, size_t count,
	       uint64_t *ret);

/* Readers for struct key. The field's type is in brackets. */
void read_text(struct reader *reader, const struct node *value, void *field); /* const char *, blanks at the end cut */
void read_id(struct reader *reader, const struct node *value, void *field);   /* const char * */
void read_bool(struct reader *reader, const struct node *value, void *field); /* bool */
void read_day(struct reader *reader, const struct node *value, void *field);  /* int32_t */
void read_version(struct reader *reader, const struct node *value,
		  void *field); /* none: only checks that it is there */

struct strings {
	const char **items;
	size_t count;
};
void read_strings(struct reader *reader, const struct node *value, void *field); /* struct strings, as read_text */

/* Checks an id and reports; for keys that are ids. */
bool id_check(struct reader *reader, const struct node *node, const char *what);
/* False where the root names a version of the language that is not 1, which is reported: nothing else can be judged. */
bool version_is_known(struct reader *reader, const struct node *root);

#endif
