/* SPDX-License-Identifier: BSD-2-Clause */
/* `ranges:` and `site_groups:` of a profile, and single prefixes. */
#include "profile/ranges.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/day.h"
#include "profile/site.h"

bool prefix_check(const char *text, struct prefix *ret, char problem[PREFIX_PROBLEM_MAX])
{
	char quote[TEXT_QUOTE_MAX], right[PREFIX_TEXT_MAX];
	struct prefix prefix;
	int err = prefix_parse(text, &prefix);

	if (!err && prefix.length) {
		*ret = prefix;
		return true;
	}
	text_quote(text, quote);
	if (err == -EINVAL) {
		(void)snprintf(problem, PREFIX_PROBLEM_MAX,
			       "got %s, expected an address or ADDRESS/LENGTH such as 192.0.2.0/24 or 2001:db8::/32",
			       quote);
	} else if (err == -ERANGE) {
		(void)snprintf(problem, PREFIX_PROBLEM_MAX, "bad prefix length in %s, expected a number from 1 to %d",
			       quote, strchr(text, ':') ? 128 : 32);
	} else if (err == -EEXIST) {
		prefix_format(&prefix, right);
		(void)snprintf(problem, PREFIX_PROBLEM_MAX,
			       "host bits are set in %s, expected a network address, did you mean %s?", quote, right);
	} else {
		(void)snprintf(problem, PREFIX_PROBLEM_MAX,
			       "got %s, which is everywhere; a service says so itself by `remote: any`", quote);
	}
	return false;
}

static void read_prefix(struct reader *reader, const struct node *value, void *field)
{
	struct range *range = field;
	const char *text = scalar_text(reader, value);
	char problem[PREFIX_PROBLEM_MAX];

	range->at = value->at;
	if (text && !prefix_check(text, &range->prefix, problem)) /* then the family stays 0 */
		reader_error(reader, value, "%s", problem);
}

static bool range_read(struct reader *reader, const struct node *node, struct range *range)
{
	static const struct key keys[] = {
		{ "prefix", SHAPE_SCALAR, .required = true, .read = read_prefix },
		{ "region", SHAPE_SCALAR, .read = read_text, .offset = offsetof(struct range, region) },
		{ "source", SHAPE_SCALAR, .read = read_text, .offset = offsetof(struct range, source) },
		{ "valid_from", SHAPE_SCALAR, .read = read_day, .offset = offsetof(struct range, valid_from) },
		{ "valid_until", SHAPE_SCALAR, .read = read_day, .offset = offsetof(struct range, valid_until) },
	};
	static const struct mapping mapping = { "a range", keys, ARRAY_SIZE(keys) };
	struct values values;
	char from[DAY_TEXT_MAX];

	range->valid_from = DAY_FIRST;
	range->valid_until = DAY_LAST;
	if (node->kind != NODE_MAPPING) {
		read_prefix(reader, node, range);
	} else if (mapping_read(reader, node, node->at, &mapping, range, &values) &&
		   range->valid_until <= range->valid_from) {
		day_format(range->valid_from, from);
		reader_error(reader, values_get(&values, &mapping, "valid_until"),
			     "`valid_until` is the first day without the range, expected a day after `valid_from`, %s",
			     from);
	}
	return range->prefix.addr.family != 0;
}

/* By prefix, then by first day, then by place. */
static int range_compare(const void *a, const void *b)
{
	const struct range *x = *(const struct range *const *)a, *y = *(const struct range *const *)b;
	int order = prefix_compare(&x->prefix, &y->prefix);

	if (order)
		return order;
	if (x->valid_from != y->valid_from)
		return x->valid_from < y->valid_from ? -1 : 1;
	return (x > y) - (x < y);
}

/* The same prefix may come again for other days: a region that moves. On one day it is a mistake. */
static void duplicates_check(struct reader *reader, const struct range_list *list)
{
	CLEANUP_FREE const struct range **sorted = calloc(list->count + 1, sizeof(struct range *));
	char text[PREFIX_TEXT_MAX];

	if (!sorted) {
		reader->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		sorted[i] = &list->items[i];
	qsort(sorted, list->count, sizeof(struct range *), range_compare);
	for (size_t i = 1; i < list->count; i++) {
		const struct range *before = sorted[i - 1], *range = sorted[i];

		if (prefix_compare(&before->prefix, &range->prefix) != 0 || before->valid_until <= range->valid_from)
			continue;
		prefix_format(&range->prefix, text);
		diag_add(reader->diags, SEVERITY_ERROR, range > before ? range->at : before->at,
			 "%s occurs again, it is already in line %u", text,
			 range > before ? before->at.line : range->at.line);
	}
}

void read_prefixes(struct reader *reader, const struct node *value, void *field)
{
	struct range_list *list = field;
	struct range_list all = { .items = reader_alloc(reader, items_count(value), sizeof(*all.items)) };

	if (!all.items)
		return;
	for (const struct node *item = items_first(value); item; item = items_next(value, item))
		if (range_read(reader, item, &all.items[all.count]))
			all.count++;
	duplicates_check(reader, &all);
	*list = (struct range_list){ .items = all.items };
	for (size_t i = 0; i < all.count; i++)
		if (all.items[i].valid_from <= reader->day && reader->day < all.items[i].valid_until)
			list->items[list->count++] = all.items[i];
}

struct range_set *range_set_find(const struct vendor *vendor, const char *id)
{
	for (size_t i = 0; i < vendor->range_set_count; i++)
		if (strcmp(vendor->range_sets[i]->id, id) == 0)
			return vendor->range_sets[i];
	return NULL;
}

static void read_claim(struct reader *reader, const struct node *value, void *field)
{
	static const struct word words[] = { { "own", VX_CLAIM_OWN },
					     { "named", VX_CLAIM_NAMED },
					     { "shared", VX_CLAIM_SHARED } };
	uint64_t claim;

	if (word_read(reader, value, "claim", words, ARRAY_SIZE(words), &claim))
		*(enum vx_claim *)field = (enum vx_claim)claim;
}

/* Makes room for @more sets behind those that there are. */
static bool sets_grow(struct reader *reader, struct vendor *vendor, size_t more)
{
	struct range_set **sets = reader_alloc(reader, vendor->range_set_count + more, sizeof(*sets));

	if (!sets)
		return false;
	if (vendor->range_set_count)
		memcpy(sets, vendor->range_sets, vendor->range_set_count * sizeof(*sets));
	vendor->range_sets = sets;
	return true;
}

static struct range_set *set_add(struct reader *reader, struct vendor *vendor, const struct node *entry)
{
	struct range_set *set = reader_alloc(reader, 1, sizeof(*set));

	if (!set)
		return NULL;
	set->id = entry->key->text;
	set->at = entry->key->at;
	if (strcmp(set->id, "any") == 0)
		reader_error(reader, entry->key, "\"any\" is the word for everywhere, expected another id");
	vendor->range_sets[vendor->range_set_count++] = set;
	return set;
}

/* What the keys of one range set say. */
struct set_values {
	struct range_set set;
	struct range_list list;
	struct list_file file;
};

static const struct key set_keys[] = {
	{ "title", SHAPE_SCALAR, .read = read_text, .offset = offsetof(struct set_values, set.title) },
	{ "claim", SHAPE_SCALAR, .fallback = "own", .read = read_claim,
	  .offset = offsetof(struct set_values, set.claim) },
	{ "source", SHAPE_SCALAR, .read = read_text, .offset = offsetof(struct set_values, set.source) },
	{ "prefixes", SHAPE_LIST, .read = read_prefixes, .offset = offsetof(struct set_values, list) },
	{ "file", SHAPE_MAPPING, .read = read_list_file, .offset = offsetof(struct set_values, file) },
};
static const struct mapping set_mapping = { "a range set", set_keys, ARRAY_SIZE(set_keys) };

/* Prefixes from the file go behind those of the profile. */
static void lists_join(struct reader *reader, struct range_set *set, const struct range_list *list,
		       const struct range_list *more)
{
	set->range_count = list->count + more->count;
	if (set->range_count == 0)
		return;
	set->ranges = reader_alloc(reader, set->range_count, sizeof(*set->ranges));
	if (!set->ranges)
		return;
	if (list->count)
		memcpy(set->ranges, list->items, list->count * sizeof(*set->ranges));
	if (more->count)
		memcpy(set->ranges + list->count, more->items, more->count * sizeof(*set->ranges));
}

static const struct list_file *list_file_keep(struct reader *reader, const struct list_file *file)
{
	struct list_file *copy = file->present ? reader_alloc(reader, 1, sizeof(*copy)) : NULL;

	if (copy)
		*copy = *file;
	return copy;
}

static void range_set_read(struct reader *reader, const struct node *entry, void *context)
{
	struct range_set *set = set_add(reader, context, entry);
	struct set_values read = {};
	struct range_list more = {};
	struct values values;

	if (!set)
		return;
	read.set = *set;
	if (!mapping_read(reader, entry, entry->key->at, &set_mapping, &read, &values))
		return;
	*set = read.set;
	if (!values_get(&values, &set_mapping, "prefixes") && !values_get(&values, &set_mapping, "file"))
		reader_error(reader, entry->key, "a range set needs the key `prefixes` or `file`");
	set->defined = read.list.items != NULL;
	set->list = list_file_keep(reader, &read.file);
	set->list_path = set->list ? set->list->path : NULL;
	if (read.file.present && list_file_load(reader, set->id, &read.file, &more))
		set->defined = true;
	set->list_read = read.file.read_from;
	lists_join(reader, set, &read.list, &more);
}

void read_ranges(struct reader *reader, const struct node *value, void *field)
{
	if (sets_grow(reader, field, value->count))
		entries_read(reader, value, "range set", range_set_read, field);
}

static void site_group_read(struct reader *reader, const struct node *entry, void *context)
{
	static const struct key keys[] = {
		{ "title", SHAPE_SCALAR, .read = read_text, .offset = offsetof(struct range_set, title) },
		{ "claim", SHAPE_SCALAR, .fallback = "own", .read = read_claim,
		  .offset = offsetof(struct range_set, claim) },
		{ "source", SHAPE_SCALAR, .read = read_text, .offset = offsetof(struct range_set, source) },
	};
	static const struct mapping mapping = { "a site group", keys, ARRAY_SIZE(keys) };
	struct range_set *set = set_add(reader, context, entry);
	const struct range_set *other;
	const struct site_entry *given;

	if (!set)
		return;
	set->site_group = true;
	other = range_set_find(reader->vendor, set->id); /* the first of this id */
	if (!other->site_group)
		reader_error(reader, entry->key, "\"%s\" is already a range set, in line %u", set->id, other->at.line);
	if (!mapping_read(reader, entry, entry->key->at, &mapping, set, NULL))
		return;
	given = site_find(reader->site, SITE_GROUPS, reader->vendor->id, set->id);
	if (!given)
		return;
	set->defined = true;
	set->ranges = given->ranges.items;
	set->range_count = given->ranges.count;
}

void read_site_groups(struct reader *reader, const struct node *value, void *field)
{
	if (sets_grow(reader, field, value->count))
		entries_read(reader, value, "site group", site_group_read, field);
}
