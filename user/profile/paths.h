/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files to read, and what to say of those that cannot be read. For user/profile/ and other YAML files. */
#ifndef VOXDP_PROFILE_PATHS_H
#define VOXDP_PROFILE_PATHS_H

#include <stddef.h>

#include "profile/reader.h"

/* @path as seen from the directory of the file @from; an absolute path is itself. NULL: out of memory, noted. */
const char *path_beside(struct reader *reader, const char *from, const char *path);

/* Why a file could not be read, for a message; @error is a positive errno of file_read(). */
const char *path_error_text(int error);

/*
 * The profile files that @paths name: files, and *.yaml and *.yml of directories in byte order; names that begin with
 * a dot are left out. What cannot be read is reported. Returns 0 and a list in @arena, or -ENOMEM.
 */
int profile_paths_list(struct arena *arena, struct diags *diags, const char *const *paths, size_t count,
		       struct strings *ret);

#endif
