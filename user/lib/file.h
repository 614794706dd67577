/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading whole regular files. */
#ifndef VOXDP_LIB_FILE_H
#define VOXDP_LIB_FILE_H

#include <stddef.h>

/*
 * Reads a regular file of at most @max_bytes. @ret is NUL-terminated behind its @ret_size bytes and is the caller's to
 * free. Never blocks on what is not a file. Returns 0, -ENODEV: not a regular file; -EISDIR; -EFBIG;
 * -ENOMEM; else what open or read said.
 */
int file_read(const char *path, size_t max_bytes, char **ret, size_t *ret_size);

#endif
