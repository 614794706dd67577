/* SPDX-License-Identifier: BSD-2-Clause */
/* An inotify instance and a list of names that matter, each in a directory. */
#include "serve/watch.h"

#include <errno.h>
#include <fnmatch.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"

/* One kind of name in one watched directory; a directory may have several. */
struct watched {
	int wd;
	char *directory;
	char *pattern; /* of fnmatch(3) */
};

struct watch {
	int fd;
	struct watched *items;
	size_t count;
};

#define EVENTS                                                                                                         \
	(IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |        \
	 IN_ONLYDIR)

static int watch_add(struct watch *watch, const char *directory, const char *pattern)
{
	struct watched *items = reallocarray(watch->items, watch->count + 1, sizeof(*items));
	struct watched *item;

	if (!items)
		return -ENOMEM;
	watch->items = items;
	item = &items[watch->count];
	*item = (struct watched){ .wd = inotify_add_watch(watch->fd, directory, EVENTS) };
	if (item->wd < 0) /* what is not there, or not for us to see, is told by who reads it */
		return errno == ENOMEM || errno == ENOSPC ? -errno : 0;
	watch->count++;
	item->directory = strdup(directory);
	item->pattern = strdup(pattern);
	return item->directory && item->pattern ? 0 : -ENOMEM;
}

/* Letters that fnmatch would read as more than themselves. */
static void name_escape(const char *name, char pattern[2 * NAME_MAX + 1])
{
	size_t length = 0;

	for (; *name && length < 2 * NAME_MAX - 1; name++) {
		if (strchr("*?[\\", *name))
			pattern[length++] = '\\';
		pattern[length++] = *name;
	}
	pattern[length] = '\0';
}

/* A file, by its name in its directory, and the link by which Kubernetes switches the file's contents. */
static int file_add(struct watch *watch, const char *path)
{
	CLEANUP_FREE char *directory_copy = strdup(path);
	CLEANUP_FREE char *name_copy = strdup(path);
	char pattern[2 * NAME_MAX + 1];
	const char *directory;
	int error;

	if (!directory_copy || !name_copy)
		return -ENOMEM;
	directory = dirname(directory_copy);
	name_escape(basename(name_copy), pattern);
	error = watch_add(watch, directory, pattern);
	return error ? error : watch_add(watch, directory, "..data");
}

static int directory_add(struct watch *watch, const char *path)
{
	static const char *const patterns[] = { "*.yaml", "*.yml", "..data" };
	int error = file_add(watch, path); /* it may be replaced as a whole */

	for (size_t i = 0; i < ARRAY_SIZE(patterns) && !error; i++)
		error = watch_add(watch, path, patterns[i]);
	return error;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int watch_new(const struct watch_paths *paths, struct watch **ret)
{
	CLEANUP(watch_freep) struct watch *watch = calloc(1, sizeof(*watch));
	int error = 0;

	if (!watch)
		return -ENOMEM;
	watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch->fd < 0)
		return -errno;
	for (size_t i = 0; i < paths->profile_count && !error; i++)
		error = is_directory(paths->profiles[i]) ? directory_add(watch, paths->profiles[i]) :
							   file_add(watch, paths->profiles[i]);
	for (size_t i = 0; i < paths->file_count && !error; i++)
		error = file_add(watch, paths->files[i]);
	if (!error)
		*ret = TAKE_PTR(watch);
	return error;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	for (size_t i = 0; i < watch->count; i++) {
		free(watch->items[i].directory);
		free(watch->items[i].pattern);
	}
	free(watch->items);
	cleanup_closep(&watch->fd);
	free(watch);
}

void watch_freep(struct watch **watch)
{
	watch_free(*watch);
}

int watch_fd(const struct watch *watch)
{
	return watch->fd;
}

/* A plain file that has just been made is empty: its content is told by IN_CLOSE_WRITE. Links come with theirs. */
static bool is_empty_yet(const struct watched *watched, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", watched->directory, name) >= sizeof(path))
		return false;
	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1;
}

static bool event_matters(const struct watch *watch, const struct inotify_event *event)
{
	if (event->mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF))
		return true;
	for (size_t i = 0; event->len && i < watch->count; i++) {
		const struct watched *watched = &watch->items[i];

		if (watched->wd == event->wd && fnmatch(watched->pattern, event->name, 0) == 0 &&
		    !(event->mask & IN_CREATE && is_empty_yet(watched, event->name)))
			return true;
	}
	return false;
}

bool watch_read(struct watch *watch)
{
	char buffer[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool matters = false;
	ssize_t size;

	while ((size = read(watch->fd, buffer, sizeof(buffer))) > 0)
		for (const char *at = buffer; at < buffer + size;) {
			const struct inotify_event *event = (const struct inotify_event *)(const void *)at;

			matters = event_matters(watch, event) || matters;
			at += sizeof(*event) + event->len;
		}
	return matters;
}
