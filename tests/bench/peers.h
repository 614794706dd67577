/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What else looks addresses up in the kernel, each on an interface of its own in the world of the measurements: an
 * nftables ingress set, an ipset behind iptables, and xdp-filter. All of them drop what they find and count it. Each comes
 * with what it costs without the set: a rule that drops and counts everything.
 */
#ifndef TESTS_BENCH_PEERS_H
#define TESTS_BENCH_PEERS_H

#include <stdint.h>

#include "dataplane/traffic.h"
#include "lib/failure.h"
#include "profile/profile.h"

enum peer_kind { PEER_NFT_CHAIN, PEER_NFT_SET, PEER_IPTABLES, PEER_IPSET, PEER_XDP_FILTER, _PEER_MAX };

struct peer {
	enum peer_kind kind;
	char device[12];
	uint32_t ifindex;
	double load_seconds; /* of the set, by the peer's own command; 0: it has none */
	int prog, stats;     /* of xdp-filter; -1: none */
	char missing[256];   /* why it cannot be measured here; empty: it can */
};

const char *peer_word(enum peer_kind kind);

/*
 * Sets a peer up with the IPv4 prefixes of @set; xdp-filter, which knows only addresses, with the remote addresses of
 * the first @addresses flows of @traffic. A peer that is not there is no failure: see peer.missing.
 */
int peer_open(enum peer_kind kind, const struct profile_set *set, const struct traffic *traffic, uint32_t addresses,
	      struct peer *ret, struct failure *failure);
void peer_close(struct peer *peer);

/* Packets that it has found and dropped so far. @peer is a struct peer. */
int peer_counted(const void *peer, uint64_t *ret, struct failure *failure);

#endif
