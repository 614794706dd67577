/* SPDX-License-Identifier: BSD-2-Clause */
/* Which changes of files are noticed, and which are passed over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/cleanup.h"
#include "serve/watch.h"

static char top[] = "/tmp/voxdp-watch-XXXXXX";

static const char *path_of(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % ARRAY_SIZE(paths)];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", top, name);
	return path;
}

static void write_file(const char *name)
{
	FILE *file = fopen(path_of(name), "we");

	assert_non_null(file);
	assert_true(fputs("x\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void rename_file(const char *from, const char *to)
{
	assert_int_equal(rename(path_of(from), path_of(to)), 0);
}

static int setup(void **state)
{
	char command[300];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s && mkdir -p %s/profiles/sub %s/lists", top, top, top);
	if (system(command))
		return -1;
	write_file("profiles/acme.yaml");
	write_file("lists/pool.txt");
	write_file("lists/other.txt");
	write_file("spare");
	return 0;
}

static struct watch *watch_all(void)
{
	const char *const profiles[] = { path_of("profiles") };
	const char *const files[] = { path_of("lists/pool.txt") };
	const struct watch_paths paths = { profiles, 1, files, 1 };
	struct watch *watch = NULL;

	assert_int_equal(watch_new(&paths, &watch), 0);
	assert_false(watch_read(watch));
	return watch;
}

static void a_profile_that_is_written_matters(void **state)
{
	CLEANUP(watch_freep) struct watch *watch = watch_all();

	(void)state;
	write_file("profiles/acme.yaml");
	assert_true(watch_read(watch));
	assert_false(watch_read(watch));
	write_file("profiles/new.yml");
	assert_true(watch_read(watch));
}

/* An editor's way: a file of another name, then a rename over the profile. */
static void a_profile_that_is_renamed_matters_and_what_editors_leave_does_not(void **state)
{
	CLEANUP(watch_freep) struct watch *watch = watch_all();

	(void)state;
	write_file("profiles/.acme.yaml.swp");
	write_file("profiles/acme.yaml~");
	write_file("profiles/4913");
	assert_false(watch_read(watch));
	rename_file("profiles/4913", "profiles/acme.yaml");
	assert_true(watch_read(watch));
	rename_file("profiles/acme.yaml", "profiles/acme.yaml.off");
	assert_true(watch_read(watch));
}

static void a_profile_that_is_removed_or_linked_matters(void **state)
{
	CLEANUP(watch_freep) struct watch *watch = watch_all();

	(void)state;
	assert_int_equal(unlink(path_of("profiles/acme.yaml")), 0);
	assert_true(watch_read(watch));
	assert_int_equal(symlink("../spare", path_of("profiles/acme.yaml")), 0);
	assert_true(watch_read(watch));
	assert_int_equal(link(path_of("spare"), path_of("profiles/hard.yaml")), 0);
	assert_true(watch_read(watch));
}

/* A file that has just been made is empty: reading it now would be reading half of it. */
static void a_profile_is_waited_for_until_it_is_written(void **state)
{
	CLEANUP(watch_freep) struct watch *watch = watch_all();
	FILE *file;

	(void)state;
	file = fopen(path_of("profiles/slow.yaml"), "we");
	assert_non_null(file);
	assert_false(watch_read(watch));
	assert_int_equal(fclose(file), 0);
	assert_true(watch_read(watch));
}

static void the_data_link_of_a_configmap_matters(void **state)
{
	CLEANUP(watch_freep) struct watch *watch = watch_all();

	(void)state;
	assert_int_equal(symlink("sub", path_of("profiles/..data_tmp")), 0);
	assert_false(watch_read(watch));
	rename_file("profiles/..data_tmp", "profiles/..data");
	assert_true(watch_read(watch));
}

static void of_other_directories_only_the_named_file_matters(void **state)
{
	CLEANUP(watch_freep) struct watch *watch = watch_all();

	(void)state;
	write_file("lists/other.txt");
	write_file("spare");
	assert_false(watch_read(watch));
	write_file("lists/pool.txt");
	assert_true(watch_read(watch));
}

static void the_directory_itself_matters(void **state)
{
	CLEANUP(watch_freep) struct watch *watch = watch_all();

	(void)state;
	rename_file("profiles", "before");
	assert_true(watch_read(watch));
	assert_int_equal(mkdir(path_of("profiles"), 0755), 0);
	assert_true(watch_read(watch));
}

static void what_is_not_there_is_waited_for(void **state)
{
	const char *const files[] = { path_of("site.yaml"), path_of("none/at/all.txt") };
	const struct watch_paths paths = { NULL, 0, files, 2 };
	CLEANUP(watch_freep) struct watch *watch = NULL;

	(void)state;
	assert_int_equal(watch_new(&paths, &watch), 0);
	write_file("site.yaml");
	assert_true(watch_read(watch));
}

/* A name with letters that a pattern would read as more than themselves. */
static void a_name_is_no_pattern(void **state)
{
	const char *const files[] = { path_of("s*te.yaml") };
	const struct watch_paths paths = { NULL, 0, files, 1 };
	CLEANUP(watch_freep) struct watch *watch = NULL;

	(void)state;
	assert_int_equal(watch_new(&paths, &watch), 0);
	write_file("site.yaml");
	assert_false(watch_read(watch));
	write_file("s*te.yaml");
	assert_true(watch_read(watch));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_profile_that_is_written_matters, setup),
		cmocka_unit_test_setup(a_profile_that_is_renamed_matters_and_what_editors_leave_does_not, setup),
		cmocka_unit_test_setup(a_profile_that_is_removed_or_linked_matters, setup),
		cmocka_unit_test_setup(a_profile_is_waited_for_until_it_is_written, setup),
		cmocka_unit_test_setup(the_data_link_of_a_configmap_matters, setup),
		cmocka_unit_test_setup(of_other_directories_only_the_named_file_matters, setup),
		cmocka_unit_test_setup(the_directory_itself_matters, setup),
		cmocka_unit_test_setup(what_is_not_there_is_waited_for, setup),
		cmocka_unit_test_setup(a_name_is_no_pattern, setup),
	};
	char command[64];
	int failed;

	if (!mkdtemp(top))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command) ? 1 : failed;
}
