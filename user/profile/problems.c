/* SPDX-License-Identifier: BSD-2-Clause */
/* One line a problem, in the form that editors and compilers agree on. */
#include "profile/problems.h"

static const char *const tones[] = {
	[SEVERITY_NOTE] = "\033[36m", [SEVERITY_WARNING] = "\033[33m", [SEVERITY_ERROR] = "\033[31m"
};

static void problem_print(FILE *out, const struct diag *diag, bool color)
{
	fputs(diag->at.file, out);
	if (diag->at.line)
		fprintf(out, ":%u:%u", diag->at.line, diag->at.column);
	fprintf(out, ": %s%s:%s %s\n", color ? tones[diag->severity] : "", severity_word(diag->severity),
		color ? "\033[0m" : "", diag->text);
}

void problems_print(FILE *out, const struct diags *diags, enum severity least, bool color)
{
	size_t errors = 0;

	for (size_t i = 0; i < diags->count; i++) {
		errors += diags->items[i].severity == SEVERITY_ERROR;
		if (diags->items[i].severity >= least)
			problem_print(out, &diags->items[i], color);
	}
	if (diags->errors > errors)
		fprintf(out, "... and %zu errors more\n", diags->errors - errors);
}
