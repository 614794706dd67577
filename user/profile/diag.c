/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of problems. */
#include "profile/diag.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

#define REMARKS_MAX (4 * DIAG_ERRORS_MAX) /* notes and warnings beyond this are dropped */

const char *severity_word(enum severity severity)
{
	static const char *const words[] = { "note", "warning", "error" };

	return words[severity];
}

static bool grow(struct diags *diags)
{
	size_t capacity = diags->capacity ? 2 * diags->capacity : 16;
	struct diag *items;

	if (diags->count < diags->capacity)
		return true;
	items = reallocarray(diags->items, capacity, sizeof(*items));
	if (!items)
		return false;
	diags->items = items;
	diags->capacity = capacity;
	return true;
}

void diag_add(struct diags *diags, enum severity severity, struct mark at, const char *format, ...)
{
	CLEANUP_FREE char *file = NULL;
	char *text = NULL;
	va_list args;
	int length;

	if (severity == SEVERITY_ERROR ? diags->errors++ >= DIAG_ERRORS_MAX : diags->count >= REMARKS_MAX)
		return;
	file = strdup(at.file ? at.file : "");
	if (!file || !grow(diags))
		return;
	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		return;
	at.file = TAKE_PTR(file);
	diags->items[diags->count++] = (struct diag){ .at = at, .severity = severity, .text = text };
}

static int place_compare(const void *a, const void *b)
{
	const struct diag *x = a, *y = b;
	int order = strcmp(x->at.file, y->at.file);

	if (order)
		return order;
	if (x->at.line != y->at.line)
		return x->at.line < y->at.line ? -1 : 1;
	if (x->at.column != y->at.column)
		return x->at.column < y->at.column ? -1 : 1;
	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	return strcmp(x->text, y->text);
}

void diags_sort(struct diags *diags)
{
	if (diags->count)
		qsort(diags->items, diags->count, sizeof(*diags->items), place_compare);
}

void diags_fini(struct diags *diags)
{
	for (size_t i = 0; i < diags->count; i++) {
		free((char *)diags->items[i].at.file);
		free((char *)diags->items[i].text);
	}
	free(diags->items);
	*diags = (struct diags){};
}
