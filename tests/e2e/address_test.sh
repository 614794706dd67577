#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# `voxdp address`: one address more or less of a running classifier, listed by status and gone with the next update.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"

# acme has one address that is a prefix of its own, so that there is a class for others.
begin() {
	needs jq
	write_vendor "$WORK/profiles" acme 192.0.2.0/25 198.51.100.1
	write_vendor "$WORK/profiles" globex 192.0.2.128/25
	make_link wan0
	voxdp attach --profiles "$WORK/profiles" -i wan0:wan >/dev/null
}

address() {
	"$VOXDP" address --profiles "$WORK/profiles" "$@"
}

# expect_judged VENDOR OUTCOME ADDRESS: a SIP packet from there.
expect_judged() {
	local before

	before=$(counted wan0 vendor="$1" outcome="$2")
	send_traffic wan0 <<<"1 udp $3:5060 203.0.113.5:5060 sip-invite" >/dev/null
	expect_counted $((before + 1)) wan0 vendor="$1" outcome="$2"
}

expect_status() {
	voxdp status --json | jq -e "$1" >/dev/null || fail "expected $1, got $(voxdp status --json | jq -c 'del(.tables)')"
}

test_address_comes_and_goes() {
	local digest

	begin
	digest=$(voxdp status --json | jq -r .generation.digest)
	expect_judged none unknown_media 198.51.100.7
	expect_exit 0 address add acme 198.51.100.7
	[[ $OUT = *'added to range servers of acme, the short way'*'1 address is now other'* ]] || fail "said: $OUT"
	expect_judged acme match 198.51.100.7
	expect_judged none unknown_media 198.51.100.8
	voxdp status | grep -q 'with 198.51.100.7/32 acme' || fail "status does not tell: $(voxdp status)"
	expect_status ".generation.number == 2 and .generation.digest != \"$digest\" and .previous == 1"
	expect_exit 0 address --json remove acme 192.0.2.0/25
	jq -e '.generation == 3 and .way == "short" and .removed and .changes == 2 and .range == "servers"' <<<"$OUT" \
		>/dev/null || fail "said: $OUT"
	expect_judged none unknown_media 192.0.2.10
	expect_status '.generation.changes == [{"vendor": "acme", "prefix": "192.0.2.0/25", "removed": true},
		{"vendor": "acme", "prefix": "198.51.100.7/32", "removed": false}]'
	address add acme 192.0.2.0/25 >/dev/null
	expect_exit 0 address remove acme 198.51.100.7
	[[ $OUT = *'all is as the profiles say'* ]] || fail "said: $OUT"
	expect_judged acme match 192.0.2.10
	expect_status ".generation.digest == \"$digest\" and .generation.changes == []"
}

test_first_of_its_kind_goes_the_whole_way() {
	begin
	expect_exit 0 address add globex 198.51.100.64/27
	[[ $OUT = *'all compiled anew'* ]] || fail "said: $OUT"
	expect_judged globex match 198.51.100.70
	expect_exit 0 address add globex 203.0.113.64/27
	[[ $OUT = *'the short way'* ]] || fail "said: $OUT"
	expect_judged globex match 203.0.113.70
}

test_next_update_goes_by_the_profiles_alone() {
	begin
	address add acme 198.51.100.7 >/dev/null
	voxdp update --profiles "$WORK/profiles" >/dev/null
	expect_judged none unknown_media 198.51.100.7
	expect_status '.generation.changes == []'
	voxdp rollback >/dev/null
	expect_judged acme match 198.51.100.7
	expect_status '.generation.changes[0].prefix == "198.51.100.7/32"'
}

test_what_cannot_be_changed_is_refused() {
	begin
	expect_failure 2 'usage: voxdp address' address
	expect_failure 2 'usage: voxdp address' address list acme 192.0.2.1
	expect_failure 2 'expected an address or a prefix' address add acme 192.0.2
	expect_failure 2 'expected an address or a prefix' address add acme 0.0.0.0/0
	expect_failure 2 'the prefix is 192.0.2.0/24' address add acme 192.0.2.7/24
	expect_failure 1 "no profile is of vendor .initech." address add initech 192.0.2.7
	expect_failure 1 "no range .phones., it has: servers" address add acme 192.0.2.7 --range phones
	expect_failure 1 'has 192.0.2.0/25 already' address add acme 192.0.2.0/25
	expect_failure 1 'as a part of 192.0.2.0/25' address remove acme 192.0.2.7
	expect_exit 3 "$VOXDP" address --profiles "$WORK/none" add acme 192.0.2.7
	# A profile that has changed since: it would come in by the way.
	write_vendor "$WORK/profiles" globex 192.0.2.192/26
	expect_failure 1 'generation 1 is not of the profiles as they are now' address add acme 198.51.100.7
	expect_status '.generation.number == 1'
	voxdp update --profiles "$WORK/profiles" --confirm-within 60s >/dev/null
	expect_failure 1 'on trial' address add acme 198.51.100.7
	voxdp confirm >/dev/null
	expect_exit 0 address add acme 198.51.100.7
	voxdp detach >/dev/null
	expect_failure 4 'not attached' address add acme 198.51.100.7
	expect_nothing_left wan0
}

# Killed before the one store nothing has changed, behind it all has; and the next change works at once.
test_killed_at_any_call_it_is_done_or_not() {
	local n count code step=3

	begin
	needs strace
	[ "${FAULTS:-short}" != all ] || step=1
	strace -qq -o "$WORK/calls" -e trace=bpf "$VOXDP" address --profiles "$WORK/profiles" add acme 198.51.100.7 >/dev/null
	count=$(grep -c '^bpf(' "$WORK/calls")
	[ "$count" -gt 10 ] || fail "only $count calls: $(<"$WORK/calls")"
	for ((n = 1; n <= count; n += step)); do
		voxdp update --profiles "$WORK/profiles" >/dev/null
		code=0
		strace -qq -o /dev/null -e trace=bpf -e inject=bpf:signal=KILL:when="$n" \
			"$VOXDP" address --profiles "$WORK/profiles" add acme 198.51.100.7 >/dev/null 2>&1 &
		wait $! 2>/dev/null || code=$?
		[ "$code" -eq 137 ] || fail "not killed at call $n of $count: $code"
		if voxdp status --json | jq -e '.generation.changes == []' >/dev/null; then
			expect_judged none unknown_media 198.51.100.7
			expect_exit 0 address add acme 198.51.100.7
		fi
		expect_judged acme match 198.51.100.7
		expect_judged acme match 192.0.2.10
		expect_exit 0 address remove acme 198.51.100.7
	done
}

run_tests "$@"
