/* SPDX-License-Identifier: BSD-2-Clause */
#include "profile/write_profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/day.h"
#include "lib/words.h"
#include "profile/ranges.h"
#include "profile/write.h"

/* ---- scalars --------------------------------------------------------------------------------------------------- */

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_plain(const char *text)
{
	size_t length = strlen(text);

	return length && !text[strspn(text, LETTERS "0123456789 _./+-")] && !strchr(" -+./_", text[0]) &&
	       text[length - 1] != ' ';
}

/* Other readers of YAML take a number, a day or `yes` for what it looks like; a text is to stay text for them too. */
static bool is_plain_text(const char *text)
{
	static const char *const words[] = { "null", "true", "false", "yes", "no", "on", "off", "y", "n" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return false;
	return is_plain(text) && strpbrk(text, LETTERS);
}

/* The character at @text and its length in bytes. The text is UTF-8: whoever read it has checked that. */
static uint32_t character(const unsigned char *text, size_t *ret_length)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t length = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	uint32_t value = text[0] & masks[length];

	for (size_t i = 1; i < length; i++)
		value = value << 6 | (text[i] & 0x3f);
	*ret_length = length;
	return value;
}

/* Characters that YAML breaks lines at, or does not take unescaped. */
static bool needs_escape(uint32_t value)
{
	return value < 0x20 || (value >= 0x7f && value < 0xa0) || value == 0x2028 || value == 0x2029 ||
	       value == 0xfeff || value == 0xfffe || value == 0xffff;
}

static void write_quoted(FILE *out, const char *text)
{
	size_t length;

	fputc('"', out);
	for (const unsigned char *p = (const unsigned char *)text; *p; p += length) {
		uint32_t value = character(p, &length);

		if (value == '"' || value == '\\')
			fprintf(out, "\\%c", (int)value);
		else if (needs_escape(value))
			fprintf(out, value < 0x100 ? "\\x%02x" : "\\u%04x", value);
		else
			fwrite(p, 1, length, out);
	}
	fputc('"', out);
}

/* A word of the language, or a number. */
static void write_scalar(FILE *out, const char *text)
{
	if (is_plain(text))
		fputs(text, out);
	else
		write_quoted(out, text);
}

static void write_free_text(FILE *out, const char *text)
{
	if (is_plain_text(text))
		fputs(text, out);
	else
		write_quoted(out, text);
}

static void write_key(FILE *out, int indent, const char *key)
{
	fprintf(out, "%*s", indent, "");
	write_scalar(out, key);
	fputc(':', out);
}

/* `key: text`; nothing for NULL. */
static void write_text(FILE *out, int indent, const char *key, const char *text)
{
	if (!text)
		return;
	write_key(out, indent, key);
	fputc(' ', out);
	write_free_text(out, text);
	fputc('\n', out);
}

/* `[a, b]`, or `a` for one of them. */
static void write_flow(FILE *out, const char *const *items, size_t count)
{
	if (count != 1)
		fputc('[', out);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", out);
		write_scalar(out, items[i]);
	}
	if (count != 1)
		fputc(']', out);
}

/* `key: [a, b]`; nothing for an empty list. Takes the list's items away. */
static int write_list(FILE *out, int indent, const char *key, struct text_list *list)
{
	bool failed = list->out_of_memory;

	if (list->count && !failed) {
		write_key(out, indent, key);
		fputc(' ', out);
		write_flow(out, (const char *const *)list->items, list->count);
		fputc('\n', out);
	}
	text_list_fini(list);
	return failed ? -ENOMEM : 0;
}

/* ---- ranges ---------------------------------------------------------------------------------------------------- */

static int range_compare(const void *a, const void *b)
{
	const struct range *x = *(const struct range *const *)a, *y = *(const struct range *const *)b;
	int order = prefix_compare(&x->prefix, &y->prefix);

	if (order)
		return order;
	if (x->valid_from != y->valid_from)
		return x->valid_from < y->valid_from ? -1 : 1;
	return (x > y) - (x < y);
}

const struct range **ranges_sorted(const struct range_set *set, size_t *ret_count)
{
	const struct range **sorted = calloc(set->range_count + 1, sizeof(const struct range *));
	size_t kept = 0;

	if (!sorted)
		return NULL;
	for (size_t i = 0; i < set->range_count; i++)
		sorted[i] = &set->ranges[i];
	qsort(sorted, set->range_count, sizeof(const struct range *), range_compare);
	for (size_t i = 0; i < set->range_count; i++) {
		const struct range *before = kept ? sorted[kept - 1] : NULL;

		if (!before || prefix_compare(&before->prefix, &sorted[i]->prefix) ||
		    before->valid_until <= sorted[i]->valid_from)
			sorted[kept++] = sorted[i];
	}
	*ret_count = kept;
	return sorted;
}

static void write_member(FILE *out, const char *key, const char *text)
{
	if (!text)
		return;
	fprintf(out, ", %s: ", key);
	write_free_text(out, text);
}

static void write_day(FILE *out, const char *key, int32_t day, int32_t always)
{
	char text[DAY_TEXT_MAX];

	if (day == always)
		return;
	day_format(day, text);
	fprintf(out, ", %s: %s", key, text);
}

static void write_range(FILE *out, const struct range *range)
{
	bool is_short =
		!range->region && !range->source && range->valid_from == DAY_FIRST && range->valid_until == DAY_LAST;
	char prefix[PREFIX_TEXT_MAX];

	prefix_format(&range->prefix, prefix);
	fputs(is_short ? "      - " : "      - {prefix: ", out);
	write_scalar(out, prefix);
	write_member(out, "region", range->region);
	write_member(out, "source", range->source);
	write_day(out, "valid_from", range->valid_from, DAY_FIRST);
	write_day(out, "valid_until", range->valid_until, DAY_LAST);
	fputs(is_short ? "\n" : "}\n", out);
}

/* A list that is not there can only be named again. */
static void write_list_file(FILE *out, const struct list_file *list)
{
	fputs("    file:\n", out);
	write_text(out, 6, "path", list->path);
	if (list->is_json) {
		fputs("      format: json\n      list: ", out);
		write_flow(out, list->lists.items, list->lists.count);
		fputs("\n      prefix: ", out);
		write_flow(out, list->members.items, list->members.count);
		fputc('\n', out);
	}
	if (list->where_count)
		fputs("      where:\n", out);
	for (size_t i = 0; i < list->where_count; i++) {
		write_key(out, 8, list->where[i].member);
		fputc(' ', out);
		write_flow(out, list->where[i].values.items, list->where[i].values.count);
		fputc('\n', out);
	}
	write_text(out, 6, "region", list->region);
	if (list->optional)
		fputs("      optional: true\n", out);
}

static int write_range_set(FILE *out, const struct range_set *set)
{
	size_t count = 0;
	CLEANUP_FREE const struct range **sorted = ranges_sorted(set, &count);

	if (!sorted)
		return -ENOMEM;
	write_key(out, 2, set->id);
	fputc('\n', out);
	write_text(out, 4, "title", set->title);
	fprintf(out, "    claim: %s\n", claim_word(set->claim));
	write_text(out, 4, "source", set->source);
	if (count)
		fputs("    prefixes:\n", out);
	else if (set->list)
		write_list_file(out, set->list);
	for (size_t i = 0; i < count; i++)
		write_range(out, sorted[i]);
	return 0;
}

/* A set without prefixes and without a list to name is one that only a site file can fill. */
static bool is_for_site(const struct range_set *set)
{
	return !set->range_count && !set->list;
}

static int write_range_sets(FILE *out, const struct vendor *vendor, const char *section, bool for_site)
{
	bool begun = false;

	for (size_t i = 0; i < vendor->range_set_count; i++) {
		if (is_for_site(vendor->range_sets[i]) != for_site)
			continue;
		if (!begun)
			fprintf(out, "\n%s:\n", section);
		begun = true;
		if (write_range_set(out, vendor->range_sets[i]))
			return -ENOMEM;
	}
	return 0;
}

/* ---- hosts ----------------------------------------------------------------------------------------------------- */

/* Placeholders that names still have are those that no one gives values. */
static int write_placeholders(FILE *out, const struct vendor *vendor)
{
	CLEANUP(text_list_fini) struct text_list names = {};

	for (size_t s = 0; s < vendor->host_set_count; s++)
		for (size_t h = 0; h < vendor->host_sets[s]->host_count; h++) {
			const char *open = vendor->host_sets[s]->hosts[h].name;

			while ((open = strchr(open, '{'))) {
				text_list_add(&names, "%.*s", (int)strcspn(open + 1, "}"), open + 1);
				open++;
			}
		}
	text_list_sort(&names);
	if (names.count)
		fputs("\nplaceholders:\n", out);
	for (size_t i = 0; i < names.count; i++) {
		write_key(out, 2, names.items[i]);
		fputs(" []\n", out);
	}
	return names.out_of_memory ? -ENOMEM : 0;
}

static bool occurred(const struct text_list *list, size_t before)
{
	for (size_t i = 0; i < before; i++)
		if (strcmp(list->items[i], list->items[before]) == 0)
			return true;
	return false;
}

/* Two templates may give one name, which can be written once. */
static int write_hosts(FILE *out, const struct host_set *set)
{
	CLEANUP(text_list_fini) struct text_list names = {};

	write_key(out, 2, set->id);
	fputc('\n', out);
	write_text(out, 4, "title", set->title);
	write_text(out, 4, "source", set->source);
	fputs("    names:\n", out);
	for (size_t i = 0; i < set->host_count; i++)
		write_host(&names, &set->hosts[i]);
	if (names.out_of_memory)
		return -ENOMEM;
	for (size_t i = 0; i < set->host_count; i++) {
		if (occurred(&names, i))
			continue;
		fputs(set->hosts[i].planned ? "      - {name: " : "      - ", out);
		write_scalar(out, names.items[i]);
		write_member(out, "planned", set->hosts[i].planned);
		fputs(set->hosts[i].planned ? "}\n" : "\n", out);
	}
	return 0;
}

static int write_host_sets(FILE *out, const struct vendor *vendor)
{
	if (vendor->host_set_count)
		fputs("\nhosts:\n", out);
	for (size_t i = 0; i < vendor->host_set_count; i++)
		if (write_hosts(out, vendor->host_sets[i]))
			return -ENOMEM;
	return 0;
}

/* ---- services -------------------------------------------------------------------------------------------------- */

static void write_sources(FILE *out, const struct service *service)
{
	if (service->source_count == 1) {
		write_text(out, 4, "source", service->sources[0]);
		return;
	}
	fputs("    source:\n", out);
	for (size_t i = 0; i < service->source_count; i++) {
		fputs("      - ", out);
		write_free_text(out, service->sources[i]);
		fputc('\n', out);
	}
}

static int write_service_dscp(FILE *out, const struct service *service)
{
	static const char *const keys[] = { [VX_DIRECTION_IN] = "in", [VX_DIRECTION_OUT] = "out" };
	const uint64_t *dscp = service->dscp;
	struct text_list list = {};

	if (dscp[VX_DIRECTION_IN] == dscp[VX_DIRECTION_OUT]) {
		write_dscp(&list, dscp[VX_DIRECTION_IN]);
		return write_list(out, 4, "dscp", &list);
	}
	fputs("    dscp:\n", out);
	for (enum vx_direction direction = VX_DIRECTION_IN; direction <= VX_DIRECTION_OUT; direction++) {
		write_dscp(&list, dscp[direction]);
		if (write_list(out, 6, keys[direction], &list))
			return -ENOMEM;
	}
	return 0;
}

/* What a packet is compared with. */
static int write_match(FILE *out, const struct service *service)
{
	struct text_list remotes = {}, hosts = {}, ports = {}, local = {}, payload = {};
	int err;

	if (service->remote_any)
		text_list_add(&remotes, "any");
	for (size_t i = 0; i < service->remote_count; i++)
		text_list_add(&remotes, "%s", service->remotes[i]->id);
	err = write_list(out, 4, "remote", &remotes);
	for (size_t i = 0; i < service->host_set_count; i++)
		text_list_add(&hosts, "%s", service->host_sets[i]->id);
	err |= write_list(out, 4, "hosts", &hosts);
	write_ports(&ports, service);
	err |= write_list(out, 4, "ports", &ports);
	write_local_ports(&local, service);
	if (local.count == 1 && strcmp(local.items[0], "any") == 0)
		text_list_fini(&local);
	err |= write_list(out, 4, "local_ports", &local);
	write_payload(&payload, service->accepts);
	err |= write_list(out, 4, "payload", &payload);
	err |= write_service_dscp(out, service);
	return err ? -ENOMEM : 0;
}

static void write_labels(FILE *out, const struct service *service)
{
	if (service->label_count)
		fputs("    labels:\n", out);
	for (size_t i = 0; i < service->label_count; i++)
		write_text(out, 6, service->labels[i].name, service->labels[i].value);
}

static int write_service(FILE *out, const struct service *service)
{
	struct text_list platforms = {};
	int err = 0;

	write_key(out, 2, service->id);
	fputc('\n', out);
	write_text(out, 4, "title", service->title);
	write_sources(out, service);
	if (!service->unseen)
		err = write_match(out, service);
	if (service->direction != VX_DIRECTION_NONE)
		fprintf(out, "    direction: %s\n", write_direction(service->direction));
	write_platforms(&platforms, service->platforms);
	err |= write_list(out, 4, "platform", &platforms);
	write_labels(out, service);
	write_text(out, 4, "note", service->note);
	if (service->legacy)
		fputs("    legacy: true\n", out);
	write_text(out, 4, "third_party", service->third_party);
	if (service->priority)
		fprintf(out, "    priority: %d\n", service->priority);
	write_text(out, 4, "unseen", service->unseen);
	return err;
}

/* ---------------------------------------------------------------------------------------------------------------- */

static void write_documents(FILE *out, const struct vendor *vendor)
{
	if (vendor->document_count)
		fputs("\ndocuments:\n", out);
	for (size_t i = 0; i < vendor->document_count; i++) {
		write_key(out, 2, vendor->documents[i].id);
		fputc('\n', out);
		write_text(out, 4, "title", vendor->documents[i].title);
		write_text(out, 4, "revision", vendor->documents[i].revision);
	}
}

int profile_write(FILE *out, const struct vendor *vendor)
{
	int err;

	fputs("voxdp: 1\n", out);
	write_text(out, 0, "vendor", vendor->id);
	write_text(out, 0, "title", vendor->title);
	write_documents(out, vendor);
	err = write_placeholders(out, vendor);
	err = err ? err : write_range_sets(out, vendor, "ranges", false);
	err = err ? err : write_range_sets(out, vendor, "site_groups", true);
	err = err ? err : write_host_sets(out, vendor);
	fputs("\nservices:\n", out);
	for (size_t i = 0; i < vendor->service_count && !err; i++)
		err = write_service(out, &vendor->services[i]);
	return err;
}
