/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading profiles that a test writes down. An '@' in a text marks the place where an error is expected: it is taken
 * out before the text is used, and its line and column are worked out here, apart from the parser.
 */
#ifndef TESTS_LIB_LOADING_H
#define TESTS_LIB_LOADING_H

#include "profile/profile.h"

/* A small profile with every construct of the language, as base for tests that break one thing. */
extern const char loading_profile[];

/* Files in a directory of their own, removed by loading_close(). */
struct loading {
	char directory[64];
	struct diags diags;
	struct profile_set *set; /* NULL: there were errors */
	int result;		 /* of profile_set_load() */
	unsigned line, column;	 /* of the '@' in the last text that had one; 0: none had */
};

void loading_open(struct loading *loading);
void loading_close(struct loading *loading);
/* Writes a file; @text may have one '@'. */
void loading_write(struct loading *loading, const char *name, const char *text);
/* The same for bytes that are taken as they are. */
void loading_write_bytes(struct loading *loading, const char *name, const void *bytes, size_t size);
/* Writes @text with its only occurrence of @from replaced by @to. */
void loading_write_changed(struct loading *loading, const char *name, const char *text, const char *from,
			   const char *to);
/* The path of a file, valid until the next call. */
const char *loading_path(const struct loading *loading, const char *name);

/* Loads @name (NULL: the directory) as of @day with the site file @site (NULL: none). May be called again. */
void loading_load(struct loading *loading, const char *name, const char *site, int32_t day);

/* One file called test.yaml, loaded alone as of 2026-01-01. */
void loading_load_text(struct loading *loading, const char *text);
void loading_load_changed(struct loading *loading, const char *from, const char *to); /* of loading_profile */

/* Fails the test unless there is exactly one error, at the '@' and with @part in its text. @name tells the case. */
void assert_one_error(const struct loading *loading, const char *name, const char *part);
/* Fails the test, after printing the problems, if there are errors. */
void assert_no_errors(const struct loading *loading, const char *name);
/* The problem whose text has @part, or NULL. */
const struct diag *loading_find(const struct loading *loading, enum severity severity, const char *part);

#endif
