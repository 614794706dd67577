/* SPDX-License-Identifier: BSD-2-Clause */
/* Places prefixes at random, the large ones first, and deals them out to the vendors in turn. */
#include "synthetic.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "random_profiles.h"

/* Of 1,000 prefixes, so many have this length: about what route collectors see, without what covers another. */
struct share {
	uint8_t length;
	uint32_t per_mille;
};

static const struct share shares4[] = {
	{ 16, 13 }, { 17, 8 },	 { 18, 14 }, { 19, 25 }, { 20, 42 }, { 21, 51 }, { 22, 110 },
	{ 23, 92 }, { 24, 585 }, { 25, 15 }, { 26, 15 }, { 27, 15 }, { 28, 15 },
};
static const struct share shares6[] = {
	{ 29, 25 },  { 32, 130 }, { 33, 25 },  { 34, 25 }, { 36, 55 }, { 40, 100 },
	{ 44, 120 }, { 46, 40 },  { 48, 450 }, { 56, 15 }, { 64, 15 },
};

static void require(bool held)
{
	if (!held)
		abort();
}

static void *allocated(struct arena *arena, size_t bytes)
{
	void *memory = arena_alloc(arena, bytes ? bytes : 1);

	require(memory != NULL);
	return memory;
}

/* ---- prefixes ---------------------------------------------------------------------------------------------------- */

#define BLOCK_LENGTH 28 /* a bit of the map of what is taken */

static bool take4(uint8_t *taken, uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count; i++)
		if (taken[i / 8] >> i % 8 & 1)
			return false;
	for (uint32_t i = first; i < first + count; i++)
		taken[i / 8] |= (uint8_t)(1 << i % 8);
	return true;
}

/* Unicast, without what every site uses inside: 10.0.0.0/8 and loopback. */
static bool is_public4(uint32_t addr)
{
	return addr >> 24 > 0 && addr >> 24 < 224 && addr >> 24 != 10 && addr >> 24 != 127;
}

static struct prefix place4(struct random *random, uint8_t *taken, uint8_t length)
{
	struct prefix prefix = { .addr = { .family = 4 }, .length = length };
	uint32_t addr;

	do
		addr = random_below(random, 1U << length) << (32 - length);
	while (!is_public4(addr) || !take4(taken, addr >> (32 - BLOCK_LENGTH), 1U << (BLOCK_LENGTH - length)));
	for (int i = 0; i < 4; i++)
		prefix.addr.bytes[i] = (uint8_t)(addr >> (24 - 8 * i));
	return prefix;
}

/* In the first 16 bits as registries assign them: a few dozen values, of which some are much fuller than others. */
static struct prefix place6(struct random *random, uint8_t length)
{
	static const uint16_t blocks[] = { 0x2001, 0x2400, 0x2600, 0x2800, 0x2a00, 0x2c0f };
	struct prefix prefix = { .addr = { .family = 6 }, .length = length };
	uint32_t block = blocks[random_below(random, 6)] + random_below(random, 12) * random_below(random, 2);

	prefix.addr.bytes[0] = (uint8_t)(block >> 8);
	prefix.addr.bytes[1] = (uint8_t)block;
	for (int i = 2; i < 8; i++)
		prefix.addr.bytes[i] = (uint8_t)random_below(random, 256);
	for (int bit = length; bit < 128; bit++)
		prefix.addr.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return prefix;
}

/* How many of @all have the length of @share; what rounding leaves goes to the most common length. */
static uint32_t share_of(const struct share *shares, size_t count, size_t which, uint32_t all)
{
	uint32_t mine = (uint32_t)((uint64_t)all * shares[which].per_mille / 1000), given = 0, most = 0;

	for (size_t i = 0; i < count; i++) {
		given += (uint32_t)((uint64_t)all * shares[i].per_mille / 1000);
		if (shares[i].per_mille > shares[most].per_mille)
			most = (uint32_t)i;
	}
	return which == most ? mine + all - given : mine;
}

static void place_all4(struct random *random, struct prefix *prefixes, uint32_t count)
{
	const size_t lengths = sizeof(shares4) / sizeof(shares4[0]);
	uint8_t *taken = calloc(1, (1U << BLOCK_LENGTH) / 8);
	uint32_t placed = 0;

	require(taken != NULL);
	for (size_t i = 0; i < lengths; i++)
		for (uint32_t left = share_of(shares4, lengths, i, count); left; left--)
			prefixes[placed++] = place4(random, taken, shares4[i].length);
	free(taken);
}

static int by_prefix(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

/* Drops what another covers and fills up again until nothing does. */
static void place_all6(struct random *random, struct prefix *prefixes, uint32_t count)
{
	const size_t lengths = sizeof(shares6) / sizeof(shares6[0]);
	uint32_t kept = 0;

	while (kept < count) {
		for (uint32_t at = kept; at < count; at++) {
			uint32_t nth = random_below(random, 1000);
			size_t i = 0;

			while (i + 1 < lengths && nth >= shares6[i].per_mille)
				nth -= shares6[i++].per_mille;
			prefixes[at] = place6(random, shares6[i].length);
		}
		qsort(prefixes, count, sizeof(*prefixes), by_prefix);
		kept = 0;
		for (uint32_t i = 0; i < count; i++)
			if (!kept || !prefix_covers(&prefixes[kept - 1], &prefixes[i]))
				prefixes[kept++] = prefixes[i];
	}
}

static void shuffle(struct random *random, struct prefix *prefixes, uint32_t count)
{
	for (uint32_t i = count; i > 1; i--) {
		uint32_t j = random_below(random, i);
		struct prefix swapped = prefixes[i - 1];

		prefixes[i - 1] = prefixes[j];
		prefixes[j] = swapped;
	}
}

/* ---- vendors ----------------------------------------------------------------------------------------------------- */

#define MEDIA                                                                                                          \
	(1U << VX_PROTOCOL_STUN | 1U << VX_PROTOCOL_TURN_CHANNEL | 1U << VX_PROTOCOL_DTLS | 1U << VX_PROTOCOL_ZRTP |   \
	 1U << VX_PROTOCOL_RTP | 1U << VX_PROTOCOL_RTCP)

static const struct synthetic_service {
	const char *id;
	enum vx_transport transport;
	struct port_span ports;
	uint32_t accepts;
} services[] = {
	{ "media", VX_TRANSPORT_UDP, { 16384, 32767 }, MEDIA },
	{ "stun", VX_TRANSPORT_UDP, { 3478, 3481 }, 1U << VX_PROTOCOL_STUN | 1U << VX_PROTOCOL_TURN_CHANNEL },
	{ "sip", VX_TRANSPORT_UDP, { 5060, 5060 }, 1U << VX_PROTOCOL_SIP },
	{ "web", VX_TRANSPORT_TCP, { 443, 443 }, 1U << VX_PROTOCOL_TLS },
	{ "sip-tcp", VX_TRANSPORT_TCP, { 5060, 5060 }, 1U << VX_PROTOCOL_SIP },
	{ "sips", VX_TRANSPORT_TCP, { 5061, 5061 }, 1U << VX_PROTOCOL_TLS },
	{ "turns", VX_TRANSPORT_TCP, { 5349, 5349 }, 1U << VX_PROTOCOL_TLS },
	{ "ntp", VX_TRANSPORT_UDP, { 123, 123 }, 1U << VX_PROTOCOL_NTP },
	{ "web-alt", VX_TRANSPORT_TCP, { 8443, 8443 }, 1U << VX_PROTOCOL_TLS },
	{ "provisioning", VX_TRANSPORT_TCP, { 80, 80 }, 1U << VX_PROTOCOL_HTTP },
};

static struct port_set one_span(struct arena *arena, struct port_span span)
{
	struct port_set set = { .spans = allocated(arena, sizeof(span)), .count = 1 };

	set.spans[0] = span;
	return set;
}

static void fill_vendor(struct arena *arena, uint32_t number, uint32_t service_count, struct vendor *vendor)
{
	struct range_set *ranges = allocated(arena, sizeof(*ranges));

	ranges->id = "all";
	ranges->defined = true;
	ranges->claim = VX_CLAIM_OWN;
	vendor->id = arena_printf(arena, "vendor-%05u", number);
	require(vendor->id && service_count <= sizeof(services) / sizeof(services[0]));
	vendor->range_set_count = 1;
	vendor->range_sets = allocated(arena, sizeof(*vendor->range_sets));
	vendor->range_sets[0] = ranges;
	vendor->service_count = service_count;
	vendor->services = allocated(arena, service_count * sizeof(*vendor->services));
	for (uint32_t i = 0; i < service_count; i++) {
		struct service *service = &vendor->services[i];

		service->id = services[i].id;
		service->remotes = vendor->range_sets;
		service->remote_count = 1;
		service->remote_ports[services[i].transport] = one_span(arena, services[i].ports);
		service->local_ports = one_span(arena, (struct port_span){ 0, 65535 });
		service->accepts = (uint16_t)services[i].accepts;
	}
}

static void deal(struct arena *arena, const struct prefix *prefixes, uint32_t count, struct profile_set *set)
{
	for (size_t v = 0; v < set->vendor_count; v++) {
		struct range_set *ranges = set->vendors[v].range_sets[0];

		ranges->ranges = allocated(arena, (count / set->vendor_count + 1) * sizeof(*ranges->ranges));
		for (size_t i = v; i < count; i += set->vendor_count)
			ranges->ranges[ranges->range_count++] = (struct range){ .prefix = prefixes[i],
										.valid_from = DAY_FIRST,
										.valid_until = DAY_LAST };
	}
}

struct profile_set *synthetic_profile_set(const struct synthetic_shape *shape)
{
	uint32_t count = shape->prefixes4 + shape->prefixes6;
	struct prefix *prefixes = calloc(count ? count : 1, sizeof(*prefixes));
	struct random random = { shape->seed };
	struct arena *arena = NULL;
	struct profile_set *set;

	require(prefixes && shape->vendors && !arena_new(&arena));
	set = allocated(arena, sizeof(*set));
	set->arena = arena;
	place_all4(&random, prefixes, shape->prefixes4);
	place_all6(&random, prefixes + shape->prefixes4, shape->prefixes6);
	shuffle(&random, prefixes, count);
	set->vendor_count = shape->vendors;
	set->vendors = allocated(arena, shape->vendors * sizeof(*set->vendors));
	for (uint32_t v = 0; v < shape->vendors; v++)
		fill_vendor(arena, v, shape->services, &set->vendors[v]);
	deal(arena, prefixes, count, set);
	free(prefixes);
	return set;
}
