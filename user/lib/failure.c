/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills struct failure; prints nothing. */
#include "lib/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int failure_set(struct failure *failure, enum vx_exit exit_code, int error, const char *format, ...)
{
	va_list args;

	failure->exit_code = exit_code;
	va_start(args, format);
	(void)vsnprintf(failure->text, sizeof(failure->text), format, args); /* a cut line still tells more than none */
	va_end(args);
	return -error;
}

enum vx_exit failure_exit_for_errno(int error)
{
	return error == EPERM || error == EACCES ? VX_EXIT_NOT_PERMITTED : VX_EXIT_FAILED;
}
