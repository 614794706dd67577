/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of voxdp/names.h: from an enum to its word and back. */
#ifndef VOXDP_LIB_WORDS_H
#define VOXDP_LIB_WORDS_H

#include <voxdp/names.h>

/* The word, or "?" for a value that the list does not have. */
const char *protocol_word(unsigned protocol);
const char *outcome_word(unsigned outcome);
const char *direction_word(unsigned direction);
const char *role_word(unsigned role);
const char *transport_word(unsigned transport);
const char *malformed_word(unsigned reason);
const char *sip_method_word(unsigned method);
const char *sip_class_word(unsigned sip_class);
const char *claim_word(unsigned claim);
const char *engine_word(unsigned engine);
const char *reading_word(unsigned reading);
const char *tunnel_word(unsigned tunnel);

#define DECAP_TEXT_MAX 128
/* The tunnels of @decap (1 << enum vx_tunnel), with commas between. Returns @ret, empty where there are none. */
const char *decap_format(unsigned decap, char ret[DECAP_TEXT_MAX]);

/* Return 0 or -EINVAL; words are exact. */
int role_parse(const char *word, enum vx_role *ret);
int engine_parse(const char *word, enum vx_engine *ret);
int tunnel_parse(const char *word, enum vx_tunnel *ret);

#endif
