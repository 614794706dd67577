/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is computed once of the profiles before any table: every vendor and service with its slot and its place in byte
 * order, and which services have a claim to an address class.
 */
#ifndef VOXDP_COMPILE_PLAN_H
#define VOXDP_COMPILE_PLAN_H

#include "compile/address.h"
#include "compile/answers.h"
#include "compile/tables.h"

struct plan {
	const struct profile_set *set;
	struct slotted_candidate *services; /* over all vendors; claim and length are filled in per class */
	size_t service_count;
	uint32_t *first_service;   /* [vendor], and one more: the end */
	uint32_t *first_range_set; /* [vendor], and one more */
	uint32_t *vendor_slots;	   /* [vendor] */
	uint32_t *vendor_of_set;   /* [range set] */
	uint32_t *anywhere;	   /* services whose remote is `any` */
	size_t anywhere_count;
	struct slotted_candidate *found; /* of the last plan_candidates() */
	uint32_t *found_numbers;	 /* the service of each one found */
	uint32_t *found_at;		 /* scratch: service -> its place in found + 1; 0: not found */
};

/* Returns 0, -ENOMEM, or -ENOENT and -E2BIG with @failure: a service without a slot, or with too large a one. */
int plan_build(struct plan *plan, const struct profile_set *set, const struct slots *slots, struct failure *failure);
void plan_fini(struct plan *plan);

/* The range set of this number, counted over all vendors. */
const struct range_set *plan_range_set(const struct plan *plan, uint32_t number);
/* The vendor of a service, by its number. */
uint32_t plan_vendor_of(const struct plan *plan, uint32_t service);

/* Lists in plan->found the services that claim class @addr_class, each by its best claim. Returns how many. */
size_t plan_candidates(struct plan *plan, const struct address_classes *addresses, uint32_t addr_class);

#endif
