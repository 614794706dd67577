/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files of a directory are profiles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "lib/cleanup.h"
#include "profile/paths.h"
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

static void profiles_of_a_directory_are_listed_in_byte_order(void **state)
{
	static const char *const files[] = { "b.yaml", "a.yml", "B.yaml",      ".hidden.yaml",
					     "c.txt",  "yaml",	"schema.json", "a.yaml~" };
	static const char *const expected[] = { "B.yaml", "a.yml", "b.yaml" };
	struct loading *loading = *state;
	CLEANUP(arena_freep) struct arena *arena = NULL;
	struct strings list;
	char with_slash[128];
	const char *paths[] = { with_slash };

	assert_int_equal(arena_new(&arena), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		loading_write(loading, files[i], "");
	(void)snprintf(with_slash, sizeof(with_slash), "%s//", loading->directory);
	assert_int_equal(profile_paths_list(arena, &loading->diags, paths, 1, &list), 0);
	assert_int_equal(loading->diags.count, 0);
	assert_int_equal(list.count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < list.count; i++)
		assert_string_equal(list.items[i], loading_path(loading, expected[i]));
}

static void files_keep_the_order_in_which_they_were_named(void **state)
{
	CLEANUP(arena_freep) struct arena *arena = NULL;
	const char *const paths[] = { "z.yaml", "/absent/a.txt" };
	struct diags diags = {};
	struct strings list;

	(void)state;
	assert_int_equal(arena_new(&arena), 0);
	assert_int_equal(profile_paths_list(arena, &diags, paths, 2, &list), 0);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0], "z.yaml");
	assert_string_equal(list.items[1], "/absent/a.txt"); /* reading it will say what is wrong */
	assert_int_equal(diags.count, 0);
}

static void relative_paths_are_beside_the_file(void **state)
{
	struct reader reader = {};

	(void)state;
	assert_int_equal(arena_new(&reader.arena), 0);
	assert_string_equal(path_beside(&reader, "/etc/voxdp/a.yaml", "list.txt"), "/etc/voxdp/list.txt");
	assert_string_equal(path_beside(&reader, "profiles/a.yaml", "lists/b.txt"), "profiles/lists/b.txt");
	assert_string_equal(path_beside(&reader, "a.yaml", "list.txt"), "list.txt");
	assert_string_equal(path_beside(&reader, "/a.yaml", "list.txt"), "/list.txt");
	assert_string_equal(path_beside(&reader, "/etc/voxdp/a.yaml", "/var/list.txt"), "/var/list.txt");
	arena_free(reader.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(profiles_of_a_directory_are_listed_in_byte_order, setup, teardown),
		cmocka_unit_test(files_keep_the_order_in_which_they_were_named),
		cmocka_unit_test(relative_paths_are_beside_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
