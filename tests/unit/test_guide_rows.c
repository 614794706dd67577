/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shipped profiles against what the guides say, row by row. tests/data/guide_rows.tsv is written from the guides;
 * its lines are the truth for every packet that is tried here: inside a row it must become what the line says, one port
 * or one address outside it may be a service's only where another line of the table says so.
 *
 * Rows that wait for names are tried too: each name gets an address of its own, claimed as `named` by the services that
 * list the name, as it will be once names are resolved.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compile/tables.h"
#include "lib/cleanup.h"
#include "lib/words.h"

#define ROWS_MAX 512
#define PREFIXES_MAX 128
#define SPANS_MAX 16
#define LINE_MAX_BYTES 16384
#define DAY_2026_01_01 20454
#define MARK_OF_NO_ROW 9

enum row_state { STATE_CLASSIFIES, STATE_SITE_GROUP, STATE_LIST, STATE_NAMES, STATE_UNSEEN, _STATE_MAX };
static const char *const state_words[_STATE_MAX] = { "classifies", "site-group", "list", "names", "unseen" };

struct spans {
	struct port_span items[SPANS_MAX];
	size_t count;
};

struct row {
	unsigned line;
	char vendor[64], place[16], expect[64];
	enum row_state state;
	bool is_flow;
	enum vx_transport transport;
	bool anywhere, is_pool;
	struct prefix prefixes[PREFIXES_MAX]; /* of `name:` rows one a name */
	size_t prefix_count;
	char *names[PREFIXES_MAX];
	size_t name_count;
	struct spans remote, local;
	uint32_t evidence; /* 1 << enum vx_protocol; OTHER where the row's protocol is none that is recognised */
	int dscp;	   /* -1: none given */
	bool dscp_differs; /* a mark that is not the row's */
};

static struct row rows[ROWS_MAX];
static size_t row_count;
static struct profile_set *set;
static struct slots slots;
static struct tables *tables;
static size_t probes;

/* ---- the table ------------------------------------------------------------------------------------------------- */

static void spans_read(char *text, struct spans *ret)
{
	char *save;

	for (char *part = strtok_r(text, ",", &save); part; part = strtok_r(NULL, ",", &save)) {
		assert_true(ret->count < SPANS_MAX);
		assert_int_equal(port_span_parse(part, &ret->items[ret->count]), 0);
		ret->count++;
	}
}

static void prefixes_read(char *text, struct row *row)
{
	char *save;

	for (char *part = strtok_r(text, ",", &save); part; part = strtok_r(NULL, ",", &save)) {
		assert_true(row->prefix_count < PREFIXES_MAX);
		assert_int_equal(prefix_parse(part, &row->prefixes[row->prefix_count]), 0);
		row->prefix_count++;
	}
}

static void names_read(char *text, struct row *row)
{
	char *save;

	for (char *part = strtok_r(text, ",", &save); part; part = strtok_r(NULL, ",", &save)) {
		assert_true(row->name_count < PREFIXES_MAX);
		row->names[row->name_count++] = strdup(part);
	}
}

static void remote_read(char *text, struct row *row)
{
	if (strcmp(text, "any") == 0) {
		row->anywhere = true;
	} else if (strncmp(text, "name:", 5) == 0) {
		names_read(text + 5, row);
	} else {
		row->is_pool = strncmp(text, "pool:", 5) == 0;
		prefixes_read(strchr(text, '=') ? strchr(text, '=') + 1 : text, row);
	}
}

static uint32_t evidence_of(const char *word)
{
	static const char *const media[] = { "stun", "turn-channel", "dtls", "zrtp", "rtp", "rtcp" };
	uint32_t all = 0;

	if (strcmp(word, "none") == 0)
		return 1U << VX_PROTOCOL_OTHER;
	for (unsigned p = 1; p < _VX_PROTOCOL_MAX; p++)
		if (strcmp(word, "any") == 0 || strcmp(word, protocol_word(p)) == 0)
			all |= 1U << p;
	for (size_t i = 0; strcmp(word, "media") == 0 && i < ARRAY_SIZE(media); i++)
		all |= evidence_of(media[i]);
	assert_true(all);
	return all;
}

static void flow_read(char **columns, struct row *row)
{
	char *save;

	row->is_flow = true;
	row->transport = strcmp(columns[2], "udp") == 0 ? VX_TRANSPORT_UDP : VX_TRANSPORT_TCP;
	remote_read(columns[3], row);
	spans_read(columns[4], &row->remote);
	spans_read(columns[5], &row->local);
	for (char *word = strtok_r(columns[6], ",", &save); word; word = strtok_r(NULL, ",", &save))
		row->evidence |= evidence_of(word);
	row->dscp_differs = columns[7][0] == '!';
	row->dscp = strcmp(columns[7], "-") == 0 ? -1 : atoi(columns[7] + row->dscp_differs);
}

static void row_read(char *text, unsigned line)
{
	struct row *row = &rows[row_count++];
	char *columns[11] = {}, *rest = text;

	assert_true(row_count <= ROWS_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		columns[i] = strsep(&rest, "\t");
	assert_non_null(columns[10]);
	row->line = line;
	(void)snprintf(row->vendor, sizeof(row->vendor), "%s", columns[0]);
	(void)snprintf(row->place, sizeof(row->place), "%s", columns[1]);
	(void)snprintf(row->expect, sizeof(row->expect), "%s", columns[9]);
	while (strcmp(state_words[row->state], columns[8]) != 0) {
		row->state++;
		assert_true(row->state < _STATE_MAX);
	}
	if (strcmp(columns[2], "-") != 0)
		flow_read(columns, row);
}

static void table_read(void)
{
	static char text[LINE_MAX_BYTES];
	CLEANUP_FCLOSE FILE *file = fopen("tests/data/guide_rows.tsv", "r");
	bool seen_titles = false;

	assert_non_null(file);
	for (unsigned line = 1; fgets(text, sizeof(text), file); line++) {
		text[strcspn(text, "\n")] = '\0';
		if (text[0] == '#')
			continue;
		if (seen_titles)
			row_read(text, line);
		seen_titles = true;
	}
	assert_true(row_count > 100);
}

/* ---- names get addresses --------------------------------------------------------------------------------------- */

/* A name that the pattern holds. */
static void sample_name(const char *pattern, char ret[256])
{
	static const char placeholder[] = "{customer}";
	const char *open = strstr(pattern, placeholder);

	if (strncmp(pattern, "*.", 2) == 0)
		(void)snprintf(ret, 256, "voxdp-test.%s", pattern + 2);
	else if (open) /* the value that the test's site file gives */
		(void)snprintf(ret, 256, "%.*sexample%s", (int)(open - pattern), pattern, open + strlen(placeholder));
	else
		(void)snprintf(ret, 256, "%s", pattern[0] == '.' ? pattern + 1 : pattern);
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t length = strlen(name), tail = strlen(suffix);

	return length > tail && name[length - tail - 1] == '.' && strcmp(name + length - tail, suffix) == 0;
}

static bool service_lists(const struct service *service, const char *name)
{
	for (size_t s = 0; s < service->host_set_count; s++)
		for (size_t h = 0; h < service->host_sets[s]->host_count; h++) {
			const struct host *host = &service->host_sets[s]->hosts[h];

			if (host->kind != HOST_WILDCARD && strcmp(host->name, name) == 0)
				return true;
			if (host->kind != HOST_EXACT && ends_in(name, host->name))
				return true;
		}
	return false;
}

static void *grown(const void *items, size_t count, size_t size)
{
	char *copy = arena_alloc(set->arena, (count + 1) * size);

	assert_non_null(copy);
	if (count)
		memcpy(copy, items, count * size);
	return copy;
}

/* All services that list @name claim @prefix as named. */
static void name_resolve(const char *name, const struct prefix *prefix)
{
	for (size_t v = 0; v < set->vendor_count; v++) {
		struct vendor *vendor = &set->vendors[v];
		struct range_set *ranges = NULL;

		for (size_t s = 0; s < vendor->service_count; s++) {
			struct service *service = &vendor->services[s];

			if (!service_lists(service, name))
				continue;
			if (!ranges) {
				ranges = arena_alloc(set->arena, sizeof(*ranges));
				assert_non_null(ranges);
				ranges->id = name;
				ranges->claim = VX_CLAIM_NAMED;
				ranges->defined = true;
				ranges->ranges = grown(NULL, 0, sizeof(struct range));
				ranges->ranges[0].prefix = *prefix;
				ranges->range_count = 1;
				vendor->range_sets =
					grown(vendor->range_sets, vendor->range_set_count, sizeof(struct range_set *));
				vendor->range_sets[vendor->range_set_count++] = ranges;
			}
			service->remotes = grown(service->remotes, service->remote_count, sizeof(struct range_set *));
			service->remotes[service->remote_count++] = ranges;
		}
	}
}

/* 198.18.0.0/15 is for benchmarks (RFC 2544): nobody's, and large enough for an address with free neighbours a name. */
static struct prefix name_prefix(size_t number)
{
	struct prefix prefix = { .addr = { .family = 4, .bytes = { 198, 18 } }, .length = 32 };

	prefix.addr.bytes[2] = (uint8_t)(number * 4 >> 8);
	prefix.addr.bytes[3] = (uint8_t)(number * 4 + 1);
	return prefix;
}

#define NAMES_MAX 1024
static char known[NAMES_MAX][256]; /* by number of their prefix */

/* The name that has the address, or NULL. */
static const char *name_of(const struct ip_addr *addr)
{
	size_t number = ((size_t)addr->bytes[2] << 8 | addr->bytes[3]) / 4;

	if (addr->family != 4 || addr->bytes[0] != 198 || addr->bytes[1] != 18 || addr->bytes[3] % 4 != 1)
		return NULL;
	return number < NAMES_MAX && known[number][0] ? known[number] : NULL;
}

static bool pattern_holds(const char *pattern, const char *name)
{
	char sample[256];

	if (strncmp(pattern, "*.", 2) == 0)
		return ends_in(name, pattern + 2);
	if (pattern[0] == '.')
		return ends_in(name, pattern + 1) || strcmp(name, pattern + 1) == 0;
	sample_name(pattern, sample);
	return strcmp(name, sample) == 0;
}

static void names_resolve(void)
{
	size_t count = 0;

	for (size_t r = 0; r < row_count; r++)
		for (size_t n = 0; n < rows[r].name_count; n++) {
			char name[256];
			size_t number = 0;

			sample_name(rows[r].names[n], name);
			while (number < count && strcmp(known[number], name) != 0)
				number++;
			if (number == count) {
				assert_true(count < NAMES_MAX);
				strcpy(known[count++], name);
				rows[r].prefixes[rows[r].prefix_count] = name_prefix(number);
				name_resolve(known[number], &rows[r].prefixes[rows[r].prefix_count]);
			}
			rows[r].prefixes[rows[r].prefix_count++] = name_prefix(number);
		}
}

static const struct vendor *vendor_named(const char *id)
{
	for (size_t v = 0; v < set->vendor_count; v++)
		if (strcmp(set->vendors[v].id, id) == 0)
			return &set->vendors[v];
	return NULL;
}

static bool has_place(const struct service *service, const char *place)
{
	size_t length = strlen(place);

	for (size_t i = 0; i < service->source_count; i++)
		if (strncmp(service->sources[i], place, length) == 0 && service->sources[i][length] == ' ')
			return true;
	return false;
}

/* Some lines give a part of a row to a service that speaks for another row, which is the better one there. */
static bool is_of_its_service(const struct row *row)
{
	const struct vendor *vendor = vendor_named(row->vendor);

	for (size_t s = 0; s < vendor->service_count; s++)
		if (strcmp(vendor->services[s].id, row->expect) == 0)
			return has_place(&vendor->services[s], row->place);
	return false;
}

/* ---- what the table says of a packet --------------------------------------------------------------------------- */

struct probe {
	struct ip_addr remote, local;
	uint16_t remote_port, local_port;
	enum vx_transport transport;
	uint8_t evidence, dscp;
	enum vx_direction direction;
	enum vx_role role;
};

static bool spans_have(const struct spans *spans, uint16_t port)
{
	for (size_t i = 0; i < spans->count; i++)
		if (spans->items[i].first <= port && port <= spans->items[i].last)
			return true;
	return false;
}

/* Does the row hold the packet's addresses and ports? */
static bool row_holds_flow(const struct row *row, const struct probe *probe)
{
	const char *name = name_of(&probe->remote);
	bool remote = row->anywhere;

	for (size_t i = 0; i < row->prefix_count && !remote; i++)
		remote = prefix_contains(&row->prefixes[i], &probe->remote);
	for (size_t i = 0; i < row->name_count && !remote; i++)
		remote = name && pattern_holds(row->names[i], name);
	return row->is_flow && remote && row->transport == probe->transport &&
	       spans_have(&row->remote, probe->remote_port) && spans_have(&row->local, probe->local_port);
}

/* In a pool that others use too, and anywhere, a row waits for names unless its payload proves itself. */
static bool row_is_told(const struct row *row)
{
	return row->state != STATE_NAMES || row->name_count;
}

static bool row_holds(const struct row *row, const struct probe *probe)
{
	return row_is_told(row) && row_holds_flow(row, probe) && (row->evidence >> probe->evidence & 1) &&
	       (row->dscp < 0 || row->dscp == probe->dscp);
}

static struct vx_verdict judged(const struct probe *probe)
{
	bool in = probe->direction == VX_DIRECTION_IN;
	const struct packet packet = {
		.src = in ? probe->remote : probe->local,
		.dst = in ? probe->local : probe->remote,
		.sport = in ? probe->remote_port : probe->local_port,
		.dport = in ? probe->local_port : probe->remote_port,
		.transport = probe->transport,
		.evidence = probe->evidence,
		.dscp = probe->dscp,
	};

	probes++;
	return tables_judge(tables, &packet, probe->role);
}

static void fail_probe(const struct row *row, const struct probe *probe, const struct vx_verdict *verdict,
		       const char *expected)
{
	const struct vx_slot *slot = &slots.names[verdict->slot];
	char addr[PREFIX_TEXT_MAX];

	ip_addr_format(&probe->remote, addr);
	fail_msg("guide_rows.tsv:%u, %s %s: %s %s remote %s port %u, local port %u, %s, dscp %u: expected %s, "
		 "got %s/%s %s %s flags %u",
		 row->line, row->vendor, row->place, direction_word(probe->direction), transport_word(probe->transport),
		 addr, probe->remote_port, probe->local_port, protocol_word(probe->evidence), probe->dscp, expected,
		 slot->vendor, slot->service, outcome_word(verdict->outcome), protocol_word(verdict->protocol),
		 verdict->flags);
}

/* Inside the row the line itself says what comes out. */
static void try_inside(const struct row *row, const struct probe *probe)
{
	struct vx_verdict verdict = judged(probe);
	const struct vx_slot *slot = &slots.names[verdict.slot];
	enum vx_outcome outcome = probe->evidence == VX_PROTOCOL_OTHER ? VX_OUTCOME_UNPROVEN : VX_OUTCOME_MATCH;
	bool dscp_as_said = row->dscp < 0 || !!(verdict.flags & VX_ANSWER_DSCP_UNEXPECTED) == row->dscp_differs;

	if (strcmp(slot->vendor, row->vendor) || strcmp(slot->service, row->expect) || verdict.outcome != outcome ||
	    verdict.protocol != probe->evidence || verdict.direction != probe->direction || !dscp_as_said)
		fail_probe(row, probe, &verdict, row->expect);
}

/* What the table says of a packet and of the service that got it. */
struct said {
	bool of_packet;	 /* a line holds the packet, so somebody must get it */
	bool of_service; /* one of those lines says this service */
	bool of_ports;	 /* a line of this service holds addresses and ports, if not the payload */
	bool of_payload; /* a line of this service, perhaps for other ports, has the payload */
};

static struct said table_says(const struct probe *probe, const struct vx_slot *slot)
{
	struct said said = {};

	for (size_t i = 0; i < row_count; i++) {
		bool same = !strcmp(slot->vendor, rows[i].vendor) && !strcmp(slot->service, rows[i].expect);
		bool holds = row_holds(&rows[i], probe);

		said.of_packet |= holds;
		said.of_service |= holds && same;
		said.of_ports |= same && row_is_told(&rows[i]) && row_holds_flow(&rows[i], probe);
		said.of_payload |= same && (rows[i].evidence >> probe->evidence & 1);
	}
	return said;
}

/*
 * Outside the row, or in one that waits: a service may be named only where some line of the table gives it the packet.
 * Payloads are a service's as a whole: of two rows that share one, with SIP on one port and TLS on another, either may
 * show the other's.
 */
static void try_elsewhere(const struct row *row, const struct probe *probe)
{
	struct vx_verdict verdict = judged(probe);
	const struct vx_slot *slot = &slots.names[verdict.slot];
	struct said said = table_says(probe, slot);

	if (said.of_packet && !said.of_service)
		fail_probe(row, probe, &verdict, "what another line says");
	if (slot->service[0] && (!said.of_ports || (verdict.outcome == VX_OUTCOME_MATCH && !said.of_payload)))
		fail_probe(row, probe, &verdict, "no service");
}

/* Where the address is the vendor's, a payload that proves nothing is a service's too; in a pool it is nobody's. */
static void try_silent(const struct row *row, const struct probe *probe)
{
	struct vx_verdict verdict = judged(probe);
	const struct vx_slot *slot = &slots.names[verdict.slot];

	if (row->is_pool || row->anywhere)
		try_elsewhere(row, probe);
	else if (verdict.outcome != VX_OUTCOME_UNPROVEN || !table_says(probe, slot).of_ports)
		fail_probe(row, probe, &verdict, "unproven");
}

/* With a mark that no row has the packet stays with a service of these ports, and the difference is counted. */
static void try_other_mark(const struct row *row, const struct probe *probe)
{
	struct vx_verdict verdict = judged(probe);
	const struct vx_slot *slot = &slots.names[verdict.slot];

	if (verdict.outcome != VX_OUTCOME_MATCH || !table_says(probe, slot).of_ports ||
	    !(verdict.flags & VX_ANSWER_DSCP_UNEXPECTED))
		fail_probe(row, probe, &verdict, "a match with an unexpected DSCP");
}

/* ---- the probes of a row --------------------------------------------------------------------------------------- */

static struct ip_addr last_of(const struct prefix *prefix)
{
	struct ip_addr addr = prefix->addr;

	for (int bit = prefix->length; bit < (addr.family == 4 ? 32 : 128); bit++)
		addr.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return addr;
}

static struct ip_addr neighbour(struct ip_addr addr, int step)
{
	for (int i = addr.family == 4 ? 3 : 15; i >= 0; i--) {
		addr.bytes[i] = (uint8_t)(addr.bytes[i] + step);
		if (addr.bytes[i] != (step > 0 ? 0x00 : 0xff))
			break;
	}
	return addr;
}

typedef void try_function(const struct row *row, const struct probe *probe);

static void try_directions(const struct row *row, struct probe *probe, try_function *try)
{
	for (int i = 0; i < 4; i++) {
		probe->direction = i % 2 ? VX_DIRECTION_OUT : VX_DIRECTION_IN;
		probe->role = i < 2 ? VX_ROLE_ANY : i % 2 ? VX_ROLE_LAN : VX_ROLE_WAN;
		try(row, probe);
	}
}

/* All payloads, directions and roles of one flow. */
static void try_flow(const struct row *row, struct probe *probe, try_function *try)
{
	uint8_t mark = probe->dscp;

	assert_int_equal(
		ip_addr_parse(probe->remote.family == 4 ? "203.0.113.200" : "2001:db8:ffff::200", &probe->local), 0);
	for (probe->evidence = 0; probe->evidence < _VX_PROTOCOL_MAX; probe->evidence++) {
		if (!(row->evidence >> probe->evidence & 1))
			continue;
		try_directions(row, probe, try);
		if (row->dscp < 0 || try != try_inside || !is_of_its_service(row))
			continue;
		probe->dscp = MARK_OF_NO_ROW;
		try_directions(row, probe, try_other_mark);
		probe->dscp = mark;
	}
	probe->evidence = VX_PROTOCOL_OTHER;
	try_directions(row, probe, try == try_inside ? try_silent : try_elsewhere);
}

/* The first and last port of each range, and one port outside on each side. */
static void try_ports(const struct row *row, struct probe *probe, const struct spans *spans, uint16_t *port,
		      try_function *inside)
{
	for (size_t i = 0; i < spans->count; i++) {
		uint16_t first = spans->items[i].first, last = spans->items[i].last;

		*port = first;
		try_flow(row, probe, inside);
		*port = last;
		try_flow(row, probe, inside);
		*port = (uint16_t)(first - 1);
		if (first > 1 && !spans_have(spans, *port)) /* port 0 is nobody's */
			try_flow(row, probe, try_elsewhere);
		*port = (uint16_t)(last + 1);
		if (last < UINT16_MAX && !spans_have(spans, *port))
			try_flow(row, probe, try_elsewhere);
	}
}

static void try_address(const struct row *row, const struct ip_addr *remote, try_function *inside)
{
	struct probe probe = {
		.remote = *remote,
		.transport = row->transport,
		.dscp = (uint8_t)(row->dscp < 0 ? 0 : row->dscp),
		.local_port = row->local.items[0].first,
		.remote_port = row->remote.items[0].first,
	};

	try_ports(row, &probe, &row->local, &probe.local_port, inside);
	probe.local_port = row->local.items[0].last;
	try_ports(row, &probe, &row->remote, &probe.remote_port, inside);
}

static void try_row(const struct row *row)
{
	try_function *inside = row_is_told(row) ? try_inside : try_elsewhere;
	struct ip_addr addr;

	if (row->anywhere) {
		assert_int_equal(ip_addr_parse("203.0.113.7", &addr), 0);
		try_address(row, &addr, inside);
		assert_int_equal(ip_addr_parse("2001:db8:ffff::7", &addr), 0);
		try_address(row, &addr, inside);
	}
	for (size_t i = 0; i < row->prefix_count; i++) {
		struct ip_addr first = row->prefixes[i].addr, last = last_of(&row->prefixes[i]);
		struct ip_addr before = neighbour(first, -1), behind = neighbour(last, 1);

		try_address(row, &first, inside);
		try_address(row, &last, inside);
		try_address(row, &before, try_elsewhere);
		try_address(row, &behind, try_elsewhere);
	}
}

/* ---- the tests ------------------------------------------------------------------------------------------------- */

static void each_row_classifies_as_its_guide_says(void **state)
{
	(void)state;
	for (size_t r = 0; r < row_count; r++)
		if (rows[r].is_flow)
			try_row(&rows[r]);
	print_message("%zu rows, %zu packets\n", row_count, probes);
}

static void each_place_is_named_by_a_service(void **state)
{
	(void)state;
	for (size_t r = 0; r < row_count; r++) {
		const struct vendor *vendor = vendor_named(rows[r].vendor);
		bool found = false;

		assert_non_null(vendor);
		for (size_t s = 0; s < vendor->service_count && !found; s++)
			found = has_place(&vendor->services[s], rows[r].place) &&
				(rows[r].state != STATE_UNSEEN ||
				 (vendor->services[s].unseen && !strcmp(vendor->services[s].id, rows[r].expect)));
		if (!found)
			fail_msg("guide_rows.tsv:%u: no service of %s names place %s", rows[r].line, rows[r].vendor,
				 rows[r].place);
	}
}

/* Is every port of the span in a row of the service's places? */
static bool span_is_in_rows(const struct vendor *vendor, const struct service *service, enum vx_transport transport,
			    const struct port_span *span)
{
	for (uint32_t port = span->first; port <= span->last; port++) {
		bool found = false;

		for (size_t r = 0; r < row_count && !found; r++)
			found = rows[r].is_flow && rows[r].transport == transport &&
				!strcmp(rows[r].vendor, vendor->id) && has_place(service, rows[r].place) &&
				spans_have(&rows[r].remote, (uint16_t)port);
		if (!found)
			return false;
	}
	return true;
}

static void each_port_of_a_profile_is_in_its_guide(void **state)
{
	(void)state;
	for (size_t v = 0; v < set->vendor_count; v++)
		for (size_t s = 0; s < set->vendors[v].service_count; s++)
			for (enum vx_transport t = 0; t < _VX_TRANSPORT_MAX; t++) {
				const struct service *service = &set->vendors[v].services[s];

				for (size_t i = 0; i < service->remote_ports[t].count; i++)
					if (!span_is_in_rows(&set->vendors[v], service, t,
							     &service->remote_ports[t].spans[i]))
						fail_msg("%s/%s: %s/%u-%u is in no row of its places",
							 set->vendors[v].id, service->id, transport_word(t),
							 service->remote_ports[t].spans[i].first,
							 service->remote_ports[t].spans[i].last);
			}
}

/* A host that the profile adds, or spells otherwise, is in no row. */
static void each_host_of_a_profile_is_in_its_guide(void **state)
{
	(void)state;
	for (size_t v = 0; v < set->vendor_count; v++)
		for (size_t s = 0; s < set->vendors[v].host_set_count; s++)
			for (size_t h = 0; h < set->vendors[v].host_sets[s]->host_count; h++) {
				static const char *const marks[] = { "", "*.", "." };
				const struct host *host = &set->vendors[v].host_sets[s]->hosts[h];
				char pattern[300];
				bool found = false;

				(void)snprintf(pattern, sizeof(pattern), "%s%s", marks[host->kind], host->name);
				for (size_t r = 0; r < row_count && !found; r++)
					for (size_t n = 0; n < rows[r].name_count && !found; n++)
						found = !strcmp(rows[r].vendor, set->vendors[v].id) &&
							(!strcmp(rows[r].names[n], pattern) ||
							 !strcmp(rows[r].names[n], host->template));
				if (!found)
					fail_msg("%s: host %s is in no row of the guide", set->vendors[v].id, pattern);
			}
}

static int setup(void **state)
{
	const char *const paths[] = { "profiles" };
	const struct profile_options options = { paths, 1, "tests/data/guide_site.yaml", DAY_2026_01_01 };
	struct diags diags = {};
	struct failure failure = {};

	(void)state;
	table_read();
	assert_int_equal(profile_set_load(&options, &diags, &set), 0);
	diags_fini(&diags);
	names_resolve();
	assert_int_equal(slots_init(&slots, 1024), 0);
	assert_int_equal(slots_assign(&slots, set, &failure), 0);
	assert_int_equal(tables_compile(set, &slots, &tables, &failure), 0);
	assert_int_equal(tables_make_direct(tables, &failure), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tables_free(tables);
	slots_fini(&slots);
	profile_set_free(set);
	for (size_t r = 0; r < row_count; r++)
		for (size_t n = 0; n < rows[r].name_count; n++)
			free(rows[r].names[n]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_classifies_as_its_guide_says),
		cmocka_unit_test(each_place_is_named_by_a_service),
		cmocka_unit_test(each_port_of_a_profile_is_in_its_guide),
		cmocka_unit_test(each_host_of_a_profile_is_in_its_guide),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
