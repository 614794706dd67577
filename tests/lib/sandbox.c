/* SPDX-License-Identifier: BSD-2-Clause */
/* Namespaces by unshare(2), interfaces by ip(8). */
#include "sandbox.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

#define BPFFS "/sys/fs/bpf"
#define STATE BPFFS "/voxdp"

const char *sandbox_bpffs(void)
{
	return BPFFS;
}

const char *sandbox_state(void)
{
	return STATE;
}

static void skip_because(const char *what)
{
	fprintf(stderr, "SKIP: %s: %s\n", what, strerror(errno));
	skip();
}

void sandbox_enter(void)
{
	static bool inside;

	if (inside)
		return;
	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		skip_because("no namespaces of our own");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("bpf", BPFFS, "bpf", 0, "mode=1777"))
		skip_because("no BPF file system of our own");
	/* These tests run the attached program by hand, which an extension program in a dispatcher does not allow. */
	setenv("LIBXDP_SKIP_DISPATCHER", "1", 1);
	inside = true;
}

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void run(const char *format, ...)
{
	char command[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (system(command))
		fail_msg("failed: %s", command);
}

uint32_t sandbox_veth(const char *name)
{
	run("ip link add name %s type veth peer name %s-far && ip link set %s up && ip link set %s-far up", name, name,
	    name, name);
	return if_nametoindex(name);
}

void sandbox_remove_link(const char *name)
{
	run("ip link del dev %s", name);
}

bool sandbox_is_clean(void)
{
	return access(STATE, F_OK) && errno == ENOENT;
}
