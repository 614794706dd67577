/* SPDX-License-Identifier: BSD-2-Clause */
/* Profiles in, tables out: address classes, then for each class its services, their port classes and their answers. */
#include "compile/tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile/address.h"
#include "compile/answers.h"
#include "compile/direct.h"
#include "compile/plan.h"
#include "compile/port_classes.h"
#include "compile/shortcuts.h"
#include "lib/cleanup.h"
#include "lib/digest.h"

#define CELLS_MAX (1U << 24) /* of one view: beyond it the port sets of one address are absurd */

struct builder {
	const struct profile_set *set;
	struct plan plan;
	struct address_classes addresses;
	struct answers answers;
	struct intern pages, cells;
	struct vx_addr_class *classes;
	struct failure *failure;
};

static int too_big(struct failure *failure, const char *what, uint64_t got, uint64_t limit)
{
	return failure_set(failure, VX_EXIT_FAILED, E2BIG,
			   "%s: %llu needed, %llu is the most that the tables can index", what, (unsigned long long)got,
			   (unsigned long long)limit);
}

/* ---- views ----------------------------------------------------------------------------------------------------- */

/* The services that are candidates at an address over one transport, and how their ports part them. */
struct parted {
	const struct slotted_candidate *services;
	size_t count;
	struct answers_place place;
	struct port_partition remote, local; /* by the services' ports */
	struct slotted_candidate *scratch;   /* as many as services */
};

static int put_entry(struct builder *b, const struct parted *parted, uint32_t remote_class, uint32_t local_class,
		     uint32_t *ret_entry)
{
	const uint64_t *remote = intern_get(&parted->remote.members, remote_class);
	const uint64_t *local = intern_get(&parted->local.members, local_class);
	size_t n = 0;
	int err;

	for (size_t i = 0; i < parted->count; i++)
		if (remote[i / 64] & local[i / 64] & 1ULL << i % 64)
			parted->scratch[n++] = parted->services[i];
	err = answers_put(&b->answers, parted->scratch, n, parted->place, ret_entry);
	return err == -E2BIG ?
		       too_big(b->failure, "standings of answers", b->answers.standings.count, VX_ANSWER_REST_MAX) :
		       err;
}

/* Where the local port matters: a cell for each pair of classes, and for each remote class an entry that leads there. */
static int put_cells(struct builder *b, const struct parted *parted, uint32_t *entries, uint32_t *ret_first)
{
	size_t rows = parted->remote.members.count, columns = parted->local.members.count;
	CLEANUP_FREE uint32_t *cells = NULL;
	uint32_t id;
	int err;

	if (rows * columns > CELLS_MAX)
		return too_big(b->failure, "port combinations of one address", rows * columns, CELLS_MAX);
	cells = calloc(rows * columns, sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	for (uint32_t r = 0; r < rows; r++) {
		entries[r] = VX_ENTRY_CELL | r;
		for (uint32_t l = 0; l < columns; l++) {
			err = put_entry(b, parted, r, l, &cells[r * columns + l]);
			if (err)
				return err;
		}
	}
	err = intern_put(&b->cells, cells, rows * columns * sizeof(*cells), &id);
	if (err)
		return err;
	*ret_first = (uint32_t)(b->cells.entries[id].offset / sizeof(*cells));
	return 0;
}

static int put_pages(struct builder *b, const struct port_partition *partition, const uint32_t *entries,
		     uint16_t *ret_page)
{
	int err = port_pages_put(partition, entries, &b->pages, ret_page);

	return err == -E2BIG ? too_big(b->failure, "port pages", b->pages.count, UINT16_MAX + 1) : err;
}

static int put_view(struct builder *b, const struct parted *parted, struct vx_port_view *view)
{
	CLEANUP_FREE uint32_t *entries = calloc(parted->remote.members.count, sizeof(*entries));
	int err = entries ? 0 : -ENOMEM;

	view->local_classes = (uint16_t)parted->local.members.count;
	if (view->local_classes == 1)
		for (uint32_t r = 0; r < parted->remote.members.count && !err; r++)
			err = put_entry(b, parted, r, 0, &entries[r]);
	else if (!err)
		err = put_cells(b, parted, entries, &view->cells);
	err = err ? err : put_pages(b, &parted->remote, entries, &view->remote_page);
	return err ? err : put_pages(b, &parted->local, NULL, &view->local_page);
}

/* Bit by bit the evidence for which any of the services may be a candidate, on whatever port. */
static uint16_t evidence_heard(const struct slotted_candidate *services, size_t count)
{
	uint16_t heard = 0;

	for (size_t i = 0; i < count; i++)
		for (uint8_t evidence = 0; evidence < _VX_EVIDENCE_MAX; evidence++)
			heard |= (uint16_t)(candidate_holds(&services[i].candidate, evidence) << evidence);
	/* What looks like RTP may yet be proven, and the ports are not looked up again then. */
	if (heard >> VX_PROTOCOL_RTP & 1)
		heard |= (uint16_t)(1U << VX_EVIDENCE_RTP_LIKELY);
	return heard;
}

static void parted_fini(struct parted *parted)
{
	port_partition_fini(&parted->remote);
	port_partition_fini(&parted->local);
	free(parted->scratch);
}

static int build_view(struct builder *b, const struct slotted_candidate *services, size_t count,
		      struct answers_place place, struct vx_port_view *view)
{
	CLEANUP(parted_fini) struct parted parted = { .services = services, .count = count, .place = place };
	CLEANUP_FREE const struct port_set **remote_sets = calloc(count + 1, sizeof(*remote_sets));
	CLEANUP_FREE const struct port_set **local_sets = calloc(count + 1, sizeof(*local_sets));
	int err;

	parted.scratch = calloc(count + 1, sizeof(*parted.scratch));
	if (!remote_sets || !local_sets || !parted.scratch)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		remote_sets[i] = &services[i].candidate.service->remote_ports[place.transport];
		local_sets[i] = &services[i].candidate.service->local_ports;
	}
	err = port_partition_build(remote_sets, count, &parted.remote);
	err = err ? err : port_partition_build(local_sets, count, &parted.local);
	err = err ? err : put_view(b, &parted, view);
	if (!err)
		view->evidence = evidence_heard(services, count);
	return err;
}

/* The vendor whose claim to the class is best: own before named, longer prefix, first by id. Returns the class's length. */
static uint8_t set_claimant(struct builder *b, uint32_t addr_class, struct vx_addr_class *row)
{
	size_t claim_count;
	const struct claim_on *claims = address_class_claims(&b->addresses, addr_class, &claim_count);
	uint8_t length = 0;

	for (size_t c = 0; c < claim_count; c++)
		if (claims[c].prefix_length > length)
			length = (uint8_t)claims[c].prefix_length;
	row->claimant = VX_CLAIMANT(0, 0, length, 0);
	for (size_t c = 0; c < claim_count; c++) {
		uint32_t v = b->plan.vendor_of_set[claims[c].range_set];
		enum vx_claim claim = plan_range_set(&b->plan, claims[c].range_set)->claim;
		uint32_t rank =
			(uint32_t)claim << 30 | claims[c].prefix_length << 20 | (uint32_t)(b->set->vendor_count - v);

		if ((claim == VX_CLAIM_OWN || claim == VX_CLAIM_NAMED) && rank > VX_RANK(row->claimant))
			row->claimant = VX_CLAIMANT(rank, b->plan.vendor_slots[v], length, claim == VX_CLAIM_OWN);
	}
	return length;
}

static int build_class(struct builder *b, uint32_t addr_class, struct slotted_candidate *of_transport)
{
	struct vx_addr_class *row = &b->classes[addr_class];
	size_t count = plan_candidates(&b->plan, &b->addresses, addr_class);
	uint8_t length = set_claimant(b, addr_class, row);

	for (enum vx_transport t = 0; t < _VX_TRANSPORT_MAX; t++) {
		size_t n = 0;
		int err;

		for (size_t i = 0; i < count; i++)
			if (b->plan.found[i].candidate.service->remote_ports[t].count)
				of_transport[n++] = b->plan.found[i];
		err = build_view(b, of_transport, n, (struct answers_place){ t, length }, &row->view[t]);
		if (err)
			return err;
	}
	return 0;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static void builder_fini(struct builder *b)
{
	plan_fini(&b->plan);
	address_classes_fini(&b->addresses);
	answers_fini(&b->answers);
	intern_fini(&b->pages);
	intern_fini(&b->cells);
	free(b->classes);
}

static int build(struct builder *b, const struct slots *slots)
{
	CLEANUP_FREE struct slotted_candidate *of_transport = NULL;
	int err = plan_build(&b->plan, b->set, slots, b->failure);

	err = err ? err : address_classes_build(b->set, b->plan.first_range_set, &b->addresses);
	err = err ? err : answers_init(&b->answers, b->set);
	if (err)
		return err;
	b->classes = calloc(b->addresses.claims.count, sizeof(*b->classes));
	of_transport = calloc(b->plan.service_count + 1, sizeof(*of_transport));
	if (!b->classes || !of_transport)
		return -ENOMEM;
	for (uint32_t c = 0; c < b->addresses.claims.count; c++) {
		err = build_class(b, c, of_transport);
		if (err)
			return err;
	}
	return answers_rank(&b->answers);
}

/*
 * What this generation was made of: the profiles' text, and the prefixes with their classes, since list files and site
 * groups change those without a change to any profile. Slots are left out: the same profiles may have others elsewhere.
 */
static int digest_sources(const struct builder *b, uint8_t digest[DIGEST_BYTES])
{
	size_t parts = b->set->vendor_count + 1;
	CLEANUP_FREE uint8_t *digests = calloc(parts, DIGEST_BYTES);

	if (!digests)
		return -ENOMEM;
	for (size_t v = 0; v < b->set->vendor_count; v++)
		memcpy(digests + v * DIGEST_BYTES, b->set->vendors[v].digest, DIGEST_BYTES);
	if (digest_sha256(b->addresses.prefixes, b->addresses.prefix_count * sizeof(*b->addresses.prefixes),
			  digests + (parts - 1) * DIGEST_BYTES))
		return -ENOMEM;
	return digest_sha256(digests, parts * DIGEST_BYTES, digest);
}

static int describe(const struct builder *b, const struct slots *slots, struct vx_generation *generation)
{
	generation->prefixes4 = (uint32_t)b->addresses.prefix_count4;
	generation->prefixes6 = (uint32_t)(b->addresses.prefix_count - b->addresses.prefix_count4);
	generation->classes = (uint32_t)b->addresses.claims.count;
	generation->port_pages = (uint32_t)b->pages.count;
	generation->cells = (uint32_t)(b->cells.used / sizeof(uint32_t));
	generation->answer_rows = (uint32_t)(b->answers.rows.used / sizeof(struct vx_answer_row));
	generation->slots = slots->count;
	generation->vendors = (uint32_t)b->set->vendor_count;
	generation->services = (uint32_t)b->plan.service_count;
	memcpy(generation->dscp_class, b->answers.dscp.class_of, sizeof(generation->dscp_class));
	return digest_sources(b, generation->digest);
}

static int finish(struct builder *b, const struct slots *slots, struct tables *tables)
{
	int err = describe(b, slots, &tables->generation);

	if (err)
		return err;
	tables->prefixes = TAKE_PTR(b->addresses.prefixes);
	tables->classes = TAKE_PTR(b->classes);
	tables->port_pages = intern_take(&b->pages);
	tables->cells = intern_take(&b->cells);
	tables->answer_rows = intern_take(&b->answers.rows);
	return shortcuts_build(tables);
}

int tables_compile(const struct profile_set *set, const struct slots *slots, struct tables **ret,
		   struct failure *failure)
{
	CLEANUP(builder_fini) struct builder b = { .set = set, .failure = failure };
	CLEANUP(tables_freep) struct tables *tables = calloc(1, sizeof(*tables));
	int err = tables ? build(&b, slots) : -ENOMEM;

	if (!err)
		err = finish(&b, slots, tables);
	if (err == -ENOMEM)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory while compiling %zu vendors",
				   set->vendor_count);
	if (err)
		return err;
	*ret = TAKE_PTR(tables);
	return 0;
}

int tables_make_direct(struct tables *tables, struct failure *failure)
{
	struct vx_generation *generation = &tables->generation;
	int err = direct_build(tables->prefixes, generation->prefixes4, generation->prefixes6, &tables->direct);

	if (err == -E2BIG)
		return failure_set(failure, VX_EXIT_FAILED, E2BIG,
				   "engine direct: %u address classes, its ranges can name %u; use --engine lpm",
				   generation->classes, VX_RANGE4_CLASSES);
	if (err)
		return failure_set(failure, VX_EXIT_FAILED, -err, "out of memory for %u prefixes",
				   generation->prefixes4 + generation->prefixes6);
	generation->ranges4 = (uint32_t)tables->direct.range_count4;
	generation->ranges6 = (uint32_t)tables->direct.range_count6;
	return 0;
}

void tables_free(struct tables *tables)
{
	if (!tables)
		return;
	free(tables->prefixes);
	free(tables->classes);
	free(tables->port_pages);
	free(tables->cells);
	free(tables->answer_rows);
	free(tables->shortcuts);
	free(tables->changes);
	direct_fini(&tables->direct);
	free(tables);
}

void tables_freep(struct tables **tables)
{
	tables_free(*tables);
}
