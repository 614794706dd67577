#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The demo itself: every shipped vendor is in its table, its accounts are exact, and interrupting it leaves nothing.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"

# run_demo [ENV-OPTION...]: makes its own world inside the test's. What it leaves behind it leaves in $WORK/tmp.
run_demo() {
	TMPDIR=$WORK/tmp exec env "$@" -u E2E_INSIDE -u WORK "$E2E_TOP/tools/demo"
}

test_demo_shows_every_shipped_vendor() {
	local vendor vendors

	mkdir "$WORK/tmp"
	(run_demo) >"$WORK/demo" 2>&1 || fail "the demo failed: $(<"$WORK/demo")"
	vendors=$(sed -n 's/^vendor: *\([a-z0-9-]*\).*/\1/p' "$E2E_TOP"/profiles/*.yaml)
	[ "$(wc -w <<<"$vendors")" -ge 4 ] || fail "found the vendors $vendors"
	for vendor in $vendors; do
		grep -qE "^ *wan0 +$vendor .* match " "$WORK/demo" || fail "no match of $vendor: $(<"$WORK/demo")"
	done
	for outcome in match unproven mismatch off_port unknown_media other fragment malformed; do
		grep -qE "^Every frame has one outcome: .* $outcome [1-9]" "$WORK/demo" || fail "no $outcome: $(<"$WORK/demo")"
	done
}

# Processes of the demo that still run; the brackets keep grep from finding itself.
demo_processes() {
	grep -lsa 'tools/[d]emo' /proc/[0-9]*/cmdline
}

no_demo_process() {
	! demo_processes >/dev/null
}

test_interrupted_demo_leaves_nothing() {
	local signal line said demo

	mkdir "$WORK/tmp"
	for signal in INT TERM KILL; do
		for line in 'voxdp attach' 'voxdp stats' 'voxdp detach'; do
			mkfifo "$WORK/out"
			# A job in the background would ignore INT.
			run_demo --default-signal=INT >"$WORK/out" 2>&1 &
			demo=$!
			while IFS= read -r said; do
				[[ $said != "\$ $line"* ]] || { kill -"$signal" "$demo"; break; }
			done <"$WORK/out"
			wait "$demo" 2>/dev/null || true
			wait_until 5 no_demo_process || fail "after $signal at '$line' there runs $(demo_processes)"
			[ "$signal" = KILL ] || [ -z "$(ls "$WORK/tmp")" ] || fail "after $signal: $(ls "$WORK/tmp")"
			rm "$WORK/out"
		done
	done
	[ "$(ls /run/netns)" = far ] || fail "namespaces are left: $(ls /run/netns)"
	expect_nothing_left
}

run_tests "$@"
