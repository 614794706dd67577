/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the text format; knows nothing of what is measured. */
#include "lib/prom.h"

#include <inttypes.h>

/* "label_value can be any sequence of UTF-8 characters, but the backslash, double-quote, and line feed are escaped." */
static void value_print(FILE *out, const char *value)
{
	for (; *value; value++) {
		switch (*value) {
		case '\\':
			fputs("\\\\", out);
			break;
		case '"':
			fputs("\\\"", out);
			break;
		case '\n':
			fputs("\\n", out);
			break;
		default:
			fputc(*value, out);
		}
	}
}

void prom_family(FILE *out, const struct prom_family *family)
{
	fprintf(out, "# HELP %s %s\n", family->name, family->help);
	fprintf(out, "# TYPE %s %s\n", family->name, family->type == PROM_COUNTER ? "counter" : "gauge");
}

void prom_sample(FILE *out, const struct prom_family *family, const struct prom_label *labels, size_t count,
		 uint64_t value)
{
	fputs(family->name, out);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "%s%s=\"", i ? "," : "{", labels[i].name);
		value_print(out, labels[i].value);
		fputc('"', out);
	}
	fprintf(out, "%s %" PRIu64 "\n", count ? "}" : "", value);
}
