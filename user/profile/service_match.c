/* SPDX-License-Identifier: BSD-2-Clause */
/* What a service compares packets with: ports, payload, DSCP. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "profile/service.h"

/* ---- ports ----------------------------------------------------------------------------------------------------- */

/* Reads ports behind @text, a part of the scalar @node; @prefix is what stands before them, for the message. */
static bool span_read(struct reader *reader, const struct node *node, const char *text, const char *prefix,
		      struct port_span *ret)
{
	char quote[TEXT_QUOTE_MAX];
	int err = port_span_parse(text, ret);

	text_quote(node->text, quote);
	if (err == -ERANGE)
		reader_error(reader, node, "got %s, but ports end at 65535", quote);
	else if (err == -EDOM)
		reader_error(reader, node, "got %s, but port 0 is not used, expected a port from 1, or %sany", quote,
			     prefix);
	else if (err == -ENOTSUP)
		reader_error(reader, node, "got %s, whose end is before its start", quote);
	else if (err)
		reader_error(reader, node, "got %s, expected %sPORT, %sFIRST-LAST, %sFIRST+ or %sany", quote, prefix,
			     prefix, prefix, prefix);
	return err == 0;
}

/* `udp/`, `tcp/`: returns what follows, or NULL after reporting. */
static const char *transport_read(struct reader *reader, const struct node *node, const char *text,
				  enum vx_transport *ret)
{
#define ROW(name, word) word,
	static const char *const transports[] = { VX_TRANSPORTS(ROW) };
#undef ROW
	const char *slash = strchr(text, '/');
	char word[16] = "", quote[TEXT_QUOTE_MAX], suggestion[TEXT_SUGGESTION_MAX];

	if (!slash) {
		reader_error(reader, node, "got %s, expected TRANSPORT/PORTS such as udp/3478 or tcp/5060-5061",
			     text_quote(text, quote));
		return NULL;
	}
	if ((size_t)(slash - text) < sizeof(word))
		memcpy(word, text, (size_t)(slash - text));
	for (size_t i = 0; i < ARRAY_SIZE(transports); i++)
		if (strcmp(word, transports[i]) == 0) {
			*ret = (enum vx_transport)i;
			return slash + 1;
		}
	(void)text_suggest(word, (struct text_words){ transports, ARRAY_SIZE(transports), sizeof(transports[0]) },
			   suggestion, NULL, 0);
	reader_error(reader, node, "unknown transport in %s%s", text_quote(text, quote),
		     suggestion[0] ? suggestion : ", expected udp or tcp");
	return NULL;
}

static bool set_init(struct reader *reader, struct port_set *set, size_t capacity)
{
	set->count = 0;
	set->spans = reader_alloc(reader, capacity, sizeof(*set->spans));
	return set->spans != NULL;
}

static void set_finish(struct port_set *set)
{
	set->count = port_spans_join(set->spans, set->count);
	if (set->count == 0)
		set->spans = NULL;
}

void read_ports(struct reader *reader, const struct node *value, void *field)
{
	struct port_set *sets = field;
	const char *const prefixes[] = { [VX_TRANSPORT_UDP] = "udp/", [VX_TRANSPORT_TCP] = "tcp/" };

	for (int i = 0; i < _VX_TRANSPORT_MAX; i++)
		if (!set_init(reader, &sets[i], items_count(value)))
			return;
	for (const struct node *item = items_first(value); item; item = items_next(value, item)) {
		const char *text = scalar_text(reader, item);
		enum vx_transport transport;

		text = text ? transport_read(reader, item, text, &transport) : NULL;
		if (text &&
		    span_read(reader, item, text, prefixes[transport], &sets[transport].spans[sets[transport].count]))
			sets[transport].count++;
	}
	for (int i = 0; i < _VX_TRANSPORT_MAX; i++)
		set_finish(&sets[i]);
}

void read_local_ports(struct reader *reader, const struct node *value, void *field)
{
	struct port_set *set = field;

	if (!set_init(reader, set, items_count(value)))
		return;
	for (const struct node *item = items_first(value); item; item = items_next(value, item)) {
		const char *text = scalar_text(reader, item);

		if (text && span_read(reader, item, text, "", &set->spans[set->count]))
			set->count++;
	}
	set_finish(set);
}

/* ---- payload --------------------------------------------------------------------------------------------------- */

void read_payload(struct reader *reader, const struct node *value, void *field)
{
#define ROW(name, word) { word, PAYLOAD_BIT(name) },
	static const struct word words[] = { VX_PROTOCOLS(ROW){ "media", PAYLOAD_MEDIA }, { "any", PAYLOAD_ANY } };
#undef ROW
	uint16_t *accepts = field;

	for (const struct node *item = items_first(value); item; item = items_next(value, item)) {
		uint64_t protocols;

		/* The first row is OTHER: it proves nothing, so no service can accept it. */
		if (word_read(reader, item, "payload protocol", words + 1, ARRAY_SIZE(words) - 1, &protocols))
			*accepts |= (uint16_t)protocols;
	}
}

/* ---- DSCP ------------------------------------------------------------------------------------------------------ */

/* RFC 2474 (CS), RFC 2597 (AF), RFC 3246 (EF), RFC 5865 (VA); DF is CS0. */
const struct word dscp_words[DSCP_WORDS] = {
	{ "CS0", 0 },	{ "CS1", 8 },	{ "CS2", 16 },	{ "CS3", 24 },	{ "CS4", 32 },	{ "CS5", 40 },
	{ "CS6", 48 },	{ "CS7", 56 },	{ "AF11", 10 }, { "AF12", 12 }, { "AF13", 14 }, { "AF21", 18 },
	{ "AF22", 20 }, { "AF23", 22 }, { "AF31", 26 }, { "AF32", 28 }, { "AF33", 30 }, { "AF41", 34 },
	{ "AF42", 36 }, { "AF43", 38 }, { "EF", 46 },	{ "VA", 44 },	{ "DF", 0 },
};

/* A code point by name or number; without leading zeros, so that nobody takes 010 for octal. */
static bool code_point_read(struct reader *reader, const struct node *node, uint64_t *ret)
{
	const char *text = scalar_text(reader, node);
	char suggestion[TEXT_SUGGESTION_MAX], quote[TEXT_QUOTE_MAX];
	size_t digits;

	if (!text)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(dscp_words); i++)
		if (strcmp(text, dscp_words[i].text) == 0) {
			*ret = dscp_words[i].value;
			return true;
		}
	digits = strspn(text, "0123456789");
	if (digits > 0 && digits <= 2 && !text[digits] && (digits == 1 || text[0] != '0')) {
		*ret = strtoul(text, NULL, 10);
		if (*ret < 64)
			return true;
	}
	suggestion[0] = '\0';
	if (digits == 0)
		(void)text_suggest(
			text, (struct text_words){ &dscp_words[0].text, ARRAY_SIZE(dscp_words), sizeof(*dscp_words) },
			suggestion, NULL, 0);
	reader_error(reader, node, "unknown DSCP %s%s", text_quote(text, quote),
		     suggestion[0] ? suggestion :
				     ", expected a name (CS0 to CS7, AF11 to AF43, EF, VA, DF) or 0 to 63");
	return false;
}

static void read_code_points(struct reader *reader, const struct node *value, void *field)
{
	uint64_t *set = field, code_point;

	for (const struct node *item = items_first(value); item; item = items_next(value, item))
		if (code_point_read(reader, item, &code_point))
			*set |= 1ULL << code_point;
}

void read_dscp(struct reader *reader, const struct node *value, void *field)
{
	static const struct key keys[] = {
		{ "in", SHAPE_SCALARS, .read = read_code_points, .offset = VX_DIRECTION_IN * sizeof(uint64_t) },
		{ "out", SHAPE_SCALARS, .read = read_code_points, .offset = VX_DIRECTION_OUT * sizeof(uint64_t) },
	};
	static const struct mapping mapping = { "a DSCP by direction", keys, ARRAY_SIZE(keys) };
	uint64_t *dscp = field;

	if (value->kind == NODE_MAPPING) {
		(void)mapping_read(reader, value, value->at, &mapping, dscp, NULL); /* what is wrong is in the diags */
		return;
	}
	read_code_points(reader, value, &dscp[VX_DIRECTION_IN]);
	dscp[VX_DIRECTION_OUT] = dscp[VX_DIRECTION_IN];
}
