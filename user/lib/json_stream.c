/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/json_stream.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "lib/text.h"

/* What may come next. */
enum {
	EXPECT_VALUE,
	EXPECT_VALUE_OR_END, /* right behind `[` */
	EXPECT_KEY_OR_END,   /* right behind `{` */
	EXPECT_KEY,	     /* behind a comma in an object */
	EXPECT_COMMA_OR_END,
	EXPECT_NOTHING, /* behind the document */
};

void json_stream_begin(struct json_stream *json, const char *bytes, size_t size)
{
	*json = (struct json_stream){
		.at = bytes, .next = bytes, .end = bytes + size, .line_begin = bytes, .line = 1, .expect = EXPECT_VALUE
	};
}

static enum json_token failed(struct json_stream *json, const char *at, const char *problem)
{
	json->at = at;
	json->problem = problem;
	json->next = json->end;
	json->expect = EXPECT_NOTHING;
	return JSON_TOKEN_ERROR;
}

static bool is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of \uXXXX; -1: they are not there. */
static long unit_read(const char *p, const char *end)
{
	long unit = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

/*
 * The character that the escape at @p (behind its backslash) stands for, and the bytes that it takes. -1: none. NUL is
 * none, since it would end the text; half a surrogate pair is none either (RFC 8259 section 8.2).
 */
static long escape_read(const char *p, const char *end, size_t *ret_length)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter = p < end && *p ? strchr(letters, *p) : NULL;
	long high, low;

	*ret_length = 1;
	if (letter)
		return meanings[letter - letters];
	high = p < end && *p == 'u' ? unit_read(p + 1, end) : -1;
	*ret_length = 5;
	if (high <= 0 || (high >= 0xdc00 && high < 0xe000))
		return -1;
	if (high < 0xd800 || high >= 0xe000)
		return high;
	low = end - p > 6 && p[5] == '\\' && p[6] == 'u' ? unit_read(p + 7, end) : -1;
	*ret_length = 11;
	return low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((high - 0xd800) << 10 | (low - 0xdc00)) : -1;
}

/* From behind the opening quote to the closing one; fills text and length. */
static bool string_read(struct json_stream *json, const char *p)
{
	const char *begin = p;
	bool ascii = true;
	size_t length;

	json->escaped = false;
	for (; p < json->end && *p != '"'; p++) {
		unsigned char byte = (unsigned char)*p;

		ascii &= byte < 0x80;
		if (byte < 0x20) {
			failed(json, p, "control character in a string");
			return false;
		}
		if (byte != '\\')
			continue;
		json->escaped = true;
		if (escape_read(p + 1, json->end, &length) < 0) {
			failed(json, p, "bad escape in a string");
			return false;
		}
		p += length;
	}
	if (p >= json->end) {
		failed(json, begin - 1, "a string without its end");
		return false;
	}
	if (!ascii && text_valid_length(begin, (size_t)(p - begin)) < (size_t)(p - begin)) {
		failed(json, begin - 1, "a string that is not UTF-8");
		return false;
	}
	json->text = begin;
	json->length = (size_t)(p - begin);
	json->next = p + 1;
	return true;
}

/* `-`, digits without a zero in front, a fraction, an exponent (RFC 8259 section 6). NULL: it is none. */
static const char *number_end(const char *p, const char *end)
{
	p += p < end && *p == '-';
	if (!is_digit(p, end))
		return NULL;
	if (*p == '0' && is_digit(p + 1, end))
		return NULL;
	while (is_digit(p, end))
		p++;
	if (p < end && *p == '.') {
		if (!is_digit(++p, end))
			return NULL;
		while (is_digit(p, end))
			p++;
	}
	if (p < end && (*p | 0x20) == 'e') {
		p++;
		p += p < end && (*p == '+' || *p == '-');
		if (!is_digit(p, end))
			return NULL;
		while (is_digit(p, end))
			p++;
	}
	return p;
}

static const char *word_end(const char *p, const char *end)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t length = strlen(words[i]);

		if ((size_t)(end - p) >= length && memcmp(p, words[i], length) == 0)
			return p + length;
	}
	return NULL;
}

/* What comes behind a value depends on what is around it. */
static enum json_token value_done(struct json_stream *json, enum json_token token)
{
	json->expect = json->depth ? EXPECT_COMMA_OR_END : EXPECT_NOTHING;
	return token;
}

static enum json_token open_nest(struct json_stream *json, char bracket)
{
	if (json->depth == JSON_STREAM_DEPTH_MAX)
		return failed(json, json->at, "nested too deep");
	json->nest[json->depth++] = bracket;
	json->next = json->at + 1;
	json->expect = bracket == '{' ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
	return bracket == '{' ? JSON_TOKEN_OBJECT : JSON_TOKEN_ARRAY;
}

static enum json_token close_nest(struct json_stream *json)
{
	char bracket = json->nest[--json->depth];

	json->next = json->at + 1;
	return value_done(json, bracket == '{' ? JSON_TOKEN_OBJECT_END : JSON_TOKEN_ARRAY_END);
}

static enum json_token value_read(struct json_stream *json)
{
	const char *p = json->at, *end;

	if (*p == '{' || *p == '[')
		return open_nest(json, *p);
	if (*p == '"')
		return string_read(json, p + 1) ? value_done(json, JSON_TOKEN_STRING) : JSON_TOKEN_ERROR;
	end = number_end(p, json->end);
	if (end) {
		json->next = end;
		return value_done(json, JSON_TOKEN_NUMBER);
	}
	end = word_end(p, json->end);
	if (!end)
		return failed(json, p, "expected a value");
	json->next = end;
	return value_done(json, JSON_TOKEN_WORD);
}

static void blanks_pass(struct json_stream *json)
{
	const char *p = json->next;

	while (p < json->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	json->next = p;
	json->at = p;
}

static enum json_token key_read(struct json_stream *json)
{
	const char *key = json->at;

	if (*key != '"')
		return failed(json, key, "expected a key in quotes");
	if (!string_read(json, key + 1))
		return JSON_TOKEN_ERROR;
	blanks_pass(json);
	if (json->next == json->end || *json->next != ':')
		return failed(json, json->next, "expected a colon");
	json->next++;
	json->at = key;
	json->expect = EXPECT_VALUE;
	return JSON_TOKEN_KEY;
}

enum json_token json_stream_next(struct json_stream *json)
{
	bool closes, in_object;

	if (json->problem)
		return JSON_TOKEN_ERROR;
	blanks_pass(json);
	if (json->at == json->end)
		return json->expect == EXPECT_NOTHING ? JSON_TOKEN_END :
							failed(json, json->at, "the text ends too early");
	in_object = json->depth && json->nest[json->depth - 1] == '{';
	closes = *json->at == (in_object ? '}' : ']');
	switch (json->expect) {
	case EXPECT_COMMA_OR_END:
		if (closes)
			return close_nest(json);
		if (*json->at != ',')
			return failed(json, json->at, "expected a comma");
		json->next++;
		json->expect = in_object ? EXPECT_KEY : EXPECT_VALUE;
		return json_stream_next(json);
	case EXPECT_KEY_OR_END:
		return closes ? close_nest(json) : key_read(json);
	case EXPECT_KEY:
		return key_read(json);
	case EXPECT_VALUE_OR_END:
		return closes ? close_nest(json) : value_read(json);
	case EXPECT_VALUE:
		return value_read(json);
	default:
		return failed(json, json->at, "something behind the end");
	}
}

bool json_stream_skip(struct json_stream *json, enum json_token token)
{
	size_t depth = json->depth;

	if (token == JSON_TOKEN_OBJECT || token == JSON_TOKEN_ARRAY)
		while (token != JSON_TOKEN_ERROR && json->depth >= depth)
			token = json_stream_next(json);
	return token != JSON_TOKEN_ERROR;
}

/* UTF-8 of a character (RFC 3629); returns how many bytes. */
static size_t character_write(uint32_t value, char bytes[4])
{
	if (value < 0x80) {
		bytes[0] = (char)value;
		return 1;
	}
	if (value < 0x800) {
		bytes[0] = (char)(0xc0 | value >> 6);
		bytes[1] = (char)(0x80 | (value & 0x3f));
		return 2;
	}
	if (value < 0x10000) {
		bytes[0] = (char)(0xe0 | value >> 12);
		bytes[1] = (char)(0x80 | (value >> 6 & 0x3f));
		bytes[2] = (char)(0x80 | (value & 0x3f));
		return 3;
	}
	bytes[0] = (char)(0xf0 | value >> 18);
	bytes[1] = (char)(0x80 | (value >> 12 & 0x3f));
	bytes[2] = (char)(0x80 | (value >> 6 & 0x3f));
	bytes[3] = (char)(0x80 | (value & 0x3f));
	return 4;
}

long json_stream_copy(const struct json_stream *json, char *ret, size_t size)
{
	const char *p = json->text, *end = p + json->length;
	size_t used = 0, taken;

	while (p < end) {
		char bytes[4] = { *p };
		size_t length = 1;

		if (*p++ == '\\') {
			length = character_write((uint32_t)escape_read(p, end, &taken), bytes);
			p += taken;
		}
		if (used + length >= size)
			return -ENOBUFS;
		memcpy(ret + used, bytes, length);
		used += length;
	}
	if (used >= size)
		return -ENOBUFS;
	ret[used] = '\0';
	return (long)used;
}

bool json_stream_is(const struct json_stream *json, const char *text)
{
	size_t length = strlen(text);
	char copy[256];

	if (!json->escaped)
		return json->length == length && memcmp(json->text, text, length) == 0;
	return json_stream_copy(json, copy, sizeof(copy)) == (long)length && memcmp(copy, text, length) == 0;
}

void json_stream_place(struct json_stream *json, unsigned *ret_line, unsigned *ret_column)
{
	const char *newline;

	while ((newline = memchr(json->line_begin, '\n', (size_t)(json->at - json->line_begin)))) {
		json->line_begin = newline + 1;
		json->line++;
	}
	*ret_line = json->line;
	*ret_column = 1;
	for (const char *p = json->line_begin; p < json->at; p++)
		*ret_column += ((unsigned char)*p & 0xc0) != 0x80; /* bytes that continue a character are none */
}
