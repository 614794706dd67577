/* SPDX-License-Identifier: BSD-2-Clause */
/* One row of a vendor's guide. Private to user/profile/. */
#ifndef VOXDP_PROFILE_SERVICE_H
#define VOXDP_PROFILE_SERVICE_H

#include "profile/profile.h"
#include "profile/reader.h"

/* The closed sets of words that are read here and written in write.c. */
#define PAYLOAD_BIT(name) (1U << VX_PROTOCOL_##name)
/* What ICE puts on one port (RFC 9443). */
#define PAYLOAD_MEDIA                                                                                                  \
	(PAYLOAD_BIT(STUN) | PAYLOAD_BIT(TURN_CHANNEL) | PAYLOAD_BIT(DTLS) | PAYLOAD_BIT(ZRTP) | PAYLOAD_BIT(RTP) |    \
	 PAYLOAD_BIT(RTCP))
#define PAYLOAD_ANY (((1U << _VX_PROTOCOL_MAX) - 1) & ~PAYLOAD_BIT(OTHER))
#define DSCP_WORDS 23
extern const struct word dscp_words[DSCP_WORDS];
#define PLATFORM_WORDS 5
extern const struct word platform_words[PLATFORM_WORDS];

/* Reader for struct key: struct vendor from `services`; ranges and hosts must have been read. */
void read_services(struct reader *reader, const struct node *value, void *field);

/* Readers of parts of struct service, in service_match.c: what a packet is compared with. */
void read_ports(struct reader *reader, const struct node *value, void *field);	     /* struct port_set[2] */
void read_local_ports(struct reader *reader, const struct node *value, void *field); /* struct port_set */
void read_payload(struct reader *reader, const struct node *value, void *field);     /* uint16_t */
void read_dscp(struct reader *reader, const struct node *value, void *field);	     /* uint64_t[3] */

#endif
