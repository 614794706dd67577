/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole profiles: what is read, and that each mistake is reported once, at its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "tests/lib/loading.h"

#define DAY_2026_01_01 20454

/* One mistake in the good profile: @from is replaced by @to, whose '@' marks where the error belongs. */
struct mistake {
	const char *name, *from, *to;
	const char *part; /* of the error's text */
};

static const struct mistake mistakes[] = {
	/* keys */
	{ "unknown key", "    note: first row\n", "    @colour: red\n",
	  "unknown key \"colour\" of a service; it may have title" },
	{ "misspelt key", "    ports: [udp/3478", "    @prots: [udp/3478", "did you mean \"ports\"?" },
	{ "misspelt section", "ranges:\n", "@rangs:\n", "did you mean \"ranges\"?" },
	{ "duplicate key", "    title: Media relays\n", "    title: Media relays\n    @title: Again\n",
	  "already in line 11" },
	{ "duplicate service", "  proxy:\n", "  @media:\n",
	  "service \"media\" occurs again, it is already in line 40" },
	{ "duplicate range set", "site_groups:\n", "  @relays: {prefixes: [198.51.100.0/24]}\nsite_groups:\n",
	  "range set \"relays\" occurs again, it is already in line 10" },
	{ "missing vendor", "voxdp: 1\nvendor: acme\n", "@voxdp: 1\n", "a profile needs the key `vendor`" },
	{ "missing title", "title: Acme Telephony\n", "", "a profile needs the key `title`" },
	{ "missing source", "  proxy:\n    source: page 10\n", "  @proxy:\n", "a service needs the key `source`" },
	{ "missing ports", "  everywhere:\n    source: page 9\n    remote: any\n    ports: tcp/4000+\n",
	  "  @everywhere:\n    source: page 9\n    remote: any\n", "a service needs the key `ports`" },
	{ "missing payload",
	  "  everywhere:\n    source: page 9\n    remote: any\n    ports: tcp/4000+\n    payload: any\n",
	  "  @everywhere:\n    source: page 9\n    remote: any\n    ports: tcp/4000+\n",
	  "a service needs the key `payload`" },
	{ "neither remote nor hosts", "  everywhere:\n    source: page 9\n    remote: any\n",
	  "  @everywhere:\n    source: page 9\n", "needs the key `remote` or `hosts`, or `unseen`" },
	{ "ports of what is unseen", "    unseen: a setting of the client\n",
	  "    unseen: a setting of the client\n    @ports: udp/5060\n", "`ports` beside `unseen`" },
	{ "remote and payload of what is unseen", "    unseen: a setting of the client\n",
	  "    unseen: a setting of the client\n    payload: sip\n    @remote: any\n", "`remote` beside `unseen`" },
	{ "missing document title", "  guide: {title: Network requirements, revision: 2018-11-21}\n",
	  "  @guide: {revision: 2018-11-21}\n", "a document needs the key `title`" },

	/* shapes */
	{ "list for a mapping", "    labels: {media: audio}\n", "    labels: @[media, audio]\n",
	  "`labels`: got a list, expected a mapping" },
	{ "mapping for a scalar", "title: Acme Telephony\n", "title: @{a: b}\n",
	  "`title`: got a mapping, expected a scalar" },
	{ "mapping in a list of words", "    platform: [web, edge]\n", "    platform: [web, @{a: b}]\n",
	  "got a mapping, expected a scalar" },
	{ "scalar for a service", "  proxy:\n    source: page 10\n    unseen: a setting of the client\n",
	  "  proxy: @yes\n", "got a scalar, expected a mapping" },
	{ "empty value", "title: Acme Telephony\n", "title:@\n", "got nothing" },
	{ "null", "title: Acme Telephony\n", "title: @~\n", "got nothing" },
	{ "blank text", "title: Acme Telephony\n", "title: @\" \"\n", "got nothing" },
	{ "empty list", "    platform: [web, edge]\n", "    platform: @[]\n", "`platform` has no entries" },
	{ "control character", "title: Acme Telephony\n", "title: @\"a\\eb\"\n", "control character" },

	/* words */
	{ "version 2", "voxdp: 1\n", "voxdp: @2\n", "got version \"2\"" },
	{ "bad vendor id", "vendor: acme\n", "vendor: @Acme\n", "got \"Acme\", expected an id" },
	{ "bad service id", "  proxy:\n", "  @-proxy:\n", "got \"-proxy\", expected an id" },
	{ "long id", "vendor: acme\n", "vendor: @a234567890123456789012345678901234567890123456789012345678901234\n",
	  "1 to 63" },
	{ "unknown range set", "    remote: [relays, pool, phones]\n", "    remote: [@relay, pool, phones]\n",
	  "unknown range set or site group \"relay\", did you mean \"relays\"?" },
	{ "unknown host set", "    hosts: [portal]\n", "    hosts: [@web]\n", "unknown host set \"web\"" },
	{ "unknown payload", "    payload: [media, sip]\n", "    payload: [media, @spi]\n",
	  "unknown payload protocol \"spi\", did you mean \"sip\"?" },
	{ "payload other", "    payload: [media, sip]\n", "    payload: [media, @other]\n",
	  "unknown payload protocol \"other\"" },
	{ "unknown claim", "    claim: shared\n", "    claim: @share\n",
	  "unknown claim \"share\", did you mean \"shared\"?" },
	{ "unknown platform", "    platform: [web, edge]\n", "    platform: [@fax, edge]\n",
	  "expected one of web, mobile, phone" },
	{ "unknown direction", "    direction: out\n", "    direction: @outbound\n", "expected one of in, out, both" },
	{ "yes is not true", "    legacy: true\n", "    legacy: @yes\n", "unknown truth value \"yes\"" },
	{ "range set called any", "site_groups:\n", "  @any: {prefixes: [198.51.100.0/24]}\nsite_groups:\n",
	  "the word for everywhere" },
	{ "site group like a range set", "  phones: {title", "  @pool: {title: Pool}\n  phones: {title",
	  "already a range set, in line 18" },

	/* numbers */
	{ "port 70000", "    ports: tcp/4000+\n", "    ports: @tcp/70000\n", "ports end at 65535" },
	{ "port 65536", "    ports: tcp/4000+\n", "    ports: @tcp/1-65536\n", "ports end at 65535" },
	{ "port 0", "    ports: tcp/4000+\n", "    ports: @tcp/0-9\n", "port 0 is not used" },
	{ "port with letters", "    ports: tcp/4000+\n", "    ports: @tcp/5060abc\n",
	  "got \"tcp/5060abc\", expected tcp/PORT" },
	{ "octal port", "    ports: tcp/4000+\n", "    ports: @tcp/010\n", "expected tcp/PORT" },
	{ "reversed ports", "    ports: tcp/4000+\n", "    ports: @tcp/20-10\n", "end is before its start" },
	{ "ports without transport", "    ports: tcp/4000+\n", "    ports: @4000\n", "expected TRANSPORT/PORTS" },
	{ "unknown transport", "    ports: tcp/4000+\n", "    ports: @tpc/4000\n", "did you mean \"tcp\"?" },
	{ "local port with transport", "    local_ports: [1024-65535]\n", "    local_ports: [@udp/1024]\n",
	  "expected PORT" },
	{ "local port 99999", "    local_ports: [1024-65535]\n", "    local_ports: [53, @99999]\n",
	  "ports end at 65535" },
	{ "DSCP 64", "    dscp: CS3\n", "    dscp: @64\n", "unknown DSCP \"64\"" },
	{ "DSCP by a wrong name", "    dscp: CS3\n", "    dscp: @AF44\n", "did you mean" },
	{ "octal DSCP", "    dscp: CS3\n", "    dscp: @010\n", "unknown DSCP \"010\"" },
	{ "unknown DSCP direction", "    dscp: {in: [EF, 34], out: AF41}\n", "    dscp: {in: [EF, 34], @uot: AF41}\n",
	  "did you mean \"out\"?" },
	{ "priority 1001", "    priority: -5\n", "    priority: @1001\n", "from -1000 to 1000" },
	{ "priority in words", "    priority: -5\n", "    priority: @high\n", "got \"high\", expected a whole number" },
	{ "priority with a fraction", "    priority: -5\n", "    priority: @1.5\n", "expected a whole number" },

	/* prefixes and days */
	{ "host bits", "      - 192.0.2.0/28\n", "      - @192.0.2.3/28\n", "did you mean 192.0.2.0/28?" },
	{ "IPv6 host bits", "      - \"2001:db8::/32\"\n", "      - @\"2001:db8::1/32\"\n",
	  "did you mean 2001:db8::/32?" },
	{ "prefix length 33", "      - 192.0.2.0/28\n", "      - @192.0.2.0/33\n", "a number from 1 to 32" },
	{ "prefix length 129", "      - \"2001:db8::/32\"\n", "      - @\"2001:db8::/129\"\n",
	  "a number from 1 to 128" },
	{ "prefix without length", "      - 192.0.2.0/28\n", "      - @192.0.2.0/\n", "bad prefix length" },
	{ "everywhere", "      - 192.0.2.0/28\n", "      - @0.0.0.0/0\n", "remote: any" },
	{ "reversed CIDR", "      - 192.0.2.0/28\n", "      - @/28 192.0.2.0\n", "got \"/28 192.0.2.0\", expected" },
	{ "octal address", "      - 192.0.2.0/28\n", "      - @192.0.02.0/28\n", "expected an address" },
	{ "a name for a prefix", "      - 192.0.2.0/28\n", "      - @relay.acme.example\n", "expected an address" },
	{ "duplicate prefix", "      - \"2001:db8::/32\"\n", "      - @192.0.2.0/28\n",
	  "192.0.2.0/28 occurs again, it is already in line 15" },
	{ "bad prefix in the long form", "{prefix: 192.0.2.16/28,", "{prefix: @192.0.2.17/28,",
	  "did you mean 192.0.2.16/28?" },
	{ "long form without prefix", "{prefix: 192.0.2.16/28, region", "@{region", "a range needs the key `prefix`" },
	{ "no day", "valid_from: 2025-01-01", "valid_from: @2025-02-30", "no day of the calendar" },
	{ "month 13", "valid_from: 2025-01-01", "valid_from: @2025-13-01", "no day of the calendar" },
	{ "day in another order", "valid_from: 2025-01-01", "valid_from: @01.01.2025", "YYYY-MM-DD" },
	{ "until before from", "valid_until: 2030-01-01", "valid_until: @2024-12-31",
	  "expected a day after `valid_from`, 2025-01-01" },
	{ "until equal to from", "valid_until: 2030-01-01", "valid_until: @2025-01-01", "expected a day after" },
	{ "range set without prefixes", "site_groups:\n", "  @empty: {title: Nothing}\nsite_groups:\n",
	  "a range set needs the key `prefixes` or `file`" },

	/* lists from files */
	{ "file without path", "    file:\n      path: pool.json\n", "    @file:\n",
	  "a list file needs the key `path`" },
	{ "unknown format", "      format: json\n", "      format: @jsn\n", "did you mean \"json\"?" },
	{ "selector of a text list", "      format: json\n      list: [v4, v6]\n",
	  "      format: text\n      @list: [v4, v6]\n", "`list` selects from a list of `format: json`" },
	{ "JSON without a list", "    file:\n      path: pool.json\n      format: json\n      list: [v4, v6]\n",
	  "    @file:\n      path: pool.json\n      format: json\n", "a JSON list needs the key `list`" },
	{ "members out of step", "      prefix: [ipv4, ipv6]\n", "      prefix: @[ipv4]\n",
	  "got 1 members for 2 arrays" },

	/* hosts */
	{ "bad host name", "      - www.acme.example\n", "      - @www_.-acme.example\n", "is not a host name" },
	{ "a URL", "      - www.acme.example\n", "      - @https://www.acme.example/\n", "is not a host name" },
	{ "one label", "      - www.acme.example\n", "      - @localhost\n", "is not a full host name" },
	{ "an address for a host", "      - www.acme.example\n", "      - @192.0.2.1\n",
	  "addresses belong to `ranges`" },
	{ "star inside", "      - www.acme.example\n", "      - @www.*.acme.example\n", "is not a host name" },
	{ "empty label", "      - www.acme.example\n", "      - @www..acme.example\n", "is not a host name" },
	{ "duplicate host", "      - www.acme.example\n", "      - www.acme.example\n      - @WWW.acme.example\n",
	  "occurs again" },
	{ "unknown placeholder", "\"*.{region}.acme.example\"", "@\"*.{regoin}.acme.example\"",
	  "did you mean \"region\"?" },
	{ "open placeholder", "\"*.{region}.acme.example\"", "@\"*.{region.acme.example\"", "does not end by }" },
	{ "bad placeholder value", "  region: [east, west]\n", "  region: [east, @we/st]\n", "a piece of a host name" },
	{ "planned without name", "{name: new.acme.example, planned", "@{planned", "a host needs the key `name`" },

	/* YAML */
	{ "tab", "    note: first row\n", "@\tnote: first row\n", "not valid YAML" },
	{ "alias", "    note: first row\n", "    note: @*row\n", "got an alias of \"row\"" },
	{ "anchor", "    note: first row\n", "    note: @&row first row\n", "got the anchor \"row\"" },
	{ "tag", "    note: first row\n", "    note: @!!str first row\n", "got the tag" },
	{ "merge key", "    note: first row\n", "    <<: @*row\n", "got an alias" },
	{ "merge key without alias", "    note: first row\n", "    @<<: {note: a}\n", "merge keys" },
	{ "list as a key", "    note: first row\n", "    ? @[a, b]\n    : c\n", "got a list as a key" },
	{ "second document", "  proxy:\n", "@---\n  proxy:\n", "second document" },
};

static void each_mistake_is_one_error_at_its_place(void **state)
{
	struct loading loading;

	(void)state;
	loading_open(&loading);
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		loading.line = 1; /* where the text has no '@': the file's first value */
		loading.column = 1;
		loading_load_changed(&loading, mistakes[i].from, mistakes[i].to);
		assert_one_error(&loading, mistakes[i].name, mistakes[i].part);
	}
	loading_close(&loading);
}

static void good_profile_has_no_errors(void **state)
{
	struct loading loading;

	(void)state;
	loading_open(&loading);
	loading_load_text(&loading, loading_profile);
	assert_no_errors(&loading, "good profile");
	loading_close(&loading);
}

static void one_run_reports_all_mistakes(void **state)
{
	struct loading loading;

	(void)state;
	loading_open(&loading);
	loading_load_text(&loading,
			  "voxdp: 1\nvendor: A\nservices:\n  a:\n    sorce: x\n    remote: b\n    ports: udp/0\n"
			  "    payload: [sip, sup]\n");
	assert_int_equal(loading.result, -EINVAL);
	assert_int_equal(loading.diags.errors, 6);
	for (size_t i = 1; i < loading.diags.count; i++) /* in the order of the file */
		assert_true(loading.diags.items[i - 1].at.line <= loading.diags.items[i].at.line);
	loading_close(&loading);
}

static void model_says_what_the_file_says(void **state)
{
	const struct vendor *vendor;
	const struct service *media;
	struct loading loading;

	(void)state;
	loading_open(&loading);
	loading_load_text(&loading, loading_profile);
	assert_int_equal(loading.set->vendor_count, 1);
	vendor = &loading.set->vendors[0];
	assert_string_equal(vendor->id, "acme");
	assert_string_equal(vendor->title, "Acme Telephony");
	assert_string_equal(vendor->path, loading_path(&loading, "test.yaml"));
	assert_int_equal(vendor->document_count, 1);
	assert_string_equal(vendor->documents[0].revision, "2018-11-21");
	assert_int_equal(vendor->range_set_count, 3);
	assert_int_equal(vendor->host_set_count, 1);
	assert_int_equal(vendor->service_count, 3);
	media = &vendor->services[0];
	assert_string_equal(media->id, "media");
	assert_string_equal(media->title, "Voice and video");
	assert_string_equal(media->note, "first row");
	assert_string_equal(media->third_party, "Example Ltd");
	assert_true(media->legacy);
	assert_int_equal(media->at.line, 40);
	assert_int_equal(media->at.column, 3);
	assert_string_equal(vendor->services[1].id, "everywhere");
	assert_null(vendor->services[1].title);
	assert_false(vendor->services[1].legacy);
	assert_string_equal(vendor->services[2].unseen, "a setting of the client");
	loading_close(&loading);
}

/* The same bytes by another program: sha256sum. */
static void digest_is_of_the_bytes_of_the_file(void **state)
{
	char command[320], expected[65] = "", got[65];
	struct loading loading;
	FILE *pipe;

	(void)state;
	loading_open(&loading);
	loading_load_text(&loading, loading_profile);
	(void)snprintf(command, sizeof(command), "sha256sum < %s", loading_path(&loading, "test.yaml"));
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_int_equal(fread(expected, 1, 64, pipe), 64);
	pclose(pipe);
	for (size_t i = 0; i < 32; i++)
		(void)sprintf(got + 2 * i, "%02x", loading.set->vendors[0].digest[i]);
	assert_string_equal(got, expected);
	loading_close(&loading);
}

static void write_vendor(struct loading *loading, const char *file, const char *vendor)
{
	char text[512];

	(void)snprintf(
		text, sizeof(text),
		"voxdp: 1\nvendor: %s\ntitle: T\nservices:\n  a: {source: s, remote: any, ports: udp/9, payload: sip}\n",
		vendor);
	loading_write(loading, file, text);
}

static void vendors_are_sorted_by_id(void **state)
{
	struct loading loading;

	(void)state;
	loading_open(&loading);
	write_vendor(&loading, "1.yaml", "zeta");
	write_vendor(&loading, "2.yml", "beta");
	write_vendor(&loading, "3.yaml", "be-a");
	loading_load(&loading, NULL, NULL, DAY_2026_01_01);
	assert_no_errors(&loading, "three vendors");
	assert_int_equal(loading.set->vendor_count, 3);
	assert_string_equal(loading.set->vendors[0].id, "be-a");
	assert_string_equal(loading.set->vendors[1].id, "beta");
	assert_string_equal(loading.set->vendors[2].id, "zeta");
	loading_close(&loading);
}

static void second_file_of_a_vendor_is_refused(void **state)
{
	struct loading loading;

	(void)state;
	loading_open(&loading);
	write_vendor(&loading, "1.yaml", "acme");
	write_vendor(&loading, "2.yaml", "@acme");
	loading_load(&loading, NULL, NULL, DAY_2026_01_01);
	assert_one_error(&loading, "two files", "1.yaml:2:9");
	assert_non_null(strstr(loading.diags.items[0].at.file, "/2.yaml"));
	loading_close(&loading);
}

static void bad_file_does_not_hide_the_next_one(void **state)
{
	struct loading loading;

	(void)state;
	loading_open(&loading);
	loading_write(&loading, "1.yaml", "[");
	loading_write(&loading, "2.yaml", "voxdp: 1\n");
	loading_load(&loading, NULL, NULL, DAY_2026_01_01);
	assert_int_equal(loading.diags.errors, 1 + 3); /* vendor, title, services */
	loading_close(&loading);
}

/* Files that cannot be read: an error for the file as a whole. */
static void assert_unreadable(struct loading *loading, const char *name, const char *part)
{
	loading->line = loading->column = 0;
	loading_load(loading, name, NULL, DAY_2026_01_01);
	assert_one_error(loading, part, part);
}

static void what_cannot_be_read_is_an_error(void **state)
{
	struct loading loading;
	int fd;

	(void)state;
	loading_open(&loading);
	assert_unreadable(&loading, NULL, "holds no profile");
	assert_unreadable(&loading, "absent.yaml", "No such file");
	assert_int_equal(mkfifo(loading_path(&loading, "fifo.yaml"), 0600), 0);
	assert_unreadable(&loading, "fifo.yaml", "not a regular file");
	loading_write(&loading, "large.yaml", "");
	fd = open(loading_path(&loading, "large.yaml"), O_WRONLY);
	assert_int_equal(ftruncate(fd, (16 << 20) + 1), 0);
	close(fd);
	assert_unreadable(&loading, "large.yaml", "too large");
	loading_close(&loading);
}

static void file_without_permission_is_an_error(void **state)
{
	const bool is_root = geteuid() == 0;
	struct loading loading;

	(void)state;
	loading_open(&loading);
	write_vendor(&loading, "1.yaml", "acme");
	assert_int_equal(chmod(loading.directory, 0755), 0);
	assert_int_equal(chmod(loading_path(&loading, "1.yaml"), 0), 0);
	if (is_root) /* root reads everything */
		assert_int_equal(seteuid(65534), 0);
	loading.line = loading.column = 0;
	loading_load(&loading, "1.yaml", NULL, DAY_2026_01_01);
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	assert_one_error(&loading, "no permission", "Permission denied");
	loading_close(&loading);
}

static void ten_megabytes_of_brackets_are_one_error(void **state)
{
	const size_t size = 10 * 1024 * 1024;
	char *bytes = malloc(size);
	struct loading loading;

	(void)state;
	loading_open(&loading);
	memset(bytes, '[', size);
	loading_write_bytes(&loading, "test.yaml", bytes, size);
	free(bytes);
	loading.line = 1;
	loading.column = 17;
	loading_load(&loading, "test.yaml", NULL, DAY_2026_01_01);
	assert_one_error(&loading, "brackets", "nested more than 16 levels");
	loading_close(&loading);
}

/* Many of anything: an answer, not a hang. What grows with the square of its input takes minutes here. */
static void many_entries_are_refused_or_read(void **state)
{
	enum { COUNT = 300000 };
	char *text = malloc(COUNT * 40 + 1000), *p = text;
	struct loading loading;

	(void)state;
	loading_open(&loading);
	p += sprintf(p, "voxdp: 1\nvendor: a\ntitle: T\nservices:\n");
	for (int i = 0; i < COUNT; i++)
		p += sprintf(p, "  s%d: {unseen: x, sourc: y}\n", i);
	loading_load_text(&loading, text);
	assert_int_equal(loading.diags.errors, 1);
	assert_non_null(loading_find(&loading, SEVERITY_ERROR, "at most 4096"));
	p = text + sprintf(text, "voxdp: 1\nvendor: a\ntitle: T\nservices:\n  s: {unseen: x, source: y}\n");
	for (int i = 0; i < COUNT; i++)
		p += sprintf(p, "titl%d: x\n", i);
	loading_load_text(&loading, text);
	assert_int_equal(loading.diags.errors, COUNT);
	assert_int_equal(loading.diags.count, DIAG_ERRORS_MAX);
	free(text);
	loading_close(&loading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_profile_has_no_errors),
		cmocka_unit_test(each_mistake_is_one_error_at_its_place),
		cmocka_unit_test(one_run_reports_all_mistakes),
		cmocka_unit_test(model_says_what_the_file_says),
		cmocka_unit_test(digest_is_of_the_bytes_of_the_file),
		cmocka_unit_test(vendors_are_sorted_by_id),
		cmocka_unit_test(second_file_of_a_vendor_is_refused),
		cmocka_unit_test(bad_file_does_not_hide_the_next_one),
		cmocka_unit_test(what_cannot_be_read_is_an_error),
		cmocka_unit_test(file_without_permission_is_an_error),
		cmocka_unit_test(ten_megabytes_of_brackets_are_one_error),
		cmocka_unit_test(many_entries_are_refused_or_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
