/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table for people: rows are collected, then printed with every column as wide as it needs. Words are left-aligned,
 * numbers right-aligned with thousands separators, so that two counters are compared by their length.
 */
#ifndef VOXDP_LIB_COLUMNS_H
#define VOXDP_LIB_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct column {
	const char *title;
	bool number; /* right-aligned */
};

/* How a row stands out where colour is allowed; without colour all rows look alike. */
enum row_tone {
	ROW_PLAIN,
	ROW_GOOD,
	ROW_ODD, /* worth a look */
	ROW_BAD,
	ROW_FAINT, /* of little interest */
	ROW_TOTAL,
};

struct columns;

/* @layout has @count columns and must outlive the table. Returns 0 or -ENOMEM. */
int columns_new(const struct column *layout, size_t count, struct columns **ret);
void columns_free(struct columns *columns);
void columns_freep(struct columns **columns);

/* Adds a row of as many cells as there are columns; NULL prints as `-`. Out of memory is told by columns_print(). */
void columns_row(struct columns *columns, enum row_tone tone, const char *const *cells);

/*
 * Prints titles and rows, each line indented by two blanks and complete in itself, so that grep finds whole rows.
 * Returns 0 or -ENOMEM.
 */
int columns_print(const struct columns *columns, FILE *out, bool color);

#define NUMBER_TEXT_MAX 32
/* 1234567 as `1,234,567`. Returns @text. */
const char *number_format(uint64_t number, char text[NUMBER_TEXT_MAX]);
/* Bytes as `999 B`, `1.2 KiB`, `34.5 GiB`. Returns @text. */
const char *bytes_format(uint64_t bytes, char text[NUMBER_TEXT_MAX]);
/* Seconds as `45s`, `12m 5s`, `3h 20m`, `9d 4h`. Returns @text. */
const char *duration_format(uint64_t seconds, char text[NUMBER_TEXT_MAX]);

#endif
