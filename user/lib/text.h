/* SPDX-License-Identifier: BSD-2-Clause */
/* Small questions about text: is it valid, how far is it from another word, how is it shown in a message. */
#ifndef VOXDP_LIB_TEXT_H
#define VOXDP_LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Where text stops being UTF-8 without control characters (tab, LF and CR are fine, NUL is not): the offset of the
 * first byte that is not, or @length where all is well.
 */
size_t text_valid_length(const char *text, size_t length);

/* Edits (insert, delete, replace, swap two neighbours) from @a to @b, or @limit + 1 where it takes more. */
unsigned text_distance(const char *a, const char *b, unsigned limit);

#define TEXT_QUOTE_MAX 160
/* @text in double quotes, cut after 60 characters, control characters as '?'. Returns @ret. */
const char *text_quote(const char *text, char ret[TEXT_QUOTE_MAX]);

/* An identifier: [a-z0-9][a-z0-9_-]{0,62}. */
bool text_is_id(const char *text);

/* Words that may be members of larger rows. */
struct text_words {
	const char *const *items; /* the first one */
	size_t count, stride;	  /* bytes from one to the next */
};

#define TEXT_SUGGESTION_MAX 256
/*
 * Which of @words is @text probably a misspelling of? Writes the nearest ones as `, did you mean "a" or "b"?`, or
 * nothing where none is near. Returns how many there are; the first @near_max indexes are in @near (NULL: not asked).
 */
size_t text_suggest(const char *text, struct text_words words, char ret[TEXT_SUGGESTION_MAX], size_t *near,
		    size_t near_max);

#endif
