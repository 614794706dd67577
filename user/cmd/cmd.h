/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shape of a command: a const row that main.c dispatches on and that usage texts are printed from. One command a
 * file, cmd/NAME.c, which defines `const struct cmd cmd_NAME`. Adding an option is adding a row.
 */
#ifndef VOXDP_CMD_CMD_H
#define VOXDP_CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/failure.h"

struct string_list {
	const char **items; /* point into argv */
	size_t count;
};

/* Options that every command takes. */
struct globals {
	struct string_list profiles; /* --profiles DIR, repeatable; never empty after parsing: defaults filled in */
	const char *site;	     /* --site FILE; NULL: none */
	const char *state_dir;	     /* --state DIR: the directory of pins */
	bool json;		     /* --json */
	bool profiles_given;	     /* they are not the default */
	bool state_given;	     /* nor is this */
	bool color;		     /* stdout is a terminal that takes colours */
};

enum opt_kind {
	OPT_FLAG,   /* bool */
	OPT_STRING, /* const char *; the last one wins */
	OPT_LIST,   /* struct string_list */
};

struct opt {
	char letter;	  /* 0: none */
	const char *name; /* long name */
	const char *arg;  /* name of its argument in usage; NULL for OPT_FLAG */
	const char *help; /* one line */
	enum opt_kind kind;
	size_t offset; /* of its field in the command's options struct */
};

struct cmd {
	const char *name;
	const char *args;    /* positional arguments as in usage: "[PATH...]"; NULL: takes none */
	const char *summary; /* one line for the list of commands */
	const char *details; /* paragraph for its own -h; may be NULL */
	const struct opt *opts;
	size_t opt_count;
	size_t options_size; /* of the options struct, handed to run zeroed and filled */
	/*
	 * Does the work, prints results to stdout. Returns the exit code; where it is not 0, @failure->text holds the
	 * one line for stderr, or is empty where the command has printed its problems itself (check).
	 */
	enum vx_exit (*run)(const struct globals *globals, const void *options, int argc, char **argv,
			    struct failure *failure);
};

extern const struct cmd cmd_address, cmd_confirm, cmd_rollback, cmd_counters, cmd_doctor;
extern const struct cmd cmd_check, cmd_explain, cmd_classify, cmd_attach, cmd_update, cmd_status, cmd_stats,
	cmd_metrics, cmd_run, cmd_detach, cmd_bench, cmd_diff, cmd_export;

#endif
