/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes as a file, for readers that take a path. */
#ifndef TESTS_FUZZ_MEMORY_FILE_H
#define TESTS_FUZZ_MEMORY_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEMORY_FILE_PATH_MAX 32

/* Returns the file's descriptor, which keeps it, and its path. Aborts where there is none. */
static inline int memory_file(const uint8_t *bytes, size_t size, char path[MEMORY_FILE_PATH_MAX])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, MEMORY_FILE_PATH_MAX, "/proc/self/fd/%d", fd);
	return fd;
}

#endif
