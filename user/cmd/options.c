/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads options by table. getopt_long() is not used because it takes abbreviations of long names: a script that relies
 * on one breaks when an option is added.
 */
#include "cmd/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/terminal.h"
#include "lib/text.h"

#define PROFILES_INSTALLED VOXDP_PREFIX "/share/voxdp/profiles"
#define PROFILES_HERE "profiles"
#define STATE_DEFAULT "/sys/fs/bpf/voxdp"

static const struct opt global_opts[] = {
	{ 0, "profiles", "DIR", "read profiles from DIR, a folder or a file; repeatable", OPT_LIST,
	  offsetof(struct globals, profiles) },
	{ 0, "site", "FILE", "addresses that only this site knows (profiles/README.md)", OPT_STRING,
	  offsetof(struct globals, site) },
	{ 0, "state", "DIR", "where pins live (default " STATE_DEFAULT ")", OPT_STRING,
	  offsetof(struct globals, state_dir) },
	{ 0, "json", NULL, "print JSON instead of text", OPT_FLAG, offsetof(struct globals, json) },
};

/* A set of rows and the struct that they describe. */
struct opt_set {
	const struct opt *rows;
	size_t count;
	void *base;
};

/* An option as it stands on the command line. */
struct given {
	const char *name;  /* without dashes; for a letter, the letter */
	size_t length;	   /* of name */
	const char *value; /* what follows `=` or a letter; NULL: nothing does */
	bool is_long;
	const char *word; /* the whole word, for messages */
};

static struct given given_read(const char *word)
{
	struct given given = { .word = word, .is_long = word[1] == '-' };
	const char *equals;

	if (!given.is_long) {
		given.name = word + 1;
		given.length = 1;
		given.value = word[2] ? word + 2 : NULL;
		return given;
	}
	given.name = word + 2;
	equals = strchr(given.name, '=');
	given.length = equals ? (size_t)(equals - given.name) : strlen(given.name);
	given.value = equals ? equals + 1 : NULL;
	return given;
}

static bool given_is(const struct given *given, const struct opt *opt)
{
	if (!given->is_long)
		return opt->letter == given->name[0];
	return strlen(opt->name) == given->length && strncmp(opt->name, given->name, given->length) == 0;
}

static int list_add(struct string_list *list, const char *item)
{
	const char **items = realloc(list->items, (list->count + 1) * sizeof(*items));

	if (!items)
		return -ENOMEM;
	items[list->count] = item;
	list->items = items;
	list->count++;
	return 0;
}

static int opt_store(const struct opt *opt, void *base, const char *value)
{
	void *field = (char *)base + opt->offset;

	switch (opt->kind) {
	case OPT_FLAG:
		*(bool *)field = true;
		return 0;
	case OPT_STRING:
		*(const char **)field = value;
		return 0;
	case OPT_LIST:
		return list_add(field, value);
	}
	return -EINVAL;
}

static int failure_unknown(const struct option_parser *parser, const struct given *given, struct failure *failure)
{
	const char *names[32] = { "help" };
	char suggestion[TEXT_SUGGESTION_MAX] = "", name[64];
	size_t count = 1;

	for (size_t i = 0; i < ARRAY_SIZE(global_opts); i++)
		names[count++] = global_opts[i].name;
	for (size_t i = 0; parser->cmd && i < parser->cmd->opt_count && count < ARRAY_SIZE(names); i++)
		names[count++] = parser->cmd->opts[i].name;
	if (given->is_long && given->length < sizeof(name)) {
		(void)snprintf(name, sizeof(name), "%.*s", (int)given->length, given->name);
		(void)text_suggest(name, (struct text_words){ names, count, sizeof(*names) }, suggestion, NULL, 0);
	}
	return failure_set(failure, VX_EXIT_USAGE, EINVAL, "unknown option %s%s (voxdp %s%s-h lists them)", given->word,
			   suggestion, parser->cmd ? parser->cmd->name : "", parser->cmd ? " " : "");
}

/* Finds the row and stores the value. Returns how many words it took. */
static int given_apply(struct option_parser *parser, const struct given *given, const char *next,
		       struct failure *failure)
{
	const struct opt_set sets[] = {
		{ global_opts, ARRAY_SIZE(global_opts), parser->globals },
		{ parser->cmd ? parser->cmd->opts : NULL, parser->cmd ? parser->cmd->opt_count : 0, parser->options },
	};
	const struct opt *opt = NULL;
	void *base = NULL;
	int words = 1;
	const char *value = given->value;

	for (size_t s = 0; s < ARRAY_SIZE(sets); s++)
		for (size_t i = 0; !opt && i < sets[s].count; i++)
			if (given_is(given, &sets[s].rows[i])) {
				opt = &sets[s].rows[i];
				base = sets[s].base;
			}
	if (!opt)
		return failure_unknown(parser, given, failure);
	if (opt->kind == OPT_FLAG && value)
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "%s takes no value, got %s", given->word, value);
	if (opt->kind != OPT_FLAG && !value) {
		if (!next)
			return failure_set(failure, VX_EXIT_USAGE, EINVAL, "%s needs a value: %s", given->word,
					   opt->arg);
		value = next;
		words = 2;
	}
	if (opt_store(opt, base, value))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	return words;
}

static bool given_is_help(const char *word)
{
	return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0;
}

int options_parse(struct option_parser *parser, int argc, char **argv, struct failure *failure)
{
	int kept = 0, taken = 0;

	for (int i = 0; i < argc; i += taken) {
		char *word = argv[i];
		bool plain = word[0] != '-' || !word[1];

		taken = 1;
		if (strcmp(word, "--") == 0 || (plain && !parser->cmd)) {
			for (i += !plain; i < argc; i++)
				argv[kept++] = argv[i];
			break;
		}
		if (plain) {
			argv[kept++] = word;
		} else if (given_is_help(word)) {
			parser->help = true;
		} else {
			struct given given = given_read(word);

			taken = given_apply(parser, &given, i + 1 < argc ? argv[i + 1] : NULL, failure);
			if (taken < 0)
				return taken;
		}
	}
	return kept;
}

int globals_complete(struct globals *globals, struct failure *failure)
{
	globals->state_given = globals->state_dir != NULL;
	if (!globals->state_given)
		globals->state_dir = STATE_DEFAULT;
	globals->color = terminal_takes_color(STDOUT_FILENO);
	globals->profiles_given = globals->profiles.count > 0;
	if (globals->profiles_given)
		return 0;
	if (list_add(&globals->profiles, access(PROFILES_INSTALLED, F_OK) == 0 ? PROFILES_INSTALLED : PROFILES_HERE))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	return 0;
}

void globals_fini(struct globals *globals)
{
	free(globals->profiles.items);
	globals->profiles = (struct string_list){};
}

void options_fini(const struct cmd *cmd, void *options)
{
	for (size_t i = 0; options && i < cmd->opt_count; i++)
		if (cmd->opts[i].kind == OPT_LIST)
			free(((struct string_list *)((char *)options + cmd->opts[i].offset))->items);
}

static void rows_print(FILE *out, const struct opt *rows, size_t count)
{
	char left[80];

	for (size_t i = 0; i < count; i++) {
		const struct opt *opt = &rows[i];

		(void)snprintf(left, sizeof(left), "%c%c%s--%s%s%s", opt->letter ? '-' : ' ',
			       opt->letter ? opt->letter : ' ', opt->letter ? ", " : "  ", opt->name,
			       opt->arg ? " " : "", opt->arg ? opt->arg : "");
		fprintf(out, "  %-30s %s\n", left, opt->help);
	}
}

void options_usage_globals(FILE *out)
{
	fputs("\nOptions of every command:\n", out);
	rows_print(out, global_opts, ARRAY_SIZE(global_opts));
	fputs("  -h, --help                     print this\n", out);
}

void options_usage(FILE *out, const struct cmd *cmd)
{
	fprintf(out, "Usage: voxdp %s%s%s%s\n\n%s.\n", cmd->name, cmd->opt_count ? " [OPTION]..." : "",
		cmd->args ? " " : "", cmd->args ? cmd->args : "", cmd->summary);
	if (cmd->details)
		fprintf(out, "\n%s\n", cmd->details);
	if (cmd->opt_count) {
		fputs("\nOptions:\n", out);
		rows_print(out, cmd->opts, cmd->opt_count);
	}
	options_usage_globals(out);
}
