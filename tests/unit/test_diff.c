/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of two sets of profiles that differ in one thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compile/diff.h"
#include "lib/cleanup.h"
#include "tests/lib/loading.h"

/* One edit of the good profile and what is told of it, a line a change. */
static const struct edit {
	const char *from, *to, *told;
} edits[] = {
	{ "title: Acme Telephony\n", "title: Acme\n", "changed acme: title Acme Telephony -> Acme\n" },
	{ "revision: 2018-11-21", "revision: 2019-01-01",
	  "changed acme: documents Network requirements, 2018-11-21 -> Network requirements, 2019-01-01\n" },
	/* ranges */
	{ "      - 192.0.2.0/28\n", "", "removed acme range set relays: prefix 192.0.2.0/28\n" },
	{ "      - 192.0.2.0/28\n", "      - 192.0.2.0/28\n      - 192.0.2.64/28\n",
	  "added acme range set relays: prefix 192.0.2.64/28\n" },
	{ "      - 192.0.2.0/28\n", "      - 192.0.2.0/29\n",
	  "removed acme range set relays: prefix 192.0.2.0/28\nadded acme range set relays: prefix 192.0.2.0/29\n" },
	{ "valid_until: 2030-01-01", "valid_until: 2031-01-01",
	  "changed acme range set relays: prefix 192.0.2.16/28, region Berlin, from 2025-01-01, until 2030-01-01 -> "
	  "192.0.2.16/28, region Berlin, from 2025-01-01, until 2031-01-01\n" },
	{ "    claim: shared\n", "    claim: named\n", "changed acme range set pool: claim shared -> named\n" },
	{ "site_groups:\n", "  more: {prefixes: [198.51.100.0/24]}\nsite_groups:\n",
	  "added acme range set more\nadded acme range set more: prefix 198.51.100.0/24\n" },
	{ "      path: pool.json\n", "      path: other.json\n",
	  "changed acme range set pool: list pool.json -> other.json\n" },
	{ "{title: Desk phones, claim: named", "{title: Desk phones, claim: own",
	  "changed acme site group phones: claim named -> own\n" },
	{ "region: Berlin, source: page 4", "region: Berlin, source: page 5",
	  "changed acme range set relays: source page 4 -> page 5\n" },
	/* hosts */
	{ "      - www.acme.example\n", "      - web.acme.example\n",
	  "added acme host set portal: name web.acme.example\nremoved acme host set portal: name www.acme.example\n" },
	{ "planned: not yet", "planned: soon",
	  "removed acme host set portal: name new.acme.example, planned: not yet\n"
	  "added acme host set portal: name new.acme.example, planned: soon\n" },
	/* services */
	{ "    ports: [udp/3478, udp/10000-20000]\n", "    ports: [udp/3478, tcp/443, udp/10000-20000]\n",
	  "changed acme service media: ports udp/3478, udp/10000-20000 -> udp/3478, udp/10000-20000, tcp/443\n" },
	{ "    local_ports: [1024-65535]\n", "", "changed acme service media: local ports 1024-65535 -> any\n" },
	{ "    payload: [media, sip]\n", "    payload: [media]\n",
	  "changed acme service media: payload media, sip -> media\n" },
	{ "    dscp: {in: [EF, 34], out: AF41}\n", "    dscp: {in: [EF, 34]}\n",
	  "removed acme service media: dscp out AF41\n" },
	{ "    dscp: CS3\n", "    dscp: {in: CS3, out: EF}\n",
	  "changed acme service everywhere: dscp out CS3 -> EF\n" },
	{ "    priority: -5\n", "    priority: 5\n", "changed acme service media: priority -5 -> 5\n" },
	{ "    remote: [relays, pool, phones]\n", "    remote: [relays, any]\n",
	  "changed acme service media: remote phones, pool, relays -> any, relays\n" },
	{ "    hosts: [portal]\n", "", "removed acme service media: hosts portal\n" },
	{ "    direction: out\n", "", "changed acme service media: direction out -> both\n" },
	{ "    platform: [web, edge]\n", "    platform: web\n",
	  "changed acme service media: platform web, edge -> web\n" },
	{ "    labels: {media: audio}\n", "    labels: {media: video}\n",
	  "changed acme service media: labels media audio -> media video\n" },
	{ "    note: first row\n", "", "removed acme service media: note first row\n" },
	{ "    legacy: true\n", "", "removed acme service media: legacy true\n" },
	{ "    third_party: Example Ltd\n", "    third_party: Other Ltd\n",
	  "changed acme service media: third party Example Ltd -> Other Ltd\n" },
	{ "    source: [page 7, page 8]\n", "    source: [page 8, page 9]\n",
	  "changed acme service media: source page 7, page 8 -> page 8, page 9\n" },
	{ "    unseen: a setting of the client\n", "    unseen: a setting\n",
	  "changed acme service proxy: unseen a setting of the client -> a setting\n" },
	{ "  proxy:\n    source: page 10\n    unseen: a setting of the client\n", "", "removed acme service proxy\n" },
	{ "  proxy:\n", "  web-proxy:\n", "removed acme service proxy\nadded acme service web-proxy\n" },
	/* what is no difference */
	{ "    platform: [web, edge]\n", "    platform: [edge, web]\n", "" },
	{ "    payload: [media, sip]\n", "    payload: [sip, stun, turn-channel, dtls, zrtp, rtp, rtcp]\n", "" },
	{ "    ports: [udp/3478, udp/10000-20000]\n", "    ports: [udp/10000-15000, udp/15001-20000, udp/3478]\n", "" },
	{ "    remote: [relays, pool, phones]\n", "    remote: [phones, pool, relays]\n", "" },
	{ "    note: first row\n", "    # a comment\n    note: 'first row'\n", "" },
	{ "      - \"2001:db8::/32\"\n", "      - \"2001:DB8:0::/32\"\n", "" },
};

static char *told(const struct changes *changes)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->items[i];

		fprintf(out, "%s %s", change_words[change->kind], change->vendor);
		if (change->section)
			fprintf(out, " %s %s", change->section, change->id);
		if (change->what)
			fprintf(out, ": %s %s", change->what, change->before ? change->before : change->after);
		fprintf(out, "%s%s\n", change->before && change->after ? " -> " : "",
			change->before && change->after ? change->after : "");
	}
	assert_int_equal(fclose(out), 0);
	return text;
}

static void each_edit_is_told_as_what_it_is(void **state)
{
	struct loading before, after;

	(void)state;
	loading_open(&before);
	loading_open(&after);
	loading_load_text(&before, loading_profile);
	assert_no_errors(&before, "before");
	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		CLEANUP(changes_fini) struct changes changes = {}, back = {};
		CLEANUP_FREE char *text = NULL;

		loading_load_changed(&after, edits[i].from, edits[i].to);
		assert_no_errors(&after, edits[i].to);
		assert_int_equal(profiles_diff(before.set, after.set, &changes), 0);
		text = told(&changes);
		assert_string_equal(text, edits[i].told);
		assert_int_equal(profiles_diff(after.set, before.set, &back), 0);
		assert_int_equal(changes.count, back.count);
	}
	loading_close(&before);
	loading_close(&after);
}

#define VENDOR(id) "voxdp: 1\nvendor: " id "\ntitle: T\nservices:\n  s: {source: x, unseen: reason}\n"

static void vendors_come_and_go(void **state)
{
	CLEANUP(changes_fini) struct changes changes = {};
	CLEANUP_FREE char *text = NULL;
	struct loading before, after;

	(void)state;
	loading_open(&before);
	loading_open(&after);
	loading_write(&before, "1.yaml", VENDOR("gone"));
	loading_write(&before, "2.yaml", VENDOR("stays"));
	loading_write(&after, "1.yaml", VENDOR("stays"));
	loading_write(&after, "2.yaml", VENDOR("arrives"));
	loading_load(&before, NULL, NULL, 0);
	loading_load(&after, NULL, NULL, 0);
	assert_int_equal(profiles_diff(before.set, after.set, &changes), 0);
	text = told(&changes);
	assert_string_equal(text, "added arrives\nadded arrives service s\nremoved gone\nremoved gone service s\n");
	loading_close(&before);
	loading_close(&after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_edit_is_told_as_what_it_is),
		cmocka_unit_test(vendors_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
