/* SPDX-License-Identifier: BSD-2-Clause */
/* No name is looked up: a daemon that starts before the network does must not wait for a resolver. */
#include "serve/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/text.h"

static void freeaddrinfop(struct addrinfo **info)
{
	if (*info)
		freeaddrinfo(*info);
}

/* Splits at the last colon and takes the brackets of an IPv6 address off. */
static int address_split(const char *address, char host[64], char port[8])
{
	const char *colon = strrchr(address, ':');
	size_t length = colon ? (size_t)(colon - address) : 0;
	bool bracketed = length >= 2 && address[0] == '[' && address[length - 1] == ']';

	if (!colon || length >= 64 || !colon[1] || strlen(colon + 1) > 5 ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return -EINVAL;
	if (!bracketed && memchr(address, ':', length))
		return -EINVAL;
	(void)snprintf(host, 64, "%.*s", (int)(bracketed ? length - 2 : length), address + bracketed);
	(void)snprintf(port, 8, "%s", colon + 1);
	return 0;
}

static int address_resolve(const char *address, struct addrinfo **ret, struct failure *failure)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
	};
	char host[64], port[8], quoted[TEXT_QUOTE_MAX];

	if (address_split(address, host, port) == 0 && strtoul(port, NULL, 10) <= 65535 &&
	    getaddrinfo(host[0] ? host : NULL, port, &hints, ret) == 0)
		return 0;
	return failure_set(failure, VX_EXIT_USAGE, EINVAL,
			   "cannot listen on %s: expected ADDRESS:PORT or [ADDRESS]:PORT, in numbers",
			   text_quote(address, quoted));
}

static int address_text(int fd, char text[LISTENER_TEXT_MAX])
{
	struct sockaddr_storage bound;
	socklen_t size = sizeof(bound);
	char host[64], port[8];

	if (getsockname(fd, (struct sockaddr *)&bound, &size) ||
	    getnameinfo((const struct sockaddr *)&bound, size, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		return -errno;
	(void)snprintf(text, LISTENER_TEXT_MAX, bound.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	return 0;
}

#define LISTEN_FDS_START 3

/* The first socket that was handed over, or -1. What is handed on to nobody else is taken out of the environment. */
static int listener_inherit(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	bool ours = pid && count && strtol(pid, NULL, 10) == (long)getpid() && strtol(count, NULL, 10) > 0;
	socklen_t size = sizeof(int);
	int listening = 0;

	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	if (!ours || getsockopt(LISTEN_FDS_START, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) || !listening ||
	    fcntl(LISTEN_FDS_START, F_SETFD, FD_CLOEXEC) || fcntl(LISTEN_FDS_START, F_SETFL, O_NONBLOCK))
		return -1;
	return LISTEN_FDS_START;
}

int listener_open(const char *address, int *ret_fd, char text[LISTENER_TEXT_MAX], struct failure *failure)
{
	CLEANUP(freeaddrinfop) struct addrinfo *info = NULL;
	CLEANUP_CLOSE int fd = listener_inherit();
	const int one = 1;
	int error;

	if (fd >= 0 && address_text(fd, text) == 0) {
		*ret_fd = TAKE_FD(fd);
		return 0;
	}
	error = address_resolve(address, &info, failure);
	if (error)
		return error;
	cleanup_closep(&fd); /* what was handed over has no address: not ours to use */
	fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, info->ai_addr, info->ai_addrlen) || listen(fd, SOMAXCONN) || address_text(fd, text))
		return failure_set(failure, failure_exit_for_errno(errno), errno, "cannot listen on %s: %s", address,
				   strerror(errno));
	*ret_fd = TAKE_FD(fd);
	return 0;
}
