/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists as JSON: arrays of objects at the top level, of which one member holds the prefix, as AWS and others publish
 * them. Read as a stream: a tree of AWS's list would cost more than all that is done with it.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/json_stream.h"
#include "profile/ranges.h"

#define KEYS_MAX 64	 /* of one object, that are compared with one another */
#define MEMBER_BYTES 256 /* of a prefix, a region or a filtered value; no real one is near it */

struct json_reader {
	struct reader *reader;
	const struct list_source *source;
	struct json_stream json;
	struct range *items; /* owned */
	size_t count, capacity;
	size_t entries; /* of all arrays */
	bool *found;	/* owned; [array]: it was there */
};

/* Keys of an object that have been read. */
struct keys {
	struct {
		const char *text;
		size_t length;
	} items[KEYS_MAX];
	size_t count;
};

/* An entry of an array as far as it is read. */
struct entry {
	struct mark at; /* of the prefix */
	char prefix[MEMBER_BYTES], region[MEMBER_BYTES];
	bool has_prefix, prefix_is_text;
	uint64_t passed; /* bit i: it passes filter i */
	struct keys keys;
};

static struct mark whole_file(const struct json_reader *r)
{
	return (struct mark){ .file = r->source->path };
}

static struct mark place(struct json_reader *r)
{
	struct mark at = { .file = r->source->path };

	json_stream_place(&r->json, &at.line, &at.column);
	return at;
}

/* Returns false, for whoever reads on. */
static bool not_json(struct json_reader *r, const char *problem)
{
	diag_add(r->reader->diags, SEVERITY_ERROR, place(r), "not valid JSON: %s", problem);
	return false;
}

/* The next token; errors are reported. */
static enum json_token next(struct json_reader *r)
{
	enum json_token token = json_stream_next(&r->json);

	if (token == JSON_TOKEN_ERROR)
		not_json(r, r->json.problem);
	return token;
}

static bool skip(struct json_reader *r, enum json_token token)
{
	return json_stream_skip(&r->json, token) || not_json(r, r->json.problem);
}

static bool key_is_new(struct json_reader *r, struct keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		if (keys->items[i].length == r->json.length &&
		    !memcmp(keys->items[i].text, r->json.text, r->json.length))
			return not_json(r, "duplicate object key");
	if (keys->count < KEYS_MAX) {
		keys->items[keys->count].text = r->json.text;
		keys->items[keys->count++].length = r->json.length;
	}
	return true;
}

/* ---- entries --------------------------------------------------------------------------------------------------- */

static bool strings_have(const struct strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->count; i++)
		if (strcmp(strings->items[i], text) == 0)
			return true;
	return false;
}

/* The text of a member, "" where it is none; what is too long to be one is cut to nothing too. */
static void member_copy(const struct json_reader *r, enum json_token token, char text[MEMBER_BYTES])
{
	if (token != JSON_TOKEN_STRING || json_stream_copy(&r->json, text, MEMBER_BYTES) < 0)
		text[0] = '\0';
}

/* Reads the value of the member whose key has just been read. */
static bool member_read(struct json_reader *r, const char *member, struct entry *entry)
{
	const struct list_file *file = r->source->file;
	bool is_prefix = json_stream_is(&r->json, member),
	     is_region = file->region && json_stream_is(&r->json, file->region);
	uint64_t filters = 0;
	enum json_token token;

	for (size_t i = 0; i < file->where_count; i++)
		filters |= (uint64_t)json_stream_is(&r->json, file->where[i].member) << i;
	token = next(r);
	if (is_prefix) {
		entry->has_prefix = true;
		entry->prefix_is_text = token == JSON_TOKEN_STRING;
		entry->at = place(r);
		member_copy(r, token, entry->prefix);
	}
	if (is_region)
		member_copy(r, token, entry->region);
	if (filters) {
		char text[MEMBER_BYTES];

		member_copy(r, token, text);
		for (size_t i = 0; i < file->where_count; i++)
			if ((filters >> i & 1) && token == JSON_TOKEN_STRING &&
			    strings_have(&file->where[i].values, text))
				entry->passed |= 1ULL << i;
	}
	return skip(r, token);
}

static const char *region_copy(struct json_reader *r, const char *region)
{
	char *copy;

	/* Neighbours are often of one region: then they share its text. */
	if (r->count && r->items[r->count - 1].region && strcmp(r->items[r->count - 1].region, region) == 0)
		return r->items[r->count - 1].region;
	copy = region[0] ? arena_strndup(r->reader->arena, region, strlen(region)) : NULL;
	if (region[0] && !copy)
		r->reader->out_of_memory = true;
	return copy;
}

static bool room_make(struct json_reader *r)
{
	size_t capacity = r->capacity ? 2 * r->capacity : 1024;
	struct range *items;

	if (r->count < r->capacity)
		return true;
	items = reallocarray(r->items, capacity, sizeof(*items));
	if (!items) {
		r->reader->out_of_memory = true;
		return false;
	}
	r->items = items;
	r->capacity = capacity;
	return true;
}

/* A whole entry that has the member. */
static bool entry_add(struct json_reader *r, const char *array, const char *member, size_t index,
		      const struct entry *entry)
{
	const struct list_file *file = r->source->file;
	const uint64_t all = (1ULL << file->where_count) - 1;
	struct range range = { .at = entry->at, .valid_from = DAY_FIRST, .valid_until = DAY_LAST };
	char problem[PREFIX_PROBLEM_MAX] = "expected text";

	if (entry->passed != all)
		return true;
	if (!entry->prefix_is_text || !prefix_check(entry->prefix, &range.prefix, problem)) {
		diag_add(r->reader->diags, SEVERITY_ERROR, entry->at, "%s[%zu].%s: %s", array, index, member, problem);
		return true;
	}
	if (!room_make(r))
		return false;
	range.region = region_copy(r, entry->region);
	r->items[r->count++] = range;
	return true;
}

/* Reads an entry; others in the same array may be of the other family and lack the member. */
static bool entry_read(struct json_reader *r, const char *array, const char *member, size_t index, bool *has_member)
{
	struct entry entry;
	enum json_token token;

	entry.has_prefix = false;
	entry.passed = 0;
	entry.region[0] = '\0';
	entry.keys.count = 0;
	while ((token = next(r)) == JSON_TOKEN_KEY)
		if (!key_is_new(r, &entry.keys) || !member_read(r, member, &entry))
			return false;
	if (token == JSON_TOKEN_ERROR)
		return false;
	*has_member |= entry.has_prefix;
	return !entry.has_prefix || entry_add(r, array, member, index, &entry);
}

/* ---- arrays ---------------------------------------------------------------------------------------------------- */

static bool array_read(struct json_reader *r, const char *name, const char *member)
{
	char name_quote[TEXT_QUOTE_MAX], member_quote[TEXT_QUOTE_MAX];
	bool has_member = false;
	enum json_token token;

	for (size_t index = 0; (token = next(r)) != JSON_TOKEN_ARRAY_END; index++) {
		if (token == JSON_TOKEN_ERROR)
			return false;
		if (++r->entries > LIST_ENTRIES_MAX) {
			diag_add(r->reader->diags, SEVERITY_ERROR, place(r), "more than %u entries", LIST_ENTRIES_MAX);
			return false;
		}
		if (token == JSON_TOKEN_OBJECT ? !entry_read(r, name, member, index, &has_member) : !skip(r, token))
			return false;
	}
	if (!has_member)
		diag_add(r->reader->diags, SEVERITY_ERROR, whole_file(r), "no entry of the array %s has the member %s",
			 text_quote(name, name_quote), text_quote(member, member_quote));
	return true;
}

/*
 * One member of the document: an array that the profile names, or anything else. Named twice, for two members of its
 * entries, it is read twice.
 */
static bool top_read(struct json_reader *r)
{
	const struct strings *names = &r->source->file->lists;
	uint64_t wanted = 0;
	enum json_token token;
	struct json_stream begin;

	for (size_t i = 0; i < names->count; i++)
		wanted |= (uint64_t)json_stream_is(&r->json, names->items[i]) << i;
	token = next(r);
	if (!wanted || token != JSON_TOKEN_ARRAY)
		return skip(r, token);
	begin = r->json;
	for (size_t i = 0; i < names->count; i++) {
		if (!(wanted >> i & 1))
			continue;
		r->json = begin;
		r->found[i] = true;
		if (!array_read(r, names->items[i], r->source->file->members.items[i]))
			return false;
	}
	return true;
}

static bool document_read(struct json_reader *r)
{
	struct keys keys = {};
	enum json_token token = next(r);

	if (token != JSON_TOKEN_OBJECT)
		return skip(r, token) && next(r) == JSON_TOKEN_END;
	while ((token = next(r)) == JSON_TOKEN_KEY)
		if (!key_is_new(r, &keys) || !top_read(r))
			return false;
	return token == JSON_TOKEN_OBJECT_END && next(r) == JSON_TOKEN_END;
}

static void absent_report(const struct json_reader *r)
{
	const struct strings *names = &r->source->file->lists;
	char quote[TEXT_QUOTE_MAX];

	for (size_t i = 0; i < names->count; i++)
		if (!r->found[i]) {
			diag_add(r->reader->diags, SEVERITY_ERROR, whole_file(r),
				 "the list has no array %s at its top level", text_quote(names->items[i], quote));
			return; /* one mistake: it is another file */
		}
}

static void reader_fini(struct json_reader *r)
{
	free(r->items);
	free(r->found);
}

void list_json_read(struct reader *reader, const struct list_source *source, struct range_list *ret)
{
	CLEANUP(reader_fini) struct json_reader r = { .reader = reader, .source = source };

	r.found = calloc(source->file->lists.count + 1, sizeof(*r.found));
	if (!r.found) {
		reader->out_of_memory = true;
		return;
	}
	json_stream_begin(&r.json, source->bytes, source->size);
	if (!document_read(&r))
		return;
	absent_report(&r);
	ret->items = reader_alloc(reader, r.count + 1, sizeof(*ret->items));
	if (!ret->items)
		return;
	if (r.count)
		memcpy(ret->items, r.items, r.count * sizeof(*ret->items));
	ret->count = r.count;
}
