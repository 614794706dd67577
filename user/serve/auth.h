/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checking passwords against bcrypt hashes without letting strangers burn the CPU: what was right once is known again by
 * a keyed digest, and after a check that failed the next one has to wait a multiple of the time that it took.
 */
#ifndef VOXDP_SERVE_AUTH_H
#define VOXDP_SERVE_AUTH_H

#include <stddef.h>

#include "serve/web_config.h"

struct auth;

enum auth_result {
	AUTH_RIGHT,
	AUTH_WRONG,
	AUTH_BUSY, /* not looked at: too many wrong ones of late */
};

/* @users must outlive the result. Returns 0 or a negative errno. */
int auth_new(const struct web_user *users, size_t count, struct auth **ret);
void auth_free(struct auth *auth);
void auth_freep(struct auth **auth);

enum auth_result auth_check(struct auth *auth, const char *name, const char *password);

#endif
