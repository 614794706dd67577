/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp explain`: why a packet gets its verdict, or which services list a host name. Needs no kernel. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/explain_host.h"
#include "cmd/load.h"
#include "compile/explain.h"
#include "compile/host_match.h"
#include "compile/recognise.h"
#include "lib/cleanup.h"
#include "lib/columns.h"
#include "lib/text.h"
#include "lib/words.h"

struct explain_options {
	const char *src, *sport, *dst, *dport, *transport, *payload, *dscp, *role, *host, *at;
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
	return wrong(
		failure, "payload", text,
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
					"rule", e->fate == EXPLAIN_LOST ? candidate_rule_words[e->rule] : "", "reason",
					reason(e, packet, text), "at", mark_json(&e->service->at)));
	}
	return list;
}

static json_t *packet_json(const struct explanation *explanation, const struct slots *slots,
			   const struct packet *packet)
{
	const struct vx_verdict *verdict = &explanation->verdict;
	const struct vx_slot *slot = &slots->names[verdict->slot];

	return json_pack("{s:n, s:o, s:o, s:s, s:o, s:s, s:b, s:o, s:o}", "frame", "vendor",
			 string_or_null(slot->vendor), "service", string_or_null(slot->service), "protocol",
			 protocol_word(verdict->protocol), "direction",
			 verdict->direction ? json_string(direction_word(verdict->direction)) : json_null(), "outcome",
			 outcome_word(verdict->outcome), "dscp_unexpected",
			 !!(verdict->flags & VX_ANSWER_DSCP_UNEXPECTED), "decided_at",
			 mark_json(deciding_line(explanation)), "candidates", candidates_json(explanation, packet));
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
	static const struct column layout[] = {
		{ "SERVICE", false }, { "END", false }, { "CLAIM", false }, { "WHY", false }, { "AT", false }
	};
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
			    e->fate == EXPLAIN_WON  ? ROW_GOOD :
			    e->fate == EXPLAIN_LOST ? ROW_PLAIN :
						      ROW_FAINT,
			    cells);
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

/* ---- packet and host ------------------------------------------------------------------------------------------- */

/* What is asked of, and what was found. */
struct question {
	bool packet_asked;
	struct packet packet;
	enum vx_role role;
	int32_t day;
	char host[HOST_NAME_MAX_BYTES + 1]; /* empty: none was asked for */
	struct compiled compiled;
	struct explanation explanation;
	struct host_matches matches;
};

static void question_fini(struct question *question)
{
	host_matches_fini(&question->matches);
	explanation_fini(&question->explanation);
	compiled_fini(&question->compiled);
}

static int question_read(const struct explain_options *options, struct question *question, struct failure *failure)
{
	const char *const of_packet[] = { options->src,	      options->sport,	options->dst,  options->dport,
					  options->transport, options->payload, options->dscp, options->role };

	if (options->host && host_name_normalise(options->host, question->host))
		return wrong(failure, "host", options->host, "a host name");
	question->packet_asked = !options->host;
	if (day_option_parse("at", options->at, &question->day, failure))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(of_packet); i++)
		question->packet_asked |= of_packet[i] != NULL;
	return question->packet_asked ? packet_asked(options, &question->packet, &question->role, failure) : 0;
}

/* Tables are made for a packet only: of a host the profiles tell everything. */
static int question_answer(const struct globals *globals, struct question *question, struct failure *failure)
{
	struct compiled *compiled = &question->compiled;
	int err = question->packet_asked ? compiled_load(globals, question->day, compiled, failure) :
					   profiles_load_at(globals, question->day, &compiled->set, failure);

	if (!err && question->packet_asked)
		err = explain_packet(compiled->set, &compiled->slots, compiled->tables, &question->packet,
				     question->role, &question->explanation, failure);
	if (!err && question->host[0] && host_matches_find(compiled->set, question->host, &question->matches))
		err = failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	return err;
}

static int answer_json(const struct question *question)
{
	json_t *object = question->packet_asked ?
				 packet_json(&question->explanation, &question->compiled.slots, &question->packet) :
				 json_object();
	int err = 0;

	if (question->host[0])
		err = json_object_set_new(object, "host", host_matches_json(&question->matches, question->host));
	if (!err)
		err = json_dumpf(object, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(object);
	return err ? -ENOMEM : 0;
}

static int answer_text(const struct question *question, bool color)
{
	int err = 0;

	if (question->packet_asked)
		err = print_text(&question->explanation, &question->compiled.slots, &question->packet, color);
	if (question->packet_asked && question->host[0])
		putchar('\n');
	return question->host[0] && !err ? host_matches_print(&question->matches, question->host, color) : err;
}

static enum vx_exit explain(const struct globals *globals, const void *options, int argc, char **argv,
			    struct failure *failure)
{
	CLEANUP(question_fini) struct question question = {};

	(void)argc;
	(void)argv;
	if (question_read(options, &question, failure) || question_answer(globals, &question, failure))
		return failure->exit_code;
	if (globals->json ? answer_json(&question) : answer_text(&question, globals->color)) {
		failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		return failure->exit_code;
	}
	return VX_EXIT_DONE;
}

#define OPTION(name, arg, help)                                                                                        \
	{                                                                                                              \
		0, #name, arg, help, OPT_STRING, offsetof(struct explain_options, name)                                \
	}

static const struct opt opts[] = {
	OPTION(src, "ADDR", "source address"),
	OPTION(sport, "PORT", "source port"),
	OPTION(dst, "ADDR", "destination address"),
	OPTION(dport, "PORT", "destination port"),
	OPTION(transport, "udp|tcp", "transport protocol"),
	OPTION(payload, "WORD|hex:...", "what the payload proves, or its bytes; default: other, it proves nothing"),
	OPTION(dscp, "N", "DSCP, 0 to 63; default 0"),
	OPTION(role, "wan|lan|any", "what the interface faces; default any"),
	OPTION(host, "NAME", "which services list this host name; alone, or beside a packet"),
	OPTION(at, "DATE", AT_HELP),
};

const struct cmd cmd_explain = {
	.name = "explain",
	.summary = "why a packet gets its verdict, or who lists a host name",
	.details =
		"Reads the profiles and judges one packet by them. Needs no privileges and touches nothing. Listed are\n"
		"the services that claim the address, best first: who wins, who loses by which rule, and who is no\n"
		"candidate at all. A payload given as bytes is one packet: what looks like RTP is believed only\n"
		"where an own or named range expects it; `--payload rtp` is a stream that was proven.",
	.opts = opts,
	.opt_count = ARRAY_SIZE(opts),
	.options_size = sizeof(struct explain_options),
	.run = explain,
};
