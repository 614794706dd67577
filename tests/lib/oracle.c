/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain loops and one comparison after another, in the order in which the rules are written down. */
#include "oracle.h"

#include <string.h>

struct side {
	const struct ip_addr *remote;
	uint16_t remote_port, local_port;
	enum vx_direction direction;
};

struct choice {
	const struct vendor *vendor;
	const struct service *service;
	int claim, length;
	bool accepted, dscp_equal;
	long remote_ports, local_ports;
	enum vx_direction direction;
};

static bool in_prefix(const struct ip_addr *addr, const struct prefix *prefix)
{
	if (addr->family != prefix->addr.family)
		return false;
	for (int bit = 0; bit < prefix->length; bit++) {
		int ours = addr->bytes[bit / 8] >> (7 - bit % 8) & 1;
		int theirs = prefix->addr.bytes[bit / 8] >> (7 - bit % 8) & 1;

		if (ours != theirs)
			return false;
	}
	return true;
}

static bool in_ports(uint16_t port, const struct port_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->spans[i].first <= port && port <= set->spans[i].last)
			return true;
	return false;
}

static long ports_in(const struct port_set *set)
{
	long count = 0;

	for (size_t i = 0; i < set->count; i++)
		count += set->spans[i].last - set->spans[i].first + 1;
	return count;
}

static bool takes(const struct service *service, enum vx_protocol protocol)
{
	return protocol != VX_PROTOCOL_OTHER && (service->accepts >> protocol & 1);
}

/* May this service be spoken of at all, with this claim and this payload? */
static bool payload_allows(const struct service *service, int claim, uint8_t evidence)
{
	if (claim == VX_CLAIM_OWN || claim == VX_CLAIM_NAMED)
		return true;
	switch (evidence) {
	case VX_PROTOCOL_SIP:
	case VX_PROTOCOL_STUN:
	case VX_PROTOCOL_TURN_CHANNEL:
	case VX_PROTOCOL_ZRTP:
	case VX_PROTOCOL_RTP:
	case VX_PROTOCOL_RTCP:
		return takes(service, evidence);
	case VX_PROTOCOL_DTLS:
		return takes(service, VX_PROTOCOL_DTLS) && takes(service, VX_PROTOCOL_RTP);
	default:
		return false;
	}
}

static bool is_better(const struct choice *a, const struct choice *b)
{
	int order;

	if (a->claim != b->claim)
		return a->claim > b->claim;
	if (a->length != b->length)
		return a->length > b->length;
	if (a->accepted != b->accepted)
		return a->accepted;
	if (a->remote_ports != b->remote_ports)
		return a->remote_ports < b->remote_ports;
	if (a->local_ports != b->local_ports)
		return a->local_ports < b->local_ports;
	if (a->dscp_equal != b->dscp_equal)
		return a->dscp_equal;
	if (a->service->priority != b->service->priority)
		return a->service->priority > b->service->priority;
	order = strcmp(a->vendor->id, b->vendor->id);
	if (order)
		return order < 0;
	order = strcmp(a->service->id, b->service->id);
	if (order)
		return order < 0;
	return a->direction == VX_DIRECTION_IN && b->direction == VX_DIRECTION_OUT;
}

static void offer(struct choice *best, const struct vendor *vendor, const struct service *service, int claim,
		  int length, const struct oracle_packet *packet, const struct side *side)
{
	struct choice choice = { vendor, service, claim, length, false, false, 0, 0, side->direction };

	if (!payload_allows(service, claim, packet->evidence))
		return;
	if (packet->evidence == VX_EVIDENCE_RTP_LIKELY)
		choice.accepted = takes(service, VX_PROTOCOL_RTP);
	else
		choice.accepted = takes(service, packet->evidence);
	choice.dscp_equal = service->dscp[side->direction] >> packet->dscp & 1;
	choice.remote_ports = ports_in(&service->remote_ports[packet->transport]);
	choice.local_ports = ports_in(&service->local_ports);
	if (!best->service || is_better(&choice, best))
		*best = choice;
}

/*
 * Every claim that a service has on the address is offered. A service's own weaker claims lose to its stronger ones by
 * the rules themselves, except that a weaker claim may allow less: so only the strongest is offered, as the rules speak
 * of the service's claim.
 */
static void offer_service(struct choice *best, const struct vendor *vendor, const struct service *service,
			  const struct oracle_packet *packet, const struct side *side)
{
	int claim = -1, length = -1;

	if (service->unseen || !in_ports(side->remote_port, &service->remote_ports[packet->transport]) ||
	    !in_ports(side->local_port, &service->local_ports))
		return;
	if (service->remote_any) {
		claim = VX_CLAIM_ANY;
		length = 0;
	}
	for (size_t r = 0; r < service->remote_count; r++) {
		const struct range_set *set = service->remotes[r];

		for (size_t i = 0; i < set->range_count; i++) {
			if (!in_prefix(side->remote, &set->ranges[i].prefix))
				continue;
			if ((int)set->claim > claim ||
			    ((int)set->claim == claim && set->ranges[i].prefix.length > length)) {
				claim = (int)set->claim;
				length = set->ranges[i].prefix.length;
			}
		}
	}
	if (claim >= 0)
		offer(best, vendor, service, claim, length, packet, side);
}

/* The vendor of an address that no service claims. */
struct owner {
	const struct vendor *vendor;
	int claim, length;
	enum vx_direction direction;
};

static void find_owner(struct owner *owner, const struct vendor *vendor, const struct side *side, bool named_too)
{
	for (size_t r = 0; r < vendor->range_set_count; r++) {
		const struct range_set *set = vendor->range_sets[r];

		if (set->claim != VX_CLAIM_OWN && !(named_too && set->claim == VX_CLAIM_NAMED))
			continue;
		for (size_t i = 0; i < set->range_count; i++) {
			const struct prefix *prefix = &set->ranges[i].prefix;

			if (!in_prefix(side->remote, prefix))
				continue;
			if (owner->vendor && ((int)set->claim < owner->claim ||
					      ((int)set->claim == owner->claim && prefix->length < owner->length)))
				continue;
			if (owner->vendor && (int)set->claim == owner->claim && prefix->length == owner->length &&
			    strcmp(vendor->id, owner->vendor->id) >= 0)
				continue;
			*owner = (struct owner){ vendor, (int)set->claim, prefix->length, side->direction };
		}
	}
}

static bool is_call_protocol(const struct oracle_packet *packet)
{
	switch (packet->evidence) {
	case VX_PROTOCOL_SIP:
	case VX_PROTOCOL_STUN:
	case VX_PROTOCOL_TURN_CHANNEL:
	case VX_PROTOCOL_ZRTP:
	case VX_PROTOCOL_RTP:
	case VX_PROTOCOL_RTCP:
		return true;
	case VX_PROTOCOL_DTLS:
		return packet->transport == VX_TRANSPORT_UDP;
	default:
		return false;
	}
}

static struct oracle_verdict service_verdict(const struct choice *best, const struct oracle_packet *packet)
{
	struct oracle_verdict verdict = { best->vendor->id, best->service->id,	 VX_PROTOCOL_OTHER,
					  best->direction,  VX_OUTCOME_MISMATCH, false };

	if (packet->evidence != VX_EVIDENCE_RTP_LIKELY)
		verdict.protocol = packet->evidence;
	else if (best->accepted)
		verdict.protocol = VX_PROTOCOL_RTP;
	if (best->accepted)
		verdict.outcome = VX_OUTCOME_MATCH;
	else if (verdict.protocol == VX_PROTOCOL_OTHER)
		verdict.outcome = VX_OUTCOME_UNPROVEN;
	verdict.dscp_unexpected = best->service->dscp[best->direction] && !best->dscp_equal;
	return verdict;
}

struct oracle_verdict oracle_judge(const struct profile_set *set, const struct oracle_packet *packet, enum vx_role role)
{
	const struct side sides[2] = {
		{ &packet->src, packet->sport, packet->dport, VX_DIRECTION_IN },
		{ &packet->dst, packet->dport, packet->sport, VX_DIRECTION_OUT },
	};
	struct oracle_verdict verdict = { NULL, NULL, VX_PROTOCOL_OTHER, VX_DIRECTION_NONE, VX_OUTCOME_OTHER, false };
	struct choice best = {};
	struct owner owner = {};

	for (int s = 0; s < 2; s++) {
		if ((s == 0 && role == VX_ROLE_LAN) || (s == 1 && role == VX_ROLE_WAN))
			continue;
		for (size_t v = 0; v < set->vendor_count; v++) {
			const struct vendor *vendor = &set->vendors[v];

			find_owner(&owner, vendor, &sides[s], packet->later_fragment);
			for (size_t i = 0; packet->has_ports && i < vendor->service_count; i++)
				offer_service(&best, vendor, &vendor->services[i], packet, &sides[s]);
		}
	}
	if (best.service)
		return service_verdict(&best, packet);
	if (packet->evidence != VX_EVIDENCE_RTP_LIKELY)
		verdict.protocol = packet->evidence;
	verdict.direction = role == VX_ROLE_WAN ? VX_DIRECTION_IN :
			    role == VX_ROLE_LAN ? VX_DIRECTION_OUT :
						  VX_DIRECTION_NONE;
	if (owner.vendor) {
		verdict.vendor = owner.vendor->id;
		verdict.direction = owner.direction;
	}
	if (packet->later_fragment)
		verdict.outcome = VX_OUTCOME_FRAGMENT;
	else if (owner.vendor)
		verdict.outcome = VX_OUTCOME_OFF_PORT;
	else if (packet->has_ports && is_call_protocol(packet))
		verdict.outcome = VX_OUTCOME_UNKNOWN_MEDIA;
	return verdict;
}
