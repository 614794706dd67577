/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong with, or worth knowing of, a profile: collected, so that one run reports all of it. */
#ifndef VOXDP_PROFILE_DIAG_H
#define VOXDP_PROFILE_DIAG_H

#include <stddef.h>

/* A place in a file. line and column count from 1, column in characters; 0: the file as a whole. */
struct mark {
	const char *file;
	unsigned line, column;
};

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

struct diag {
	struct mark at;
	enum severity severity;
	const char *text; /* "what, got, expected, what to do"; no place, no newline */
};

struct diags {
	struct diag *items;
	size_t count, capacity;
	size_t errors; /* how many of them are errors; after DIAG_ERRORS_MAX further errors are only counted */
};

#define DIAG_ERRORS_MAX 1000

/* @at.file is copied. Out of memory loses the text but still counts the error. */
void diag_add(struct diags *diags, enum severity severity, struct mark at, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Orders by file, line and column. */
void diags_sort(struct diags *diags);
void diags_fini(struct diags *diags);

/* `note`, `warning` or `error`. */
const char *severity_word(enum severity severity);

#endif
