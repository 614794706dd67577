/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading whole regular files. */
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"

/* Reads until the end, which may come sooner or later than stat said. */
static int read_all(int fd, char *bytes, size_t room, size_t *ret_size)
{
	size_t size = 0;

	while (size < room) {
		ssize_t got = read(fd, bytes + size, room - size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		size += (size_t)got;
	}
	*ret_size = size;
	return 0;
}

int file_read(const char *path, size_t max_bytes, char **ret, size_t *ret_size)
{
	/* O_NONBLOCK: opening a FIFO without a writer would wait for one. */
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	CLEANUP_FREE char *bytes = NULL;
	struct stat st;
	size_t size = 0;
	int err;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -ENODEV;
	if (st.st_size > (off_t)max_bytes)
		return -EFBIG;
	bytes = malloc((size_t)st.st_size + 2);
	if (!bytes)
		return -ENOMEM;
	err = read_all(fd, bytes, (size_t)st.st_size + 1, &size);
	if (err)
		return err;
	if (size > (size_t)st.st_size) /* it is being written to: what was read is a part of it */
		return -EAGAIN;
	bytes[size] = '\0';
	*ret = TAKE_PTR(bytes);
	*ret_size = size;
	return 0;
}
