/* SPDX-License-Identifier: BSD-2-Clause */
/* Scalars: text, ids, words of closed sets, days. Nothing is guessed: `010`, `yes` and `5060abc` are what they say. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/day.h"
#include "profile/reader.h"

const struct node *items_first(const struct node *value)
{
	return value->kind == NODE_LIST ? value->first : value;
}

const struct node *items_next(const struct node *value, const struct node *item)
{
	return item == value ? NULL : item->next;
}

size_t items_count(const struct node *value)
{
	return value->kind == NODE_LIST ? value->count : 1;
}

/* YAML's words for nothing; quoted they are text. */
static bool is_null(const struct node *node)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	for (size_t i = 0; node->plain && i < ARRAY_SIZE(words); i++)
		if (strcmp(node->text, words[i]) == 0)
			return true;
	return false;
}

const char *scalar_text(struct reader *reader, const struct node *node)
{
	if (node->kind == NODE_REFUSED)
		return NULL;
	if (node->kind != NODE_SCALAR) {
		reader_error(reader, node, "got a %s, expected a scalar", node->kind == NODE_LIST ? "list" : "mapping");
		return NULL;
	}
	if (is_null(node) || node->text[strspn(node->text, " \t\r\n")] == '\0') {
		reader_error(reader, node, "got nothing, expected a value");
		return NULL;
	}
	return node->text;
}

bool word_read(struct reader *reader, const struct node *node, const char *what, const struct word *words, size_t count,
	       uint64_t *ret)
{
	const char *text = scalar_text(reader, node);
	char suggestion[TEXT_SUGGESTION_MAX], quote[TEXT_QUOTE_MAX], known[512] = "";
	size_t used = 0;

	if (!text)
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, words[i].text) == 0) {
			*ret = words[i].value;
			return true;
		}
	if (!text_suggest(text, (struct text_words){ &words[0].text, count, sizeof(*words) }, suggestion, NULL, 0))
		for (size_t i = 0; i < count && used < sizeof(known) - 32; i++)
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
						 i ? ", " : ", expected one of ", words[i].text);
	reader_error(reader, node, "unknown %s %s%s%s", what, text_quote(text, quote), suggestion, known);
	return false;
}

void read_text(struct reader *reader, const struct node *value, void *field)
{
	const char *text = scalar_text(reader, value);
	size_t length;
	char *copy;

	if (!text)
		return;
	for (length = strlen(text); length > 0 && strchr(" \t\r\n", text[length - 1]); length--)
		; /* a folded block ends with a newline that nobody means */
	copy = arena_strndup(reader->arena, text, length);
	if (!copy)
		reader->out_of_memory = true;
	*(const char **)field = copy;
}

bool id_check(struct reader *reader, const struct node *node, const char *what)
{
	char quote[TEXT_QUOTE_MAX];

	if (text_is_id(node->text))
		return true;
	reader_error(reader, node,
		     "%s: got %s, expected an id: 1 to 63 of a-z, 0-9, _ and -, the first one a letter or digit", what,
		     text_quote(node->text, quote));
	return false;
}

void read_id(struct reader *reader, const struct node *value, void *field)
{
	const char *text = scalar_text(reader, value);

	if (text && id_check(reader, value, "id"))
		*(const char **)field = text;
}

void read_bool(struct reader *reader, const struct node *value, void *field)
{
	static const struct word words[] = { { "true", true }, { "false", false } };
	uint64_t word;

	if (word_read(reader, value, "truth value", words, ARRAY_SIZE(words), &word))
		*(bool *)field = word;
}

void read_day(struct reader *reader, const struct node *value, void *field)
{
	const char *text = scalar_text(reader, value);
	char quote[TEXT_QUOTE_MAX];
	int err = text ? day_parse(text, field) : 0;

	if (err)
		reader_error(reader, value,
			     err == -ERANGE ? "got %s, which is no day of the calendar" :
					      "got %s, expected a day as YYYY-MM-DD",
			     text_quote(text, quote));
}

void read_strings(struct reader *reader, const struct node *value, void *field)
{
	struct strings *strings = field;
	const char **items = reader_alloc(reader, items_count(value), sizeof(*items));

	if (!items)
		return;
	strings->items = items;
	for (const struct node *item = items_first(value); item; item = items_next(value, item)) {
		read_text(reader, item, &items[strings->count]);
		if (items[strings->count])
			strings->count++;
	}
}

void read_version(struct reader *reader, const struct node *value, void *field)
{
	(void)field; /* there is only one version: nothing to keep */
	(void)scalar_text(reader, value);
}

bool version_is_known(struct reader *reader, const struct node *root)
{
	char quote[TEXT_QUOTE_MAX];

	if (root->kind != NODE_MAPPING)
		return true; /* not what is wrong here */
	for (const struct node *entry = root->first; entry; entry = entry->next) {
		if (strcmp(entry->key->text, "voxdp") != 0 || entry->kind != NODE_SCALAR || is_null(entry) ||
		    (entry->plain && strcmp(entry->text, "1") == 0))
			continue;
		reader_error(reader, entry, "got version %s of the language, expected 1, the only one so far",
			     text_quote(entry->text, quote));
		return false;
	}
	return true;
}
