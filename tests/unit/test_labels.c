/* SPDX-License-Identifier: BSD-2-Clause */
/* Label files: what a row says, and where it is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/labels.h"
#include "tests/lib/loading.h"

#define HEADER "frame,transport,sport,dport,frag,label,conf\n"

static int setup(void **state)
{
	*state = malloc(sizeof(struct loading));
	loading_open(*state);
	return 0;
}

static int teardown(void **state)
{
	loading_close(*state);
	free(*state);
	return 0;
}

static int open_text(struct loading *loading, const char *text, struct labels **labels, struct failure *failure)
{
	loading_write_bytes(loading, "labels.csv", text, strlen(text));
	return labels_open(loading_path(loading, "labels.csv"), labels, failure);
}

static struct labels *opened(struct loading *loading, const char *text)
{
	struct failure failure = {};
	struct labels *labels = NULL;

	if (open_text(loading, text, &labels, &failure))
		fail_msg("%s", failure.text);
	return labels;
}

static struct label_row next(struct labels *labels)
{
	struct failure failure = {};
	struct label_row row = {};

	if (labels_next(labels, &row, &failure) != 1)
		fail_msg("no row: %s", failure.text);
	return row;
}

static void rows_say_what_their_columns_say(void **state)
{
	struct labels *labels = opened(*state, "conf,detail,frame,label,transport,sport,dport,frag\r\n"
					       "magic,\"a, \"\"b\"\"\",1,turn-channel,udp,0,65535,first\r\n"
					       "ambiguous,,2,other,sctp,7,8,later");
	struct failure failure = {};
	struct label_row row = next(labels);

	assert_int_equal(row.frame, 1);
	assert_int_equal(row.packet.protocol, VX_PROTOCOL_TURN_CHANNEL);
	assert_int_equal(row.conf, LABEL_MAGIC);
	assert_true(row.packet.has_ports);
	assert_int_equal(row.packet.sport, 0);
	assert_int_equal(row.packet.dport, 65535);
	assert_false(row.later_fragment);
	row = next(labels);
	assert_int_equal(row.frame, 2);
	assert_int_equal(row.packet.protocol, VX_PROTOCOL_OTHER);
	assert_int_equal(row.conf, LABEL_AMBIGUOUS);
	assert_false(row.packet.has_ports); /* of a transport that voxdp does not read */
	assert_true(row.later_fragment);
	assert_int_equal(labels_next(labels, &row, &failure), 0);
	labels_close(labels);
}

/* Columns that need not be there, and cells of them that need not be filled. */
static void what_a_tunnel_carries_is_a_packet_of_its_own(void **state)
{
	struct labels *labels =
		opened(*state, "frame,transport,sport,dport,frag,label,conf,inner_transport,inner_sport,"
			       "inner_dport,inner_label\n"
			       "1,gre,,,,other,clean,udp,5060,5061,sip\n"
			       "2,udp,1,2,,other,clean,,,,\n"
			       "3,gre,,,,other,clean,udp,5060,5061,smtp\n");
	struct failure failure = {};
	struct label_row row = next(labels);

	assert_true(row.has_inner);
	assert_false(row.packet.has_ports);
	assert_int_equal(row.packet.protocol, VX_PROTOCOL_OTHER);
	assert_int_equal(row.inner.protocol, VX_PROTOCOL_SIP);
	assert_int_equal(row.inner.sport, 5060);
	assert_int_equal(row.inner.dport, 5061);
	row = next(labels);
	assert_false(row.has_inner);
	assert_int_equal(row.packet.dport, 2);
	assert_true(labels_next(labels, &row, &failure) < 0);
	assert_non_null(strstr(failure.text, ":4: a label is a protocol that voxdp knows, got \"smtp\""));
	labels_close(labels);
	labels = opened(*state, "frame,transport,sport,dport,frag,label,conf\n1,gre,,,,other,clean\n");
	row = next(labels);
	assert_false(row.has_inner);
	labels_close(labels);
}

static void some_confidences_are_scored_and_some_are_not(void **state)
{
	static const char *const scored[] = { "magic", "signalled", "stream", "documented", "port", "clean" };
	static const char *const apart[] = { "nocookie", "conn", "framed", "continuation", "ambiguous", "inside" };
	size_t found = 0;

	(void)state;
	for (int conf = 0; conf < _LABEL_CONF_MAX; conf++) {
		const char *word = label_conf_word((enum label_conf)conf);

		for (size_t i = 0; i < 6; i++)
			found += strcmp(word, scored[i]) == 0 && label_conf_is_scored((enum label_conf)conf);
		for (size_t i = 0; i < 6; i++)
			found += strcmp(word, apart[i]) == 0 && !label_conf_is_scored((enum label_conf)conf);
	}
	assert_int_equal(found, 12);
	assert_int_equal(_LABEL_CONF_MAX, 12);
}

static void odd_rows_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *row, *part;
	} cases[] = {
		{ "1,udp,1,2,,sip", ":2: a row has as many fields" },
		{ "1,udp,1,2,,sip,magic,more", ":2: a row has as many fields" },
		{ "1,udp,1,2,,sip,\"magic", ":2: a row has as many fields" },
		{ "1,udp,1,2,,sip,\"magic\"x", ":2: a row has as many fields" },
		{ "", ":2: a row has as many fields" },
		{ ",udp,1,2,,sip,magic", ":2: a frame is a number, got \"\"" },
		{ "-1,udp,1,2,,sip,magic", ":2: a frame is a number" },
		{ "99999999999999999999,udp,1,2,,sip,magic", ":2: a frame is a number" },
		{ "1,udp,1,65536,,sip,magic", ":2: a port is 0 to 65535" },
		{ "1,udp,,2,,sip,magic", ":2: a port is 0 to 65535" },
		{ "1,udp,1,2,,SIP,magic", ":2: a label is a protocol that voxdp knows, got \"SIP\"" },
		{ "1,udp,1,2,,sip,certain", ":2: no such confidence, got \"certain\"" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct failure failure = {};
		struct label_row row = {};
		struct labels *labels;
		char text[256];

		(void)snprintf(text, sizeof(text), HEADER "%s\n", cases[i].row);
		labels = opened(*state, text);
		if (labels_next(labels, &row, &failure) >= 0 || !strstr(failure.text, cases[i].part))
			fail_msg("%s: \"%s\", expected \"%s\"", cases[i].row, failure.text, cases[i].part);
		labels_close(labels);
	}
}

static void what_is_no_label_file_is_refused(void **state)
{
	static const char *const texts[] = { "", "\n", "frame,transport,sport,dport,frag,label\n", "frame\"\n", "\"" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct labels *labels = NULL;
		struct failure failure = {};

		assert_true(open_text(*state, texts[i], &labels, &failure) < 0);
		assert_non_null(strstr(failure.text, "names no column"));
	}
}

static void nul_bytes_and_missing_files_are_refused(void **state)
{
	struct labels *labels = NULL;
	struct failure failure = {};

	loading_write_bytes(*state, "labels.csv", HEADER "1\0", sizeof(HEADER) + 1);
	assert_true(labels_open(loading_path(*state, "labels.csv"), &labels, &failure) < 0);
	assert_non_null(strstr(failure.text, "NUL"));
	assert_true(labels_open(loading_path(*state, "nothing.csv"), &labels, &failure) < 0);
	assert_non_null(strstr(failure.text, "No such file"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_say_what_their_columns_say),
		TEST(what_a_tunnel_carries_is_a_packet_of_its_own),
		TEST(some_confidences_are_scored_and_some_are_not),
		TEST(odd_rows_are_refused_with_their_place),
		TEST(what_is_no_label_file_is_refused),
		TEST(nul_bytes_and_missing_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
