/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks the rules of compile/candidate.h for every combination that a row holds; knows none of them itself. */
#include "compile/answers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

int dscp_classes_build(const struct profile_set *set, struct dscp_classes *ret)
{
	struct intern signatures = {};
	CLEANUP_FREE uint8_t *signature = NULL;
	size_t services = 0;
	int err = 0;

	for (size_t v = 0; v < set->vendor_count; v++)
		services += set->vendors[v].service_count;
	signature = malloc(services + 1);
	if (!signature)
		return -ENOMEM;
	*ret = (struct dscp_classes){};
	for (enum vx_direction direction = VX_DIRECTION_IN; direction <= VX_DIRECTION_OUT && !err; direction++)
		for (uint8_t dscp = 0; dscp < VX_DSCPS && !err; dscp++) {
			size_t n = 0;
			uint32_t id = 0;

			/* 0: not documented, 1: documented but not this one, 2: this one. */
			for (size_t v = 0; v < set->vendor_count; v++)
				for (size_t s = 0; s < set->vendors[v].service_count; s++) {
					uint64_t documented = set->vendors[v].services[s].dscp[direction];

					signature[n++] = !documented ? 0 : 1 + (documented >> dscp & 1);
				}
			err = intern_put(&signatures, signature, n, &id);
			ret->class_of[direction][dscp] = (uint8_t)id;
			if (id < ret->count)
				continue;
			ret->sample[id].direction = direction;
			ret->sample[id].dscp = dscp;
			ret->count = (uint32_t)signatures.count;
		}
	intern_fini(&signatures);
	return err;
}

int answers_init(struct answers *answers, const struct profile_set *set)
{
	const struct vx_answer_row none = {};
	uint32_t id;
	int err;

	memset(answers, 0, sizeof(*answers));
	err = dscp_classes_build(set, &answers->dscp);
	return err ? err : intern_put(&answers->rows, &none, sizeof(none), &id);
}

void answers_fini(struct answers *answers)
{
	intern_fini(&answers->rows);
	intern_fini(&answers->standings);
}

static const struct slotted_candidate *best_of(const struct slotted_candidate *candidates, size_t count,
					       const struct circumstances *circumstances, struct standing *ret_standing)
{
	const struct slotted_candidate *best = NULL;

	for (size_t i = 0; i < count; i++) {
		struct standing standing;

		if (!candidate_holds(&candidates[i].candidate, circumstances->evidence))
			continue;
		standing = candidate_standing(&candidates[i].candidate, circumstances);
		if (best && standing_compare(&standing, ret_standing, NULL) <= 0)
			continue;
		best = &candidates[i];
		*ret_standing = standing;
	}
	return best;
}

/* An answer's rank, its rest still an id. Claim and length are compared before it, so they stand apart. */
static int rank_of_standing(struct answers *answers, struct standing standing, uint8_t class_length, uint32_t *ret_rank)
{
	const uint32_t claim = standing.by_rule[CANDIDATE_RULE_CLAIM];
	uint32_t length = standing.by_rule[CANDIDATE_RULE_PREFIX], id;

	if (claim == VX_CLAIM_ANY)
		length = VX_ANSWER_LENGTH_ANY;
	else if (length == class_length)
		length = 0;
	standing.by_rule[CANDIDATE_RULE_CLAIM] = 0;
	standing.by_rule[CANDIDATE_RULE_PREFIX] = 0;
	if (intern_put(&answers->standings, &standing, sizeof(standing), &id))
		return -ENOMEM;
	if (id >= VX_ANSWER_REST_MAX)
		return -E2BIG;
	*ret_rank = VX_ANSWER_RANK(claim, length, id + 1);
	return 0;
}

static int fill_row(struct answers *answers, const struct slotted_candidate *candidates, size_t count,
		    struct circumstances circumstances, uint8_t class_length, struct vx_answer_row *row)
{
	memset(row, 0, sizeof(*row));
	for (uint8_t evidence = 0; evidence < _VX_EVIDENCE_MAX; evidence++) {
		const struct slotted_candidate *best;
		struct standing standing;
		uint32_t rank;
		int err;

		circumstances.evidence = evidence;
		best = best_of(candidates, count, &circumstances, &standing);
		if (!best)
			continue;
		err = rank_of_standing(answers, standing, class_length, &rank);
		if (err)
			return err;
		row->by_evidence[evidence] = VX_ANSWER(
			rank, best->slot, candidate_outcome(&best->candidate, evidence),
			candidate_dscp_unexpected(&best->candidate, &circumstances) ? VX_ANSWER_DSCP_UNEXPECTED : 0);
	}
	return 0;
}

static bool any_documents_dscp(const struct slotted_candidate *candidates, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (candidates[i].candidate.service->dscp[VX_DIRECTION_IN] ||
		    candidates[i].candidate.service->dscp[VX_DIRECTION_OUT])
			return true;
	return false;
}

int answers_put(struct answers *answers, const struct slotted_candidate *candidates, size_t count,
		struct answers_place place, uint32_t *ret_entry)
{
	bool by_dscp = any_documents_dscp(candidates, count);
	uint32_t row_count = by_dscp ? answers->dscp.count : 1, id, row;
	struct vx_answer_row rows[2 * VX_DSCPS];

	for (uint32_t i = 0; i < row_count; i++) {
		struct circumstances circumstances = {
			.transport = place.transport,
			.dscp = answers->dscp.sample[i].dscp,
			.direction = answers->dscp.sample[i].direction,
		};

		int err = fill_row(answers, candidates, count, circumstances, place.class_length, &rows[i]);

		if (err)
			return err;
	}
	if (intern_put(&answers->rows, rows, row_count * sizeof(*rows), &id))
		return -ENOMEM;
	row = (uint32_t)(answers->rows.entries[id].offset / sizeof(*rows));
	if (row > VX_ENTRY_NUMBER - row_count)
		return -E2BIG;
	*ret_entry = by_dscp ? row | VX_ENTRY_BY_DSCP : row;
	return 0;
}

static int by_standing(const void *a, const void *b, void *standings)
{
	return standing_compare(intern_get(standings, *(const uint32_t *)a),
				intern_get(standings, *(const uint32_t *)b), NULL);
}

static void answer_rerank(__u64 *answer, const uint32_t *rest_of)
{
	const uint32_t rank = VX_RANK(*answer), id = rank & VX_ANSWER_REST_MAX;

	*answer = VX_ANSWER(rank - id + rest_of[id], VX_SLOT(*answer), VX_ANSWER_OUTCOME(*answer),
			    VX_ANSWER_FLAGS(*answer));
}

int answers_rank(struct answers *answers)
{
	size_t count = answers->standings.count;
	CLEANUP_FREE uint32_t *sorted = calloc(count + 1, sizeof(*sorted));
	CLEANUP_FREE uint32_t *rest_of = calloc(count + 1, sizeof(*rest_of)); /* [0] stays 0: no answer */
	struct vx_answer_row *rows = (struct vx_answer_row *)answers->rows.bytes;

	if (!sorted || !rest_of)
		return -ENOMEM;
	for (uint32_t id = 0; id < count; id++)
		sorted[id] = id;
	qsort_r(sorted, count, sizeof(*sorted), by_standing, &answers->standings);
	for (uint32_t i = 0; i < count; i++)
		rest_of[sorted[i] + 1] = i + 1;
	for (size_t r = 0; r < answers->rows.used / sizeof(*rows); r++)
		for (size_t e = 0; e < VX_EVIDENCE_COLUMNS; e++)
			answer_rerank(&rows[r].by_evidence[e], rest_of);
	return 0;
}
