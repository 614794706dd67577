/* SPDX-License-Identifier: BSD-2-Clause */
/* Failures carry an exit code and one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "lib/failure.h"

static void failure_holds_code_and_text(void **state)
{
	struct failure failure = {};

	(void)state;
	assert_int_equal(failure_set(&failure, VX_EXIT_LOCKED, EBUSY, "pid %d holds %s", 7, "the lock"), -EBUSY);
	assert_int_equal(failure.exit_code, 6);
	assert_string_equal(failure.text, "pid 7 holds the lock");
}

static void long_text_is_cut_not_overrun(void **state)
{
	struct failure failure;

	(void)state;
	assert_int_equal(failure_set(&failure, VX_EXIT_FAILED, EIO, "%05000d", 1), -EIO);
	assert_int_equal(strlen(failure.text), sizeof(failure.text) - 1);
}

static void only_missing_permission_has_its_own_code(void **state)
{
	(void)state;
	assert_int_equal(failure_exit_for_errno(EPERM), VX_EXIT_NOT_PERMITTED);
	assert_int_equal(failure_exit_for_errno(EACCES), VX_EXIT_NOT_PERMITTED);
	assert_int_equal(failure_exit_for_errno(ENOENT), VX_EXIT_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failure_holds_code_and_text),
		cmocka_unit_test(long_text_is_cut_not_overrun),
		cmocka_unit_test(only_missing_permission_has_its_own_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
