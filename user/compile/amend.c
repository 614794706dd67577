/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the profiles, what was changed, the tables, and what they were made of, in step. */
#include "compile/amend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile/edits.h"
#include "compile/sources.h"
#include "lib/cleanup.h"
#include "lib/digest.h"
#include "lib/text.h"

/* A range set, and the ranges that its profile gave it. */
struct original {
	struct range_set *set;
	struct range *ranges;
	size_t count;
	struct range *owned; /* what it has instead; NULL: it has its own */
};

struct amendable {
	struct profile_set *set;
	uint32_t *first_range_set;  /* [vendor], and one more */
	struct original *originals; /* [range set] */
	uint32_t *vendor_slots;	    /* [vendor] */
	uint8_t profiles[DIGEST_BYTES];
	struct edits edits;
	struct tables *tables; /* NULL: to be compiled */
	struct sources sources;
};

/* ---- whose range it is -------------------------------------------------------------------------------------------- */

static const struct vendor *vendor_find(const struct profile_set *set, const char *id)
{
	for (size_t v = 0; v < set->vendor_count; v++)
		if (strcmp(set->vendors[v].id, id) == 0)
			return &set->vendors[v];
	return NULL;
}

/* The ids of a vendor's range sets, for a message. Returns how many. */
static size_t range_sets_list(const struct vendor *vendor, char *text, size_t size)
{
	size_t used = 0, count = 0;

	text[0] = '\0';
	for (size_t r = 0; r < vendor->range_set_count; r++) {
		if (vendor->range_sets[r]->site_group)
			continue;
		if (used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s", count ? ", " : "",
						 vendor->range_sets[r]->id);
		count++;
	}
	return count;
}

int amend_range_set(const struct profile_set *set, const char *vendor_id, const char *range, uint32_t *ret,
		    struct failure *failure)
{
	const struct vendor *vendor = vendor_find(set, vendor_id);
	char quoted[TEXT_QUOTE_MAX], names[128];
	uint32_t number = 0;
	size_t count;

	if (!vendor)
		return failure_set(failure, VX_EXIT_FAILED, ENOENT, "no profile is of vendor %s",
				   text_quote(vendor_id, quoted));
	count = range_sets_list(vendor, names, sizeof(names));
	if (!range && count != 1)
		return failure_set(failure, VX_EXIT_FAILED, ENOENT, "%s has %zu ranges (%s): name one with --range",
				   vendor->id, count, names);
	for (const struct vendor *before = set->vendors; before < vendor; before++)
		number += (uint32_t)before->range_set_count;
	for (size_t r = 0; r < vendor->range_set_count; r++) {
		const struct range_set *candidate = vendor->range_sets[r];

		if (candidate->site_group || (range && strcmp(candidate->id, range) != 0))
			continue;
		*ret = number + (uint32_t)r;
		return 0;
	}
	return failure_set(failure, VX_EXIT_FAILED, ENOENT, "%s has no range %s, it has: %s", vendor->id,
			   text_quote(range, quoted), names);
}

/* ---- what is changed ---------------------------------------------------------------------------------------------- */

static uint32_t slot_of(const struct amendable *a, uint32_t range_set)
{
	size_t v = 0;

	while (a->first_range_set[v + 1] <= range_set)
		v++;
	return a->vendor_slots[v];
}

static struct vx_change change_of(const struct amendable *a, const struct amendment *amendment)
{
	struct vx_change change = {
		.family = amendment->prefix.addr.family,
		.length = amendment->prefix.length,
		.removed = amendment->remove,
		.range_set = amendment->range_set,
		.slot = slot_of(a, amendment->range_set),
	};

	memcpy(change.addr, amendment->prefix.addr.bytes, sizeof(change.addr));
	return change;
}

/* ---- compiling ---------------------------------------------------------------------------------------------------- */

/* Gives a range set its ranges with the changes, or its own where it has none. */
static int range_set_change(struct amendable *a, uint32_t number)
{
	struct original *original = &a->originals[number];
	uint32_t changes = edits_of(&a->edits, number);
	struct range *ranges = NULL;
	size_t n = 0;

	if (changes) {
		ranges = calloc(original->count + changes, sizeof(*ranges));
		if (!ranges)
			return -ENOMEM;
		for (size_t i = 0; i < original->count; i++)
			if (!edits_without(&a->edits, number, &original->ranges[i].prefix))
				ranges[n++] = original->ranges[i];
		for (uint32_t i = 0; i < a->edits.count; i++)
			if (a->edits.items[i].range_set == number && !a->edits.items[i].removed)
				ranges[n++] = (struct range){ .prefix = edit_prefix(&a->edits.items[i]),
							      .valid_from = DAY_FIRST,
							      .valid_until = DAY_LAST };
	}
	free(original->owned);
	original->owned = ranges;
	original->set->ranges = ranges ? ranges : original->ranges;
	original->set->range_count = ranges ? n : original->count;
	return 0;
}

static int ranges_change(struct amendable *a)
{
	int err = 0;

	for (uint32_t r = 0; r < a->first_range_set[a->set->vendor_count] && !err; r++)
		if (a->originals[r].owned || edits_of(&a->edits, r))
			err = range_set_change(a, r);
	return err;
}

static void slots_note(struct amendable *a, const struct slots *slots)
{
	for (size_t v = 0; v < a->set->vendor_count; v++)
		a->vendor_slots[v] = slots_find(slots, a->set->vendors[v].id, "");
	for (uint32_t i = 0; i < a->edits.count; i++)
		a->edits.items[i].slot = slot_of(a, a->edits.items[i].range_set);
}

/* What changes there are is kept with the tables, since it goes where they go. */
static int tables_take_changes(struct amendable *a)
{
	struct vx_generation *generation = &a->tables->generation;
	const struct edits *edits = &a->edits;

	free(a->tables->changes);
	a->tables->changes = malloc((edits->count + 1) * sizeof(*edits->items));
	if (!a->tables->changes)
		return -ENOMEM;
	memcpy(a->tables->changes, edits->items, edits->count * sizeof(*edits->items));
	generation->changes = edits->count;
	return edits_digest(edits, a->profiles, generation->digest);
}

static void tables_forget(struct amendable *a)
{
	tables_free(a->tables);
	a->tables = NULL;
}

static int compile(struct amendable *a, const struct slots *slots, struct failure *failure)
{
	int err = ranges_change(a);

	tables_forget(a);
	if (err)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	return tables_compile(a->set, slots, &a->tables, failure);
}

/* What is needed to change the tables that were just compiled. */
static int finish(struct amendable *a, const struct slots *slots, struct failure *failure)
{
	int err = tables_make_direct(a->tables, failure);

	if (!err || err == -E2BIG) /* engine lpm serves such profiles */
		err = sources_build(&a->sources, a->set, a->first_range_set, a->tables);
	if (!err) {
		slots_note(a, slots);
		err = tables_take_changes(a);
	}
	if (!err)
		return 0;
	tables_forget(a);
	return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
}

int amendable_compile(struct amendable *a, const struct slots *slots, struct failure *failure)
{
	int err = compile(a, slots, failure);

	return err ? err : finish(a, slots, failure);
}

static int originals_list(struct amendable *a)
{
	size_t vendors = a->set->vendor_count;

	a->first_range_set = calloc(vendors + 1, sizeof(*a->first_range_set));
	a->vendor_slots = calloc(vendors + 1, sizeof(*a->vendor_slots));
	if (!a->first_range_set || !a->vendor_slots || edits_init(&a->edits))
		return -ENOMEM;
	for (size_t v = 0; v < vendors; v++)
		a->first_range_set[v + 1] = a->first_range_set[v] + (uint32_t)a->set->vendors[v].range_set_count;
	a->originals = calloc(a->first_range_set[vendors] + 1U, sizeof(*a->originals));
	if (!a->originals)
		return -ENOMEM;
	for (size_t v = 0; v < vendors; v++)
		for (size_t r = 0; r < a->set->vendors[v].range_set_count; r++) {
			struct range_set *ranges = a->set->vendors[v].range_sets[r];

			a->originals[a->first_range_set[v] + r] =
				(struct original){ ranges, ranges->ranges, ranges->range_count, NULL };
		}
	return 0;
}

int amendable_new(struct profile_set *set, const struct slots *slots, const struct vx_change *changes, uint32_t count,
		  struct amendable **ret, struct failure *failure)
{
	CLEANUP(amendable_freep) struct amendable *a = calloc(1, sizeof(*a));
	int err;

	if (!a)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	a->set = set;
	if (originals_list(a))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	/* What the profiles themselves come to: the digest begins with it. */
	err = compile(a, slots, failure);
	if (err)
		return err;
	memcpy(a->profiles, a->tables->generation.digest, DIGEST_BYTES);
	if (count) {
		if (edits_take(&a->edits, changes, count, a->first_range_set[set->vendor_count]))
			return failure_set(failure, VX_EXIT_FAILED, ESTALE,
					   "the live generation is not of these profiles");
		err = compile(a, slots, failure);
	}
	err = err ? err : finish(a, slots, failure);
	if (!err)
		*ret = TAKE_PTR(a);
	return err;
}

void amendable_free(struct amendable *a)
{
	if (!a)
		return;
	for (uint32_t r = 0; a->originals && r < a->first_range_set[a->set->vendor_count]; r++) {
		struct original *original = &a->originals[r];

		original->set->ranges = original->ranges;
		original->set->range_count = original->count;
		free(original->owned);
	}
	free(a->first_range_set);
	free(a->originals);
	free(a->vendor_slots);
	edits_fini(&a->edits);
	sources_fini(&a->sources);
	tables_free(a->tables);
	free(a);
}

void amendable_freep(struct amendable **amendable)
{
	amendable_free(*amendable);
}

const struct tables *amendable_tables(const struct amendable *amendable)
{
	return amendable->tables;
}

const struct profile_set *amendable_set(const struct amendable *amendable)
{
	return amendable->set;
}

/* ---- changing ----------------------------------------------------------------------------------------------------- */

static int not_there(const struct amendable *a, const struct numbered_range *range, struct failure *failure)
{
	const char *id = a->originals[range->range_set].set->id;
	char text[PREFIX_TEXT_MAX], outer_text[PREFIX_TEXT_MAX];
	struct prefix outer;

	prefix_format(&range->prefix, text);
	if (!sources_outer(&a->sources, range, &outer))
		return failure_set(failure, VX_EXIT_FAILED, ENOENT, "range %s has no %s", id, text);
	prefix_format(&outer, outer_text);
	return failure_set(failure, VX_EXIT_FAILED, ENOENT,
			   "range %s has %s as a part of %s: remove that, and add what is to stay", id, text,
			   outer_text);
}

static int is_there(const struct amendable *a, const struct numbered_range *range, struct failure *failure)
{
	char text[PREFIX_TEXT_MAX];

	prefix_format(&range->prefix, text);
	return failure_set(failure, VX_EXIT_FAILED, EEXIST, "range %s has %s already",
			   a->originals[range->range_set].set->id, text);
}

int amendable_change(struct amendable *a, const struct amendment *amendment, struct direct_change *ret,
		     struct failure *failure)
{
	const struct numbered_range range = { amendment->prefix, amendment->range_set };
	const struct vx_change change = change_of(a, amendment);
	bool is_known = sources_have(&a->sources, &range);
	int err;

	if (amendment->remove && !is_known)
		return not_there(a, &range, failure);
	if (!amendment->remove && is_known)
		return is_there(a, &range, failure);
	if (edits_note(&a->edits, &change))
		return failure_set(failure, VX_EXIT_FAILED, ENOSPC,
				   "%u addresses differ from the profiles already, which is as many as are kept: write "
				   "them into the profiles and `voxdp update`",
				   VX_CHANGES_MAX);
	/* In the list in any case: the next change looks there. */
	err = sources_change(&a->sources, &range, amendment->remove);
	if (!err && (!a->tables || !a->tables->direct.root4 || range.prefix.length <= SOURCES_LENGTH_WHOLE))
		err = -ENOENT;
	err = err ? err : sources_apply(&a->sources, a->tables, &range.prefix, ret);
	err = err ? err : tables_take_changes(a);
	if (!err)
		return 0;
	tables_forget(a);
	return 1;
}

void amendable_undo(struct amendable *a, const struct amendment *amendment)
{
	const struct numbered_range range = { amendment->prefix, amendment->range_set };
	const struct vx_change back =
		change_of(a, &(struct amendment){ range.range_set, range.prefix, !amendment->remove });

	(void)edits_note(&a->edits, &back); /* there is room: it takes the place of the other, or back its own */
	tables_forget(a);
	(void)sources_change(&a->sources, &range, back.removed); /* else compiling mends it */
}
