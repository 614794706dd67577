/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/coverage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile/coverage.h"
#include "lib/cleanup.h"
#include "profile/write.h"

static const char head[] =
	"# What has become of each row\n"
	"\n"
	"Written by `voxdp check --coverage`; after a change of a profile, `make coverage-ledger` writes it anew. For each\n"
	"guide each row, in the guide's order: the service that speaks for it, how its packets are recognised, and what the\n"
	"row waits for. Rows are counted as each profile explains at its top. A row that is several flows has several lines.\n"
	"\n"
	"- **classifies**: packets of the row are told, now or once what the line names is there.\n"
	"- **waits for names**: its addresses are known by name only, or belong to others too and its payload proves nothing.\n"
	"- **waits for a site group**: its addresses are the operator's, and the site file gives them.\n"
	"- **cannot be seen at XDP**: no packet shows it.\n";

/* A cell may hold neither a bar nor a line's end. */
static void cell_print(FILE *out, const char *text)
{
	fputs(" ", out);
	for (; *text; text++) {
		if (*text == '|' || *text == '<' || *text == '>' || *text == '*')
			fputc('\\', out);
		fputc(*text == '\n' ? ' ' : *text, out);
	}
	fputs(" |", out);
}

static int list_cell_print(FILE *out, const struct text_list *list)
{
	CLEANUP_FREE char *text = text_list_join(list, ", ");

	if (!text)
		return -ENOMEM;
	fprintf(out, " %s |", *text ? text : "-");
	return 0;
}

static int addresses_print(FILE *out, const struct service *service)
{
	CLEANUP(text_list_fini) struct text_list list = {};

	for (size_t i = 0; i < service->remote_count; i++) {
		const struct range_set *set = service->remotes[i];

		text_list_add(&list, "%s`%s`%s", set->site_group ? "site group " : "", set->id,
			      set->claim == VX_CLAIM_SHARED ? " (shared)" : "");
	}
	if (service->remote_any)
		text_list_add(&list, "any");
	return list_cell_print(out, &list);
}

static int names_print(FILE *out, const struct service *service)
{
	CLEANUP(text_list_fini) struct text_list list = {};

	for (size_t i = 0; i < service->host_set_count; i++)
		text_list_add(&list, "`%s`", service->host_sets[i]->id);
	return list_cell_print(out, &list);
}

static int ports_print(FILE *out, const struct service *service)
{
	CLEANUP(text_list_fini) struct text_list list = {}, local = {};
	CLEANUP_FREE char *local_text = NULL;

	write_ports(&list, service);
	write_local_ports(&local, service);
	local_text = text_list_join(&local, ", ");
	if (!local_text)
		return -ENOMEM;
	if (!service->unseen && strcmp(local_text, "any") != 0)
		text_list_add(&list, "local %s", local_text);
	return list_cell_print(out, &list);
}

static int payload_print(FILE *out, const struct service *service)
{
	CLEANUP(text_list_fini) struct text_list list = {};

	write_payload(&list, service->accepts);
	return list_cell_print(out, &list);
}

static int dscp_print(FILE *out, const struct service *service)
{
	CLEANUP(text_list_fini) struct text_list list = {};
	uint64_t in = service->dscp[VX_DIRECTION_IN], to = service->dscp[VX_DIRECTION_OUT];

	if (in == to) {
		write_dscp(&list, in);
	} else {
		if (in)
			text_list_add(&list, "in:");
		write_dscp(&list, in);
		if (to)
			text_list_add(&list, "out:");
		write_dscp(&list, to);
	}
	return list_cell_print(out, &list);
}

static int state_print(FILE *out, const struct service *service)
{
	CLEANUP(text_list_fini) struct text_list why = {};
	enum coverage_state state = service_coverage(service, &why);
	CLEANUP_FREE char *text = text_list_join(&why, "; ");

	if (!text)
		return -ENOMEM;
	fprintf(out, " %s%s%s |\n", coverage_state_words[state], *text ? ": " : "", text);
	return 0;
}

static int row_print(FILE *out, const struct coverage_row *row)
{
	const struct service *service = row->service;
	const char *text = row->source + row->place_length;

	fprintf(out, "| %.*s |", (int)row->place_length, row->source);
	cell_print(out, text + strspn(text, " "));
	fprintf(out, " `%s` |", service->id);
	return addresses_print(out, service) || names_print(out, service) || ports_print(out, service) ||
			       payload_print(out, service) || dscp_print(out, service) || state_print(out, service) ?
		       -ENOMEM :
		       0;
}

static void vendor_print(FILE *out, const struct vendor *vendor)
{
	fprintf(out, "\n## %s\n\n", vendor->title);
	for (size_t i = 0; i < vendor->document_count; i++)
		fprintf(out, "%s%s%s%s\n", i ? "- " : "", vendor->documents[i].title,
			vendor->documents[i].revision ? ", " : "",
			vendor->documents[i].revision ? vendor->documents[i].revision : "");
	if (vendor->document_count)
		fputc('\n', out);
	fputs("| place | row | service | address | name | port | payload | DSCP | state |\n"
	      "|---|---|---|---|---|---|---|---|---|\n",
	      out);
}

/* How many rows of each state a vendor has, below its table. */
static void sums_print(FILE *out, const struct coverage *coverage, const struct vendor *vendor)
{
	size_t sums[_COVERAGE_STATE_MAX] = {}, rows = 0;

	for (size_t i = 0; i < coverage->count; i++) {
		CLEANUP(text_list_fini) struct text_list why = {};

		if (coverage->rows[i].vendor != vendor)
			continue;
		sums[service_coverage(coverage->rows[i].service, &why)]++;
		rows++;
	}
	fprintf(out, "\n%zu lines:", rows);
	for (size_t state = 0; state < _COVERAGE_STATE_MAX; state++)
		fprintf(out, "%s %s %zu", state ? "," : "", coverage_state_words[state], sums[state]);
	fputs(".\n", out);
}

int coverage_print(FILE *out, const struct profile_set *set)
{
	CLEANUP(coverage_fini) struct coverage coverage = {};
	int err = coverage_build(set, &coverage);
	size_t next = 0;

	if (err)
		return err;
	fputs(head, out);
	for (size_t v = 0; v < set->vendor_count; v++) {
		vendor_print(out, &set->vendors[v]);
		for (; next < coverage.count && coverage.rows[next].vendor == &set->vendors[v]; next++)
			if (row_print(out, &coverage.rows[next]))
				return -ENOMEM;
		sums_print(out, &coverage, &set->vendors[v]);
	}
	return 0;
}

static json_t *row_json(const struct coverage_row *row)
{
	CLEANUP(text_list_fini) struct text_list why = {};
	enum coverage_state state = service_coverage(row->service, &why);
	CLEANUP_FREE char *text = text_list_join(&why, "; ");

	return text ? json_pack("{s:s, s:s, s:s, s:s, s:s}", "vendor", row->vendor->id, "service", row->service->id,
				"source", row->source, "state", coverage_state_words[state], "reason", text) :
		      NULL;
}

json_t *coverage_json(const struct profile_set *set)
{
	CLEANUP(coverage_fini) struct coverage coverage = {};
	json_t *list = coverage_build(set, &coverage) ? NULL : json_array();

	for (size_t i = 0; list && i < coverage.count; i++)
		if (json_array_append_new(list, row_json(&coverage.rows[i]))) {
			json_decref(list);
			return NULL;
		}
	return list;
}
