/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which services a packet may belong to and which of them it does: the one place that holds the rules. The compiler
 * asks it for every combination that can occur, `explain` asks it for one packet.
 */
#ifndef VOXDP_COMPILE_CANDIDATE_H
#define VOXDP_COMPILE_CANDIDATE_H

#include <stdbool.h>
#include <stdint.h>

#include <voxdp/abi.h>

#include "profile/profile.h"

/* What is known of a packet besides its addresses and ports. */
struct circumstances {
	enum vx_transport transport;
	uint8_t evidence; /* enum vx_protocol or enum vx_evidence */
	uint8_t dscp;
	enum vx_direction direction; /* in or out */
};

/* A service whose addresses and ports hold, by its strongest claim to the address. */
struct candidate {
	const struct service *service;
	enum vx_claim claim;
	uint8_t prefix_length; /* of the longest prefix with that claim; 0 for `any` */
	uint32_t name_order;   /* larger for a (vendor id, service id) that comes first in byte order */
};

/* What decides between candidates, in the order of asking. */
#define CANDIDATE_RULES(X)                                                                                             \
	X(CLAIM, "stronger claim")                                                                                     \
	X(PREFIX, "longer prefix")                                                                                     \
	X(PAYLOAD, "payload accepted")                                                                                 \
	X(REMOTE_PORTS, "fewer remote ports")                                                                          \
	X(LOCAL_PORTS, "fewer local ports")                                                                            \
	X(DSCP, "documented DSCP")                                                                                     \
	X(PRIORITY, "higher priority")                                                                                 \
	X(NAME, "byte order of vendor and service id")

#define CANDIDATE_RULE_ENUM(name, words) CANDIDATE_RULE_##name,
enum candidate_rule { CANDIDATE_RULES(CANDIDATE_RULE_ENUM) _CANDIDATE_RULE_MAX };
extern const char *const candidate_rule_words[_CANDIDATE_RULE_MAX];

/* A candidate's standing as numbers: compared field by field in the order of the rules, larger wins. */
struct standing {
	uint32_t by_rule[_CANDIDATE_RULE_MAX];
};

/* Does the service accept the evidence? OTHER never; RTP_LIKELY where an own or named service accepts RTP. */
bool candidate_accepts(const struct candidate *candidate, uint8_t evidence);
/*
 * On claims `shared` and `any` only a payload that proves a protocol of the service makes it a candidate: STUN, TURN
 * ChannelData, SIP, ZRTP, RTP, RTCP, and DTLS on a media port.
 */
bool candidate_holds(const struct candidate *candidate, uint8_t evidence);
enum vx_outcome candidate_outcome(const struct candidate *candidate, uint8_t evidence);
/* Does the service document a DSCP for this direction that is not the packet's? */
bool candidate_dscp_unexpected(const struct candidate *candidate, const struct circumstances *circumstances);
struct standing candidate_standing(const struct candidate *candidate, const struct circumstances *circumstances);
/* Above 0: @a is better. @ret_rule: the first difference; untouched where there is none. May be NULL. */
int standing_compare(const struct standing *a, const struct standing *b, enum candidate_rule *ret_rule);

#endif
