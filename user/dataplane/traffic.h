/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets to measure with, made from profiles: 65,536 flows of one kind that are known beforehand to match, or to be
 * nobody's. Pure: no kernel.
 */
#ifndef VOXDP_DATAPLANE_TRAFFIC_H
#define VOXDP_DATAPLANE_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/bench/bench.h"

#include "compile/tables.h"
#include "lib/failure.h"
#include "profile/profile.h"

#define TRAFFIC_KINDS(X)                                                                                               \
	X(RTP, "rtp")                                                                                                  \
	X(STUN, "stun")                                                                                                \
	X(SIP, "sip")                                                                                                  \
	X(TLS, "tls")                                                                                                  \
	X(NOBODY, "nobody")

/*
 * How the flows' packets come. IN_ORDER: from range to range by address, over and over; SHUFFLED: each flow once a turn,
 * in an order that nothing can predict.
 */
#define TRAFFIC_ORDERS(X)                                                                                              \
	X(HOT, "hot")                                                                                                  \
	X(IN_ORDER, "in_order")                                                                                        \
	X(SHUFFLED, "shuffled")

#define TRAFFIC_ENUM_KIND(name, word) TRAFFIC_##name,
#define TRAFFIC_ENUM_ORDER(name, word) ORDER_##name,
enum traffic_kind { TRAFFIC_KINDS(TRAFFIC_ENUM_KIND) _TRAFFIC_MAX };
enum traffic_order { TRAFFIC_ORDERS(TRAFFIC_ENUM_ORDER) _ORDER_MAX };

const char *traffic_word(enum traffic_kind kind);
const char *order_word(enum traffic_order order);
/* As what packets of a kind are counted. */
enum vx_protocol traffic_protocol(enum traffic_kind kind);

#define TRAFFIC_FRAME_MAX 1514
/* A frame of G.711 over IPv4 with 20 ms of speech, Ethernet header included, FCS not. */
#define TRAFFIC_G711_BYTES 214

struct traffic {
	enum traffic_kind kind;
	uint8_t family;			  /* 4 or 6 */
	struct bench_head *heads;	  /* BENCH_FLOWS of them, in order; owned */
	uint8_t frame[TRAFFIC_FRAME_MAX]; /* of the first flow; the heads make it another's */
	size_t length;
};

/*
 * Makes flows that spread evenly over the ranges of the services that accept @kind. -ENOENT: no packet of this kind can
 * match (or, for NOBODY, no address is free); -ENOMEM. @tables must have been made from @set, for engine direct too.
 */
int traffic_new(const struct profile_set *set, const struct tables *tables, enum traffic_kind kind, uint8_t family,
		struct traffic **ret, struct failure *failure);
void traffic_free(struct traffic *traffic);
void traffic_freep(struct traffic **traffic);

/* The heads of @traffic in @order into @ret, which holds BENCH_FLOWS; returns how many there are: 1 where it is hot. */
uint32_t traffic_arrange(const struct traffic *traffic, enum traffic_order order, struct bench_head *ret);

#endif
