/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of "when a packet belongs to a service": what makes a candidate, and which candidate is the best. */
#include "compile/candidate.h"

#include <stddef.h>

#define CANDIDATE_RULE_WORDS(name, words) [CANDIDATE_RULE_##name] = words,
const char *const candidate_rule_words[_CANDIDATE_RULE_MAX] = { CANDIDATE_RULES(CANDIDATE_RULE_WORDS) };

#define BIT(n) (1U << (n))

static bool claim_is_weak(enum vx_claim claim)
{
	return claim == VX_CLAIM_SHARED || claim == VX_CLAIM_ANY;
}

bool candidate_accepts(const struct candidate *candidate, uint8_t evidence)
{
	if (evidence == VX_PROTOCOL_OTHER)
		return false;
	if (evidence == VX_EVIDENCE_RTP_LIKELY)
		return !claim_is_weak(candidate->claim) && (candidate->service->accepts & BIT(VX_PROTOCOL_RTP));
	return candidate->service->accepts & BIT(evidence);
}

bool candidate_holds(const struct candidate *candidate, uint8_t evidence)
{
	if (!claim_is_weak(candidate->claim))
		return true;
	return evidence < _VX_PROTOCOL_MAX && (service_proves(candidate->service) & BIT(evidence));
}

enum vx_outcome candidate_outcome(const struct candidate *candidate, uint8_t evidence)
{
	if (candidate_accepts(candidate, evidence))
		return VX_OUTCOME_MATCH;
	if (evidence == VX_PROTOCOL_OTHER || evidence == VX_EVIDENCE_RTP_LIKELY)
		return VX_OUTCOME_UNPROVEN;
	return VX_OUTCOME_MISMATCH;
}

static bool dscp_documented(const struct candidate *candidate, const struct circumstances *circumstances)
{
	return candidate->service->dscp[circumstances->direction] >> circumstances->dscp & 1;
}

bool candidate_dscp_unexpected(const struct candidate *candidate, const struct circumstances *circumstances)
{
	return candidate->service->dscp[circumstances->direction] && !dscp_documented(candidate, circumstances);
}

struct standing candidate_standing(const struct candidate *candidate, const struct circumstances *circumstances)
{
	const struct service *service = candidate->service;

	return (struct standing){ .by_rule = {
					  [CANDIDATE_RULE_CLAIM] = candidate->claim,
					  [CANDIDATE_RULE_PREFIX] = candidate->prefix_length,
					  [CANDIDATE_RULE_PAYLOAD] =
						  candidate_accepts(candidate, circumstances->evidence),
					  [CANDIDATE_RULE_REMOTE_PORTS] =
						  65536 -
						  port_set_size(&service->remote_ports[circumstances->transport]),
					  [CANDIDATE_RULE_LOCAL_PORTS] = 65536 - port_set_size(&service->local_ports),
					  [CANDIDATE_RULE_DSCP] = dscp_documented(candidate, circumstances),
					  [CANDIDATE_RULE_PRIORITY] = (uint32_t)(service->priority + 1000),
					  [CANDIDATE_RULE_NAME] = candidate->name_order,
				  } };
}

int standing_compare(const struct standing *a, const struct standing *b, enum candidate_rule *ret_rule)
{
	for (enum candidate_rule rule = 0; rule < _CANDIDATE_RULE_MAX; rule++) {
		if (a->by_rule[rule] == b->by_rule[rule])
			continue;
		if (ret_rule)
			*ret_rule = rule;
		return a->by_rule[rule] > b->by_rule[rule] ? 1 : -1;
	}
	return 0;
}
