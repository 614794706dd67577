/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths: directories of profiles, and files that are named inside a profile. */
#include "profile/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"

const char *path_beside(struct reader *reader, const char *from, const char *path)
{
	const char *slash = strrchr(from, '/');
	char *result;

	if (path[0] == '/' || !slash)
		result = arena_strndup(reader->arena, path, strlen(path));
	else
		result = arena_printf(reader->arena, "%.*s/%s", (int)(slash - from), from, path);
	if (!result)
		reader->out_of_memory = true;
	return result;
}

const char *path_error_text(int error)
{
	switch (error) {
	case ENODEV:
		return "not a regular file";
	case EAGAIN:
		return "it grew while it was read";
	case EFBIG:
		return "it is too large";
	default:
		return strerror(error);
	}
}

static bool is_profile_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] != '.' && dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int filter(const struct dirent *entry)
{
	return is_profile_name(entry->d_name);
}

static int byte_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int path_add(struct strings *list, const char *path)
{
	const char **items = reallocarray(list->items, list->count + 1, sizeof(*items));

	if (!items || !path) {
		if (items)
			list->items = items;
		return -ENOMEM;
	}
	list->items = items;
	list->items[list->count++] = path;
	return 0;
}

static int directory_add(struct arena *arena, struct diags *diags, const char *path, struct strings *list)
{
	struct mark at = { .file = path };
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, filter, byte_order);
	size_t length = strlen(path);
	int err = 0;

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (count < 0)
		diag_add(diags, SEVERITY_ERROR, at, "cannot read the directory: %s", strerror(errno));
	else if (count == 0)
		diag_add(diags, SEVERITY_ERROR, at, "the directory holds no profile, expected *.yaml or *.yml files");
	for (int i = 0; i < count; i++) {
		if (err == 0)
			err = path_add(list, arena_printf(arena, "%.*s%s%s", (int)length, path,
							  path[length - 1] == '/' ? "" : "/", entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	return err;
}

/* The list grows on the heap and ends in the arena. */
static int list_fill(struct arena *arena, struct diags *diags, const char *const *paths, size_t count,
		     struct strings *list)
{
	for (size_t i = 0; i < count; i++) {
		struct stat st;
		int err;

		if (stat(paths[i], &st) == 0 && S_ISDIR(st.st_mode))
			err = directory_add(arena, diags, paths[i], list);
		else /* what else is wrong with it is said when it is read */
			err = path_add(list, arena_strndup(arena, paths[i], strlen(paths[i])));
		if (err)
			return err;
	}
	return 0;
}

int profile_paths_list(struct arena *arena, struct diags *diags, const char *const *paths, size_t count,
		       struct strings *ret)
{
	struct strings list = {};
	int err = list_fill(arena, diags, paths, count, &list);
	const char **items = err ? NULL : arena_alloc(arena, list.count * sizeof(*items));

	if (items && list.count)
		memcpy(items, list.items, list.count * sizeof(*items));
	free(list.items);
	if (!items)
		return -ENOMEM;
	*ret = (struct strings){ items, list.count };
	return 0;
}
