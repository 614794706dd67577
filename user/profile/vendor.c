/* SPDX-License-Identifier: BSD-2-Clause */
/* The top level of a profile. */
#include "profile/vendor.h"

#include "lib/cleanup.h"
#include "profile/hosts.h"
#include "profile/placeholders.h"
#include "profile/ranges.h"
#include "profile/service.h"

static void document_read(struct reader *reader, const struct node *entry, void *context)
{
	static const struct key keys[] = {
		{ "title", SHAPE_SCALAR, .required = true, .read = read_text,
		  .offset = offsetof(struct document, title) },
		{ "revision", SHAPE_SCALAR, .read = read_text, .offset = offsetof(struct document, revision) },
	};
	static const struct mapping mapping = { "a document", keys, ARRAY_SIZE(keys) };
	struct vendor *vendor = context;
	struct document *document = &vendor->documents[vendor->document_count++];

	document->id = entry->key->text;
	document->at = entry->key->at;
	(void)mapping_read(reader, entry, entry->key->at, &mapping, document, NULL); /* what is wrong is in the diags */
}

static void read_documents(struct reader *reader, const struct node *value, void *field)
{
	struct vendor *vendor = field;

	vendor->documents = reader_alloc(reader, value->count, sizeof(*vendor->documents));
	if (vendor->documents)
		entries_read(reader, value, "document", document_read, vendor);
}

static void read_vendor_id(struct reader *reader, const struct node *value, void *field)
{
	struct vendor *vendor = field;

	vendor->at = value->at;
	read_id(reader, value, &vendor->id);
}

static void read_vendor_placeholders(struct reader *reader, const struct node *value, void *field)
{
	(void)field; /* they serve while the profile is read and are no part of the model */
	read_placeholders(reader, value, reader->placeholders);
}

void vendor_read(struct reader *reader, const struct node *root, struct vendor *vendor)
{
	/* In the order in which they are read: a name is known before it is used, wherever it is in the file. */
	static const struct key keys[] = {
		{ "voxdp", SHAPE_SCALAR, .required = true, .read = read_version },
		{ "vendor", SHAPE_SCALAR, .required = true, .read = read_vendor_id },
		{ "title", SHAPE_SCALAR, .required = true, .read = read_text,
		  .offset = offsetof(struct vendor, title) },
		{ "documents", SHAPE_MAPPING, .read = read_documents },
		{ "placeholders", SHAPE_MAPPING, .read = read_vendor_placeholders },
		{ "ranges", SHAPE_MAPPING, .read = read_ranges },
		{ "site_groups", SHAPE_MAPPING, .read = read_site_groups },
		{ "hosts", SHAPE_MAPPING, .read = read_hosts },
		{ "services", SHAPE_MAPPING, .required = true, .read = read_services },
	};
	static const struct mapping mapping = { "a profile", keys, ARRAY_SIZE(keys) };
	struct placeholders placeholders = {};

	vendor->path = reader->path;
	vendor->at = root->at;
	reader->vendor = vendor;
	reader->placeholders = &placeholders;
	if (version_is_known(reader, root))
		(void)mapping_read(reader, root, root->at, &mapping, vendor, NULL); /* what is wrong is in the diags */
	reader->placeholders = NULL;
	reader->vendor = NULL;
}
