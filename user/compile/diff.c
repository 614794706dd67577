/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything is compared in the words of the language: two models that would be written alike are alike. */
#include "compile/diff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/day.h"
#include "lib/text_list.h"
#include "lib/words.h"
#include "profile/write.h"
#include "profile/write_profile.h"

const char *const change_words[_CHANGE_KIND_MAX] = {
	[CHANGE_ADDED] = "added",
	[CHANGE_REMOVED] = "removed",
	[CHANGE_CHANGED] = "changed",
};

/* Where a comparison is. */
struct place {
	struct changes *changes;
	const char *vendor, *section, *id;
};

/* Takes both texts. */
static void change_add(const struct place *place, const char *what, char *before, char *after, enum change_kind kind)
{
	struct changes *changes = place->changes;

	if (changes->count == changes->capacity) {
		size_t capacity = changes->capacity ? 2 * changes->capacity : 32;
		struct change *items = reallocarray(changes->items, capacity, sizeof(*items));

		if (!items) {
			changes->out_of_memory = true;
			free(before);
			free(after);
			return;
		}
		changes->items = items;
		changes->capacity = capacity;
	}
	changes->items[changes->count++] =
		(struct change){ kind, place->vendor, place->section, place->id, what, before, after };
}

static char *copy(const struct place *place, const char *text)
{
	char *result = text ? strdup(text) : NULL;

	if (text && !result)
		place->changes->out_of_memory = true;
	return result;
}

/* NULL: nothing is said there. */
static void compare_texts(const struct place *place, const char *what, const char *before, const char *after)
{
	if (before == after || (before && after && strcmp(before, after) == 0))
		return;
	change_add(place, what, copy(place, before), copy(place, after),
		   !before ? CHANGE_ADDED :
		   !after  ? CHANGE_REMOVED :
			     CHANGE_CHANGED);
}

static void entry_change(const struct place *place, bool before, bool after)
{
	if (before != after)
		change_add(place, NULL, NULL, NULL, after ? CHANGE_ADDED : CHANGE_REMOVED);
}

/* Takes the items of both lists. */
static void compare_lists(const struct place *place, const char *what, struct text_list *before,
			  struct text_list *after)
{
	CLEANUP_FREE char *old = text_list_join(before, ", ");
	CLEANUP_FREE char *new = text_list_join(after, ", ");

	if (!old || !new)
		place->changes->out_of_memory = true;
	else
		compare_texts(place, what, *old ? old : NULL, *new ? new : NULL);
	text_list_fini(before);
	text_list_fini(after);
}

/* ---- ranges ---------------------------------------------------------------------------------------------------- */

static int range_order(const struct range *a, const struct range *b)
{
	int order = prefix_compare(&a->prefix, &b->prefix);

	return order ? order : (a->valid_from > b->valid_from) - (a->valid_from < b->valid_from);
}

/* `192.0.2.0/24, region Virginia, until 2026-07-01` */
static char *range_text(const struct place *place, const struct range *range)
{
	CLEANUP(text_list_fini) struct text_list parts = {};
	char prefix[PREFIX_TEXT_MAX], day[DAY_TEXT_MAX];
	char *text;

	prefix_format(&range->prefix, prefix);
	text_list_add(&parts, "%s", prefix);
	if (range->region)
		text_list_add(&parts, "region %s", range->region);
	if (range->valid_from != DAY_FIRST) {
		day_format(range->valid_from, day);
		text_list_add(&parts, "from %s", day);
	}
	if (range->valid_until != DAY_LAST) {
		day_format(range->valid_until, day);
		text_list_add(&parts, "until %s", day);
	}
	text = text_list_join(&parts, ", ");
	if (!text)
		place->changes->out_of_memory = true;
	return text;
}

static void compare_range(const struct place *place, const struct range *before, const struct range *after)
{
	CLEANUP_FREE char *old = before ? range_text(place, before) : NULL;
	CLEANUP_FREE char *new = after ? range_text(place, after) : NULL;

	compare_texts(place, "prefix", old, new);
	if (before && after)
		compare_texts(place, "source", before->source, after->source);
}

/* Both lists in order, side by side. */
static void compare_ranges(const struct place *place, const struct range_set *before, const struct range_set *after)
{
	size_t old_count = 0, new_count = 0, o = 0, n = 0;
	CLEANUP_FREE const struct range **old = ranges_sorted(before, &old_count);
	CLEANUP_FREE const struct range **new = ranges_sorted(after, &new_count);

	if (!old || !new) {
		place->changes->out_of_memory = true;
		return;
	}
	while (o < old_count || n < new_count) {
		int order = o == old_count ? 1 : n == new_count ? -1 : range_order(old[o], new[n]);

		compare_range(place, order <= 0 ? old[o] : NULL, order >= 0 ? new[n] : NULL);
		o += order <= 0;
		n += order >= 0;
	}
}

static const struct range_set nothing = {};

static void compare_range_set(struct place place, const struct range_set *before, const struct range_set *after)
{
	const struct range_set *either = after ? after : before;

	place.section = either->site_group ? "site group" : "range set";
	place.id = either->id;
	entry_change(&place, before, after);
	if (before && after) {
		compare_texts(&place, "title", before->title, after->title);
		compare_texts(&place, "source", before->source, after->source);
		compare_texts(&place, "claim", claim_word(before->claim), claim_word(after->claim));
		compare_texts(&place, "list", before->list_path, after->list_path);
	}
	compare_ranges(&place, before ? before : &nothing, after ? after : &nothing);
}

static const struct range_set *range_set_named(const struct vendor *vendor, const char *id)
{
	for (size_t i = 0; i < vendor->range_set_count; i++)
		if (strcmp(vendor->range_sets[i]->id, id) == 0)
			return vendor->range_sets[i];
	return NULL;
}

static void compare_range_sets(const struct place *place, const struct vendor *before, const struct vendor *after)
{
	for (size_t i = 0; i < before->range_set_count; i++)
		if (!range_set_named(after, before->range_sets[i]->id))
			compare_range_set(*place, before->range_sets[i], NULL);
	for (size_t i = 0; i < after->range_set_count; i++)
		compare_range_set(*place, range_set_named(before, after->range_sets[i]->id), after->range_sets[i]);
}

/* ---- hosts ----------------------------------------------------------------------------------------------------- */

static void host_words(const struct host_set *set, struct text_list *ret)
{
	for (size_t h = 0; set && h < set->host_count; h++) {
		struct text_list pattern = {};

		write_host(&pattern, &set->hosts[h]);
		if (!pattern.count)
			ret->out_of_memory = true;
		else if (set->hosts[h].planned)
			text_list_add(ret, "%s, planned: %s", pattern.items[0], set->hosts[h].planned);
		else
			text_list_add(ret, "%s", pattern.items[0]);
		text_list_fini(&pattern);
	}
	text_list_sort(ret);
}

static void compare_host_set(struct place place, const struct host_set *before, const struct host_set *after)
{
	CLEANUP(text_list_fini) struct text_list old = {}, new = {};
	size_t o = 0, n = 0;

	place.section = "host set";
	place.id = after ? after->id : before->id;
	entry_change(&place, before, after);
	if (before && after) {
		compare_texts(&place, "title", before->title, after->title);
		compare_texts(&place, "source", before->source, after->source);
	}
	host_words(before, &old);
	host_words(after, &new);
	place.changes->out_of_memory |= old.out_of_memory || new.out_of_memory;
	while (o < old.count || n < new.count) {
		int order = o == old.count ? 1 : n == new.count ? -1 : strcmp(old.items[o], new.items[n]);

		compare_texts(&place, "name", order <= 0 ? old.items[o] : NULL, order >= 0 ? new.items[n] : NULL);
		o += order <= 0;
		n += order >= 0;
	}
}

static const struct host_set *host_set_named(const struct vendor *vendor, const char *id)
{
	for (size_t i = 0; i < vendor->host_set_count; i++)
		if (strcmp(vendor->host_sets[i]->id, id) == 0)
			return vendor->host_sets[i];
	return NULL;
}

static void compare_host_sets(const struct place *place, const struct vendor *before, const struct vendor *after)
{
	for (size_t i = 0; i < before->host_set_count; i++)
		if (!host_set_named(after, before->host_sets[i]->id))
			compare_host_set(*place, before->host_sets[i], NULL);
	for (size_t i = 0; i < after->host_set_count; i++)
		compare_host_set(*place, host_set_named(before, after->host_sets[i]->id), after->host_sets[i]);
}

/* ---- services -------------------------------------------------------------------------------------------------- */

static void remote_words(struct text_list *list, const struct service *service)
{
	if (service->remote_any)
		text_list_add(list, "any");
	for (size_t i = 0; i < service->remote_count; i++)
		text_list_add(list, "%s", service->remotes[i]->id);
	text_list_sort(list);
}

static void host_set_words(struct text_list *list, const struct service *service)
{
	for (size_t i = 0; i < service->host_set_count; i++)
		text_list_add(list, "%s", service->host_sets[i]->id);
	text_list_sort(list);
}

static void local_port_words(struct text_list *list, const struct service *service)
{
	if (!service->unseen)
		write_local_ports(list, service);
}

static void payload_words(struct text_list *list, const struct service *service)
{
	write_payload(list, service->accepts);
}

static void dscp_in_words(struct text_list *list, const struct service *service)
{
	write_dscp(list, service->dscp[VX_DIRECTION_IN]);
}

static void dscp_out_words(struct text_list *list, const struct service *service)
{
	write_dscp(list, service->dscp[VX_DIRECTION_OUT]);
}

static void direction_words(struct text_list *list, const struct service *service)
{
	text_list_add(list, "%s", write_direction(service->direction));
}

static void priority_words(struct text_list *list, const struct service *service)
{
	text_list_add(list, "%d", service->priority);
}

static void platform_words_of(struct text_list *list, const struct service *service)
{
	write_platforms(list, service->platforms);
}

static void label_words(struct text_list *list, const struct service *service)
{
	for (size_t i = 0; i < service->label_count; i++)
		text_list_add(list, "%s %s", service->labels[i].name, service->labels[i].value);
	text_list_sort(list);
}

static void source_words(struct text_list *list, const struct service *service)
{
	for (size_t i = 0; i < service->source_count; i++)
		text_list_add(list, "%s", service->sources[i]);
	text_list_sort(list);
}

static void legacy_words(struct text_list *list, const struct service *service)
{
	if (service->legacy)
		text_list_add(list, "true");
}

/* What is compared of a service: how it is told first, then what is for people. */
static const struct {
	const char *what;
	void (*words)(struct text_list *list, const struct service *service);
} service_lists[] = {
	{ "remote", remote_words },	     { "hosts", host_set_words },    { "ports", write_ports },
	{ "local ports", local_port_words }, { "payload", payload_words },   { "dscp in", dscp_in_words },
	{ "dscp out", dscp_out_words },	     { "priority", priority_words }, { "direction", direction_words },
	{ "platform", platform_words_of },   { "labels", label_words },	     { "source", source_words },
	{ "legacy", legacy_words },
};

static void compare_service(struct place place, const struct service *before, const struct service *after)
{
	place.section = "service";
	place.id = after ? after->id : before->id;
	entry_change(&place, before, after);
	if (!before || !after)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(service_lists); i++) {
		struct text_list old = {}, new = {};

		service_lists[i].words(&old, before);
		service_lists[i].words(&new, after);
		compare_lists(&place, service_lists[i].what, &old, &new);
	}
	compare_texts(&place, "unseen", before->unseen, after->unseen);
	compare_texts(&place, "title", before->title, after->title);
	compare_texts(&place, "third party", before->third_party, after->third_party);
	compare_texts(&place, "note", before->note, after->note);
}

static const struct service *service_named(const struct vendor *vendor, const char *id)
{
	for (size_t i = 0; i < vendor->service_count; i++)
		if (strcmp(vendor->services[i].id, id) == 0)
			return &vendor->services[i];
	return NULL;
}

static void compare_services(const struct place *place, const struct vendor *before, const struct vendor *after)
{
	for (size_t i = 0; i < before->service_count; i++)
		if (!service_named(after, before->services[i].id))
			compare_service(*place, &before->services[i], NULL);
	for (size_t i = 0; i < after->service_count; i++)
		compare_service(*place, service_named(before, after->services[i].id), &after->services[i]);
}

/* ---- vendors --------------------------------------------------------------------------------------------------- */

static void document_words(struct text_list *list, const struct vendor *vendor)
{
	for (size_t i = 0; i < vendor->document_count; i++) {
		const struct document *document = &vendor->documents[i];

		text_list_add(list, "%s%s%s", document->title, document->revision ? ", " : "",
			      document->revision ? document->revision : "");
	}
}

static void compare_documents(const struct place *place, const struct vendor *before, const struct vendor *after)
{
	struct text_list old = {}, new = {};

	document_words(&old, before);
	document_words(&new, after);
	compare_lists(place, "documents", &old, &new);
}

static void compare_vendor(struct place place, const struct vendor *before, const struct vendor *after)
{
	static const struct vendor empty = {};
	const struct vendor *old = before ? before : &empty, *new = after ? after : &empty;

	place.vendor = after ? after->id : before->id;
	entry_change(&place, before, after);
	if (before && after) {
		compare_texts(&place, "title", before->title, after->title);
		compare_documents(&place, before, after);
	}
	compare_range_sets(&place, old, new);
	compare_host_sets(&place, old, new);
	compare_services(&place, old, new);
}

int profiles_diff(const struct profile_set *before, const struct profile_set *after, struct changes *ret)
{
	CLEANUP(changes_fini) struct changes changes = {};
	const struct place place = { .changes = &changes };
	size_t o = 0, n = 0;

	/* Both are sorted by id. */
	while (o < before->vendor_count || n < after->vendor_count) {
		int order = o == before->vendor_count ? 1 :
			    n == after->vendor_count  ? -1 :
							strcmp(before->vendors[o].id, after->vendors[n].id);

		compare_vendor(place, order <= 0 ? &before->vendors[o] : NULL, order >= 0 ? &after->vendors[n] : NULL);
		o += order <= 0;
		n += order >= 0;
	}
	if (changes.out_of_memory)
		return -ENOMEM;
	*ret = changes;
	changes = (struct changes){};
	return 0;
}

void changes_fini(struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		free(changes->items[i].before);
		free(changes->items[i].after);
	}
	free(changes->items);
	*changes = (struct changes){};
}
