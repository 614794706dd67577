/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 by libcrypto. */
#include "lib/digest.h"

#include <errno.h>
#include <openssl/evp.h>

int digest_sha256(const void *bytes, size_t size, uint8_t ret[DIGEST_BYTES])
{
	/* SHA-256 itself cannot fail; what can is the memory for its context. */
	return EVP_Digest(bytes, size, ret, NULL, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;
}
