/* SPDX-License-Identifier: BSD-2-Clause */
/* Parsing, formatting and ordering of addresses and prefixes. */
#include "lib/prefix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static unsigned family_bits(uint8_t family)
{
	return family == 4 ? 32 : 128;
}

int ip_addr_parse(const char *text, struct ip_addr *ret)
{
	struct ip_addr addr = {};
	bool is_ipv6 = strchr(text, ':');

	addr.family = is_ipv6 ? 6 : 4;
	/* inet_pton() takes neither leading zeros in IPv4, nor scopes, nor blanks. */
	if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, text, addr.bytes) != 1)
		return -EINVAL;
	*ret = addr;
	return 0;
}

void ip_addr_format(const struct ip_addr *addr, char text[PREFIX_TEXT_MAX])
{
	if (!inet_ntop(addr->family == 6 ? AF_INET6 : AF_INET, addr->bytes, text, PREFIX_TEXT_MAX))
		text[0] = '\0';
}

/* One to three digits, no leading zero, at most @max. */
static int length_parse(const char *text, unsigned max, uint8_t *ret)
{
	size_t digits = strspn(text, "0123456789");
	unsigned length = 0;

	if (digits == 0 || digits > 3 || text[digits] || (digits > 1 && text[0] == '0'))
		return -ERANGE;
	for (; *text; text++)
		length = length * 10 + (unsigned)(*text - '0');
	if (length > max)
		return -ERANGE;
	*ret = (uint8_t)length;
	return 0;
}

/* Returns whether a bit was set behind the first @length ones. */
static bool host_bits_clear(struct ip_addr *addr, unsigned length)
{
	bool were_set = false;

	for (unsigned i = length / 8; i < sizeof(addr->bytes); i++) {
		uint8_t keep = i == length / 8 ? (uint8_t)(0xff00U >> (length % 8)) : 0;

		were_set |= addr->bytes[i] & ~keep;
		addr->bytes[i] &= keep;
	}
	return were_set;
}

int prefix_parse(const char *text, struct prefix *ret)
{
	const char *slash = strchrnul(text, '/');
	char addr_text[INET6_ADDRSTRLEN];
	struct prefix prefix;
	int err;

	if ((size_t)(slash - text) >= sizeof(addr_text))
		return -EINVAL;
	memcpy(addr_text, text, (size_t)(slash - text));
	addr_text[slash - text] = '\0';
	err = ip_addr_parse(addr_text, &prefix.addr);
	if (err)
		return err;
	prefix.length = (uint8_t)family_bits(prefix.addr.family);
	if (*slash) {
		err = length_parse(slash + 1, prefix.length, &prefix.length);
		if (err)
			return err;
	}
	if (host_bits_clear(&prefix.addr, prefix.length))
		err = -EEXIST;
	*ret = prefix;
	return err;
}

void prefix_format(const struct prefix *prefix, char text[PREFIX_TEXT_MAX])
{
	char addr[PREFIX_TEXT_MAX];

	ip_addr_format(&prefix->addr, addr);
	(void)snprintf(text, PREFIX_TEXT_MAX, "%.*s/%u", INET6_ADDRSTRLEN, addr, prefix->length); /* always fits */
}

bool prefix_contains(const struct prefix *prefix, const struct ip_addr *addr)
{
	unsigned whole = prefix->length / 8, rest = prefix->length % 8;

	if (prefix->addr.family != addr->family || memcmp(prefix->addr.bytes, addr->bytes, whole) != 0)
		return false;
	return rest == 0 || ((prefix->addr.bytes[whole] ^ addr->bytes[whole]) & (0xff00U >> rest) & 0xff) == 0;
}

bool prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	return outer->length <= inner->length && prefix_contains(outer, &inner->addr);
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
	int order;

	if (a->addr.family != b->addr.family)
		return a->addr.family < b->addr.family ? -1 : 1;
	order = memcmp(a->addr.bytes, b->addr.bytes, sizeof(a->addr.bytes));
	if (order)
		return order;
	return (a->length > b->length) - (a->length < b->length);
}
