/* SPDX-License-Identifier: BSD-2-Clause */
/* `services:` of a profile. */
#include "profile/service.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "profile/hosts.h"
#include "profile/ranges.h"

#define PRIORITY_MAX 1000

static void unknown_reference(struct reader *reader, const struct node *node, const char *what, const char *const *ids,
			      size_t count)
{
	char suggestion[TEXT_SUGGESTION_MAX], quote[TEXT_QUOTE_MAX];

	(void)text_suggest(node->text, (struct text_words){ ids, count, sizeof(*ids) }, suggestion, NULL, 0);
	reader_error(reader, node, "unknown %s %s%s", what, text_quote(node->text, quote), suggestion);
}

static void unknown_range(struct reader *reader, const struct node *node)
{
	const struct vendor *vendor = reader->vendor;
	CLEANUP_FREE const char **ids = calloc(vendor->range_set_count + 1, sizeof(*ids));

	for (size_t i = 0; ids && i < vendor->range_set_count; i++)
		ids[i] = vendor->range_sets[i]->id;
	unknown_reference(reader, node, "range set or site group", ids, ids ? vendor->range_set_count : 0);
}

static void unknown_host_set(struct reader *reader, const struct node *node)
{
	const struct vendor *vendor = reader->vendor;
	CLEANUP_FREE const char **ids = calloc(vendor->host_set_count + 1, sizeof(*ids));

	for (size_t i = 0; ids && i < vendor->host_set_count; i++)
		ids[i] = vendor->host_sets[i]->id;
	unknown_reference(reader, node, "host set", ids, ids ? vendor->host_set_count : 0);
}

static void read_remote(struct reader *reader, const struct node *value, void *field)
{
	struct service *service = field;

	service->remotes = reader_alloc(reader, items_count(value), sizeof(*service->remotes));
	for (const struct node *item = items_first(value); service->remotes && item; item = items_next(value, item)) {
		const char *text = scalar_text(reader, item);
		struct range_set *set = text ? range_set_find(reader->vendor, text) : NULL;

		if (text && strcmp(text, "any") == 0)
			service->remote_any = true;
		else if (set)
			service->remotes[service->remote_count++] = set;
		else if (text)
			unknown_range(reader, item);
	}
}

static void read_host_sets(struct reader *reader, const struct node *value, void *field)
{
	struct service *service = field;

	service->host_sets = reader_alloc(reader, items_count(value), sizeof(*service->host_sets));
	for (const struct node *item = items_first(value); service->host_sets && item; item = items_next(value, item)) {
		const char *text = scalar_text(reader, item);
		struct host_set *set = text ? host_set_find(reader->vendor, text) : NULL;

		if (set)
			service->host_sets[service->host_set_count++] = set;
		else if (text)
			unknown_host_set(reader, item);
	}
}

static void read_sources(struct reader *reader, const struct node *value, void *field)
{
	struct service *service = field;
	struct strings strings = {};

	read_strings(reader, value, &strings);
	service->sources = strings.items;
	service->source_count = strings.count;
}

static void read_direction(struct reader *reader, const struct node *value, void *field)
{
	static const struct word words[] = { { "in", VX_DIRECTION_IN },
					     { "out", VX_DIRECTION_OUT },
					     { "both", VX_DIRECTION_NONE } };
	uint64_t direction;

	if (word_read(reader, value, "direction", words, ARRAY_SIZE(words), &direction))
		*(enum vx_direction *)field = (enum vx_direction)direction;
}

const struct word platform_words[PLATFORM_WORDS] = {
	{ "web", PLATFORM_WEB },     { "mobile", PLATFORM_MOBILE },
	{ "phone", PLATFORM_PHONE }, { "communicator", PLATFORM_COMMUNICATOR },
	{ "edge", PLATFORM_EDGE },
};

static void read_platforms(struct reader *reader, const struct node *value, void *field)
{
	uint64_t platform;

	for (const struct node *item = items_first(value); item; item = items_next(value, item))
		if (word_read(reader, item, "platform", platform_words, PLATFORM_WORDS, &platform))
			*(unsigned *)field |= (unsigned)platform;
}

static void label_read(struct reader *reader, const struct node *entry, void *context)
{
	struct service *service = context;
	struct label *label = &service->labels[service->label_count];

	label->name = entry->key->text;
	read_text(reader, entry, &label->value);
	if (label->value)
		service->label_count++;
}

static void read_labels(struct reader *reader, const struct node *value, void *field)
{
	struct service *service = field;

	service->labels = reader_alloc(reader, value->count, sizeof(*service->labels));
	if (service->labels)
		entries_read(reader, value, "label", label_read, service);
}

static void read_priority(struct reader *reader, const struct node *value, void *field)
{
	const char *text = scalar_text(reader, value), *digits;
	char quote[TEXT_QUOTE_MAX];
	size_t length;
	long priority;

	if (!text)
		return;
	digits = text + (text[0] == '-');
	length = strspn(digits, "0123456789");
	priority = length && length <= 4 ? strtol(text, NULL, 10) : LONG_MAX;
	if (digits[length] || (length > 1 && digits[0] == '0') || labs(priority) > PRIORITY_MAX)
		reader_error(reader, value, "got %s, expected a whole number from -%d to %d", text_quote(text, quote),
			     PRIORITY_MAX, PRIORITY_MAX);
	else
		*(int *)field = (int)priority;
}

#define FIELD(name) .offset = offsetof(struct service, name)
static const struct key service_keys[] = {
	{ "title", SHAPE_SCALAR, .read = read_text, FIELD(title) },
	{ "source", SHAPE_SCALARS, .required = true, .read = read_sources },
	{ "remote", SHAPE_SCALARS, .read = read_remote },
	{ "hosts", SHAPE_SCALARS, .read = read_host_sets },
	{ "ports", SHAPE_SCALARS, .read = read_ports, FIELD(remote_ports) },
	{ "local_ports", SHAPE_SCALARS, .fallback = "any", .read = read_local_ports, FIELD(local_ports) },
	{ "payload", SHAPE_SCALARS, .read = read_payload, FIELD(accepts) },
	{ "dscp", SHAPE_SCALARS | SHAPE_MAPPING, .read = read_dscp, FIELD(dscp) },
	{ "direction", SHAPE_SCALAR, .fallback = "both", .read = read_direction, FIELD(direction) },
	{ "platform", SHAPE_SCALARS, .read = read_platforms, FIELD(platforms) },
	{ "labels", SHAPE_MAPPING, .read = read_labels },
	{ "note", SHAPE_SCALAR, .read = read_text, FIELD(note) },
	{ "legacy", SHAPE_SCALAR, .fallback = "false", .read = read_bool, FIELD(legacy) },
	{ "third_party", SHAPE_SCALAR, .read = read_text, FIELD(third_party) },
	{ "priority", SHAPE_SCALAR, .fallback = "0", .read = read_priority, FIELD(priority) },
	{ "unseen", SHAPE_SCALAR, .read = read_text, FIELD(unseen) },
};
#undef FIELD
static const struct mapping service_mapping = { "a service", service_keys, ARRAY_SIZE(service_keys) };

/* A row that cannot be seen says nothing of packets. */
static void unseen_check(struct reader *reader, const struct values *values)
{
	static const char *const about_packets[] = { "remote",	"hosts", "ports",   "local_ports",
						     "payload", "dscp",	 "priority" };

	for (size_t i = 0; i < ARRAY_SIZE(about_packets); i++) {
		const struct node *value = values_get(values, &service_mapping, about_packets[i]);

		if (!value || !value->key)
			continue;
		reader_error(reader, value->key, "`%s` beside `unseen`: what cannot be seen has nothing to compare",
			     about_packets[i]);
		return; /* one mistake: either the service is unseen or it is not */
	}
}

static void seen_check(struct reader *reader, const struct node *entry, const struct values *values)
{
	static const char *const needed[] = { "ports", "payload" };

	if (!values_get(values, &service_mapping, "remote") && !values_get(values, &service_mapping, "hosts"))
		reader_error(reader, entry->key,
			     "a service needs the key `remote` or `hosts`, or `unseen` with a reason");
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!values_get(values, &service_mapping, needed[i]))
			reader_error(reader, entry->key, "a service needs the key `%s`", needed[i]);
}

static void service_read(struct reader *reader, const struct node *entry, void *context)
{
	struct vendor *vendor = context;
	struct service *service = &vendor->services[vendor->service_count++];
	struct values values;

	service->id = entry->key->text;
	service->at = entry->key->at;
	if (!mapping_read(reader, entry, entry->key->at, &service_mapping, service, &values))
		return;
	if (values_get(&values, &service_mapping, "unseen"))
		unseen_check(reader, &values);
	else
		seen_check(reader, entry, &values);
}

void read_services(struct reader *reader, const struct node *value, void *field)
{
	struct vendor *vendor = field;

	vendor->services = reader_alloc(reader, value->count, sizeof(*vendor->services));
	if (vendor->services)
		entries_read(reader, value, "service", service_read, vendor);
}
