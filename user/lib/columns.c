/* SPDX-License-Identifier: BSD-2-Clause */
/* Collects rows as text, then prints them aligned. */
#include "lib/columns.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

struct row {
	enum row_tone tone;
	char **cells; /* owned, as many as there are columns; NULL: nothing to say */
};

struct columns {
	const struct column *layout;
	size_t count;
	struct row *rows;
	size_t row_count, row_capacity;
	bool incomplete; /* memory ran out: a row is missing */
};

static const char *const tone_start[] = {
	[ROW_PLAIN] = "",	  [ROW_GOOD] = "\033[32m", [ROW_ODD] = "\033[33m",
	[ROW_BAD] = "\033[1;31m", [ROW_FAINT] = "\033[2m", [ROW_TOTAL] = "\033[1m",
};

int columns_new(const struct column *layout, size_t count, struct columns **ret)
{
	struct columns *columns = calloc(1, sizeof(*columns));

	if (!columns)
		return -ENOMEM;
	columns->layout = layout;
	columns->count = count;
	*ret = columns;
	return 0;
}

static void cells_free(char **cells, size_t count)
{
	for (size_t i = 0; cells && i < count; i++)
		free(cells[i]);
	free(cells);
}

void columns_free(struct columns *columns)
{
	if (!columns)
		return;
	for (size_t i = 0; i < columns->row_count; i++)
		cells_free(columns->rows[i].cells, columns->count);
	free(columns->rows);
	free(columns);
}

void columns_freep(struct columns **columns)
{
	columns_free(*columns);
}

static struct row *row_add(struct columns *columns)
{
	struct row *rows = columns->rows;
	size_t capacity = columns->row_capacity;

	if (columns->row_count == capacity) {
		capacity = capacity ? capacity * 2 : 32;
		rows = realloc(rows, capacity * sizeof(*rows));
		if (!rows)
			return NULL;
		columns->rows = rows;
		columns->row_capacity = capacity;
	}
	return &columns->rows[columns->row_count];
}

void columns_row(struct columns *columns, enum row_tone tone, const char *const *cells)
{
	struct row *row = row_add(columns);
	char **copies = calloc(columns->count, sizeof(*copies));

	if (!row || !copies)
		goto incomplete;
	for (size_t i = 0; i < columns->count; i++) {
		if (!cells[i])
			continue;
		copies[i] = strdup(cells[i]);
		if (!copies[i])
			goto incomplete;
	}
	*row = (struct row){ .tone = tone, .cells = copies };
	columns->row_count++;
	return;
incomplete:
	columns->incomplete = true;
	cells_free(copies, columns->count);
}

static const char *cell_text(const struct row *row, size_t column)
{
	return row->cells[column] ? row->cells[column] : "-";
}

static int column_width(const struct columns *columns, size_t column)
{
	size_t width = strlen(columns->layout[column].title);

	for (size_t i = 0; i < columns->row_count; i++) {
		size_t length = strlen(cell_text(&columns->rows[i], column));

		if (length > width)
			width = length;
	}
	return (int)width;
}

static void cell_print(const struct columns *columns, size_t column, int width, const char *text, FILE *out)
{
	bool last = column + 1 == columns->count;

	if (columns->layout[column].number)
		fprintf(out, "  %*s", width, text);
	else if (last)
		fprintf(out, "  %s", text); /* no blanks at the end of a line */
	else
		fprintf(out, "  %-*s", width, text);
}

int columns_print(const struct columns *columns, FILE *out, bool color)
{
	CLEANUP_FREE int *widths = calloc(columns->count, sizeof(*widths));

	if (!widths || columns->incomplete)
		return -ENOMEM;
	fputs(color ? tone_start[ROW_TOTAL] : "", out);
	for (size_t c = 0; c < columns->count; c++) {
		widths[c] = column_width(columns, c);
		cell_print(columns, c, widths[c], columns->layout[c].title, out);
	}
	fputs(color ? "\033[0m\n" : "\n", out);

	for (size_t r = 0; r < columns->row_count; r++) {
		const struct row *row = &columns->rows[r];

		fputs(color ? tone_start[row->tone] : "", out);
		for (size_t c = 0; c < columns->count; c++)
			cell_print(columns, c, widths[c], cell_text(row, c), out);
		fputs(color && row->tone != ROW_PLAIN ? "\033[0m\n" : "\n", out);
	}
	return 0;
}

const char *number_format(uint64_t number, char text[NUMBER_TEXT_MAX])
{
	char digits[NUMBER_TEXT_MAX];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	char *to = text;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return text;
}

const char *bytes_format(uint64_t bytes, char text[NUMBER_TEXT_MAX])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;

	/* 1023.95 and more would print as 1024.0 */
	while (value >= 1023.95 && unit + 1 < ARRAY_SIZE(units)) {
		value /= 1024;
		unit++;
	}
	(void)snprintf(text, NUMBER_TEXT_MAX, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return text;
}

const char *duration_format(uint64_t seconds, char text[NUMBER_TEXT_MAX])
{
	if (seconds < 60)
		(void)snprintf(text, NUMBER_TEXT_MAX, "%" PRIu64 "s", seconds);
	else if (seconds < 3600)
		(void)snprintf(text, NUMBER_TEXT_MAX, "%" PRIu64 "m %" PRIu64 "s", seconds / 60, seconds % 60);
	else if (seconds < 86400)
		(void)snprintf(text, NUMBER_TEXT_MAX, "%" PRIu64 "h %" PRIu64 "m", seconds / 3600, seconds % 3600 / 60);
	else
		(void)snprintf(text, NUMBER_TEXT_MAX, "%" PRIu64 "d %" PRIu64 "h", seconds / 86400,
			       seconds % 86400 / 3600);
	return text;
}
