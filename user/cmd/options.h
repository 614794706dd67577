/* SPDX-License-Identifier: BSD-2-Clause */
/* From the words of a command line to filled option structs, driven by the const rows of struct opt. */
#ifndef VOXDP_CMD_OPTIONS_H
#define VOXDP_CMD_OPTIONS_H

#include <stdio.h>

#include "cmd/cmd.h"
#include "lib/failure.h"

/* Where a command line is being read: the options of all commands, then, once the verb is known, also its own. */
struct option_parser {
	const struct cmd *cmd; /* NULL: before the verb; stops at the first word that is no option */
	struct globals *globals;
	void *options; /* the struct that @cmd's rows describe; NULL where cmd is NULL */
	bool help;     /* -h or --help was seen */
};

/*
 * Reads options from @argv (without the program's and the verb's name) and moves what are none to the front, in their
 * order. Returns how many those are, or -EINVAL and @failure; -ENOMEM. Option names are exact; `--` ends them.
 */
int options_parse(struct option_parser *parser, int argc, char **argv, struct failure *failure);

/* Fills in what no option said. Returns 0 or -ENOMEM. */
int globals_complete(struct globals *globals, struct failure *failure);

/* Gives back lists; both take what was only partly filled. */
void globals_fini(struct globals *globals);
void options_fini(const struct cmd *cmd, void *options);

/* What -h prints for a command, and the rows that every command takes. */
void options_usage(FILE *out, const struct cmd *cmd);
void options_usage_globals(FILE *out);

#endif
