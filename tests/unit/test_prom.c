/* SPDX-License-Identifier: BSD-2-Clause */
/* The Prometheus text format, and what voxdp writes in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/prom.h"
#include "serve/exposition.h"

static const struct prom_family family = { "x_total", "What x is.", PROM_COUNTER };

static void family_has_help_and_type(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	prom_family(out, &family);
	prom_sample(out, &family, NULL, 0, 7);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "# HELP x_total What x is.\n# TYPE x_total counter\nx_total 7\n");
	free(text);
}

static void label_values_are_escaped(void **state)
{
	const struct prom_label labels[] = { { "a", "plain" }, { "b", "back\\slash \"quote\" line\nfeed" } };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	prom_sample(out, &family, labels, 2, UINT64_MAX);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "x_total{a=\"plain\",b=\"back\\\\slash \\\"quote\\\" line\\nfeed\"} "
				  "18446744073709551615\n");
	free(text);
}

/* One row of each kind, by hand. */
static struct counter_row rows[] = {
	{ COUNTER_OUTCOME, "eth0", "acme", "sip", VX_PROTOCOL_SIP, VX_DIRECTION_IN, VX_OUTCOME_MATCH, 0, 3, 300 },
	{ COUNTER_OUTCOME, "eth0", NULL, NULL, VX_PROTOCOL_OTHER, VX_DIRECTION_NONE, VX_OUTCOME_MALFORMED, 0, 2, 40 },
	{ COUNTER_MALFORMED, "eth0", NULL, NULL, VX_PROTOCOL_OTHER, VX_DIRECTION_NONE, VX_OUTCOME_MALFORMED,
	  VX_MALFORMED_UDP_LENGTH, 2, 40 },
	{ COUNTER_DSCP, "eth0", "acme", "sip", VX_PROTOCOL_OTHER, VX_DIRECTION_IN, VX_OUTCOME_OTHER, 0, 1, 100 },
};

static void every_kind_of_row_goes_to_its_family(void **state)
{
	const struct counters counters = { .rows = rows, .count = 4 };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	exposition_write(out, &counters);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "\nvoxdp_packets_total{device=\"eth0\",vendor=\"acme\",vendor_service=\"sip\","
				     "protocol=\"sip\",direction=\"in\",outcome=\"match\"} 3\n"));
	assert_non_null(strstr(text, "\nvoxdp_bytes_total{device=\"eth0\",vendor=\"acme\",vendor_service=\"sip\","
				     "protocol=\"sip\",direction=\"in\",outcome=\"match\"} 300\n"));
	assert_non_null(strstr(text, "\nvoxdp_packets_total{device=\"eth0\",vendor=\"none\",vendor_service=\"none\","
				     "protocol=\"other\",direction=\"none\",outcome=\"malformed\"} 2\n"));
	assert_non_null(strstr(text, "\nvoxdp_malformed_packets_total{device=\"eth0\",reason=\"udp_length\"} 2\n"));
	assert_non_null(strstr(text, "\nvoxdp_dscp_unexpected_packets_total{device=\"eth0\",vendor=\"acme\","
				     "vendor_service=\"sip\",direction=\"in\"} 1\n"));
	free(text);
}

static void no_packet_is_counted_twice(void **state)
{
	const struct counters counters = { .rows = rows, .count = 4 };
	char *text = NULL, *line, *save;
	size_t size = 0, sum = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	exposition_write(out, &counters);
	assert_int_equal(fclose(out), 0);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "voxdp_packets_total{", 20) == 0)
			sum += strtoul(strrchr(line, ' '), NULL, 10);
	assert_int_equal(sum, 5);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(family_has_help_and_type),
		cmocka_unit_test(label_values_are_escaped),
		cmocka_unit_test(every_kind_of_row_goes_to_its_family),
		cmocka_unit_test(no_packet_is_counted_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
