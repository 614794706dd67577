/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/overlaps.h"

#include <errno.h>

#include "lib/cleanup.h"
#include "lib/columns.h"
#include "lib/words.h"

#define END_TEXT_MAX (PREFIX_TEXT_MAX + 16)
#define NAME_TEXT_MAX (2 * VX_NAME_MAX)
#define EXAMPLE_TEXT_MAX 256

static const char *payload_word(const struct packet *packet)
{
	return packet->evidence == VX_EVIDENCE_RTP_LIKELY ? "one packet that looks like rtp" :
							    protocol_word(packet->evidence);
}

static void end_format(const struct ip_addr *addr, uint16_t port, char text[END_TEXT_MAX])
{
	char addr_text[PREFIX_TEXT_MAX];

	ip_addr_format(addr, addr_text);
	(void)snprintf(text, END_TEXT_MAX, addr->family == 6 ? "[%s]:%u" : "%s:%u", addr_text, port);
}

static void example_format(const struct overlap *overlap, char text[EXAMPLE_TEXT_MAX])
{
	const struct packet *packet = &overlap->example;
	char src[END_TEXT_MAX], dst[END_TEXT_MAX], dscp[32] = "";

	end_format(&packet->src, packet->sport, src);
	end_format(&packet->dst, packet->dport, dst);
	if (packet->dscp)
		(void)snprintf(dscp, sizeof(dscp), ", dscp %u", packet->dscp);
	(void)snprintf(text, EXAMPLE_TEXT_MAX, "%s %s > %s, %s%s", transport_word(packet->transport), src, dst,
		       payload_word(packet), dscp);
}

static void name_format(const struct vendor *vendor, const struct service *service, char text[NAME_TEXT_MAX])
{
	(void)snprintf(text, NAME_TEXT_MAX, "%s/%s", vendor->id, service->id);
}

static void row_add(struct columns *columns, const struct overlap *overlap)
{
	char winner[NAME_TEXT_MAX], loser[NAME_TEXT_MAX], example[EXAMPLE_TEXT_MAX];
	const char *const cells[] = { winner, loser, candidate_rule_words[overlap->rule], example };

	name_format(overlap->winner_vendor, overlap->winner, winner);
	name_format(overlap->loser_vendor, overlap->loser, loser);
	example_format(overlap, example);
	columns_row(columns, overlap->rule == CANDIDATE_RULE_NAME ? ROW_ODD : ROW_PLAIN, cells);
}

/* What nobody has decided is told once a pair, with the way out. */
static void warning_print(FILE *out, const struct overlap *overlap)
{
	const struct mark *at = &overlap->loser->at;

	fprintf(out, "%s:%u:%u: warning: only byte order puts %s/%s before %s/%s; give one of them a `priority`\n",
		at->file, at->line, at->column, overlap->winner_vendor->id, overlap->winner->id,
		overlap->loser_vendor->id, overlap->loser->id);
}

int overlaps_print(FILE *out, const struct overlaps *overlaps, bool color)
{
	static const struct column layout[] = {
		{ "WINS", false }, { "OVER", false }, { "BY", false }, { "FOR EXAMPLE", false }
	};
	CLEANUP(columns_freep) struct columns *columns = NULL;
	int err;

	if (!overlaps->count) {
		fputs("no two services of different vendors can claim one packet\n", out);
		return 0;
	}
	err = columns_new(layout, ARRAY_SIZE(layout), &columns);
	if (err)
		return err;
	for (size_t i = 0; i < overlaps->count; i++)
		if (overlaps->items[i].rule == CANDIDATE_RULE_NAME)
			warning_print(out, &overlaps->items[i]);
	if (overlaps->by_name)
		fputc('\n', out);
	for (size_t i = 0; i < overlaps->count; i++)
		row_add(columns, &overlaps->items[i]);
	err = columns_print(columns, out, color);
	if (!err)
		fprintf(out, "\n  %zu overlap%s, %zu decided by byte order alone\n", overlaps->count,
			overlaps->count == 1 ? "" : "s", overlaps->by_name);
	return err;
}

static json_t *end_json(const struct ip_addr *addr, uint16_t port)
{
	char text[PREFIX_TEXT_MAX];

	ip_addr_format(addr, text);
	return json_pack("{s:s, s:i}", "address", text, "port", (int)port);
}

json_t *overlaps_json(const struct overlaps *overlaps)
{
	json_t *list = json_array();

	for (size_t i = 0; i < overlaps->count; i++) {
		const struct overlap *o = &overlaps->items[i];
		const struct packet *packet = &o->example;
		json_t *example = json_pack(
			"{s:s, s:o, s:o, s:s, s:i, s:s}", "transport", transport_word(packet->transport), "src",
			end_json(&packet->src, packet->sport), "dst", end_json(&packet->dst, packet->dport), "payload",
			payload_word(packet), "dscp", (int)packet->dscp, "direction", direction_word(o->direction));
		json_t *row =
			json_pack("{s:{s:s, s:s}, s:{s:s, s:s}, s:s, s:b, s:o}", "winner", "vendor",
				  o->winner_vendor->id, "service", o->winner->id, "loser", "vendor",
				  o->loser_vendor->id, "service", o->loser->id, "rule", candidate_rule_words[o->rule],
				  "warning", o->rule == CANDIDATE_RULE_NAME, "example", example);

		if (json_array_append_new(list, row)) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}
