/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over all ranges in the order in which a covering prefix precedes what it covers: a stack holds the chain of
 * prefixes around the current one, and each prefix's claims are its parent's with its own put over them.
 */
#include "compile/address.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

#define CHAIN_MAX 130 /* prefixes around one another: at most one a length, 0 to 128 */

int numbered_range_compare(const void *a, const void *b)
{
	const struct numbered_range *x = a, *y = b;
	int by_prefix = prefix_compare(&x->prefix, &y->prefix);

	return by_prefix ? by_prefix : (x->range_set > y->range_set) - (x->range_set < y->range_set);
}

static size_t count_ranges(const struct profile_set *set)
{
	size_t count = 0;

	for (size_t v = 0; v < set->vendor_count; v++)
		for (size_t r = 0; r < set->vendors[v].range_set_count; r++)
			count += set->vendors[v].range_sets[r]->range_count;
	return count;
}

static struct numbered_range *list_ranges(const struct profile_set *set, const uint32_t *numbers, size_t count)
{
	struct numbered_range *list = calloc(count ? count : 1, sizeof(*list));
	size_t n = 0;

	if (!list)
		return NULL;
	for (size_t v = 0; v < set->vendor_count; v++)
		for (size_t r = 0; r < set->vendors[v].range_set_count; r++) {
			const struct range_set *ranges = set->vendors[v].range_sets[r];

			for (size_t i = 0; i < ranges->range_count; i++)
				list[n++] =
					(struct numbered_range){ ranges->ranges[i].prefix, numbers[v] + (uint32_t)r };
		}
	qsort(list, count, sizeof(*list), numbered_range_compare);
	return list;
}

/* @ret gets @parent's claims with the prefix of @own[0..own_count) over them; both lists are sorted by range set. */
static size_t merge_claims(const struct claim_on *parent, size_t parent_count, const struct numbered_range *own,
			   size_t own_count, struct claim_on *ret)
{
	size_t p = 0, n = 0;

	for (size_t o = 0; o < own_count; o++) {
		if (o && own[o].range_set == own[o - 1].range_set)
			continue;
		while (p < parent_count && parent[p].range_set < own[o].range_set)
			ret[n++] = parent[p++];
		if (p < parent_count && parent[p].range_set == own[o].range_set)
			p++;
		ret[n++] = (struct claim_on){ own[o].range_set, own[o].prefix.length };
	}
	while (p < parent_count)
		ret[n++] = parent[p++];
	return n;
}

/* What a walk over ranges needs; @grown NULL: it only looks classes up. */
struct walk {
	const struct intern *claims;
	struct intern *grown; /* the same, to put what is new */
	struct claim_on *scratch;
	struct class_prefix *prefixes; /* what it finds */
	size_t prefix_count;
};

/* The class of a prefix that carries @own, inside an address of class @parent. */
static int class_of(const struct walk *walk, uint32_t parent, const struct numbered_range *own, size_t own_count,
		    uint32_t *ret)
{
	size_t count = merge_claims(intern_get(walk->claims, parent),
				    walk->claims->entries[parent].length / sizeof(struct claim_on), own, own_count,
				    walk->scratch);
	size_t length = count * sizeof(*walk->scratch);

	return walk->grown ? intern_put(walk->grown, walk->scratch, length, ret) :
			     intern_find(walk->claims, walk->scratch, length, ret);
}

static int walk_ranges(struct walk *walk, const struct numbered_range *list, size_t count)
{
	const struct class_prefix *chain[CHAIN_MAX];
	size_t depth = 0;

	for (size_t i = 0, same; i < count; i += same) {
		struct class_prefix *entry = &walk->prefixes[walk->prefix_count];
		int err;

		for (same = 1; i + same < count && !prefix_compare(&list[i].prefix, &list[i + same].prefix);)
			same++;
		while (depth && !prefix_covers(&chain[depth - 1]->prefix, &list[i].prefix))
			depth--;
		entry->prefix = list[i].prefix;
		err = class_of(walk, depth ? chain[depth - 1]->addr_class : VX_CLASS_NOBODY, &list[i], same,
			       &entry->addr_class);
		if (err)
			return err;
		walk->prefix_count++;
		chain[depth++] = entry;
	}
	return 0;
}

int address_classes_build(const struct profile_set *set, const uint32_t *numbers, struct address_classes *ret)
{
	size_t count = count_ranges(set), range_sets = 0;
	CLEANUP(address_classes_fini) struct address_classes classes = { .range_count = count };
	CLEANUP_FREE struct claim_on *scratch = NULL;
	struct walk walk = { .claims = &classes.claims, .grown = &classes.claims };
	uint32_t nobody;

	for (size_t v = 0; v < set->vendor_count; v++)
		range_sets += set->vendors[v].range_set_count;
	scratch = calloc(range_sets + 1, sizeof(*scratch));
	classes.ranges = list_ranges(set, numbers, count);
	classes.prefixes = calloc(count + 1, sizeof(*classes.prefixes));
	walk.scratch = scratch;
	walk.prefixes = classes.prefixes;
	if (!classes.ranges || !scratch || !classes.prefixes || intern_put(&classes.claims, NULL, 0, &nobody) ||
	    walk_ranges(&walk, classes.ranges, count))
		return -ENOMEM;
	classes.prefix_count = walk.prefix_count;
	while (classes.prefix_count4 < classes.prefix_count &&
	       classes.prefixes[classes.prefix_count4].prefix.addr.family == 4)
		classes.prefix_count4++;
	*ret = classes;
	memset(&classes, 0, sizeof(classes));
	return 0;
}

int address_classes_find(const struct address_classes *classes, const struct numbered_range *list, size_t count,
			 struct class_prefix *ret, size_t *ret_count)
{
	/* Each claim is of a range in the list. */
	CLEANUP_FREE struct claim_on *scratch = calloc(count + 1, sizeof(*scratch));
	struct walk walk = { .claims = &classes->claims, .scratch = scratch, .prefixes = ret };
	int err = scratch ? walk_ranges(&walk, list, count) : -ENOMEM;

	if (!err)
		*ret_count = walk.prefix_count;
	return err;
}

void address_classes_fini(struct address_classes *classes)
{
	free(classes->ranges);
	free(classes->prefixes);
	intern_fini(&classes->claims);
	memset(classes, 0, sizeof(*classes));
}

const struct claim_on *address_class_claims(const struct address_classes *classes, uint32_t addr_class,
					    size_t *ret_count)
{
	*ret_count = classes->claims.entries[addr_class].length / sizeof(struct claim_on);
	return intern_get(&classes->claims, addr_class);
}
