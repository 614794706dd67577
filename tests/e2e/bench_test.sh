#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# `voxdp bench`: one object with every row, times that can be, nothing attached, pinned or left behind. Whether the
# numbers are good is not asked here: a loaded machine must not fail a test.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"

few=(--rounds 5 --repeat 1000)

bench() {
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
	voxdp bench --profiles "$WORK/profiles" "${few[@]}" "$@"
}

test_json_has_every_row_and_the_budget() {
	needs jq
	bench --json >"$WORK/out"
	# The vendor takes SIP and media, and STUN as media; nobody's packets are always there. TLS has no row.
	jq -e '
		(.method | length > 0) and .empty_ns > 0 and
		([.rows[] | [.traffic, .order, .engine] | join(" ")] | sort) ==
		([["nobody", "rtp", "sip", "stun"], ["hot", "in_order", "shuffled"], ["direct", "lpm"]] | [combinations | join(" ")] | sort) and
		all(.rows[]; .prefixes == 1 and .ns > 0 and .above_empty_ns < .ns)
	' "$WORK/out" >/dev/null || fail "said: $(cat "$WORK/out")"
	# The budget. IEEE 802.3: 64 bytes, preamble 8 and gap 12 on the wire; 10 GbE is 14.88 million of them a second.
	jq -e '
		([.budget[].gbits] | unique) == [10, 25, 40, 100] and
		([.budget[] | select(.gbits == 10 and .frame_bytes == 64).packets_per_second] == [14880952]) and
		([.budget[] | select(.gbits == 100 and .frame_bytes == 218).packets_per_second] == [52521008])
	' "$WORK/out" >/dev/null || fail "said: $(cat "$WORK/out")"
}

test_nothing_is_left_and_nothing_is_said_off_a_terminal() {
	bench >"$WORK/out" 2>"$WORK/err"
	[ ! -s "$WORK/err" ] || fail "said on stderr: $(cat "$WORK/err")"
	grep -q '^  sip  *shuffled  *direct ' "$WORK/out" || fail "no row: $(cat "$WORK/out")"
	grep -q 'tls was not measured' "$WORK/out" || fail "does not say what is missing: $(cat "$WORK/out")"
	expect_nothing_left
}

test_too_few_rounds_are_refused() {
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
	expect_failure 2 'rounds' voxdp bench --profiles "$WORK/profiles" --rounds 4
	expect_failure 2 'repeat' voxdp bench --profiles "$WORK/profiles" --repeat x
}

run_tests "$@"
