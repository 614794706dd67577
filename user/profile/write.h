/* SPDX-License-Identifier: BSD-2-Clause */
/* The language written: what a model holds in the words that a profile uses for it, so that reading gives it back. */
#ifndef VOXDP_PROFILE_WRITE_H
#define VOXDP_PROFILE_WRITE_H

#include "lib/text_list.h"
#include "profile/profile.h"

/* Each adds its words to @list, in one order whatever the order of the profile was. */

/* `tcp/5060-5061`, `udp/any` */
void write_ports(struct text_list *list, const struct service *service);
/* `8500-8598`, `any` */
void write_local_ports(struct text_list *list, const struct service *service);
/* Protocols, 1 << enum vx_protocol; `media` for all of its six, `any` for all. */
void write_payload(struct text_list *list, uint16_t protocols);
/* Code points, 1 << DSCP: by name where they have one. */
void write_dscp(struct text_list *list, uint64_t code_points);
/* Bits of enum platform. */
void write_platforms(struct text_list *list, unsigned platforms);
/* `in`, `out` or `both` */
const char *write_direction(enum vx_direction direction);
/* The pattern as a profile has it: `a.example`, `*.example`, `.example`; a template only where it has no values. */
void write_host(struct text_list *list, const struct host *host);

#endif
