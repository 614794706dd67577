/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys: every single-edit misspelling of every key is told by one error with the right suggestion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "lib/cleanup.h"
#include "profile/reader.h"
#include "profile/site.h"
#include "profile/vendor.h"
#include "tests/lib/loading.h"

/* The keys of the language, written from its reference: by mapping, with text in the good profile that has each once. */
struct mapping_keys {
	const char *name;
	const char *keys[20];
	const char *
		places[20]; /* in the same order; each begins with its key, and occurs once behind a blank or newline */
};

static const struct mapping_keys profile_mappings[] = {
	{ "profile",
	  { "voxdp", "vendor", "title", "documents", "placeholders", "ranges", "site_groups", "hosts", "services" },
	  { "voxdp: 1\n", "vendor: acme\n", "title: Acme Telephony\n", "documents:\n", "placeholders:\n", "ranges:\n",
	    "site_groups:\n", "hosts:\n", "services:\n" } },
	{ "document", { "title", "revision" }, { "title: Network", "revision: 2018" } },
	{ "range set",
	  { "title", "claim", "source", "prefixes", "file" },
	  { "title: Media relays\n", "claim: own\n", "source: page 3\n", "prefixes:\n", "file:\n" } },
	{ "range",
	  { "prefix", "region", "source", "valid_from", "valid_until" },
	  { "prefix: 192.0.2.16/28", "region: Berlin", "source: page 4", "valid_from: 2025", "valid_until: 2030" } },
	{ "list file",
	  { "path", "format", "list", "prefix", "where", "region", "optional" },
	  { "path: pool.json\n", "format: json\n", "list: [v4", "prefix: [ipv4", "where: {kind", "region: area\n",
	    "optional: true\n" } },
	{ "site group", { "title", "claim", "source" }, { "title: Desk phones", "claim: named", "source: page 5" } },
	{ "host set", { "title", "source", "names" }, { "title: Web portal\n", "source: page 6\n", "names:\n" } },
	{ "host", { "name", "planned" }, { "name: new.acme", "planned: not yet" } },
	{ "service",
	  { "title", "source", "remote", "hosts", "ports", "local_ports", "payload", "dscp", "direction", "platform",
	    "labels", "note", "legacy", "third_party", "priority", "unseen" },
	  { "title: Voice and video\n", "source: [page 7", "remote: [relays", "hosts: [portal]", "ports: [udp/3478",
	    "local_ports: [1024", "payload: [media", "dscp: {in", "direction: out\n", "platform: [web",
	    "labels: {media", "note: first row\n", "legacy: true\n", "third_party: Example", "priority: -5\n",
	    "unseen: a setting" } },
	{ "DSCP", { "in", "out" }, { "in: [EF", "out: AF41" } },
};

static const char site_text[] = "voxdp: 1\ngroups: {phones: [198.51.100.0/24]}\nplaceholders: {customer: [shop]}\n"
				"files: {acme.pool: pool.json}\n";
static const struct mapping_keys site_mapping = {
	"site file",
	{ "voxdp", "groups", "placeholders", "files" },
	{ "voxdp: 1", "groups: {", "placeholders: {", "files: {" },
};

/* What one misspelt text yields; nothing is written to disk, so that tens of thousands take a moment. */
static void read_text_as(const char *text, bool is_site, struct diags *diags)
{
	struct reader reader = { .diags = diags, .path = "test.yaml", .day = 20454 };
	struct vendor vendor = {};
	struct site site = {};
	struct node *root = NULL;

	assert_int_equal(arena_new(&reader.arena), 0);
	assert_int_equal(yaml_parse(reader.arena, diags, "test.yaml", text, strlen(text), &root), 0);
	assert_non_null(root);
	if (is_site)
		site_read(&reader, root, &site);
	else
		vendor_read(&reader, root, &vendor);
	assert_false(reader.out_of_memory);
	arena_free(reader.arena);
}

static bool is_key(const struct mapping_keys *mapping, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(mapping->keys) && mapping->keys[i]; i++)
		if (strcmp(mapping->keys[i], word) == 0)
			return true;
	return false;
}

/* Where the key of @place stands in @text: behind a blank, a newline or a brace. */
static const char *place_find(const char *text, const char *place)
{
	for (const char *at = text; (at = strstr(at, place)); at++)
		if (at == text || strchr(" \n{", at[-1]))
			return at;
	fail_msg("\"%s\" is not in the profile", place);
	return NULL;
}

static void expect_suggestion(const char *text, const char *place, const struct mapping_keys *mapping, const char *key,
			      const char *misspelt)
{
	const char *at = place_find(text, place);
	unsigned line = 1, column = 1;
	CLEANUP_FREE char *changed = NULL;
	struct diags diags = {};
	char quoted[80];

	if (is_key(mapping, misspelt))
		return;
	for (const char *p = text; p < at; p++) {
		column = *p == '\n' ? 1 : column + 1;
		line += *p == '\n';
	}
	assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, misspelt, at + strlen(key)) > 0);
	read_text_as(changed, text == site_text, &diags);
	(void)snprintf(quoted, sizeof(quoted), "\"%s\"", key);
	for (size_t i = 0; i < diags.count; i++)
		if (diags.items[i].severity == SEVERITY_ERROR &&
		    (diags.errors != 1 || diags.items[i].at.line != line || diags.items[i].at.column != column ||
		     !strstr(diags.items[i].text, "did you mean ") || !strstr(diags.items[i].text, quoted)))
			fail_msg("%s, \"%s\" for \"%s\" at %u:%u: %zu errors, %u:%u: %s", mapping->name, misspelt, key,
				 line, column, diags.errors, diags.items[i].at.line, diags.items[i].at.column,
				 diags.items[i].text);
	assert_int_not_equal(diags.errors, 0);
	diags_fini(&diags);
}

/* All words at one edit from @key: a letter too few, too many, another one, two swapped. */
static void each_misspelling(const char *text, const char *place, const struct mapping_keys *mapping, const char *key)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
	size_t length = strlen(key);
	char word[64];

	for (size_t i = 0; i <= length; i++) {
		if (i < length) {
			(void)snprintf(word, sizeof(word), "%.*s%s", (int)i, key, key + i + 1);
			expect_suggestion(text, place, mapping, key, word);
		}
		if (i + 1 < length && key[i] != key[i + 1]) {
			(void)snprintf(word, sizeof(word), "%.*s%c%c%s", (int)i, key, key[i + 1], key[i], key + i + 2);
			expect_suggestion(text, place, mapping, key, word);
		}
		for (const char *letter = letters; *letter; letter++) {
			(void)snprintf(word, sizeof(word), "%.*s%c%s", (int)i, key, *letter, key + i);
			expect_suggestion(text, place, mapping, key, word);
			if (i == length || key[i] == *letter)
				continue;
			(void)snprintf(word, sizeof(word), "%.*s%c%s", (int)i, key, *letter, key + i + 1);
			expect_suggestion(text, place, mapping, key, word);
		}
	}
}

static void every_misspelt_key_of_a_profile_gets_its_suggestion(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(profile_mappings); i++)
		for (size_t j = 0; profile_mappings[i].keys[j]; j++)
			each_misspelling(loading_profile, profile_mappings[i].places[j], &profile_mappings[i],
					 profile_mappings[i].keys[j]);
}

static void every_misspelt_key_of_a_site_file_gets_its_suggestion(void **state)
{
	(void)state;
	for (size_t j = 0; site_mapping.keys[j]; j++)
		each_misspelling(site_text, site_mapping.places[j], &site_mapping, site_mapping.keys[j]);
}

static void misspelt_key_is_read_as_it_was_meant(void **state)
{
	struct loading loading;

	(void)state;
	loading_open(&loading);
	loading_load_changed(&loading, "      - 192.0.2.0/28\n      - {prefix: 192.0.2.16/28,",
			     "      - 192.0.2.0/28\n      - {prefx: 192.0.2.17/28,");
	assert_int_equal(loading.diags.errors, 2); /* the key, and what its value would have been blamed for */
	assert_non_null(loading_find(&loading, SEVERITY_ERROR, "did you mean \"prefix\"?"));
	assert_non_null(loading_find(&loading, SEVERITY_ERROR, "did you mean 192.0.2.16/28?"));
	loading_close(&loading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_misspelt_key_of_a_profile_gets_its_suggestion),
		cmocka_unit_test(every_misspelt_key_of_a_site_file_gets_its_suggestion),
		cmocka_unit_test(misspelt_key_is_read_as_it_was_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
