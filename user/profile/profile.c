/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading a set of profiles: which files, in which order, and what must hold between them. */
#include "profile/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/digest.h"
#include "lib/file.h"
#include "profile/paths.h"
#include "profile/reader.h"
#include "profile/site.h"
#include "profile/vendor.h"
#include "profile/yaml.h"

struct loader {
	struct reader reader;
	struct site site;
	struct profile_set *set;
};

void profile_set_free(struct profile_set *set)
{
	if (set)
		arena_free(set->arena); /* the set itself lives in it */
}

void profile_set_freep(struct profile_set **set)
{
	profile_set_free(*set);
}

static int profile_set_new(struct profile_set **ret)
{
	CLEANUP(arena_freep) struct arena *arena = NULL;
	struct profile_set *set;
	int err = arena_new(&arena);

	if (err)
		return err;
	set = arena_alloc(arena, sizeof(*set));
	if (!set)
		return -ENOMEM;
	set->arena = TAKE_PTR(arena);
	*ret = set;
	return 0;
}

/* Reads and parses a file; @ret_root is NULL where that failed, which is reported. @digest may be NULL. */
static int document_load(struct loader *loader, const char *path, uint8_t *digest, struct node **ret_root)
{
	CLEANUP_FREE char *bytes = NULL;
	size_t size;
	int err = file_read(path, YAML_BYTES_MAX, &bytes, &size);

	*ret_root = NULL;
	if (err == -ENOMEM)
		return err;
	if (err) {
		diag_add(loader->reader.diags, SEVERITY_ERROR, (struct mark){ .file = path }, "cannot read: %s",
			 path_error_text(-err));
		return 0;
	}
	err = digest ? digest_sha256(bytes, size, digest) : 0;
	if (err)
		return err;
	loader->reader.path = path;
	return yaml_parse(loader->set->arena, loader->reader.diags, path, bytes, size, ret_root);
}

static int site_load(struct loader *loader, const char *path)
{
	struct node *root;
	int err = document_load(loader, path, NULL, &root);

	if (err || !root)
		return err;
	site_read(&loader->reader, root, &loader->site);
	loader->reader.site = &loader->site;
	return loader->reader.out_of_memory ? -ENOMEM : 0;
}

static bool id_is_free(struct loader *loader, const struct vendor *vendor)
{
	for (size_t i = 0; i < loader->set->vendor_count; i++) {
		const struct vendor *other = &loader->set->vendors[i];

		if (strcmp(other->id, vendor->id) != 0)
			continue;
		diag_add(loader->reader.diags, SEVERITY_ERROR, vendor->at,
			 "vendor %s has a profile already, %s:%u:%u; a vendor is one file", vendor->id, other->at.file,
			 other->at.line, other->at.column);
		return false;
	}
	return true;
}

static int vendor_load(struct loader *loader, const char *path)
{
	struct vendor *vendor = &loader->set->vendors[loader->set->vendor_count];
	size_t errors = loader->reader.diags->errors;
	struct node *root;
	int err;

	*vendor = (struct vendor){};
	err = document_load(loader, path, vendor->digest, &root);
	if (err || !root)
		return err;
	vendor_read(&loader->reader, root, vendor);
	if (loader->reader.out_of_memory)
		return -ENOMEM;
	if (vendor->id && id_is_free(loader, vendor))
		loader->set->vendor_count++; /* also with errors, so that a second file of it is noticed */
	if (loader->reader.diags->errors == errors)
		vendor_remarks(loader->reader.diags, vendor, loader->reader.day);
	return 0;
}

static int vendor_compare(const void *a, const void *b)
{
	return strcmp(((const struct vendor *)a)->id, ((const struct vendor *)b)->id);
}

static int vendors_load(struct loader *loader, const struct strings *paths)
{
	struct profile_set *set = loader->set;

	set->vendors = arena_alloc(set->arena, (paths->count + 1) * sizeof(*set->vendors));
	if (!set->vendors)
		return -ENOMEM;
	for (size_t i = 0; i < paths->count; i++) {
		int err = vendor_load(loader, paths->items[i]);

		if (err)
			return err;
	}
	if (set->vendor_count)
		qsort(set->vendors, set->vendor_count, sizeof(*set->vendors), vendor_compare);
	return 0;
}

static int load(struct loader *loader, const struct profile_options *options)
{
	struct diags *diags = loader->reader.diags;
	size_t errors = diags->errors;
	struct strings paths;
	int err;

	err = profile_paths_list(loader->set->arena, diags, options->paths, options->path_count, &paths);
	if (err)
		return err;
	err = options->site_path ? site_load(loader, options->site_path) : 0;
	if (err)
		return err;
	err = vendors_load(loader, &paths);
	if (err)
		return err;
	if (diags->errors > errors)
		return -EINVAL;
	site_check_used(diags, &loader->site, loader->set);
	return 0;
}

int profile_set_load(const struct profile_options *options, struct diags *diags, struct profile_set **ret)
{
	CLEANUP(profile_set_freep) struct profile_set *set = NULL;
	struct loader loader = { .reader = { .diags = diags, .day = options->day } };
	int err = profile_set_new(&set);

	if (err)
		return err;
	loader.set = set;
	loader.reader.arena = set->arena;
	err = load(&loader, options);
	diags_sort(diags);
	if (err)
		return err;
	*ret = TAKE_PTR(set);
	return 0;
}
