/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Noticing that profiles have changed. Directories are watched, not files: editors replace a file by a rename, and
 * Kubernetes switches a whole ConfigMap by renaming its link `..data`. A directory's own parent is watched too, since
 * the directory may be replaced.
 */
#ifndef VOXDP_SERVE_WATCH_H
#define VOXDP_SERVE_WATCH_H

#include <stdbool.h>
#include <stddef.h>

struct watch;

/* Which files matter. */
struct watch_paths {
	const char *const *profiles; /* files, or directories whose *.yaml and *.yml are profiles */
	size_t profile_count;
	const char *const *files; /* others: the site file, lists of prefixes */
	size_t file_count;
};

/*
 * Begins to watch. What is not there is waited for as far as its parent directory is. Begin before the files are read:
 * what changes after this is noticed. Returns 0, -ENOMEM, or what inotify said.
 */
int watch_new(const struct watch_paths *paths, struct watch **ret);
void watch_free(struct watch *watch);
void watch_freep(struct watch **watch);

/* Readable when there is something to look at. */
int watch_fd(const struct watch *watch);
/* Takes what has happened; does any of it matter? */
bool watch_read(struct watch *watch);

#endif
