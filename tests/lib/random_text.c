/* SPDX-License-Identifier: BSD-2-Clause */
#include "random_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/day.h"
#include "lib/text_list.h"

#define RANGES_MAX 64
#define SETS_MAX 8

/* A range as it is written. */
struct written {
	struct prefix prefix;
	const char *region; /* NULL: none */
	int32_t from, until;
	bool wanted; /* of a JSON list: its filter lets it through */
};

/* A range set or site group while it is made. */
struct making {
	struct written ranges[RANGES_MAX], listed[RANGES_MAX];
	size_t range_count, listed_count;
	bool has_list, list_is_json, list_exists;
	struct range_set *meaning, *landmarks;
};

struct writer {
	struct random *random;
	const struct loading *loading;
	int32_t day;
	struct profile_set *meaning, *landmarks;
	FILE *out;  /* the profile */
	FILE *site; /* `groups:` of the site file */
	size_t groups;
	uint32_t number; /* of the vendor */
	struct vendor *vendor;
};

static void *allocated(struct profile_set *set, size_t count, size_t size)
{
	void *memory = arena_alloc(set->arena, count * size + 1);

	if (!memory)
		abort();
	return memory;
}

static const char *text_of(struct profile_set *set, const char *format, unsigned a, unsigned b)
{
	char *text = arena_printf(set->arena, format, a, b);

	if (!text)
		abort();
	return text;
}

/* ---- how things may be written --------------------------------------------------------------------------------- */

/* A scalar without characters that need care, in one of the three styles. */
static void put_scalar(struct writer *w, FILE *out, const char *text)
{
	static const char *const quotes[] = { "", "", "'", "\"" };
	const char *quote = quotes[random_below(w->random, 4)];

	if (strpbrk(text, ":{}*") && !*quote)
		quote = "\"";
	fprintf(out, "%s%s%s", quote, text, quote);
}

/* One alone, a list in brackets, or one item a line; in any order. */
static void put_list(struct writer *w, int indent, const char *key, struct text_list *items)
{
	bool block = random_chance(w->random, 30);

	for (size_t i = 1; i < items->count; i++) {
		size_t other = random_below(w->random, (uint32_t)i + 1);
		char *item = items->items[i];

		items->items[i] = items->items[other];
		items->items[other] = item;
	}
	fprintf(w->out, "%*s%s:", indent, "", key);
	if (items->count == 1 && random_chance(w->random, 60)) {
		fputc(' ', w->out);
		put_scalar(w, w->out, items->items[0]);
		fputc('\n', w->out);
		text_list_fini(items);
		return;
	}
	fputs(block ? "\n" : " [", w->out);
	for (size_t i = 0; i < items->count; i++) {
		if (block)
			fprintf(w->out, "%*s- ", indent + 2, "");
		else
			fputs(i ? ", " : "", w->out);
		put_scalar(w, w->out, items->items[i]);
		fputs(block ? "\n" : "", w->out);
	}
	fputs(block ? "" : "]\n", w->out);
	text_list_fini(items);
}

static void put_text(struct writer *w, int indent, const char *key, const char *text)
{
	fprintf(w->out, "%*s%s: ", indent, "", key);
	put_scalar(w, w->out, text);
	fputc('\n', w->out);
}

/* Now and then something for people. */
static void put_noise(struct writer *w, int indent, const char *key, const char *text)
{
	if (random_chance(w->random, 30))
		put_text(w, indent, key, text);
}

/* ---- ranges ---------------------------------------------------------------------------------------------------- */

static bool same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->length == b->length && a->addr.family == b->addr.family && !memcmp(a->addr.bytes, b->addr.bytes, 16);
}

static bool lies_in(const struct prefix *inner, const struct prefix *outer)
{
	struct prefix cut = *inner;

	if (inner->addr.family != outer->addr.family || inner->length < outer->length)
		return false;
	cut.length = outer->length;
	for (int bit = outer->length; bit < 128; bit++)
		cut.addr.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return same_prefix(&cut, outer);
}

static bool is_there(const struct written *ranges, size_t count, const struct prefix *prefix)
{
	for (size_t i = 0; i < count; i++)
		if (same_prefix(&ranges[i].prefix, prefix))
			return true;
	return false;
}

/* Distinct prefixes; one that moves by date stands there twice, before its day and from its day on. */
static void make_ranges(struct writer *w, struct making *making)
{
	size_t wanted = 1 + random_below(w->random, 5);

	while (making->range_count < wanted) {
		struct written range = { random_prefix(w->random), NULL, DAY_FIRST, DAY_LAST, true };
		int32_t day = w->day + (int32_t)random_below(w->random, 5) - 2;

		if (is_there(making->ranges, making->range_count, &range.prefix))
			continue;
		if (random_chance(w->random, 30))
			range.region = random_chance(w->random, 50) ? "north" : "south";
		switch (random_below(w->random, 8)) {
		case 0:
			range.from = day;
			break;
		case 1:
			range.until = day;
			break;
		case 2:
			range.from = day;
			range.until = day + 1 + (int32_t)random_below(w->random, 3);
			break;
		case 3: /* twice */
			range.until = day;
			making->ranges[making->range_count++] = range;
			range.from = day;
			range.until = DAY_LAST;
			break;
		default:
			break;
		}
		making->ranges[making->range_count++] = range;
	}
}

static void put_prefix(struct writer *w, FILE *out, const struct prefix *prefix)
{
	char text[PREFIX_TEXT_MAX];

	prefix_format(prefix, text);
	/* A single address needs no length. */
	if (prefix->length == (prefix->addr.family == 4 ? 32 : 128) && random_chance(w->random, 50))
		*strchr(text, '/') = '\0';
	put_scalar(w, out, text);
}

static void put_range(struct writer *w, FILE *out, const struct written *range)
{
	char day[DAY_TEXT_MAX];

	if (!range->region && range->from == DAY_FIRST && range->until == DAY_LAST && random_chance(w->random, 80)) {
		put_prefix(w, out, &range->prefix);
		return;
	}
	fputs("{", out);
	if (range->region)
		fprintf(out, "region: %s, ", range->region);
	if (range->from != DAY_FIRST) {
		day_format(range->from, day);
		fprintf(out, "valid_from: %s, ", day);
	}
	fputs("prefix: ", out);
	put_prefix(w, out, &range->prefix);
	if (range->until != DAY_LAST) {
		day_format(range->until, day);
		fprintf(out, ", valid_until: %s", day);
	}
	fputs("}", out);
}

static void put_ranges(struct writer *w, FILE *out, const struct making *making)
{
	fputs("[", out);
	for (size_t i = 0; i < making->range_count; i++) {
		fputs(i ? ", " : "", out);
		put_range(w, out, &making->ranges[i]);
	}
	fputs("]\n", out);
}

/* ---- lists from files ------------------------------------------------------------------------------------------ */

static void make_list(struct writer *w, struct making *making)
{
	size_t wanted = 1 + random_below(w->random, 20);

	for (size_t tries = 0; tries < wanted; tries++) {
		struct written range = { random_prefix(w->random), NULL, DAY_FIRST, DAY_LAST, true };

		/* Neighbours, so that halves are there to be joined. */
		if (making->listed_count && random_chance(w->random, 40)) {
			range.prefix = making->listed[making->listed_count - 1].prefix;
			range.prefix.addr.bytes[(range.prefix.length - 1) / 8] ^=
				(uint8_t)(0x80 >> (range.prefix.length - 1) % 8);
		}
		if (is_there(making->listed, making->listed_count, &range.prefix))
			continue;
		if (making->list_is_json && random_chance(w->random, 50))
			range.region = random_chance(w->random, 70) ? "north" : "south";
		range.wanted = !making->list_is_json || random_chance(w->random, 80);
		making->listed[making->listed_count++] = range;
	}
	/* A list of which nothing is left is a warning, and no matter for this. */
	making->listed[0].wanted = true;
}

static void write_text_list(struct making *making, FILE *out)
{
	char text[PREFIX_TEXT_MAX];

	fputs("# a list\n\n", out);
	for (size_t i = 0; i < making->listed_count; i++) {
		prefix_format(&making->listed[i].prefix, text);
		fprintf(out, "%s%s%s\n", i % 3 ? "" : "  ", text, i % 2 ? "" : " # comment");
	}
}

static void write_json_array(const struct making *making, FILE *out, int family, const char *array, const char *member)
{
	const char *between = "";
	char text[PREFIX_TEXT_MAX];

	fprintf(out, "\"%s\": [", array);
	for (size_t i = 0; i < making->listed_count; i++) {
		const struct written *range = &making->listed[i];

		if (range->prefix.addr.family != family)
			continue;
		prefix_format(&range->prefix, text);
		fprintf(out, "%s{\"%s\": \"%s\", \"use\": \"%s\"", between, member, text,
			range->wanted ? "voice" : "data");
		if (range->region)
			fprintf(out, ", \"area\": \"%s\"", range->region);
		fputs("}", out);
		between = ",\n";
	}
	fputs("]", out);
}

static void put_list_file(struct writer *w, struct making *making)
{
	const char *id = making->meaning->id;
	bool families[2] = {};
	char name[64];
	FILE *out;

	(void)snprintf(name, sizeof(name), "v%u-%s.list", w->number, id);
	for (size_t i = 0; i < making->listed_count; i++)
		families[making->listed[i].prefix.addr.family == 6] = true;
	fprintf(w->out, "    file:\n      path: %s\n%s", name, making->list_exists ? "" : "      optional: true\n");
	if (making->list_is_json)
		fprintf(w->out,
			"      format: json\n      list: [%s%s%s]\n      prefix: [%s%s%s]\n"
			"      where: {use: [voice, fax]}\n      region: area\n",
			families[0] ? "v4" : "", families[0] && families[1] ? ", " : "", families[1] ? "v6" : "",
			families[0] ? "p4" : "", families[0] && families[1] ? ", " : "", families[1] ? "p6" : "");
	if (!making->list_exists)
		return;
	out = fopen(loading_path(w->loading, name), "w");
	if (!out)
		abort();
	if (making->list_is_json) {
		fputs("{", out);
		write_json_array(making, out, 4, "v4", "p4");
		fputs(", ", out);
		write_json_array(making, out, 6, "v6", "p6");
		fputs("}\n", out);
	} else {
		write_text_list(making, out);
	}
	fclose(out);
}

/* Takes entry @i out. */
static void drop(struct written *ranges, size_t *count, size_t i)
{
	memmove(&ranges[i], &ranges[i + 1], (--*count - i) * sizeof(*ranges));
}

static bool drop_one_covered(struct written *ranges, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		for (size_t j = 0; j < *count; j++)
			if (i != j && lies_in(&ranges[i].prefix, &ranges[j].prefix)) {
				drop(ranges, count, i);
				return true;
			}
	return false;
}

static bool join_one_pair(struct written *ranges, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		for (size_t j = 0; j < *count; j++) {
			struct prefix sister = ranges[i].prefix;
			unsigned bit = sister.length - 1U;

			/* From the lower half: its parent has the same first address. */
			if (sister.length < 2 || sister.addr.bytes[bit / 8] & 0x80 >> bit % 8 ||
			    ranges[i].region != ranges[j].region)
				continue;
			sister.addr.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
			if (!same_prefix(&sister, &ranges[j].prefix))
				continue;
			ranges[i].prefix.length--;
			drop(ranges, count, j);
			return true;
		}
	return false;
}

/* Of a list only the minimal cover counts: it decides which prefix is the longer one. One step after another. */
static void cover(struct making *making)
{
	size_t kept = 0;

	for (size_t i = 0; i < making->listed_count; i++)
		if (making->listed[i].wanted)
			making->listed[kept++] = making->listed[i];
	making->listed_count = kept;
	while (drop_one_covered(making->listed, &making->listed_count))
		;
	while (join_one_pair(making->listed, &making->listed_count))
		;
}

/* ---- range sets and groups ------------------------------------------------------------------------------------- */

static void mean(struct range_set *set, struct profile_set *owner, const struct making *making, const int32_t *day)
{
	set->ranges = allocated(owner, making->range_count + making->listed_count, sizeof(*set->ranges));
	for (size_t i = 0; i < making->range_count; i++)
		if (!day || (making->ranges[i].from <= *day && *day < making->ranges[i].until))
			set->ranges[set->range_count++].prefix = making->ranges[i].prefix;
	for (size_t i = 0; i < making->listed_count; i++)
		set->ranges[set->range_count++].prefix = making->listed[i].prefix;
}

static void set_begin(struct writer *w, struct making *making, const char *format, uint32_t number)
{
	*making = (struct making){};
	making->meaning = allocated(w->meaning, 1, sizeof(struct range_set));
	making->landmarks = allocated(w->landmarks, 1, sizeof(struct range_set));
	making->meaning->id = text_of(w->meaning, format, number, 0);
	making->meaning->claim = (enum vx_claim)(VX_CLAIM_SHARED + random_below(w->random, 3));
	w->vendor->range_sets[w->vendor->range_set_count++] = making->meaning;
}

static void put_claim(struct writer *w, const struct range_set *set)
{
	static const char *const words[] = {
		[VX_CLAIM_SHARED] = "shared", [VX_CLAIM_NAMED] = "named", [VX_CLAIM_OWN] = "own"
	};

	if (set->claim != VX_CLAIM_OWN || random_chance(w->random, 30))
		put_text(w, 4, "claim", words[set->claim]);
}

static void range_set_write(struct writer *w, uint32_t number, struct making *making)
{
	set_begin(w, making, "r%u", number);
	making->has_list = random_chance(w->random, 30);
	making->list_is_json = random_chance(w->random, 50);
	making->list_exists = random_chance(w->random, 80);
	if (!making->has_list || random_chance(w->random, 50))
		make_ranges(w, making);
	fprintf(w->out, "  %s:\n", making->meaning->id);
	put_noise(w, 4, "title", "Some servers");
	put_claim(w, making->meaning);
	if (making->range_count) {
		fputs("    prefixes: ", w->out);
		put_ranges(w, w->out, making);
	}
	if (making->has_list) {
		make_list(w, making);
		put_list_file(w, making);
	}
	mean(making->landmarks, w->landmarks, making, NULL);
	if (making->has_list && making->list_exists)
		cover(making);
	else
		making->listed_count = 0;
	mean(making->meaning, w->meaning, making, &w->day);
}

/* The longer name wins over the bare one, which here never stands for the same group. */
static void group_write(struct writer *w, uint32_t number, struct making *making)
{
	bool defined = random_chance(w->random, 70), bare = random_chance(w->random, 50);
	struct making decoy = {};

	set_begin(w, making, "g%u", w->number * 10 + number);
	make_ranges(w, making);
	fprintf(w->out, "  %s:", making->meaning->id);
	if (making->meaning->claim == VX_CLAIM_OWN) {
		fputs(" {}\n", w->out);
	} else {
		fputc('\n', w->out);
		put_claim(w, making->meaning);
	}
	mean(making->landmarks, w->landmarks, making, NULL);
	if (!defined)
		return;
	w->groups++;
	if (!bare && random_chance(w->random, 50)) {
		make_ranges(w, &decoy);
		fprintf(w->site, "  %s: ", making->meaning->id);
		put_ranges(w, w->site, &decoy);
	}
	if (bare)
		fprintf(w->site, "  %s: ", making->meaning->id);
	else
		fprintf(w->site, "  v%u.%s: ", w->number, making->meaning->id);
	put_ranges(w, w->site, making);
	mean(making->meaning, w->meaning, making, &w->day);
}

static void range_sets_write(struct writer *w, struct vendor *landmarks)
{
	static struct making making[SETS_MAX];
	uint32_t sets = 1 + random_below(w->random, 3), groups = random_below(w->random, 3);

	w->vendor->range_sets = allocated(w->meaning, SETS_MAX, sizeof(struct range_set *));
	landmarks->range_sets = allocated(w->landmarks, SETS_MAX, sizeof(struct range_set *));
	fputs("ranges:\n", w->out);
	for (uint32_t i = 0; i < sets; i++)
		range_set_write(w, i, &making[i]);
	if (groups)
		fputs("site_groups:\n", w->out);
	for (uint32_t i = 0; i < groups; i++)
		group_write(w, i, &making[sets + i]);
	for (uint32_t i = 0; i < sets + groups; i++)
		landmarks->range_sets[landmarks->range_set_count++] = making[i].landmarks;
}

/* ---- services -------------------------------------------------------------------------------------------------- */

static int span_compare(const void *a, const void *b)
{
	const struct port_span *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* A few spans that may touch and overlap, in words, and what they are together. */
static struct port_set ports_write(struct writer *w, const char *prefix, struct text_list *words)
{
	struct port_set set = { .spans = allocated(w->meaning, 4, sizeof(struct port_span)) };
	struct port_span spans[4];
	size_t count = 1 + random_below(w->random, 3);

	for (size_t i = 0; i < count; i++) {
		uint16_t first = random_port(w->random), last = random_port(w->random);

		spans[i].first = first < last ? first : last;
		spans[i].last = first < last ? last : first;
		spans[i].first += spans[i].first == 0;
		spans[i].last += spans[i].last == 0;
		if (random_chance(w->random, 40))
			spans[i].last = spans[i].first;
		if (random_chance(w->random, 7))
			spans[i] = (struct port_span){ 0, 65535 };
		if (spans[i].first == 0)
			text_list_add(words, "%sany", prefix);
		else if (spans[i].last == 65535 && random_chance(w->random, 70))
			text_list_add(words, "%s%u+", prefix, spans[i].first);
		else if (spans[i].first == spans[i].last && random_chance(w->random, 70))
			text_list_add(words, "%s%u", prefix, spans[i].first);
		else
			text_list_add(words, "%s%u-%u", prefix, spans[i].first, spans[i].last);
	}
	qsort(spans, count, sizeof(*spans), span_compare);
	for (size_t i = 0; i < count; i++) {
		struct port_span *last = set.count ? &set.spans[set.count - 1] : NULL;

		if (last && spans[i].first <= last->last + 1) {
			if (spans[i].last > last->last)
				last->last = spans[i].last;
		} else {
			set.spans[set.count++] = spans[i];
		}
	}
	return set;
}

static void put_ports(struct writer *w, struct service *service)
{
	struct text_list words = {};
	uint32_t which = 1 + random_below(w->random, 3);

	if (which & 1)
		service->remote_ports[VX_TRANSPORT_UDP] = ports_write(w, "udp/", &words);
	if (which & 2)
		service->remote_ports[VX_TRANSPORT_TCP] = ports_write(w, "tcp/", &words);
	put_list(w, 4, "ports", &words);
}

static void put_local_ports(struct writer *w, struct service *service)
{
	struct text_list words = {};

	if (random_chance(w->random, 60)) {
		service->local_ports.spans = allocated(w->meaning, 1, sizeof(struct port_span));
		service->local_ports.spans[0] = (struct port_span){ 0, 65535 };
		service->local_ports.count = 1;
		return;
	}
	service->local_ports = ports_write(w, "", &words);
	put_list(w, 4, "local_ports", &words);
}

#define BIT(name) (1U << VX_PROTOCOL_##name)
#define MEDIA (BIT(STUN) | BIT(TURN_CHANNEL) | BIT(DTLS) | BIT(ZRTP) | BIT(RTP) | BIT(RTCP))
#define EVERY (MEDIA | BIT(SIP) | BIT(TLS) | BIT(DNS) | BIT(NTP) | BIT(HTTP) | BIT(XMPP) | BIT(QUIC))
static const struct {
	const char *word;
	uint32_t accepts;
} payloads[] = {
	{ "media", MEDIA },    { "media", MEDIA },    { "any", EVERY },	     { "sip", BIT(SIP) },
	{ "stun", BIT(STUN) }, { "dtls", BIT(DTLS) }, { "zrtp", BIT(ZRTP) }, { "rtp", BIT(RTP) },
	{ "rtcp", BIT(RTCP) }, { "tls", BIT(TLS) },   { "dns", BIT(DNS) },   { "ntp", BIT(NTP) },
	{ "http", BIT(HTTP) }, { "xmpp", BIT(XMPP) }, { "quic", BIT(QUIC) }, { "turn-channel", BIT(TURN_CHANNEL) },
};

static void put_payload(struct writer *w, struct service *service)
{
	struct text_list words = {};

	for (uint32_t i = 1 + random_below(w->random, 3); i; i--) {
		uint32_t row = random_below(w->random, ARRAY_SIZE(payloads));

		service->accepts |= (uint16_t)payloads[row].accepts;
		text_list_add(&words, "%s", payloads[row].word);
	}
	put_list(w, 4, "payload", &words);
}

static const struct {
	const char *word;
	unsigned code_point;
} dscps[] = { { "EF", 46 }, { "CS0", 0 }, { "DF", 0 }, { "AF41", 34 },
	      { "20", 20 }, { "40", 40 }, { "0", 0 },  { "VA", 44 } };

static uint64_t put_code_points(struct writer *w, int indent, const char *key)
{
	struct text_list words = {};
	uint64_t code_points = 0;

	for (uint32_t i = 1 + random_below(w->random, 2); i; i--) {
		uint32_t row = random_below(w->random, ARRAY_SIZE(dscps));

		code_points |= 1ULL << dscps[row].code_point;
		text_list_add(&words, "%s", dscps[row].word);
	}
	put_list(w, indent, key, &words);
	return code_points;
}

static void put_dscp(struct writer *w, struct service *service)
{
	uint32_t form = random_below(w->random, 8);

	if (form == 0) {
		service->dscp[VX_DIRECTION_IN] = put_code_points(w, 4, "dscp");
		service->dscp[VX_DIRECTION_OUT] = service->dscp[VX_DIRECTION_IN];
	} else if (form < 4) {
		fputs("    dscp:\n", w->out);
		if (form & 1)
			service->dscp[VX_DIRECTION_OUT] = put_code_points(w, 6, "out");
		if (form & 2)
			service->dscp[VX_DIRECTION_IN] = put_code_points(w, 6, "in");
	}
}

/* Addresses, names, or both. */
static void put_remote(struct writer *w, struct service *service)
{
	struct text_list words = {};

	service->remotes = allocated(w->meaning, SETS_MAX, sizeof(struct range_set *));
	for (size_t r = 0; r < w->vendor->range_set_count; r++)
		if (random_chance(w->random, 50)) {
			service->remotes[service->remote_count++] = w->vendor->range_sets[r];
			text_list_add(&words, "%s", w->vendor->range_sets[r]->id);
		}
	if (random_chance(w->random, 15)) {
		service->remote_any = true;
		text_list_add(&words, "any");
	}
	if (!words.count || random_chance(w->random, 20))
		put_text(w, 4, "hosts", random_chance(w->random, 50) ? "web" : "planned");
	if (words.count)
		put_list(w, 4, "remote", &words);
}

static void put_priority(struct writer *w, struct service *service)
{
	char text[16];

	if (!random_chance(w->random, 30))
		return;
	service->priority = (int)random_below(w->random, 5) - 2;
	(void)snprintf(text, sizeof(text), "%d", service->priority);
	put_text(w, 4, "priority", text);
}

static void put_labels(struct writer *w)
{
	if (random_chance(w->random, 20))
		fputs("    labels: {media: audio, function: relay}\n", w->out);
	if (random_chance(w->random, 20))
		fputs("    platform: [web, edge]\n", w->out);
	put_noise(w, 4, "note", "free text");
	put_noise(w, 4, "third_party", "Example Ltd");
	put_noise(w, 4, "direction", "out");
	if (random_chance(w->random, 10))
		fputs("    legacy: true\n", w->out);
}

static void service_write(struct writer *w, struct service *service, uint32_t number)
{
	/* Ids fall while the order of the file rises, so that one cannot stand in for the other. */
	service->id = text_of(w->meaning, "s%u", 99 - number, 0);
	fprintf(w->out, "  %s:\n", service->id);
	put_noise(w, 4, "title", "A service");
	put_text(w, 4, "source", "page 1");
	if (random_chance(w->random, 5)) {
		service->unseen = "for the test";
		put_text(w, 4, "unseen", service->unseen);
		return;
	}
	put_priority(w, service);
	put_dscp(w, service);
	put_payload(w, service);
	put_local_ports(w, service);
	put_remote(w, service);
	put_labels(w);
	put_ports(w, service);
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static void vendor_write(struct writer *w)
{
	struct vendor *landmarks = &w->landmarks->vendors[w->number];
	uint32_t services = 1 + random_below(w->random, 6);

	w->vendor = &w->meaning->vendors[w->number];
	w->vendor->id = text_of(w->meaning, "v%u", w->number, 0);
	landmarks->id = w->vendor->id;
	fprintf(w->out, "voxdp: 1\nvendor: %s\ntitle: Vendor\n", w->vendor->id);
	fputs("documents:\n  guide: {title: A guide, revision: 2026-01-01}\n"
	      "placeholders:\n  region: [east, west]\n  customer: []\n"
	      "hosts:\n  web: {title: Web, names: [www.v.example, \"*.{region}.v.example\", .v.example]}\n"
	      "  planned: {names: [{name: new.v.example, planned: not yet}, \"{customer}.v.example\"]}\n",
	      w->out);
	range_sets_write(w, landmarks);
	fputs("services:\n", w->out);
	w->vendor->services = allocated(w->meaning, services, sizeof(struct service));
	w->vendor->service_count = services;
	for (uint32_t s = 0; s < services; s++)
		service_write(w, &w->vendor->services[s], s);
}

static struct profile_set *empty_set(size_t vendors)
{
	struct profile_set *set = calloc(1, sizeof(*set));

	if (!set || arena_new(&set->arena))
		abort();
	set->vendors = allocated(set, vendors, sizeof(*set->vendors));
	set->vendor_count = vendors;
	return set;
}

static void site_write(const struct loading *loading, const char *groups, bool any)
{
	FILE *out = fopen(loading_path(loading, RANDOM_TEXT_SITE), "w");

	if (!out)
		abort();
	fprintf(out, "voxdp: 1\nplaceholders: {customer: [acme]}\n%s%s", any ? "groups:\n" : "", any ? groups : "");
	fclose(out);
}

void random_text_write(struct random *random, const struct loading *loading, int32_t day, struct random_text *ret)
{
	struct writer w = { .random = random, .loading = loading, .day = day };
	uint32_t vendors = 1 + random_below(random, 5);
	CLEANUP_FREE char *groups = NULL;
	size_t size;

	w.meaning = empty_set(vendors);
	w.landmarks = empty_set(vendors);
	w.site = open_memstream(&groups, &size);
	for (w.number = 0; w.number < vendors; w.number++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "v%u.yaml", w.number);
		w.out = fopen(loading_path(loading, name), "w");
		if (!w.out || !w.site)
			abort();
		vendor_write(&w);
		fclose(w.out);
	}
	fclose(w.site);
	site_write(loading, groups, w.groups);
	ret->meaning = w.meaning;
	ret->landmarks = w.landmarks;
}

/* The set itself is no part of its arena here. */
static void set_free(struct profile_set *set)
{
	arena_free(set->arena);
	free(set);
}

void random_text_fini(struct random_text *text)
{
	set_free(text->meaning);
	set_free(text->landmarks);
}
