/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorts rows for the eye and turns them into tables or JSON. */
#include "cmd/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/columns.h"
#include "lib/words.h"

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

json_t *view_string(const char *text)
{
	json_t *string = text ? json_string(text) : json_null();
	CLEANUP_FREE char *copy = NULL;

	if (string)
		return string;
	copy = strdup(text);
	for (char *c = copy; c && *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return copy ? json_string(copy) : NULL;
}

json_t *view_tunnels(unsigned tunnels)
{
	json_t *array = json_array();

	for (unsigned i = 0; array && i < _VX_TUNNEL_MAX; i++)
		if (tunnels >> i & 1)
			(void)json_array_append_new(array, json_string(tunnel_word(i)));
	return array;
}

enum vx_exit view_json(json_t *document, struct failure *failure)
{
	int error = document ? json_dumpf(document, stdout, JSON_INDENT(2)) : -1;

	json_decref(document);
	if (error) {
		failure_set(failure, VX_EXIT_FAILED, ENOMEM, "cannot print JSON: out of memory");
		return failure->exit_code;
	}
	putchar('\n');
	return VX_EXIT_DONE;
}

static json_t *direction_json(enum vx_direction direction)
{
	return view_string(direction == VX_DIRECTION_NONE ? NULL : direction_word(direction));
}

static json_t *outcome_json(const struct counter_row *row)
{
	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:s, s:I, s:I}", "device",
			 view_string(row->device[0] ? row->device : NULL), "vendor", view_string(row->vendor),
			 "service", view_string(row->service), "protocol", protocol_word(row->protocol), "direction",
			 direction_json(row->direction), "outcome", outcome_word(row->outcome), "packets",
			 (json_int_t)row->packets, "bytes", (json_int_t)row->bytes);
}

static json_t *malformed_json(const struct counter_row *row)
{
	return json_pack("{s:o, s:s, s:I, s:I}", "device", view_string(row->device[0] ? row->device : NULL), "reason",
			 malformed_word(row->malformed), "packets", (json_int_t)row->packets, "bytes",
			 (json_int_t)row->bytes);
}

static json_t *dscp_json(const struct counter_row *row)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:I}", "device", view_string(row->device[0] ? row->device : NULL),
			 "vendor", view_string(row->vendor), "service", view_string(row->service), "direction",
			 direction_json(row->direction), "packets", (json_int_t)row->packets, "bytes",
			 (json_int_t)row->bytes);
}

/* @key: method or class. */
static json_t *sip_json(const struct counter_row *row, const char *key, const char *word)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:s, s:I}", "device", view_string(row->device[0] ? row->device : NULL),
			 "vendor", view_string(row->vendor), "service", view_string(row->service), "direction",
			 direction_json(row->direction), key, word, "messages", (json_int_t)row->packets);
}

static json_t *sip_request_json(const struct counter_row *row)
{
	return sip_json(row, "method", sip_method_word(row->sip));
}

static json_t *sip_response_json(const struct counter_row *row)
{
	return sip_json(row, "class", sip_class_word(row->sip));
}

static json_t *relayed_json(const struct counter_row *row)
{
	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:I, s:I}", "device",
			 view_string(row->device[0] ? row->device : NULL), "vendor", view_string(row->vendor),
			 "service", view_string(row->service), "inner", protocol_word(row->protocol), "direction",
			 direction_json(row->direction), "packets", (json_int_t)row->packets, "bytes",
			 (json_int_t)row->bytes);
}

static json_t *tunnel_json(const struct counter_row *row)
{
	return json_pack("{s:o, s:s, s:I, s:I}", "device", view_string(row->device[0] ? row->device : NULL), "tunnel",
			 tunnel_word(row->tunnel), "packets", (json_int_t)row->packets, "bytes",
			 (json_int_t)row->bytes);
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static int compare_names(const char *a, const char *b)
{
	if (!a || !b)
		return !a - !b; /* what is nobody's comes last */
	return strcmp(a, b);
}

static int compare_rows(const void *a, const void *b)
{
	const struct counter_row *x = *(const struct counter_row *const *)a;
	const struct counter_row *y = *(const struct counter_row *const *)b;
	const int keys[] = {
		strcmp(x->device, y->device),	       compare_names(x->vendor, y->vendor),
		compare_names(x->service, y->service), (int)x->outcome - (int)y->outcome,
		(int)x->protocol - (int)y->protocol,   (int)x->direction - (int)y->direction,
		(int)x->malformed - (int)y->malformed, (int)x->sip - (int)y->sip,
		(int)x->tunnel - (int)y->tunnel,
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i])
			return keys[i];
	return 0;
}

/* The rows of one kind, in the order for print. Returns how many, or -ENOMEM. */
static ssize_t rows_sorted(const struct counters *counters, enum counter_kind kind, const struct counter_row ***ret)
{
	const struct counter_row **rows = calloc(counters->count + 1, sizeof(*rows));
	ssize_t count = 0;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < counters->count; i++)
		if (counters->rows[i].kind == kind)
			rows[count++] = &counters->rows[i];
	qsort(rows, (size_t)count, sizeof(*rows), compare_rows);
	*ret = rows;
	return count;
}

int view_counters_json(const struct counters *counters, json_t *document)
{
	static const struct {
		enum counter_kind kind;
		const char *key;
		json_t *(*object)(const struct counter_row *row);
	} parts[] = {
		{ COUNTER_OUTCOME, "outcomes", outcome_json },
		{ COUNTER_MALFORMED, "malformed", malformed_json },
		{ COUNTER_DSCP, "dscp_unexpected", dscp_json },
		{ COUNTER_SIP_REQUEST, "sip_requests", sip_request_json },
		{ COUNTER_SIP_RESPONSE, "sip_responses", sip_response_json },
		{ COUNTER_RELAYED, "relayed", relayed_json },
		{ COUNTER_TUNNEL, "decapsulated", tunnel_json },
	};

	for (size_t p = 0; p < ARRAY_SIZE(parts); p++) {
		CLEANUP_FREE const struct counter_row **rows = NULL;
		ssize_t count = rows_sorted(counters, parts[p].kind, &rows);
		json_t *array = json_array();

		/* _new takes the array, also where it fails */
		if (count < 0 || json_object_set_new(document, parts[p].key, array))
			return -ENOMEM;
		for (ssize_t i = 0; i < count; i++)
			if (json_array_append_new(array, parts[p].object(rows[i])))
				return -ENOMEM;
	}
	return 0;
}

enum vx_exit view_stats_json(const struct counters *counters, struct failure *failure)
{
	json_t *document = json_pack("{s:I}", "packets", (json_int_t)counters_packets(counters, NULL));

	if (document && view_counters_json(counters, document)) {
		json_decref(document);
		document = NULL;
	}
	return view_json(document, failure);
}

static enum row_tone outcome_tone(enum vx_outcome outcome)
{
	switch (outcome) {
	case VX_OUTCOME_MISMATCH:
		return ROW_BAD;
	case VX_OUTCOME_OFF_PORT:
	case VX_OUTCOME_UNKNOWN_MEDIA:
	case VX_OUTCOME_MALFORMED:
		return ROW_ODD;
	case VX_OUTCOME_OTHER:
		return ROW_FAINT;
	default:
		return ROW_PLAIN;
	}
}

static void outcome_row(struct columns *columns, const struct counter_row *row)
{
	char packets[NUMBER_TEXT_MAX], bytes[NUMBER_TEXT_MAX];
	const char *const cells[] = {
		row->device[0] ? row->device : NULL,
		row->vendor,
		row->service,
		protocol_word(row->protocol),
		row->direction == VX_DIRECTION_NONE ? NULL : direction_word(row->direction),
		outcome_word(row->outcome),
		number_format(row->packets, packets),
		bytes_format(row->bytes, bytes),
	};

	columns_row(columns, outcome_tone(row->outcome), cells);
}

static void malformed_row(struct columns *columns, const struct counter_row *row)
{
	char packets[NUMBER_TEXT_MAX], bytes[NUMBER_TEXT_MAX];
	const char *const cells[] = {
		row->device[0] ? row->device : NULL,
		malformed_word(row->malformed),
		number_format(row->packets, packets),
		bytes_format(row->bytes, bytes),
	};

	columns_row(columns, ROW_PLAIN, cells);
}

static void dscp_row(struct columns *columns, const struct counter_row *row)
{
	char packets[NUMBER_TEXT_MAX], bytes[NUMBER_TEXT_MAX];
	const char *const cells[] = {
		row->device[0] ? row->device : NULL,
		row->vendor,
		row->service,
		direction_word(row->direction),
		number_format(row->packets, packets),
		bytes_format(row->bytes, bytes),
	};

	columns_row(columns, ROW_PLAIN, cells);
}

static void sip_row(struct columns *columns, const struct counter_row *row)
{
	char messages[NUMBER_TEXT_MAX];
	const char *const cells[] = {
		row->device[0] ? row->device : NULL,
		row->vendor,
		row->service,
		row->direction == VX_DIRECTION_NONE ? NULL : direction_word(row->direction),
		row->kind == COUNTER_SIP_REQUEST ? sip_method_word(row->sip) : sip_class_word(row->sip),
		number_format(row->packets, messages),
	};

	columns_row(columns, ROW_PLAIN, cells);
}

static void relayed_row(struct columns *columns, const struct counter_row *row)
{
	char packets[NUMBER_TEXT_MAX], bytes[NUMBER_TEXT_MAX];
	const char *const cells[] = {
		row->device[0] ? row->device : NULL,
		row->vendor,
		row->service,
		row->direction == VX_DIRECTION_NONE ? NULL : direction_word(row->direction),
		protocol_word(row->protocol),
		number_format(row->packets, packets),
		bytes_format(row->bytes, bytes),
	};

	columns_row(columns, ROW_PLAIN, cells);
}

static void tunnel_row(struct columns *columns, const struct counter_row *row)
{
	char packets[NUMBER_TEXT_MAX], bytes[NUMBER_TEXT_MAX];
	const char *const cells[] = {
		row->device[0] ? row->device : NULL,
		tunnel_word(row->tunnel),
		number_format(row->packets, packets),
		bytes_format(row->bytes, bytes),
	};

	columns_row(columns, ROW_PLAIN, cells);
}

static const struct column outcome_layout[] = {
	{ "INTERFACE", false }, { "VENDOR", false },  { "SERVICE", false }, { "PROTOCOL", false },
	{ "DIRECTION", false }, { "OUTCOME", false }, { "PACKETS", true },  { "BYTES", true },
};
static const struct column malformed_layout[] = {
	{ "INTERFACE", false },
	{ "MALFORMED", false },
	{ "PACKETS", true },
	{ "BYTES", true },
};
static const struct column dscp_layout[] = {
	{ "INTERFACE", false }, { "VENDOR", false }, { "DSCP UNEXPECTED", false },
	{ "DIRECTION", false }, { "PACKETS", true }, { "BYTES", true },
};

static const struct column sip_request_layout[] = {
	{ "INTERFACE", false }, { "VENDOR", false },	  { "SERVICE", false },
	{ "DIRECTION", false }, { "SIP REQUEST", false }, { "MESSAGES", true },
};
static const struct column sip_response_layout[] = {
	{ "INTERFACE", false }, { "VENDOR", false },	   { "SERVICE", false },
	{ "DIRECTION", false }, { "SIP RESPONSE", false }, { "MESSAGES", true },
};
static const struct column relayed_layout[] = {
	{ "INTERFACE", false }, { "VENDOR", false }, { "SERVICE", false }, { "DIRECTION", false },
	{ "RELAYED", false },	{ "PACKETS", true }, { "BYTES", true },
};
static const struct column tunnel_layout[] = {
	{ "INTERFACE", false },
	{ "TUNNEL", false },
	{ "PACKETS", true },
	{ "BYTES", true },
};

enum vx_exit view_counters(const struct counters *counters, const struct globals *globals, struct failure *failure)
{
	static const struct {
		enum counter_kind kind;
		const struct column *layout;
		size_t columns;
		void (*row)(struct columns *columns, const struct counter_row *row);
	} parts[] = {
		{ COUNTER_OUTCOME, outcome_layout, ARRAY_SIZE(outcome_layout), outcome_row },
		{ COUNTER_MALFORMED, malformed_layout, ARRAY_SIZE(malformed_layout), malformed_row },
		{ COUNTER_DSCP, dscp_layout, ARRAY_SIZE(dscp_layout), dscp_row },
		{ COUNTER_SIP_REQUEST, sip_request_layout, ARRAY_SIZE(sip_request_layout), sip_row },
		{ COUNTER_SIP_RESPONSE, sip_response_layout, ARRAY_SIZE(sip_response_layout), sip_row },
		{ COUNTER_RELAYED, relayed_layout, ARRAY_SIZE(relayed_layout), relayed_row },
		{ COUNTER_TUNNEL, tunnel_layout, ARRAY_SIZE(tunnel_layout), tunnel_row },
	};

	for (size_t p = 0; p < ARRAY_SIZE(parts); p++) {
		CLEANUP(columns_freep) struct columns *columns = NULL;
		CLEANUP_FREE const struct counter_row **rows = NULL;
		ssize_t count = rows_sorted(counters, parts[p].kind, &rows);

		if (count == 0 && p)
			continue;
		if (count < 0 || columns_new(parts[p].layout, parts[p].columns, &columns))
			goto out_of_memory;
		for (ssize_t i = 0; i < count; i++)
			parts[p].row(columns, rows[i]);
		if (p)
			putchar('\n');
		if (columns_print(columns, stdout, globals->color))
			goto out_of_memory;
	}
	return VX_EXIT_DONE;
out_of_memory:
	failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	return failure->exit_code;
}

/* ---- devices ---------------------------------------------------------------------------------------------------- */

const char *view_time(uint64_t realtime_ns, bool utc, char text[VIEW_TIME_MAX])
{
	time_t seconds = (time_t)(realtime_ns / 1000000000);
	struct tm tm = {};

	if (utc)
		(void)gmtime_r(&seconds, &tm);
	else
		(void)localtime_r(&seconds, &tm);
	(void)strftime(text, VIEW_TIME_MAX, utc ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M:%S", &tm);
	return text;
}

const char *view_how(const struct device *device)
{
	return device->info.dispatcher ? "dispatcher" : "link";
}

json_t *view_device_json(const struct device *device)
{
	char since[VIEW_TIME_MAX];

	return json_pack("{s:o, s:i, s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:s, s:s}", "device",
			 view_string(device->ifname), "ifindex", (int)device->info.ifindex, "role",
			 role_word(device->info.role), "mode", device->info.mode == VX_MODE_NATIVE ? "native" : "skb",
			 "how", view_how(device), "engine", engine_word(device->info.engine), "reads",
			 reading_word(device->info.reading), "decap", view_tunnels(device->info.decap), "program_id",
			 (int)device->prog_id, "since", view_time(device->info.attached_at_ns, true, since), "state",
			 device_state_word(device->state));
}
