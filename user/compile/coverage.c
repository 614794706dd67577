/* SPDX-License-Identifier: BSD-2-Clause */
#include "compile/coverage.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "profile/write.h"

const char *const coverage_state_words[_COVERAGE_STATE_MAX] = {
	[COVERAGE_CLASSIFIES] = "classifies",
	[COVERAGE_NAMES] = "waits for names",
	[COVERAGE_SITE_GROUP] = "waits for a site group",
	[COVERAGE_UNSEEN] = "cannot be seen at XDP",
};

/* ---- places ---------------------------------------------------------------------------------------------------- */

static bool number_read(const char **text, unsigned *ret)
{
	size_t digits = strspn(*text, "0123456789");

	if (!digits || digits > 6)
		return false;
	*ret = (unsigned)strtoul(*text, NULL, 10);
	*text += digits;
	return true;
}

/* `3.12 Media servers` is row 12 of part 3. */
static void place_read(struct coverage_row *row)
{
	const char *text = row->source;

	if (number_read(&text, &row->part) && *text++ == '.' && number_read(&text, &row->row) &&
	    (!*text || isspace((unsigned char)*text))) {
		row->place_length = (size_t)(text - row->source);
		return;
	}
	row->part = UINT_MAX;
	row->row = UINT_MAX;
}

static int row_compare(const void *a, const void *b)
{
	const struct coverage_row *x = a, *y = b;
	int by_vendor = strcmp(x->vendor->id, y->vendor->id);

	if (by_vendor)
		return by_vendor;
	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	/* One row of several services: as the profile has them. */
	return (x->service > y->service) - (x->service < y->service);
}

int coverage_build(const struct profile_set *set, struct coverage *ret)
{
	struct coverage coverage = {};
	size_t most = 0;

	for (size_t v = 0; v < set->vendor_count; v++)
		for (size_t s = 0; s < set->vendors[v].service_count; s++)
			most += set->vendors[v].services[s].source_count;
	coverage.rows = calloc(most + 1, sizeof(*coverage.rows));
	if (!coverage.rows)
		return -ENOMEM;
	for (size_t v = 0; v < set->vendor_count; v++)
		for (size_t s = 0; s < set->vendors[v].service_count; s++) {
			const struct service *service = &set->vendors[v].services[s];

			for (size_t i = 0; i < service->source_count; i++) {
				struct coverage_row *row = &coverage.rows[coverage.count++];

				row->vendor = &set->vendors[v];
				row->service = service;
				row->source = service->sources[i];
				place_read(row);
			}
		}
	qsort(coverage.rows, coverage.count, sizeof(*coverage.rows), row_compare);
	*ret = coverage;
	return 0;
}

void coverage_fini(struct coverage *coverage)
{
	free(coverage->rows);
	*coverage = (struct coverage){};
}

/* ---- states ---------------------------------------------------------------------------------------------------- */

static bool claim_is_weak(enum vx_claim claim)
{
	return claim == VX_CLAIM_SHARED || claim == VX_CLAIM_ANY;
}

/* Can a packet on such addresses be told for the service's at all? */
static bool claim_serves(const struct service *service, enum vx_claim claim)
{
	return !claim_is_weak(claim) || service_proves(service);
}

/* On a weak claim only a part of the payloads counts, or none: says which does not. */
static void weak_why(const struct service *service, const struct range_set *set, struct text_list *why)
{
	CLEANUP(text_list_fini) struct text_list list = {};
	CLEANUP_FREE char *words = NULL;

	write_payload(&list, (uint16_t)(service->accepts & ~service_proves(service)));
	words = text_list_join(&list, ", ");
	if (!words)
		why->out_of_memory = true;
	else if (*words && set)
		text_list_add(why, "`%s` is shared: no proof there by %s", set->id, words);
	else if (*words)
		text_list_add(why, "anybody may be the remote: no proof by %s", words);
}

static void set_why(const struct service *service, const struct range_set *set, struct text_list *why)
{
	if (claim_serves(service, set->claim) && set->site_group)
		text_list_add(why, "in `%s` once the site file defines it", set->id);
	else if (claim_serves(service, set->claim) && set->list_path)
		text_list_add(why, "in `%s` once its list `%s` is there", set->id, set->list_path);
	if (claim_is_weak(set->claim))
		weak_why(service, set, why);
}

enum coverage_state service_coverage(const struct service *service, struct text_list *why)
{
	bool ranges = service->remote_any && claim_serves(service, VX_CLAIM_ANY), groups = false;

	if (service->unseen) {
		text_list_add(why, "%s", service->unseen);
		return COVERAGE_UNSEEN;
	}
	for (size_t i = 0; i < service->remote_count; i++) {
		const struct range_set *set = service->remotes[i];

		if (claim_serves(service, set->claim))
			*(set->site_group ? &groups : &ranges) = true;
		set_why(service, set, why);
	}
	if (service->remote_any)
		weak_why(service, NULL, why);
	if (ranges)
		return COVERAGE_CLASSIFIES;
	if (groups)
		return COVERAGE_SITE_GROUP;
	if (service->host_set_count) {
		if (!service->remote_count && !service->remote_any)
			text_list_add(why, "the guide gives no addresses");
		return COVERAGE_NAMES;
	}
	return COVERAGE_UNSEEN;
}
