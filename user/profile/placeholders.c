/* SPDX-License-Identifier: BSD-2-Clause */
/* `placeholders:` and their expansion. */
#include "profile/placeholders.h"

#include <string.h>

#include "profile/profile.h"
#include "profile/site.h"

/* A value is a piece of a host name: labels, perhaps with dots between them. */
static bool value_check(struct reader *reader, const struct node *node, const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t length = strspn(text, letters);
	char quote[TEXT_QUOTE_MAX];

	if (!text[length] && length <= 253 && text[0] != '.' && text[length - 1] != '.')
		return true;
	reader_error(reader, node, "got %s, expected a piece of a host name: letters, digits, - and _, and dots inside",
		     text_quote(text, quote));
	return false;
}

static bool strings_have(const struct strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->count; i++)
		if (strcmp(strings->items[i], text) == 0)
			return true;
	return false;
}

void placeholder_values_read(struct reader *reader, const struct node *node, struct strings *ret)
{
	size_t count = items_count(node);

	if (count > VALUES_MAX) {
		reader_error(reader, node, "got %zu values, expected at most %u", count, VALUES_MAX);
		return;
	}
	ret->items = reader_alloc(reader, count, sizeof(*ret->items));
	for (const struct node *item = items_first(node); ret->items && item; item = items_next(node, item)) {
		const char *text = scalar_text(reader, item);

		if (text && value_check(reader, item, text))
			text = reader_lower(reader, text);
		else
			text = NULL;
		if (text && !strings_have(ret, text))
			ret->items[ret->count++] = text;
	}
}

static void site_values_add(struct reader *reader, struct placeholder *placeholder)
{
	const struct site_entry *given =
		site_find(reader->site, SITE_PLACEHOLDERS, reader->vendor->id, placeholder->name);
	size_t count = placeholder->values.count + (given ? given->values.count : 0);
	const char **items;

	if (!given)
		return;
	items = reader_alloc(reader, count, sizeof(*items));
	if (!items)
		return;
	if (placeholder->values.count)
		memcpy(items, placeholder->values.items, placeholder->values.count * sizeof(*items));
	placeholder->values.items = items;
	for (size_t i = 0; i < given->values.count; i++)
		if (!strings_have(&placeholder->values, given->values.items[i]))
			items[placeholder->values.count++] = given->values.items[i];
}

static void placeholder_read(struct reader *reader, const struct node *entry, void *context)
{
	struct placeholders *all = context;
	struct placeholder *placeholder = &all->items[all->count++];

	placeholder->name = entry->key->text;
	if (entry->kind == NODE_MAPPING)
		reader_error(reader, entry,
			     "got a mapping, expected the values of the placeholder: a scalar or a list");
	else if (entry->kind != NODE_REFUSED)
		placeholder_values_read(reader, entry, &placeholder->values);
	site_values_add(reader, placeholder);
}

void read_placeholders(struct reader *reader, const struct node *value, void *field)
{
	struct placeholders *all = field;

	all->items = reader_alloc(reader, value->count, sizeof(*all->items));
	if (all->items)
		entries_read(reader, value, "placeholder", placeholder_read, all);
}

static const struct placeholder *placeholder_find(const struct placeholders *all, const char *name, size_t length)
{
	for (size_t i = 0; i < all->count; i++)
		if (strncmp(all->items[i].name, name, length) == 0 && !all->items[i].name[length])
			return &all->items[i];
	return NULL;
}

static void unknown_placeholder(struct reader *reader, const struct node *node, const char *name, size_t length)
{
	const struct placeholders *all = reader->placeholders;
	char copy[65], suggestion[TEXT_SUGGESTION_MAX] = "", quote[TEXT_QUOTE_MAX];

	length = length < sizeof(copy) ? length : sizeof(copy) - 1;
	memcpy(copy, name, length);
	copy[length] = '\0';
	if (all->count)
		(void)text_suggest(copy, (struct text_words){ &all->items[0].name, all->count, sizeof(*all->items) },
				   suggestion, NULL, 0);
	reader_error(reader, node, "unknown placeholder %s%s", text_quote(copy, quote),
		     suggestion[0] ? suggestion : ", expected one of those that `placeholders` declares");
}

/* Checks all placeholders of a name; @ret_names is how many names it stands for. */
static bool template_check(struct reader *reader, const struct node *node, const char *template, size_t *ret_names)
{
	struct placeholders *all = reader->placeholders;
	size_t names = 1;

	for (const char *open = template; (open = strchr(open, '{')); open++) {
		size_t length = strcspn(++open, "{}");
		const struct placeholder *placeholder;

		if (open[length] != '}') {
			reader_error(reader, node, "a placeholder begins by { and does not end by }");
			return false;
		}
		placeholder = placeholder_find(all, open, length);
		if (!placeholder) {
			unknown_placeholder(reader, node, open, length);
			return false;
		}
		names = names > EXPANSIONS_MAX ? names : names * placeholder->values.count;
	}
	if (names > EXPANSIONS_MAX - all->expansions) {
		reader_error(reader, node, "the placeholders of this file make more than %u names", EXPANSIONS_MAX);
		return false;
	}
	all->expansions += names > 1 ? names : 0;
	*ret_names = names;
	return true;
}

/* Each of @all has its first placeholder replaced by each of the values. */
static struct strings first_replace(struct reader *reader, const struct strings *all)
{
	const char *open = strchr(all->items[0], '{') + 1;
	const struct placeholder *placeholder = placeholder_find(reader->placeholders, open, strcspn(open, "}"));
	struct strings longer = {};

	longer.items = reader_alloc(reader, all->count * placeholder->values.count, sizeof(*longer.items));
	for (size_t i = 0; longer.items && i < all->count; i++)
		for (size_t j = 0; j < placeholder->values.count; j++) {
			const char *text = all->items[i], *from = strchr(text, '{');
			const char *name = arena_printf(reader->arena, "%.*s%s%s", (int)(from - text), text,
							placeholder->values.items[j], strchr(from, '}') + 1);

			if (name)
				longer.items[longer.count++] = name;
			else
				reader->out_of_memory = true;
		}
	return longer;
}

bool placeholders_expand(struct reader *reader, const struct node *node, const char *template, struct strings *ret)
{
	struct strings all = {};
	size_t names;

	if (!template_check(reader, node, template, &names))
		return false;
	if (names) {
		all.items = reader_alloc(reader, 1, sizeof(*all.items));
		if (!all.items)
			return false;
		all.items[all.count++] = template;
		while (all.count && strchr(all.items[0], '{'))
			all = first_replace(reader, &all);
	}
	*ret = all;
	return true;
}
