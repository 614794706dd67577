/* SPDX-License-Identifier: BSD-2-Clause */
/* Port spans and sets. */
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
#include "lib/ports.h"

static void spans_are_read_strictly(void **state)
{
	static const struct {
		const char *text;
		int result;
		uint16_t first, last;
	} rows[] = {
		{ "any", 0, 0, 65535 },
		{ "1", 0, 1, 1 },
		{ "65535", 0, 65535, 65535 },
		{ "5060-5061", 0, 5060, 5061 },
		{ "7-7", 0, 7, 7 },
		{ "4000+", 0, 4000, 65535 },
		{ "65535+", 0, 65535, 65535 },
		{ "0", -EDOM, 0, 0 },
		{ "0-5", -EDOM, 0, 0 },
		{ "0+", -EDOM, 0, 0 },
		{ "1-0", -EDOM, 0, 0 },
		{ "65536", -ERANGE, 0, 0 },
		{ "70000", -ERANGE, 0, 0 },
		{ "1-65536", -ERANGE, 0, 0 },
		{ "99999999999999999999", -ERANGE, 0, 0 },
		{ "20-10", -ENOTSUP, 0, 0 },
		{ "", -EINVAL, 0, 0 },
		{ "5060abc", -EINVAL, 0, 0 },
		{ "010", -EINVAL, 0, 0 },
		{ "00", -EINVAL, 0, 0 },
		{ "-5", -EINVAL, 0, 0 },
		{ "5-", -EINVAL, 0, 0 },
		{ "5 - 6", -EINVAL, 0, 0 },
		{ "5-6-7", -EINVAL, 0, 0 },
		{ "5++", -EINVAL, 0, 0 },
		{ "+5", -EINVAL, 0, 0 },
		{ "1-010", -EINVAL, 0, 0 },
		{ "Any", -EINVAL, 0, 0 },
		{ "0x10", -EINVAL, 0, 0 },
		{ "1,2", -EINVAL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct port_span span = {};
		int result = port_span_parse(rows[i].text, &span);

		if (result != rows[i].result || span.first != rows[i].first || span.last != rows[i].last)
			fail_msg("\"%s\": got %d, %u-%u", rows[i].text, result, span.first, span.last);
	}
}

/* The set as 65,536 flags, made without the code under test. */
static void joined_spans_hold_the_same_ports(void **state)
{
	struct port_span spans[] = { { 5060, 5061 }, { 10, 20 }, { 5062, 5070 }, { 15, 30 },	   { 40, 40 },
				     { 41, 41 },     { 0, 0 },	 { 12, 13 },	 { 65535, 65535 }, { 65000, 65534 } };
	bool expected[65536] = {};
	struct port_set set = { .spans = spans };
	uint32_t size = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spans); i++)
		for (uint32_t port = spans[i].first; port <= spans[i].last; port++)
			expected[port] = true;
	set.count = port_spans_join(spans, ARRAY_SIZE(spans));
	assert_int_equal(set.count, 5); /* 0, 10-30, 40-41, 5060-5070, 65000-65535 */
	for (uint32_t port = 0; port < 65536; port++) {
		assert_int_equal(port_set_has(&set, (uint16_t)port), expected[port]);
		size += expected[port];
	}
	assert_int_equal(port_set_size(&set), size);
}

static void whole_range_has_65536_ports(void **state)
{
	struct port_span span = { 0, 65535 };
	struct port_set set = { &span, port_spans_join(&span, 1) }, empty = {};

	(void)state;
	assert_int_equal(port_set_size(&set), 65536);
	assert_int_equal(port_set_size(&empty), 0);
	assert_false(port_set_has(&empty, 0));
	assert_int_equal(port_spans_join(NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_are_read_strictly),
		cmocka_unit_test(joined_spans_hold_the_same_ports),
		cmocka_unit_test(whole_range_has_65536_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
