/* SPDX-License-Identifier: BSD-2-Clause */
/* `groups:`, `placeholders:` and `files:` of the site file. */
#include "profile/site.h"

#include <string.h>

#include "lib/cleanup.h"
#include "profile/paths.h"
#include "profile/placeholders.h"

/* `id` or `vendor.id`; for files only the latter, since two vendors may call different lists by one name. */
static bool name_check(struct reader *reader, const struct node *key, enum site_section section)
{
	const char *dot = strchr(key->text, '.');
	char vendor[64] = "x", quote[TEXT_QUOTE_MAX];

	if (dot && (size_t)(dot - key->text) < sizeof(vendor)) {
		memcpy(vendor, key->text, (size_t)(dot - key->text));
		vendor[dot - key->text] = '\0';
	}
	if (text_is_id(vendor) && text_is_id(dot ? dot + 1 : key->text) && (dot || section != SITE_FILES))
		return true;
	reader_error(reader, key, "got %s, expected %s", text_quote(key->text, quote),
		     section == SITE_FILES ? "VENDOR.RANGE-SET, both ids" : "an id, or VENDOR.ID for one vendor only");
	return false;
}

static struct site_entry *entry_add(struct site *site, enum site_section section, const struct node *node)
{
	struct site_entry *entry = &site->of[section].entries[site->of[section].count++];

	entry->name = node->key->text;
	entry->at = node->key->at;
	return entry;
}

/* What may stand for the value of an entry, by section. */
static bool value_check(struct reader *reader, const struct node *entry, enum site_section section)
{
	bool good = entry->kind == NODE_SCALAR || (entry->kind == NODE_LIST && section != SITE_FILES && entry->count);

	if (!good && entry->kind != NODE_REFUSED)
		reader_error(reader, entry, "expected %s",
			     section == SITE_FILES  ? "the path of a file" :
			     section == SITE_GROUPS ? "a prefix, or a list of at least one" :
						      "a value, or a list of at least one");
	return good;
}

static void value_read(struct reader *reader, const struct node *node, enum site_section section,
		       struct site_entry *entry)
{
	const char *path;

	if (section == SITE_GROUPS) {
		read_prefixes(reader, node, &entry->ranges);
	} else if (section == SITE_PLACEHOLDERS) {
		placeholder_values_read(reader, node, &entry->values);
	} else {
		path = scalar_text(reader, node);
		entry->path = path ? path_beside(reader, reader->path, path) : NULL;
	}
}

static void section_read(struct reader *reader, const struct node *node, struct site *site, enum site_section section)
{
	site->of[section].entries = reader_alloc(reader, node->count, sizeof(struct site_entry));
	if (!site->of[section].entries)
		return;
	(void)entries_are_unique(reader, node, "name"); /* read all the same: what they say may be wrong too */
	for (const struct node *entry = node->first; entry; entry = entry->next)
		if (entry->key->kind == NODE_SCALAR && name_check(reader, entry->key, section) &&
		    value_check(reader, entry, section))
			value_read(reader, entry, section, entry_add(site, section, entry));
}

static void read_groups(struct reader *reader, const struct node *value, void *field)
{
	section_read(reader, value, field, SITE_GROUPS);
}

static void read_values(struct reader *reader, const struct node *value, void *field)
{
	section_read(reader, value, field, SITE_PLACEHOLDERS);
}

static void read_files(struct reader *reader, const struct node *value, void *field)
{
	section_read(reader, value, field, SITE_FILES);
}

void site_read(struct reader *reader, const struct node *root, struct site *site)
{
	static const struct key keys[] = {
		{ "voxdp", SHAPE_SCALAR, .required = true, .read = read_version },
		{ "groups", SHAPE_MAPPING | SHAPE_MAY_BE_EMPTY, .read = read_groups },
		{ "placeholders", SHAPE_MAPPING | SHAPE_MAY_BE_EMPTY, .read = read_values },
		{ "files", SHAPE_MAPPING | SHAPE_MAY_BE_EMPTY, .read = read_files },
	};
	static const struct mapping mapping = { "a site file", keys, ARRAY_SIZE(keys) };

	if (version_is_known(reader, root))
		(void)mapping_read(reader, root, root->at, &mapping, site, NULL); /* what is wrong is in the diags */
}

static bool is_qualified(const char *name, const char *vendor, const char *id)
{
	size_t length = strlen(vendor);

	return strncmp(name, vendor, length) == 0 && name[length] == '.' && (!id || strcmp(name + length + 1, id) == 0);
}

const struct site_entry *site_find(struct site *site, enum site_section section, const char *vendor, const char *id)
{
	struct site_entry *found = NULL;

	for (size_t i = 0; site && i < site->of[section].count; i++) {
		struct site_entry *entry = &site->of[section].entries[i];
		bool own = vendor && is_qualified(entry->name, vendor, id);

		if (!own && strcmp(entry->name, id) != 0)
			continue;
		entry->used = true; /* also where the other one wins: it is no misspelling */
		if (own || !found)
			found = entry;
	}
	return found;
}

static bool vendor_is_absent(const char *name, const struct profile_set *set)
{
	if (!strchr(name, '.'))
		return false;
	for (size_t i = 0; i < set->vendor_count; i++)
		if (is_qualified(name, set->vendors[i].id, NULL))
			return false;
	return true;
}

void site_check_used(struct diags *diags, const struct site *site, const struct profile_set *set)
{
	static const char *const what[] = { "site group", "placeholder", "range set with a `file`" };

	for (size_t section = 0; section < _SITE_SECTION_MAX; section++)
		for (size_t i = 0; i < site->of[section].count; i++) {
			const struct site_entry *entry = &site->of[section].entries[i];

			if (!entry->used && !vendor_is_absent(entry->name, set))
				diag_add(diags, SEVERITY_WARNING, entry->at, "no profile has a %s \"%s\"",
					 what[section], entry->name);
		}
}
