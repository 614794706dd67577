/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON as a stream: what is refused and where, what tokens there are, and on damaged text the same as jansson says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <jansson.h>

#include "lib/cleanup.h"
#include "lib/json_stream.h"
#include "tests/lib/random_profiles.h"

/* The tokens of a text, a letter each; 'E' for an error. */
static void tokens_of(const char *text, size_t size, char *ret, size_t room, struct json_stream *json)
{
	static const char letters[] = { 'E', '.', '{', '}', '[', ']', 'k', 's', 'n', 'w' };
	enum json_token token;
	size_t used = 0;

	json_stream_begin(json, text, size);
	do {
		token = json_stream_next(json);
		if (used + 1 < room)
			ret[used++] = letters[token];
	} while (token != JSON_TOKEN_ERROR && token != JSON_TOKEN_END);
	ret[used] = '\0';
}

static void tokens_come_in_the_order_of_the_text(void **state)
{
	static const struct {
		const char *text, *tokens;
	} cases[] = {
		{ "{}", "{}." },
		{ " [ ] ", "[]." },
		{ "{\"a\": 1, \"b\": [true, null, \"x\"]}", "{knk[wws]}." },
		{ "[{}, [[]], {\"a\":{\"b\":-0.5e+3}}]", "[{}[[]]{k{kn}}]." },
		{ "\"text\"", "s." },
		{ "-12", "n." },
		{ "false", "w." },
		{ "[0, 10, 1.5, 1E9, 1e-9]", "[nnnnn]." },
	};
	char tokens[64];
	struct json_stream json;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tokens_of(cases[i].text, strlen(cases[i].text), tokens, sizeof(tokens), &json);
		assert_string_equal(tokens, cases[i].tokens);
	}
}

static void what_is_no_json_is_told_at_its_place(void **state)
{
	static const struct {
		const char *text, *problem;
		unsigned line, column;
	} cases[] = {
		{ "", "ends too early", 1, 1 },
		{ "[1, 2", "ends too early", 1, 6 },
		{ "{\"a\": 1,\n \"b\"}", "expected a colon", 2, 5 },
		{ "[1 2]", "expected a comma", 1, 4 },
		{ "[1,]", "expected a value", 1, 4 },
		{ "{\"a\": 1,}", "expected a key in quotes", 1, 9 },
		{ "{a: 1}", "expected a key in quotes", 1, 2 },
		{ "[1}", "expected a comma", 1, 3 },
		{ "[1]\n[2]", "something behind the end", 2, 1 },
		{ "[01]", "expected a value", 1, 2 },
		{ "[+1]", "expected a value", 1, 2 },
		{ "[1.]", "expected a value", 1, 2 },
		{ "[1e]", "expected a value", 1, 2 },
		{ "[-]", "expected a value", 1, 2 },
		{ "[tru]", "expected a value", 1, 2 },
		{ "[NaN]", "expected a value", 1, 2 },
		{ "[nullx]", "expected a comma", 1, 6 },
		{ "['a']", "expected a value", 1, 2 },
		{ "[\"a]", "a string without its end", 1, 2 },
		{ "[\"a\\\"]", "a string without its end", 1, 2 },
		{ "[\"a\nb\"]", "control character", 1, 4 },
		{ "[\"\\x\"]", "bad escape", 1, 3 },
		{ "[\"\\u12g4\"]", "bad escape", 1, 3 },
		{ "[\"\\u0000\"]", "bad escape", 1, 3 },
		{ "[\"\\ud800\"]", "bad escape", 1, 3 },
		{ "[\"\\ud800\\u0041\"]", "bad escape", 1, 3 },
		{ "[\"\\udc00\"]", "bad escape", 1, 3 },
		{ "[\"\xc3\xa9\", \"\xff\"]", "not UTF-8", 1, 7 },
		{ "[/* */1]", "expected a value", 1, 2 },
	};
	char tokens[64];
	struct json_stream json;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned line, column;

		tokens_of(cases[i].text, strlen(cases[i].text), tokens, sizeof(tokens), &json);
		if (tokens[strlen(tokens) - 1] != 'E' || !strstr(json.problem, cases[i].problem))
			fail_msg("%s: expected \"%s\", got %s %s", cases[i].text, cases[i].problem, tokens,
				 json.problem ? json.problem : "");
		assert_int_equal(json_stream_next(&json), JSON_TOKEN_ERROR);
		json_stream_place(&json, &line, &column);
		assert_int_equal(line, cases[i].line);
		assert_int_equal(column, cases[i].column);
	}
}

static void strings_are_compared_without_their_escapes(void **state)
{
	static const char text[] = "[\"192.0.2.0\\/24\", \"\\u00e9\\ud83d\\udcde\\n\", \"plain\"]";
	struct json_stream json;
	char copy[32];

	(void)state;
	json_stream_begin(&json, text, strlen(text));
	assert_int_equal(json_stream_next(&json), JSON_TOKEN_ARRAY);
	assert_int_equal(json_stream_next(&json), JSON_TOKEN_STRING);
	assert_true(json_stream_is(&json, "192.0.2.0/24"));
	assert_false(json_stream_is(&json, "192.0.2.0\\/24"));
	assert_int_equal(json_stream_copy(&json, copy, sizeof(copy)), 12);
	assert_string_equal(copy, "192.0.2.0/24");
	assert_int_equal(json_stream_copy(&json, copy, 12), -ENOBUFS);
	assert_int_equal(json_stream_copy(&json, copy, 13), 12);
	assert_int_equal(json_stream_next(&json), JSON_TOKEN_STRING);
	assert_true(json_stream_is(&json, "\xc3\xa9\xf0\x9f\x93\x9e\n"));
	assert_int_equal(json_stream_next(&json), JSON_TOKEN_STRING);
	assert_true(json_stream_is(&json, "plain"));
	assert_false(json_stream_is(&json, "plai"));
	assert_false(json_stream_is(&json, "plainer"));
}

static void values_are_skipped_whole(void **state)
{
	static const char text[] = "{\"a\": {\"b\": [1, {}]}, \"c\": [[]], \"d\": 1, \"e\": \"x\"}";
	static const char *const keys[] = { "a", "c", "d", "e" };
	struct json_stream json;

	(void)state;
	json_stream_begin(&json, text, strlen(text));
	assert_int_equal(json_stream_next(&json), JSON_TOKEN_OBJECT);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		assert_int_equal(json_stream_next(&json), JSON_TOKEN_KEY);
		assert_true(json_stream_is(&json, keys[i]));
		assert_true(json_stream_skip(&json, json_stream_next(&json)));
	}
	assert_int_equal(json_stream_next(&json), JSON_TOKEN_OBJECT_END);
	assert_int_equal(json_stream_next(&json), JSON_TOKEN_END);

	json_stream_begin(&json, "[[1,]]", 6);
	assert_int_equal(json_stream_next(&json), JSON_TOKEN_ARRAY);
	assert_false(json_stream_skip(&json, json_stream_next(&json)));
}

static void depth_has_a_limit(void **state)
{
	char text[2 * (JSON_STREAM_DEPTH_MAX + 1)], tokens[4 * JSON_STREAM_DEPTH_MAX];
	struct json_stream json;

	(void)state;
	memset(text, '[', JSON_STREAM_DEPTH_MAX);
	memset(text + JSON_STREAM_DEPTH_MAX, ']', JSON_STREAM_DEPTH_MAX);
	tokens_of(text, 2 * JSON_STREAM_DEPTH_MAX, tokens, sizeof(tokens), &json);
	assert_null(json.problem);
	memset(text, '[', JSON_STREAM_DEPTH_MAX + 1);
	tokens_of(text, 2 * JSON_STREAM_DEPTH_MAX, tokens, sizeof(tokens), &json);
	assert_string_equal(json.problem, "nested too deep");
}

/* Only numbers too large for a machine's are another matter: jansson refuses them, JSON has no limit. */
static bool jansson_takes(const char *text, size_t size, bool *ret_by_number)
{
	json_error_t error;
	json_t *root = json_loadb(text, size, JSON_DECODE_ANY, &error);

	*ret_by_number = !root && strstr(error.text, "too ");
	*ret_by_number |= !root && strstr(error.text, "overflow");
	if (!root)
		return false;
	json_decref(root);
	return true;
}

static void damaged_text_is_taken_when_jansson_takes_it(void **state)
{
	static const char good[] =
		"{\"a\": [1, -2.5e3, \"x\\u00e9\\n\", \"\xc3\xa9\"], \"b\": {\"c\": null, \"d\": [true, false, {}]},\n"
		" \"e\": \"\\ud83d\\udcde\", \"f\": [], \"g\": 0}";
	static const char bytes[] = "{}[],:\"\\ \n0123456789.eE+-truefalsnx/bd8\xc3\xa9\xff\t";
	char text[sizeof(good)], tokens[256];
	size_t taken = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 100000; seed++) {
		struct random random = { seed };
		size_t size = sizeof(good) - 1;
		struct json_stream json;
		bool by_number, expected;

		memcpy(text, good, size);
		for (uint32_t edits = 1 + random_below(&random, 2); edits; edits--) {
			size_t at = random_below(&random, (uint32_t)size);

			if (random_chance(&random, 30)) {
				memmove(text + at, text + at + 1, size - at - 1);
				size--;
			} else {
				text[at] = bytes[random_below(&random, sizeof(bytes) - 1)];
			}
		}
		expected = jansson_takes(text, size, &by_number);
		tokens_of(text, size, tokens, sizeof(tokens), &json);
		if (expected != !json.problem && !by_number)
			fail_msg("seed %llu: jansson says %d, we say %s: %.*s", (unsigned long long)seed, expected,
				 json.problem ? json.problem : "good", (int)size, text);
		taken += expected;
	}
	assert_true(taken > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_come_in_the_order_of_the_text),
		cmocka_unit_test(what_is_no_json_is_told_at_its_place),
		cmocka_unit_test(strings_are_compared_without_their_escapes),
		cmocka_unit_test(values_are_skipped_whole),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(damaged_text_is_taken_when_jansson_takes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
