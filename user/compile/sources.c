/* SPDX-License-Identifier: BSD-2-Clause */
/* Binary searches in sorted arrays, and splices of a few elements. */
#include "compile/sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

/* Both classes are listed by prefix. */
int sources_build(struct sources *sources, const struct profile_set *set, const uint32_t *numbers,
		  const struct tables *tables)
{
	CLEANUP(sources_fini) struct sources built = {};
	struct address_classes *classes = &built.classes;

	if (address_classes_build(set, numbers, classes))
		return -ENOMEM;
	built.tables_class = calloc(classes->claims.count, sizeof(*built.tables_class));
	if (!built.tables_class)
		return -ENOMEM;
	for (size_t i = 0; i < classes->prefix_count; i++)
		built.tables_class[classes->prefixes[i].addr_class] = tables->prefixes[i].addr_class;
	built.range_room = classes->range_count;
	built.prefix_room = classes->prefix_count;
	free(classes->prefixes);
	classes->prefixes = NULL;
	sources_fini(sources);
	*sources = built;
	built = (struct sources){};
	return 0;
}

void sources_fini(struct sources *sources)
{
	address_classes_fini(&sources->classes);
	free(sources->tables_class);
	*sources = (struct sources){};
}

/* ---- the list of ranges ------------------------------------------------------------------------------------------- */

/* The first range that is not before @wanted. */
static size_t range_bound(const struct sources *sources, const struct numbered_range *wanted)
{
	size_t low = 0, high = sources->classes.range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (numbered_range_compare(&sources->classes.ranges[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* How many ranges from @i on are of this very prefix and range set. A profile may list one more than once. */
static size_t ranges_equal(const struct sources *sources, size_t i, const struct numbered_range *wanted)
{
	size_t n = 0;

	while (i + n < sources->classes.range_count && !numbered_range_compare(&sources->classes.ranges[i + n], wanted))
		n++;
	return n;
}

/* The first @length bits of it. */
static struct prefix shortened(const struct prefix *prefix, uint8_t length)
{
	struct prefix outer = { .addr.family = prefix->addr.family, .length = length };

	memcpy(outer.addr.bytes, prefix->addr.bytes, length / 8);
	if (length % 8)
		outer.addr.bytes[length / 8] = (uint8_t)(prefix->addr.bytes[length / 8] & 0xff00U >> length % 8);
	return outer;
}

bool sources_have(const struct sources *sources, const struct numbered_range *range)
{
	return ranges_equal(sources, range_bound(sources, range), range);
}

bool sources_outer(const struct sources *sources, const struct numbered_range *range, struct prefix *ret)
{
	for (uint8_t length = range->prefix.length; length--;) {
		const struct numbered_range outer = { shortened(&range->prefix, length), range->range_set };

		if (!sources_have(sources, &outer))
			continue;
		*ret = outer.prefix;
		return true;
	}
	return false;
}

/* Makes @before of the @count elements from @at on into @after of them; what comes behind moves. Room there must be. */
static void splice(void *array, size_t count, size_t at, size_t before, size_t after, size_t element)
{
	uint8_t *bytes = array;

	memmove(bytes + (at + after) * element, bytes + (at + before) * element, (count - at - before) * element);
}

/* Room for one more. */
static int one_more(void **array, size_t *room, size_t count, size_t element)
{
	size_t larger = *room + *room / 8 + 64;
	void *moved;

	if (count < *room)
		return 0;
	moved = reallocarray(*array, larger, element);
	if (!moved)
		return -ENOMEM;
	*array = moved;
	*room = larger;
	return 0;
}

int sources_change(struct sources *sources, const struct numbered_range *range, bool remove)
{
	struct address_classes *classes = &sources->classes;
	size_t at = range_bound(sources, range), equal = ranges_equal(sources, at, range);
	void *ranges = classes->ranges;

	if (!remove && one_more(&ranges, &sources->range_room, classes->range_count, sizeof(*range)))
		return -ENOMEM;
	classes->ranges = ranges;
	splice(ranges, classes->range_count, at, remove ? equal : 0, !remove, sizeof(*range));
	if (!remove)
		classes->ranges[at] = *range;
	classes->range_count = remove ? classes->range_count - equal : classes->range_count + 1;
	return 0;
}

/* ---- the tables --------------------------------------------------------------------------------------------------- */

/* The ranges that are of the very prefix: copied to @ret where that is not NULL. Returns how many. */
static size_t ranges_copy(const struct sources *sources, const struct prefix *prefix, struct numbered_range *ret)
{
	size_t first = range_bound(sources, &(struct numbered_range){ *prefix, 0 }), n = 0;

	for (; first + n < sources->classes.range_count &&
	       !prefix_compare(&sources->classes.ranges[first + n].prefix, prefix);
	     n++)
		if (ret)
			ret[n] = sources->classes.ranges[first + n];
	return n;
}

/* The ranges around a prefix and in it, in order. */
static size_t ranges_near(const struct sources *sources, const struct prefix *prefix, struct numbered_range *ret)
{
	size_t first = range_bound(sources, &(struct numbered_range){ *prefix, 0 }), n = 0;

	for (uint8_t length = 0; length < prefix->length; length++) {
		struct prefix outer = shortened(prefix, length);

		n += ranges_copy(sources, &outer, ret ? ret + n : NULL);
	}
	for (size_t i = first;
	     i < sources->classes.range_count && prefix_covers(prefix, &sources->classes.ranges[i].prefix); i++, n++)
		if (ret)
			ret[n] = sources->classes.ranges[i];
	return n;
}

/* The first of the tables' prefixes that is not before @wanted. */
static size_t prefix_bound(const struct tables *tables, const struct prefix *wanted)
{
	size_t low = 0, high = tables->generation.prefixes4 + tables->generation.prefixes6;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (prefix_compare(&tables->prefixes[middle].prefix, wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t prefixes_covered(const struct tables *tables, size_t first, const struct prefix *outer)
{
	size_t count = tables->generation.prefixes4 + tables->generation.prefixes6, n = 0;

	while (first + n < count && prefix_covers(outer, &tables->prefixes[first + n].prefix))
		n++;
	return n;
}

/* Puts @inner, what lies in @prefix now, in place of what lay there. */
static int prefixes_replace(struct sources *sources, struct tables *tables, const struct prefix *prefix,
			    const struct class_prefix *inner, size_t count)
{
	struct vx_generation *generation = &tables->generation;
	size_t all = generation->prefixes4 + generation->prefixes6, first = prefix_bound(tables, prefix);
	size_t before = prefixes_covered(tables, first, prefix);
	void *prefixes = tables->prefixes;

	if (count > before && one_more(&prefixes, &sources->prefix_room, all, sizeof(*inner)))
		return -ENOMEM;
	tables->prefixes = prefixes;
	splice(prefixes, all, first, before, count, sizeof(*inner));
	for (size_t i = 0; i < count; i++)
		tables->prefixes[first + i] =
			(struct class_prefix){ inner[i].prefix, sources->tables_class[inner[i].addr_class] };
	if (prefix->addr.family == 4)
		generation->prefixes4 += (uint32_t)(count - before);
	else
		generation->prefixes6 += (uint32_t)(count - before);
	return 0;
}

/* The classes of what lies in the prefix, now that the list of ranges is another. -ENOENT: there is no such class. */
static int classes_change(struct sources *sources, struct tables *tables, const struct prefix *prefix)
{
	size_t count = ranges_near(sources, prefix, NULL), found = 0, outer = 0;
	CLEANUP_FREE struct numbered_range *near = calloc(count + 1, sizeof(*near));
	CLEANUP_FREE struct class_prefix *prefixes = calloc(count + 1, sizeof(*prefixes));
	int err;

	if (!near || !prefixes)
		return -ENOMEM;
	(void)ranges_near(sources, prefix, near);
	err = address_classes_find(&sources->classes, near, count, prefixes, &found);
	if (err)
		return err;
	while (outer < found && !prefix_covers(prefix, &prefixes[outer].prefix))
		outer++;
	return prefixes_replace(sources, tables, prefix, prefixes + outer, found - outer);
}

/* Makes the /16 of a prefix anew from the prefixes around it and in it. */
static int root_change(struct tables *tables, const struct prefix *prefix, struct direct_change *ret)
{
	const struct prefix root = shortened(prefix, SOURCES_LENGTH_WHOLE);
	size_t first = prefix_bound(tables, &root), inside = prefixes_covered(tables, first, &root), n = 0;
	CLEANUP_FREE struct class_prefix *near = calloc(SOURCES_LENGTH_WHOLE + inside, sizeof(*near));
	int err;

	if (!near)
		return -ENOMEM;
	for (uint8_t length = 0; length < SOURCES_LENGTH_WHOLE; length++) {
		struct prefix outer = shortened(prefix, length);
		size_t i = prefix_bound(tables, &outer);

		if (i < first && !prefix_compare(&tables->prefixes[i].prefix, &outer))
			near[n++] = tables->prefixes[i];
	}
	memcpy(near + n, tables->prefixes + first, inside * sizeof(*near));
	err = direct_update(&tables->direct, near, n + inside, &prefix->addr, ret);
	tables->generation.ranges4 = (uint32_t)tables->direct.range_count4;
	tables->generation.ranges6 = (uint32_t)tables->direct.range_count6;
	return err;
}

int sources_apply(struct sources *sources, struct tables *tables, const struct prefix *prefix,
		  struct direct_change *ret)
{
	int err = classes_change(sources, tables, prefix);

	return err ? err : root_change(tables, prefix, ret);
}
