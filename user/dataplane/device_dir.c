/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and paths of the directories of devices. */
#include "dataplane/device_dir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dataplane/kernel.h"

#define DEVICES "devices"

void device_path(const struct state *state, const char *dir, const char *pin, char path[STATE_PATH_MAX])
{
	char inner[64];

	(void)snprintf(inner, sizeof(inner), DEVICES "%s%s", dir ? "/" : "", dir ? dir : "");
	state_path(state, inner, pin, path);
}

/* A name is an interface's index, with the suffix while it is being attached or detached. */
enum device_directory device_directory_kind(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	if (!digits || digits > 10)
		return DIRECTORY_FOREIGN;
	if (!name[digits])
		return DIRECTORY_DEVICE;
	return strcmp(name + digits, PARTIAL_SUFFIX) == 0 ? DIRECTORY_PARTIAL : DIRECTORY_FOREIGN;
}

int device_directory_open(const struct state *state, DIR **ret, struct failure *failure)
{
	char path[STATE_PATH_MAX];
	DIR *dir;

	device_path(state, NULL, NULL, path);
	dir = opendir(path);
	if (!dir && errno != ENOENT)
		return kernel_failure(failure, errno, "cannot read %s", path);
	*ret = dir;
	return 0;
}

void device_directory_closep(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}
