/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of commands: finds the verb, has its options read, runs it, and prints its failure once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "lib/cleanup.h"
#include "lib/text.h"

static const struct cmd *const commands[] = {
	&cmd_check,   &cmd_explain, &cmd_classify, &cmd_attach,	  &cmd_run,	 &cmd_update,
	&cmd_address, &cmd_status,  &cmd_confirm,  &cmd_rollback, &cmd_counters, &cmd_doctor,
	&cmd_stats,   &cmd_metrics, &cmd_detach,   &cmd_bench,	  &cmd_diff,	 &cmd_export,
};

static void usage(FILE *out)
{
	fputs("Usage: voxdp COMMAND [OPTION]... [ARGUMENT]...\n\n"
	      "Tells which vendor and service each packet belongs to, at XDP.\n\nCommands:\n",
	      out);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	options_usage_globals(out);
	fputs("      --version                  print the version\n\n"
	      "Exit codes: 0 done, 1 failed, 2 usage, 3 profile invalid, 4 not attached, 5 not permitted,\n"
	      "6 another writer holds the lock, 7 the kernel or the NIC lacks a feature.\n",
	      out);
}

static const struct cmd *command_find(const char *verb, struct failure *failure)
{
	const char *names[ARRAY_SIZE(commands)];
	char suggestion[TEXT_SUGGESTION_MAX], quoted[TEXT_QUOTE_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i]->name, verb) == 0)
			return commands[i];
		names[i] = commands[i]->name;
	}
	(void)text_suggest(verb, (struct text_words){ names, ARRAY_SIZE(names), sizeof(*names) }, suggestion, NULL, 0);
	failure_set(failure, VX_EXIT_USAGE, EINVAL, "unknown command %s%s (voxdp -h lists them)",
		    text_quote(verb, quoted), suggestion);
	return NULL;
}

static enum vx_exit command_run(const struct cmd *cmd, struct globals *globals, int argc, char **argv,
				struct failure *failure)
{
	CLEANUP_FREE void *options = calloc(1, cmd->options_size ? cmd->options_size : 1);
	struct option_parser parser = { .cmd = cmd, .globals = globals, .options = options };
	enum vx_exit result;
	int words;

	if (!options) {
		failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		return failure->exit_code;
	}
	words = options_parse(&parser, argc, argv, failure);
	if (words < 0) {
		result = failure->exit_code;
	} else if (parser.help) {
		options_usage(stdout, cmd);
		result = VX_EXIT_DONE;
	} else if (words && !cmd->args) {
		failure_set(failure, VX_EXIT_USAGE, EINVAL, "%s takes no arguments, got %s", cmd->name, argv[0]);
		result = failure->exit_code;
	} else if (globals_complete(globals, failure)) {
		result = failure->exit_code;
	} else {
		result = cmd->run(globals, options, words, argv, failure);
	}
	options_fini(cmd, options);
	return result;
}

static enum vx_exit voxdp(struct globals *globals, int argc, char **argv, struct failure *failure)
{
	struct option_parser parser = { .globals = globals };
	const struct cmd *cmd;
	int words;

	if (argc && strcmp(argv[0], "--version") == 0) {
		puts("voxdp " VOXDP_VERSION);
		return VX_EXIT_DONE;
	}
	words = options_parse(&parser, argc, argv, failure);
	if (words < 0)
		return failure->exit_code;
	if (parser.help) {
		usage(stdout);
		return VX_EXIT_DONE;
	}
	if (!words) {
		usage(stderr);
		return VX_EXIT_USAGE;
	}
	cmd = command_find(argv[0], failure);
	return cmd ? command_run(cmd, globals, words - 1, argv + 1, failure) : failure->exit_code;
}

int main(int argc, char **argv)
{
	struct globals globals = {};
	struct failure failure = {};
	enum vx_exit result;

	result = voxdp(&globals, argc - 1, argv + 1, &failure);
	globals_fini(&globals);
	if (result != VX_EXIT_DONE && failure.text[0])
		fprintf(stderr, "voxdp: %s\n", failure.text);
	/* A full disk or a closed pipe loses output only here. */
	if (fflush(stdout) || ferror(stdout)) {
		if (result == VX_EXIT_DONE)
			fprintf(stderr, "voxdp: cannot write to stdout: %s\n", strerror(errno));
		return result == VX_EXIT_DONE ? VX_EXIT_FAILED : (int)result;
	}
	return (int)result;
}
