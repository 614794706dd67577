/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The meaning of profiles, written a second time and in the dullest way: for each packet, over every service, over
 * every range. Shares nothing with the compiler but the profile model, so that where the two agree on random profiles
 * and packets, the tables mean what the rules say.
 */
#ifndef TESTS_LIB_ORACLE_H
#define TESTS_LIB_ORACLE_H

#include <stdbool.h>

#include "profile/profile.h"

struct oracle_packet {
	struct ip_addr src, dst;
	bool has_ports; /* UDP or TCP with its ports; else ICMP, a later fragment and the like */
	bool later_fragment;
	enum vx_transport transport;
	uint16_t sport, dport;
	uint8_t evidence; /* enum vx_protocol, or VX_EVIDENCE_RTP_LIKELY */
	uint8_t dscp;
};

struct oracle_verdict {
	const char *vendor, *service; /* NULL: none */
	enum vx_protocol protocol;
	enum vx_direction direction;
	enum vx_outcome outcome;
	bool dscp_unexpected;
};

struct oracle_verdict oracle_judge(const struct profile_set *set, const struct oracle_packet *packet,
				   enum vx_role role);

#endif
