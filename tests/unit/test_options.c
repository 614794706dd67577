/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the command line by table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/options.h"

struct sample_options {
	bool loud;
	const char *mode;
	struct string_list interfaces;
};

static const struct opt sample_opts[] = {
	{ 'l', "loud", NULL, "more", OPT_FLAG, offsetof(struct sample_options, loud) },
	{ 0, "mode", "MODE", "how", OPT_STRING, offsetof(struct sample_options, mode) },
	{ 'i', "interface", "IFACE", "where", OPT_LIST, offsetof(struct sample_options, interfaces) },
};

static const struct cmd sample_cmd = {
	.name = "sample",
	.args = "[WORD...]",
	.summary = "do nothing",
	.opts = sample_opts,
	.opt_count = 3,
	.options_size = sizeof(struct sample_options),
};

struct parsed {
	struct globals globals;
	struct sample_options options;
	struct option_parser parser;
	struct failure failure;
	char *argv[16];
	int result;
};

/* Parses up to 15 words, ended by NULL. */
static void parse(struct parsed *parsed, const struct cmd *cmd, ...)
{
	int argc = 0;
	va_list words;
	char *word;

	*parsed = (struct parsed){};
	va_start(words, cmd);
	while ((word = va_arg(words, char *)))
		parsed->argv[argc++] = word;
	va_end(words);
	parsed->parser = (struct option_parser){ .cmd = cmd, .globals = &parsed->globals, .options = &parsed->options };
	parsed->result = options_parse(&parsed->parser, argc, parsed->argv, &parsed->failure);
}

static void parsed_fini(struct parsed *parsed)
{
	options_fini(&sample_cmd, &parsed->options);
	globals_fini(&parsed->globals);
}

static void options_and_words_may_mix(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, &sample_cmd, "one", "--mode", "fast", "-l", "two", "-i", "eth0", "-ieth1", "--interface=eth2", "-",
	      "--json", "--profiles", "dir", NULL);
	assert_int_equal(p.result, 3);
	assert_string_equal(p.argv[0], "one");
	assert_string_equal(p.argv[1], "two");
	assert_string_equal(p.argv[2], "-");
	assert_true(p.options.loud);
	assert_string_equal(p.options.mode, "fast");
	assert_int_equal(p.options.interfaces.count, 3);
	assert_string_equal(p.options.interfaces.items[0], "eth0");
	assert_string_equal(p.options.interfaces.items[1], "eth1");
	assert_string_equal(p.options.interfaces.items[2], "eth2");
	assert_true(p.globals.json);
	assert_int_equal(p.globals.profiles.count, 1);
	assert_false(p.parser.help);
	parsed_fini(&p);
}

static void two_dashes_end_the_options(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, &sample_cmd, "--json", "--", "--loud", "-h", NULL);
	assert_int_equal(p.result, 2);
	assert_string_equal(p.argv[0], "--loud");
	assert_string_equal(p.argv[1], "-h");
	assert_false(p.options.loud);
	assert_false(p.parser.help);
	parsed_fini(&p);
}

static void before_the_verb_reading_stops_at_it(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, NULL, "--state", "/x", "attach", "--mode", "skb", NULL);
	assert_int_equal(p.result, 3);
	assert_string_equal(p.argv[0], "attach");
	assert_string_equal(p.argv[2], "skb");
	assert_string_equal(p.globals.state_dir, "/x");
	parsed_fini(&p);
}

static void the_last_of_equal_options_wins(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, &sample_cmd, "--mode", "a", "--mode=b", NULL);
	assert_string_equal(p.options.mode, "b");
	parse(&p, &sample_cmd, "--mode=", NULL);
	assert_string_equal(p.options.mode, "");
	parsed_fini(&p);
}

static void help_is_seen_anywhere(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, &sample_cmd, "word", "-h", NULL);
	assert_true(p.parser.help);
	parse(&p, NULL, "--help", NULL);
	assert_true(p.parser.help);
}

/* A command line that is refused, and what its line must say. */
static void wrong_command_lines_are_refused_with_the_word(void **state)
{
	static const struct {
		char *words[3];
		const char *part;
	} rows[] = {
		{ { "--moode", "x" }, "did you mean \"mode\"" },
		{ { "--mod", "x" }, "--mod" }, /* no abbreviations */
		{ { "--jsno" }, "did you mean \"json\"" },
		{ { "-x" }, "-x" },
		{ { "--mode" }, "MODE" },
		{ { "-i" }, "IFACE" },
		{ { "--loud=yes" }, "takes no value" },
		{ { "-lx" }, "takes no value" },
		{ { "--=x" }, "--=x" },
	};
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		parse(&p, &sample_cmd, rows[i].words[0], rows[i].words[1], rows[i].words[2], NULL);
		if (p.result >= 0 || p.failure.exit_code != VX_EXIT_USAGE || !strstr(p.failure.text, rows[i].part))
			fail_msg("%s: %d, exit %d, \"%s\"", rows[i].words[0], p.result, p.failure.exit_code,
				 p.failure.text);
		parsed_fini(&p);
	}
}

static void usage_lists_every_option(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	options_usage(out, &sample_cmd);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "Usage: voxdp sample [OPTION]... [WORD...]\n"));
	assert_non_null(strstr(text, "  -l, --loud "));
	assert_non_null(strstr(text, "      --mode MODE "));
	assert_non_null(strstr(text, "  -i, --interface IFACE "));
	assert_non_null(strstr(text, "      --json "));
	assert_non_null(strstr(text, "  -h, --help "));
	free(text);
}

static void no_color_is_respected_and_profiles_have_a_default(void **state)
{
	struct globals globals = {};
	struct failure failure;

	(void)state;
	setenv("NO_COLOR", "1", 1);
	assert_int_equal(globals_complete(&globals, &failure), 0);
	assert_false(globals.color);
	assert_int_equal(globals.profiles.count, 1);
	assert_string_equal(globals.state_dir, "/sys/fs/bpf/voxdp");
	globals_fini(&globals);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_words_may_mix),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(before_the_verb_reading_stops_at_it),
		cmocka_unit_test(the_last_of_equal_options_wins),
		cmocka_unit_test(help_is_seen_anywhere),
		cmocka_unit_test(wrong_command_lines_are_refused_with_the_word),
		cmocka_unit_test(usage_lists_every_option),
		cmocka_unit_test(no_color_is_respected_and_profiles_have_a_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
