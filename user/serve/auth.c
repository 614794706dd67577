/* SPDX-License-Identifier: BSD-2-Clause */
/* For one thread. Comparisons take the same time wherever they differ. */
#include "serve/auth.h"

#include <crypt.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/digest.h"

/* Wrong passwords may take a fifth of a CPU. */
#define WAIT_FACTOR 4

#define SECRET_BYTES 32

struct known {
	bool is_set;
	uint8_t digest[DIGEST_BYTES];
};

struct auth {
	const struct web_user *users;
	size_t count;
	struct known *known; /* by user */
	uint8_t secret[SECRET_BYTES];
	uint64_t busy_until_ns;
	struct crypt_data crypt;
};

static uint64_t now_ns(void)
{
	struct timespec now = {};

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void auth_free(struct auth *auth)
{
	if (!auth)
		return;
	free(auth->known);
	explicit_bzero(auth, sizeof(*auth));
	free(auth);
}

void auth_freep(struct auth **auth)
{
	auth_free(*auth);
}

int auth_new(const struct web_user *users, size_t count, struct auth **ret)
{
	CLEANUP(auth_freep) struct auth *auth = calloc(1, sizeof(*auth));

	if (!auth)
		return -ENOMEM;
	auth->users = users;
	auth->count = count;
	auth->known = calloc(count + 1, sizeof(*auth->known));
	if (!auth->known)
		return -ENOMEM;
	if (getrandom(auth->secret, sizeof(auth->secret), 0) != (ssize_t)sizeof(auth->secret))
		return -errno;
	*ret = TAKE_PTR(auth);
	return 0;
}

/* All of both is looked at, whatever differs. */
static bool bytes_equal(const void *a, const void *b, size_t size)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t difference = 0;

	for (size_t i = 0; i < size; i++)
		difference |= x[i] ^ y[i];
	return difference == 0;
}

/* The secret keeps the digests from being looked up elsewhere, should memory leak. */
static int password_digest(const struct auth *auth, const char *password, uint8_t digest[DIGEST_BYTES])
{
	size_t length = strlen(password);
	CLEANUP_FREE uint8_t *text = malloc(SECRET_BYTES + length);
	int error;

	if (!text)
		return -ENOMEM;
	memcpy(text, auth->secret, SECRET_BYTES);
	memcpy(text + SECRET_BYTES, password, length);
	error = digest_sha256(text, SECRET_BYTES + length, digest);
	explicit_bzero(text, SECRET_BYTES + length);
	return error;
}

static bool hash_matches(struct auth *auth, const char *hash, const char *password)
{
	const char *made = crypt_r(password, hash, &auth->crypt);

	return made && strlen(made) == strlen(hash) && bytes_equal(made, hash, strlen(hash));
}

enum auth_result auth_check(struct auth *auth, const char *name, const char *password)
{
	uint64_t began = now_ns(), ended;
	uint8_t digest[DIGEST_BYTES];
	size_t user = 0;
	bool right;

	while (user < auth->count && strcmp(auth->users[user].name, name) != 0)
		user++;
	if (password_digest(auth, password, digest))
		return AUTH_BUSY;
	if (user < auth->count && auth->known[user].is_set &&
	    bytes_equal(auth->known[user].digest, digest, sizeof(digest)))
		return AUTH_RIGHT;
	if (began < auth->busy_until_ns)
		return AUTH_BUSY;
	/* Who asks for a user that is not there waits as long as one who gives a wrong password. */
	right = hash_matches(auth, auth->users[user < auth->count ? user : 0].hash, password) && user < auth->count;
	ended = now_ns();
	if (!right) {
		auth->busy_until_ns = ended + (ended - began) * WAIT_FACTOR;
		return AUTH_WRONG;
	}
	memcpy(auth->known[user].digest, digest, sizeof(digest));
	auth->known[user].is_set = true;
	return AUTH_RIGHT;
}
