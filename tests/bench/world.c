/* SPDX-License-Identifier: BSD-2-Clause */
/* unshare(2), ip(8), popen(3). */
#include "world.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "lib/cleanup.h"

#define COMMAND_MAX 1024

int world_enter(struct failure *failure)
{
	static bool inside;

	if (inside)
		return 0;
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL) || mount("bpf", "/sys/fs/bpf", "bpf", 0, "mode=0700"))
		return failure_set(failure, failure_exit_for_errno(errno), errno, "no namespaces of our own: %s",
				   strerror(errno));
	inside = true;
	/* Nobody else's packets: what is counted is what was sent. */
	return world_run(failure, "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 && "
				  "ip link set lo up");
}

int world_veth(const char *name, uint32_t *ret_ifindex, struct failure *failure)
{
	int error = world_run(failure,
			      "ip link add name %s address 02:00:00:00:00:02 type veth peer name %s-far address "
			      "02:00:00:00:00:02 && ip link set %s up && ip link set %s-far up",
			      name, name, name, name);

	if (error)
		return error;
	*ret_ifindex = if_nametoindex(name);
	return 0;
}

bool world_has(const char *program)
{
	struct failure ignored = {};

	return world_run(&ignored, "command -v %s", program) == 0;
}

/* All that the command says, cut where it becomes long. */
static int say(const char *command, char **ret, struct failure *failure)
{
	CLEANUP_FREE char *text = NULL;
	size_t size = 0, length = 0;
	FILE *pipe = popen(command, "r");
	int status;

	if (!pipe)
		return failure_set(failure, VX_EXIT_FAILED, errno, "%s: %s", command, strerror(errno));
	do {
		size_t room = 65536;
		char *grown = realloc(text, size + room + 1);

		if (!grown)
			break;
		text = grown;
		size += room;
		length += fread(text + length, 1, size - length, pipe);
		text[length] = '\0';
	} while (length == size);
	status = pclose(pipe);
	if (status || !text)
		return failure_set(failure, VX_EXIT_FAILED, EIO, "%.200s: %.300s", command,
				   text ? text : "out of memory");
	*ret = TAKE_PTR(text);
	return 0;
}

static int command_make(char **ret, const char *format, va_list args)
{
	CLEANUP_FREE char *plain = NULL;

	if (vasprintf(&plain, format, args) < 0) {
		plain = NULL;
		return -ENOMEM;
	}
	return asprintf(ret, "{ %s; } 2>&1", plain) < 0 ? -ENOMEM : 0;
}

int world_run(struct failure *failure, const char *format, ...)
{
	CLEANUP_FREE char *command = NULL;
	CLEANUP_FREE char *text = NULL;
	va_list args;
	int error;

	va_start(args, format);
	error = command_make(&command, format, args);
	va_end(args);
	if (error)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	return say(command, &text, failure);
}

int world_number(uint64_t *ret, struct failure *failure, const char *marker, const char *format, ...)
{
	CLEANUP_FREE char *command = NULL;
	CLEANUP_FREE char *text = NULL;
	const char *at;
	va_list args;
	int error;

	va_start(args, format);
	error = command_make(&command, format, args);
	va_end(args);
	if (error)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	error = say(command, &text, failure);
	if (error)
		return error;
	at = strstr(text, marker);
	if (!at || sscanf(at + strlen(marker), "%lu", ret) != 1)
		return failure_set(failure, VX_EXIT_FAILED, ENOENT, "%s: no \"%s\" in it", command, marker);
	return 0;
}
