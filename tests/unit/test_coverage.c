/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledger: that the kept file is what the profiles say now, and that it says what the guides' table says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cmd/coverage.h"
#include "compile/coverage.h"
#include "lib/cleanup.h"
#include "lib/file.h"
#include "tests/lib/loading.h"

#define LEDGER "profiles/COVERAGE.md"
#define LEDGER_BYTES_MAX (1U << 20)
#define DAY_2026_01_01 20454
#define ROWS_MAX 512

/* A line of tests/data/guide_rows.tsv, as far as it is about coverage. */
struct row {
	char vendor[64], place[16], state[16], expect[64];
};
static struct row rows[ROWS_MAX];
static size_t row_count;
static struct profile_set *set;

static void table_read(void)
{
	static char text[16384];
	CLEANUP_FCLOSE FILE *file = fopen("tests/data/guide_rows.tsv", "r");

	assert_non_null(file);
	while (fgets(text, sizeof(text), file)) {
		struct row *row = &rows[row_count];
		char *rest = text, *columns[11] = {};

		if (text[0] == '#' || strncmp(text, "vendor\t", 7) == 0)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
			columns[i] = strsep(&rest, "\t");
		assert_true(++row_count < ROWS_MAX);
		(void)snprintf(row->vendor, sizeof(row->vendor), "%s", columns[0]);
		(void)snprintf(row->place, sizeof(row->place), "%s", columns[1]);
		(void)snprintf(row->state, sizeof(row->state), "%s", columns[8]);
		(void)snprintf(row->expect, sizeof(row->expect), "%s", columns[9]);
	}
}

static struct profile_set *shipped(const char *site)
{
	const char *const paths[] = { "profiles" };
	const struct profile_options options = { paths, 1, site, DAY_2026_01_01 };
	CLEANUP(diags_fini) struct diags diags = {};
	struct profile_set *loaded = NULL;

	assert_int_equal(profile_set_load(&options, &diags, &loaded), 0);
	return loaded;
}

static char *ledger_of(const struct profile_set *profiles)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(coverage_print(out, profiles), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void kept_ledger_is_what_the_profiles_say(void **state)
{
	CLEANUP_FREE char *kept = NULL;
	CLEANUP_FREE char *now = ledger_of(set);
	size_t size, line = 1, i = 0;

	(void)state;
	assert_int_equal(file_read(LEDGER, LEDGER_BYTES_MAX, &kept, &size), 0);
	for (; kept[i] && kept[i] == now[i]; i++)
		line += kept[i] == '\n';
	if (kept[i] != now[i])
		fail_msg(LEDGER ":%zu is stale, run `make coverage-ledger`", line);
}

/* What this machine has beside the profiles must not show. */
static void ledger_does_not_depend_on_the_site(void **state)
{
	CLEANUP(profile_set_freep) struct profile_set *with_site = shipped("tests/data/guide_site.yaml");
	CLEANUP_FREE char *without = ledger_of(set);
	CLEANUP_FREE char *with = ledger_of(with_site);

	(void)state;
	assert_string_equal(with, without);
}

static bool is_place_of(const struct coverage_row *row, const char *place)
{
	return strlen(place) == row->place_length && strncmp(row->source, place, row->place_length) == 0;
}

static void ledger_and_table_have_the_same_places(void **state)
{
	CLEANUP(coverage_fini) struct coverage coverage = {};

	(void)state;
	assert_int_equal(coverage_build(set, &coverage), 0);
	for (size_t r = 0; r < row_count; r++) {
		bool found = false;

		for (size_t c = 0; c < coverage.count && !found; c++)
			found = !strcmp(coverage.rows[c].vendor->id, rows[r].vendor) &&
				is_place_of(&coverage.rows[c], rows[r].place);
		if (!found)
			fail_msg("%s %s is not in the ledger", rows[r].vendor, rows[r].place);
	}
	for (size_t c = 0; c < coverage.count; c++) {
		bool found = false;

		for (size_t r = 0; r < row_count && !found; r++)
			found = !strcmp(coverage.rows[c].vendor->id, rows[r].vendor) &&
				is_place_of(&coverage.rows[c], rows[r].place);
		if (!found)
			fail_msg("%s: \"%s\" is in no guide", coverage.rows[c].vendor->id, coverage.rows[c].source);
	}
}

static void ledger_is_in_the_order_of_the_guide(void **state)
{
	CLEANUP(coverage_fini) struct coverage coverage = {};

	(void)state;
	assert_int_equal(coverage_build(set, &coverage), 0);
	for (size_t c = 1; c < coverage.count; c++) {
		const struct coverage_row *a = &coverage.rows[c - 1], *b = &coverage.rows[c];

		assert_true(b->place_length > 0);
		if (a->vendor == b->vendor)
			assert_true(a->part < b->part || (a->part == b->part && a->row <= b->row));
	}
}

static bool table_has(const char *vendor, const char *service, const char *state)
{
	for (size_t r = 0; r < row_count; r++)
		if (!strcmp(rows[r].vendor, vendor) && !strcmp(rows[r].expect, service) &&
		    !strcmp(rows[r].state, state))
			return true;
	return false;
}

/* A row that is classified in a pool may be so for a service that shares the flow and comes first. */
static bool pool_has_place_of(const char *vendor, const struct service *service)
{
	for (size_t r = 0; r < row_count; r++)
		for (size_t i = 0; i < service->source_count; i++) {
			size_t length = strlen(rows[r].place);

			if (!strcmp(rows[r].vendor, vendor) && !strcmp(rows[r].state, "list") &&
			    !strncmp(service->sources[i], rows[r].place, length) && service->sources[i][length] == ' ')
				return true;
		}
	return false;
}

/* The best that any line of the table says of the service. */
static enum coverage_state state_said(const char *vendor, const struct service *service)
{
	if (table_has(vendor, service->id, "classifies") || pool_has_place_of(vendor, service))
		return COVERAGE_CLASSIFIES;
	if (table_has(vendor, service->id, "site-group"))
		return COVERAGE_SITE_GROUP;
	return table_has(vendor, service->id, "names") ? COVERAGE_NAMES : COVERAGE_UNSEEN;
}

static void each_service_has_the_state_that_the_table_says(void **state)
{
	(void)state;
	for (size_t v = 0; v < set->vendor_count; v++)
		for (size_t s = 0; s < set->vendors[v].service_count; s++) {
			const struct service *service = &set->vendors[v].services[s];
			CLEANUP(text_list_fini) struct text_list why = {};
			enum coverage_state said = state_said(set->vendors[v].id, service);

			if (service_coverage(service, &why) != said)
				fail_msg("%s/%s: expected `%s`", set->vendors[v].id, service->id,
					 coverage_state_words[said]);
		}
}

/* ---- single services ------------------------------------------------------------------------------------------- */

#define PROFILE(service)                                                                                               \
	"voxdp: 1\nvendor: a\ntitle: T\n"                                                                              \
	"ranges:\n  r: {prefixes: [192.0.2.0/24]}\n  pool: {claim: shared, prefixes: [198.51.100.0/24]}\n"             \
	"  l: {claim: shared, file: {path: not-there.txt, optional: true}}\n"                                          \
	"site_groups:\n  g: {}\n"                                                                                      \
	"hosts:\n  h: {names: [www.a.example]}\n"                                                                      \
	"services:\n  s: {source: x, " service "}\n"
#define TLS ", ports: tcp/443, payload: tls"
#define STUN ", ports: udp/3478, payload: [stun, tls]"

static void state_and_reason_follow_from_the_claims(void **state)
{
	static const struct {
		const char *text;
		enum coverage_state state;
		const char *why;
	} cases[] = {
		{ PROFILE("remote: r" TLS), COVERAGE_CLASSIFIES, "" },
		{ PROFILE("remote: pool" STUN), COVERAGE_CLASSIFIES, "`pool` is shared: no proof there by tls" },
		{ PROFILE("remote: pool, hosts: h" TLS), COVERAGE_NAMES, "`pool` is shared: no proof there by tls" },
		{ PROFILE("remote: pool" TLS), COVERAGE_UNSEEN, "`pool` is shared: no proof there by tls" },
		{ PROFILE("remote: l" STUN), COVERAGE_CLASSIFIES,
		  "in `l` once its list `not-there.txt` is there; `l` is shared: no proof there by tls" },
		{ PROFILE("remote: g" TLS), COVERAGE_SITE_GROUP, "in `g` once the site file defines it" },
		{ PROFILE("remote: [r, g]" TLS), COVERAGE_CLASSIFIES, "in `g` once the site file defines it" },
		{ PROFILE("remote: any" STUN), COVERAGE_CLASSIFIES, "anybody may be the remote: no proof by tls" },
		{ PROFILE("remote: any, hosts: h" TLS), COVERAGE_NAMES, "anybody may be the remote: no proof by tls" },
		{ PROFILE("hosts: h" TLS), COVERAGE_NAMES, "the guide gives no addresses" },
		{ PROFILE("unseen: a reason"), COVERAGE_UNSEEN, "a reason" },
	};
	struct loading loading;

	(void)state;
	loading_open(&loading);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(text_list_fini) struct text_list why = {};
		CLEANUP_FREE char *text = NULL;

		loading_load_text(&loading, cases[i].text);
		assert_no_errors(&loading, cases[i].text);
		assert_int_equal(service_coverage(&loading.set->vendors[0].services[0], &why), cases[i].state);
		text = text_list_join(&why, "; ");
		assert_string_equal(text, cases[i].why);
	}
	loading_close(&loading);
}

static int setup(void **state)
{
	(void)state;
	table_read();
	set = shipped(NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	profile_set_free(set);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept_ledger_is_what_the_profiles_say),
		cmocka_unit_test(ledger_does_not_depend_on_the_site),
		cmocka_unit_test(ledger_and_table_have_the_same_places),
		cmocka_unit_test(ledger_is_in_the_order_of_the_guide),
		cmocka_unit_test(each_service_has_the_state_that_the_table_says),
		cmocka_unit_test(state_and_reason_follow_from_the_claims),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
