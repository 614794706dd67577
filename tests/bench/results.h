/* SPDX-License-Identifier: BSD-2-Clause */
/* What was measured, raw: samples by round, each beside what it is compared with, and single numbers. */
#ifndef TESTS_BENCH_RESULTS_H
#define TESTS_BENCH_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "contest.h"

#define RESULT_NAME_MAX 64

struct result {
	const char *section, *set, *subject, *traffic, *order; /* constants */
	uint32_t count;
	double ns[CONTEST_ROUNDS_MAX], beside[CONTEST_ROUNDS_MAX];
};

struct number {
	char name[RESULT_NAME_MAX];
	double value;
};

struct results {
	struct result *items; /* owned, like the others */
	size_t count;
	struct number *numbers;
	size_t number_count;
	char **notes;
	size_t note_count;
};

/* Out of memory aborts: a run of minutes is lost anyway. */
void results_init(struct results *results);
void results_fini(struct results *results);
/* Takes the samples of @like.count rounds. */
void results_add(struct results *results, const struct result *like, const double *ns, const double *beside);
void results_number(struct results *results, double value, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void results_note(struct results *results, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* NULL: it was not measured. */
const struct result *results_find(const struct results *results, const char *section, const char *set,
				  const char *subject, const char *traffic, const char *order);
bool results_number_find(const struct results *results, const char *name, double *ret);

/* Medians: of the samples, and of the differences and ratios within a round. */
double result_ns(const struct result *result);
double result_net(const struct result *result);
double result_ratio(const struct result *result);

void results_print(const struct results *results, FILE *out);
/* As JSON; -1 and errno where the file cannot be written. */
int results_write(const struct results *results, const char *path);

#endif
