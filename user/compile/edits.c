/* SPDX-License-Identifier: BSD-2-Clause */
/* A sorted array: a change is made by a person, or by a name that is looked up, not for each packet. */
#include "compile/edits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

int edits_init(struct edits *edits)
{
	*edits = (struct edits){ .items = calloc(VX_CHANGES_MAX, sizeof(*edits->items)) };
	return edits->items ? 0 : -ENOMEM;
}

void edits_fini(struct edits *edits)
{
	free(edits->items);
	*edits = (struct edits){};
}

static int edit_compare(const void *of_a, const void *of_b)
{
	const struct vx_change *a = of_a, *b = of_b;
	int order = (a->range_set > b->range_set) - (a->range_set < b->range_set);

	if (!order)
		order = a->family - b->family;
	if (!order)
		order = memcmp(a->addr, b->addr, sizeof(a->addr));
	return order ? order : a->length - b->length;
}

int edits_take(struct edits *edits, const struct vx_change *items, uint32_t count, uint32_t range_sets)
{
	if (count > VX_CHANGES_MAX)
		return -ESTALE;
	for (uint32_t i = 0; i < count; i++)
		if (items[i].range_set >= range_sets || (items[i].family != 4 && items[i].family != 6) ||
		    items[i].length > (items[i].family == 4 ? 32 : 128) ||
		    (i && edit_compare(&items[i - 1], &items[i]) >= 0))
			return -ESTALE;
	memcpy(edits->items, items, count * sizeof(*items));
	edits->count = count;
	return 0;
}

int edits_note(struct edits *edits, const struct vx_change *change)
{
	struct vx_change *at = edits->items, *end = at + edits->count;
	int order = 1;

	while (at < end && (order = edit_compare(at, change)) < 0)
		at++;
	if (at < end && !order) {
		memmove(at, at + 1, (size_t)(end - at - 1) * sizeof(*at));
		edits->count--;
		return 0;
	}
	if (edits->count == VX_CHANGES_MAX)
		return -ENOSPC;
	memmove(at + 1, at, (size_t)(end - at) * sizeof(*at));
	*at = *change;
	edits->count++;
	return 0;
}

struct prefix edit_prefix(const struct vx_change *change)
{
	struct prefix prefix = { .addr.family = change->family, .length = change->length };

	memcpy(prefix.addr.bytes, change->addr, sizeof(change->addr));
	return prefix;
}

uint32_t edits_of(const struct edits *edits, uint32_t range_set)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < edits->count; i++)
		count += edits->items[i].range_set == range_set;
	return count;
}

bool edits_without(const struct edits *edits, uint32_t range_set, const struct prefix *prefix)
{
	struct vx_change wanted = { .family = prefix->addr.family, .length = prefix->length, .range_set = range_set };
	const struct vx_change *found;

	memcpy(wanted.addr, prefix->addr.bytes, sizeof(wanted.addr));
	found = bsearch(&wanted, edits->items, edits->count, sizeof(wanted), edit_compare);
	return found && found->removed;
}

int edits_digest(const struct edits *edits, const uint8_t profiles[DIGEST_BYTES], uint8_t ret[DIGEST_BYTES])
{
	size_t size = DIGEST_BYTES + edits->count * sizeof(*edits->items);
	CLEANUP_FREE uint8_t *parts = malloc(size);

	if (!parts)
		return -ENOMEM;
	memcpy(parts, profiles, DIGEST_BYTES);
	for (uint32_t i = 0; i < edits->count; i++) {
		struct vx_change change = edits->items[i];

		change.slot = 0; /* the same profiles may have others elsewhere */
		memcpy(parts + DIGEST_BYTES + i * sizeof(change), &change, sizeof(change));
	}
	if (edits->count)
		return digest_sha256(parts, size, ret);
	memcpy(ret, profiles, DIGEST_BYTES);
	return 0;
}
