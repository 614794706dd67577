/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists as JSON: arrays of objects at the top level, of which one member holds the prefix, as AWS and others publish
 * them. jansson keeps no places, so a bad entry is named by its array and index.
 */
#include <jansson.h>
#include <string.h>

#include "lib/cleanup.h"
#include "profile/ranges.h"

struct json_reader {
	struct reader *reader;
	const struct list_source *source;
	struct range_list *list;
};

static struct mark whole_file(const struct json_reader *r)
{
	return (struct mark){ .file = r->source->path };
}

static bool strings_have(const struct strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->count; i++)
		if (strcmp(strings->items[i], text) == 0)
			return true;
	return false;
}

/* Does the entry pass every filter? A member that is absent, or no string, passes none. */
static bool is_wanted(const struct list_file *file, json_t *entry)
{
	for (size_t i = 0; i < file->where_count; i++) {
		const char *text = json_string_value(json_object_get(entry, file->where[i].member));

		if (!text || !strings_have(&file->where[i].values, text))
			return false;
	}
	return true;
}

static const char *region_copy(struct json_reader *r, json_t *entry)
{
	const char *region = NULL;
	char *copy;

	if (r->source->file->region)
		region = json_string_value(json_object_get(entry, r->source->file->region));
	if (!region || !region[0])
		return NULL;
	copy = arena_strndup(r->reader->arena, region, strlen(region));
	if (!copy)
		r->reader->out_of_memory = true;
	return copy;
}

/* Returns whether the entry has the member at all; others in the same array may be of the other family. */
static bool entry_read(struct json_reader *r, const char *array, const char *member, size_t index, json_t *entry)
{
	struct range *range = &r->list->items[r->list->count];
	json_t *value = json_object_get(entry, member);
	char problem[PREFIX_PROBLEM_MAX];

	if (!value)
		return false;
	if (!is_wanted(r->source->file, entry))
		return true;
	if (!json_is_string(value))
		(void)strcpy(problem, "expected text");
	else if (prefix_check(json_string_value(value), &range->prefix, problem))
		problem[0] = '\0';
	if (problem[0]) {
		diag_add(r->reader->diags, SEVERITY_ERROR, whole_file(r), "%s[%zu].%s: %s", array, index, member,
			 problem);
		return true;
	}
	range->region = region_copy(r, entry);
	range->at = whole_file(r);
	range->valid_from = DAY_FIRST;
	range->valid_until = DAY_LAST;
	r->list->count++;
	return true;
}

static void array_read(struct json_reader *r, const char *name, const char *member, json_t *array)
{
	char name_quote[TEXT_QUOTE_MAX], member_quote[TEXT_QUOTE_MAX];
	bool has_member = false;
	size_t index;
	json_t *entry;

	json_array_foreach(array, index, entry) has_member |= entry_read(r, name, member, index, entry);
	if (!has_member)
		diag_add(r->reader->diags, SEVERITY_ERROR, whole_file(r), "no entry of the array %s has the member %s",
			 text_quote(name, name_quote), text_quote(member, member_quote));
}

/* Room for every entry of every array; reports arrays that are not there. */
static bool room_make(struct json_reader *r, json_t *root)
{
	const struct strings *names = &r->source->file->lists;
	char quote[TEXT_QUOTE_MAX];
	size_t room = 0;

	for (size_t i = 0; i < names->count; i++) {
		json_t *array = json_object_get(root, names->items[i]);

		if (!json_is_array(array)) {
			diag_add(r->reader->diags, SEVERITY_ERROR, whole_file(r),
				 "the list has no array %s at its top level", text_quote(names->items[i], quote));
			return false;
		}
		room += json_array_size(array);
	}
	if (room > LIST_ENTRIES_MAX) {
		diag_add(r->reader->diags, SEVERITY_ERROR, whole_file(r), "%zu entries, expected at most %u", room,
			 LIST_ENTRIES_MAX);
		return false;
	}
	r->list->items = reader_alloc(r->reader, room + 1, sizeof(*r->list->items));
	return r->list->items != NULL;
}

void list_json_read(struct reader *reader, const struct list_source *source, struct range_list *ret)
{
	struct json_reader r = { reader, source, ret };
	json_error_t error;
	json_t *root = json_loadb(source->bytes, source->size, JSON_REJECT_DUPLICATES, &error);

	if (!root) {
		struct mark at = { source->path, (unsigned)(error.line > 0 ? error.line : 1),
				   (unsigned)(error.column > 0 ? error.column : 1) };

		diag_add(reader->diags, SEVERITY_ERROR, at, "not valid JSON: %s", error.text);
		return;
	}
	if (room_make(&r, root))
		for (size_t i = 0; i < source->file->lists.count; i++)
			array_read(&r, source->file->lists.items[i], source->file->members.items[i],
				   json_object_get(root, source->file->lists.items[i]));
	json_decref(root);
}
