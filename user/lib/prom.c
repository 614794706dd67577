/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes both formats and chooses between them; knows nothing of what is measured. */
#include "lib/prom.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/cleanup.h"

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* "label_value can be any sequence of UTF-8 characters, but the backslash, double-quote, and line feed are escaped." */
static void value_print(FILE *out, const char *value)
{
	for (;;) {
		size_t plain = strcspn(value, "\\\"\n");

		(void)fwrite(value, 1, plain, out); /* a full disk shows when the stream is closed */
		value += plain;
		if (!*value)
			return;
		fputc('\\', out);
		fputc(*value == '\n' ? 'n' : *value, out);
		value++;
	}
}

/* How much of a sample's name OpenMetrics calls the family: "MetricFamily names ... without the suffix". */
static int family_length(const struct prom *prom, const struct prom_family *family)
{
	static const char *const suffixes[] = { [PROM_COUNTER] = "_total", [PROM_GAUGE] = "", [PROM_INFO] = "_info" };
	size_t length = strlen(family->name);

	return (int)(prom->format == PROM_OPENMETRICS ? length - strlen(suffixes[family->type]) : length);
}

/* The unit in which a family counts, by its name; NULL: none. */
static const char *family_unit(const char *name, int length)
{
	static const char *const units[] = { "bytes", "seconds" };

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		int unit = (int)strlen(units[i]);

		if (length > unit && name[length - unit - 1] == '_' &&
		    strncmp(name + length - unit, units[i], (size_t)unit) == 0)
			return units[i];
	}
	return NULL;
}

void prom_family(struct prom *prom, const struct prom_family *family)
{
	const bool open = prom->format == PROM_OPENMETRICS;
	/* The text format has no type for an info. */
	const char *const types[] = {
		[PROM_COUNTER] = "counter", [PROM_GAUGE] = "gauge", [PROM_INFO] = open ? "info" : "gauge"
	};
	int length = family_length(prom, family);
	const char *unit = family_unit(family->name, length);

	fprintf(prom->out, "# HELP %.*s %s\n", length, family->name, family->help);
	fprintf(prom->out, "# TYPE %.*s %s\n", length, family->name, types[family->type]);
	if (open && unit)
		fprintf(prom->out, "# UNIT %.*s %s\n", length, family->name, unit);
	prom->family = family;
}

static void sample_begin(struct prom *prom, const struct prom_label *labels, size_t count)
{
	prom->samples++;
	fputs(prom->family->name, prom->out);
	for (size_t i = 0; i < count; i++) {
		fprintf(prom->out, "%s%s=\"", i ? "," : "{", labels[i].name);
		value_print(prom->out, labels[i].value);
		fputc('"', prom->out);
	}
	fputs(count ? "} " : " ", prom->out);
}

void prom_sample(struct prom *prom, const struct prom_label *labels, size_t count, uint64_t value)
{
	sample_begin(prom, labels, count);
	fprintf(prom->out, "%" PRIu64 "\n", value);
}

void prom_sample_seconds(struct prom *prom, const struct prom_label *labels, size_t count, uint64_t ns)
{
	sample_begin(prom, labels, count);
	fprintf(prom->out, "%" PRIu64 ".%09" PRIu64 "\n", ns / 1000000000, ns % 1000000000);
}

void prom_end(struct prom *prom)
{
	if (prom->format == PROM_OPENMETRICS)
		fputs("# EOF\n", prom->out);
}

const char *prom_content_type(enum prom_format format)
{
	return format == PROM_OPENMETRICS ? "application/openmetrics-text; version=1.0.0; charset=utf-8" :
					    "text/plain; version=0.0.4; charset=utf-8";
}

/* ---- choosing --------------------------------------------------------------------------------------------------- */

/* How precisely a range of media names a format; the most precise one tells the quality (RFC 9110, 12.5.1). */
enum precision { NAMES_NOTHING, NAMES_ALL, NAMES_TYPE, NAMES_FORMAT };

struct choice {
	enum precision precision;
	double quality;
};

static char *word_cut(char *text)
{
	char *end;

	text += strspn(text, " \t");
	for (end = text + strlen(text); end > text && strchr(" \t", end[-1]); end--)
		end[-1] = '\0';
	return text;
}

/* Reads the parameters of a media range; false: it is of a version that is not ours. */
static bool parameters_read(char *text, const char *const *versions, double *ret_quality)
{
	char *save;

	*ret_quality = 1;
	for (char *part = strtok_r(text, ";", &save); part; part = strtok_r(NULL, ";", &save)) {
		char *word = word_cut(part);

		if (strncasecmp(word, "q=", 2) == 0)
			*ret_quality = strtod(word + 2, NULL);
		else if (strncasecmp(word, "version=", 8) == 0 && strcmp(word + 8, versions[0]) != 0 &&
			 strcmp(word + 8, versions[1]) != 0)
			return false;
	}
	return *ret_quality >= 0 && *ret_quality <= 1;
}

static enum precision precision_of(const char *media, enum prom_format format)
{
	static const struct {
		const char *type, *name;
	} medias[] = {
		[PROM_TEXT] = { "text/*", "text/plain" },
		[PROM_OPENMETRICS] = { "application/*", "application/openmetrics-text" },
	};

	if (strcasecmp(media, medias[format].name) == 0)
		return NAMES_FORMAT;
	if (strcasecmp(media, medias[format].type) == 0)
		return NAMES_TYPE;
	return strcmp(media, "*/*") == 0 ? NAMES_ALL : NAMES_NOTHING;
}

/* One media range with its parameters; several of the same precision are alternatives: the best counts. */
static void range_apply(const char *range, enum prom_format format, struct choice *choice)
{
	/* OpenMetrics 0.0.1 is what Prometheus called 1.0.0 before it was one, and asks for beside it. */
	static const char *const versions[][2] = {
		[PROM_TEXT] = { "0.0.4", "0.0.4" },
		[PROM_OPENMETRICS] = { "1.0.0", "0.0.1" },
	};
	CLEANUP_FREE char *copy = strdup(range);
	enum precision precision;
	char *parameters;
	double quality;

	if (!copy)
		return;
	parameters = copy + strcspn(copy, ";");
	if (*parameters)
		*parameters++ = '\0';
	precision = precision_of(word_cut(copy), format);
	if (!precision || precision < choice->precision || !parameters_read(parameters, versions[format], &quality))
		return;
	if (precision > choice->precision || quality > choice->quality)
		*choice = (struct choice){ precision, quality };
}

enum prom_format prom_negotiate(const char *accept)
{
	struct choice choices[_PROM_FORMAT_MAX] = {};
	CLEANUP_FREE char *copy = accept ? strdup(accept) : NULL;
	char *save;

	if (!copy)
		return PROM_TEXT;
	for (char *range = strtok_r(copy, ",", &save); range; range = strtok_r(NULL, ",", &save))
		for (enum prom_format format = 0; format < _PROM_FORMAT_MAX; format++)
			range_apply(range, format, &choices[format]);
	return choices[PROM_OPENMETRICS].quality > choices[PROM_TEXT].quality ? PROM_OPENMETRICS : PROM_TEXT;
}
