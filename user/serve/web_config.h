/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may read metrics, and whether in the clear: the file that Prometheus' own exporters take (exporter-toolkit,
 * docs/web-configuration.md). Of it, a certificate with its key, the versions of TLS, certificates of clients, and users
 * with the bcrypt hash of their password; other keys are refused, so that nobody believes in a protection that is not
 * there.
 */
#ifndef VOXDP_SERVE_WEB_CONFIG_H
#define VOXDP_SERVE_WEB_CONFIG_H

#include <stddef.h>

#include "lib/arena.h"
#include "profile/diag.h"

struct web_user {
	const char *name;
	const char *hash; /* bcrypt, as crypt(5) writes it */
};

/* In the words of Go's crypto/tls, which the format has. */
enum client_auth {
	CLIENT_AUTH_NONE,
	CLIENT_AUTH_REQUEST,
	CLIENT_AUTH_REQUIRE_ANY,
	CLIENT_AUTH_VERIFY_IF_GIVEN,
	CLIENT_AUTH_REQUIRE_AND_VERIFY,
};

struct web_config {
	char *certificate, *key; /* PEM, in the arena; NULL: no TLS */
	char *client_ca;	 /* PEM, in the arena; NULL: no client's certificate is verified */
	enum client_auth client_auth;
	const char *priorities; /* of GnuTLS: the versions of TLS */
	struct web_user *users; /* none: everybody may read */
	size_t user_count;
};

/* As config_load(): 0, -EINVAL with errors in @diags, or -ENOMEM. What it reads lives in @arena. */
int web_config_load(const char *path, struct arena *arena, struct diags *diags, struct web_config *ret);

#endif
