/* SPDX-License-Identifier: BSD-2-Clause */
/* `file:` of a range set: which file, which entries of it. */
#include <errno.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/file.h"
#include "profile/paths.h"
#include "profile/ranges.h"
#include "profile/site.h"

static void read_format(struct reader *reader, const struct node *value, void *field)
{
	static const struct word words[] = { { "text", false }, { "json", true } };
	uint64_t is_json;

	if (word_read(reader, value, "format", words, ARRAY_SIZE(words), &is_json))
		*(bool *)field = is_json;
}

static void read_path(struct reader *reader, const struct node *value, void *field)
{
	struct list_file *file = field;

	file->at = value->at;
	read_text(reader, value, &file->path);
}

static void read_where(struct reader *reader, const struct node *value, void *field)
{
	struct list_file *file = field;

	if (value->count > LIST_SELECTORS_MAX) {
		reader_error(reader, value, "got %zu members, expected at most %u", value->count, LIST_SELECTORS_MAX);
		return;
	}
	file->where = reader_alloc(reader, value->count, sizeof(*file->where));
	if (!file->where)
		return;
	(void)entries_are_unique(reader, value, "member"); /* read on: what they say may be wrong too */
	for (const struct node *entry = value->first; entry; entry = entry->next) {
		struct list_filter *filter = &file->where[file->where_count++];

		filter->member = entry->key->text;
		if (entry->kind == NODE_MAPPING || (entry->kind == NODE_LIST && entry->count == 0))
			reader_error(reader, entry, "expected a value of the member, or a list of at least one");
		else if (entry->kind != NODE_REFUSED)
			read_strings(reader, entry, &filter->values);
	}
}

/* The selector belongs to JSON; a list of keys has as many members. */
static void selector_check(struct reader *reader, const struct node *node, const struct mapping *mapping,
			   const struct list_file *file, const struct values *values)
{
	static const char *const selectors[] = { "list", "prefix", "where", "region" };

	for (size_t i = 0; i < ARRAY_SIZE(selectors); i++) {
		const struct node *value = values_get(values, mapping, selectors[i]);

		if (value && !file->is_json && value->key)
			reader_error(reader, value->key, "`%s` selects from a list of `format: json`, this one is text",
				     selectors[i]);
		else if (!value && file->is_json && i < 2)
			diag_add(reader->diags, SEVERITY_ERROR, node->key->at, "a JSON list needs the key `%s`",
				 selectors[i]);
		if (value && !file->is_json)
			return; /* one mistake: the format */
	}
	if (file->is_json && file->lists.count > LIST_SELECTORS_MAX)
		reader_error(reader, values_get(values, mapping, "list"), "got %zu arrays, expected at most %u",
			     file->lists.count, LIST_SELECTORS_MAX);
	if (file->is_json && file->lists.count && file->members.count && file->lists.count != file->members.count)
		reader_error(reader, values_get(values, mapping, "prefix"),
			     "got %zu members for %zu arrays, expected one for each of `list`", file->members.count,
			     file->lists.count);
}

void read_list_file(struct reader *reader, const struct node *value, void *field)
{
	static const struct key keys[] = {
		{ "path", SHAPE_SCALAR, .required = true, .read = read_path },
		{ "format", SHAPE_SCALAR, .fallback = "text", .read = read_format,
		  .offset = offsetof(struct list_file, is_json) },
		{ "list", SHAPE_SCALARS, .read = read_strings, .offset = offsetof(struct list_file, lists) },
		{ "prefix", SHAPE_SCALARS, .read = read_strings, .offset = offsetof(struct list_file, members) },
		{ "where", SHAPE_MAPPING, .read = read_where },
		{ "region", SHAPE_SCALAR, .read = read_text, .offset = offsetof(struct list_file, region) },
		{ "optional", SHAPE_SCALAR, .read = read_bool, .offset = offsetof(struct list_file, optional) },
	};
	static const struct mapping mapping = { "a list file", keys, ARRAY_SIZE(keys) };
	struct list_file *file = field;
	size_t errors = reader->diags->errors;
	struct values values;

	if (!mapping_read(reader, value, value->key->at, &mapping, file, &values))
		return;
	if (reader->diags->errors == errors)
		selector_check(reader, value, &mapping, file, &values);
	file->present = reader->diags->errors == errors; /* a file is not read by a broken selector */
}

/* The path that the site file gives wins, and must be there. */
static const char *path_choose(struct reader *reader, const char *set_id, const struct list_file *file,
			       struct mark *ret_at, bool *ret_optional)
{
	const struct site_entry *given = site_find(reader->site, SITE_FILES, reader->vendor->id, set_id);

	*ret_at = given ? given->at : file->at;
	*ret_optional = !given && file->optional;
	return given ? given->path : path_beside(reader, reader->path, file->path);
}

bool list_file_load(struct reader *reader, const char *set_id, struct list_file *file, struct range_list *ret)
{
	struct list_source source = { .file = file };
	CLEANUP_FREE char *bytes = NULL;
	size_t errors = reader->diags->errors;
	struct mark at;
	bool optional;
	int err;

	source.path = path_choose(reader, set_id, file, &at, &optional);
	if (!source.path)
		return false;
	file->read_from = source.path;
	err = file_read(source.path, LIST_BYTES_MAX, &bytes, &source.size);
	if (err == -ENOENT && optional) {
		diag_add(reader->diags, SEVERITY_NOTE, at,
			 "the list %s is not there; the site file may name it: `files: {%s.%s: PATH}`", source.path,
			 reader->vendor->id ? reader->vendor->id : "VENDOR", set_id);
		return false;
	}
	if (err) {
		diag_add(reader->diags, SEVERITY_ERROR, at, "cannot read the list %s: %s", source.path,
			 path_error_text(-err));
		return false;
	}
	source.bytes = bytes;
	if (file->is_json)
		list_json_read(reader, &source, ret);
	else
		list_text_read(reader, &source, ret);
	if (ret->count == 0 && reader->diags->errors == errors)
		diag_add(reader->diags, SEVERITY_WARNING, at, "the list %s yields no prefix", source.path);
	ranges_cover(ret);
	return true;
}
