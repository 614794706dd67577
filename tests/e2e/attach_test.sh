#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The life of a device: attach, count, update, outlive the process, detach.
#
#	 the test                                    far
#	+-------------------------------+           +-------------------+
#	| wan0: voxdp, role wan         |===veth====| wan0-far: sends   |
#	| lan0: voxdp, role lan         |===veth====| lan0-far: sends   |
#	+-------------------------------+           +-------------------+
#
# acme has 192.0.2.0/25 and 2001:db8:1::/48, globex 192.0.2.128/25; 203.0.113.5 is our own end.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"

# Two vendors in $WORK/profiles, which every command then uses.
write_profiles() {
	write_vendor "$WORK/profiles" acme 192.0.2.0/25 2001:db8:1::/48
	write_vendor "$WORK/profiles" globex 192.0.2.128/25
}

attach() {
	voxdp attach --profiles "$WORK/profiles" "$@"
}

# Every outcome, seen from the outside: 180 frames.
inbound_rows() {
	cat <<-END
		20 udp 192.0.2.10:5060           203.0.113.5:5060     sip-invite
		20 tcp 192.0.2.10:5060           203.0.113.5:50000    sip-status
		20 udp [2001:db8:1::10]:12000    [2001:db8:2::5]:4000 rtp
		20 udp 192.0.2.129:12000         203.0.113.5:4000     dtls-hello
		20 udp 192.0.2.10:12000          203.0.113.5:4000     noise
		20 udp 192.0.2.10:5060           203.0.113.5:5060     stun-binding
		20 udp 192.0.2.10:53             203.0.113.5:4001     dns-query
		10 udp 198.51.100.200:5060       203.0.113.5:5060     sip-invite
		10 udp 198.51.100.200:53         203.0.113.5:4002     dns-query
		10 udp 192.0.2.129:12000         203.0.113.5:4000     later-fragment
		10 udp 192.0.2.129:12000         203.0.113.5:4000     truncated
	END
}

expect_inbound() { # DEVICE
	expect_counted 40 "$1" vendor=acme vendor_service=sip protocol=sip direction=in outcome=match
	expect_counted 20 "$1" vendor=acme vendor_service=media protocol=rtp direction=in outcome=match
	expect_counted 20 "$1" vendor=globex vendor_service=media protocol=dtls direction=in outcome=match
	expect_counted 20 "$1" vendor=acme vendor_service=media outcome=unproven
	expect_counted 20 "$1" vendor=acme vendor_service=sip protocol=stun outcome=mismatch
	expect_counted 20 "$1" vendor=acme vendor_service=none protocol=dns outcome=off_port
	expect_counted 10 "$1" vendor=none protocol=sip outcome=unknown_media
	expect_counted 10 "$1" vendor=none protocol=dns outcome=other
	expect_counted 10 "$1" vendor=globex vendor_service=none outcome=fragment
	expect_counted 10 "$1" vendor=none outcome=malformed
}

test_every_frame_has_one_outcome_on_its_interface() {
	local sent

	write_profiles
	make_link wan0
	make_link lan0
	attach -i wan0:wan -i lan0:lan
	sent=$(inbound_rows | send_traffic wan0)
	[ "$sent" -eq 180 ]
	send_traffic lan0 <<-END >/dev/null
		30 udp 203.0.113.5:5060  192.0.2.10:5060    sip-invite
		15 udp 203.0.113.5:40000 192.0.2.129:12000  rtcp-sr
		 5 udp 192.0.2.10:5060   203.0.113.5:5060   noise
	END
	expect_inbound wan0
	expect_counted 180 wan0
	expect_counted 30 lan0 vendor=acme vendor_service=sip direction=out outcome=match
	expect_counted 15 lan0 vendor=globex vendor_service=media protocol=rtcp direction=out outcome=match
	expect_counted 5 lan0 vendor=none outcome=other
	expect_counted 50 lan0
}

test_bytes_are_those_of_the_frames() {
	local bytes

	write_profiles
	make_link wan0
	attach -i wan0:wan
	# Ethernet 14, IPv4 20, UDP 8, RTP of 172 bytes
	send_traffic wan0 <<<"7 udp 192.0.2.10:12000 203.0.113.5:4000 rtp" >/dev/null
	expect_counted 7 wan0
	bytes=$(voxdp metrics | awk '/^voxdp_bytes_total/ { sum += $NF } END { print sum }')
	[ "$bytes" -eq $((7 * (14 + 20 + 8 + 172))) ] || fail "counted $bytes bytes"
}

test_attaches_native_or_skb_as_told() {
	write_profiles
	make_link wan0
	attach -i wan0:wan
	[ "$(xdp_mode wan0)" = xdp ] || fail "not native: $(ip link show wan0)"
	voxdp detach
	attach -i wan0:wan --mode skb
	[ "$(xdp_mode wan0)" = xdpgeneric ] || fail "not skb: $(ip link show wan0)"
	inbound_rows | send_traffic wan0 >/dev/null
	expect_inbound wan0
}

test_status_tells_what_is_attached() {
	needs jq
	write_profiles
	make_link wan0
	make_link lan0
	attach -i wan0:wan
	attach -i lan0:lan --mode skb
	voxdp status | grep -q 'wan0 *wan *native'
	expect_exit 0 voxdp status --json
	jq -e --argjson program "$(xdp_program wan0)" '
		.generation.number == 2 and .generation.vendors == 2 and .generation.services == 4 and
		([.devices[] | select(.device == "wan0")] | length == 1 and
		 (.[0] | .role == "wan" and .mode == "native" and .program_id == $program)) and
		([.devices[] | select(.device == "lan0")][0] | .role == "lan" and .mode == "skb") and
		(.tables | all(.used <= .capacity))
	' <<<"$OUT" >/dev/null || fail "said: $OUT"
}

# IPv4 packets that the stack has received; the driver's own count holds what XDP drops, too.
stack_received() {
	awk '/^Ip:/ && ++line == 2 { print $4 }' /proc/self/net/snmp
}

test_frames_pass_to_the_stack() {
	local before

	write_profiles
	make_link wan0 address 02:00:00:00:00:01 # where frames are addressed to, see frame_init()
	attach -i wan0:wan
	before=$(stack_received)
	inbound_rows | grep -v 2001:db8 | send_traffic wan0 >/dev/null
	expect_counted 160 wan0
	[ $(($(stack_received) - before)) -eq 160 ] || fail "the stack received $(($(stack_received) - before)) of 160"
}

test_update_switches_the_running_classifier() {
	write_profiles
	make_link wan0
	attach -i wan0:wan
	send_traffic wan0 <<<"10 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite" >/dev/null
	expect_counted 10 wan0 vendor=acme outcome=match
	rm "$WORK/profiles/acme.yaml"
	write_vendor "$WORK/profiles" globex 192.0.2.0/24
	voxdp update --profiles "$WORK/profiles"
	send_traffic wan0 <<<"7 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite" >/dev/null
	expect_counted 7 wan0 vendor=globex vendor_service=sip outcome=match
	expect_counted 10 wan0 vendor=acme vendor_service=sip outcome=match
	expect_counted 17 wan0
}

# Both vendors swap their ranges again and again while frames run: each is one vendor's or the other's, none is lost.
test_update_under_traffic_misjudges_nothing() {
	local sent=1000000 sender round

	write_vendor "$WORK/a" acme 192.0.2.0/24
	write_vendor "$WORK/b" globex 192.0.2.0/24
	make_link wan0
	voxdp attach --profiles "$WORK/a" -i wan0:wan
	send_traffic wan0 <<<"$sent udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite" >"$WORK/sent" &
	sender=$!
	for ((round = 0; round < 1000; round++)); do
		voxdp update --profiles "$WORK/b"
		voxdp update --profiles "$WORK/a"
		kill -0 "$sender" 2>/dev/null || break
	done
	wait "$sender"
	[ "$(<"$WORK/sent")" -eq "$sent" ]
	expect_counted "$sent" wan0 outcome=match
	expect_counted "$sent" wan0
	[ "$(counted wan0 vendor=globex)" -gt 0 ] || fail "no update fell into the traffic"
}

test_detach_leaves_nothing() {
	write_profiles
	make_link wan0
	make_link lan0
	attach -i wan0:wan -i lan0:lan
	voxdp detach
	expect_nothing_left wan0 lan0
	expect_failure 4 attached voxdp detach
}

test_detach_of_one_device_leaves_the_other() {
	write_profiles
	make_link wan0
	make_link lan0
	attach -i wan0:wan -i lan0:lan
	voxdp detach -i wan0
	[ "$(xdp_mode wan0)" = none ] || fail "wan0 still has a program"
	send_traffic lan0 <<<"9 udp 203.0.113.5:5060 192.0.2.10:5060 sip-invite" >/dev/null
	expect_counted 9 lan0 vendor=acme outcome=match
	voxdp detach -i lan0
	expect_nothing_left wan0 lan0
}

test_attach_adds_a_device_to_those_attached() {
	write_profiles
	make_link wan0
	make_link lan0
	attach -i wan0:wan
	send_traffic wan0 <<<"5 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite" >/dev/null
	attach -i lan0:lan
	send_traffic lan0 <<<"6 udp 203.0.113.5:5060 192.0.2.10:5060 sip-invite" >/dev/null
	expect_counted 5 wan0 vendor=acme outcome=match
	expect_counted 6 lan0 vendor=acme outcome=match
}

# after_microseconds N: returns when they have passed; for killing at different places.
after_microseconds() {
	local until=$((${EPOCHREALTIME/[.,]/} + $1))
	while [ "${EPOCHREALTIME/[.,]/}" -lt "$until" ]; do :; done
}

# killed_after MICROSECONDS ARGUMENTS...: starts voxdp and kills it then, wherever it is.
killed_after() {
	local delay=$1 child
	shift
	"$VOXDP" "$@" >/dev/null 2>&1 &
	child=$!
	after_microseconds "$delay"
	kill -KILL "$child" 2>/dev/null || true
	wait "$child" 2>/dev/null || true
}

test_killed_update_leaves_classification_running() {
	local delay total=0

	write_profiles
	make_link wan0
	attach -i wan0:wan
	for delay in 500 2000 4000 6000 8000 10000 13000 16000 20000 30000; do
		killed_after "$delay" update --profiles "$WORK/profiles"
		send_traffic wan0 <<<"10 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite" >/dev/null
		total=$((total + 10))
		expect_counted "$total" wan0 vendor=acme vendor_service=sip outcome=match
	done
	expect_counted "$total" wan0
	voxdp update --profiles "$WORK/profiles"
	voxdp detach
	expect_nothing_left wan0
}

test_killed_attach_is_mended_by_the_next_command() {
	local delay

	write_profiles
	make_link wan0
	for delay in 500 2000 5000 8000 12000 16000 20000 25000 30000 40000 60000; do
		killed_after "$delay" attach --profiles "$WORK/profiles" -i wan0:wan
		expect_exit_among "0 1 4" voxdp detach
		attach -i wan0:wan
		send_traffic wan0 <<<"10 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite" >/dev/null
		expect_counted 10 wan0 vendor=acme outcome=match
		killed_after "$delay" detach
		expect_exit_among "0 4" voxdp detach
		expect_nothing_left wan0
	done
}

# expect_exit_among "CODE..." COMMAND...
expect_exit_among() {
	local codes=$1 code=0
	shift
	"$@" >"$WORK/out" 2>&1 || code=$?
	[[ " $codes " = *" $code "* ]] || fail "\`$*\` ended with $code, expected one of $codes: $(<"$WORK/out")"
}

test_metrics_are_prometheus_text() {
	write_profiles
	make_link wan0
	attach -i wan0:wan
	inbound_rows | send_traffic wan0 >/dev/null
	expect_counted 180 wan0
	voxdp metrics >"$WORK/metrics"
	# Each series has its TYPE before it, a value, and no name or label set twice.
	awk '
		/^# TYPE / { type[$3] = $4; next }
		/^#/ { next }
		!/^[a-z_]+(\{([a-z_]+="[^"\\]*",?)*\})? [0-9.e+]+$/ { print "not a sample: " $0; bad = 1 }
		{ name = $1; sub(/\{.*/, "", name); if (!(name in type)) { print "no TYPE: " $0; bad = 1 } }
		seen[$1]++ { print "twice: " $1; bad = 1 }
		END { exit bad }
	' "$WORK/metrics" || fail "bad exposition"
	grep -m 1 '^voxdp_packets_total' "$WORK/metrics" |
		grep -q 'device=.*vendor=.*vendor_service=.*protocol=.*direction=.*outcome=' || fail "labels are missing"
}

test_attach_of_what_is_attached_keeps_it_and_takes_the_profiles() {
	local program

	needs jq
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
	write_vendor "$WORK/next" globex 192.0.2.0/25
	make_link wan0
	make_link lan0
	voxdp attach --profiles "$WORK/profiles" -i wan0:wan
	program=$(xdp_program wan0)
	send_traffic wan0 <<<"5 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite" >/dev/null
	expect_counted 5 wan0 vendor=acme
	expect_exit 0 voxdp attach --profiles "$WORK/next" -i wan0:wan -i lan0:lan
	[[ $OUT = *'wan0: attached already, role wan'* ]] || fail "said: $OUT"
	[[ $OUT = *'lan0: attached, role lan'* ]] || fail "said: $OUT"
	[ "$(xdp_program wan0)" = "$program" ] || fail "attached anew"
	send_traffic wan0 <<<"5 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite" >/dev/null
	expect_counted 5 wan0 vendor=globex
	expect_counted 5 wan0 vendor=acme
	expect_exit 0 voxdp attach --json --profiles "$WORK/next" -i wan0:wan -i lan0:lan
	jq -e '[.attached[].already] == [true, true]' <<<"$OUT" >/dev/null || fail "said: $OUT"
}

run_tests "$@"
