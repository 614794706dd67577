/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp diff`: what one set of profiles says otherwise than another, and which packets of a capture that moves. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/load.h"
#include "cmd/replay_diff.h"
#include "cmd/view.h"
#include "compile/diff.h"
#include "lib/cleanup.h"
#include "lib/columns.h"
#include "lib/text.h"
#include "lib/words.h"

struct diff_options {
	const char *role, *old_site, *at, *old_at;
};

struct diff {
	struct profile_set *before, *after;
	struct changes changes;
	struct replay replay;
	bool replayed;
};

static void diff_fini(struct diff *diff)
{
	replay_fini(&diff->replay);
	changes_fini(&diff->changes);
	profile_set_free(diff->before);
	profile_set_free(diff->after);
}

/* ---- text ------------------------------------------------------------------------------------------------------ */

#define NAME_MAX_BYTES 256
#define TOLD_MAX 256

static void subject_format(const struct change *change, char text[NAME_MAX_BYTES])
{
	if (change->section)
		(void)snprintf(text, NAME_MAX_BYTES, "%s, %s %s", change->vendor, change->section, change->id);
	else
		(void)snprintf(text, NAME_MAX_BYTES, "%s", change->vendor);
}

/* One line a change, complete in itself. */
static void change_print(const struct change *change, bool color)
{
	static const char signs[] = { [CHANGE_ADDED] = '+', [CHANGE_REMOVED] = '-', [CHANGE_CHANGED] = '~' };
	static const char *const tones[] = {
		[CHANGE_ADDED] = "\033[32m", [CHANGE_REMOVED] = "\033[31m", [CHANGE_CHANGED] = "\033[33m"
	};
	char subject[NAME_MAX_BYTES];

	subject_format(change, subject);
	printf("%s%c %s", color ? tones[change->kind] : "", signs[change->kind], subject);
	if (change->what)
		printf(": %s %s", change->what, change->before ? change->before : change->after);
	if (change->before && change->after)
		printf(" -> %s", change->after);
	printf("%s\n", color ? "\033[0m" : "");
}

static const char *told_format(const struct told *told, char text[TOLD_MAX])
{
	bool malformed = told->outcome == VX_OUTCOME_MALFORMED;

	(void)snprintf(text, TOLD_MAX, "%s%s%s%s%s %s%s%s", told->vendor, *told->service ? "/" : "", told->service,
		       *told->vendor ? " " : "", outcome_word(told->outcome),
		       malformed ? malformed_word(told->malformed) : protocol_word(told->protocol),
		       told->direction ? " " : "", told->direction ? direction_word(told->direction) : "");
	if (told->dscp_unexpected)
		(void)strncat(text, ", dscp unexpected", TOLD_MAX - strlen(text) - 1);
	return text;
}

static int replay_print(const struct replay *replay, bool color)
{
	static const struct column layout[] = {
		{ "FRAMES", true }, { "BEFORE", false }, { "AFTER", false }, { "FIRST", false }
	};
	CLEANUP(columns_freep) struct columns *columns = NULL;
	char total[NUMBER_TEXT_MAX], moved_text[NUMBER_TEXT_MAX];
	uint64_t moved = 0;
	int err = columns_new(layout, ARRAY_SIZE(layout), &columns);

	if (err)
		return err;
	for (size_t i = 0; i < replay->moved_count; i++) {
		const struct moved *move = &replay->moved[i];
		char frames[NUMBER_TEXT_MAX], before[TOLD_MAX], after[TOLD_MAX], first[NAME_MAX_BYTES];
		const char *cells[] = { number_format(move->frames, frames), told_format(&move->before, before),
					told_format(&move->after, after), first };

		(void)snprintf(first, sizeof(first), "%s, frame %" PRIu64, move->capture, move->number);
		columns_row(columns, ROW_PLAIN, cells);
		moved += move->frames;
	}
	if (moved)
		err = columns_print(columns, stdout, color);
	printf("%s  %s of %s frames get another verdict\n", moved ? "\n" : "", number_format(moved, moved_text),
	       number_format(replay->frames, total));
	return err;
}

static int text_print(const struct diff *diff, bool color)
{
	for (size_t i = 0; i < diff->changes.count; i++)
		change_print(&diff->changes.items[i], color);
	if (!diff->changes.count)
		puts("no difference");
	if (!diff->replayed)
		return 0;
	putchar('\n');
	return replay_print(&diff->replay, color);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

static json_t *change_json(const struct change *change)
{
	return json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?}", "change", change_words[change->kind], "vendor",
			 change->vendor, "section", change->section, "id", change->id, "what", change->what, "before",
			 change->before, "after", change->after);
}

static json_t *told_json(const struct told *told)
{
	return json_pack("{s:o, s:o, s:s, s:o, s:s, s:o, s:b}", "vendor",
			 view_string(*told->vendor ? told->vendor : NULL), "service",
			 view_string(*told->service ? told->service : NULL), "protocol", protocol_word(told->protocol),
			 "direction", view_string(told->direction ? direction_word(told->direction) : NULL), "outcome",
			 outcome_word(told->outcome), "reason",
			 view_string(told->outcome == VX_OUTCOME_MALFORMED ? malformed_word(told->malformed) : NULL),
			 "dscp_unexpected", told->dscp_unexpected);
}

static json_t *moved_json(const struct moved *move)
{
	return json_pack("{s:I, s:o, s:o, s:{s:o, s:I}}", "frames", (json_int_t)move->frames, "before",
			 told_json(&move->before), "after", told_json(&move->after), "first", "capture",
			 view_string(move->capture), "frame", (json_int_t)move->number);
}

static enum vx_exit json_print(const struct diff *diff, struct failure *failure)
{
	json_t *root = json_object(), *changes = json_array(), *moved = json_array();
	int err = 0;

	for (size_t i = 0; i < diff->changes.count; i++)
		err |= json_array_append_new(changes, change_json(&diff->changes.items[i]));
	for (size_t i = 0; i < diff->replay.moved_count; i++)
		err |= json_array_append_new(moved, moved_json(&diff->replay.moved[i]));
	err |= json_object_set_new(root, "changes", changes);
	err |= json_object_set_new(root, "frames",
				   diff->replayed ? json_integer((json_int_t)diff->replay.frames) : json_null());
	err |= json_object_set_new(root, "verdicts", moved);
	if (err) {
		json_decref(root);
		root = NULL;
	}
	return view_json(root, failure);
}

/* ---------------------------------------------------------------------------------------------------------------- */

static int sets_load(struct diff *diff, const struct globals *globals, const struct diff_options *options, char **paths,
		     struct failure *failure)
{
	const char *old_site = options->old_site ? options->old_site : globals->site;
	int32_t day, old_day;
	int err = day_option_parse("at", options->at, &day, failure);

	old_day = day;
	if (!err && options->old_at)
		err = day_option_parse("old-at", options->old_at, &old_day, failure);
	err = err ? err : profiles_load_path(paths[0], old_site, old_day, &diff->before, failure);
	err = err ? err : profiles_load_path(paths[1], globals->site, day, &diff->after, failure);
	if (!err && profiles_diff(diff->before, diff->after, &diff->changes))
		err = failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	return err;
}

static int captures_replay(struct diff *diff, enum vx_role role, int count, char **paths, struct failure *failure)
{
	int err = count ? replay_init(&diff->replay, diff->before, diff->after, role, failure) : 0;

	for (int i = 0; i < count && !err; i++)
		err = replay_capture(&diff->replay, paths[i], failure);
	diff->replayed = count > 0;
	replay_sort(&diff->replay);
	return err;
}

static enum vx_exit diff_run(const struct globals *globals, const void *opts, int argc, char **argv,
			     struct failure *failure)
{
	const struct diff_options *options = opts;
	CLEANUP(diff_fini) struct diff diff = {};
	enum vx_role role = VX_ROLE_ANY;
	char quoted[TEXT_QUOTE_MAX];

	if (argc < 2) {
		failure_set(failure, VX_EXIT_USAGE, EINVAL,
			    "diff needs two sets of profiles: voxdp diff OLD NEW [CAPTURE...]");
		return failure->exit_code;
	}
	if (options->role && role_parse(options->role, &role)) {
		failure_set(failure, VX_EXIT_USAGE, EINVAL, "--role: got %s, expected wan, lan or any",
			    text_quote(options->role, quoted));
		return failure->exit_code;
	}
	if (sets_load(&diff, globals, options, argv, failure) ||
	    captures_replay(&diff, role, argc - 2, argv + 2, failure))
		return failure->exit_code;
	if (globals->json)
		return json_print(&diff, failure);
	if (text_print(&diff, globals->color)) {
		failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		return failure->exit_code;
	}
	return VX_EXIT_DONE;
}

static const struct opt diff_opts[] = {
	{ 0, "old-site", "FILE", "site file of OLD, where it is not that of --site", OPT_STRING,
	  offsetof(struct diff_options, old_site) },
	{ 0, "at", "DATE", AT_HELP, OPT_STRING, offsetof(struct diff_options, at) },
	{ 0, "old-at", "DATE", "the day of OLD, where it is not that of --at", OPT_STRING,
	  offsetof(struct diff_options, old_at) },
	{ 0, "role", "wan|lan|any", "what the interface of the captures faced; default any", OPT_STRING,
	  offsetof(struct diff_options, role) },
};

const struct cmd cmd_diff = {
	.name = "diff",
	.args = "OLD NEW [CAPTURE...]",
	.summary = "what one set of profiles says otherwise than another",
	.details =
		"OLD and NEW are profiles or directories of profiles, both read with --site. The same one\n"
		"twice, with --old-at and --at, tells what changes between two days. With captures, every frame\n"
		"also goes through the real program by both, and those whose verdict differs are counted (this needs\n"
		"the rights to load a BPF program; no interface is touched). Exits 0 whether there is a difference\n"
		"or not.",
	.opts = diff_opts,
	.opt_count = ARRAY_SIZE(diff_opts),
	.options_size = sizeof(struct diff_options),
	.run = diff_run,
};
