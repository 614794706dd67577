/* SPDX-License-Identifier: BSD-2-Clause */
/* Enum values and their words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/words.h"

static void values_have_their_words(void **state)
{
	(void)state;
	assert_string_equal(protocol_word(VX_PROTOCOL_TURN_CHANNEL), "turn-channel");
	assert_string_equal(outcome_word(VX_OUTCOME_UNKNOWN_MEDIA), "unknown_media");
	assert_string_equal(direction_word(VX_DIRECTION_OUT), "out");
	assert_string_equal(transport_word(VX_TRANSPORT_TCP), "tcp");
	assert_string_equal(claim_word(VX_CLAIM_OWN), "own");
	assert_string_equal(malformed_word(VX_MALFORMED_TUNNEL_TRUNCATED), "tunnel_truncated");
}

static void values_beyond_the_list_are_told_apart(void **state)
{
	(void)state;
	assert_string_equal(protocol_word(_VX_PROTOCOL_MAX), "?");
	assert_string_equal(outcome_word(_VX_OUTCOME_MAX), "?");
	assert_string_equal(malformed_word(~0U), "?");
}

static void words_are_read_back_exactly(void **state)
{
	enum vx_role role;
	enum vx_engine engine;

	(void)state;
	for (unsigned i = 0; i < _VX_ROLE_MAX; i++) {
		assert_int_equal(role_parse(role_word(i), &role), 0);
		assert_int_equal(role, i);
	}
	for (unsigned i = 0; i < _VX_ENGINE_MAX; i++) {
		assert_int_equal(engine_parse(engine_word(i), &engine), 0);
		assert_int_equal(engine, i);
	}
	assert_true(role_parse("WAN", &role) < 0);
	assert_true(role_parse("wa", &role) < 0);
	assert_true(role_parse("", &role) < 0);
	assert_true(engine_parse("lpm ", &engine) < 0);
}

static void tunnels_are_listed_with_commas(void **state)
{
	char text[DECAP_TEXT_MAX];
	enum vx_tunnel tunnel;

	(void)state;
	assert_string_equal(decap_format(0, text), "");
	assert_string_equal(decap_format(1U << VX_TUNNEL_6IN4, text), "6in4");
	assert_string_equal(decap_format(~0U, text), "gre,ipip,6in4,vxlan,geneve,gtp-u,mpls,vn-tag,pppoe");
	for (unsigned i = 0; i < _VX_TUNNEL_MAX; i++) {
		assert_int_equal(tunnel_parse(tunnel_word(i), &tunnel), 0);
		assert_int_equal(tunnel, i);
	}
	assert_true(tunnel_parse("GRE", &tunnel) < 0);
	assert_true(tunnel_parse("", &tunnel) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_have_their_words),
		cmocka_unit_test(values_beyond_the_list_are_told_apart),
		cmocka_unit_test(words_are_read_back_exactly),
		cmocka_unit_test(tunnels_are_listed_with_commas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
