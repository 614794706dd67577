#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A running classifier in an operator's hands: updates on trial, the way back, counters of names that are gone.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"

# acme and globex, attached to wan0 as generation 1; in $WORK/next acme is gone and globex has its range, too.
begin() {
	needs jq
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
	write_vendor "$WORK/profiles" globex 192.0.2.128/25
	write_vendor "$WORK/next" globex 192.0.2.0/24
	make_link wan0
	voxdp attach --profiles "$WORK/profiles" -i wan0:wan
}

# send_acme COUNT: SIP from acme's range.
send_acme() {
	send_traffic wan0 <<<"$1 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite" >/dev/null
}

# status_is FILTER: does the status agree?
status_is() {
	voxdp status --json | jq -e "$1" >/dev/null
}

expect_status() {
	status_is "$1" || fail "expected $1, got $(voxdp status --json | jq -c 'del(.tables)')"
}

# try_next TIME: brings $WORK/next in on trial; the process that waits is then $WATCHER.
try_next() {
	expect_exit 0 voxdp update --json --profiles "$WORK/next" --confirm-within "$1"
	WATCHER=$(jq .waits <<<"$OUT")
}

# A process that has ended may wait for its parent, here the first one of this world, which does not ask.
is_gone() {
	! grep -q '^State:[[:blank:]]*[^Z[:blank:]]' "/proc/$1/status" 2>/dev/null
}

# ---- on trial ---------------------------------------------------------------------------------------------------

test_update_that_nobody_confirms_is_taken_back() {
	begin
	try_next 1s
	expect_status '.generation.number == 2 and .trial.number == 2 and .previous == 1'
	send_acme 3
	expect_counted 3 wan0 vendor=globex outcome=match
	wait_until 10 status_is '.generation.number == 1' || fail "still live: $(voxdp status)"
	expect_status '.trial == null and .previous == 2'
	send_acme 4
	expect_counted 4 wan0 vendor=acme outcome=match
	wait_until 5 is_gone "$WATCHER" || fail "the process that waited is still there"
}

test_update_that_is_confirmed_stays() {
	begin
	try_next 60s
	voxdp status | grep -q 'generation 2 is on trial' || fail "status does not tell: $(voxdp status)"
	expect_exit 0 voxdp confirm
	expect_status '.generation.number == 2 and .trial == null'
	wait_until 5 is_gone "$WATCHER" || fail "the process that waited is still there"
	expect_status '.generation.number == 2'
	expect_failure 1 'nothing to confirm' voxdp confirm
}

test_killed_watcher_leaves_the_end_to_the_next_change() {
	begin
	try_next 1s
	kill -KILL "$WATCHER"
	wait_until 5 status_is '.trial.left_seconds == 0' || fail "the trial does not end"
	wait_until 5 eval 'voxdp status | grep -q "nobody has ended it"' || fail "status: $(voxdp status)"
	expect_status '.generation.number == 2'
	send_acme 2
	expect_counted 2 wan0 vendor=globex outcome=match
	# A confirmation that comes too late is none.
	expect_failure 1 'nothing to confirm: generation 1' voxdp confirm
	expect_status '.generation.number == 1 and .trial == null'
	# The same where the next change is an update: it goes over the one that was tried.
	try_next 1s
	kill -KILL "$WATCHER"
	wait_until 5 eval 'voxdp status | grep -q "nobody has ended it"' || fail "status: $(voxdp status)"
	voxdp update --profiles "$WORK/profiles"
	expect_status '.generation.number == 4 and .previous == 1'
}

test_nothing_else_comes_in_during_a_trial() {
	begin
	make_link lan0
	try_next 60s
	expect_failure 1 'on trial' voxdp update --profiles "$WORK/profiles"
	expect_failure 1 'on trial' voxdp update --profiles "$WORK/profiles" --confirm-within 5s
	expect_failure 1 'on trial' voxdp attach --profiles "$WORK/profiles" -i lan0:lan
	expect_failure 1 'on trial' voxdp counters gc
	expect_status '.generation.number == 2 and (.devices | length) == 1'
	expect_exit 0 voxdp rollback
	expect_status '.generation.number == 1 and .trial == null'
	wait_until 5 is_gone "$WATCHER" || fail "the process that waited is still there"
	voxdp update --profiles "$WORK/profiles"
}

test_watcher_leaves_with_the_last_device() {
	begin
	try_next 60s
	voxdp detach
	expect_nothing_left wan0
	wait_until 5 is_gone "$WATCHER" || fail "the process that waited is still there"
}

test_time_that_is_none_is_refused() {
	local time

	begin
	for time in 0 0s 25h soon 1.5s -1 ''; do
		expect_failure 2 '1s to 24h' voxdp update --profiles "$WORK/next" --confirm-within "$time"
	done
	expect_status '.generation.number == 1'
}

# ---- the way back -----------------------------------------------------------------------------------------------

test_rollback_goes_back_and_forth() {
	begin
	expect_failure 1 'no generation to return to' voxdp rollback
	voxdp update --profiles "$WORK/next"
	send_acme 3
	expect_counted 3 wan0 vendor=globex outcome=match
	expect_exit 0 voxdp rollback
	[[ $OUT = *'generation 1 is live again'* ]] || fail "said: $OUT"
	send_acme 4
	expect_counted 4 wan0 vendor=acme outcome=match
	voxdp rollback
	send_acme 5
	expect_counted 8 wan0 vendor=globex outcome=match
	expect_counted 12 wan0
	voxdp update --profiles "$WORK/profiles"
	expect_status '.generation.number == 3 and .previous == 2'
}

test_verbs_without_a_device() {
	local verb

	for verb in confirm rollback 'counters gc'; do
		# shellcheck disable=SC2086 # words
		expect_failure 4 attached voxdp $verb
	done
	expect_nothing_left
}

# ---- counters of names that are gone ----------------------------------------------------------------------------

test_gc_frees_what_is_gone_and_its_successor_starts_at_zero() {
	begin
	make_link lan0
	voxdp attach --profiles "$WORK/profiles" -i lan0:lan
	send_acme 10
	send_traffic lan0 <<<"6 udp 203.0.113.5:5060 192.0.2.10:5060 sip-invite" >/dev/null
	expect_counted 10 wan0 vendor=acme
	expect_counted 6 lan0 vendor=acme
	expect_exit 0 voxdp counters gc
	[[ $OUT = *'nothing to free'* ]] || fail "said: $OUT"
	voxdp update --profiles "$WORK/next"
	expect_counted 10 wan0 vendor=acme
	expect_exit 0 voxdp counters gc --json
	jq -e '[.freed[] | .vendor + "/" + (.service // "")] == ["acme/", "acme/sip", "acme/media"] and
		.rollback_given_up == 2' <<<"$OUT" >/dev/null || fail "said: $OUT"
	expect_counted 0 wan0 vendor=acme
	expect_failure 1 'no generation to return to' voxdp rollback
	# initech's three names take the three free slots: none is left to grow into.
	used=$(voxdp status --json | jq '.tables[] | select(.table == "counter slots").used')
	write_vendor "$WORK/next" initech 198.51.100.0/24
	voxdp update --profiles "$WORK/next"
	expect_status ".tables[] | select(.table == \"counter slots\").used == $((used + 3))"
	expect_counted 0 wan0 vendor=initech
	expect_counted 0 lan0 vendor=initech
	voxdp stats --json | jq -e '[.sip_requests[].vendor] | unique == []' >/dev/null ||
		fail "SIP messages are left: $(voxdp stats --json | jq -c .sip_requests)"
	send_traffic wan0 <<<"2 udp 198.51.100.7:5060 203.0.113.5:5060 sip-invite" >/dev/null
	expect_counted 2 wan0 vendor=initech vendor_service=sip
	expect_counted 2 wan0
}

test_gc_keeps_every_name_of_the_live_profiles() {
	begin
	send_acme 10
	# A stage that fails behind the names: initech was never live. acme is, although the staged profiles lack it.
	write_vendor "$WORK/next" initech 198.51.100.0/24
	needs strace
	expect_exit 1 strace -qq -o /dev/null -e trace=bpf -e inject=bpf:error=ENOMEM:when="$(last_look_up)" \
		"$VOXDP" update --profiles "$WORK/next"
	expect_status '.generation.number == 1'
	expect_exit 0 voxdp counters gc
	[[ $OUT != *acme* && $OUT != *globex* ]] || fail "freed what is live: $OUT"
	expect_counted 10 wan0 vendor=acme
}

# The number of the bpf(2) call of an update by which it reads back what was written last: its last look-up.
last_look_up() {
	strace -qq -e trace=bpf -o "$WORK/calls" "$VOXDP" update --profiles "$WORK/profiles" >/dev/null
	voxdp rollback >/dev/null
	awk '/BPF_MAP_LOOKUP/ { last = NR } END { print last }' "$WORK/calls"
}

test_counters_takes_one_word() {
	begin
	expect_failure 2 'counters gc' voxdp counters
	expect_failure 2 'counters gc' voxdp counters clear
}

run_tests "$@"
