#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# `voxdp stats --watch`: what it says of traffic that runs meanwhile, on a terminal and elsewhere.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"

begin() {
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
	write_vendor "$WORK/profiles" globex 192.0.2.128/25
	make_link wan0
	voxdp attach --profiles "$WORK/profiles" -i wan0:wan
}

# Twice as many of globex's media as of acme's SIP, and some that are odd, while a view is being made.
traffic_rows() {
	cat <<-END
		100 udp 192.0.2.10:5060   203.0.113.5:5060 sip-invite
		200 udp 192.0.2.129:12000 203.0.113.5:4000 dtls-hello
		 10 udp 192.0.2.10:5060   203.0.113.5:5060 stun-binding
		 50 udp 198.51.100.9:53   203.0.113.5:4001 dns-query
	END
}

# watched COMMAND...: its output while the rows are sent after its first reading. The rows are sent once.
watched() {
	"$@" >"$WORK/view" &
	local viewer=$!
	# It sleeps once it has read.
	wait_until 5 has_begun "$viewer" || fail "it does not begin"
	traffic_rows | send_traffic wan0 >/dev/null
	wait "$viewer"
}

# Does it sleep, or, where it runs in a terminal of its own, what was started there?
has_begun() {
	local child children=()

	! grep -qs nanosleep "/proc/$1/wchan" || return 0
	read -ra children 2>/dev/null <"/proc/$1/task/$1/children" || true # the line does not end
	for child in "${children[@]}"; do
		! has_begun "$child" || return 0
	done
	return 1
}

test_lines_tell_rates_busiest_first() {
	begin
	watched "$VOXDP" stats --watch 1 --count 1
	awk '{ print $2, $3 }' "$WORK/view" | tr '\n' ' ' | grep -qx 'globex media acme sip - - all - ' ||
		fail "not busiest first: $(<"$WORK/view")"
	# 360 packets in the second or a little more that went by
	awk '$2 == "all" && ($4 < 180 || $4 > 361 || $8 <= 0) { bad = 1 } $2 == "globex" && $8 != 0 { bad = 1 } END { exit bad }' \
		"$WORK/view" || fail "rates: $(<"$WORK/view")"
	grep -q $'\033' "$WORK/view" && fail "control characters in lines"
	return 0
}

test_json_is_a_document_a_line_whose_rates_are_differences() {
	needs jq
	begin
	traffic_rows | send_traffic wan0 >/dev/null
	expect_counted 360 wan0
	watched "$VOXDP" stats --watch 0.5 --count 2 --json
	[ "$(wc -l <"$WORK/view")" -eq 2 ] || fail "not a document a line: $(<"$WORK/view")"
	# What was there before the first reading is in no rate; everything else is in exactly one of them.
	jq -se '([.[] | .seconds * .all.packets_per_second] | add | round) == 360 and
		.[-1].all.packets == 720 and
		([.[].flows[] | select(.vendor == "acme" and .service == "sip")] | (.[-1].packets == 220)) and
		([.[] | .seconds * .all.odd_per_second] | add | round) == 10' "$WORK/view" >/dev/null ||
		fail "said: $(<"$WORK/view")"
}

test_terminal_is_drawn_anew_and_without_colour_where_that_is_asked_for() {
	needs script bsdutils
	begin
	export TERM=vt100
	watched script -qec "stty rows 24 cols 100; '$VOXDP' stats --watch 0.5 --count 2" /dev/null
	[ "$(grep -c $'\033\\[H' "$WORK/view")" -eq 2 ] || fail "not drawn twice: $(cat -v "$WORK/view")"
	grep -q $'\033\\[[0-9;]*m' "$WORK/view" || fail "no colour: $(cat -v "$WORK/view")"
	NO_COLOR=1 watched script -qec "'$VOXDP' stats --watch 0.5 --count 1" /dev/null
	grep -q $'\033\\[[0-9;]*m' "$WORK/view" && fail "colour: $(cat -v "$WORK/view")"
	NO_COLOR='' watched script -qec "'$VOXDP' stats --watch 0.5 --count 1" /dev/null
	grep -q $'\033\\[[0-9;]*m' "$WORK/view" || fail "an empty NO_COLOR is none: $(cat -v "$WORK/view")"
	TERM=dumb watched script -qec "'$VOXDP' stats --watch 0.5 --count 1" /dev/null
	grep -q $'\033' "$WORK/view" && fail "drawn on a dumb terminal: $(cat -v "$WORK/view")"
	grep -q ' all - ' "$WORK/view" || fail "no lines on a dumb terminal: $(cat -v "$WORK/view")"
	# A low terminal gets the busiest and is told of the rest.
	watched script -qec "stty rows 8 cols 100; '$VOXDP' stats --watch 0.5 --count 1" /dev/null
	grep -q '1 more' "$WORK/view" || fail "not cut: $(cat -v "$WORK/view")"
}

test_what_cannot_be_watched_is_refused() {
	local seconds

	begin
	for seconds in 0 0.01 nan -1 1x 4000; do
		expect_failure 2 'expected 0.1 to 3600 seconds' voxdp stats --watch -- "$seconds"
	done
	expect_failure 2 usage voxdp stats 5
	expect_failure 2 'expected 1 to' voxdp stats --watch --count 0
	voxdp detach
	expect_failure 4 attached voxdp stats --watch
}

run_tests "$@"
