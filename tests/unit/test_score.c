/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums over a confusion matrix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/score.h"

static void add(struct score *score, enum label_conf conf, enum vx_protocol label, enum vx_protocol said, bool early)
{
	const struct label_row row = { .packet.protocol = label, .conf = conf };
	const struct scored scored = { .label = &row, .said = said, .early = early };

	score_add(score, &scored);
}

static void assert_share(struct share share, uint64_t part, uint64_t whole)
{
	assert_int_equal(share.part, part);
	assert_int_equal(share.whole, whole);
}

static void recall_is_by_confidence_and_precision_over_the_scored(void **state)
{
	struct score score = {};

	(void)state;
	add(&score, LABEL_MAGIC, VX_PROTOCOL_SIP, VX_PROTOCOL_SIP, false);
	add(&score, LABEL_MAGIC, VX_PROTOCOL_SIP, VX_PROTOCOL_OTHER, false);
	add(&score, LABEL_PORT, VX_PROTOCOL_SIP, VX_PROTOCOL_SIP, false);
	add(&score, LABEL_CLEAN, VX_PROTOCOL_OTHER, VX_PROTOCOL_SIP, false);
	add(&score, LABEL_CONTINUATION, VX_PROTOCOL_SIP, VX_PROTOCOL_OTHER, false);
	assert_share(score_recall(&score, LABEL_MAGIC, VX_PROTOCOL_SIP), 1, 2);
	assert_share(score_recall(&score, LABEL_PORT, VX_PROTOCOL_SIP), 1, 1);
	assert_share(score_recall(&score, LABEL_CONTINUATION, VX_PROTOCOL_SIP), 0, 1);
	assert_share(score_recall_all(&score, VX_PROTOCOL_SIP), 2, 3);
	assert_share(score_precision(&score, VX_PROTOCOL_SIP), 2, 3);
	assert_share(score_precision(&score, VX_PROTOCOL_OTHER), 0, 1);
	assert_share(score_total(&score), 2, 4);
}

static void early_rtp_is_left_out_where_it_cannot_be_known(void **state)
{
	struct score score = {};

	(void)state;
	add(&score, LABEL_SIGNALLED, VX_PROTOCOL_RTP, VX_PROTOCOL_OTHER, true);
	add(&score, LABEL_SIGNALLED, VX_PROTOCOL_RTP, VX_PROTOCOL_RTP, true); /* a service expected it */
	add(&score, LABEL_SIGNALLED, VX_PROTOCOL_RTP, VX_PROTOCOL_RTP, false);
	add(&score, LABEL_STREAM, VX_PROTOCOL_RTP, VX_PROTOCOL_OTHER, false);
	add(&score, LABEL_AMBIGUOUS, VX_PROTOCOL_RTP, VX_PROTOCOL_RTP, false);
	assert_share(score_knowable(&score, LABEL_SIGNALLED), 1, 1);
	assert_share(score_knowable(&score, LABEL_STREAM), 0, 1);
	assert_share(score_knowable(&score, _LABEL_CONF_MAX), 1, 2);
	assert_share(score_recall(&score, LABEL_SIGNALLED, VX_PROTOCOL_RTP), 2, 3);
}

static void media_is_all_that_belongs_to_a_call(void **state)
{
	struct score score = {};

	(void)state;
	for (int said = 0; said < _VX_PROTOCOL_MAX; said++) {
		add(&score, LABEL_CLEAN, VX_PROTOCOL_OTHER, (enum vx_protocol)said, false);
		add(&score, LABEL_AMBIGUOUS, VX_PROTOCOL_OTHER, (enum vx_protocol)said, false);
	}
	/* sip stun turn-channel dtls zrtp rtp rtcp */
	assert_share(score_false_media(&score), 7, 14);
}

static void labels_have_no_word_for_http_and_xmpp(void **state)
{
	(void)state;
	assert_true(score_is_right(VX_PROTOCOL_OTHER, VX_PROTOCOL_HTTP));
	assert_true(score_is_right(VX_PROTOCOL_OTHER, VX_PROTOCOL_XMPP));
	assert_false(score_is_right(VX_PROTOCOL_OTHER, VX_PROTOCOL_TLS));
	assert_false(score_is_right(VX_PROTOCOL_TLS, VX_PROTOCOL_HTTP));
}

static void ports_are_compared(void **state)
{
	static const struct {
		struct label_row label;
		bool has_ports;
		uint16_t sport, dport;
		enum score_ports expected;
	} cases[] = {
		{ { .packet.has_ports = false }, false, 0, 0, PORTS_NONE },
		{ { .packet = { .has_ports = true, .sport = 1, .dport = 2 } }, true, 1, 2, PORTS_SAME },
		{ { .packet = { .has_ports = true, .sport = 1, .dport = 2 } }, true, 2, 1, PORTS_MISREAD },
		{ { .packet = { .has_ports = true, .sport = 1, .dport = 2 } }, true, 1, 3, PORTS_MISREAD },
		{ { .packet = { .has_ports = true, .sport = 1, .dport = 2 } }, false, 0, 0, PORTS_UNREAD },
		{ { .packet.has_ports = false }, true, 1, 2, PORTS_UNNAMED },
		{ { .packet.has_ports = false, .later_fragment = true }, true, 1, 2, PORTS_MISREAD },
		{ { .packet.has_ports = false, .later_fragment = true }, false, 0, 0, PORTS_NONE },
	};
	struct score score = {};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct scored scored = { .label = &cases[i].label,
					       .has_ports = cases[i].has_ports,
					       .sport = cases[i].sport,
					       .dport = cases[i].dport };

		assert_int_equal(score_ports(&scored), cases[i].expected);
		score_add(&score, &scored);
	}
	assert_int_equal(score.ports[PORTS_MISREAD], 3);
	assert_int_equal(score.ports[PORTS_SAME], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recall_is_by_confidence_and_precision_over_the_scored),
		cmocka_unit_test(early_rtp_is_left_out_where_it_cannot_be_known),
		cmocka_unit_test(media_is_all_that_belongs_to_a_call),
		cmocka_unit_test(labels_have_no_word_for_http_and_xmpp),
		cmocka_unit_test(ports_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
