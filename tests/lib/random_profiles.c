/* SPDX-License-Identifier: BSD-2-Clause */
/* Small domains on purpose: few networks, few ports, so that overlaps of every kind are common. */
#include "random_profiles.h"

#include <stdlib.h>
#include <string.h>

uint32_t random_below(struct random *random, uint32_t below)
{
	/* splitmix64, by its published constants. */
	uint64_t z = random->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (uint32_t)((z ^ z >> 31) % below);
}

bool random_chance(struct random *random, uint32_t percent)
{
	return random_below(random, 100) < percent;
}

static void *allocated(struct arena *arena, size_t bytes)
{
	void *memory = arena_alloc(arena, bytes ? bytes : 1);

	if (!memory)
		abort();
	return memory;
}

static void clear_host_bits(struct prefix *prefix)
{
	for (int bit = prefix->length; bit < 128; bit++)
		prefix->addr.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

static struct ip_addr random_addr(struct random *random)
{
	struct ip_addr addr = { .family = random_chance(random, 70) ? 4 : 6 };

	for (int i = 0; i < (addr.family == 4 ? 4 : 16); i++)
		addr.bytes[i] = (uint8_t)(random_below(random, 3) * 85);
	return addr;
}

struct prefix random_prefix(struct random *random)
{
	struct prefix prefix = { .addr = random_addr(random) };

	prefix.length = (uint8_t)(1 + random_below(random, prefix.addr.family == 4 ? 32 : 128));
	clear_host_bits(&prefix);
	return prefix;
}

static const uint16_t edges[] = {
	0, 1, 255, 256, 257, 3478, 5060, 5061, 16383, 16384, 32767, 32768, 49152, 65534, 65535
};

uint16_t random_port(struct random *random)
{
	if (random_chance(random, 20))
		return (uint16_t)random_below(random, 65536);
	return edges[random_below(random, sizeof(edges) / sizeof(edges[0]))];
}

static struct port_set random_ports(struct random *random, struct arena *arena)
{
	struct port_set set = { .spans = allocated(arena, 3 * sizeof(struct port_span)) };
	uint32_t next = 0;

	for (uint32_t wanted = 1 + random_below(random, 3); set.count < wanted && next < 65536;) {
		uint32_t first = random_port(random), last = random_port(random);

		if (random_chance(random, 40))
			last = first;
		if (first > last) {
			uint32_t swapped = first;

			first = last;
			last = swapped;
		}
		if (first < next)
			first = next;
		if (first > last)
			last = first;
		if (first > 65535)
			break;
		set.spans[set.count++] = (struct port_span){ (uint16_t)first, (uint16_t)last };
		next = last + 2;
	}
	return set;
}

static struct port_set all_ports(struct arena *arena)
{
	struct port_set set = { .spans = allocated(arena, sizeof(struct port_span)), .count = 1 };

	set.spans[0] = (struct port_span){ 0, 65535 };
	return set;
}

static struct range_set *random_range_set(struct random *random, struct arena *arena, uint32_t number)
{
	struct range_set *set = allocated(arena, sizeof(*set));

	set->id = arena_printf(arena, "r%u", number);
	set->defined = true;
	set->claim = (enum vx_claim)(VX_CLAIM_SHARED + random_below(random, 3));
	set->range_count = random_below(random, 6);
	set->ranges = allocated(arena, set->range_count * sizeof(*set->ranges));
	for (size_t i = 0; i < set->range_count; i++)
		set->ranges[i].prefix = random_prefix(random);
	return set;
}

static const uint16_t media = 1U << VX_PROTOCOL_STUN | 1U << VX_PROTOCOL_TURN_CHANNEL | 1U << VX_PROTOCOL_DTLS |
			      1U << VX_PROTOCOL_ZRTP | 1U << VX_PROTOCOL_RTP | 1U << VX_PROTOCOL_RTCP;

static void fill_service(struct random *random, struct arena *arena, const struct vendor *vendor,
			 struct service *service)
{
	service->remote_any = random_chance(random, 15);
	service->remotes = allocated(arena, vendor->range_set_count * sizeof(*service->remotes));
	for (size_t r = 0; r < vendor->range_set_count; r++)
		if (random_chance(random, 60))
			service->remotes[service->remote_count++] = vendor->range_sets[r];
	for (int t = 0; t < _VX_TRANSPORT_MAX; t++)
		if (random_chance(random, 70))
			service->remote_ports[t] =
				random_chance(random, 15) ? all_ports(arena) : random_ports(random, arena);
	service->local_ports = random_chance(random, 60) ? all_ports(arena) : random_ports(random, arena);
	service->accepts =
		random_chance(random, 40) ? media : (uint16_t)(1U << (1 + random_below(random, _VX_PROTOCOL_MAX - 1)));
	for (int d = VX_DIRECTION_IN; d <= VX_DIRECTION_OUT; d++)
		if (random_chance(random, 25))
			service->dscp[d] = 1ULL << random_below(random, 3) * 20;
	service->priority = random_chance(random, 20) ? (int)random_below(random, 5) - 2 : 0;
	if (random_chance(random, 5))
		service->unseen = "random";
}

static void fill_vendor(struct random *random, struct arena *arena, uint32_t number, struct vendor *vendor)
{
	vendor->id = arena_printf(arena, "v%u", number);
	vendor->range_set_count = 1 + random_below(random, 3);
	vendor->range_sets = allocated(arena, vendor->range_set_count * sizeof(*vendor->range_sets));
	for (uint32_t r = 0; r < vendor->range_set_count; r++)
		vendor->range_sets[r] = random_range_set(random, arena, r);
	vendor->service_count = random_below(random, 6);
	vendor->services = allocated(arena, vendor->service_count * sizeof(*vendor->services));
	for (uint32_t s = 0; s < vendor->service_count; s++) {
		/* Ids fall while the order of the file rises, so that one cannot stand in for the other. */
		vendor->services[s].id = arena_printf(arena, "s%u", 9 - s);
		fill_service(random, arena, vendor, &vendor->services[s]);
	}
}

struct profile_set *random_profile_set(struct random *random)
{
	struct profile_set *set;
	struct arena *arena;

	if (arena_new(&arena))
		abort();
	set = allocated(arena, sizeof(*set)); /* as profile_set_free() expects it */
	set->arena = arena;
	set->vendor_count = 1 + random_below(random, 6);
	set->vendors = allocated(set->arena, set->vendor_count * sizeof(*set->vendors));
	for (uint32_t v = 0; v < set->vendor_count; v++)
		fill_vendor(random, set->arena, v, &set->vendors[v]);
	return set;
}

/* The first or last address of a range, or the one just outside of it. */
static bool addr_near_range(struct random *random, const struct profile_set *set, struct ip_addr *ret)
{
	const struct vendor *vendor = &set->vendors[random_below(random, (uint32_t)set->vendor_count)];
	const struct range_set *ranges = vendor->range_sets[random_below(random, (uint32_t)vendor->range_set_count)];
	const struct prefix *prefix;
	int bits, step = (int)random_below(random, 3) - 1;

	if (!ranges->range_count)
		return false;
	prefix = &ranges->ranges[random_below(random, (uint32_t)ranges->range_count)].prefix;
	*ret = prefix->addr;
	bits = prefix->addr.family == 4 ? 32 : 128;
	if (random_chance(random, 50))
		for (int bit = prefix->length; bit < bits; bit++)
			ret->bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	for (int i = bits / 8 - 1; step && i >= 0; i--) {
		ret->bytes[i] = (uint8_t)(ret->bytes[i] + step);
		if (ret->bytes[i] != (step > 0 ? 0x00 : 0xff))
			break;
	}
	return true;
}

static struct ip_addr some_addr(struct random *random, const struct profile_set *set)
{
	struct ip_addr addr;

	if (random_chance(random, 75) && addr_near_range(random, set, &addr))
		return addr;
	return random_addr(random);
}

struct oracle_packet random_packet(struct random *random, const struct profile_set *set)
{
	struct oracle_packet packet = {
		.src = some_addr(random, set),
		.transport = (enum vx_transport)random_below(random, _VX_TRANSPORT_MAX),
		.dscp = (uint8_t)(random_chance(random, 80) ? random_below(random, 3) * 20 : random_below(random, 64)),
	};

	do
		packet.dst = some_addr(random, set);
	while (packet.dst.family != packet.src.family);
	packet.later_fragment = random_chance(random, 5);
	packet.has_ports = !packet.later_fragment && !random_chance(random, 5);
	if (packet.has_ports) {
		packet.sport = (uint16_t)(random_port(random) + random_below(random, 3) - 1);
		packet.dport = (uint16_t)(random_port(random) + random_below(random, 3) - 1);
		packet.evidence = (uint8_t)random_below(random, _VX_EVIDENCE_MAX);
	}
	return packet;
}
