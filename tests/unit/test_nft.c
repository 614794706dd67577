/* SPDX-License-Identifier: BSD-2-Clause */
/* The table for nftables, word by word; that nft takes it is tested end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compile/nft.h"
#include "lib/cleanup.h"
#include "tests/lib/loading.h"

static const char profile[] =
	"voxdp: 1\nvendor: acme\ntitle: T\n"
	"ranges:\n  r: {prefixes: [192.0.2.64/26, 192.0.2.0/28, \"2001:db8::/32\"]}\n"
	"site_groups:\n  g: {}\n"
	"hosts:\n  h: {names: [www.acme.example, \"*.acme.example\"]}\n"
	"services:\n"
	"  sip: {source: x, remote: r, ports: [udp/5060, tcp/5060-5061], local_ports: 1024+, payload: sip}\n"
	"  all: {source: x, remote: any, ports: udp/any, payload: stun}\n"
	"  waits: {source: x, remote: g, hosts: h, ports: tcp/443, payload: tls}\n"
	"  never: {source: x, unseen: reason}\n";

static const char expected[] =
	"table inet voxdp {\n"
	"\tset v.acme.r.ipv4 {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t\tauto-merge\n\t\telements = {\n"
	"\t\t\t192.0.2.0/28,\n\t\t\t192.0.2.64/26\n\t\t}\n\t}\n"
	"\tset v.acme.r.ipv6 {\n\t\ttype ipv6_addr\n\t\tflags interval\n\t\tauto-merge\n\t\telements = {\n"
	"\t\t\t2001:db8::/32\n\t\t}\n\t}\n"
	"\tset v.acme.sip.udp {\n\t\ttype inet_service\n\t\tflags interval\n\t\tauto-merge\n\t\telements = {\n"
	"\t\t\t5060\n\t\t}\n\t}\n"
	"\tset v.acme.sip.tcp {\n\t\ttype inet_service\n\t\tflags interval\n\t\tauto-merge\n\t\telements = {\n"
	"\t\t\t5060-5061\n\t\t}\n\t}\n"
	"\tset v.acme.sip.local {\n\t\ttype inet_service\n\t\tflags interval\n\t\tauto-merge\n\t\telements = {\n"
	"\t\t\t1024-65535\n\t\t}\n\t}\n"
	"\tset v.acme.waits.tcp {\n\t\ttype inet_service\n\t\tflags interval\n\t\tauto-merge\n\t\telements = {\n"
	"\t\t\t443\n\t\t}\n\t}\n"
	"\n\tchain guides {\n\t\ttype filter hook forward priority filter; policy accept;\n\n"
	"\t\tip saddr @v.acme.r.ipv4 udp sport @v.acme.sip.udp udp dport @v.acme.sip.local counter comment \"acme/sip in\"\n"
	"\t\tip daddr @v.acme.r.ipv4 udp dport @v.acme.sip.udp udp sport @v.acme.sip.local counter comment \"acme/sip out\"\n"
	"\t\tip saddr @v.acme.r.ipv4 tcp sport @v.acme.sip.tcp tcp dport @v.acme.sip.local counter comment \"acme/sip in\"\n"
	"\t\tip daddr @v.acme.r.ipv4 tcp dport @v.acme.sip.tcp tcp sport @v.acme.sip.local counter comment \"acme/sip out\"\n"
	"\t\tip6 saddr @v.acme.r.ipv6 udp sport @v.acme.sip.udp udp dport @v.acme.sip.local counter comment \"acme/sip in\"\n"
	"\t\tip6 daddr @v.acme.r.ipv6 udp dport @v.acme.sip.udp udp sport @v.acme.sip.local counter comment \"acme/sip out\"\n"
	"\t\tip6 saddr @v.acme.r.ipv6 tcp sport @v.acme.sip.tcp tcp dport @v.acme.sip.local counter comment \"acme/sip in\"\n"
	"\t\tip6 daddr @v.acme.r.ipv6 tcp dport @v.acme.sip.tcp tcp sport @v.acme.sip.local counter comment \"acme/sip out\"\n"
	"\t\tmeta l4proto udp counter comment \"acme/all in\"\n"
	"\t\tmeta l4proto udp counter comment \"acme/all out\"\n"
	"\t\t# acme/waits: no addresses yet of g www.acme.example *.acme.example\n"
	"\t\t# acme/never: no packet shows it\n"
	"\t}\n}\n";

static void table_has_sets_and_rules_both_ways(void **state)
{
	CLEANUP_FREE char *text = NULL;
	const struct vendor *vendor;
	struct loading loading;
	size_t size;
	FILE *out;

	(void)state;
	loading_open(&loading);
	loading_load_text(&loading, profile);
	assert_no_errors(&loading, "profile");
	vendor = &loading.set->vendors[0];
	out = open_memstream(&text, &size);
	assert_int_equal(nft_write(out, &vendor, 1), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	loading_close(&loading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_has_sets_and_rules_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
