/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading files: whole, bounded, regular ones only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/file.h"
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

static int read_named(struct loading *loading, const char *name, size_t max, char **bytes, size_t *size)
{
	return file_read(loading_path(loading, name), max, bytes, size);
}

static void whole_file_is_read(void **state)
{
	char *bytes;
	size_t size;

	loading_write_bytes(*state, "a", "one\0two", 7);
	assert_int_equal(read_named(*state, "a", 7, &bytes, &size), 0);
	assert_int_equal(size, 7);
	assert_memory_equal(bytes, "one\0two", 8); /* a NUL follows */
	free(bytes);
	loading_write_bytes(*state, "a", "", 0);
	assert_int_equal(read_named(*state, "a", 7, &bytes, &size), 0);
	assert_int_equal(size, 0);
	assert_string_equal(bytes, "");
	free(bytes);
}

static void larger_file_is_refused(void **state)
{
	char *bytes;
	size_t size;

	loading_write_bytes(*state, "a", "12345678", 8);
	assert_int_equal(read_named(*state, "a", 7, &bytes, &size), -EFBIG);
}

static void what_is_no_file_is_refused_at_once(void **state)
{
	char *bytes;
	size_t size;

	assert_int_equal(mkfifo(loading_path(*state, "fifo"), 0600), 0);
	assert_int_equal(read_named(*state, "fifo", 100, &bytes, &size), -ENODEV);
	assert_int_equal(file_read("/dev/null", 100, &bytes, &size), -ENODEV);
	assert_int_equal(file_read("/", 100, &bytes, &size), -EISDIR);
	assert_int_equal(read_named(*state, "absent", 100, &bytes, &size), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whole_file_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(larger_file_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_refused_at_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
