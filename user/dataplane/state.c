/* SPDX-License-Identifier: BSD-2-Clause */
/* The directory of pins, its lock, and pins as such; knows nothing of what they hold. */
#include "dataplane/state.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "lib/cleanup.h"

/* A directory that is removed between open and lock is opened anew; more often than this nobody is that unlucky. */
#define OPEN_TRIES 16

struct state {
	char *path;
	int fd; /* of the directory, holds the lock */
	enum state_use use;
	bool made; /* the directory is ours from this call */
};

static int failure_no_bpffs(enum state_use use, const char *parent, const char *what, struct failure *failure)
{
	return failure_set(failure, use == STATE_CREATE ? VX_EXIT_FAILED : VX_EXIT_NOT_ATTACHED, ENOENT,
			   "%s%s %s: mount -t bpf bpf %s", use == STATE_CREATE ? "" : "not attached: ", parent, what,
			   parent);
}

/* Others may own or write the parent only as far as they cannot replace what is ours in it. */
static int check_parent(const char *path, enum state_use use, struct failure *failure)
{
	CLEANUP_FREE char *copy = strdup(path);
	const char *parent;
	struct statfs fs;
	struct stat st;

	if (!copy)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	parent = dirname(copy);
	if (statfs(parent, &fs) || stat(parent, &st)) {
		if (errno == ENOENT || errno == ENOTDIR)
			return failure_no_bpffs(use, parent, "is not a directory", failure);
		return kernel_failure(failure, errno, "cannot look at %s", parent);
	}
	if (fs.f_type != BPF_FS_MAGIC)
		return failure_no_bpffs(use, parent, "is not a BPF file system", failure);
	if (st.st_mode & (S_IWGRP | S_IWOTH) && !(st.st_mode & S_ISVTX))
		return failure_set(failure, VX_EXIT_FAILED, EPERM,
				   "%s is refused: others may write to it (mode %04o, expected 0700 or 1777)", parent,
				   st.st_mode & 07777);
	return 0;
}

static int check_directory(const struct state *state, struct failure *failure)
{
	struct statfs fs;
	struct stat st;

	if (fstat(state->fd, &st) || fstatfs(state->fd, &fs))
		return kernel_failure(failure, errno, "cannot look at %s", state->path);
	if (fs.f_type != BPF_FS_MAGIC)
		return failure_set(failure, VX_EXIT_FAILED, EPERM, "%s is refused: not on a BPF file system",
				   state->path);
	if (st.st_uid != geteuid())
		return failure_set(failure, VX_EXIT_FAILED, EPERM,
				   "%s is refused: it belongs to uid %u, expected ours, %u", state->path,
				   (unsigned)st.st_uid, (unsigned)geteuid());
	if ((st.st_mode & 07777) != 0700)
		return failure_set(failure, VX_EXIT_FAILED, EPERM, "%s is refused: its mode is %04o, expected 0700",
				   state->path, st.st_mode & 07777);
	return 0;
}

/* -EAGAIN: to be tried again. */
static int directory_went_away(const struct state *state, struct failure *failure)
{
	return failure_set(failure, VX_EXIT_LOCKED, EAGAIN, "%s keeps being removed by others", state->path);
}

/* Is the directory that was locked still the one at the path? */
static bool is_current(const struct state *state)
{
	struct stat ours, there;

	return fstat(state->fd, &ours) == 0 && lstat(state->path, &there) == 0 && ours.st_ino == there.st_ino &&
	       ours.st_dev == there.st_dev;
}

static int directory_open(struct state *state, struct failure *failure)
{
	if (state->use == STATE_CREATE) {
		state->made = mkdir(state->path, 0700) == 0;
		if (!state->made && errno != EEXIST)
			return kernel_failure(failure, errno, "cannot make %s", state->path);
	}
	state->fd = open(state->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (state->fd >= 0)
		return check_directory(state, failure);
	/* There it was when we made it, or found it: whoever detaches has removed it since. */
	if (errno == ENOENT && state->use == STATE_CREATE)
		return directory_went_away(state, failure);
	if (errno == ENOENT)
		return failure_set(failure, VX_EXIT_NOT_ATTACHED, ENOENT, "not attached: %s does not exist",
				   state->path);
	if (errno == ELOOP || errno == ENOTDIR)
		return failure_set(failure, VX_EXIT_FAILED, EPERM, "%s is refused: not a directory", state->path);
	return kernel_failure(failure, errno, "cannot open %s", state->path);
}

/* Returns 0, or -EAGAIN where the directory went away meanwhile. */
static int directory_lock(const struct state *state, struct failure *failure)
{
	while (flock(state->fd, LOCK_EX | LOCK_NB)) {
		if (errno == EINTR)
			continue;
		if (errno == EWOULDBLOCK)
			return failure_set(failure, VX_EXIT_LOCKED, EWOULDBLOCK,
					   "another voxdp holds the lock of %s; try again when it is done",
					   state->path);
		return kernel_failure(failure, errno, "cannot lock %s", state->path);
	}
	return is_current(state) ? 0 : directory_went_away(state, failure);
}

static int state_acquire(struct state *state, struct failure *failure)
{
	int error = -EAGAIN;

	for (int i = 0; i < OPEN_TRIES && error == -EAGAIN; i++) {
		if (state->fd >= 0)
			close(TAKE_FD(state->fd));
		error = directory_open(state, failure);
		if (!error && state->use != STATE_READ)
			error = directory_lock(state, failure);
	}
	return error;
}

int state_open(const char *path, enum state_use use, struct state **ret, struct failure *failure)
{
	CLEANUP(state_closep) struct state *state = NULL;
	size_t length = strlen(path);
	int error;

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (!length || length + 64 > STATE_PATH_MAX)
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "--state needs a path of 1 to %d bytes",
				   STATE_PATH_MAX - 64);
	state = calloc(1, sizeof(*state));
	if (!state)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	state->fd = -1;
	state->use = STATE_READ; /* until we hold the lock, closing removes nothing */
	state->path = strndup(path, length);
	if (!state->path)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	error = check_parent(state->path, use, failure);
	if (error)
		return error;
	state->use = use;
	error = state_acquire(state, failure);
	if (error) {
		/* Without the lock only what we made ourselves may go, and not where another has locked it since. */
		if (!state->made || error == -EWOULDBLOCK)
			state->use = STATE_READ;
		return error;
	}
	*ret = TAKE_PTR(state);
	return 0;
}

void state_close(struct state *state)
{
	if (!state)
		return;
	if (state->use != STATE_READ)
		(void)rmdir(state->path); /* fails where something is pinned, which is the point */
	if (state->fd >= 0)
		close(state->fd);
	free(state->path);
	free(state);
}

void state_closep(struct state **state)
{
	state_close(*state);
}

void state_path(const struct state *state, const char *dir, const char *name, char path[STATE_PATH_MAX])
{
	/* state_open() left room for the longest of our names */
	(void)snprintf(path, STATE_PATH_MAX, "%s%s%s%s%s", state->path, dir ? "/" : "", dir ? dir : "", name ? "/" : "",
		       name ? name : "");
}

int pin_open(const char *path, enum kernel_object kind, int *ret_fd, struct failure *failure)
{
	static const char *const words[] = { "map", "program", "link" };
	CLEANUP_CLOSE int fd = -1;
	struct stat st;

	if (lstat(path, &st)) {
		if (errno == ENOENT)
			return failure_set(failure, VX_EXIT_FAILED, ENOENT, "pin %s is missing", path);
		return kernel_failure(failure, errno, "cannot look at pin %s", path);
	}
	if (!S_ISREG(st.st_mode))
		return failure_set(failure, VX_EXIT_FAILED, EPERM, "pin %s is refused: not a BPF object", path);
	if (st.st_uid != geteuid() || st.st_mode & 0077)
		return failure_set(failure, VX_EXIT_FAILED, EPERM,
				   "pin %s is refused: uid %u mode %04o, expected uid %u mode 0600", path,
				   (unsigned)st.st_uid, st.st_mode & 07777, (unsigned)geteuid());
	fd = bpf_obj_get(path);
	if (fd < 0)
		return kernel_failure(failure, errno, "cannot open pin %s", path);
	if (!kernel_fd_is(fd, kind))
		return failure_set(failure, VX_EXIT_FAILED, EPERM, "pin %s is refused: not a %s", path, words[kind]);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int pin_make(int fd, const char *path, struct failure *failure)
{
	if (bpf_obj_pin(fd, path))
		return kernel_failure(failure, errno, "cannot pin %s", path);
	return 0;
}

int pin_remove(const char *path, struct failure *failure)
{
	if (unlink(path) == 0 || errno == ENOENT)
		return 0;
	if ((errno == EISDIR || errno == EPERM) && rmdir(path) == 0)
		return 0;
	return kernel_failure(failure, errno, "cannot remove %s", path);
}
