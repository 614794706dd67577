/* SPDX-License-Identifier: BSD-2-Clause */
/* Edit distance, suggestions, quoting, UTF-8, ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/cleanup.h"
#include "lib/text.h"

static void distance_counts_edits(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} rows[] = {
		{ "", "", 0 },
		{ "ports", "ports", 0 },
		{ "ports", "port", 1 },
		{ "port", "ports", 1 },
		{ "ports", "pots", 1 },
		{ "ports", "parts", 1 },
		{ "ports", "prots", 1 },
		{ "ports", "hosts", 2 },
		{ "", "abc", 3 },
		{ "kitten", "sitting", 3 },
		{ "ca", "abc", 3 }, /* one string, aligned: no re-edit */
		{ "abcdef", "ghijkl", 6 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(text_distance(rows[i].a, rows[i].b, 10), rows[i].distance);
		assert_int_equal(text_distance(rows[i].b, rows[i].a, 10), rows[i].distance);
	}
}

static void distance_stops_at_its_limit(void **state)
{
	char word[201];

	(void)state;
	memset(word, 'a', 200);
	word[200] = '\0';
	assert_int_equal(text_distance("abcdef", "ghijkl", 2), 3);
	assert_int_equal(text_distance(word, word, 2), 3); /* longer than any word that is looked for */
}

static const char *const words[] = { "hosts", "ports", "title", "platform", "in" };

static void suggestion_names_all_that_are_as_near(void **state)
{
	const struct text_words list = { words, ARRAY_SIZE(words), sizeof(words[0]) };
	char text[TEXT_SUGGESTION_MAX];
	size_t near[2];

	(void)state;
	assert_int_equal(text_suggest("platfrm", list, text, near, 2), 1);
	assert_string_equal(text, ", did you mean \"platform\"?");
	assert_int_equal(near[0], 3);
	assert_int_equal(text_suggest("posts", list, text, near, 2), 2);
	assert_string_equal(text, ", did you mean \"hosts\" or \"ports\"?");
	assert_int_equal(near[0], 0);
	assert_int_equal(near[1], 1);
	assert_int_equal(text_suggest("plaform", list, text, near, 2), 1);
	assert_int_equal(text_suggest("plafrom", list, text, near, 2), 1); /* two edits are near for a long word */
	assert_int_equal(text_suggest("post", list, text, near, 2), 0);	   /* and far for a short one */
	assert_int_equal(text_suggest("colour", list, text, near, 2), 0);
	assert_string_equal(text, "");
}

static void suggestions_do_not_overrun(void **state)
{
	const char *many[100];
	const struct text_words list = { many, ARRAY_SIZE(many), sizeof(many[0]) };
	char text[TEXT_SUGGESTION_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-12345678";
	assert_int_equal(
		text_suggest("abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-1234567", list, text, NULL, 0),
		100);
	assert_true(strlen(text) < sizeof(text));
	assert_int_equal(text[strlen(text) - 1], '?');
}

static void valid_text_ends_at_the_first_bad_byte(void **state)
{
	static const struct {
		const char *bytes;
		size_t length, valid;
	} rows[] = {
		{ "plain\ttext\r\n", 12, 12 },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\x9e", 9, 9 }, /* U+00E9 U+20AC U+1F4DE */
		{ "a\xff", 2, 1 },
		{ "ab\0c", 4, 2 },
		{ "a\x1b[31m", 6, 1 },
		{ "a\x7f", 2, 1 },
		{ "\xc3", 1, 0 },	      /* cut off */
		{ "\xc0\xaf", 2, 0 },	      /* overlong */
		{ "\xe0\x80\xaf", 3, 0 },     /* overlong */
		{ "\xed\xa0\x80", 3, 0 },     /* surrogate */
		{ "\xf4\x90\x80\x80", 4, 0 }, /* above U+10FFFF */
		{ "\x80", 1, 0 },	      /* continuation alone */
		{ "\xc2\x9b", 2, 0 },	      /* C1: a terminal takes it for ESC [ */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (text_valid_length(rows[i].bytes, rows[i].length) != rows[i].valid)
			fail_msg("row %zu: got %zu", i, text_valid_length(rows[i].bytes, rows[i].length));
}

static void quotes_are_short_and_printable(void **state)
{
	char quote[TEXT_QUOTE_MAX], longest[5000];

	(void)state;
	assert_string_equal(text_quote("a b", quote), "\"a b\"");
	assert_string_equal(text_quote("a\x1b[0m\nb", quote), "\"a?[0m?b\"");
	assert_string_equal(text_quote("\xff", quote), "\"?\"");
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(strlen(text_quote(longest, quote)), 60 + strlen("\"...\""));
	for (size_t i = 0; i + 4 < sizeof(longest); i += 4) /* four bytes a character, then single bad ones */
		memcpy(longest + i, i < 140 ? "\xf0\x9f\x93\x9e" : "\xff\xff\xff\xff", 4);
	assert_true(strlen(text_quote(longest, quote)) < sizeof(quote));
	assert_int_equal(text_valid_length(quote, strlen(quote)), strlen(quote));
}

static void ids_are_short_words(void **state)
{
	static const char *const good[] = {
		"a",	      "0",   "cloud9",
		"zero-touch", "a_b", "a23456789012345678901234567890123456789012345678901234567890123"
	};
	static const char *const bad[] = {
		"",    "-a",  "_a",	  "A",
		"a.b", "a b", "\xc3\xa9", "a234567890123456789012345678901234567890123456789012345678901234"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(text_is_id(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(text_is_id(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distance_counts_edits),
		cmocka_unit_test(distance_stops_at_its_limit),
		cmocka_unit_test(suggestion_names_all_that_are_as_near),
		cmocka_unit_test(suggestions_do_not_overrun),
		cmocka_unit_test(valid_text_ends_at_the_first_bad_byte),
		cmocka_unit_test(quotes_are_short_and_printable),
		cmocka_unit_test(ids_are_short_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
