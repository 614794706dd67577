/* SPDX-License-Identifier: BSD-2-Clause */
/* YAML to a tree: shapes, places, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/cleanup.h"
#include "profile/yaml.h"

struct parsed {
	struct arena *arena;
	struct diags diags;
	struct node *root;
};

static struct parsed parse_bytes(const char *bytes, size_t size)
{
	struct parsed parsed = {};

	assert_int_equal(arena_new(&parsed.arena), 0);
	assert_int_equal(yaml_parse(parsed.arena, &parsed.diags, "a.yaml", bytes, size, &parsed.root), 0);
	return parsed;
}

static void parsed_fini(struct parsed *parsed)
{
	arena_free(parsed->arena);
	diags_fini(&parsed->diags);
}

static void assert_scalar(const struct node *node, const char *text, unsigned line, unsigned column)
{
	assert_int_equal(node->kind, NODE_SCALAR);
	assert_string_equal(node->text, text);
	assert_int_equal(node->at.line, line);
	assert_int_equal(node->at.column, column);
	assert_string_equal(node->at.file, "a.yaml");
}

static void tree_keeps_order_and_places(void **state)
{
	static const char text[] = "# comment\nb: 010\na:\n  - 'x y'\n  - {k: \"v\"}\n\xc3\xa9: [1, 2]\n";
	struct parsed parsed = parse_bytes(text, sizeof(text) - 1);
	const struct node *b = parsed.root->first, *a = b->next, *e = a->next;

	(void)state;
	assert_int_equal(parsed.diags.count, 0);
	assert_int_equal(parsed.root->kind, NODE_MAPPING);
	assert_int_equal(parsed.root->count, 3);
	assert_scalar(b->key, "b", 2, 1);
	assert_scalar(b, "010", 2, 4); /* text, not the number 8 */
	assert_true(b->plain);
	assert_scalar(a->key, "a", 3, 1);
	assert_int_equal(a->kind, NODE_LIST);
	assert_int_equal(a->count, 2);
	assert_scalar(a->first, "x y", 4, 5);
	assert_false(a->first->plain);
	assert_null(a->first->key);
	assert_scalar(a->first->next->first->key, "k", 5, 6);
	assert_scalar(a->first->next->first, "v", 5, 9);
	assert_scalar(e->key, "\xc3\xa9", 6, 1);
	assert_scalar(e->first->next, "2", 6, 8); /* columns are characters, not bytes */
	assert_null(e->next);
	parsed_fini(&parsed);
}

/* One file and the only error in it. */
struct row {
	const char *name, *bytes;
	size_t size; /* 0: a string */
	unsigned line, column;
	const char *part;
};

static const struct row refused[] = {
	{ "empty file", "", 0, 1, 1, "the file is empty" },
	{ "comments only", "# nothing\n\n", 0, 1, 1, "the file is empty" },
	{ "second document", "a: b\n---\nc: d\n", 0, 2, 1, "second document" },
	{ "second document after an end", "a: b\n...\n---\nc: d\n", 0, 3, 1, "second document" },
	{ "alias", "a: b\nc: *x\n", 0, 2, 4, "alias of \"x\"" },
	{ "alias as a key", "a: b\n*x : c\n", 0, 2, 1, "alias of \"x\"" },
	{ "anchor", "a: &x b\n", 0, 1, 4, "anchor \"x\"" },
	{ "anchor on a mapping", "a: &x\n  b: c\n", 0, 1, 4, "anchor \"x\"" },
	{ "tag", "a: !!int 5\n", 0, 1, 4, "tag" },
	{ "tag on a list", "a: !x [b]\n", 0, 1, 4, "tag \"!x\"" },
	{ "list as a key", "? [a]\n: b\n", 0, 1, 3, "list as a key" },
	{ "not closed", "a: [b, c\n", 0, 2, 1, "not valid YAML" },
	{ "tab for indentation", "a:\n\tb: c\n", 0, 2, 1, "not valid YAML" },
	{ "byte that is not UTF-8", "a: b\nc: d\xff\n", 0, 2, 5, "byte 0xff, expected UTF-8" },
	{ "bad byte behind a wide character", "\xc3\xa9: \xc3(\n", 0, 1, 4, "byte 0xc3" },
	{ "NUL", "a: b\0c\n", 7, 1, 5, "byte 0x00, expected text without control characters" },
	{ "escape character", "a: \x1b[31m\n", 0, 1, 4, "byte 0x1b" },
	{ "UTF-16",
	  "\xff\xfe"
	  "a\0:\0",
	  6, 1, 1, "byte 0xff, expected UTF-8" },
	{ "escaped NUL", "a: \"b\\0c\"\n", 0, 1, 4, "control character" },
	{ "17 lists in one", "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]\n", 0, 1, 17, "more than 16 levels" },
};

static void what_is_not_in_the_language_is_refused_at_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		const struct row *row = &refused[i];
		struct parsed parsed = parse_bytes(row->bytes, row->size ? row->size : strlen(row->bytes));
		const struct diag *diag = parsed.diags.items;

		if (parsed.diags.errors != 1 || diag->at.line != row->line || diag->at.column != row->column ||
		    !strstr(diag->text, row->part))
			fail_msg("%s: %zu errors, first at %u:%u: %s", row->name, parsed.diags.errors,
				 diag ? diag->at.line : 0, diag ? diag->at.column : 0, diag ? diag->text : "");
		parsed_fini(&parsed);
	}
}

static void sixteen_levels_are_allowed(void **state)
{
	static const char text[] = "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]";
	struct parsed parsed = parse_bytes(text, sizeof(text) - 1);

	(void)state;
	assert_int_equal(parsed.diags.errors, 0);
	assert_non_null(parsed.root);
	parsed_fini(&parsed);
}

/* libyaml alone needs minutes for some of these; what stops them is a limit, long before the end of the text. */
static void ten_megabytes_of_nothing_good_are_refused(void **state)
{
	static const struct {
		const char *pattern, *part;
		unsigned line, column;
	} rows[] = {
		{ "[", "more than 16 levels", 1, 17 },
		{ "- ", "more than 16 levels", 1, 33 },
		{ "\n[", "more than 16 levels", 18, 1 },
		{ "{", "mapping as a key", 1, 2 },
		{ "? ", "mapping as a key", 1, 3 },
		{ "[{", "list as a key", 1, 3 },
		{ "!", "got the tag", 1, 1 },
		{ "&", "scanning an anchor", 1, 2 },
		{ "*", "scanning an alias", 1, 2 },
		{ "\"", "not valid YAML", 1, 3 },
	};
	const size_t size = 10 * 1024 * 1024;
	char *bytes = malloc(size);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct parsed parsed;
		const struct diag *diag;

		for (size_t at = 0; at < size; at++)
			bytes[at] = rows[i].pattern[at % strlen(rows[i].pattern)];
		parsed = parse_bytes(bytes, size);
		diag = parsed.diags.items;
		if (parsed.diags.errors != 1 || !strstr(diag->text, rows[i].part) || diag->at.line != rows[i].line ||
		    diag->at.column != rows[i].column)
			fail_msg("%s: %zu errors, %u:%u: %s", rows[i].pattern, parsed.diags.errors, diag->at.line,
				 diag->at.column, diag->text);
		parsed_fini(&parsed);
	}
	free(bytes);
}

static void errors_that_leave_a_tree_do_not_stop_the_reading(void **state)
{
	static const char text[] = "a: *x\nb: *y\nc: d\n";
	struct parsed parsed = parse_bytes(text, sizeof(text) - 1);

	(void)state;
	assert_int_equal(parsed.diags.errors, 2);
	assert_int_equal(parsed.root->first->kind, NODE_REFUSED);
	assert_scalar(parsed.root->first->next->next, "d", 3, 4);
	parsed_fini(&parsed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_keeps_order_and_places),
		cmocka_unit_test(what_is_not_in_the_language_is_refused_at_its_place),
		cmocka_unit_test(sixteen_levels_are_allowed),
		cmocka_unit_test(ten_megabytes_of_nothing_good_are_refused),
		cmocka_unit_test(errors_that_leave_a_tree_do_not_stop_the_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
