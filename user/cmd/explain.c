/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp explain`: the verdict of one packet, the line that decided it, and who else had a claim. Needs no kernel. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/load.h"
#include "compile/explain.h"
#include "compile/recognise.h"
#include "lib/cleanup.h"
#include "lib/columns.h"
#include "lib/text.h"
#include "lib/words.h"

struct explain_options {
	const char *src, *sport, *dst, *dport, *transport, *payload, *dscp, *role;
};

#define PAYLOAD_BYTES_MAX 2048

/* ---- what was asked -------------------------------------------------------------------------------------------- */

static int wrong(struct failure *failure, const char *option, const char *got, const char *expected)
{
	char quoted[TEXT_QUOTE_MAX];

	if (!got)
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "--%s is missing, expected %s", option, expected);
	return failure_set(failure, VX_EXIT_USAGE, EINVAL, "--%s: got %s, expected %s", option, text_quote(got, quoted),
			   expected);
}

static int number_parse(const char *text, unsigned long limit, unsigned long *ret)
{
	char *end;

	if (!text || *text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*ret = strtoul(text, &end, 10);
	return errno || *end || *ret > limit ? -EINVAL : 0;
}

static int addr_option(const char *option, const char *text, struct ip_addr *ret, struct failure *failure)
{
	if (!text || ip_addr_parse(text, ret))
		return wrong(failure, option, text, "an IPv4 or IPv6 address");
	return 0;
}

static int port_option(const char *option, const char *text, uint16_t *ret, struct failure *failure)
{
	unsigned long port;

	if (number_parse(text, 65535, &port))
		return wrong(failure, option, text, "a port, 0 to 65535");
	*ret = (uint16_t)port;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Pairs of hex digits, with blanks or colons between them where that reads better. */
static int hex_parse(const char *text, uint8_t bytes[PAYLOAD_BYTES_MAX], size_t *ret_length)
{
	size_t length = 0;

	while (*text) {
		int high, low;

		if (*text == ' ' || *text == ':') {
			text++;
			continue;
		}
		high = hex_digit(text[0]);
		low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0 || length == PAYLOAD_BYTES_MAX)
			return -EINVAL;
		bytes[length++] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	*ret_length = length;
	return 0;
}

static int payload_option(const char *text, struct packet *packet, struct failure *failure)
{
	uint8_t bytes[PAYLOAD_BYTES_MAX];
	struct payload payload = { bytes, 0, packet->transport, packet->sport, packet->dport };

	packet->evidence = VX_PROTOCOL_OTHER;
	if (!text)
		return 0;
	if (strncmp(text, "hex:", 4) == 0) {
		if (hex_parse(text + 4, bytes, &payload.length))
			return wrong(failure, "payload", text, "hex: and up to 2048 bytes as pairs of hex digits");
		packet->evidence = payload_evidence(&payload);
		return 0;
	}
	for (uint8_t protocol = 0; protocol < _VX_PROTOCOL_MAX; protocol++)
		if (strcmp(text, protocol_word(protocol)) == 0) {
			packet->evidence = protocol;
			return 0;
		}
	return wrong(failure, "payload", text,
		     "sip, stun, turn-channel, dtls, zrtp, rtp, rtcp, tls, dns, ntp, http, xmpp, quic, other or hex:...");
}

static int packet_asked(const struct explain_options *options, struct packet *packet, enum vx_role *role,
			struct failure *failure)
{
	unsigned long dscp = 0;

	if (addr_option("src", options->src, &packet->src, failure) ||
	    addr_option("dst", options->dst, &packet->dst, failure) ||
	    port_option("sport", options->sport, &packet->sport, failure) ||
	    port_option("dport", options->dport, &packet->dport, failure))
		return -EINVAL;
	if (packet->src.family != packet->dst.family)
		return failure_set(failure, VX_EXIT_USAGE, EINVAL,
				   "--src and --dst: got IPv%u and IPv%u, expected two of one family",
				   packet->src.family, packet->dst.family);
	if (options->transport && strcmp(options->transport, "udp") == 0)
		packet->transport = VX_TRANSPORT_UDP;
	else if (options->transport && strcmp(options->transport, "tcp") == 0)
		packet->transport = VX_TRANSPORT_TCP;
	else
		return wrong(failure, "transport", options->transport, "udp or tcp");
	if (options->dscp && number_parse(options->dscp, VX_DSCPS - 1, &dscp))
		return wrong(failure, "dscp", options->dscp, "0 to 63");
	packet->dscp = (uint8_t)dscp;
	*role = VX_ROLE_ANY;
	if (options->role && role_parse(options->role, role))
		return wrong(failure, "role", options->role, "wan, lan or any");
	return payload_option(options->payload, packet, failure);
}

/* ---- what is answered ------------------------------------------------------------------------------------------ */

static const struct explained *winner_of(const struct explanation *explanation)
{
	return explanation->count && explanation->services->fate == EXPLAIN_WON ? explanation->services : NULL;
}

/* The line of the profile that decided, or NULL where none did. */
static const struct mark *deciding_line(const struct explanation *explanation)
{
	const struct explained *winner = winner_of(explanation);

	if (winner)
		return &winner->service->at;
	if (explanation->verdict.outcome == VX_OUTCOME_OFF_PORT)
		return &explanation->owner.range->at;
	return NULL;
}

#define REASON_MAX 256
#define PLACE_MAX 512

static const char *place(const struct mark *at, char text[PLACE_MAX])
{
	/* An entry of a JSON list has no line: its file is all that can be named. */
	if (at->line)
		snprintf(text, PLACE_MAX, "%s:%u:%u", at->file, at->line, at->column);
	else
		snprintf(text, PLACE_MAX, "%s", at->file);
	return text;
}

static const char *claim_words(const struct explained *explained, char text[REASON_MAX])
{
	char prefix[PREFIX_TEXT_MAX];

	if (!explained->range)
		return "any";
	prefix_format(&explained->range->prefix, prefix);
	snprintf(text, REASON_MAX, "%s %s", claim_word(explained->claim), prefix);
	return text;
}

static const char *reason(const struct explained *explained, const struct packet *packet, char text[REASON_MAX])
{
	uint16_t remote = explained->direction == VX_DIRECTION_IN ? packet->sport : packet->dport;
	uint16_t local = explained->direction == VX_DIRECTION_IN ? packet->dport : packet->sport;

	switch (explained->fate) {
	case EXPLAIN_WON:
		return "wins";
	case EXPLAIN_LOST:
		snprintf(text, REASON_MAX, "loses: %s", candidate_rule_words[explained->rule]);
		break;
	case EXPLAIN_NOT_PROVEN:
		snprintf(text, REASON_MAX, "no candidate: on claim %s the payload must prove its protocol",
			 claim_word(explained->claim));
		break;
	case EXPLAIN_LOCAL_PORT:
		snprintf(text, REASON_MAX, "no candidate: local port %u", local);
		break;
	case EXPLAIN_REMOTE_PORT:
		snprintf(text, REASON_MAX, "no candidate: remote port %u", remote);
		break;
	case EXPLAIN_TRANSPORT:
		snprintf(text, REASON_MAX, "no candidate: not over %s", transport_word(packet->transport));
		break;
	}
	return text;
}

static json_t *string_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *mark_json(const struct mark *at)
{
	return at ? json_pack("{s:s, s:i, s:i}", "file", at->file, "line", (int)at->line, "column", (int)at->column) :
		    json_null();
}

static json_t *candidates_json(const struct explanation *explanation, const struct packet *packet)
{
	json_t *list = json_array();

	for (size_t i = 0; i < explanation->count; i++) {
		const struct explained *e = &explanation->services[i];
		char text[REASON_MAX], prefix[PREFIX_TEXT_MAX] = "any";

		if (e->range)
			prefix_format(&e->range->prefix, prefix);
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:o}", "vendor", e->vendor->id,
					"service", e->service->id, "direction", direction_word(e->direction), "claim",
					claim_word(e->claim), "range", prefix, "candidate", e->fate <= EXPLAIN_LOST,
					"rule", e->fate == EXPLAIN_LOST ? candidate_rule_words[e->rule] : "",
					"reason", reason(e, packet, text), "at", mark_json(&e->service->at)));
	}
	return list;
}

static int print_json(const struct explanation *explanation, const struct slots *slots, const struct packet *packet)
{
	const struct vx_verdict *verdict = &explanation->verdict;
	const struct vx_slot *slot = &slots->names[verdict->slot];
	json_t *object = json_pack(
		"{s:n, s:o, s:o, s:s, s:o, s:s, s:b, s:o, s:o}", "frame", "vendor", string_or_null(slot->vendor),
		"service", string_or_null(slot->service), "protocol", protocol_word(verdict->protocol), "direction",
		verdict->direction ? json_string(direction_word(verdict->direction)) : json_null(), "outcome",
		outcome_word(verdict->outcome), "dscp_unexpected", !!(verdict->flags & VX_ANSWER_DSCP_UNEXPECTED),
		"decided_at", mark_json(deciding_line(explanation)), "candidates",
		candidates_json(explanation, packet));

	if (!object)
		return -ENOMEM;
	json_dumpf(object, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(object);
	return 0;
}

static void print_verdict(const struct explanation *explanation, const struct slots *slots)
{
	const struct vx_verdict *verdict = &explanation->verdict;
	const struct vx_slot *slot = &slots->names[verdict->slot];
	const struct explained *winner = winner_of(explanation);
	const struct mark *at = deciding_line(explanation);
	char text[PLACE_MAX];

	printf("vendor     %s\nservice    %s\nprotocol   %s\ndirection  %s\noutcome    %s\n",
	       *slot->vendor ? slot->vendor : "-", *slot->service ? slot->service : "-",
	       protocol_word(verdict->protocol), direction_word(verdict->direction), outcome_word(verdict->outcome));
	if (verdict->flags & VX_ANSWER_DSCP_UNEXPECTED)
		puts("dscp       not the documented one (dscp_unexpected)");
	if (!at)
		return;
	printf("decided at %s\n", place(at, text));
	if (winner && winner->range)
		printf("range at   %s\n", place(&winner->range->at, text));
}

static int print_table(const struct explanation *explanation, const struct packet *packet, bool color)
{
	static const struct column layout[] = { { "SERVICE", false }, { "END", false }, { "CLAIM", false },
						{ "WHY", false },     { "AT", false } };
	CLEANUP(columns_freep) struct columns *columns = NULL;

	if (columns_new(layout, ARRAY_SIZE(layout), &columns))
		return -ENOMEM;
	for (size_t i = 0; i < explanation->count; i++) {
		const struct explained *e = &explanation->services[i];
		char name[2 * VX_NAME_MAX + 2], claim[REASON_MAX], why[REASON_MAX], at[PLACE_MAX];
		const char *cells[] = { name, direction_word(e->direction), claim_words(e, claim),
					reason(e, packet, why), place(&e->service->at, at) };

		snprintf(name, sizeof(name), "%s/%s", e->vendor->id, e->service->id);
		columns_row(columns,
			    e->fate == EXPLAIN_WON ? ROW_GOOD : e->fate == EXPLAIN_LOST ? ROW_PLAIN : ROW_FAINT, cells);
	}
	return columns_print(columns, stdout, color);
}

static int print_text(const struct explanation *explanation, const struct slots *slots, const struct packet *packet,
		      bool color)
{
	print_verdict(explanation, slots);
	if (!explanation->count)
		return 0;
	putchar('\n');
	return print_table(explanation, packet, color);
}

static enum vx_exit explain(const struct globals *globals, const void *options, int argc, char **argv,
			    struct failure *failure)
{
	CLEANUP(compiled_fini) struct compiled compiled = {};
	CLEANUP(explanation_fini) struct explanation explanation = {};
	struct packet packet = {};
	enum vx_role role;
	int err;

	(void)argc;
	(void)argv;
	if (packet_asked(options, &packet, &role, failure) || compiled_load(globals, &compiled, failure) ||
	    explain_packet(compiled.set, &compiled.slots, compiled.tables, &packet, role, &explanation, failure))
		return failure->exit_code;
	err = globals->json ? print_json(&explanation, &compiled.slots, &packet) :
			      print_text(&explanation, &compiled.slots, &packet, globals->color);
	if (err)
		failure_set(failure, VX_EXIT_FAILED, -err, "out of memory");
	return err ? failure->exit_code : VX_EXIT_DONE;
}

#define OPTION(name, arg, help) { 0, #name, arg, help, OPT_STRING, offsetof(struct explain_options, name) }

static const struct opt opts[] = {
	OPTION(src, "ADDR", "source address"),
	OPTION(sport, "PORT", "source port"),
	OPTION(dst, "ADDR", "destination address"),
	OPTION(dport, "PORT", "destination port"),
	OPTION(transport, "udp|tcp", "transport protocol"),
	OPTION(payload, "WORD|hex:...", "what the payload proves, or its bytes; default: other, it proves nothing"),
	OPTION(dscp, "N", "DSCP, 0 to 63; default 0"),
	OPTION(role, "wan|lan|any", "what the interface faces; default any"),
};

const struct cmd cmd_explain = {
	.name = "explain",
	.summary = "why a packet gets its verdict, and who else had a claim",
	.details = "Reads the profiles and judges one packet by them. Needs no privileges and touches nothing. Listed are\n"
		   "the services that claim the address, best first: who wins, who loses by which rule, and who is no\n"
		   "candidate at all. A payload given as bytes is one packet: what looks like RTP is believed only\n"
		   "where an own or named range expects it; `--payload rtp` is a stream that was proven.",
	.opts = opts,
	.opt_count = ARRAY_SIZE(opts),
	.options_size = sizeof(struct explain_options),
	.run = explain,
};
