/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8 checks, edit distance and quoting. */
#include "lib/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 64 /* longer words are nobody's misspelling */
#define QUOTE_CHARS 60

/* Length of the UTF-8 sequence at @p, or 0: truncated, overlong, surrogate, or above U+10FFFF (RFC 3629 section 4). */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf8 ? 4 : 0;
	uint32_t code;

	if (length < 2 || length > left)
		return length > left ? 0 : length;
	code = p[0] & (0xffU >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	/* C1 controls but NEL, and the two non-characters that YAML refuses too */
	if ((code < 0xa0 && code != 0x85) || code == 0xfffe || code == 0xffff)
		return 0;
	return length;
}

static bool is_control(unsigned char c)
{
	return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

size_t text_valid_length(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length) {
		size_t step = utf8_sequence((const unsigned char *)text + at, length - at);

		if (step == 0 || is_control((unsigned char)text[at]))
			break;
		at += step;
	}
	return at;
}

static unsigned min_of(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The optimal string alignment distance, by the textbook's three rows. */
unsigned text_distance(const char *a, const char *b, unsigned limit)
{
	size_t a_length = strnlen(a, WORD_MAX + 1), b_length = strnlen(b, WORD_MAX + 1);
	size_t gap = a_length > b_length ? a_length - b_length : b_length - a_length;
	unsigned rows[3][WORD_MAX + 1];

	if (a_length > WORD_MAX || b_length > WORD_MAX || gap > limit)
		return limit + 1;
	for (unsigned j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a_length; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *twice_above = rows[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= b_length; j++) {
			unsigned replace = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = min_of(replace, min_of(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min_of(row[j], twice_above[j - 2] + 1);
		}
	}
	return min_of(rows[a_length % 3][b_length], limit + 1);
}

const char *text_quote(const char *text, char ret[TEXT_QUOTE_MAX])
{
	size_t at = 0, chars = 0;
	char *p = ret, *last = ret + TEXT_QUOTE_MAX - sizeof("1234...\"");

	*p++ = '"';
	while (text[at] && chars < QUOTE_CHARS && p <= last) {
		size_t step = utf8_sequence((const unsigned char *)text + at, strnlen(text + at, 4));

		if (step == 0 || (step == 1 && ((unsigned char)text[at] < 0x20 || text[at] == 0x7f))) {
			*p++ = '?';
			step = 1;
		} else {
			memcpy(p, text + at, step);
			p += step;
		}
		at += step;
		chars++;
	}
	(void)strcpy(p, text[at] ? "...\"" : "\""); /* behind last there is room for it */
	return ret;
}

bool text_is_id(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return length > 0 && length <= 63 && !text[length] && text[0] != '_' && text[0] != '-';
}

static const char *word_at(struct text_words words, size_t i)
{
	return *(const char *const *)((const char *)words.items + i * words.stride);
}

size_t text_suggest(const char *text, struct text_words words, char ret[TEXT_SUGGESTION_MAX], size_t *near,
		    size_t near_max)
{
	size_t length = strnlen(text, WORD_MAX + 1), found = 0, used = 0;
	unsigned nearest = length >= 6 ? 2 : 1;

	for (size_t i = 0; i < words.count; i++) /* every pass below the loop compares with the final distance */
		nearest = min_of(nearest, text_distance(text, word_at(words, i), nearest));
	ret[0] = '\0';
	for (size_t i = 0; i < words.count; i++) {
		if (text_distance(text, word_at(words, i), nearest) > nearest)
			continue;
		if (near && found < near_max)
			near[found] = i;
		if (used + WORD_MAX + 24 < TEXT_SUGGESTION_MAX)
			used += (size_t)snprintf(ret + used, TEXT_SUGGESTION_MAX - used, "%s\"%s\"",
						 found ? " or " : ", did you mean ", word_at(words, i));
		found++;
	}
	if (found)
		(void)strcpy(ret + used, "?"); /* its room was kept free above */
	return found;
}
