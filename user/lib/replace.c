/* SPDX-License-Identifier: BSD-2-Clause */
/* The new file is made in the directory of the old one, since a rename does not leave a file system. */
#include "lib/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t done = write(fd, bytes, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		bytes += done;
		size -= (size_t)done;
	}
	return 0;
}

/* The name is on disk too when its directory is. */
static int directory_sync(const char *path)
{
	CLEANUP_FREE char *copy = strdup(path);
	CLEANUP_CLOSE int fd = -1;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) ? -errno : 0;
}

int file_replace(const char *path, const void *bytes, size_t size)
{
	CLEANUP_FREE char *beside = NULL;
	CLEANUP_CLOSE int fd = -1;
	int error;

	/* Not PATH.XXXXXX with PATH's own ending: who reads *.prom must not see it. */
	if (asprintf(&beside, "%s.XXXXXX", path) < 0) {
		beside = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = write_all(fd, bytes, size);
	if (!error && (fchmod(fd, 0644) || fsync(fd) || rename(beside, path)))
		error = -errno;
	if (error) {
		(void)unlink(beside); /* what went wrong before is what is told */
		return error;
	}
	return directory_sync(path);
}
