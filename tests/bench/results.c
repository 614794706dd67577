/* SPDX-License-Identifier: BSD-2-Clause */
/* Growing arrays, medians, a table and a JSON document. */
#include "results.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "lib/cleanup.h"

static void *grown(void *items, size_t count, size_t size)
{
	items = reallocarray(items, count + 1, size);
	if (!items)
		abort();
	return items;
}

void results_init(struct results *results)
{
	*results = (struct results){};
}

void results_fini(struct results *results)
{
	for (size_t i = 0; i < results->note_count; i++)
		free(results->notes[i]);
	free(results->notes);
	free(results->numbers);
	free(results->items);
}

void results_add(struct results *results, const struct result *like, const double *ns, const double *beside)
{
	struct result *result;

	results->items = grown(results->items, results->count, sizeof(*results->items));
	result = &results->items[results->count++];
	*result = *like;
	memcpy(result->ns, ns, result->count * sizeof(*ns));
	memcpy(result->beside, beside, result->count * sizeof(*beside));
}

void results_number(struct results *results, double value, const char *format, ...)
{
	struct number *number;
	va_list args;

	results->numbers = grown(results->numbers, results->number_count, sizeof(*results->numbers));
	number = &results->numbers[results->number_count++];
	number->value = value;
	va_start(args, format);
	(void)vsnprintf(number->name, sizeof(number->name), format, args);
	va_end(args);
}

void results_note(struct results *results, const char *format, ...)
{
	va_list args;

	results->notes = grown(results->notes, results->note_count, sizeof(*results->notes));
	va_start(args, format);
	if (vasprintf(&results->notes[results->note_count++], format, args) < 0)
		abort();
	va_end(args);
}

const struct result *results_find(const struct results *results, const char *section, const char *set,
				  const char *subject, const char *traffic, const char *order)
{
	for (size_t i = 0; i < results->count; i++) {
		const struct result *one = &results->items[i];

		if (!strcmp(one->section, section) && !strcmp(one->set, set) && !strcmp(one->subject, subject) &&
		    !strcmp(one->traffic, traffic) && !strcmp(one->order, order))
			return one;
	}
	return NULL;
}

bool results_number_find(const struct results *results, const char *name, double *ret)
{
	for (size_t i = 0; i < results->number_count; i++)
		if (strcmp(results->numbers[i].name, name) == 0) {
			*ret = results->numbers[i].value;
			return true;
		}
	return false;
}

double result_ns(const struct result *result)
{
	return samples_median(result->ns, result->count);
}

double result_net(const struct result *result)
{
	double samples[CONTEST_ROUNDS_MAX];

	for (uint32_t i = 0; i < result->count; i++)
		samples[i] = result->ns[i] - result->beside[i];
	return samples_median(samples, result->count);
}

double result_ratio(const struct result *result)
{
	double samples[CONTEST_ROUNDS_MAX];

	for (uint32_t i = 0; i < result->count; i++)
		samples[i] = result->ns[i] / result->beside[i];
	return samples_median(samples, result->count);
}

/* ---- a table ----------------------------------------------------------------------------------------------------- */

void results_print(const struct results *results, FILE *out)
{
	fprintf(out, "%-9s %-13s %-18s %-7s %-9s %9s %9s %7s\n", "section", "set", "subject", "traffic", "order", "ns",
		"net", "times");
	for (size_t i = 0; i < results->count; i++) {
		const struct result *one = &results->items[i];

		fprintf(out, "%-9s %-13s %-18s %-7s %-9s %9.1f %9.1f %7.2f\n", one->section, one->set, one->subject,
			one->traffic, one->order, result_ns(one), result_net(one), result_ratio(one));
	}
	fputc('\n', out);
	for (size_t i = 0; i < results->number_count; i++)
		fprintf(out, "%-44s %14.2f\n", results->numbers[i].name, results->numbers[i].value);
	for (size_t i = 0; i < results->note_count; i++)
		fprintf(out, "%s\n", results->notes[i]);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static json_t *samples_json(const double *samples, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(list, json_real((double)(long long)(samples[i] * 100) / 100));
	return list;
}

static json_t *result_json(const struct result *one)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "section", one->section, "set", one->set, "subject",
			 one->subject, "traffic", one->traffic, "order", one->order, "ns",
			 samples_json(one->ns, one->count), "beside", samples_json(one->beside, one->count));
}

int results_write(const struct results *results, const char *path)
{
	json_t *document, *rows = json_array(), *numbers = json_object(), *notes = json_array();
	struct utsname system;
	int error;

	(void)uname(&system); /* it takes a valid pointer, no more */
	for (size_t i = 0; i < results->count; i++)
		(void)json_array_append_new(rows, result_json(&results->items[i]));
	for (size_t i = 0; i < results->number_count; i++)
		(void)json_object_set_new(numbers, results->numbers[i].name, json_real(results->numbers[i].value));
	for (size_t i = 0; i < results->note_count; i++)
		(void)json_array_append_new(notes, json_string(results->notes[i]));
	document = json_pack("{s:s, s:s, s:I, s:o, s:o, s:o}", "kernel", system.release, "machine", system.machine,
			     "written_at", (json_int_t)time(NULL), "rows", rows, "numbers", numbers, "notes", notes);
	error = document ? json_dump_file(document, path, JSON_INDENT(1)) : -1;
	json_decref(document);
	return error;
}
