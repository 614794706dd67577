/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a command could not do its work: the exit code and one line for a person. Layers below the commands fill it and
 * print nothing; the command prints it once.
 */
#ifndef VOXDP_LIB_FAILURE_H
#define VOXDP_LIB_FAILURE_H

/* The documented exit codes. */
enum vx_exit {
	VX_EXIT_DONE = 0,
	VX_EXIT_FAILED = 1,
	VX_EXIT_USAGE = 2,
	VX_EXIT_PROFILE = 3, /* a profile is invalid */
	VX_EXIT_NOT_ATTACHED = 4,
	VX_EXIT_NOT_PERMITTED = 5,
	VX_EXIT_LOCKED = 6,	 /* another writer holds the lock */
	VX_EXIT_UNSUPPORTED = 7, /* the kernel or the NIC lacks a feature, which the line names */
};

struct failure {
	enum vx_exit exit_code;
	char text[1024];
};

/*
 * Fills @failure (what, got, expected, what to do; no newline) and returns -@error, so that a caller writes
 * `return failure_set(...)`. @error is a positive errno. A second call overwrites the first: set it where it happens.
 */
int failure_set(struct failure *failure, enum vx_exit exit_code, int error, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The exit code that an errno alone suggests: EPERM and EACCES are NOT_PERMITTED, everything else FAILED. */
enum vx_exit failure_exit_for_errno(int error);

#endif
