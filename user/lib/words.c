/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays made from the X-macro lists, so that no enum value goes without its word. */
#include "lib/words.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"

#define WORD(name, word) word,

#define DEFINE_WORDS(kind, list)                                                                                       \
	static const char *const kind##_words[] = { list(WORD) };                                                      \
                                                                                                                       \
	const char *kind##_word(unsigned value)                                                                        \
	{                                                                                                              \
		return value < ARRAY_SIZE(kind##_words) ? kind##_words[value] : "?";                                   \
	}

DEFINE_WORDS(protocol, VX_PROTOCOLS)
DEFINE_WORDS(outcome, VX_OUTCOMES)
DEFINE_WORDS(direction, VX_DIRECTIONS)
DEFINE_WORDS(role, VX_ROLES)
DEFINE_WORDS(transport, VX_TRANSPORTS)
DEFINE_WORDS(malformed, VX_MALFORMED_REASONS)
DEFINE_WORDS(sip_method, VX_SIP_METHODS)
DEFINE_WORDS(sip_class, VX_SIP_CLASSES)
DEFINE_WORDS(claim, VX_CLAIMS)
DEFINE_WORDS(engine, VX_ENGINES)
DEFINE_WORDS(reading, VX_READING)
DEFINE_WORDS(tunnel, VX_TUNNELS)

static int word_find(const char *const *words, unsigned count, const char *word)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -EINVAL;
}

int role_parse(const char *word, enum vx_role *ret)
{
	int role = word_find(role_words, ARRAY_SIZE(role_words), word);

	if (role < 0)
		return role;
	*ret = (enum vx_role)role;
	return 0;
}

int engine_parse(const char *word, enum vx_engine *ret)
{
	int engine = word_find(engine_words, ARRAY_SIZE(engine_words), word);

	if (engine < 0)
		return engine;
	*ret = (enum vx_engine)engine;
	return 0;
}

const char *decap_format(unsigned decap, char ret[DECAP_TEXT_MAX])
{
	size_t used = 0;

	ret[0] = '\0';
	for (unsigned i = 0; i < ARRAY_SIZE(tunnel_words); i++)
		if (decap >> i & 1 && used < DECAP_TEXT_MAX)
			used += (size_t)snprintf(ret + used, DECAP_TEXT_MAX - used, "%s%s", used ? "," : "",
						 tunnel_words[i]);
	return ret;
}

int tunnel_parse(const char *word, enum vx_tunnel *ret)
{
	int tunnel = word_find(tunnel_words, ARRAY_SIZE(tunnel_words), word);

	if (tunnel < 0)
		return tunnel;
	*ret = (enum vx_tunnel)tunnel;
	return 0;
}
