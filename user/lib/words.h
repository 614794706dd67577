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

/* Return 0 or -EINVAL; words are exact. */
int role_parse(const char *word, enum vx_role *ret);
int engine_parse(const char *word, enum vx_engine *ret);

#endif
