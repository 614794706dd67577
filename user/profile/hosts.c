/* SPDX-License-Identifier: BSD-2-Clause */
/* `hosts:` of a profile: names, patterns, templates. */
#include "profile/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "profile/placeholders.h"

#define NAME_BYTES_MAX 253 /* RFC 1035 section 2.3.4: 255 octets on the wire */
#define LABEL_BYTES_MAX 63

/* Letters, digits, hyphens inside; underscores, since names of services have them (RFC 2782). */
static bool label_is_good(const char *label, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

	return length > 0 && length <= LABEL_BYTES_MAX && strspn(label, letters) >= length && label[0] != '-' &&
	       label[length - 1] != '-';
}

/* What is wrong with a lower-case name; NULL: nothing. */
static const char *name_problem(const char *name)
{
	const char *label = name;
	size_t labels = 0;

	if (strlen(name) > NAME_BYTES_MAX)
		return "longer than 253 characters";
	for (;; label++) {
		size_t length = strcspn(label, ".");

		if (!label_is_good(label, length))
			return "not a host name";
		labels++;
		if (!label[length])
			break;
		label += length;
	}
	if (labels < 2)
		return "not a full host name";
	if (!label[strspn(label, "0123456789")])
		return "not a host name; addresses belong to `ranges`";
	return NULL;
}

/* The pattern's kind, and @text moved behind its mark. */
static enum host_kind kind_split(const char **text)
{
	if (strncmp(*text, "*.", 2) == 0) {
		*text += 2;
		return HOST_WILDCARD;
	}
	if (**text == '.') {
		*text += 1;
		return HOST_SUFFIX;
	}
	return HOST_EXACT;
}

/* `name:` and `planned:` of one entry; `planned` without a name is no name either. */
struct host_values {
	const struct node *name;
	const char *planned;
};

static void read_name_node(struct reader *reader, const struct node *value, void *field)
{
	if (scalar_text(reader, value))
		*(const struct node **)field = value;
}

static struct host_values entry_values(struct reader *reader, const struct node *node)
{
	static const struct key keys[] = {
		{ "name", SHAPE_SCALAR, .required = true, .read = read_name_node,
		  .offset = offsetof(struct host_values, name) },
		{ "planned", SHAPE_SCALAR, .read = read_text, .offset = offsetof(struct host_values, planned) },
	};
	static const struct mapping mapping = { "a host", keys, ARRAY_SIZE(keys) };
	struct host_values values = {};

	if (node->kind == NODE_MAPPING)
		(void)mapping_read(reader, node, node->at, &mapping, &values, NULL); /* leaves no name */
	else
		read_name_node(reader, node, &values.name);
	return values;
}

/* Hosts of a set while it grows: a template stands for many. */
struct growing {
	struct host *items;
	size_t count, capacity;
};

static struct host *host_push(struct reader *reader, struct growing *hosts)
{
	if (hosts->count == hosts->capacity) {
		size_t capacity = hosts->capacity ? 2 * hosts->capacity : 16;
		struct host *items = reader_alloc(reader, capacity, sizeof(*items));

		if (!items)
			return NULL;
		if (hosts->count)
			memcpy(items, hosts->items, hosts->count * sizeof(*items));
		hosts->items = items;
		hosts->capacity = capacity;
	}
	return &hosts->items[hosts->count++];
}

static void host_add(struct reader *reader, const struct host *model, const char *name, struct growing *hosts)
{
	const char *problem = model->idle ? NULL : name_problem(name);
	char quote[TEXT_QUOTE_MAX];
	struct host *host;

	if (problem) {
		diag_add(reader->diags, SEVERITY_ERROR, model->at, "%s is %s", text_quote(name, quote), problem);
		return;
	}
	host = host_push(reader, hosts);
	if (!host)
		return;
	*host = *model;
	host->name = name;
}

static void entry_read(struct reader *reader, const struct node *node, struct growing *hosts)
{
	struct host_values values = entry_values(reader, node);
	struct host host = { .planned = values.planned };
	const char *name;
	struct strings names;

	if (!values.name)
		return;
	host.at = values.name->at;
	host.template = values.name->text;
	name = reader_lower(reader, host.template);
	if (!name)
		return;
	host.kind = kind_split(&name);
	if (!placeholders_expand(reader, values.name, name, &names))
		return;
	host.idle = names.count == 0;
	if (host.idle)
		host_add(reader, &host, name, hosts);
	for (size_t i = 0; i < names.count; i++) {
		size_t errors = reader->diags->errors;

		host_add(reader, &host, names.items[i], hosts);
		if (reader->diags->errors != errors)
			return; /* the others have the same mistake */
	}
}

/* By template, then by place. */
static int host_compare(const void *a, const void *b)
{
	const struct host *x = *(const struct host *const *)a, *y = *(const struct host *const *)b;
	int order = strcasecmp(x->template, y->template);

	return order ? order : (x > y) - (x < y);
}

static void duplicates_check(struct reader *reader, const struct growing *hosts)
{
	CLEANUP_FREE const struct host **sorted = calloc(hosts->count + 1, sizeof(struct host *));

	if (!sorted) {
		reader->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < hosts->count; i++)
		sorted[i] = &hosts->items[i];
	qsort(sorted, hosts->count, sizeof(struct host *), host_compare);
	for (size_t i = 1; i < hosts->count; i++) {
		const struct mark *before = &sorted[i - 1]->at, *at = &sorted[i]->at;

		if (strcasecmp(sorted[i - 1]->template, sorted[i]->template) == 0 &&
		    (before->line != at->line || before->column != at->column))
			diag_add(reader->diags, SEVERITY_ERROR, *at, "%s occurs again, it is already in line %u",
				 sorted[i]->template, before->line);
	}
}

static void read_names(struct reader *reader, const struct node *value, void *field)
{
	struct host_set *set = field;
	struct growing hosts = {};

	for (const struct node *item = items_first(value); item; item = items_next(value, item))
		entry_read(reader, item, &hosts);
	duplicates_check(reader, &hosts);
	set->hosts = hosts.items;
	set->host_count = hosts.count;
}

static void host_set_read(struct reader *reader, const struct node *entry, void *context)
{
	static const struct key keys[] = {
		{ "title", SHAPE_SCALAR, .read = read_text, .offset = offsetof(struct host_set, title) },
		{ "source", SHAPE_SCALAR, .read = read_text, .offset = offsetof(struct host_set, source) },
		{ "names", SHAPE_LIST, .required = true, .read = read_names },
	};
	static const struct mapping mapping = { "a host set", keys, ARRAY_SIZE(keys) };
	struct vendor *vendor = context;
	struct host_set *set = reader_alloc(reader, 1, sizeof(*set));

	if (!set)
		return;
	set->id = entry->key->text;
	set->at = entry->key->at;
	vendor->host_sets[vendor->host_set_count++] = set;
	(void)mapping_read(reader, entry, entry->key->at, &mapping, set,
			   NULL); /* an empty set can be named all the same */
}

void read_hosts(struct reader *reader, const struct node *value, void *field)
{
	struct vendor *vendor = field;

	vendor->host_sets = reader_alloc(reader, value->count, sizeof(struct host_set *));
	if (vendor->host_sets)
		entries_read(reader, value, "host set", host_set_read, vendor);
}

struct host_set *host_set_find(const struct vendor *vendor, const char *id)
{
	for (size_t i = 0; i < vendor->host_set_count; i++)
		if (strcmp(vendor->host_sets[i]->id, id) == 0)
			return vendor->host_sets[i];
	return NULL;
}
