/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates of clients. What is wrong with one ends the handshake: no byte of such a client is taken for a request.
 */
#ifndef VOXDP_SERVE_CLIENT_CERT_H
#define VOXDP_SERVE_CLIENT_CERT_H

#include <microhttpd.h>

#include "serve/web_config.h"

/* Asks the client of a connection that has just been accepted, and has not shaken hands yet. -EIO: it cannot be asked. */
int client_cert_ask(struct MHD_Connection *connection, enum client_auth auth);

#endif
