/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists as text: a prefix a line, `#` begins a comment. */
#include <string.h>

#include "profile/ranges.h"

static size_t lines_count(const char *bytes, size_t size)
{
	size_t lines = 1;

	for (const char *p = bytes; (p = memchr(p, '\n', size - (size_t)(p - bytes))); p++)
		lines++;
	return lines;
}

/* Cuts comment and blanks off; returns where the rest begins. */
static const char *line_trim(const char *line, size_t *length)
{
	const char *comment = memchr(line, '#', *length);

	if (comment)
		*length = (size_t)(comment - line);
	while (*length && strchr(" \t\r", line[*length - 1]) && line[*length - 1])
		--*length;
	while (*length && (*line == ' ' || *line == '\t')) {
		line++;
		--*length;
	}
	return line;
}

static void line_read(struct reader *reader, struct mark at, const char *line, size_t length, struct range_list *list)
{
	const char *text = line_trim(line, &length);
	struct range *range = &list->items[list->count];
	char copy[TEXT_QUOTE_MAX], problem[PREFIX_PROBLEM_MAX];

	if (length == 0)
		return;
	if (length >= sizeof(copy)) /* no prefix is as long; the message shows its beginning */
		length = sizeof(copy) - 1;
	memcpy(copy, text, length);
	copy[length] = '\0';
	at.column = (unsigned)(text - line) + 1;
	if (strlen(copy) < length) {
		diag_add(reader->diags, SEVERITY_ERROR, at, "got a NUL byte, expected text");
	} else if (!prefix_check(copy, &range->prefix, problem)) {
		diag_add(reader->diags, SEVERITY_ERROR, at, "%s", problem);
	} else {
		range->at = at;
		range->valid_from = DAY_FIRST;
		range->valid_until = DAY_LAST;
		list->count++;
	}
}

void list_text_read(struct reader *reader, const struct list_source *source, struct range_list *ret)
{
	struct mark at = { .file = source->path, .line = 1 };
	const char *end = source->bytes + source->size;
	size_t lines = lines_count(source->bytes, source->size);

	if (lines > LIST_ENTRIES_MAX) {
		diag_add(reader->diags, SEVERITY_ERROR, (struct mark){ .file = source->path },
			 "%zu lines, expected at most %u", lines, LIST_ENTRIES_MAX);
		return;
	}
	ret->items = reader_alloc(reader, lines, sizeof(*ret->items));
	for (const char *line = source->bytes; ret->items && line < end; at.line++) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((newline ? newline : end) - line);

		line_read(reader, at, line, length, ret);
		line += length + 1;
	}
}
