/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and prefixes: what is read, what is refused, what contains what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "lib/cleanup.h"
#include "lib/prefix.h"

static const struct {
	const char *text;
	int result;
	const char *formatted; /* NULL: the output is not looked at */
} rows[] = {
	{ "192.0.2.0/24", 0, "192.0.2.0/24" },
	{ "192.0.2.1", 0, "192.0.2.1/32" },
	{ "192.0.2.1/32", 0, "192.0.2.1/32" },
	{ "0.0.0.0/0", 0, "0.0.0.0/0" },
	{ "128.0.0.0/1", 0, "128.0.0.0/1" },
	{ "2001:db8::/32", 0, "2001:db8::/32" },
	{ "2001:DB8::1", 0, "2001:db8::1/128" },
	{ "::/0", 0, "::/0" },
	{ "fe80::/10", 0, "fe80::/10" },
	{ "192.0.2.1/24", -EEXIST, "192.0.2.0/24" },
	{ "192.0.2.3/31", -EEXIST, "192.0.2.2/31" },
	{ "255.255.255.255/0", -EEXIST, "0.0.0.0/0" },
	{ "2001:db8::1/127", -EEXIST, "2001:db8::/127" },
	{ "2001:db8:8000::/32", -EEXIST, "2001:db8::/32" },
	{ "192.0.2.0/33", -ERANGE, NULL },
	{ "192.0.2.0/", -ERANGE, NULL },
	{ "192.0.2.0/024", -ERANGE, NULL },
	{ "192.0.2.0/ 24", -ERANGE, NULL },
	{ "192.0.2.0/24 ", -ERANGE, NULL },
	{ "192.0.2.0/-1", -ERANGE, NULL },
	{ "192.0.2.0/4294967297", -ERANGE, NULL },
	{ "192.0.2.0/24/24", -ERANGE, NULL },
	{ "2001:db8::/129", -ERANGE, NULL },
	{ "", -EINVAL, NULL },
	{ "/24", -EINVAL, NULL },
	{ "/24 192.0.2.0", -EINVAL, NULL },
	{ "192.0.2", -EINVAL, NULL },
	{ "192.0.2.0.0", -EINVAL, NULL },
	{ "192.0.02.0/24", -EINVAL, NULL },
	{ "192.0.2.256", -EINVAL, NULL },
	{ " 192.0.2.0/24", -EINVAL, NULL },
	{ "0x7f.0.0.1", -EINVAL, NULL },
	{ "2001:db8:::/32", -EINVAL, NULL },
	{ "fe80::1%eth0", -EINVAL, NULL },
	{ "relay.example", -EINVAL, NULL },
	{ "1111111111111111111111111111111111111111111111111111111111111111", -EINVAL, NULL },
};

static void text_is_read_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct prefix prefix = {};
		char text[PREFIX_TEXT_MAX];
		int result = prefix_parse(rows[i].text, &prefix);

		if (result != rows[i].result)
			fail_msg("%s: got %d, expected %d", rows[i].text, result, rows[i].result);
		if (!rows[i].formatted) {
			assert_int_equal(prefix.addr.family, 0); /* untouched */
			continue;
		}
		prefix_format(&prefix, text);
		assert_string_equal(text, rows[i].formatted);
	}
}

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return prefix;
}

static void contains_ends_at_the_last_address(void **state)
{
	static const struct {
		const char *prefix, *addr;
		bool inside;
	} cases[] = {
		{ "192.0.2.16/28", "192.0.2.16", true },
		{ "192.0.2.16/28", "192.0.2.31", true },
		{ "192.0.2.16/28", "192.0.2.15", false },
		{ "192.0.2.16/28", "192.0.2.32", false },
		{ "192.0.2.7/32", "192.0.2.7", true },
		{ "192.0.2.7/32", "192.0.2.6", false },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::1", false },
		{ "2001:db8::/33", "2001:db8:7fff::", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "::/0", "2001:db8::1", true },
		{ "::/96", "192.0.2.1", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct prefix prefix = prefix_of(cases[i].prefix);
		struct ip_addr addr;

		assert_int_equal(ip_addr_parse(cases[i].addr, &addr), 0);
		if (prefix_contains(&prefix, &addr) != cases[i].inside)
			fail_msg("%s in %s", cases[i].addr, cases[i].prefix);
	}
}

static void covering_is_by_length_and_address(void **state)
{
	struct prefix wide = prefix_of("192.0.2.0/24"), narrow = prefix_of("192.0.2.128/25");
	struct prefix other = prefix_of("192.0.3.0/25");

	(void)state;
	assert_true(prefix_covers(&wide, &narrow));
	assert_true(prefix_covers(&wide, &wide));
	assert_false(prefix_covers(&narrow, &wide));
	assert_false(prefix_covers(&wide, &other));
}

static void order_puts_the_covering_prefix_first(void **state)
{
	static const char *const sorted[] = { "10.0.0.0/8",   "10.0.0.0/16", "10.0.0.0/32",  "10.0.1.0/24",
					      "192.0.2.0/24", "::/8",	     "2001:db8::/32" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		for (size_t j = 0; j < ARRAY_SIZE(sorted); j++) {
			struct prefix a = prefix_of(sorted[i]), b = prefix_of(sorted[j]);
			int order = prefix_compare(&a, &b);

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_read_strictly),
		cmocka_unit_test(contains_ends_at_the_last_address),
		cmocka_unit_test(covering_is_by_length_and_address),
		cmocka_unit_test(order_puts_the_covering_prefix_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
