/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the tables as the packet path does (voxdp/abi.h), for all ports of a class at once: pages as spans of ports that are
 * alike, a verdict for each pair of spans, and neighbours with the same verdict made one.
 */
#include "compile/shortcuts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/intern.h"

#define PORTS 65536U
#define DSCP_SHIFT 2 /* TOS and traffic class: DSCP, then two bits of ECN (RFC 2474, 3; RFC 3168, 5) */
#define DSCP_MASK 0xfc

/* Ports that have the same entry. */
struct span {
	uint32_t first, last, entry;
};

struct spans {
	struct span *items; /* owned; ascending, all ports */
	size_t count;
};

/* A verdict, and for which DSCP; mask 0: for each. */
struct known {
	uint32_t verdict; /* VX_SHORT; 0: nothing is known, see verdict_of() */
	uint8_t tos_mask, tos;
};

struct box {
	uint32_t remote_first, remote_last, local_first, local_last;
	struct known known;
	bool joined; /* to another, which has taken its place */
};

/* One class over one transport. */
struct view {
	const struct vx_port_view *ports;
	uint64_t claimant;
	enum vx_transport transport;
};

struct builder {
	const struct tables *tables;
	struct spans *of_page; /* [port page], made when first asked for */
	struct box *boxes;     /* owned; of one view and evidence */
	size_t count, room;
	size_t before, here; /* where the boxes of the last span of local ports begin, and those of this one */
};

/* ---- pages ------------------------------------------------------------------------------------------------------- */

static void span_add(struct spans *spans, uint32_t first, uint32_t last, uint32_t entry)
{
	if (spans->count && spans->items[spans->count - 1].entry == entry)
		spans->items[spans->count - 1].last = last;
	else
		spans->items[spans->count++] = (struct span){ first, last, entry };
}

static void spans_list(const struct vx_port_page *pages, uint32_t number, struct spans *ret)
{
	for (uint32_t upper = 0; upper < 256; upper++) {
		const uint32_t entry = pages[number].entry[upper], first = upper << 8;

		if (!(entry & VX_ENTRY_PAGE)) {
			span_add(ret, first, first + 255, entry);
			continue;
		}
		for (uint32_t lower = 0; lower < 256; lower++)
			span_add(ret, first + lower, first + lower, pages[entry & ~VX_ENTRY_PAGE].entry[lower]);
	}
}

static const struct spans *spans_of(struct builder *b, uint32_t page)
{
	struct spans *spans = &b->of_page[page];
	struct span *fitting;

	if (spans->items)
		return spans;
	spans->items = calloc(PORTS, sizeof(*spans->items));
	if (!spans->items)
		return NULL;
	spans_list(b->tables->port_pages, page, spans);
	fitting = realloc(spans->items, spans->count * sizeof(*fitting));
	if (fitting)
		spans->items = fitting;
	return spans;
}

/* ---- verdicts ---------------------------------------------------------------------------------------------------- */

/* Has nobody's class a candidate for it, on whatever port? Then the packet's other end may have a say. */
static bool nobody_hears(const struct builder *b, enum vx_transport transport, uint8_t evidence)
{
	return b->tables->classes[VX_CLASS_NOBODY].view[transport].evidence >> evidence & 1;
}

static uint32_t verdict_of_answer(uint64_t answer, uint8_t evidence)
{
	const uint8_t outcome = VX_ANSWER_OUTCOME(answer);
	uint32_t cell = evidence == VX_EVIDENCE_RTP_LIKELY ? VX_PROTOCOL_RTP : evidence;

	if (outcome == VX_OUTCOME_MISMATCH)
		cell += VX_CELL_SECOND;
	return VX_SHORT(VX_SLOT(answer) * VX_COUNTER_DIRECTIONS, cell, outcome, 1);
}

/* No service: the vendor's whose address it is, or nobody's. */
static uint32_t verdict_of_address(const struct view *view, uint8_t evidence)
{
	if (VX_CLAIMANT_OWNS(view->claimant))
		return VX_SHORT(VX_SLOT(view->claimant) * VX_COUNTER_DIRECTIONS, evidence, VX_OUTCOME_OFF_PORT, 1);
	if (vx_is_media(evidence, view->transport))
		return VX_SHORT(VX_SLOT_NOBODY * VX_COUNTER_DIRECTIONS, evidence + VX_CELL_SECOND,
				VX_OUTCOME_UNKNOWN_MEDIA, 0);
	return VX_SHORT(VX_SLOT_NOBODY * VX_COUNTER_DIRECTIONS, evidence, VX_OUTCOME_OTHER, 0);
}

/*
 * False where more decides than the class: flags have a counter of their own; what looks like RTP and is not expected is a
 * matter for the table of streams; and a candidate of the other end wins unless the one here has a better claim than any.
 */
static bool verdict_of(const struct builder *b, const struct view *view, uint64_t answer, uint8_t evidence,
		       uint32_t *ret)
{
	const bool heard_there = nobody_hears(b, view->transport, evidence);

	if (VX_ANSWER_FLAGS(answer))
		return false;
	if (evidence == VX_EVIDENCE_RTP_LIKELY && VX_ANSWER_OUTCOME(answer) != VX_OUTCOME_MATCH)
		return false;
	if (heard_there && VX_RANK(answer) < VX_ANSWER_RANK(VX_CLAIM_SHARED, 0, 0))
		return false;
	*ret = answer ? verdict_of_answer(answer, evidence) : verdict_of_address(view, evidence);
	return true;
}

static bool verdict_of_row(const struct builder *b, const struct view *view, uint32_t row, uint8_t evidence,
			   uint32_t *ret)
{
	return verdict_of(b, view, b->tables->answer_rows[row].by_evidence[evidence], evidence, ret);
}

/* The verdict of a DSCP, where it is the same in both directions. */
static bool verdict_of_dscp(const struct builder *b, const struct view *view, uint32_t row, uint8_t evidence,
			    uint8_t dscp, uint32_t *ret)
{
	const struct vx_generation *generation = &b->tables->generation;
	uint32_t in = row + generation->dscp_class[VX_DIRECTION_IN][dscp];
	uint32_t out = row + generation->dscp_class[VX_DIRECTION_OUT][dscp], other;

	return verdict_of_row(b, view, in, evidence, ret) && verdict_of_row(b, view, out, evidence, &other) &&
	       *ret == other;
}

/* What is known at an entry that depends on DSCP: of each verdict the first DSCP that has it. Returns how many. */
static size_t known_by_dscp(const struct builder *b, const struct view *view, uint32_t row, uint8_t evidence,
			    struct known ret[VX_DSCPS])
{
	size_t count = 0, members = 0;

	for (uint8_t dscp = 0; dscp < VX_DSCPS; dscp++) {
		bool seen = false;
		uint32_t verdict;

		if (!verdict_of_dscp(b, view, row, evidence, dscp, &verdict))
			continue;
		members++;
		for (size_t i = 0; i < count; i++)
			seen = seen || ret[i].verdict == verdict;
		if (!seen)
			ret[count++] = (struct known){ verdict, DSCP_MASK, (uint8_t)(dscp << DSCP_SHIFT) };
	}
	if (count == 1 && members == VX_DSCPS)
		ret[0].tos_mask = ret[0].tos = 0;
	return count;
}

static size_t known_at(const struct builder *b, const struct view *view, uint32_t entry, uint8_t evidence,
		       struct known ret[VX_DSCPS])
{
	if (entry & VX_ENTRY_BY_DSCP)
		return known_by_dscp(b, view, entry & VX_ENTRY_NUMBER, evidence, ret);
	ret[0] = (struct known){};
	return verdict_of_row(b, view, entry, evidence, &ret[0].verdict);
}

/* ---- boxes ------------------------------------------------------------------------------------------------------- */

static bool same_known(const struct known *a, const struct known *b)
{
	return a->verdict == b->verdict && a->tos_mask == b->tos_mask && a->tos == b->tos;
}

/* Makes the box longer that ends where this one begins, among those of the same local ports. */
static int box_add(struct builder *b, const struct box *box)
{
	struct box *grown;

	for (size_t i = b->here; i < b->count; i++)
		if (b->boxes[i].remote_last + 1 == box->remote_first && same_known(&b->boxes[i].known, &box->known)) {
			b->boxes[i].remote_last = box->remote_last;
			return 0;
		}
	if (b->count == b->room) {
		grown = reallocarray(b->boxes, b->room ? b->room * 2 : 64, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		b->boxes = grown;
		b->room = b->room ? b->room * 2 : 64;
	}
	b->boxes[b->count++] = *box;
	return 0;
}

/* Boxes of these local ports take the place of those of the local ports before that they go on. */
static void boxes_join(struct builder *b)
{
	for (size_t i = b->here; i < b->count; i++)
		for (size_t k = b->before; k < b->here; k++) {
			struct box *box = &b->boxes[i], *below = &b->boxes[k];

			if (below->joined || below->remote_first != box->remote_first ||
			    below->remote_last != box->remote_last || below->local_last + 1 != box->local_first ||
			    !same_known(&below->known, &box->known))
				continue;
			box->local_first = below->local_first;
			below->joined = true;
		}
}

static uint32_t entry_at(const struct builder *b, const struct view *view, uint32_t entry, uint32_t local_class)
{
	if (!(entry & VX_ENTRY_CELL))
		return entry;
	return b->tables
		->cells[view->ports->cells + (entry & VX_ENTRY_NUMBER) * view->ports->local_classes + local_class];
}

static int boxes_list(struct builder *b, const struct view *view, uint8_t evidence)
{
	const struct spans *remote = spans_of(b, view->ports->remote_page),
			   *local = spans_of(b, view->ports->local_page);

	if (!remote || !local)
		return -ENOMEM;
	b->count = b->before = b->here = 0;
	for (size_t l = 0; l < local->count; l++) {
		for (size_t r = 0; r < remote->count; r++) {
			struct known known[VX_DSCPS];
			uint32_t entry = entry_at(b, view, remote->items[r].entry, local->items[l].entry);
			size_t count = known_at(b, view, entry, evidence, known);

			for (size_t i = 0; i < count; i++) {
				const struct box box = { remote->items[r].first,
							 remote->items[r].last,
							 local->items[l].first,
							 local->items[l].last,
							 known[i],
							 false };

				if (box_add(b, &box))
					return -ENOMEM;
			}
		}
		boxes_join(b);
		b->before = b->here;
		b->here = b->count;
	}
	return 0;
}

/* ---- the best ---------------------------------------------------------------------------------------------------- */

static bool is_accepted(const struct box *box)
{
	const uint32_t outcome = VX_SHORT_OUTCOME(box->known.verdict);

	return outcome == VX_OUTCOME_MATCH || outcome == VX_OUTCOME_UNPROVEN;
}

static uint64_t area(const struct box *box)
{
	return (uint64_t)(box->remote_last - box->remote_first + 1) * (box->local_last - box->local_first + 1);
}

/* What a service accepts before all else, since that is what comes; then the larger box, then the lower ports. */
static int box_compare(const void *of_a, const void *of_b)
{
	const struct box *a = of_a, *b = of_b;

	if (is_accepted(a) != is_accepted(b))
		return is_accepted(b) - is_accepted(a);
	if (area(a) != area(b))
		return area(a) < area(b) ? 1 : -1;
	if (a->remote_first != b->remote_first)
		return a->remote_first < b->remote_first ? -1 : 1;
	return (a->local_first > b->local_first) - (a->local_first < b->local_first);
}

/* All 65,536 ports are one more than a count can say: the last one is left to the tables. */
static uint16_t port_count(uint32_t first, uint32_t last)
{
	uint32_t count = last - first + 1;

	return (uint16_t)(count < PORTS ? count : PORTS - 1);
}

static bool box_asks(const struct box *box)
{
	return box->local_first != 0 || box->local_last != PORTS - 1 || box->known.tos_mask;
}

/* A shortcut and, where it asks, what it asks for in the place behind. Returns how many places it takes. */
static size_t put_shortcut(const struct box *box, struct vx_shortcut *ret)
{
	const struct vx_shortcut_asks asks = {
		.local_first = (uint16_t)box->local_first,
		.local_count = port_count(box->local_first, box->local_last),
		.tos_mask = box->known.tos_mask,
		.tos = box->known.tos,
	};

	ret[0] = (struct vx_shortcut){
		.remote_first = (uint16_t)box->remote_first,
		.remote_count = port_count(box->remote_first, box->remote_last),
		.verdict = box->known.verdict | (box_asks(box) ? VX_SHORT_ASKS : 0),
	};
	if (!box_asks(box))
		return 1;
	memcpy(&ret[1], &asks, sizeof(asks));
	return 2;
}

static void boxes_choose(struct builder *b, struct vx_shortcut ret[VX_SHORTCUTS])
{
	size_t kept = 0, places = 0;

	for (size_t i = 0; i < b->count; i++)
		if (!b->boxes[i].joined)
			b->boxes[kept++] = b->boxes[i];
	qsort(b->boxes, kept, sizeof(*b->boxes), box_compare);
	for (size_t i = 0; i < kept; i++)
		if (places + 1 + box_asks(&b->boxes[i]) <= VX_SHORTCUTS)
			places += put_shortcut(&b->boxes[i], &ret[places]);
}

static int view_shortcuts(struct builder *b, const struct view *view,
			  struct vx_shortcut ret[VX_EVIDENCE_COLUMNS][VX_SHORTCUTS])
{
	for (uint8_t evidence = 0; evidence < _VX_EVIDENCE_MAX; evidence++) {
		int err = boxes_list(b, view, evidence);

		if (err)
			return err;
		boxes_choose(b, ret[evidence]);
	}
	return 0;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

/* Views that have the same ports and owner have the same shortcuts: a vendor's classes mostly. */
struct same {
	struct vx_port_view ports;
	uint32_t owner; /* slot; 0: nobody owns it */
	uint32_t transport;
};

static int classes_build(struct builder *b, struct intern *views, struct vx_class_shortcuts *ret, uint32_t *first)
{
	for (uint32_t c = 0; c < b->tables->generation.classes; c++)
		for (enum vx_transport t = 0; t < _VX_TRANSPORT_MAX; t++) {
			const struct vx_addr_class *of = &b->tables->classes[c];
			const struct view view = { &of->view[t], of->claimant, t };
			const struct same same = { of->view[t],
						   VX_CLAIMANT_OWNS(of->claimant) ? VX_SLOT(of->claimant) : 0, t };
			const size_t known = views->count;
			uint32_t id;
			int err = intern_put(views, &same, sizeof(same), &id);

			if (err)
				return err;
			if (id < known) {
				memcpy(ret[c].by_evidence[t], ret[first[id]].by_evidence[t],
				       sizeof(ret[c].by_evidence[t]));
				continue;
			}
			first[id] = c;
			err = view_shortcuts(b, &view, ret[c].by_evidence[t]);
			if (err)
				return err;
		}
	return 0;
}

/*
 * Nobody's class has services only where any address may be one, and then nothing is told of that evidence: what is told
 * there at all holds for all ports, the last one too.
 */
static uint32_t nobody_of(const struct vx_shortcut column[VX_SHORTCUTS])
{
	return column[0].remote_count ? column[0].verdict : VX_SHORT_ASKS;
}

int shortcuts_build(struct tables *tables)
{
	const struct vx_generation *generation = &tables->generation;
	struct builder b = { .tables = tables, .of_page = calloc(generation->port_pages + 1U, sizeof(*b.of_page)) };
	CLEANUP_FREE uint32_t *first = calloc((generation->classes + 1U) * _VX_TRANSPORT_MAX, sizeof(*first));
	CLEANUP(intern_fini) struct intern views = {};
	int err = -ENOMEM;

	tables->shortcuts = calloc(generation->classes + 1U, sizeof(*tables->shortcuts));
	if (b.of_page && tables->shortcuts && first)
		err = classes_build(&b, &views, tables->shortcuts, first);
	for (uint32_t page = 0; b.of_page && page < generation->port_pages; page++)
		free(b.of_page[page].items);
	free(b.of_page);
	free(b.boxes);
	for (size_t t = 0; t < _VX_TRANSPORT_MAX && !err; t++)
		for (size_t e = 0; e < VX_EVIDENCE_COLUMNS; e++)
			tables->nobody[t][e] = nobody_of(tables->shortcuts[VX_CLASS_NOBODY].by_evidence[t][e]);
	return err;
}
