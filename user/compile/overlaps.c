/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk of the compiler once more, over classes of addresses and of ports; but where the compiler keeps the best
 * candidate of each combination, this keeps whom it beat, and by what.
 */
#include "compile/overlaps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile/address.h"
#include "compile/answers.h"
#include "compile/plan.h"
#include "compile/port_classes.h"
#include "lib/cleanup.h"
#include "lib/intern.h"

/* What has been seen already: one a pair of services and rule. */
struct meeting {
	uint32_t winner, loser, rule;
};

struct walk {
	struct plan plan;
	struct address_classes addresses;
	struct dscp_classes dscp;
	struct intern met; /* struct meeting */
	struct overlaps overlaps;
	/* where the walk is */
	struct ip_addr remote, local;
	enum vx_transport transport;
	uint16_t remote_port, local_port;
	const struct slotted_candidate **cell; /* candidates of the cell */
	uint32_t *cell_services;	       /* and their numbers */
	size_t cell_count;
};

/* ---- addresses for examples ------------------------------------------------------------------------------------ */

static uint32_t class_of(const struct address_classes *addresses, const struct ip_addr *addr)
{
	uint32_t addr_class = VX_CLASS_NOBODY;

	/* A covering prefix comes first, so the last one that contains the address is the longest. */
	for (size_t i = 0; i < addresses->prefix_count; i++)
		if (prefix_contains(&addresses->prefixes[i].prefix, addr))
			addr_class = addresses->prefixes[i].addr_class;
	return addr_class;
}

/* The address behind the last one of @prefix. false: there is none. */
static bool addr_behind(const struct prefix *prefix, struct ip_addr *ret)
{
	int bit = prefix->length - 1;

	*ret = prefix->addr;
	while (bit >= 0 && (ret->bytes[bit / 8] & 0x80 >> bit % 8)) {
		ret->bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
		bit--;
	}
	if (bit < 0)
		return false;
	ret->bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return true;
}

/*
 * An address of class @addr_class in prefix @p: its first one, or one right behind a prefix that lies inside. false:
 * what lies inside leaves none.
 */
static bool addr_in_prefix(const struct address_classes *addresses, size_t p, struct ip_addr *ret)
{
	const struct class_prefix *outer = &addresses->prefixes[p];

	*ret = outer->prefix.addr;
	if (class_of(addresses, ret) == outer->addr_class)
		return true;
	for (size_t i = p + 1; i < addresses->prefix_count; i++) {
		if (!prefix_covers(&outer->prefix, &addresses->prefixes[i].prefix))
			return false;
		if (addr_behind(&addresses->prefixes[i].prefix, ret) && prefix_contains(&outer->prefix, ret) &&
		    class_of(addresses, ret) == outer->addr_class)
			return true;
	}
	return false;
}

/* Documentation addresses first (RFC 5737, RFC 3849), then private ones: one of nobody. */
static bool addr_of_nobody(const struct address_classes *addresses, uint8_t family, struct ip_addr *ret)
{
	static const char *const texts[] = { "203.0.113.1", "198.51.100.1",	"192.0.2.1", "10.0.0.1", "172.16.0.1",
					     "192.168.0.1", "2001:db8:ffff::1", "fd00::1",   "fe80::1" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (ip_addr_parse(texts[i], ret) == 0 && ret->family == family &&
		    class_of(addresses, ret) == VX_CLASS_NOBODY)
			return true;
	return false;
}

static bool addr_of_class(const struct address_classes *addresses, uint32_t addr_class, struct ip_addr *ret)
{
	if (addr_class == VX_CLASS_NOBODY)
		return addr_of_nobody(addresses, 4, ret) || addr_of_nobody(addresses, 6, ret);
	for (size_t i = 0; i < addresses->prefix_count; i++)
		if (addresses->prefixes[i].addr_class == addr_class && addr_in_prefix(addresses, i, ret))
			return true;
	return false;
}

/* ---- what is found --------------------------------------------------------------------------------------------- */

static int overlap_add(struct walk *w, const struct meeting *meeting, const struct circumstances *circumstances)
{
	struct overlaps *overlaps = &w->overlaps;
	bool in = circumstances->direction == VX_DIRECTION_IN;
	struct overlap *overlap;

	if (overlaps->count == overlaps->capacity) {
		size_t capacity = overlaps->capacity ? 2 * overlaps->capacity : 32;
		struct overlap *items = reallocarray(overlaps->items, capacity, sizeof(*items));

		if (!items)
			return -ENOMEM;
		overlaps->items = items;
		overlaps->capacity = capacity;
	}
	overlap = &overlaps->items[overlaps->count++];
	*overlap = (struct overlap){
		.winner_vendor = &w->plan.set->vendors[plan_vendor_of(&w->plan, meeting->winner)],
		.loser_vendor = &w->plan.set->vendors[plan_vendor_of(&w->plan, meeting->loser)],
		.winner = w->plan.services[meeting->winner].candidate.service,
		.loser = w->plan.services[meeting->loser].candidate.service,
		.rule = (enum candidate_rule)meeting->rule,
		.direction = circumstances->direction,
		.example = {
			.src = in ? w->remote : w->local,
			.dst = in ? w->local : w->remote,
			.sport = in ? w->remote_port : w->local_port,
			.dport = in ? w->local_port : w->remote_port,
			.transport = w->transport,
			.evidence = circumstances->evidence,
			.dscp = circumstances->dscp,
		},
	};
	overlaps->by_name += overlap->rule == CANDIDATE_RULE_NAME;
	return 0;
}

static int meet(struct walk *w, uint32_t winner, uint32_t loser, enum candidate_rule rule,
		const struct circumstances *circumstances)
{
	const struct meeting meeting = { winner, loser, rule };
	size_t before = w->met.count;
	uint32_t id;

	if (rule != CANDIDATE_RULE_NAME && plan_vendor_of(&w->plan, winner) == plan_vendor_of(&w->plan, loser))
		return 0;
	if (intern_put(&w->met, &meeting, sizeof(meeting), &id))
		return -ENOMEM;
	return w->met.count > before ? overlap_add(w, &meeting, circumstances) : 0;
}

/* ---- the walk -------------------------------------------------------------------------------------------------- */

/* One combination of everything: who is best, and whom does it beat by what? */
static int walk_packet(struct walk *w, const struct circumstances *circumstances)
{
	struct standing best = {}, other;
	size_t winner = SIZE_MAX;

	for (size_t i = 0; i < w->cell_count; i++) {
		if (!candidate_holds(&w->cell[i]->candidate, circumstances->evidence))
			continue;
		other = candidate_standing(&w->cell[i]->candidate, circumstances);
		if (winner != SIZE_MAX && standing_compare(&other, &best, NULL) <= 0)
			continue;
		winner = i;
		best = other;
	}
	for (size_t i = 0; winner != SIZE_MAX && i < w->cell_count; i++) {
		enum candidate_rule rule = CANDIDATE_RULE_NAME;

		if (i == winner || !candidate_holds(&w->cell[i]->candidate, circumstances->evidence))
			continue;
		other = candidate_standing(&w->cell[i]->candidate, circumstances);
		(void)standing_compare(&best, &other, &rule);
		if (meet(w, w->cell_services[winner], w->cell_services[i], rule, circumstances))
			return -ENOMEM;
	}
	return 0;
}

/* Proven protocols first, so that an example shows one where it can. */
static int walk_cell(struct walk *w)
{
	for (uint8_t i = 0; i < _VX_EVIDENCE_MAX; i++)
		for (uint32_t d = 0; d < w->dscp.count; d++) {
			const struct circumstances circumstances = {
				.transport = w->transport,
				.evidence = i + 1 < _VX_PROTOCOL_MAX  ? i + 1 :
					    i + 1 == _VX_PROTOCOL_MAX ? VX_PROTOCOL_OTHER :
									VX_EVIDENCE_RTP_LIKELY,
				.dscp = w->dscp.sample[d].dscp,
				.direction = w->dscp.sample[d].direction,
			};

			if (walk_packet(w, &circumstances))
				return -ENOMEM;
		}
	return 0;
}

/* A port that reads well, of a class that has one. */
static uint16_t port_of_class(const struct port_partition *partition, uint32_t port_class, uint16_t preferred)
{
	uint32_t port = 0;

	for (size_t i = partition->interval_count; i-- > 0;) {
		const struct port_interval *interval = &partition->intervals[i];

		if (interval->port_class != port_class)
			continue;
		if (interval->first <= preferred && preferred <= interval->last)
			return preferred;
		port = interval->first ? interval->first : interval->last;
	}
	return (uint16_t)port;
}

/* The candidates of one pair of port classes; false: fewer than two, or the same ones have been walked. */
static bool cell_choose(struct walk *w, const struct slotted_candidate *const *services, const uint32_t *numbers,
			size_t count, const uint64_t *remote, const uint64_t *local, struct intern *walked,
			int *ret_err)
{
	size_t before = walked->count;
	uint32_t id;

	w->cell_count = 0;
	for (size_t i = 0; i < count; i++)
		if (remote[i / 64] & local[i / 64] & 1ULL << i % 64) {
			w->cell[w->cell_count] = services[i];
			w->cell_services[w->cell_count++] = numbers[i];
		}
	if (w->cell_count < 2)
		return false;
	*ret_err = intern_put(walked, w->cell_services, w->cell_count * sizeof(*w->cell_services), &id);
	return !*ret_err && walked->count > before;
}

static int walk_cells(struct walk *w, const struct slotted_candidate *const *services, const uint32_t *numbers,
		      size_t count, const struct port_partition *remote, const struct port_partition *local)
{
	CLEANUP(intern_fini) struct intern walked = {};
	int err = 0;

	for (uint32_t r = 0; r < remote->members.count && !err; r++)
		for (uint32_t l = 0; l < local->members.count && !err; l++) {
			if (!cell_choose(w, services, numbers, count, intern_get(&remote->members, r),
					 intern_get(&local->members, l), &walked, &err))
				continue;
			w->remote_port = port_of_class(remote, r, 3478);
			w->local_port = port_of_class(local, l, 50000);
			err = walk_cell(w);
		}
	return err;
}

static int walk_transport(struct walk *w, size_t found)
{
	CLEANUP(port_partition_fini) struct port_partition remote = {}, local = {};
	CLEANUP_FREE const struct slotted_candidate **services = calloc(found + 1, sizeof(*services));
	CLEANUP_FREE uint32_t *numbers = calloc(found + 1, sizeof(*numbers));
	CLEANUP_FREE const struct port_set **remote_sets = calloc(found + 1, sizeof(*remote_sets));
	CLEANUP_FREE const struct port_set **local_sets = calloc(found + 1, sizeof(*local_sets));
	size_t n = 0;

	if (!services || !numbers || !remote_sets || !local_sets)
		return -ENOMEM;
	for (size_t i = 0; i < found; i++) {
		const struct service *service = w->plan.found[i].candidate.service;

		if (!service->remote_ports[w->transport].count)
			continue;
		services[n] = &w->plan.found[i];
		numbers[n] = w->plan.found_numbers[i];
		remote_sets[n] = &service->remote_ports[w->transport];
		local_sets[n++] = &service->local_ports;
	}
	if (n < 2)
		return 0;
	if (port_partition_build(remote_sets, n, &remote) || port_partition_build(local_sets, n, &local))
		return -ENOMEM;
	return walk_cells(w, services, numbers, n, &remote, &local);
}

static int walk_classes(struct walk *w)
{
	for (uint32_t c = 0; c < w->addresses.claims.count; c++) {
		size_t found = plan_candidates(&w->plan, &w->addresses, c);

		if (found < 2 || !addr_of_class(&w->addresses, c, &w->remote))
			continue;
		if (!addr_of_nobody(&w->addresses, w->remote.family, &w->local))
			w->local = w->remote;
		for (w->transport = 0; w->transport < _VX_TRANSPORT_MAX; w->transport++)
			if (walk_transport(w, found))
				return -ENOMEM;
	}
	return 0;
}

static int overlap_compare(const void *a, const void *b)
{
	const struct overlap *x = a, *y = b;
	int order = strcmp(x->winner_vendor->id, y->winner_vendor->id);

	order = order ? order : strcmp(x->winner->id, y->winner->id);
	order = order ? order : strcmp(x->loser_vendor->id, y->loser_vendor->id);
	order = order ? order : strcmp(x->loser->id, y->loser->id);
	return order ? order : (x->rule > y->rule) - (x->rule < y->rule);
}

static void walk_fini(struct walk *w)
{
	plan_fini(&w->plan);
	address_classes_fini(&w->addresses);
	intern_fini(&w->met);
	overlaps_fini(&w->overlaps);
	free(w->cell);
	free(w->cell_services);
}

int overlaps_find(const struct profile_set *set, const struct slots *slots, struct overlaps *ret,
		  struct failure *failure)
{
	CLEANUP(walk_fini) struct walk w = {};
	int err = plan_build(&w.plan, set, slots, failure);

	if (err && err != -ENOMEM)
		return err;
	err = err ? err : address_classes_build(set, w.plan.first_range_set, &w.addresses);
	err = err ? err : dscp_classes_build(set, &w.dscp);
	if (!err) {
		w.cell = calloc(w.plan.service_count + 1, sizeof(*w.cell));
		w.cell_services = calloc(w.plan.service_count + 1, sizeof(*w.cell_services));
		err = w.cell && w.cell_services ? walk_classes(&w) : -ENOMEM;
	}
	if (err)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory while looking for overlaps");
	if (w.overlaps.count)
		qsort(w.overlaps.items, w.overlaps.count, sizeof(*w.overlaps.items), overlap_compare);
	*ret = w.overlaps;
	w.overlaps = (struct overlaps){};
	return 0;
}

void overlaps_fini(struct overlaps *overlaps)
{
	free(overlaps->items);
	*overlaps = (struct overlaps){};
}
