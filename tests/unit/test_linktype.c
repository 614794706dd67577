/* SPDX-License-Identifier: BSD-2-Clause */
/* Link headers become Ethernet headers. Frames are written by hand from each link type's description. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pcap/dlt.h>

#include "lib/linktype.h"

/* A link header, and the EtherType and offset that its packet has. ethertype -1: the frame is too short. */
static const struct {
	const char *name;
	int dlt;
	size_t length;
	const char *bytes;
	size_t offset;
	int ethertype;
} rows[] = {
	{ "raw IPv4", DLT_RAW, 2, "\x45\x00", 0, 0x0800 },
	{ "raw IPv6", DLT_RAW, 2, "\x60\x00", 0, 0x86dd },
	{ "raw, neither version", DLT_RAW, 2, "\x10\x00", 0, 0x0800 },
	{ "raw, empty", DLT_RAW, 0, "", 0, -1 },
	{ "IPv4", DLT_IPV4, 1, "\x45", 0, 0x0800 },
	{ "IPv6", DLT_IPV6, 1, "\x60", 0, 0x86dd },
	{ "null, little-endian AF_INET", DLT_NULL, 5, "\x02\x00\x00\x00\x45", 4, 0x0800 },
	{ "null, big-endian AF_INET", DLT_NULL, 5, "\x00\x00\x00\x02\x45", 4, 0x0800 },
	{ "null, FreeBSD AF_INET6", DLT_NULL, 5, "\x1c\x00\x00\x00\x60", 4, 0x86dd },
	{ "null, NetBSD AF_INET6", DLT_NULL, 5, "\x18\x00\x00\x00\x60", 4, 0x86dd },
	{ "null, macOS AF_INET6", DLT_NULL, 5, "\x1e\x00\x00\x00\x60", 4, 0x86dd },
	{ "loop, AF_INET6 of Linux", DLT_LOOP, 5, "\x00\x00\x00\x0a\x60", 4, 0x86dd },
	{ "null, another family", DLT_NULL, 5, "\x07\x00\x00\x00\x45", 4, 0 },
	{ "null, cut", DLT_NULL, 3, "\x02\x00\x00", 0, -1 },
	{ "cooked", DLT_LINUX_SLL, 16, "\0\0\0\1\0\6\xaa\xbb\xcc\xdd\xee\xff\0\0\x86\xdd", 16, 0x86dd },
	{ "cooked, cut", DLT_LINUX_SLL, 15, "\0\0\0\1\0\6\xaa\xbb\xcc\xdd\xee\xff\0\0\x86", 0, -1 },
	{ "cooked v2", DLT_LINUX_SLL2, 20, "\x08\x00\0\0\0\0\0\1\0\1\0\6\xaa\xbb\xcc\xdd\xee\xff\0\0", 20, 0x0800 },
	{ "cooked v2, cut", DLT_LINUX_SLL2, 19, "\x08\x00\0\0\0\0\0\1\0\1\0\6\xaa\xbb\xcc\xdd\xee\xff\0", 0, -1 },
	{ "PPP IPv4", DLT_PPP, 3, "\x00\x21\x45", 2, 0x0800 },
	{ "PPP IPv6", DLT_PPP, 3, "\x00\x57\x60", 2, 0x86dd },
	{ "PPP with address and control", DLT_PPP, 5, "\xff\x03\x00\x21\x45", 4, 0x0800 },
	{ "PPP with a compressed protocol", DLT_PPP, 2, "\x21\x45", 1, 0x0800 },
	{ "PPP MPLS", DLT_PPP_SERIAL, 4, "\xff\x03\x02\x81", 4, 0x8847 },
	{ "PPP LCP", DLT_PPP, 2, "\xc0\x21", 2, 0x880b },
	{ "PPP, cut", DLT_PPP, 1, "\x00", 0, -1 },
	{ "Cisco HDLC", DLT_C_HDLC, 4, "\x0f\x00\x08\x00", 4, 0x0800 },
	{ "PPPoE without Ethernet", DLT_PPP_ETHER, 6, "\x11\x00\x00\x01\x00\x00", 0, 0x8864 },
};

static void link_headers_become_ethernet(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct linktype_header header;
		/* A copy of exactly this length, so that a sanitizer sees a read behind it. */
		uint8_t *bytes = malloc(rows[i].length ? rows[i].length : 1);
		int result;

		assert_non_null(bytes);
		memcpy(bytes, rows[i].bytes, rows[i].length);
		result = linktype_convert(rows[i].dlt, bytes, rows[i].length, &header);
		free(bytes);
		if (rows[i].ethertype < 0) {
			if (result == 0)
				fail_msg("%s: was taken", rows[i].name);
			continue;
		}
		if (result || !header.add || header.skip != rows[i].offset ||
		    (header.ethernet[12] << 8 | header.ethernet[13]) != rows[i].ethertype)
			fail_msg("%s: result %d, offset %zu, EtherType %02x%02x", rows[i].name, result, header.skip,
				 header.ethernet[12], header.ethernet[13]);
	}
}

static void ethernet_stays_as_it_is(void **state)
{
	struct linktype_header header;

	(void)state;
	assert_true(linktype_is_known(DLT_EN10MB));
	assert_int_equal(linktype_convert(DLT_EN10MB, NULL, 0, &header), 0);
	assert_false(header.add);
}

static void other_link_types_are_unknown(void **state)
{
	struct linktype_header header;

	(void)state;
	assert_false(linktype_is_known(DLT_IEEE802_11));
	assert_true(linktype_convert(DLT_IEEE802_11, (const uint8_t *)"", 0, &header) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_headers_become_ethernet),
		cmocka_unit_test(ethernet_stays_as_it_is),
		cmocka_unit_test(other_link_types_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
