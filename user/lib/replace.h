/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a file that others read meanwhile: they see the old one or the new one, whole. */
#ifndef VOXDP_LIB_REPLACE_H
#define VOXDP_LIB_REPLACE_H

#include <stddef.h>

/*
 * Writes @size bytes beside @path, has them on disk, and renames them to it; mode 0644. On failure @path is what it was
 * and nothing is left beside it. Returns 0 or a negative errno.
 */
int file_replace(const char *path, const void *bytes, size_t size);

#endif
