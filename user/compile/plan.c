/* SPDX-License-Identifier: BSD-2-Clause */
/* Names are put in order once, so that no rule compares text while classes are walked. */
#include "compile/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

struct named_service {
	const char *vendor, *service;
	uint32_t number;
};

static int named_service_compare(const void *a, const void *b)
{
	const struct named_service *x = a, *y = b;
	int by_vendor = strcmp(x->vendor, y->vendor);

	return by_vendor ? by_vendor : strcmp(x->service, y->service);
}

/* Services sorted by name get their name order and, by one walk beside the sorted slots, their slots. */
static int plan_names(struct plan *plan, const struct profile_set *set, const struct slots *slots,
		      struct failure *failure)
{
	CLEANUP_FREE struct named_service *named = calloc(plan->service_count + 1, sizeof(*named));
	CLEANUP_FREE struct named_service *index = calloc(slots->count + 1U, sizeof(*index));
	size_t n = 0;

	if (!named || !index)
		return -ENOMEM;
	for (uint32_t i = 0; i < slots->count; i++)
		index[i] = (struct named_service){ slots->names[i].vendor, slots->names[i].service, i };
	qsort(index, slots->count, sizeof(*index), named_service_compare);
	for (size_t v = 0; v < set->vendor_count; v++) {
		const struct vendor *vendor = &set->vendors[v];

		plan->vendor_slots[v] = slots_find(slots, vendor->id, "");
		for (size_t s = 0; s < vendor->service_count; s++, n++)
			named[n] = (struct named_service){ vendor->id, vendor->services[s].id, (uint32_t)n };
	}
	qsort(named, n, sizeof(*named), named_service_compare);
	for (size_t i = 0; i < n; i++) {
		const struct named_service *slot =
			bsearch(&named[i], index, slots->count, sizeof(*index), named_service_compare);
		struct slotted_candidate *service = &plan->services[named[i].number];

		if (!slot)
			return failure_set(failure, VX_EXIT_FAILED, ENOENT, "service %s/%s has no counter slot",
					   named[i].vendor, named[i].service);
		if (slot->number > UINT16_MAX)
			return failure_set(failure, VX_EXIT_FAILED, E2BIG,
					   "counter slots: %u needed, %u is the most that the tables can index",
					   slot->number, UINT16_MAX);
		service->slot = slot->number;
		service->candidate.name_order = (uint32_t)(n - i);
	}
	return 0;
}

static int plan_allocate(struct plan *plan, const struct profile_set *set)
{
	size_t range_sets = 0;

	for (size_t v = 0; v < set->vendor_count; v++) {
		plan->service_count += set->vendors[v].service_count;
		range_sets += set->vendors[v].range_set_count;
	}
	plan->services = calloc(plan->service_count + 1, sizeof(*plan->services));
	plan->anywhere = calloc(plan->service_count + 1, sizeof(*plan->anywhere));
	plan->first_service = calloc(set->vendor_count + 1, sizeof(*plan->first_service));
	plan->first_range_set = calloc(set->vendor_count + 1, sizeof(*plan->first_range_set));
	plan->vendor_slots = calloc(set->vendor_count + 1, sizeof(*plan->vendor_slots));
	plan->vendor_of_set = calloc(range_sets + 1, sizeof(*plan->vendor_of_set));
	plan->found = calloc(plan->service_count + 1, sizeof(*plan->found));
	plan->found_at = calloc(plan->service_count + 1, sizeof(*plan->found_at));
	plan->found_numbers = calloc(plan->service_count + 1, sizeof(*plan->found_numbers));
	return plan->services && plan->anywhere && plan->first_service && plan->first_range_set && plan->vendor_slots &&
			       plan->vendor_of_set && plan->found && plan->found_at && plan->found_numbers ?
		       0 :
		       -ENOMEM;
}

int plan_build(struct plan *plan, const struct profile_set *set, const struct slots *slots, struct failure *failure)
{
	uint32_t services = 0, range_sets = 0;

	plan->set = set;
	if (plan_allocate(plan, set))
		return -ENOMEM;
	for (size_t v = 0; v < set->vendor_count; v++) {
		const struct vendor *vendor = &set->vendors[v];

		plan->first_service[v] = services;
		plan->first_range_set[v] = range_sets;
		for (size_t r = 0; r < vendor->range_set_count; r++)
			plan->vendor_of_set[range_sets++] = (uint32_t)v;
		for (size_t s = 0; s < vendor->service_count; s++, services++) {
			plan->services[services].candidate.service = &vendor->services[s];
			if (vendor->services[s].remote_any && !vendor->services[s].unseen)
				plan->anywhere[plan->anywhere_count++] = services;
		}
	}
	plan->first_service[set->vendor_count] = services;
	plan->first_range_set[set->vendor_count] = range_sets;
	return plan_names(plan, set, slots, failure);
}

void plan_fini(struct plan *plan)
{
	free(plan->services);
	free(plan->anywhere);
	free(plan->found);
	free(plan->found_at);
	free(plan->found_numbers);
	free(plan->first_service);
	free(plan->first_range_set);
	free(plan->vendor_slots);
	free(plan->vendor_of_set);
}

/* ---- candidates of an address class ---------------------------------------------------------------------------- */

const struct range_set *plan_range_set(const struct plan *plan, uint32_t number)
{
	uint32_t v = plan->vendor_of_set[number];

	return plan->set->vendors[v].range_sets[number - plan->first_range_set[v]];
}

uint32_t plan_vendor_of(const struct plan *plan, uint32_t service)
{
	uint32_t v = 0;

	while (plan->first_service[v + 1] <= service)
		v++;
	return v;
}

static bool service_uses(const struct service *service, const struct range_set *range_set)
{
	for (size_t r = 0; r < service->remote_count; r++)
		if (service->remotes[r] == range_set)
			return true;
	return false;
}

/* Adds a service to the found ones, or strengthens the claim by which it was found. */
static void found_add(struct plan *plan, size_t *count, uint32_t service, enum vx_claim claim, uint8_t length)
{
	struct candidate *candidate;

	if (!plan->found_at[service]) {
		plan->found[*count] = plan->services[service];
		plan->found_numbers[*count] = service;
		plan->found_at[service] = (uint32_t)++ * count;
	} else {
		candidate = &plan->found[plan->found_at[service] - 1].candidate;
		if (candidate->claim > claim || (candidate->claim == claim && candidate->prefix_length >= length))
			return;
	}
	candidate = &plan->found[plan->found_at[service] - 1].candidate;
	candidate->claim = claim;
	candidate->prefix_length = length;
}

size_t plan_candidates(struct plan *plan, const struct address_classes *addresses, uint32_t addr_class)
{
	size_t claim_count, count = 0;
	const struct claim_on *claims = address_class_claims(addresses, addr_class, &claim_count);

	for (size_t c = 0; c < claim_count; c++) {
		const struct range_set *range_set = plan_range_set(plan, claims[c].range_set);
		uint32_t v = plan->vendor_of_set[claims[c].range_set];

		for (uint32_t s = plan->first_service[v]; s < plan->first_service[v + 1]; s++)
			if (!plan->services[s].candidate.service->unseen &&
			    service_uses(plan->services[s].candidate.service, range_set))
				found_add(plan, &count, s, range_set->claim, (uint8_t)claims[c].prefix_length);
	}
	for (size_t a = 0; a < plan->anywhere_count; a++)
		found_add(plan, &count, plan->anywhere[a], VX_CLAIM_ANY, 0);
	for (size_t i = 0; i < count; i++)
		plan->found_at[plan->found_numbers[i]] = 0;
	return count;
}
