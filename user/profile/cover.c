/* SPDX-License-Identifier: BSD-2-Clause */
/* The minimal cover of a list of prefixes. */
#include <stdlib.h>
#include <string.h>

#include "profile/ranges.h"

static int by_prefix(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	int order = prefix_compare(&x->prefix, &y->prefix);

	if (order)
		return order;
	return (x->at.line > y->at.line) - (x->at.line < y->at.line); /* of duplicates the first in the file stays */
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* The two halves of one prefix, in order, so that their parent covers exactly both. */
static bool are_halves(const struct range *low, const struct range *high)
{
	unsigned bit = low->prefix.length - 1U; /* the last bit of the prefix: it tells the halves apart */
	struct prefix parent = low->prefix;

	if (low->prefix.length != high->prefix.length || low->prefix.length < 2 ||
	    low->prefix.addr.family != high->prefix.addr.family)
		return false;
	parent.length--;
	return !(low->prefix.addr.bytes[bit / 8] & (0x80U >> (bit % 8))) &&
	       prefix_contains(&parent, &high->prefix.addr);
}

/*
 * One pass over the sorted list with the result as a stack: a prefix comes right before what it covers, so only the
 * top can cover the next one; and a joined pair may be the lower or upper half of a larger one.
 */
void ranges_cover(struct range_list *list)
{
	struct range *items = list->items;
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(items, list->count, sizeof(*items), by_prefix);
	for (size_t i = 0; i < list->count; i++) {
		if (kept && prefix_covers(&items[kept - 1].prefix, &items[i].prefix))
			continue;
		items[kept++] = items[i];
		while (kept > 1 && are_halves(&items[kept - 2], &items[kept - 1]) &&
		       same_text(items[kept - 2].region, items[kept - 1].region)) {
			items[kept - 2].prefix.length--;
			kept--;
		}
	}
	list->count = kept;
}
