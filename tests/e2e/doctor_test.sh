#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# `voxdp doctor`: each thing that is made worse is found, and the command that it names mends it.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"

begin() {
	needs jq
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
	make_link wan0
	chmod 0700 /sys/fs/bpf
}

# look [ARGUMENTS...]: runs it; the exit code says whether something is FAIL.
look() {
	local code=0

	"$VOXDP" doctor --json "$@" >"$WORK/doctor" 2>"$WORK/err" || code=$?
	[ "$code" -eq "$(jq 'if .failed > 0 then 1 else 0 end' "$WORK/doctor")" ] ||
		fail "exit code $code: $(<"$WORK/doctor")"
}

# found CHECK LEVEL [DEVICE]: is every finding of that check at that level?
found() {
	jq -e --arg check "$1" --arg level "$2" --arg device "${3:-}" '[.checks[] | select(.check == $check) |
		select($device == "" or .device == $device)] | length > 0 and all(.level == $level)' "$WORK/doctor" >/dev/null ||
		fail "$1 is not $2: $(jq -c ".checks[] | select(.check == \"$1\")" "$WORK/doctor")"
}

# mended CHECK: runs the command that the first finding of that check names.
mended() {
	local command

	command=$(jq -r --arg check "$1" '[.checks[] | select(.check == $check and .mend != null)][0].mend' "$WORK/doctor")
	echo "# $command"
	PATH=$WORK/bin:$PATH sh -c "$command" || fail "it does not mend: $command"
}

# The commands that doctor names are of this voxdp.
set_path() {
	mkdir -p "$WORK/bin"
	printf '#!/bin/sh\nexec "%s" "$@"\n' "$VOXDP" >"$WORK/bin/voxdp"
	chmod +x "$WORK/bin/voxdp"
}

test_healthy_machine_has_no_fail() {
	begin
	look -i wan0
	for check in kernel jit capability bpffs pins native mtu lro gro-hw program; do
		found "$check" OK
	done
	voxdp attach --profiles "$WORK/profiles" -i wan0:wan
	look
	found pins OK
	found program OK wan0
	[ "$(jq '[.checks[] | select(.device != null).device] | unique | length' "$WORK/doctor")" -eq 1 ] ||
		fail "it should look at what is attached: $(<"$WORK/doctor")"
}

test_every_line_is_a_level_a_check_and_a_text() {
	begin
	voxdp doctor -i wan0 >"$WORK/lines"
	! grep -vE '^  (OK|WARN|FAIL) +[a-z-]+ +.' "$WORK/lines" || fail "not a finding: $(<"$WORK/lines")"
	! grep -E '^  WARN' "$WORK/lines" | grep -vE '; mend: .|dispatcher' || fail "nothing mends it: $(<"$WORK/lines")"
}

test_bpffs_that_others_may_write_to_is_told_and_mended() {
	begin
	set_path
	chmod 1777 /sys/fs/bpf
	look -i wan0
	found bpffs WARN
	mended bpffs
	chmod 0777 /sys/fs/bpf
	look -i wan0
	found bpffs FAIL
	mended bpffs
	chown 12345 /sys/fs/bpf
	look -i wan0
	found bpffs FAIL
	mended bpffs
	umount /sys/fs/bpf
	look -i wan0
	found bpffs FAIL
	mended bpffs
	chmod 0700 /sys/fs/bpf
	look -i wan0
	found bpffs OK
}

test_vlan_stripping_is_told_and_mended() {
	begin
	needs ethtool
	ethtool -K wan0 rxvlan on
	look -i wan0
	found vlan WARN
	mended vlan
	look -i wan0
	found vlan OK
}

test_idle_cpus_are_told_and_mended() {
	begin
	needs ethtool
	[ "$(nproc)" -gt 1 ] || skip "one CPU needs one queue"
	ip link add many0 numrxqueues 2 numtxqueues 2 type veth peer name many0-far numrxqueues 2 numtxqueues 2
	ethtool -L many0 rx 1 || skip "this veth does not change its queues"
	look -i many0
	found queues WARN
	mended queues
	look -i many0
	found queues OK
}

test_interface_without_native_mode_is_told() {
	begin
	ip link add odd0 type dummy 2>/dev/null || ip link add odd0 type bridge 2>/dev/null ||
		skip "the kernel offers no interface without native XDP (dummy, bridge)"
	look -i odd0
	found native WARN odd0
	ip link set odd0 mtu 9000
	look -i odd0
	found mtu FAIL odd0
	set_path
	mended mtu
	look -i odd0
	found mtu OK odd0
}

test_foreign_program_is_told_and_mended() {
	begin
	needs xdp-filter xdp-tools
	LIBXDP_SKIP_DISPATCHER=1 xdp-filter load --mode skb --policy allow wan0 2>/dev/null ||
		skip "xdp-filter does not load here"
	look -i wan0
	jq -e '.checks[] | select(.check == "program") | .text | test("dispatcher")' "$WORK/doctor" >/dev/null &&
		skip "this kernel shares"
	found program FAIL wan0
	mended program
	look -i wan0
	found program OK wan0
}

test_stale_pins_are_told_and_mended() {
	begin
	set_path
	voxdp attach --profiles "$WORK/profiles" -i wan0:wan
	ip link del wan0
	look
	found pins WARN
	mended pins
	look
	found pins OK
	make_link wan0
	voxdp attach --profiles "$WORK/profiles" -i wan0:wan
	rm /sys/fs/bpf/voxdp/devices/*/prog
	look
	found pins WARN
	mended pins
	expect_nothing_left wan0
	mkdir -m 700 /sys/fs/bpf/voxdp
	touch "$WORK/none"
	look -i wan0
	found pins WARN
	mended pins
	look -i wan0
	found pins OK
}

test_missing_capabilities_are_named_with_what_they_are_for() {
	begin
	look -i wan0
	found capability OK
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all -- \
		"$VOXDP" doctor --json -i wan0 >"$WORK/doctor" 2>/dev/null && fail "nobody may attach"
	jq -e '[.checks[] | select(.check == "capability") | .level] == ["FAIL", "FAIL", "WARN", "WARN"]' \
		"$WORK/doctor" >/dev/null || fail "said: $(<"$WORK/doctor")"
}

run_tests "$@"
