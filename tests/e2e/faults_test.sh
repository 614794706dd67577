#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Writers that are killed, that fail at a system call, and that meet: the data plane does not notice, nothing is left
# behind, and the next command mends what there is to mend.
#
#	 the test                                    far
#	+-------------------------------+           +------------------------------+
#	| wan0: voxdp, role wan         |===veth====| wan0-far: sends all the time |
#	+-------------------------------+           +------------------------------+
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"
# shellcheck source=tests/lib/faults.sh
source "$(dirname "$0")/../lib/faults.sh"

# ---- killed -----------------------------------------------------------------------------------------------------

test_killed_at_every_call_of_attach() {
	local n step

	begin
	step=$(every 6 1)
	calls bpf attach --profiles "$WORK/a" -i wan0:wan
	expect_maps_of_ours
	voxdp detach >/dev/null
	for ((n = 1; n <= COUNT; n += step)); do
		injected bpf signal=KILL "$n" attach --profiles "$WORK/a" -i wan0:wan
		[ "$CODE" -eq 137 ] || fail "not killed at bpf call $n: $CODE"
		# Either command mends it.
		if ((n % 2)); then
			healed 0 attach --profiles "$WORK/a" -i wan0:wan
			expect_verdict acme
			expect_counted 1 wan0
			voxdp detach >/dev/null
		else
			healed '0 4' detach
		fi
		expect_nothing_left wan0
	done
	expect_no_leak
	echo "attach: killed at $COUNT calls, every $step; mended within ${SLOWEST} us"
}

test_killed_at_every_call_of_a_change_under_traffic() {
	local n step verb

	begin
	step=$(every 5 1)
	attach
	start_traffic
	for verb in "update --profiles $WORK/b" rollback "counters gc"; do
		# shellcheck disable=SC2086 # words
		calls bpf $verb
		for ((n = 1; n <= COUNT; n += step)); do
			# shellcheck disable=SC2086 # words
			injected bpf signal=KILL "$n" $verb
			[ "$CODE" -eq 137 ] || fail "not killed at bpf call $n of $verb: $CODE"
			healed 0 update --profiles "$WORK/a"
		done
		echo "$verb: killed at $COUNT calls, every $step; mended within ${SLOWEST} us"
	done
	stop_traffic
	expect_all_judged
	voxdp detach >/dev/null
	expect_no_leak
}

test_killed_at_every_call_of_detach() {
	local n step call

	begin
	step=$(every 3 1)
	for call in bpf unlink rename rmdir; do
		attach
		calls "$call" detach
		for ((n = 1; n <= COUNT; n += step)); do
			attach
			injected "$call" signal=KILL "$n" detach
			[ "$CODE" -eq 137 ] || fail "not killed at $call call $n: $CODE"
			healed '0 4' detach
			expect_nothing_left wan0
		done
	done
	expect_no_leak
	echo "detach: mended within ${SLOWEST} us"
}

# after_microseconds N: returns when they have passed; for killing at different places.
after_microseconds() {
	local until=$((${EPOCHREALTIME/[.,]/} + $1))
	while [ "${EPOCHREALTIME/[.,]/}" -lt "$until" ]; do :; done
}

test_killed_at_random_moments_under_traffic() {
	local n kills child
	local verbs=("update --profiles $WORK/a" "update --profiles $WORK/b" rollback "counters gc"
		"update --profiles $WORK/b --confirm-within 1s" confirm status)

	begin
	kills=$(every 20 200)
	attach
	start_traffic
	for ((n = 0; n < kills; n++)); do
		# shellcheck disable=SC2086 # words
		"$VOXDP" ${verbs[RANDOM % ${#verbs[@]}]} >/dev/null 2>&1 &
		child=$!
		after_microseconds $((RANDOM % 40000))
		kill -KILL "$child" 2>/dev/null || true
		wait "$child" 2>/dev/null || true
		((n % 10)) || end_trial
	done
	end_trial
	healed 0 update --profiles "$WORK/a"
	stop_traffic
	expect_all_judged
	voxdp detach >/dev/null
	expect_no_leak
	echo "killed $kills times"
}

# A trial that is under way would refuse the updates to come.
end_trial() {
	expect_exit_among '0 1' "$VOXDP" confirm
}

# ---- refused by the kernel --------------------------------------------------------------------------------------

# for_faults CHECK ARGUMENTS...: lets each call fail once with each error (a short run: some calls, one error each) and
# runs CHECK, with the fault in $FAULT and the exit code in $CODE.
for_faults() {
	local check=$1 call n i step
	shift
	for call in bpf openat rename flock $CALLS_OF_MEMORY; do
		before_fault
		calls "$call" "$@"
		case $call in
		bpf) step=$(every 7 1) ;;
		mmap) step=$(every 11 3) ;;
		*) step=1 ;;
		esac
		[ "$call" != mmap ] || FIRST=$(awk '/MAP_SHARED/ { print NR; exit }' "$WORK/calls")
		for ((n = ${FIRST:-$((COUNT + 1))}; n <= COUNT; n += step)); do
			for ((i = 0; i < $(every 1 ${#ERRORS[@]}); i++)); do
				FAULT="$call call $n of $COUNT: ${ERRORS[(n + i) % ${#ERRORS[@]}]}"
				before_fault
				injected "$call" "error=${ERRORS[(n + i) % ${#ERRORS[@]}]}" "$n" "$@"
				check_exit "$*"
				"$check"
				TRIED=$((${TRIED:-0} + 1))
			done
		done
	done
	echo "$1: $TRIED faults"
}

# Done, failed or not permitted; where it is not done, in one line.
check_exit() {
	case $CODE in
	0) return ;;
	1 | 5) ;;
	3) [[ $FAULT = openat* || $FAULT = mmap* ]] || fail "$1 ended with $CODE at $FAULT: $(<"$WORK/err")" ;;
	*) fail "$1 ended with $CODE at $FAULT: $(<"$WORK/err")" ;;
	esac
	[ "$(grep -c '^voxdp: ' "$WORK/err")" -eq 1 ] || fail "$1 should say why, once, at $FAULT: $(<"$WORK/err")"
}

attach_or_nothing() {
	if [ "$CODE" -eq 0 ]; then
		expect_verdict acme
		voxdp detach >/dev/null
	fi
	expect_nothing_left wan0
}

test_attach_that_fails_leaves_nothing() {
	begin
	before_fault() { voxdp detach >/dev/null 2>&1 || true; }
	for_faults attach_or_nothing attach --profiles "$WORK/a" -i wan0:wan
	expect_no_leak
}

old_or_new() {
	local now

	now=$(generation)
	if [ "$CODE" -eq 0 ]; then
		[ "$now" -gt "$BEFORE" ] || fail "done, but generation $now is live, was $BEFORE; $FAULT"
		expect_verdict globex
	else
		[ "$now" -eq "$BEFORE" ] || fail "failed, but generation $now is live, was $BEFORE; $FAULT"
		expect_verdict acme
	fi
}

test_update_that_fails_leaves_the_old_generation() {
	begin
	attach
	before_fault() {
		voxdp update --profiles "$WORK/a" >/dev/null
		BEFORE=$(generation)
	}
	for_faults old_or_new update --profiles "$WORK/b"
	voxdp detach >/dev/null
	expect_no_leak
}

# The last two look-ups of an update read back what it has written: names, tables. Here the kernel says that it has handed
# them out, and has not.
test_update_that_reads_back_something_else_is_refused() {
	local n lookups

	begin
	attach
	voxdp update --profiles "$WORK/a" >/dev/null # from now on both halves have been filled
	strace -qq -o "$WORK/calls" -e trace=bpf "$VOXDP" update --profiles "$WORK/b" >/dev/null
	mapfile -t lookups < <(awk '/BPF_MAP_LOOKUP/ { print NR }' "$WORK/calls" | tail -n 2)
	[ ${#lookups[@]} -eq 2 ] || fail "not two look-ups: $(<"$WORK/calls")"
	for n in "${lookups[@]}"; do
		voxdp update --profiles "$WORK/a" >/dev/null
		BEFORE=$(generation)
		injected bpf retval=0 "$n" update --profiles "$WORK/b"
		[ "$CODE" -eq 1 ] || fail "ended with $CODE where call $n read back nothing"
		grep -q 'reads back differently' "$WORK/err" || fail "said: $(<"$WORK/err")"
		[ "$(generation)" -eq "$BEFORE" ] || fail "generation $(generation) is live, was $BEFORE"
		expect_verdict acme
		expect_failure 1 'no generation to return to' voxdp rollback
	done
}

detached_by_the_next() {
	[ "$CODE" -eq 0 ] || healed '0 4' detach
	expect_nothing_left wan0
}

test_detach_that_fails_is_finished_by_the_next() {
	begin
	before_fault() { attach 2>/dev/null || true; }
	for_faults detached_by_the_next detach
	expect_no_leak
}

# ---- at the same time -------------------------------------------------------------------------------------------

# random_verbs NAME COUNT: one of eight runs so many random verbs of $WORK/verbs. A line there is a verb, behind a regex of
# the exit code and of what it says where that is neither "done" nor "another one holds the lock". What else comes of it
# is a line of the output.
random_verbs() {
	local n code words verb lines
	mapfile -t lines <"$WORK/verbs"

	for ((n = 0; n < $2; n++)); do
		IFS=';' read -r words verb <<<"${lines[RANDOM % ${#lines[@]}]}"
		code=0
		# shellcheck disable=SC2086 # words
		"$VOXDP" $verb >/dev/null 2>"$WORK/said-$1" || code=$?
		echo "$code" >>"$WORK/codes-$1"
		[ "$code" -ne 0 ] || continue
		grep -qE "^(6 voxdp: another voxdp holds the lock|${words:-6 voxdp: another})" <<<"$code $(<"$WORK/said-$1")" ||
			echo "$verb: exit $code: $(<"$WORK/said-$1")"
	done
}

# eight_at_a_time COUNT: verbs of $WORK/verbs by eight processes, COUNT each.
eight_at_a_time() {
	local p children=()

	for ((p = 0; p < 8; p++)); do
		RANDOM=$((p * 977 + $$))
		random_verbs "$p" "$1" >"$WORK/wrong-$p" &
		children+=($!)
	done
	wait "${children[@]}"
	echo "exit codes: $(cat "$WORK"/codes-* | sort | uniq -c | awk '{ printf "%s%d times %d", (NR > 1 ? ", " : ""), $1, $2 }')"
	[ -z "$(cat "$WORK"/wrong-*)" ] || fail "not what is documented: $(cat "$WORK"/wrong-*)"
}

# In whatever order these come, what each of them needs is there: so it is done, or another one is at work.
test_eight_at_a_time_are_done_or_locked_out() {
	local program

	begin
	attach
	voxdp update --profiles "$WORK/b" >/dev/null # there is a generation to return to
	program=$(xdp_program wan0)
	sed 's/^/;/' >"$WORK/verbs" <<-END
		attach --profiles $WORK/a -i wan0:wan
		attach --profiles $WORK/b -i wan0:wan
		update --profiles $WORK/a
		update --profiles $WORK/b
		rollback
		counters gc
		status
		stats
		metrics
	END
	start_traffic
	eight_at_a_time "$(every 12 100)"
	stop_traffic
	[ "$(xdp_program wan0)" = "$program" ] || fail "attached anew"
	expect_all_judged
	voxdp update --profiles "$WORK/a" >/dev/null
	expect_verdict acme
	voxdp detach >/dev/null
	expect_no_leak
}

# Whoever detaches removes the directory, and may do so between its making and its opening by another. That is awaited.
test_a_directory_that_goes_away_is_made_again() {
	begin
	strace -qq -o /dev/null -P /sys/fs/bpf/voxdp -e trace=openat -e inject=openat:error=ENOENT:when=1 \
		"$VOXDP" attach --profiles "$WORK/a" -i wan0:wan >"$WORK/out" 2>&1 || fail "$(cat "$WORK/out")"
	voxdp status >"$WORK/out"
	grep -q wan0 "$WORK/out" || fail "not attached: $(cat "$WORK/out")"
}

# With those that take away what another one needs: a detach, and an update on trial, which ends by a confirm or rollback.
test_eight_at_a_time_are_serialised() {
	local trial='1 voxdp: generation [0-9]+ is on trial' gone='4 voxdp: not attached'

	begin
	cat >"$WORK/verbs" <<-END
		$trial;attach --profiles $WORK/a -i wan0:wan
		$trial;attach --profiles $WORK/b -i wan0:wan
		$gone;detach
		$gone;detach -i wan0
		($trial|$gone);update --profiles $WORK/a
		($trial|$gone);update --profiles $WORK/b --confirm-within 60s
		(1 voxdp: nothing to confirm|$gone);confirm
		(1 voxdp: there is no generation to return to|$gone);rollback
		($trial|$gone);counters gc
		$gone;status
		$gone;stats
		$gone;metrics
	END
	start_traffic
	eight_at_a_time "$(every 12 100)"
	stop_traffic
	# Whatever came last, it is whole: attached and judging, or gone.
	expect_exit_among '0 4' "$VOXDP" detach
	expect_no_leak
	attach
	expect_verdict acme
	voxdp detach >/dev/null
	expect_no_leak
}

run_tests "$@"
