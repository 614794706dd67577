/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks the answers, of which there is one for every combination that can occur. */
#include "compile/cells.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/cleanup.h"

#define ALL_PROTOCOLS ((1U << _VX_PROTOCOL_MAX) - 1)
#define SECOND(cells) ((uint32_t)(cells) << VX_CELL_SECOND)

/* What says that a range is missing, when nobody's address sends it; DTLS does over UDP, else it is other. */
#define MEDIA (VX_MEDIA | 1U << VX_PROTOCOL_DTLS)

/* RTP_LIKELY is counted as RTP where it was accepted, else as other. */
static uint32_t answer_cell(uint64_t answer, uint32_t evidence)
{
	const bool likely = evidence == VX_EVIDENCE_RTP_LIKELY;

	switch (VX_ANSWER_OUTCOME(answer)) {
	case VX_OUTCOME_MATCH:
		return 1U << (likely ? VX_PROTOCOL_RTP : evidence);
	case VX_OUTCOME_UNPROVEN:
		return 1U << VX_PROTOCOL_OTHER;
	case VX_OUTCOME_MISMATCH:
		return SECOND(1U << evidence);
	default:
		return 0;
	}
}

static uint32_t claimant_cells(uint64_t claimant)
{
	if (!VX_RANK(claimant))
		return 0;
	return 1U << VX_CELL_FRAGMENT | (VX_CLAIMANT_OWNS(claimant) ? ALL_PROTOCOLS : 0);
}

void cells_possible(const struct cell_tables *tables, uint32_t *cells, uint32_t slots)
{
	for (uint32_t slot = 0; slot < slots; slot++)
		cells[slot] = 0;
	for (size_t row = 0; row < tables->answer_row_count; row++)
		for (uint32_t evidence = 0; evidence < _VX_EVIDENCE_MAX; evidence++) {
			uint64_t answer = tables->answer_rows[row].by_evidence[evidence];

			if (!answer || VX_SLOT(answer) >= slots)
				continue;
			cells[VX_SLOT(answer)] |= answer_cell(answer, evidence);
			if (VX_ANSWER_FLAGS(answer) & VX_ANSWER_DSCP_UNEXPECTED)
				cells[VX_SLOT(answer)] |= 1U << VX_CELL_DSCP_UNEXPECTED;
		}
	for (size_t i = 0; i < tables->class_count; i++)
		if (VX_SLOT(tables->classes[i].claimant) < slots)
			cells[VX_SLOT(tables->classes[i].claimant)] |= claimant_cells(tables->classes[i].claimant);
	if (slots > VX_SLOT_UNDECODED) {
		cells[VX_SLOT_NOBODY] = (ALL_PROTOCOLS & ~MEDIA) | 1U << VX_PROTOCOL_DTLS | SECOND(MEDIA);
		cells[VX_SLOT_UNDECODED] = (uint32_t)((1ULL << _VX_MALFORMED_MAX) - 1);
	}
}

bool cells_expect_sip(uint32_t slot, uint32_t cells)
{
	const uint32_t sip = 1U << VX_PROTOCOL_SIP;

	return slot != VX_SLOT_UNDECODED && cells & (slot == VX_SLOT_NOBODY ? SECOND(sip) : sip);
}

static size_t slot_series(uint32_t slot, uint32_t cells)
{
	const uint32_t sip = 1U << VX_PROTOCOL_SIP | SECOND(1U << VX_PROTOCOL_SIP);
	size_t series = 2 * (size_t)__builtin_popcount(cells);

	/* Malformed: packets by reason; and their sum with its bytes, beside the fragment of nobody. */
	if (slot == VX_SLOT_UNDECODED)
		return _VX_MALFORMED_MAX - 1 + 4;
	if (slot >= VX_SLOT_FIRST_FREE && cells & 1U << VX_CELL_DSCP_UNEXPECTED)
		series--; /* packets only */
	return series + (cells & sip ? _VX_SIP_METHOD_MAX + _VX_SIP_CLASS_MAX : 0);
}

size_t cells_series(const uint32_t *cells, uint32_t slots, enum vx_role role)
{
	size_t series = 0;

	for (uint32_t slot = 0; slot < slots; slot++) {
		size_t directions = slot < VX_SLOT_FIRST_FREE || role != VX_ROLE_ANY ? 1 : VX_COUNTER_DIRECTIONS;

		series += directions * slot_series(slot, cells[slot]);
	}
	return series;
}

int tables_series(const struct tables *tables, uint32_t slots, enum vx_role role, size_t *ret)
{
	const struct cell_tables of = {
		.answer_rows = tables->answer_rows,
		.answer_row_count = tables->generation.answer_rows,
		.classes = tables->classes,
		.class_count = tables->generation.classes,
	};
	CLEANUP_FREE uint32_t *cells = calloc(slots + 1, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	cells_possible(&of, cells, slots);
	*ret = cells_series(cells, slots, role);
	return 0;
}
