# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# For end-to-end tests of what is killed and what fails, after tests/lib/e2e.sh: two sets of profiles, traffic that goes on
# meanwhile, faults by strace's injection, and whether something is left in the kernel.
#
# Sets a and b have the same vendors: 192.0.2.10 is acme's in a and globex's in b. FAULTS=all tries every call with every
# error; else every so many, so that a run is short.
#
# shellcheck disable=SC2034 # variables in capitals are for the scripts that source this

FAULTS=${FAULTS:-short}
[ "$FAULTS" != all ] || E2E_SECONDS=1800
# What a call may fail with, once.
ERRORS=(ENOMEM EPERM ENOSPC EBUSY EINTR)

# Sanitizers: leaks cannot be looked for under strace, and memory that is refused to them ends the program.
CALLS_OF_MEMORY=mmap
if [[ $E2E_BUILD = */san ]]; then
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
	CALLS_OF_MEMORY=
fi

# every SHORT ALL: the one for a short run or for all.
every() {
	[ "$FAULTS" = all ] && echo "$2" || echo "$1"
}

# ---- the world --------------------------------------------------------------------------------------------------

begin() {
	needs strace
	needs jq
	write_vendor "$WORK/a" acme 192.0.2.0/25
	write_vendor "$WORK/a" globex 192.0.2.128/25
	write_vendor "$WORK/b" acme 192.0.2.128/25
	write_vendor "$WORK/b" globex 192.0.2.0/25
	write_filler
	make_link wan0
}

# A vendor of so many services that this world's maps are told from all others by their size.
write_filler() {
	local services=$((260 + RANDOM % 240)) i

	write_vendor "$WORK/a" filler 198.51.100.0/24
	for ((i = 0; i < services; i++)); do
		printf '  s%d: {source: "4", remote: servers, ports: udp/%d, payload: dns}\n' "$i" $((20001 + i))
	done >>"$WORK/a/filler.yaml"
	cp "$WORK/a/filler.yaml" "$WORK/b"
	SLOTS=$((2 * (2 + 3 * 3 + services)))
}

attach() {
	voxdp attach --profiles "$WORK/a" -i wan0:wan >/dev/null
}

maps_of_ours() {
	"$(command -v bpftool || echo /usr/sbin/bpftool)" -j map list |
		jq "[.[] | select(.max_entries == $SLOTS or .max_entries == $((2 * SLOTS)))] | length"
}

no_maps_of_ours() {
	[ "$(maps_of_ours)" -eq 0 ]
}

# Nothing is pinned, attached, or alive in the kernel: where no map lives, no program that uses it and no link do.
expect_no_leak() {
	expect_nothing_left wan0
	wait_until 10 no_maps_of_ours || fail "$(maps_of_ours) maps of ours are left in the kernel"
}

# Are the maps that expect_no_leak looks for there while voxdp is attached? Or it would see nothing.
expect_maps_of_ours() {
	[ "$(maps_of_ours)" -ge 3 ] || fail "no maps of $SLOTS slots are there: the test cannot see leaks"
}

generation() {
	voxdp status --json | jq .generation.number
}

# expect_verdict VENDOR: a packet of 192.0.2.10 is that vendor's.
expect_verdict() {
	local before

	before=$(counted wan0 vendor="$1" vendor_service=sip outcome=match)
	send_traffic wan0 <<<"1 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite" >/dev/null
	expect_counted $((before + 1)) wan0 vendor="$1" vendor_service=sip outcome=match
}

# Sends until stop_traffic, which leaves the number of frames in $SENT.
start_traffic() {
	rm -f "$WORK/stop"
	while [ ! -e "$WORK/stop" ]; do
		send_traffic wan0 <<<"20000 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite"
	done >"$WORK/sent" &
	SENDER=$!
}

stop_traffic() {
	touch "$WORK/stop"
	wait "$SENDER"
	SENT=$(awk '{ sum += $1 } END { print sum }' "$WORK/sent")
}

# Each of the frames sent was acme's or globex's SIP, and counted once.
expect_all_judged() {
	local right

	expect_counted "$SENT" wan0
	right=$(($(counted wan0 vendor=acme vendor_service=sip protocol=sip outcome=match) +
		$(counted wan0 vendor=globex vendor_service=sip protocol=sip outcome=match)))
	[ "$right" -eq "$SENT" ] || fail "sent $SENT frames, judged rightly $right: $(voxdp metrics)"
	echo "sent $SENT, counted $SENT, misjudged 0"
}

# ---- faults -----------------------------------------------------------------------------------------------------

# injected CALL WHAT N ARGUMENTS...: runs voxdp with a fault at the Nth such system call; its exit code is then in $CODE.
injected() {
	local call=$1 what=$2 n=$3
	shift 3
	CODE=0
	strace -qq -o /dev/null -e trace="$call" -e inject="$call:$what:when=$n" "$VOXDP" "$@" \
		>"$WORK/out" 2>"$WORK/err" &
	wait $! 2>/dev/null || CODE=$?
}

# calls CALL ARGUMENTS...: how many such calls it makes when all is well. Those of the dynamic loader are not voxdp's:
# $FIRST is the first behind them.
calls() {
	local call=$1
	shift
	strace -qq -o "$WORK/calls" -e trace="$call" "$VOXDP" "$@" >/dev/null
	FIRST=$(awk '/\.so|\/etc\/ld|openssl\.cnf/ { last = NR } END { print last + 1 }' "$WORK/calls")
	COUNT=$(grep -c "^$call(" "$WORK/calls" || true)
}

# healed "CODE..." ARGUMENTS...: the command that comes after a fault works.
healed() {
	local started=${EPOCHREALTIME/[.,]/}

	expect_exit_among "$1" "$VOXDP" "${@:2}"
	took_since "$started"
}

# took_since MICROSECONDS: the longest of these times is in $SLOWEST.
took_since() {
	local elapsed=$((${EPOCHREALTIME/[.,]/} - $1))
	[ "$elapsed" -le "${SLOWEST:-0}" ] || SLOWEST=$elapsed
}

# expect_exit_among "CODE..." COMMAND...
expect_exit_among() {
	local codes=$1 code=0
	shift
	"$@" >"$WORK/out" 2>"$WORK/err" || code=$?
	[[ " $codes " = *" $code "* ]] || fail "\`$*\` ended with $code, expected one of $codes: $(<"$WORK/err")"
}
