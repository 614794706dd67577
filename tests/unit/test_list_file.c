/* SPDX-License-Identifier: BSD-2-Clause */
/* Range sets from files: text and JSON, selected, covered, absent, broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/cleanup.h"
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

#define PROFILE(file)                                                                                                  \
	"voxdp: 1\nvendor: a\ntitle: T\nranges:\n  pool:\n    claim: shared\n    file:\n" file                         \
	"services:\n  s: {source: x, remote: pool, ports: udp/9, payload: sip}\n"

static const char text_profile[] = PROFILE("      path: list.txt\n");
static const char json_profile[] = PROFILE("      path: list.json\n"
					   "      format: json\n"
					   "      list: [v4, v6]\n"
					   "      prefix: [ipv4, ipv6]\n"
					   "      where: {kind: [voice, video], area: east}\n"
					   "      region: area\n");

static const struct range_set *load(struct loading *loading, const char *profile)
{
	loading_write(loading, "a.yaml", profile);
	loading_load(loading, "a.yaml", NULL, 0);
	return loading->set ? loading->set->vendors[0].range_sets[0] : NULL;
}

static void assert_prefixes(const struct range_set *set, const char *const *expected, size_t count)
{
	assert_non_null(set);
	assert_true(set->defined);
	assert_int_equal(set->range_count, count);
	for (size_t i = 0; i < count; i++) {
		char text[PREFIX_TEXT_MAX];

		prefix_format(&set->ranges[i].prefix, text);
		assert_string_equal(text, expected[i]);
	}
}

static void text_list_is_read_and_covered(void **state)
{
	static const char *const expected[] = { "192.0.2.0/24", "198.51.100.7/32", "2001:db8::/32" };

	loading_write(
		*state, "list.txt",
		"# a list\n\n192.0.2.128/25 # upper\n  192.0.2.0/25\r\n\t198.51.100.7\n2001:db8::/32#v6\n192.0.2.9\n");
	assert_prefixes(load(*state, text_profile), expected, ARRAY_SIZE(expected));
	assert_no_errors(*state, "text");
}

static void text_list_without_a_last_newline_is_read_whole(void **state)
{
	static const char *const expected[] = { "192.0.2.0/24" };

	loading_write(*state, "list.txt", "192.0.2.0/24");
	assert_prefixes(load(*state, text_profile), expected, ARRAY_SIZE(expected));
}

static void bad_lines_are_errors_at_their_place(void **state)
{
	static const struct {
		const char *list, *part;
	} rows[] = {
		{ "192.0.2.0/24\n  @192.0.2.1/24 # x\n", "did you mean 192.0.2.0/24?" },
		{ "@192.0.2.0/24,\n", "bad prefix length" },
		{ "# x\n@example.com\n", "expected an address" },
		{ "\n\n@0.0.0.0/0\n", "everywhere" },
		{ "@192.0.2.0/24 192.0.3.0/24\n", "bad prefix length" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		loading_write(*state, "list.txt", rows[i].list);
		assert_null(load(*state, text_profile));
		assert_one_error(*state, rows[i].list, rows[i].part);
		assert_non_null(strstr(((struct loading *)*state)->diags.items[0].at.file, "/list.txt"));
	}
}

static void nul_in_a_text_list_is_an_error(void **state)
{
	loading_write_bytes(*state, "list.txt", "192.0.2.0/24\n192.0\0.3.0/24\n", 27);
	((struct loading *)*state)->line = 2;
	((struct loading *)*state)->column = 1;
	assert_null(load(*state, text_profile));
	assert_one_error(*state, "NUL", "NUL");
}

static const char json_list[] =
	"{\"created\": 1, \"v4\": [\n"
	"{\"ipv4\": \"192.0.2.0/25\", \"kind\": \"voice\", \"area\": \"east\"},\n"
	"{\"ipv4\": \"192.0.2.128/25\", \"kind\": \"video\", \"area\": \"east\"},\n"
	"{\"ipv4\": \"198.51.100.0/24\", \"kind\": \"mail\", \"area\": \"east\"},\n"
	"{\"ipv4\": \"198.51.101.0/24\", \"kind\": \"voice\", \"area\": \"west\"},\n"
	"{\"ipv4\": \"198.51.102.0/24\", \"area\": \"east\"},\n"
	"{\"ipv4\": \"198.51.103.0/24\", \"kind\": 5, \"area\": \"east\"}],\n"
	"\"v6\": [{\"ipv6\": \"2001:db8::/32\", \"kind\": \"voice\", \"area\": \"east\"}, {\"other\": 1}]}\n";

static void json_list_is_selected_and_covered(void **state)
{
	static const char *const expected[] = { "192.0.2.0/24", "2001:db8::/32" };
	const struct range_set *set;

	loading_write(*state, "list.json", json_list);
	set = load(*state, json_profile);
	assert_no_errors(*state, "json");
	assert_prefixes(set, expected, ARRAY_SIZE(expected));
	assert_string_equal(set->ranges[0].region, "east");
}

static void broken_json_lists_are_errors(void **state)
{
	static const struct {
		const char *from, *to, *part;
		unsigned line, column;
	} rows[] = {
		{ "192.0.2.0/25", "192.0.2.1/25", "v4[0].ipv4: host bits", 2, 10 },
		{ "\"192.0.2.128/25\"", "7", "v4[1].ipv4: expected text", 3, 10 },
		{ "\"v6\"", "\"V6\"", "no array \"v6\"", 0, 0 },
		{ "\"v6\": [{\"ipv6\"", "\"v6\": [{\"ipvv6\"", "no entry of the array \"v6\" has the member \"ipv6\"",
		  0, 0 },
		{ "\"created\": 1,", "\"created\": 1", "not valid JSON: expected a comma", 1, 15 },
		{ "\"created\": 1", "\"v6\": 1", "not valid JSON: duplicate object key", 8, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loading *loading = *state;

		loading_write_changed(loading, "list.json", json_list, rows[i].from, rows[i].to);
		assert_null(load(loading, json_profile));
		loading->line = rows[i].line;
		loading->column = rows[i].column;
		assert_one_error(loading, rows[i].to, rows[i].part);
	}
}

static void selection_that_leaves_nothing_is_a_warning(void **state)
{
	loading_write_changed(*state, "list.json", json_list, "\"created\"", "\"x\"");
	loading_write_changed(*state, "a.yaml", json_profile, "area: east", "area: nowhere");
	loading_load(*state, "a.yaml", NULL, 0);
	assert_no_errors(*state, "nothing selected");
	assert_non_null(loading_find(*state, SEVERITY_WARNING, "yields no prefix"));
}

static void absent_list_is_an_error_unless_optional(void **state)
{
	const struct range_set *set;

	assert_null(load(*state, PROFILE("      path: @list.txt\n")));
	assert_one_error(*state, "absent", "cannot read the list");
	set = load(*state, PROFILE("      path: list.txt\n      optional: true\n"));
	assert_no_errors(*state, "optional");
	assert_false(set->defined);
	assert_int_equal(set->range_count, 0);
	assert_non_null(loading_find(*state, SEVERITY_NOTE, "is not there"));
	assert_non_null(loading_find(*state, SEVERITY_NOTE, "service s is idle: the list file of pool is not there"));
}

static void unreadable_list_is_an_error_even_if_optional(void **state)
{
	assert_null(load(*state, PROFILE("      path: @.\n      optional: true\n")));
	assert_one_error(*state, "directory", "Is a directory");
}

static void prefixes_beside_a_file_are_kept(void **state)
{
	static const char *const expected[] = { "203.0.113.0/24", "192.0.2.0/24" };

	loading_write(*state, "list.txt", "192.0.2.0/24\n");
	assert_prefixes(load(*state, PROFILE("      path: list.txt\n    prefixes: [203.0.113.0/24]\n")), expected, 2);
}

static void site_file_names_another_list(void **state)
{
	static const char *const expected[] = { "203.0.113.0/24" };
	struct loading *loading = *state;

	loading_write(loading, "list.txt", "192.0.2.0/24\n");
	loading_write(loading, "other.txt", "203.0.113.0/24\n");
	loading_write(loading, "a.yaml", text_profile);
	loading_write(loading, "site.cfg", "voxdp: 1\nfiles:\n  a.pool: other.txt\n");
	loading_load(loading, "a.yaml", "site.cfg", 0);
	assert_no_errors(loading, "site");
	assert_prefixes(loading->set->vendors[0].range_sets[0], expected, 1);
}

static void list_that_the_site_file_names_must_be_there(void **state)
{
	struct loading *loading = *state;

	loading_write(loading, "a.yaml", PROFILE("      path: list.txt\n      optional: true\n"));
	loading_write(loading, "site.cfg", "voxdp: 1\nfiles:\n  @a.pool: other.txt\n");
	loading_load(loading, "a.yaml", "site.cfg", 0);
	assert_one_error(loading, "site", "other.txt: No such file");
}

/* Every other address: nothing can be joined. What grows with the square of its input takes minutes here. */
static void long_lists_are_read(void **state)
{
	enum { COUNT = 300000 };
	char *list = malloc(COUNT * 20), *p = list;
	struct loading *loading = *state;

	for (int i = COUNT - 1; i >= 0; i--)
		p += sprintf(p, "10.%d.%d.%d/32\n", i >> 15, i >> 7 & 255, (i & 127) * 2);
	loading_write_bytes(loading, "list.txt", list, (size_t)(p - list));
	free(list);
	assert_int_equal(load(loading, text_profile)->range_count, COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(text_list_is_read_and_covered, setup, teardown),
		cmocka_unit_test_setup_teardown(text_list_without_a_last_newline_is_read_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_lines_are_errors_at_their_place, setup, teardown),
		cmocka_unit_test_setup_teardown(nul_in_a_text_list_is_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(json_list_is_selected_and_covered, setup, teardown),
		cmocka_unit_test_setup_teardown(broken_json_lists_are_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(selection_that_leaves_nothing_is_a_warning, setup, teardown),
		cmocka_unit_test_setup_teardown(absent_list_is_an_error_unless_optional, setup, teardown),
		cmocka_unit_test_setup_teardown(unreadable_list_is_an_error_even_if_optional, setup, teardown),
		cmocka_unit_test_setup_teardown(prefixes_beside_a_file_are_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(site_file_names_another_list, setup, teardown),
		cmocka_unit_test_setup_teardown(long_lists_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(list_that_the_site_file_names_must_be_there, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
