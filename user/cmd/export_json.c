/* SPDX-License-Identifier: BSD-2-Clause */
/* jansson's setters take NULL and fail, so that memory that runs out shows at the end: each builder checks once. */
#include "cmd/export_json.h"

#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/day.h"
#include "lib/words.h"
#include "profile/write.h"
#include "profile/write_profile.h"

/* @object, or NULL and nothing left of it where @err is set. */
static json_t *whole(json_t *object, int err)
{
	if (!err)
		return object;
	json_decref(object);
	return NULL;
}

/* Takes the list's items away. */
static json_t *list_json(struct text_list *list)
{
	json_t *array = json_array();
	int err = list->out_of_memory;

	for (size_t i = 0; i < list->count; i++)
		err |= json_array_append_new(array, json_string(list->items[i]));
	text_list_fini(list);
	return whole(array, err);
}

static json_t *day_json(int32_t day, int32_t always)
{
	char text[DAY_TEXT_MAX];

	if (day == always)
		return json_null();
	day_format(day, text);
	return json_string(text);
}

static json_t *range_json(const struct range *range)
{
	char prefix[PREFIX_TEXT_MAX];

	prefix_format(&range->prefix, prefix);
	return json_pack("{s:s, s:s?, s:s?, s:o, s:o}", "prefix", prefix, "region", range->region, "source",
			 range->source, "valid_from", day_json(range->valid_from, DAY_FIRST), "valid_until",
			 day_json(range->valid_until, DAY_LAST));
}

static json_t *range_set_json(const struct range_set *set)
{
	size_t count = 0;
	CLEANUP_FREE const struct range **sorted = ranges_sorted(set, &count);
	json_t *prefixes = json_array();
	int err = !sorted;

	for (size_t i = 0; i < count; i++)
		err |= json_array_append_new(prefixes, range_json(sorted[i]));
	return json_pack("{s:s, s:s?, s:s, s:s?, s:b, s:b, s:s?, s:o}", "id", set->id, "title", set->title, "claim",
			 claim_word(set->claim), "source", set->source, "site_group", set->site_group, "defined",
			 set->defined, "list", set->list_path, "prefixes", whole(prefixes, err));
}

static json_t *host_json(const struct host *host)
{
	struct text_list pattern = {};
	json_t *object;

	write_host(&pattern, host);
	object = pattern.count ? json_pack("{s:s, s:s, s:s?, s:b}", "pattern", pattern.items[0], "template",
					   host->template, "planned", host->planned, "idle", host->idle) :
				 NULL;
	text_list_fini(&pattern);
	return object;
}

static json_t *host_set_json(const struct host_set *set)
{
	json_t *names = json_array();
	int err = 0;

	for (size_t i = 0; i < set->host_count; i++)
		err |= json_array_append_new(names, host_json(&set->hosts[i]));
	return json_pack("{s:s, s:s?, s:s?, s:o}", "id", set->id, "title", set->title, "source", set->source, "names",
			 whole(names, err));
}

static json_t *labels_json(const struct service *service)
{
	json_t *labels = json_object();
	int err = 0;

	for (size_t i = 0; i < service->label_count; i++)
		err |= json_object_set_new(labels, service->labels[i].name, json_string(service->labels[i].value));
	return whole(labels, err);
}

static json_t *dscp_json(uint64_t code_points)
{
	struct text_list list = {};

	write_dscp(&list, code_points);
	return list_json(&list);
}

/* What a packet is compared with. */
static int match_set(json_t *object, const struct service *service)
{
	struct text_list remotes = {}, hosts = {}, ports = {}, local = {}, payload = {};
	int err;

	if (service->remote_any)
		text_list_add(&remotes, "any");
	for (size_t i = 0; i < service->remote_count; i++)
		text_list_add(&remotes, "%s", service->remotes[i]->id);
	for (size_t i = 0; i < service->host_set_count; i++)
		text_list_add(&hosts, "%s", service->host_sets[i]->id);
	write_ports(&ports, service);
	write_local_ports(&local, service);
	write_payload(&payload, service->accepts);
	err = json_object_set_new(object, "remote", list_json(&remotes));
	err |= json_object_set_new(object, "hosts", list_json(&hosts));
	err |= json_object_set_new(object, "ports", list_json(&ports));
	err |= json_object_set_new(object, "local_ports", list_json(&local));
	err |= json_object_set_new(object, "payload", list_json(&payload));
	err |= json_object_set_new(object, "dscp",
				   json_pack("{s:o, s:o}", "in", dscp_json(service->dscp[VX_DIRECTION_IN]), "out",
					     dscp_json(service->dscp[VX_DIRECTION_OUT])));
	return err;
}

static json_t *service_json(const struct service *service)
{
	struct text_list sources = {}, platforms = {};
	json_t *object;
	int err = 0;

	for (size_t i = 0; i < service->source_count; i++)
		text_list_add(&sources, "%s", service->sources[i]);
	write_platforms(&platforms, service->platforms);
	object = json_pack("{s:s, s:s?, s:o, s:s, s:o, s:o, s:s?, s:b, s:s?, s:i, s:s?}", "id", service->id, "title",
			   service->title, "source", list_json(&sources), "direction",
			   write_direction(service->direction), "platform", list_json(&platforms), "labels",
			   labels_json(service), "note", service->note, "legacy", service->legacy, "third_party",
			   service->third_party, "priority", service->priority, "unseen", service->unseen);
	if (!service->unseen)
		err = match_set(object, service);
	return whole(object, err);
}

static json_t *document_json(const struct document *document)
{
	return json_pack("{s:s, s:s, s:s?}", "id", document->id, "title", document->title, "revision",
			 document->revision);
}

json_t *vendor_to_json(const struct vendor *vendor)
{
	json_t *documents = json_array(), *ranges = json_array(), *hosts = json_array(), *services = json_array();
	int err = 0;

	for (size_t i = 0; i < vendor->document_count; i++)
		err |= json_array_append_new(documents, document_json(&vendor->documents[i]));
	for (size_t i = 0; i < vendor->range_set_count; i++)
		err |= json_array_append_new(ranges, range_set_json(vendor->range_sets[i]));
	for (size_t i = 0; i < vendor->host_set_count; i++)
		err |= json_array_append_new(hosts, host_set_json(vendor->host_sets[i]));
	for (size_t i = 0; i < vendor->service_count; i++)
		err |= json_array_append_new(services, service_json(&vendor->services[i]));
	return whole(json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "vendor", vendor->id, "title", vendor->title,
			       "documents", documents, "ranges", ranges, "hosts", hosts, "services", services),
		     err);
}
