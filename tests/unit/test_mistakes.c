/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two hundred mistakes, each made by its seed in a copy of a shipped profile: one error each, at the line and column of
 * what is wrong. Where a mistake can be made is found in the text itself, without the parser.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/cleanup.h"
#include "lib/file.h"
#include "tests/lib/loading.h"
#include "tests/lib/random_profiles.h"

#define MISTAKES 200
#define SPOTS_MAX 2048
#define FILE_BYTES_MAX (1U << 20)

/* Places in a profile's text where one kind of mistake can be made. */
struct spots {
	const char *text;
	struct spot {
		size_t at, length;
	} items[SPOTS_MAX];
	size_t count;
};

/* ---- finding --------------------------------------------------------------------------------------------------- */

static void spot_add(struct spots *spots, const char *at, size_t length)
{
	assert_true(spots->count < SPOTS_MAX);
	spots->items[spots->count++] = (struct spot){ (size_t)(at - spots->text), length };
}

static const char *next_line(const char *line)
{
	return line + strcspn(line, "\n") + 1;
}

/* Does the line have this key at this depth? Returns what follows its colon, or NULL. */
static const char *value_of(const char *line, size_t indent, const char *key)
{
	size_t length = strlen(key);

	if (strspn(line, " ") != indent || strncmp(line + indent, key, length) || line[indent + length] != ':')
		return NULL;
	return line + indent + length + 1;
}

/* The text between two sections that begin in the first column. */
static const char *section(const char *text, const char *key, const char **ret_end)
{
	const char *line = text, *begin;

	while (*line && !value_of(line, 0, key))
		line = next_line(line);
	begin = *line ? next_line(line) : line;
	line = begin;
	while (*line && (*line == ' ' || *line == '\n' || *line == '#'))
		line = next_line(line);
	*ret_end = line;
	return begin;
}

/* The words of a value that stands on the line of its key: one, or a list in brackets. */
static void words_add(struct spots *spots, const char *value)
{
	const char *p = value;

	while (*p && *p != '\n' && *p != '#') {
		size_t length = strcspn(p, " ,[]\n#{}");

		if (length)
			spot_add(spots, p, length);
		p += length ? length : 1;
	}
}

static void words_of_key(struct spots *spots, const char *in, size_t indent, const char *key)
{
	const char *end, *line = section(spots->text, in, &end);

	for (; line < end; line = next_line(line)) {
		const char *value = value_of(line, indent, key);

		/* DSCP by direction, and what goes on in the next line, are other shapes. */
		if (value && !strchr("\n{>", value[strspn(value, " ")]))
			words_add(spots, value);
	}
}

/* Only spots that pass. */
static void keep(struct spots *spots, bool (*passes)(const char *word, size_t length))
{
	size_t kept = 0;

	for (size_t i = 0; i < spots->count; i++)
		if (passes(spots->text + spots->items[i].at, spots->items[i].length))
			spots->items[kept++] = spots->items[i];
	spots->count = kept;
}

static bool has_number(const char *word, size_t length)
{
	return strcspn(word, "0123456789") < length;
}

static bool is_span(const char *word, size_t length)
{
	const char *dash = memchr(word, '-', length);

	return dash && has_number(word, length) && strncmp(dash + 1, "65535", 5) != 0;
}

static void find_ports(struct spots *spots)
{
	words_of_key(spots, "services", 4, "ports");
	keep(spots, has_number);
}

static void find_port_spans(struct spots *spots)
{
	words_of_key(spots, "services", 4, "ports");
	keep(spots, is_span);
}

static void find_local_ports(struct spots *spots)
{
	words_of_key(spots, "services", 4, "local_ports");
	keep(spots, has_number);
}

static void find_payloads(struct spots *spots)
{
	words_of_key(spots, "services", 4, "payload");
}

static void find_remotes(struct spots *spots)
{
	words_of_key(spots, "services", 4, "remote");
}

static void find_host_references(struct spots *spots)
{
	words_of_key(spots, "services", 4, "hosts");
}

static void find_dscps(struct spots *spots)
{
	words_of_key(spots, "services", 4, "dscp");
}

static void find_directions(struct spots *spots)
{
	words_of_key(spots, "services", 4, "direction");
}

static void find_platforms(struct spots *spots)
{
	words_of_key(spots, "services", 4, "platform");
}

static void find_priorities(struct spots *spots)
{
	words_of_key(spots, "services", 4, "priority");
}

static void find_legacies(struct spots *spots)
{
	words_of_key(spots, "services", 4, "legacy");
}

static void find_claims(struct spots *spots)
{
	words_of_key(spots, "ranges", 4, "claim");
}

static void find_version(struct spots *spots)
{
	const char *line = spots->text;

	while (*line && !value_of(line, 0, "voxdp"))
		line = next_line(line);
	words_add(spots, value_of(line, 0, "voxdp"));
}

/* Keys of services, on lines of their own. */
static void find_keys(struct spots *spots)
{
	static const char *const keys[] = { "title",   "source",      "remote",	     "hosts",  "ports",
					    "payload", "direction",   "platform",    "labels", "priority",
					    "dscp",    "local_ports", "third_party", "note" };
	const char *end, *line = section(spots->text, "services", &end);

	for (; line < end; line = next_line(line))
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			if (value_of(line, 4, keys[i]))
				spot_add(spots, line + 4, strlen(keys[i]));
}

static void find_service_ids(struct spots *spots)
{
	const char *end, *line = section(spots->text, "services", &end);

	for (; line < end; line = next_line(line))
		if (strspn(line, " ") == 2 && line[2] != '#' && line[2] != '\n')
			spot_add(spots, line + 2, strcspn(line + 2, ":"));
}

/* Whole lines `    KEY: WORD`, with what follows on the same line. */
static void lines_of_key(struct spots *spots, const char *key)
{
	const char *end, *line = section(spots->text, "services", &end);

	for (; line < end; line = next_line(line)) {
		const char *value = value_of(line, 4, key);

		if (value && !strchr("\n>", value[strspn(value, " ")]))
			spot_add(spots, line, (size_t)(next_line(line) - line));
	}
}

static void find_payload_lines(struct spots *spots)
{
	lines_of_key(spots, "payload");
}

static void find_ports_lines(struct spots *spots)
{
	lines_of_key(spots, "ports");
}

static void find_source_lines(struct spots *spots)
{
	lines_of_key(spots, "source");
}

static void find_unseen_lines(struct spots *spots)
{
	lines_of_key(spots, "unseen");
}

/* From the first character of the value to the end of the line. */
static void find_title_values(struct spots *spots)
{
	const char *end, *line = section(spots->text, "services", &end);

	for (; line < end; line = next_line(line)) {
		const char *value = value_of(line, 4, "title");

		if (value)
			spot_add(spots, value + 1, strcspn(value + 1, "\n"));
	}
}

/* IPv4 prefixes of `ranges`, in list items and in brackets, not in texts. */
static void find_prefixes(struct spots *spots)
{
	const char *end, *line = section(spots->text, "ranges", &end);

	for (; line < end; line = next_line(line)) {
		const char *stop = line + strcspn(line, "\"#\n"), *p = line;

		while ((p += strcspn(p, "0123456789\"#\n")) < stop) {
			size_t length = strspn(p, "0123456789./");

			if (memchr(p, '/', length) && (p[-1] == ' ' || p[-1] == '['))
				spot_add(spots, p, length);
			p += length;
		}
	}
}

static bool is_no_host(const char *word, size_t length)
{
	return length < 3 || strncmp(word + length - 3, "/32", 3) != 0;
}

static void find_nets(struct spots *spots)
{
	find_prefixes(spots);
	keep(spots, is_no_host);
}

/* Host names that stand alone in a line, without quotes. */
static void find_host_names(struct spots *spots)
{
	const char *end, *line = section(spots->text, "hosts", &end);

	for (; line < end; line = next_line(line))
		if (!strncmp(line, "      - ", 8) && strchr("abcdefghijklmnopqrstuvwxyz0123456789", line[8]))
			spot_add(spots, line + 8, strcspn(line + 8, " \n"));
}

static void find_placeholders(struct spots *spots)
{
	const char *end, *line = section(spots->text, "hosts", &end);

	for (; line < end; line = next_line(line))
		if (!strncmp(line, "      - \"", 9) && strchr(line, '{') && strchr(line, '{') < next_line(line))
			spot_add(spots, line + 8, strcspn(line + 8, "\n"));
}

/* ---- making ---------------------------------------------------------------------------------------------------- */

/* Writes what takes the word's place, with an '@' where the error belongs. */
typedef void making(FILE *out, const char *word, size_t length);

static void misspell(FILE *out, const char *word, size_t length)
{
	/* A letter twice is one edit, and of no key another key. */
	fprintf(out, "@%.*s%c%.*s", (int)length / 2 + 1, word, word[length / 2], (int)(length - length / 2) - 1,
		word + length / 2 + 1);
}

static void append_letters(FILE *out, const char *word, size_t length)
{
	fprintf(out, "@%.*sabc", (int)length, word);
}

static void append_x(FILE *out, const char *word, size_t length)
{
	fprintf(out, "@%.*s-x", (int)length, word);
}

static void large_port(FILE *out, const char *word, size_t length)
{
	size_t digits = strcspn(word, "0123456789");

	(void)length;
	fprintf(out, "@%.*s70000", (int)digits, word);
}

static void port_zero(FILE *out, const char *word, size_t length)
{
	size_t digits = strcspn(word, "0123456789");

	(void)length;
	fprintf(out, "@%.*s0", (int)digits, word);
}

static void reverse_span(FILE *out, const char *word, size_t length)
{
	size_t digits = strcspn(word, "0123456789"), first = strspn(word + digits, "0123456789");
	const char *dash = word + digits + first;

	fprintf(out, "@%.*s%.*s-%.*s", (int)digits, word, (int)(length - digits - first - 1), dash + 1, (int)first,
		word + digits);
}

static void wrong_transport(FILE *out, const char *word, size_t length)
{
	fprintf(out, "@%c%c%c%.*s", word[1], word[0], word[2], (int)length - 3, word + 3);
}

static void capital(FILE *out, const char *word, size_t length)
{
	fprintf(out, "@X%.*s", (int)length, word);
}

static void host_bits(FILE *out, const char *word, size_t length)
{
	const char *slash = memchr(word, '/', length), *octet = slash;

	while (octet[-1] != '.')
		octet--;
	fprintf(out, "@%.*s%d%.*s", (int)(octet - word), word, atoi(octet) + 1, (int)(word + length - slash), slash);
}

static void long_prefix(FILE *out, const char *word, size_t length)
{
	const char *slash = memchr(word, '/', length);

	fprintf(out, "@%.*s/33", (int)(slash - word), word);
}

static void octal_address(FILE *out, const char *word, size_t length)
{
	fprintf(out, "@0%.*s", (int)length, word);
}

static void mapping_instead(FILE *out, const char *word, size_t length)
{
	(void)word, (void)length;
	fputs("@{a: b}", out);
}

static void alias_instead(FILE *out, const char *word, size_t length)
{
	(void)word, (void)length;
	fputs("@*title", out);
}

static void tag_before(FILE *out, const char *word, size_t length)
{
	fprintf(out, "@!!str %.*s", (int)length, word);
}

static void null_instead(FILE *out, const char *word, size_t length)
{
	(void)word, (void)length;
	fputs("@~", out);
}

static void yes_instead(FILE *out, const char *word, size_t length)
{
	(void)word, (void)length;
	fputs("@yes", out);
}

static void two_instead(FILE *out, const char *word, size_t length)
{
	(void)word, (void)length;
	fputs("@2", out);
}

static void thousands_instead(FILE *out, const char *word, size_t length)
{
	(void)word, (void)length;
	fputs("@1001", out);
}

static void cs9_instead(FILE *out, const char *word, size_t length)
{
	(void)word, (void)length;
	fputs("@CS9", out);
}

static void two_dots(FILE *out, const char *word, size_t length)
{
	size_t dot = strcspn(word, ".");

	fprintf(out, "@%.*s.%.*s", (int)dot, word, (int)(length - dot), word + dot);
}

static void address_instead(FILE *out, const char *word, size_t length)
{
	(void)word, (void)length;
	fputs("@192.0.2.1", out);
}

/* The same line once more; the second is the one too many. */
static void line_twice(FILE *out, const char *line, size_t length)
{
	fprintf(out, "%.*s    @%.*s", (int)length, line, (int)length - 4, line + 4);
}

static void host_twice(FILE *out, const char *word, size_t length)
{
	fprintf(out, "%.*s\n      - @%.*s", (int)length, word, (int)length, word);
}

static void ports_too(FILE *out, const char *line, size_t length)
{
	fprintf(out, "%.*s    @ports: udp/9\n", (int)length, line);
}

static void colour_too(FILE *out, const char *line, size_t length)
{
	fprintf(out, "%.*s    @colour: red\n", (int)length, line);
}

static void wrong_placeholder(FILE *out, const char *word, size_t length)
{
	size_t brace = strcspn(word, "{") + 1;

	fprintf(out, "@%.*sx%.*s", (int)brace, word, (int)(length - brace), word + brace);
}

static void document_before(FILE *out, const char *line, size_t length)
{
	/* The spot is an id behind its two blanks, which stay before the mark of a new document: so take a new line. */
	fprintf(out, "\n@---\n  %.*s", (int)length, line);
}

/* ---- what belongs to the service as a whole -------------------------------------------------------------------- */

/* Leaves a line out; the error is at the id of its service. */
static char *without_line(const char *text, const struct spot *spot)
{
	const char *line = text + spot->at;
	char *changed;

	do {
		do
			line--;
		while (line > text && line[-1] != '\n');
	} while (strspn(line, " ") != 2 || line[2] == '#' || line[2] == '\n');
	assert_true(asprintf(&changed, "%.*s@%.*s%s", (int)(line + 2 - text), text, (int)(text + spot->at - line - 2),
			     line + 2, text + spot->at + spot->length) > 0);
	return changed;
}

static char *with_made(const char *text, const struct spot *spot, making *make)
{
	char *changed = NULL;
	size_t size;
	FILE *out = open_memstream(&changed, &size);

	assert_non_null(out);
	fwrite(text, 1, spot->at, out);
	make(out, text + spot->at, spot->length);
	fputs(text + spot->at + spot->length, out);
	assert_int_equal(fclose(out), 0);
	return changed;
}

static const struct kind {
	const char *name;
	void (*find)(struct spots *spots);
	making *make;	  /* NULL: the line is left out */
	const char *part; /* of the error's text */
} kinds[] = {
	{ "misspelt key", find_keys, misspell, "did you mean" },
	{ "unknown key", find_payload_lines, colour_too, "unknown key" },
	{ "key twice", find_payload_lines, line_twice, "`payload` occurs again" },
	{ "no payload", find_payload_lines, NULL, "needs the key `payload`" },
	{ "no ports", find_ports_lines, NULL, "needs the key `ports`" },
	{ "no source", find_source_lines, NULL, "needs the key `source`" },
	{ "ports of what is unseen", find_unseen_lines, ports_too, "`ports` beside `unseen`" },
	{ "port over 65535", find_ports, large_port, "ports end at 65535" },
	{ "port 0", find_ports, port_zero, "port 0 is not used" },
	{ "port with letters", find_ports, append_letters, "expected" },
	{ "reversed ports", find_port_spans, reverse_span, "end is before its start" },
	{ "unknown transport", find_ports, wrong_transport, "unknown transport" },
	{ "local port over 65535", find_local_ports, large_port, "ports end at 65535" },
	{ "unknown payload", find_payloads, append_x, "unknown payload protocol" },
	{ "unknown range set", find_remotes, append_x, "unknown range set or site group" },
	{ "unknown host set", find_host_references, append_x, "unknown host set" },
	{ "unknown DSCP", find_dscps, cs9_instead, "unknown DSCP" },
	{ "unknown direction", find_directions, append_x, "unknown direction" },
	{ "unknown platform", find_platforms, append_x, "unknown platform" },
	{ "priority over 1000", find_priorities, thousands_instead, "from -1000 to 1000" },
	{ "yes for true", find_legacies, yes_instead, "unknown truth value" },
	{ "unknown claim", find_claims, append_x, "unknown claim" },
	{ "bad id", find_service_ids, capital, "expected an id" },
	{ "host bits", find_nets, host_bits, "host bits are set" },
	{ "prefix length 33", find_prefixes, long_prefix, "bad prefix length" },
	{ "octal address", find_prefixes, octal_address, "expected an address" },
	{ "mapping for a text", find_title_values, mapping_instead, "got a mapping" },
	{ "alias", find_title_values, alias_instead, "got an alias" },
	{ "tag", find_title_values, tag_before, "got the tag" },
	{ "nothing", find_title_values, null_instead, "got nothing" },
	{ "version 2", find_version, two_instead, "got version" },
	{ "empty label", find_host_names, two_dots, "is not a host name" },
	{ "address for a name", find_host_names, address_instead, "addresses belong to `ranges`" },
	{ "host twice", find_host_names, host_twice, "occurs again" },
	{ "unknown placeholder", find_placeholders, wrong_placeholder, "unknown placeholder" },
	{ "second document", find_service_ids, document_before, "second document" },
};

/* ---------------------------------------------------------------------------------------------------------------- */

static const char *const vendors[] = { "cloud9", "expertconnect", "purecloud", "spirit" };
static char *texts[ARRAY_SIZE(vendors)];
static size_t made[ARRAY_SIZE(kinds)];

/* Not every profile has a spot for every mistake. */
static char *mistake_make(struct random *random, const struct kind **ret_kind, const char **ret_vendor)
{
	static struct spots spots;

	for (;;) {
		size_t v = random_below(random, ARRAY_SIZE(vendors)), k = random_below(random, ARRAY_SIZE(kinds));
		const struct spot *spot;

		spots.text = texts[v];
		spots.count = 0;
		kinds[k].find(&spots);
		if (!spots.count)
			continue;
		made[k]++;
		*ret_kind = &kinds[k];
		*ret_vendor = vendors[v];
		spot = &spots.items[random_below(random, (uint32_t)spots.count)];
		return kinds[k].make ? with_made(texts[v], spot, kinds[k].make) : without_line(texts[v], spot);
	}
}

static void each_seeded_mistake_is_told_at_its_place(void **state)
{
	struct loading loading;

	(void)state;
	loading_open(&loading);
	for (uint64_t seed = 1; seed <= MISTAKES; seed++) {
		struct random random = { seed };
		const struct kind *kind;
		const char *vendor;
		CLEANUP_FREE char *text = mistake_make(&random, &kind, &vendor);
		char name[128];

		(void)snprintf(name, sizeof(name), "seed %u, %s, %s", (unsigned)seed, vendor, kind->name);
		loading_load_text(&loading, text);
		assert_one_error(&loading, name, kind->part);
	}
	loading_close(&loading);
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		if (!made[k])
			fail_msg("no seed makes the mistake \"%s\"", kinds[k].name);
}

static int setup(void **state)
{
	(void)state;
	for (size_t v = 0; v < ARRAY_SIZE(vendors); v++) {
		char path[64];
		size_t size;

		(void)snprintf(path, sizeof(path), "profiles/%s.yaml", vendors[v]);
		assert_int_equal(file_read(path, FILE_BYTES_MAX, &texts[v], &size), 0);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t v = 0; v < ARRAY_SIZE(vendors); v++)
		free(texts[v]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_seeded_mistake_is_told_at_its_place),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
