/* SPDX-License-Identifier: BSD-2-Clause */
/* Range sets: what they hold, and on which day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/cleanup.h"
#include "lib/day.h"
#include "tests/lib/loading.h"

static int setup(void **state)
{
	*state = malloc(sizeof(struct loading));
	loading_open(*state);
	return 0;
}

static int teardown(void **state)
{
	loading_close(*state);
	free(*state);
	return 0;
}

static const char profile[] =
	"voxdp: 1\nvendor: a\ntitle: T\n"
	"ranges:\n"
	"  moving:\n"
	"    source: page 1\n"
	"    prefixes:\n"
	"      - 192.0.2.0/24\n"
	"      - {prefix: 198.51.100.0/25, region: Berlin, valid_until: 2026-03-01}\n"
	"      - {prefix: 198.51.100.0/25, region: Paris, valid_from: 2026-03-01}\n"
	"      - {prefix: \"2001:db8::/48\", source: page 2, valid_from: 2026-02-01, valid_until: 2026-02-03}\n"
	"  group: {claim: named, prefixes: [203.0.113.9]}\n"
	"services:\n"
	"  s: {source: x, remote: [moving, group], ports: udp/9, payload: sip}\n";

static const struct range_set *load_on(struct loading *loading, const char *date)
{
	int32_t day;

	assert_int_equal(day_parse(date, &day), 0);
	loading_write(loading, "a.yaml", profile);
	loading_load(loading, "a.yaml", NULL, day);
	assert_no_errors(loading, date);
	return loading->set->vendors[0].range_sets[0];
}

static void ranges_hold_from_their_first_day_until_the_day_before_the_end(void **state)
{
	static const struct {
		const char *date, *region;
		size_t count;
	} rows[] = {
		{ "2026-01-31", "Berlin", 2 }, { "2026-02-01", "Berlin", 3 }, { "2026-02-02", "Berlin", 3 },
		{ "2026-02-03", "Berlin", 2 }, { "2026-02-28", "Berlin", 2 }, { "2026-03-01", "Paris", 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct range_set *set = load_on(*state, rows[i].date);

		assert_int_equal(set->range_count, rows[i].count);
		assert_string_equal(set->ranges[1].region, rows[i].region);
	}
}

static void ranges_keep_what_is_said_of_them(void **state)
{
	const struct range_set *set = load_on(*state, "2026-02-02");
	const struct range_set *group = ((struct loading *)*state)->set->vendors[0].range_sets[1];
	char text[PREFIX_TEXT_MAX];

	assert_string_equal(set->id, "moving");
	assert_string_equal(set->source, "page 1");
	assert_int_equal(set->claim, VX_CLAIM_OWN);
	assert_true(set->defined);
	assert_false(set->site_group);
	assert_null(set->ranges[0].source);
	assert_int_equal(set->ranges[0].at.line, 8);
	assert_int_equal(set->ranges[0].at.column, 9);
	assert_string_equal(set->ranges[2].source, "page 2");
	prefix_format(&set->ranges[2].prefix, text);
	assert_string_equal(text, "2001:db8::/48");
	assert_int_equal(group->claim, VX_CLAIM_NAMED);
	prefix_format(&group->ranges[0].prefix, text);
	assert_string_equal(text, "203.0.113.9/32");
}

static void same_prefix_on_one_day_is_refused(void **state)
{
	loading_write_changed(*state, "a.yaml", profile,
			      "      - {prefix: 198.51.100.0/25, region: Paris, valid_from: 2026-03-01}",
			      "      - {prefix: @198.51.100.0/25, region: Paris, valid_from: 2026-02-28}");
	loading_load(*state, "a.yaml", NULL, 0);
	assert_one_error(*state, "one day in common", "198.51.100.0/25 occurs again, it is already in line 9");
}

/* Some lists have as many; the profile's own duplicates must not be looked for pair by pair. */
static void hundred_thousand_prefixes_are_read(void **state)
{
	enum { COUNT = 100000 };
	char *text = malloc(COUNT * 32 + 1000), *p = text;
	struct loading *loading = *state;

	p += sprintf(p, "voxdp: 1\nvendor: a\ntitle: T\nranges:\n  r:\n    prefixes:\n");
	for (int i = 0; i < COUNT; i++)
		p += sprintf(p, "    - 10.%d.%d.%d/32\n", i >> 16, i >> 8 & 255, i & 255);
	(void)sprintf(p, "services:\n  s: {source: x, remote: r, ports: udp/9, payload: sip}\n");
	loading_write_bytes(loading, "a.yaml", text, strlen(text));
	free(text);
	loading_load(loading, "a.yaml", NULL, 0);
	assert_no_errors(loading, "many");
	assert_int_equal(loading->set->vendors[0].range_sets[0]->range_count,
			 COUNT); /* what a profile lists is not merged */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ranges_hold_from_their_first_day_until_the_day_before_the_end, setup,
						teardown),
		cmocka_unit_test_setup_teardown(ranges_keep_what_is_said_of_them, setup, teardown),
		cmocka_unit_test_setup_teardown(same_prefix_on_one_day_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(hundred_thousand_prefixes_are_read, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
