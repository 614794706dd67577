/* SPDX-License-Identifier: BSD-2-Clause */
/* A message that is lost costs a restart by the service manager, never the daemon: errors are passed over. */
#include "serve/notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"

static void notify_send(const char *message)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	CLEANUP_CLOSE int fd = -1;
	size_t length = path ? strlen(path) : 0;

	/* An abstract socket is written with an '@' where its address has a NUL. */
	if (length < 2 || length >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, message, strlen(message), MSG_NOSIGNAL, (const struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
}

void notify_status(const char *state, const char *format, ...)
{
	char status[512], message[640];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(status, sizeof(status), format, args); /* cut: the log has it in full */
	va_end(args);
	for (char *c = status; *c; c++)
		if (*c == '\n')
			*c = ' ';
	(void)snprintf(message, sizeof(message), "%sSTATUS=%s", state, status);
	notify_send(message);
}

void notify_reloading(void)
{
	struct timespec now = {};
	char message[80];

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	(void)snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		       (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
	notify_send(message);
}

void notify_stopping(void)
{
	notify_send("STOPPING=1");
}

void notify_alive(void)
{
	notify_send("WATCHDOG=1");
}

uint64_t notify_watchdog_us(void)
{
	const char *interval = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	/* The variables may have been meant for a parent of ours. */
	if (!interval || (pid && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	return strtoull(interval, NULL, 10) / 2;
}
