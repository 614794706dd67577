/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine behind the key tables: which keys may be there, which are, in which order they are read. */
#include "profile/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

void *reader_alloc(struct reader *reader, size_t count, size_t size)
{
	size_t bytes;
	void *p = __builtin_mul_overflow(count, size, &bytes) ? NULL : arena_alloc(reader->arena, bytes);

	if (!p)
		reader->out_of_memory = true;
	return p;
}

const char *reader_lower(struct reader *reader, const char *text)
{
	char *copy = arena_strndup(reader->arena, text, strlen(text));

	if (!copy)
		reader->out_of_memory = true;
	for (char *p = copy; p && *p; p++)
		*p += *p >= 'A' && *p <= 'Z' ? 'a' - 'A' : 0;
	return copy;
}

void reader_error(struct reader *reader, const struct node *node, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args); /* a cut message still tells the place */
	va_end(args);
	diag_add(reader->diags, SEVERITY_ERROR, node->at, "%s", text);
}

static const char *shape_name(enum node_kind kind)
{
	return kind == NODE_LIST ? "a list" : kind == NODE_MAPPING ? "a mapping" : "a scalar";
}

static const char *shapes_name(unsigned shapes)
{
	static const char *const names[] = {
		[SHAPE_SCALAR] = "a scalar",
		[SHAPE_LIST] = "a list",
		[SHAPE_MAPPING] = "a mapping",
		[SHAPE_SCALARS] = "a scalar or a list",
		[SHAPE_SCALAR | SHAPE_MAPPING] = "a scalar or a mapping",
		[SHAPE_LIST | SHAPE_MAPPING] = "a list or a mapping",
		[SHAPE_SCALARS | SHAPE_MAPPING] = "a scalar, a list or a mapping",
	};

	return names[shapes & (SHAPE_SCALARS | SHAPE_MAPPING)];
}

static bool shape_check(struct reader *reader, const struct key *key, const struct node *value)
{
	static const unsigned shape_of[] = {
		[NODE_SCALAR] = SHAPE_SCALAR, [NODE_LIST] = SHAPE_LIST, [NODE_MAPPING] = SHAPE_MAPPING
	};

	if (value->kind == NODE_REFUSED)
		return false;
	if (!(key->shapes & shape_of[value->kind])) {
		reader_error(reader, value, "`%s`: got %s, expected %s", key->name, shape_name(value->kind),
			     shapes_name(key->shapes));
		return false;
	}
	if (value->kind != NODE_SCALAR && value->count == 0 && !(key->shapes & SHAPE_MAY_BE_EMPTY)) {
		reader_error(reader, value, "`%s` has no entries, expected at least one, or no `%s` at all", key->name,
			     key->name);
		return false;
	}
	return true;
}

static size_t key_find(const struct mapping *mapping, const char *name)
{
	size_t i = 0;

	while (i < mapping->count && strcmp(mapping->keys[i].name, name) != 0)
		i++;
	return i;
}

const struct node *values_get(const struct values *values, const struct mapping *mapping, const char *name)
{
	return values->of[key_find(mapping, name)];
}

static void unknown_key(struct reader *reader, const struct node *key, const struct mapping *mapping,
			const char *suggestion)
{
	char quote[TEXT_QUOTE_MAX], known[512] = "";
	size_t used = 0;

	if (strcmp(key->text, "<<") == 0) {
		reader_error(reader, key, "merge keys are not part of the language, write the values out");
		return;
	}
	for (size_t i = 0; !suggestion[0] && i < mapping->count && used < sizeof(known) - 32; i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "; it may have ",
					 mapping->keys[i].name);
	reader_error(reader, key, "unknown key %s of %s%s%s", text_quote(key->text, quote), mapping->name, suggestion,
		     known);
}

/*
 * What was meant by a key that is not in the table: reported once, then taken as meant, so that a misspelling does
 * not come back as a missing key or as dangling references. Where two are as near and absent, both count as there.
 */
static void key_guess(struct reader *reader, const struct node *entry, const struct mapping *mapping,
		      struct values *values)
{
	static const struct node unread = { .kind = NODE_REFUSED };
	const struct text_words words = { &mapping->keys[0].name, mapping->count, sizeof(mapping->keys[0]) };
	char suggestion[TEXT_SUGGESTION_MAX];
	size_t near[MAPPING_KEYS_MAX];
	size_t found, absent = 0;

	if (reader->diags->errors > DIAG_ERRORS_MAX) { /* it is only counted: save the work for the suggestion */
		reader_error(reader, entry->key, "unknown key");
		return;
	}
	found = text_suggest(entry->key->text, words, suggestion, near, ARRAY_SIZE(near));
	unknown_key(reader, entry->key, mapping, suggestion);
	for (size_t i = 0; i < found; i++)
		absent += !values->of[near[i]];
	for (size_t i = 0; i < found; i++)
		if (!values->of[near[i]])
			values->of[near[i]] = absent == 1 ? entry : &unread;
}

static void keys_collect(struct reader *reader, const struct node *node, const struct mapping *mapping,
			 struct values *values)
{
	for (const struct node *entry = node->first; entry; entry = entry->next) {
		size_t i = key_find(mapping, entry->key->text);

		if (i == mapping->count)
			continue;
		if (values->of[i])
			reader_error(reader, entry->key, "`%s` occurs again, it is already in line %u",
				     mapping->keys[i].name, values->of[i]->key->at.line);
		else
			values->of[i] = entry;
	}
	for (const struct node *entry = node->first; entry; entry = entry->next)
		if (entry->key->kind == NODE_SCALAR && entry->kind != NODE_REFUSED &&
		    key_find(mapping, entry->key->text) == mapping->count)
			key_guess(reader, entry, mapping, values);
}

static void fallback_read(struct reader *reader, const struct key *key, struct mark at, void *out)
{
	const struct node node = { .kind = NODE_SCALAR, .plain = true, .at = at, .text = key->fallback };

	key->read(reader, &node, (char *)out + key->offset);
}

bool mapping_read(struct reader *reader, const struct node *node, struct mark at, const struct mapping *mapping,
		  void *out, struct values *ret_values)
{
	struct values values = {};

	if (node->kind != NODE_MAPPING) {
		if (node->kind != NODE_REFUSED)
			reader_error(reader, node, "got %s, expected a mapping: %s", shape_name(node->kind),
				     mapping->name);
		return false;
	}
	keys_collect(reader, node, mapping, &values);
	for (size_t i = 0; i < mapping->count; i++) {
		const struct key *key = &mapping->keys[i];

		if (values.of[i] && shape_check(reader, key, values.of[i]))
			key->read(reader, values.of[i], (char *)out + key->offset);
		else if (!values.of[i] && key->required)
			diag_add(reader->diags, SEVERITY_ERROR, at, "%s needs the key `%s`", mapping->name, key->name);
		else if (!values.of[i] && key->fallback)
			fallback_read(reader, key, at, out);
	}
	if (ret_values)
		*ret_values = values;
	return true;
}

/* By text, then by place. */
static int key_compare(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
	int order = strcmp(x->text, y->text);

	if (order)
		return order;
	if (x->at.line != y->at.line)
		return x->at.line < y->at.line ? -1 : 1;
	return (x->at.column > y->at.column) - (x->at.column < y->at.column);
}

bool entries_are_unique(struct reader *reader, const struct node *node, const char *what)
{
	CLEANUP_FREE const struct node **keys = calloc(node->count + 1, sizeof(struct node *));
	size_t count = 0, first = 0;
	bool unique = true;
	char quote[TEXT_QUOTE_MAX];

	if (!keys) {
		reader->out_of_memory = true;
		return false;
	}
	for (const struct node *entry = node->first; entry; entry = entry->next)
		if (entry->key->kind == NODE_SCALAR)
			keys[count++] = entry->key;
	qsort(keys, count, sizeof(struct node *), key_compare);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(keys[i]->text, keys[first]->text) != 0) {
			first = i;
			continue;
		}
		unique = false;
		reader_error(reader, keys[i], "%s %s occurs again, it is already in line %u", what,
			     text_quote(keys[i]->text, quote), keys[first]->at.line);
	}
	return unique;
}

void entries_read(struct reader *reader, const struct node *node, const char *what,
		  void (*read)(struct reader *reader, const struct node *entry, void *context), void *context)
{
	if (node->count > ENTRIES_MAX) {
		reader_error(reader, node, "got %zu entries, expected at most %u", node->count, ENTRIES_MAX);
		return;
	}
	(void)entries_are_unique(reader, node, what); /* read all the same: what they say may be wrong too */
	for (const struct node *entry = node->first; entry; entry = entry->next)
		if (entry->key->kind == NODE_SCALAR) {
			(void)id_check(reader, entry->key, what); /* read on: others may name it */
			read(reader, entry, context);
		}
}
