/* SPDX-License-Identifier: BSD-2-Clause */
/* A file is replaced as a whole or not at all. */
#include <dirent.h>
#include <errno.h>
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
#include "lib/file.h"
#include "lib/replace.h"

static char top[] = "/tmp/voxdp-replace-XXXXXX";
static char path[64];

static size_t files_in(const char *directory)
{
	DIR *dir = opendir(directory);
	size_t count = 0;

	assert_non_null(dir);
	for (const struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void the_file_has_the_new_bytes_and_mode(void **state)
{
	CLEANUP_FREE char *bytes = NULL;
	struct stat st;
	size_t size;

	(void)state;
	assert_int_equal(file_replace(path, "one", 3), 0);
	assert_int_equal(file_replace(path, "another", 7), 0);
	assert_int_equal(file_read(path, 100, &bytes, &size), 0);
	assert_string_equal(bytes, "another");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(files_in(top), 1);
}

static void who_reads_it_meanwhile_goes_on_with_the_old_one(void **state)
{
	CLEANUP_FCLOSE FILE *old = NULL;
	char text[8] = "";

	(void)state;
	assert_int_equal(file_replace(path, "old", 3), 0);
	old = fopen(path, "re");
	assert_non_null(old);
	assert_int_equal(file_replace(path, "new", 3), 0);
	assert_int_equal(fread(text, 1, sizeof(text), old), 3);
	assert_string_equal(text, "old");
}

static void on_failure_nothing_is_left_beside_it(void **state)
{
	char directory[80], missing[80];

	(void)state;
	(void)snprintf(missing, sizeof(missing), "%s/none/file", top);
	assert_int_equal(file_replace(missing, "x", 1), -ENOENT);
	/* A directory cannot be replaced by a file: the rename fails, after the new file was written. */
	(void)snprintf(directory, sizeof(directory), "%s/directory", top);
	assert_int_equal(mkdir(directory, 0755), 0);
	assert_int_equal(file_replace(directory, "x", 1), -EISDIR);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(files_in(top), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_has_the_new_bytes_and_mode),
		cmocka_unit_test(who_reads_it_meanwhile_goes_on_with_the_old_one),
		cmocka_unit_test(on_failure_nothing_is_left_beside_it),
	};
	int failed;

	if (!mkdtemp(top))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/file", top);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	return unlink(path) || rmdir(top) ? 1 : failed;
}
