/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/explain_host.h"

#include <errno.h>
#include <stdio.h>

#include <voxdp/abi.h>

#include "lib/cleanup.h"
#include "lib/columns.h"
#include "profile/write.h"

/* How the pattern holds the name. */
static const char *kind_word(const struct host *host)
{
	static const char *const words[] = {
		[HOST_EXACT] = "exact", [HOST_WILDCARD] = "wildcard", [HOST_SUFFIX] = "suffix"
	};

	return host->idle ? "placeholder without values" : words[host->kind];
}

#define CELL_MAX 512

static int row_add(struct columns *columns, const struct host_match *match)
{
	const struct mark *at = &match->host->at;
	CLEANUP(text_list_fini) struct text_list ports = {};
	CLEANUP_FREE char *ports_text = NULL;
	char name[2 * VX_NAME_MAX + 2], place[CELL_MAX], planned[CELL_MAX];
	const char *cells[] = { name, match->host->template, kind_word(match->host), NULL, place, NULL };

	write_ports(&ports, match->service);
	ports_text = text_list_join(&ports, ", ");
	if (!ports_text)
		return -ENOMEM;
	cells[5] = ports_text;
	if (match->host->planned) {
		(void)snprintf(planned, sizeof(planned), "planned: %s", match->host->planned);
		cells[3] = planned;
	}
	(void)snprintf(name, sizeof(name), "%s/%s", match->vendor->id, match->service->id);
	(void)snprintf(place, sizeof(place), "%s:%u:%u", at->file, at->line, at->column);
	columns_row(columns, match->host->planned || match->host->idle ? ROW_FAINT : ROW_PLAIN, cells);
	return 0;
}

int host_matches_print(const struct host_matches *matches, const char *name, bool color)
{
	static const struct column layout[] = { { "SERVICE", false }, { "LISTS", false }, { "AS", false },
						{ "PORTS", false },   { "STATE", false }, { "AT", false } };
	CLEANUP(columns_freep) struct columns *columns = NULL;

	if (!matches->count) {
		printf("no service lists %s\n", name);
		return 0;
	}
	if (columns_new(layout, ARRAY_SIZE(layout), &columns))
		return -ENOMEM;
	for (size_t i = 0; i < matches->count; i++)
		if (row_add(columns, &matches->items[i]))
			return -ENOMEM;
	return columns_print(columns, stdout, color);
}

json_t *host_matches_json(const struct host_matches *matches, const char *name)
{
	json_t *services = json_array();

	for (size_t i = 0; i < matches->count; i++) {
		const struct host_match *match = &matches->items[i];
		const struct mark *at = &match->host->at;
		json_t *row =
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:{s:s, s:i, s:i}}", "vendor", match->vendor->id,
				  "service", match->service->id, "hosts", match->set->id, "pattern",
				  match->host->template, "as", kind_word(match->host), "planned", match->host->planned,
				  "at", "file", at->file, "line", (int)at->line, "column", (int)at->column);

		if (json_array_append_new(services, row)) {
			json_decref(services);
			return NULL;
		}
	}
	return json_pack("{s:s, s:o}", "name", name, "services", services);
}
