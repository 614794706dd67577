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
	struct prom prom = { .family = &family };

	(void)state;
	prom.out = out;
	prom_family(&prom, &family);
	prom_sample(&prom, NULL, 0, 7);
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
	struct prom prom = { .family = &family };

	(void)state;
	prom.out = out;
	prom_sample(&prom, labels, 2, UINT64_MAX);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "x_total{a=\"plain\",b=\"back\\\\slash \\\"quote\\\" line\\nfeed\"} "
				  "18446744073709551615\n");
	free(text);
}

/* One row of each kind, by hand. */
static struct counter_row rows[] = {
	{ .kind = COUNTER_OUTCOME,
	  .device = "eth0",
	  .vendor = "acme",
	  .service = "sip",
	  .protocol = VX_PROTOCOL_SIP,
	  .direction = VX_DIRECTION_IN,
	  .outcome = VX_OUTCOME_MATCH,
	  .packets = 3,
	  .bytes = 300 },
	{ .kind = COUNTER_OUTCOME, .device = "eth0", .outcome = VX_OUTCOME_MALFORMED, .packets = 2, .bytes = 40 },
	{ .kind = COUNTER_MALFORMED,
	  .device = "eth0",
	  .outcome = VX_OUTCOME_MALFORMED,
	  .malformed = VX_MALFORMED_UDP_LENGTH,
	  .packets = 2,
	  .bytes = 40 },
	{ .kind = COUNTER_DSCP,
	  .device = "eth0",
	  .vendor = "acme",
	  .service = "sip",
	  .direction = VX_DIRECTION_IN,
	  .packets = 1,
	  .bytes = 100 },
};

static void every_kind_of_row_goes_to_its_family(void **state)
{
	const struct counters counters = { .rows = rows, .count = 4 };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct prom prom = { .family = &family };

	(void)state;
	prom.out = out;
	exposition_counters(&prom, &counters);
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
	struct prom prom = { .family = &family };

	(void)state;
	prom.out = out;
	exposition_counters(&prom, &counters);
	assert_int_equal(fclose(out), 0);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "voxdp_packets_total{", 20) == 0)
			sum += strtoul(strrchr(line, ' '), NULL, 10);
	assert_int_equal(sum, 5);
	free(text);
}

static void openmetrics_names_families_without_their_suffix(void **state)
{
	static const struct prom_family families[] = {
		{ "x_bytes_total", "Bytes.", PROM_COUNTER },
		{ "x_start_seconds", "Start.", PROM_GAUGE },
		{ "x_build_info", "Build.", PROM_INFO },
		{ "x_kilobytes", "No unit of the list.", PROM_GAUGE },
	};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct prom prom = { .out = out, .format = PROM_OPENMETRICS };

	(void)state;
	prom_family(&prom, &families[0]);
	prom_sample(&prom, NULL, 0, 1);
	prom_family(&prom, &families[1]);
	prom_sample_seconds(&prom, NULL, 0, 1700000000000000001);
	prom_family(&prom, &families[2]);
	prom_family(&prom, &families[3]);
	prom_end(&prom);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(prom.samples, 2);
	assert_string_equal(text,
			    "# HELP x_bytes Bytes.\n# TYPE x_bytes counter\n# UNIT x_bytes bytes\nx_bytes_total 1\n"
			    "# HELP x_start_seconds Start.\n# TYPE x_start_seconds gauge\n"
			    "# UNIT x_start_seconds seconds\nx_start_seconds 1700000000.000000001\n"
			    "# HELP x_build Build.\n# TYPE x_build info\n"
			    "# HELP x_kilobytes No unit of the list.\n# TYPE x_kilobytes gauge\n# EOF\n");
	free(text);
}

static void accept_chooses_the_format(void **state)
{
	static const struct {
		const char *accept;
		enum prom_format format;
	} headers[] = {
		{ NULL, PROM_TEXT },
		{ "", PROM_TEXT },
		{ "*/*", PROM_TEXT },
		{ "text/plain", PROM_TEXT },
		{ "application/openmetrics-text", PROM_OPENMETRICS },
		{ "application/openmetrics-text; version=1.0.0", PROM_OPENMETRICS },
		{ "APPLICATION/OpenMetrics-Text;Version=1.0.0", PROM_OPENMETRICS },
		{ "application/openmetrics-text;version=2.0.0", PROM_TEXT },
		{ "application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.4,*/*;q=0.1",
		  PROM_OPENMETRICS },
		/* Prometheus 2.42, and with text preferred */
		{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
		  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  PROM_OPENMETRICS },
		{ "application/openmetrics-text;q=0.5, text/plain;q=0.9", PROM_TEXT },
		{ "application/openmetrics-text;q=0.5,text/plain;q=0.5", PROM_TEXT },
		{ "application/openmetrics-text;q=0, text/plain", PROM_TEXT },
		/* The precise range tells the quality, not the wide one. */
		{ "text/plain;q=0.2,*/*;q=0.8,application/openmetrics-text;q=0.3", PROM_OPENMETRICS },
		{ "application/openmetrics-text;q=0.3,text/*;q=0.4", PROM_TEXT },
		{ "application/openmetrics-text;q=nan,text/plain", PROM_TEXT },
		{ ";;;,,,=;q", PROM_TEXT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (prom_negotiate(headers[i].accept) != headers[i].format)
			fail_msg("%s", headers[i].accept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(family_has_help_and_type),
		cmocka_unit_test(label_values_are_escaped),
		cmocka_unit_test(every_kind_of_row_goes_to_its_family),
		cmocka_unit_test(no_packet_is_counted_twice),
		cmocka_unit_test(openmetrics_names_families_without_their_suffix),
		cmocka_unit_test(accept_chooses_the_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
