/* SPDX-License-Identifier: BSD-2-Clause */
/* Profiles written and read again: the same model, and written a second time the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compile/diff.h"
#include "lib/cleanup.h"
#include "profile/write_profile.h"
#include "tests/lib/loading.h"
#include "tests/lib/random_text.h"

#define DAY_2026_01_01 20454
#define SETS 300
#define PACKETS_PER_SET 100

static char *text_of(const struct vendor *vendor)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(profile_write(out, vendor), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* What the written form makes of a thing without changing what it means. */
static bool is_change_of_form(const struct change *change)
{
	return change->what && !strcmp(change->what, "list"); /* prefixes stand for the list that gave them */
}

/* Both sides say what they are called by section: a group with prefixes comes back as a range set. */
static void expect_same_model(const struct profile_set *before, const struct profile_set *after, const char *name)
{
	CLEANUP(changes_fini) struct changes changes = {};

	assert_int_equal(profiles_diff(before, after, &changes), 0);
	for (size_t i = 0; i < changes.count; i++) {
		const struct change *change = &changes.items[i];

		if (!is_change_of_form(change))
			fail_msg("%s: %s of %s %s %s: \"%s\" became \"%s\"", name, change->what ? change->what : "",
				 change->vendor, change->section ? change->section : "", change->id ? change->id : "",
				 change->before ? change->before : "", change->after ? change->after : "");
	}
}

/* Ranges with all that a comparison of prefixes does not see. */
static void expect_same_ranges(const struct vendor *before, const struct vendor *after)
{
	for (size_t s = 0; s < before->range_set_count; s++) {
		const struct range_set *a = before->range_sets[s], *b = NULL;
		size_t x_count = 0, y_count = 0;
		CLEANUP_FREE const struct range **x = ranges_sorted(a, &x_count);
		CLEANUP_FREE const struct range **y = NULL;

		for (size_t i = 0; i < after->range_set_count; i++)
			if (strcmp(after->range_sets[i]->id, a->id) == 0)
				b = after->range_sets[i];
		assert_non_null(b);
		y = ranges_sorted(b, &y_count);
		assert_int_equal(x_count, y_count);
		for (size_t i = 0; i < x_count; i++) {
			assert_int_equal(x[i]->source != NULL, y[i]->source != NULL);
			if (x[i]->source)
				assert_string_equal(x[i]->source, y[i]->source);
			assert_int_equal(x[i]->valid_until, y[i]->valid_until);
		}
	}
}

/* Writes @set into @second, reads it, and writes it again. */
static void round_trip(const struct profile_set *set, struct loading *second, const char *name)
{
	for (size_t v = 0; v < set->vendor_count; v++) {
		CLEANUP_FREE char *text = text_of(&set->vendors[v]);
		char file[80];

		(void)snprintf(file, sizeof(file), "%s.yaml", set->vendors[v].id);
		loading_write_bytes(second, file, text, strlen(text));
	}
	loading_load(second, NULL, NULL, DAY_2026_01_01);
	assert_no_errors(second, name);
	expect_same_model(set, second->set, name);
	for (size_t v = 0; v < set->vendor_count; v++) {
		CLEANUP_FREE char *first = text_of(&set->vendors[v]);
		CLEANUP_FREE char *again = text_of(&second->set->vendors[v]);

		assert_string_equal(first, again);
		expect_same_ranges(&set->vendors[v], &second->set->vendors[v]);
	}
}

static void every_construct_comes_back(void **state)
{
	struct loading first, second;

	(void)state;
	loading_open(&first);
	loading_open(&second);
	loading_write(&first, "pool.json",
		      "{\"v4\": [{\"ipv4\": \"198.51.100.0/24\", \"kind\": \"voice\", \"area\": \"x: y\"}],"
		      " \"v6\": [{\"ipv6\": \"2001:db8:7::/48\", \"kind\": \"video\"}]}");
	loading_load_text(&first, loading_profile);
	assert_no_errors(&first, "profile");
	round_trip(first.set, &second, "profile");
	loading_close(&first);
	loading_close(&second);
}

static void shipped_profiles_come_back(void **state)
{
	static const char *const sites[] = { NULL, "profiles/site/example.yaml", "tests/data/guide_site.yaml" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sites); i++) {
		const char *const paths[] = { "profiles" };
		const struct profile_options options = { paths, 1, sites[i], DAY_2026_01_01 };
		CLEANUP(diags_fini) struct diags diags = {};
		CLEANUP(profile_set_freep) struct profile_set *set = NULL;
		struct loading second;

		assert_int_equal(profile_set_load(&options, &diags, &set), 0);
		loading_open(&second);
		round_trip(set, &second, sites[i] ? sites[i] : "no site");
		loading_close(&second);
	}
}

/* The second model, by the rules, against what was meant when the first text was written. */
static void expect_same_meaning(struct random *random, const struct random_text *text, const struct profile_set *set)
{
	for (int i = 0; i < PACKETS_PER_SET; i++) {
		struct oracle_packet packet = random_packet(random, text->landmarks);
		struct oracle_verdict a = oracle_judge(text->meaning, &packet, VX_ROLE_ANY);
		struct oracle_verdict b = oracle_judge(set, &packet, VX_ROLE_ANY);

		assert_int_equal(a.outcome, b.outcome);
		assert_int_equal(a.dscp_unexpected, b.dscp_unexpected);
		assert_string_equal(a.service ? a.service : "", b.service ? b.service : "");
		assert_string_equal(a.vendor ? a.vendor : "", b.vendor ? b.vendor : "");
	}
}

static void random_profiles_come_back(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		struct random random = { seed };
		struct loading first, second;
		struct random_text text;
		char name[32];

		loading_open(&first);
		loading_open(&second);
		random_text_write(&random, &first, DAY_2026_01_01, &text);
		loading_load(&first, NULL, RANDOM_TEXT_SITE, DAY_2026_01_01);
		(void)snprintf(name, sizeof(name), "seed %llu", (unsigned long long)seed);
		round_trip(first.set, &second, name);
		expect_same_meaning(&random, &text, second.set);
		random_text_fini(&text);
		loading_close(&first);
		loading_close(&second);
	}
}

/* Text that looks like something else, or has what YAML gives a meaning to. */
static void text_stays_what_it_is(void **state)
{
	static const char *const texts[] = {
		"plain",
		"two words",
		"null",
		"~",
		"true",
		"yes",
		"No",
		"12",
		"010",
		"1e3",
		"2026-01-01",
		"a: b",
		"a #b",
		"#a",
		"- a",
		"-a",
		"[a]",
		"{a}",
		"*a",
		"&a",
		"!a",
		"%a",
		"@a",
		"`a",
		"|",
		">",
		"'a'",
		"\"a\"",
		"a\\b",
		"a\tb",
		"a\nb",
		" a",
		"a, b",
		"a:",
		"\xc3\xa9t\xc3\xa9",
		"\xe2\x82\xac",
		"\xf0\x9f\x93\x9e",
		("a\xc2\x85"
		 "b"), /* apart, or b would belong to the escape */
		"\xe2\x80\xa8x",
		"\xef\xbb\xbfx",
		"a/b",
		"x'y\"z",
		"?",
		"? a",
		"---",
		"...",
		"<<",
		"=",
		"0x1f",
		".5",
		"+1",
	};
	struct loading loading, second;

	(void)state;
	loading_open(&loading);
	loading_open(&second);
	loading_load_text(&loading, loading_profile);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct service *service = &loading.set->vendors[0].services[0];
		CLEANUP_FREE char *text = NULL;

		service->note = texts[i];
		service->labels[0].value = texts[i];
		loading.set->vendors[0].title = texts[i];
		text = text_of(&loading.set->vendors[0]);
		loading_write_bytes(&second, "test.yaml", text, strlen(text));
		loading_load(&second, "test.yaml", NULL, DAY_2026_01_01);
		assert_no_errors(&second, texts[i]);
		assert_string_equal(second.set->vendors[0].title, texts[i]);
		assert_string_equal(second.set->vendors[0].services[0].note, texts[i]);
		assert_string_equal(second.set->vendors[0].services[0].labels[0].value, texts[i]);
	}
	loading_close(&loading);
	loading_close(&second);
}

/* Whatever the order in a file, the written form has one. */
static void order_of_prefixes_makes_no_difference(void **state)
{
	static const char head[] =
		"voxdp: 1\nvendor: a\ntitle: T\nservices:\n"
		"  s: {remote: r, ports: [tcp/9, udp/4-5, udp/3], payload: [stun, sip], source: x}\n";
	CLEANUP_FREE char *first = NULL;
	CLEANUP_FREE char *second = NULL;
	char *texts[2] = {};
	struct loading loading;

	(void)state;
	loading_open(&loading);
	assert_true(asprintf(&first, "%sranges:\n  r: {prefixes: [192.0.2.0/24, \"2001:db8::/32\", 192.0.2.0/25]}\n",
			     head) > 0);
	assert_true(asprintf(&second, "%sranges:\n  r: {prefixes: [192.0.2.0/25, 192.0.2.0/24, \"2001:db8::/32\"]}\n",
			     head) > 0);
	loading_load_text(&loading, first);
	assert_no_errors(&loading, first);
	texts[0] = text_of(&loading.set->vendors[0]);
	loading_load_text(&loading, second);
	assert_no_errors(&loading, second);
	texts[1] = text_of(&loading.set->vendors[0]);
	assert_string_equal(texts[0], texts[1]);
	assert_non_null(strstr(texts[0], "      - 192.0.2.0/24\n      - 192.0.2.0/25\n      - \"2001:db8::/32\"\n"));
	assert_non_null(strstr(texts[0], "    ports: [udp/3-5, tcp/9]\n"));
	free(texts[0]);
	free(texts[1]);
	loading_close(&loading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_construct_comes_back),
		cmocka_unit_test(shipped_profiles_come_back),
		cmocka_unit_test(random_profiles_come_back),
		cmocka_unit_test(text_stays_what_it_is),
		cmocka_unit_test(order_of_prefixes_makes_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
