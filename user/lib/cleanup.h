/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ownership by attribute: a local that owns something is declared with one of these and initialised at once; it leaves
 * the function by TAKE_PTR or TAKE_FD. One reads a single function and sees that it leaks nothing.
 */
#ifndef VOXDP_LIB_CLEANUP_H
#define VOXDP_LIB_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

static inline void cleanup_freep(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define CLEANUP_FREE CLEANUP(cleanup_freep)
#define CLEANUP_CLOSE CLEANUP(cleanup_closep)
#define CLEANUP_FCLOSE CLEANUP(cleanup_fclosep)

/* Hands a pointer over: evaluates to it and leaves NULL behind. */
#define TAKE_PTR(p)                                                                                                    \
	({                                                                                                             \
		__typeof__(p) *_p = &(p);                                                                              \
		__typeof__(p) _taken = *_p;                                                                            \
		*_p = NULL;                                                                                            \
		_taken;                                                                                                \
	})

#define TAKE_FD(fd)                                                                                                    \
	({                                                                                                             \
		int *_fd = &(fd);                                                                                      \
		int _taken = *_fd;                                                                                     \
		*_fd = -1;                                                                                             \
		_taken;                                                                                                \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
