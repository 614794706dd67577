/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading profiles that a test writes down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <dirent.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "loading.h"

#define DAY_2026_01_01 20454

const char loading_profile[] =
	"voxdp: 1\n"
	"vendor: acme\n"
	"title: Acme Telephony\n"
	"documents:\n"
	"  guide: {title: Network requirements, revision: 2018-11-21}\n"
	"placeholders:\n"
	"  region: [east, west]\n"
	"  customer: []\n"
	"ranges:\n"
	"  relays:\n"
	"    title: Media relays\n"
	"    claim: own\n"
	"    source: page 3\n"
	"    prefixes:\n"
	"      - 192.0.2.0/28\n"
	"      - {prefix: 192.0.2.16/28, region: Berlin, source: page 4, valid_from: 2025-01-01, valid_until: 2030-01-01}\n"
	"      - \"2001:db8::/32\"\n"
	"  pool:\n"
	"    claim: shared\n"
	"    file:\n"
	"      path: pool.json\n"
	"      format: json\n"
	"      list: [v4, v6]\n"
	"      prefix: [ipv4, ipv6]\n"
	"      where: {kind: [voice, video]}\n"
	"      region: area\n"
	"      optional: true\n"
	"site_groups:\n"
	"  phones: {title: Desk phones, claim: named, source: page 5}\n"
	"hosts:\n"
	"  portal:\n"
	"    title: Web portal\n"
	"    source: page 6\n"
	"    names:\n"
	"      - www.acme.example\n"
	"      - \"*.{region}.acme.example\"\n"
	"      - .{customer}.acme.example\n"
	"      - {name: new.acme.example, planned: not yet}\n"
	"services:\n"
	"  media:\n"
	"    title: Voice and video\n"
	"    source: [page 7, page 8]\n"
	"    remote: [relays, pool, phones]\n"
	"    hosts: [portal]\n"
	"    ports: [udp/3478, udp/10000-20000]\n"
	"    local_ports: [1024-65535]\n"
	"    payload: [media, sip]\n"
	"    dscp: {in: [EF, 34], out: AF41}\n"
	"    direction: out\n"
	"    platform: [web, edge]\n"
	"    labels: {media: audio}\n"
	"    note: first row\n"
	"    legacy: true\n"
	"    third_party: Example Ltd\n"
	"    priority: -5\n"
	"  everywhere:\n"
	"    source: page 9\n"
	"    remote: any\n"
	"    ports: tcp/4000+\n"
	"    payload: any\n"
	"    dscp: CS3\n"
	"  proxy:\n"
	"    source: page 10\n"
	"    unseen: a setting of the client\n";

void loading_open(struct loading *loading)
{
	*loading = (struct loading){ .directory = "/tmp/voxdp-test-XXXXXX" };
	assert_non_null(mkdtemp(loading->directory));
}

static void forget(struct loading *loading)
{
	profile_set_free(loading->set);
	loading->set = NULL;
	diags_fini(&loading->diags);
}

void loading_close(struct loading *loading)
{
	DIR *directory = opendir(loading->directory);
	const struct dirent *entry;

	forget(loading);
	assert_non_null(directory);
	while ((entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			assert_int_equal(unlinkat(dirfd(directory), entry->d_name, 0), 0);
	closedir(directory);
	assert_int_equal(rmdir(loading->directory), 0);
}

const char *loading_path(const struct loading *loading, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", loading->directory, name);
	return path;
}

void loading_write_bytes(struct loading *loading, const char *name, const void *bytes, size_t size)
{
	FILE *file = fopen(loading_path(loading, name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

void loading_write(struct loading *loading, const char *name, const char *text)
{
	CLEANUP_FREE char *copy = strdup(text);
	char *mark;

	assert_non_null(copy);
	mark = strchr(copy, '@');
	if (mark) {
		loading->line = loading->column = 1;
		for (const char *p = copy; p < mark; p++) {
			/* bytes that continue a UTF-8 character are no columns */
			loading->column = *p == '\n' ? 1 : loading->column + ((*p & 0xc0) != 0x80);
			loading->line += *p == '\n';
		}
		memmove(mark, mark + 1, strlen(mark));
	}
	loading_write_bytes(loading, name, copy, strlen(copy));
}

void loading_write_changed(struct loading *loading, const char *name, const char *text, const char *from,
			   const char *to)
{
	const char *at = strstr(text, from);
	CLEANUP_FREE char *changed = NULL;

	if (!at || strstr(at + 1, from))
		fail_msg("\"%s\" does not occur once", from);
	assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) >= 0);
	loading_write(loading, name, changed);
}

void loading_load(struct loading *loading, const char *name, const char *site, int32_t day)
{
	char path[256], site_path[256];
	const char *const paths[] = { path };
	struct profile_options options = { .paths = paths, .path_count = 1, .day = day };

	(void)snprintf(path, sizeof(path), "%s%s%s", loading->directory, name ? "/" : "", name ? name : "");
	if (site) {
		(void)snprintf(site_path, sizeof(site_path), "%s/%s", loading->directory, site);
		options.site_path = site_path;
	}
	forget(loading);
	loading->result = profile_set_load(&options, &loading->diags, &loading->set);
}

void loading_load_text(struct loading *loading, const char *text)
{
	loading_write(loading, "test.yaml", text);
	loading_load(loading, "test.yaml", NULL, DAY_2026_01_01);
}

void loading_load_changed(struct loading *loading, const char *from, const char *to)
{
	loading_write_changed(loading, "test.yaml", loading_profile, from, to);
	loading_load(loading, "test.yaml", NULL, DAY_2026_01_01);
}

static void problems_print(const struct loading *loading, const char *name)
{
	print_error("%s: expected at %u:%u, got\n", name, loading->line, loading->column);
	for (size_t i = 0; i < loading->diags.count; i++)
		print_error("  %s:%u:%u: %s: %s\n", loading->diags.items[i].at.file, loading->diags.items[i].at.line,
			    loading->diags.items[i].at.column, severity_word(loading->diags.items[i].severity),
			    loading->diags.items[i].text);
}

void assert_one_error(const struct loading *loading, const char *name, const char *part)
{
	const struct diag *diag = loading_find(loading, SEVERITY_ERROR, "");

	if (loading->diags.errors == 1 && loading->result != 0 && diag && diag->at.line == loading->line &&
	    diag->at.column == loading->column && strstr(diag->text, part))
		return;
	problems_print(loading, name);
	fail_msg("%s: expected one error with \"%s\", got %zu", name, part, loading->diags.errors);
}

void assert_no_errors(const struct loading *loading, const char *name)
{
	if (loading->result == 0 && loading->diags.errors == 0)
		return;
	problems_print(loading, name);
	fail_msg("%s: expected no error, got %zu", name, loading->diags.errors);
}

const struct diag *loading_find(const struct loading *loading, enum severity severity, const char *part)
{
	for (size_t i = 0; i < loading->diags.count; i++)
		if (loading->diags.items[i].severity == severity && strstr(loading->diags.items[i].text, part))
			return &loading->diags.items[i];
	return NULL;
}
