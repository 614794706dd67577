/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 and IPv6 addresses and prefixes. */
#ifndef VOXDP_LIB_PREFIX_H
#define VOXDP_LIB_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

/* An address in network byte order; IPv4 uses the first 4 bytes, the rest is zero. */
struct ip_addr {
	uint8_t family; /* 4 or 6 */
	uint8_t bytes[16];
};

struct prefix {
	struct ip_addr addr; /* host bits are zero */
	uint8_t length;	     /* bits: 0-32 or 0-128 */
};

#define PREFIX_TEXT_MAX 64 /* of the longest formatted prefix, with its NUL */

/* Returns 0, or -EINVAL; strict: no leading zeros, no scope, no blanks. */
int ip_addr_parse(const char *text, struct ip_addr *ret);
void ip_addr_format(const struct ip_addr *addr, char text[PREFIX_TEXT_MAX]);

/*
 * Parses `192.0.2.0/24`, `2001:db8::/32` or a bare address (length 32 or 128). Returns 0 or
 * -EINVAL: not an address;  -ERANGE: length missing digits or too large;  -EEXIST: host bits are set, and
 * @ret holds the prefix with them cleared, for the message.
 */
int prefix_parse(const char *text, struct prefix *ret);
void prefix_format(const struct prefix *prefix, char text[PREFIX_TEXT_MAX]);

bool prefix_contains(const struct prefix *prefix, const struct ip_addr *addr);
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);
/* Orders by family, address, then length: a covering prefix comes right before what it covers. */
int prefix_compare(const struct prefix *a, const struct prefix *b);

#endif
