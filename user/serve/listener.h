/* SPDX-License-Identifier: BSD-2-Clause */
/* The address that the HTTP server listens on. */
#ifndef VOXDP_SERVE_LISTENER_H
#define VOXDP_SERVE_LISTENER_H

#include "lib/failure.h"

#define LISTENER_TEXT_MAX 80

/*
 * The socket that the service manager listens on for us (sd_listen_fds(3)), where it does: it stays open while the daemon
 * is restarted, so that a scrape meanwhile waits instead of failing. Else listens on ADDRESS:PORT, numbers only; an empty address is every one. Returns 0, the socket and what it listens on, or
 * a negative errno and @failure.
 */
int listener_open(const char *address, int *ret_fd, char text[LISTENER_TEXT_MAX], struct failure *failure);

#endif
