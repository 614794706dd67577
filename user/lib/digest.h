/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 of bytes in memory. */
#ifndef VOXDP_LIB_DIGEST_H
#define VOXDP_LIB_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32

/* Returns 0 or -ENOMEM. */
int digest_sha256(const void *bytes, size_t size, uint8_t ret[DIGEST_BYTES]);

#endif
