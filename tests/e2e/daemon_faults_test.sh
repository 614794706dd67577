#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The daemon killed at every bpf(2) call, and with each of its calls failing once: at a start that attaches, at one that
# adopts, at a reload, at a stop that detaches. No packet is misjudged, no count is lost, nothing is left in the kernel,
# and the next start, or the next reload, mends what there is to mend.
#
#	 the test                                    far
#	+-------------------------------+           +------------------------------+
#	| voxdp run under strace        |           |                              |
#	|   wan0: role wan              |===veth====| wan0-far: sends all the time |
#	+-------------------------------+           +------------------------------+
#
# When a phase begins and ends is what the daemon tells its service manager: READY, RELOADING, STOPPING.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"
# shellcheck source=tests/lib/faults.sh
source "$(dirname "$0")/../lib/faults.sh"
# shellcheck source=tests/lib/daemon.sh
source "$(dirname "$0")/../lib/daemon.sh"

setup() {
	needs python3
	begin
	point_to a
	write_config "limits: {series: 100000}"
	notify_listen
}

# point_to SET: what the daemon reads is that set from now on, by one rename, as a ConfigMap is switched.
point_to() {
	ln -s "$1" "$WORK/profiles.new"
	mv -T "$WORK/profiles.new" "$WORK/profiles"
	PROFILES=$1
}

point_to_other() {
	case $PROFILES in
	a) point_to b ;;
	b) point_to a ;;
	esac
}

# vendor_of SET: whose 192.0.2.10 is.
vendor_of() {
	[ "$1" = a ] && echo acme || echo globex
}

# ---- the daemon under strace ------------------------------------------------------------------------------------

# traced INJECTION ARGUMENTS...: starts it; empty: nothing is injected. Its calls are lines of $WORK/calls, and so is
# what it tells. Only its own thread is traced, which makes all changes; the one that serves HTTP only reads.
traced() {
	local injection=$1 call=${1%%:*}
	shift
	: >"$WORK/notified"
	: >"$WORK/calls"
	strace -D -q -o "$WORK/calls" -e trace="sendto,bpf${call:+,$call}" ${injection:+-e inject="$injection"} \
		"$VOXDP" run -c "$WORK/voxdp.yaml" --listen none "$@" >"$WORK/log" 2>&1 &
	DAEMON=$!
}

is_over() {
	! kill -0 "$DAEMON" 2>/dev/null
}

told_or_over() {
	notified "$1" || is_over
}

# awaited TELLING: waits for it or for the daemon's end; true where it was told.
awaited() {
	wait_until 60 told_or_over "$1" || fail "neither $1 nor the end: $(daemon_log)"
	notified "$1"
}

has_ended_in_calls() {
	grep -q '^+++' "$WORK/calls"
}

# reap: its exit code is then in $CODE, and strace, which is nobody's child, has written its last line.
reap() {
	CODE=0
	wait "$DAEMON" 2>/dev/null || CODE=$?
	wait_until 10 has_ended_in_calls || fail "strace does not tell the end: $(<"$WORK/calls")"
}

expect_killed() {
	reap
	[ "$CODE" -eq 137 ] || fail "not killed at $1 but ended with $CODE: $(daemon_log)"
}

# calls_between CALL FROM TO: how many there are between two tellings; an empty FROM is the start, an empty TO the end.
calls_between() {
	awk -v call="$1" -v from="$2" -v to="$3" '
		BEGIN { inside = from == "" }
		/sendto\(/ && to != "" && inside && index($0, "\"" to) { exit }
		/sendto\(/ && from != "" && index($0, "\"" from) { inside = 1 }
		inside && index($0, call "(") == 1 { count++ }
		END { print count + 0 }' "$WORK/calls"
}

# heals [ARGUMENTS...]: the next start serves; what it left when it was stopped is what the next one adopts.
heals() {
	local started=${EPOCHREALTIME/[.,]/}

	traced '' "$@"
	awaited READY=1 || fail "the next start does not heal: $(daemon_log)"
	took_since "$started"
	notified '1 of 1 interfaces attached' || fail "not attached: $(<"$WORK/notified")"
	! notified 'attached.*; ' || fail "not well: $(<"$WORK/notified")"
}

stops() {
	kill -TERM "$DAEMON"
	reap
	[ "$CODE" -eq 0 ] || fail "ended with $CODE: $(daemon_log)"
}

# MAPS is how many maps of ours there are while voxdp is attached: one program more, or a link that holds one, has maps
# of its own.
count_maps() {
	MAPS=$(maps_of_ours)
	expect_maps_of_ours
}

maps_are_as_before() {
	[ "$(maps_of_ours)" -eq "$MAPS" ]
}

expect_no_more_maps() {
	wait_until 10 maps_are_as_before || fail "$(maps_of_ours) maps of ours are in the kernel, $MAPS are in use; $1"
}

# Both halves have been filled: from here on every start, look and reload makes the same calls.
attach_and_fill() {
	attach
	voxdp update --profiles "$WORK/b" >/dev/null
	voxdp update --profiles "$WORK/a" >/dev/null
}

# ---- killed -----------------------------------------------------------------------------------------------------

test_killed_at_every_call_of_a_start_that_attaches() {
	local n step count

	setup
	step=$(every 20 1)
	heals
	count=$(calls_between bpf '' READY=1)
	count_maps
	stops
	voxdp detach >/dev/null
	SLOWEST=0
	for ((n = 1; n <= count; n += step)); do
		traced "bpf:signal=KILL:when=$n"
		expect_killed "bpf call $n"
		heals
		expect_verdict acme
		expect_counted 1 wan0
		expect_no_more_maps "killed at bpf call $n"
		stops
		voxdp detach >/dev/null
		expect_nothing_left wan0
	done
	expect_no_leak
	echo "start that attaches: killed at $count calls, every $step; the next start ready within $SLOWEST us"
}

# expect_generation BEFORE NEW: that one is live still, or where NEW is not empty a newer one. A stage that was cut short
# may have used up a number.
expect_generation() {
	local now

	now=$(generation)
	if [ "$2" ]; then
		[ "$now" -gt "$1" ] || fail "generation $now is live, was $1 before: $(<"$WORK/calls")"
	else
		[ "$now" -eq "$1" ] || fail "generation $now is live, was $1 before: $(<"$WORK/calls")"
	fi
	voxdp export --profiles "$WORK/profiles" --live --json | jq -e .live.same >/dev/null ||
		fail "generation $now is not of the profiles"
}

# adoption_killed [switches]: a start that finds it attached, killed at each call; or one whose profiles have changed
# since, which switches over, whichever start comes that far.
adoption_killed() {
	local n step count before

	step=$(every 14 1)
	heals
	stops
	[ -z "$1" ] || point_to_other
	heals
	count=$(calls_between bpf '' READY=1)
	stops
	[ "$count" -gt 10 ] || fail "adopting takes $count calls only: $(<"$WORK/calls")"
	SLOWEST=0
	for ((n = 1; n <= count; n += step)); do
		before=$(generation)
		[ -z "$1" ] || point_to_other
		traced "bpf:signal=KILL:when=$n"
		expect_killed "bpf call $n"
		heals
		expect_generation "$before" "$1"
		expect_no_more_maps "killed at bpf call $n"
		stops
	done
	echo "start that adopts${1:+ and $1}: killed at $count calls, every $step; the next start ready within $SLOWEST us"
}

test_killed_at_every_call_of_an_adoption_under_traffic() {
	local program

	setup
	attach_and_fill
	program=$(xdp_program wan0)
	count_maps
	start_traffic
	adoption_killed ''
	adoption_killed switches
	stop_traffic
	[ "$(xdp_program wan0)" = "$program" ] || fail "attached anew"
	expect_all_judged
	expect_verdict "$(vendor_of "$PROFILES")"
	voxdp detach >/dev/null
	expect_no_leak
}

# ask_for HUP|change|TERM: a reload, by a signal or by a change of the profiles; or the end.
ask_for() {
	[ "$1" = TERM ] || point_to_other
	[ "$1" = change ] || kill "-$1" "$DAEMON"
}

first_look_is_over() {
	[ "$(calls_between bpf READY=1 '')" -ge "$LOOK" ]
}

# The daemon looks at its interfaces when it is ready, and every two seconds from then on: what is asked comes between.
ready_and_idle() {
	awaited READY=1 || fail "does not start: $(daemon_log)"
	wait_until 30 first_look_is_over || fail "not $LOOK calls behind READY: $(<"$WORK/calls")"
}

# killed_behind TELLING CALL N ASK ARGUMENTS...: at the Nth such call from there on, of which it has made $START and
# $LOOK before. A look that came between takes calls away: then once more.
killed_behind() {
	local telling=$1 call=$2 n=$3 ask=$4 i
	shift 4

	for i in 1 2 3; do
		traced "$call:signal=KILL:when=$((START + LOOK + n))" "$@"
		ready_and_idle
		BEFORE=$(generation)
		ask_for "$ask"
		expect_killed "$call call $n behind $telling"
		[ "$(calls_between "$call" "$telling" '')" -ne "$n" ] || return 0
		echo "a look came between, once more"
		heals
		stops
	done
	fail "not killed at $call call $n behind $telling: $(<"$WORK/calls")"
}

# measure_reload HUP|change [CALL]: how many such calls a start that adopts makes, its first look, and a reload: $START,
# $LOOK, $RELOAD.
measure_reload() {
	local call=${2:-bpf}

	traced "$call:delay_enter=1:when=1"
	awaited READY=1 || fail "does not start: $(daemon_log)"
	LOOK=1
	ready_and_idle
	ask_for "$1"
	awaited RELOADING=1 || fail "not asked: $(daemon_log)"
	wait_until 30 notified_again '^READY=1' || fail "not loaded: $(daemon_log)"
	stops
	START=$(calls_between "$call" '' READY=1)
	LOOK=$(calls_between "$call" READY=1 RELOADING=1)
	RELOAD=$(awk -v call="$call(" '/^sendto\(.*"RELOADING=1/ { inside = 1 } /^sendto\(.*"READY=1/ { if (inside) exit }
		inside && index($0, call) == 1 { count++ } END { print count + 0 }' "$WORK/calls")
}

test_killed_at_every_call_of_a_reload_under_traffic() {
	local n step trigger

	setup
	attach_and_fill
	count_maps
	start_traffic
	for trigger in HUP change; do
		step=$(every 40 1)
		measure_reload "$trigger"
		[ "$RELOAD" -gt 20 ] || fail "a reload takes $RELOAD calls only: $(<"$WORK/calls")"
		SLOWEST=0
		for ((n = 1; n <= RELOAD; n += step)); do
			killed_behind RELOADING=1 bpf "$n" "$trigger"
			heals
			expect_generation "$BEFORE" new
			expect_no_more_maps "killed at bpf call $n of a reload"
			stops
		done
		echo "reload by $trigger: killed at $RELOAD calls, every $step; the next start ready within $SLOWEST us"
	done
	stop_traffic
	expect_all_judged
	expect_verdict "$(vendor_of "$PROFILES")"
	voxdp detach >/dev/null
	expect_no_leak
}

test_killed_at_every_call_of_a_stop() {
	local n call step count

	setup
	step=$(every 6 1)
	heals
	count_maps
	stops
	# One that leaves it attached touches nothing.
	[ "$(calls_between bpf STOPPING=1 '')" -eq 0 ] || fail "a stop makes bpf calls: $(<"$WORK/calls")"
	voxdp detach >/dev/null
	SLOWEST=0
	for call in bpf unlink rename rmdir; do
		measure_stop "$call"
		for ((n = 1; n <= count; n += step)); do
			killed_behind STOPPING=1 "$call" "$n" TERM --detach-on-exit
			heals
			expect_verdict acme
			expect_no_more_maps "killed at $call call $n of a stop"
			stops
			voxdp detach >/dev/null
			expect_nothing_left wan0
		done
		echo "stop that detaches: killed at $count calls of $call, every $step"
	done
	expect_no_leak
	echo "stop: the next start ready within $SLOWEST us"
}

# As measure_reload, of any call, for a start that attaches and a stop that detaches: $START, $LOOK, $count.
measure_stop() {
	traced "$1:delay_enter=1:when=1" --detach-on-exit
	awaited READY=1 || fail "does not start: $(daemon_log)"
	LOOK=$([ "$1" = bpf ] && echo 1 || echo 0)
	ready_and_idle
	stops
	expect_nothing_left wan0
	START=$(calls_between "$1" '' READY=1)
	LOOK=$(calls_between "$1" READY=1 STOPPING=1)
	count=$(calls_between "$1" STOPPING=1 '')
}

# ---- failing ----------------------------------------------------------------------------------------------------

# shellcheck disable=SC2206 # one or none
CALLS=(bpf openat rename flock $CALLS_OF_MEMORY inotify_init1 inotify_add_watch)

# each_fault FIRST COUNT CHECK: lets each of these calls fail once with each error (a short run: some, one error each).
# The injection is then $FAULT.
each_fault() {
	local first=$1 count=$2 check=$3 n i

	for ((n = first; n < first + count; n += $(every "$STEP" 1))); do
		for ((i = 0; i < $(every 1 ${#ERRORS[@]}); i++)); do
			FAULT="$CALL:error=${ERRORS[(n + i) % ${#ERRORS[@]}]}:when=$n"
			"$check"
			TRIED=$((${TRIED:-0} + 1))
		done
	done
}

# Behind those of the dynamic loader, and of memory those that share the kernel's.
first_of_ours() {
	awk -v call="$CALL(" '
		index($0, call) == 1 { n++ }
		index($0, call) == 1 && /\.so|\/etc\/ld|openssl\.cnf/ { last = n }
		index($0, call) == 1 && /MAP_SHARED/ && !shared { shared = n }
		END { print (call == "mmap(" ? (shared ? shared : n + 1) : last + 1) }' "$WORK/calls"
}

# each_fault_of_a_start CHECK BEFORE: in those calls that a start makes; BEFORE sets the scene.
each_fault_of_a_start() {
	local check=$1 before=$2 count first

	for CALL in "${CALLS[@]}"; do
		case $CALL in bpf) STEP=17 ;; mmap) STEP=7 ;; openat | inotify_add_watch) STEP=3 ;; *) STEP=1 ;; esac
		"$before"
		traced "$CALL:delay_enter=1:when=1"
		awaited READY=1 || fail "does not start: $(daemon_log)"
		stops
		first=$(first_of_ours)
		count=$(($(calls_between "$CALL" '' READY=1) - first + 1))
		each_fault "$first" "$count" "$check"
	done
}

# Done, or ended with a code that is documented and one line that says why.
started_or_refused() {
	traced "$FAULT"
	awaited READY=1 && return
	reap
	[[ $CODE = [1235] ]] || fail "ended with $CODE at $FAULT: $(daemon_log)"
	[ "$(grep -c '^voxdp: ' "$WORK/log")" -eq 1 ] || fail "should say why, once, at $FAULT: $(daemon_log)"
	return 1
}

is_well() {
	notified '^STATUS=generation [0-9]*, 1 of 1 interfaces attached, metrics on no address$'
}

# What failed passes: it is well at the next load, if it was not all the time.
becomes_well() {
	is_well && return
	kill -HUP "$DAEMON"
	wait_until 30 is_well || fail "not well behind $FAULT: $(<"$WORK/notified"); $(daemon_log)"
}

detached() {
	voxdp detach >/dev/null 2>&1 || true
}

start_of_nothing_with_fault() {
	if started_or_refused; then
		becomes_well
		expect_verdict acme
		stops
		detached
	fi
	expect_nothing_left wan0
}

test_a_start_that_fails_leaves_nothing() {
	setup
	each_fault_of_a_start start_of_nothing_with_fault detached
	expect_no_leak
	echo "start that attaches: $TRIED faults"
}

# What is attached goes on as it is, whether the daemon comes up or not; it does, where it could read what is asked of it.
adoption_with_fault() {
	local before

	before=$(generation)
	if started_or_refused; then
		becomes_well
		stops
	else
		[[ $FAULT != bpf:* && $FAULT != flock:* ]] || fail "gave up at $FAULT: $(daemon_log)"
	fi
	expect_generation "$before" ''
	expect_no_more_maps "$FAULT"
	expect_verdict acme
}

test_an_adoption_that_fails_leaves_what_runs() {
	local program

	setup
	attach_and_fill
	program=$(xdp_program wan0)
	count_maps
	each_fault_of_a_start adoption_with_fault true
	[ "$(xdp_program wan0)" = "$program" ] || fail "attached anew"
	voxdp detach >/dev/null
	expect_no_leak
	echo "adoption: $TRIED faults"
}

# The old generation or the new one, judged by as what it is told to be; the daemon stays, and the next load is well.
reload_with_fault() {
	local before now

	point_to "$LIVE"
	before=$(generation)
	traced "$FAULT"
	ready_and_idle
	ask_for HUP
	wait_until 30 notified_again '^READY=1' || fail "not back from a reload, $FAULT: $(daemon_log)"
	! is_over || fail "ended at $FAULT: $(daemon_log)"
	now=$(generation)
	[ "$now" -eq "$before" ] || LIVE=$PROFILES
	expect_verdict "$(vendor_of "$LIVE")"
	: >"$WORK/notified"
	kill -HUP "$DAEMON"
	wait_until 30 is_well || fail "not well behind $FAULT: $(<"$WORK/notified"); $(daemon_log)"
	stops
	expect_generation "$before" new
	expect_no_more_maps "$FAULT"
	LIVE=$PROFILES
}

test_a_reload_that_fails_leaves_the_old_generation() {
	setup
	attach_and_fill
	count_maps
	LIVE=a
	for CALL in "${CALLS[@]}"; do
		case $CALL in bpf) STEP=17 ;; mmap) STEP=7 ;; openat | inotify_add_watch) STEP=3 ;; *) STEP=1 ;; esac
		measure_reload HUP "$CALL"
		LIVE=$PROFILES
		each_fault $((START + LOOK + 1)) "$RELOAD" reload_with_fault
	done
	voxdp detach >/dev/null
	expect_no_leak
	echo "reload: $TRIED faults"
}

# Nobody asks: it tries again by itself where the cause may pass, here the kernel's.
test_a_load_that_failed_is_tried_again() {
	setup
	attach_and_fill
	measure_reload HUP
	traced "bpf:error=ENOMEM:when=$((START + LOOK + RELOAD / 2))"
	ready_and_idle
	ask_for HUP
	wait_until 30 notified '; ' || fail "the load did not fail: $(<"$WORK/notified")"
	: >"$WORK/notified"
	wait_until 30 is_well || fail "not tried again: $(<"$WORK/notified"); $(daemon_log)"
	expect_verdict "$(vendor_of "$PROFILES")"
	stops
}

# ---- scraped ----------------------------------------------------------------------------------------------------

server_is_traced() {
	grep -q attached "$WORK/strace"
}

# What is answered with 200 is the whole page, which has the ten packets.
fault_was_met() {
	local code

	code=$(curl -s --max-time 20 -o "$WORK/body" -w '%{http_code}' "$URL/metrics")
	[ "$code" != 200 ] || grep -qE '^voxdp_packets_total\{.*vendor="acme",.*outcome="match"\} 10$' "$WORK/body" ||
		fail "a page without the packets, at $FAULT: $(<"$WORK/body")"
	CODES+=" $code"
	grep -q INJECTED "$WORK/calls"
}

# scrape_with_fault: the thread that serves HTTP meets it, and answers that it cannot tell, or tells everything.
scrape_with_fault() {
	local server

	server=$(find "/proc/$DAEMON/task" -mindepth 1 -maxdepth 1 ! -name "$DAEMON" -printf '%f')
	: >"$WORK/calls"
	strace -o "$WORK/calls" -e trace="$CALL" -e inject="$FAULT" -p "$server" 2>"$WORK/strace" &
	wait_until 20 server_is_traced || fail "not traced: $(<"$WORK/strace")"
	CODES=
	wait_until 20 fault_was_met || fail "never met $FAULT: $(<"$WORK/calls")"
	kill -INT $!
	wait $! 2>/dev/null || true
	[[ $CODES =~ ^(\ 200|\ 500)+$ ]] || fail "answered$CODES at $FAULT: $(daemon_log)"
	expect_scraped 10 vendor=acme outcome=match
}

test_a_scrape_that_fails_is_answered() {
	local count

	setup
	needs curl
	daemon_start
	send_traffic wan0 <<<"10 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite" >/dev/null
	expect_scraped 10 vendor=acme outcome=match
	for CALL in bpf openat $CALLS_OF_MEMORY; do
		case $CALL in bpf) count=33 STEP=8 ;; openat) count=4 STEP=1 ;; mmap) count=12 STEP=4 ;; esac
		each_fault 1 "$count" scrape_with_fault
	done
	echo "scrapes: $TRIED faults"
}

run_tests "$@"
