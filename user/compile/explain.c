/* SPDX-License-Identifier: BSD-2-Clause */
/* The long way round: each service is asked in turn. No table is read until the end, when both answers must agree. */
#include "compile/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

struct end {
	const struct ip_addr *remote;
	uint16_t remote_port, local_port;
	enum vx_direction direction;
};

static const struct range *longest_range(const struct range_set *set, const struct ip_addr *addr)
{
	const struct range *longest = NULL;

	for (size_t i = 0; i < set->range_count; i++)
		if (prefix_contains(&set->ranges[i].prefix, addr) &&
		    (!longest || set->ranges[i].prefix.length > longest->prefix.length))
			longest = &set->ranges[i];
	return longest;
}

/* The service's best claim to the address. false: it has none. @longest is by range set of the vendor. */
static bool claim_of(const struct vendor *vendor, const struct service *service, const struct range *const *longest,
		     struct explained *ret)
{
	bool claimed = service->remote_any;

	ret->claim = VX_CLAIM_ANY;
	ret->range = NULL;
	for (size_t r = 0; r < service->remote_count; r++)
		for (size_t i = 0; i < vendor->range_set_count; i++) {
			const struct range *range = longest[i];
			enum vx_claim claim = vendor->range_sets[i]->claim;

			if (service->remotes[r] != vendor->range_sets[i] || !range)
				continue;
			if (ret->range && (claim < ret->claim ||
					   (claim == ret->claim && range->prefix.length <= ret->range->prefix.length)))
				continue;
			claimed = true;
			ret->claim = claim;
			ret->range = range;
		}
	return claimed;
}

static struct candidate candidate_of(const struct explained *explained)
{
	return (struct candidate){
		.service = explained->service,
		.claim = explained->claim,
		.prefix_length = explained->range ? explained->range->prefix.length : 0,
	};
}

static enum explain_fate fate_of(const struct explained *explained, const struct packet *packet, const struct end *end)
{
	const struct candidate candidate = candidate_of(explained);
	const struct port_set *remote_ports = &explained->service->remote_ports[packet->transport];

	if (!remote_ports->count)
		return EXPLAIN_TRANSPORT;
	if (!port_set_has(remote_ports, end->remote_port))
		return EXPLAIN_REMOTE_PORT;
	if (!port_set_has(&explained->service->local_ports, end->local_port))
		return EXPLAIN_LOCAL_PORT;
	return candidate_holds(&candidate, packet->evidence) ? EXPLAIN_LOST : EXPLAIN_NOT_PROVEN;
}

/* Takes up every service with a claim to the end's address; one that claims the world only where its ports hold. */
static void explain_vendor(struct explanation *explanation, const struct vendor *vendor, const struct packet *packet,
			   const struct end *end, const struct range *const *longest)
{
	const struct circumstances circumstances = { packet->transport, packet->evidence, packet->dscp,
						     end->direction };

	for (size_t s = 0; s < vendor->service_count; s++) {
		struct explained *explained = &explanation->services[explanation->count];
		struct candidate candidate;

		*explained = (struct explained){ .vendor = vendor,
						 .service = &vendor->services[s],
						 .direction = end->direction };
		if (explained->service->unseen || !claim_of(vendor, explained->service, longest, explained))
			continue;
		explained->fate = fate_of(explained, packet, end);
		if (!explained->range && explained->fate > EXPLAIN_NOT_PROVEN)
			continue;
		candidate = candidate_of(explained);
		explained->standing = candidate_standing(&candidate, &circumstances);
		explanation->count++;
	}
}

static void consider_owner(struct explanation *explanation, const struct vendor *vendor,
			   const struct range *const *longest)
{
	for (size_t i = 0; i < vendor->range_set_count; i++) {
		struct explained_owner *owner = &explanation->owner;

		if (!longest[i] || vendor->range_sets[i]->claim != VX_CLAIM_OWN)
			continue;
		if (!owner->vendor || longest[i]->prefix.length > owner->range->prefix.length)
			*owner = (struct explained_owner){ vendor, longest[i] };
	}
}

static int explain_end(struct explanation *explanation, const struct profile_set *set, const struct packet *packet,
		       const struct end *end)
{
	for (size_t v = 0; v < set->vendor_count; v++) {
		const struct vendor *vendor = &set->vendors[v];
		CLEANUP_FREE const struct range **longest = calloc(vendor->range_set_count + 1, sizeof(*longest));

		if (!longest)
			return -ENOMEM;
		for (size_t i = 0; i < vendor->range_set_count; i++)
			longest[i] = longest_range(vendor->range_sets[i], end->remote);
		explain_vendor(explanation, vendor, packet, end, longest);
		consider_owner(explanation, vendor, longest);
	}
	return 0;
}

/* Candidates first, best first; the rest by how far they came. Inbound before outbound, then as in the profiles. */
static int explained_compare(const void *a, const void *b)
{
	const struct explained *x = a, *y = b;
	int by_standing;

	if (x->fate != y->fate)
		return x->fate < y->fate ? -1 : 1;
	by_standing = standing_compare(&y->standing, &x->standing, NULL);
	return by_standing ? by_standing : (x->direction > y->direction) - (x->direction < y->direction);
}

static void rank_names(struct explanation *explanation)
{
	/* Byte order of ids as a number: how many of those listed come later. */
	for (size_t i = 0; i < explanation->count; i++) {
		struct explained *e = &explanation->services[i];
		uint32_t later = 0;

		for (size_t j = 0; j < explanation->count; j++) {
			const struct explained *other = &explanation->services[j];
			int order = strcmp(e->vendor->id, other->vendor->id);

			later += (order ? order : strcmp(e->service->id, other->service->id)) < 0;
		}
		e->standing.by_rule[CANDIDATE_RULE_NAME] = later;
	}
}

static void name_winner(struct explanation *explanation)
{
	struct explained *first = explanation->services;

	rank_names(explanation);
	qsort(first, explanation->count, sizeof(*first), explained_compare);
	for (size_t i = 1; i < explanation->count && first[i].fate == EXPLAIN_LOST; i++) {
		first[i].rule = CANDIDATE_RULE_NAME;
		standing_compare(&first->standing, &first[i].standing, &first[i].rule);
	}
	if (explanation->count && first->fate == EXPLAIN_LOST)
		first->fate = EXPLAIN_WON;
}

/* The rules and the tables were made from one another by the compiler; a packet that tells them apart is a defect. */
static int check_agreement(const struct explanation *explanation, const struct slots *slots, struct failure *failure)
{
	const struct explained *winner =
		explanation->count && explanation->services->fate == EXPLAIN_WON ? explanation->services : NULL;
	const struct vx_slot *slot = &slots->names[explanation->verdict.slot];
	const char *vendor = winner ? winner->vendor->id : "", *service = winner ? winner->service->id : "";

	if (!winner && explanation->verdict.outcome == VX_OUTCOME_OFF_PORT && explanation->owner.vendor)
		vendor = explanation->owner.vendor->id;
	if (!strcmp(slot->vendor, vendor) && !strcmp(slot->service, service))
		return 0;
	return failure_set(
		failure, VX_EXIT_FAILED, EPROTO,
		"defect in voxdp: the rules say %s/%s, the tables say %s/%s; please report it with the profiles",
		vendor, service, slot->vendor, slot->service);
}

int explain_packet(const struct profile_set *set, const struct slots *slots, const struct tables *tables,
		   const struct packet *packet, enum vx_role role, struct explanation *ret, struct failure *failure)
{
	const struct end in = { &packet->src, packet->sport, packet->dport, VX_DIRECTION_IN };
	const struct end out = { &packet->dst, packet->dport, packet->sport, VX_DIRECTION_OUT };
	CLEANUP(explanation_fini) struct explanation explanation = {};
	size_t most = 1;
	int err = 0;

	for (size_t v = 0; v < set->vendor_count; v++)
		most += set->vendors[v].service_count * 2;
	explanation.services = calloc(most, sizeof(*explanation.services));
	if (!explanation.services)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	if (role != VX_ROLE_LAN)
		err = explain_end(&explanation, set, packet, &in);
	if (!err && role != VX_ROLE_WAN)
		err = explain_end(&explanation, set, packet, &out);
	if (err)
		return failure_set(failure, VX_EXIT_FAILED, -err, "out of memory");
	name_winner(&explanation);
	explanation.verdict = tables_judge(tables, packet, role);
	err = check_agreement(&explanation, slots, failure);
	if (err)
		return err;
	*ret = explanation;
	memset(&explanation, 0, sizeof(explanation));
	return 0;
}

void explanation_fini(struct explanation *explanation)
{
	free(explanation->services);
	memset(explanation, 0, sizeof(*explanation));
}
