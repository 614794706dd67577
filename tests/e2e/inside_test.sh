#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What lies in other packets, and frames read by copies, as the command line tells of them. The tunnel is the kernel's.
#
#	 the test                               far
#	+--------------------------+           +------------------------------------------+
#	| wan0: voxdp, role wan    |===veth====| wan0-far <-- vxlan0 <-- send_traffic     |
#	+--------------------------+           +------------------------------------------+
#
# acme has 192.0.2.0/25; the tunnel's ends are 198.51.100.1 and 203.0.113.5, which nobody's profile knows.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"

begin() {
	needs jq
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
	cat >>"$WORK/profiles/acme.yaml" <<-END
		  turn:
		    source: "4"
		    remote: servers
		    ports: udp/3478
		    payload: [stun, turn-channel]
	END
	make_link wan0
}

attach() {
	voxdp attach --profiles "$WORK/profiles" -i wan0:wan "$@"
}

# make_vxlan: what is sent out of vxlan0 arrives at wan0 in VXLAN, one frame in one frame.
make_vxlan() {
	far ip address add 198.51.100.1/24 dev wan0-far
	far ip neighbour replace 198.51.100.2 lladdr 02:00:00:00:00:01 dev wan0-far nud permanent
	far ip route add 203.0.113.5/32 via 198.51.100.2 dev wan0-far
	far ip link add vxlan0 type vxlan id 7 local 198.51.100.1 remote 203.0.113.5 dstport 4789 2>/dev/null ||
		skip "this kernel has no VXLAN"
	far tee /proc/sys/net/ipv6/conf/vxlan0/disable_ipv6 <<<1 >/dev/null
	far ip link set vxlan0 arp off up
}

send_in_vxlan() {
	far "$TRAFFIC" vxlan0 - >/dev/null <<-END
		20 udp 192.0.2.10:5060  203.0.113.9:5060 sip-invite
		10 udp 192.0.2.10:12000 203.0.113.9:4000 rtp
	END
}

# stat FILTER: a number of `voxdp stats`.
stat() {
	voxdp stats --json | jq "$1"
}

test_vxlan_of_the_kernel_is_looked_through() {
	begin
	make_vxlan
	attach --decap vxlan,gre
	send_in_vxlan
	expect_counted 20 wan0 vendor=acme vendor_service=sip protocol=sip direction=in outcome=match
	expect_counted 10 wan0 vendor=acme vendor_service=media protocol=rtp direction=in outcome=match
	expect_counted 30 wan0
	voxdp metrics | grep -qx 'voxdp_decapsulated_packets_total{device="wan0",tunnel="vxlan"} 30' ||
		fail "metrics: $(voxdp metrics | grep decapsulated)"
	# Asked for and not seen: there at zero. Not asked for: not there.
	voxdp metrics | grep -qx 'voxdp_decapsulated_packets_total{device="wan0",tunnel="gre"} 0' ||
		fail "metrics: $(voxdp metrics | grep decapsulated)"
	[ "$(voxdp metrics | grep -c '^voxdp_decapsulated')" -eq 2 ] || fail "$(voxdp metrics | grep decapsulated)"
	[ "$(stat '.decapsulated[] | select(.tunnel == "vxlan") | .packets')" -eq 30 ] || fail "$(voxdp stats --json)"
	voxdp stats | grep -q 'wan0 *vxlan *30 ' || fail "stats: $(voxdp stats)"
}

test_tunnels_stay_closed_unless_asked_for() {
	begin
	make_vxlan
	attach
	send_in_vxlan
	expect_counted 30 wan0 vendor=none outcome=other
	expect_counted 30 wan0
	! voxdp metrics | grep -q '^voxdp_decapsulated' || fail "metrics: $(voxdp metrics | grep decapsulated)"
}

test_status_tells_what_is_looked_through() {
	begin
	expect_exit 0 attach --decap mpls,gtp-u,mpls
	grep -q 'looks through gtp-u,mpls,' <<<"$OUT" || fail "attach said: $OUT"
	voxdp status | grep -q 'wan0 looks through gtp-u,mpls$' || fail "status: $(voxdp status)"
	[ "$(voxdp status --json | jq -c '.devices[0] | [.decap, .reads]')" = '[["gtp-u","mpls"],"in place"]' ] ||
		fail "$(voxdp status --json)"
	voxdp update --profiles "$WORK/profiles"
	voxdp status | grep -q 'wan0 looks through gtp-u,mpls$' || fail "after an update: $(voxdp status)"
	voxdp detach
	attach
	! voxdp status | grep -q 'looks through' || fail "status: $(voxdp status)"
}

test_lists_that_name_no_tunnel_are_refused() {
	local list

	begin
	for list in '' foo GRE 'gre,' ',gre' 'gre,,mpls' 'gre mpls' "$(printf 'x%.0s' {1..200})"; do
		expect_failure 2 '--decap: got .*, expected some of gre,ipip,6in4,vxlan,geneve,gtp-u,mpls,vn-tag,pppoe' \
			attach --decap "$list"
		expect_failure 2 '--decap: got' voxdp classify --profiles "$WORK/profiles" --decap "$list" "$WORK/none"
		expect_failure 2 '--decap: got' voxdp run --profiles "$WORK/profiles" -i wan0 --decap "$list"
	done
	expect_nothing_left wan0
}

test_what_turn_carries_is_told() {
	begin
	attach
	send_traffic wan0 >/dev/null <<-END
		30 udp 192.0.2.10:3478   203.0.113.5:40000 turn-channel
		20 udp 192.0.2.10:3478   203.0.113.5:40000 turn-indication
		10 udp 192.0.2.10:3478   203.0.113.5:40000 stun-binding
		 1 udp 198.51.100.9:3478 203.0.113.5:40000 turn-channel
	END
	expect_counted 61 wan0
	expect_counted 30 wan0 vendor_service=turn protocol=turn-channel outcome=match
	expect_counted 30 wan0 vendor_service=turn protocol=stun outcome=match
	diff <(voxdp metrics | grep '^voxdp_relayed') - <<-END || fail "metrics differ (<)"
		voxdp_relayed_packets_total{device="wan0",vendor="none",vendor_service="none",protocol="other",direction="in"} 1
		voxdp_relayed_packets_total{device="wan0",vendor="acme",vendor_service="turn",protocol="rtp",direction="in"} 50
	END
	[ "$(stat '.relayed | length')" -eq 2 ] || fail "$(voxdp stats --json)"
	voxdp stats | grep -q 'wan0 *acme *turn *in *rtp *50 ' || fail "stats: $(voxdp stats)"
}

# Frames of the captures in VXLAN: what voxdp says of each is what it says of the frame inside.
test_classify_tells_tunnels_and_what_is_carried() {
	begin
	make_vxlan
	needs tcpdump
	tcpdump -i wan0 -Z root -w "$WORK/capture.pcap" -c 2 2>"$WORK/tcpdump" &
	wait_until 10 grep -q 'listening on' "$WORK/tcpdump" || fail "tcpdump does not listen"
	far "$TRAFFIC" vxlan0 - >/dev/null <<-END
		1 udp 192.0.2.10:3478 203.0.113.9:4000 turn-indication
		1 udp 192.0.2.10:3478 203.0.113.9:4000 stun-binding
	END
	wait $!
	expect_exit 0 voxdp classify --profiles "$WORK/profiles" --role wan --packets --json --decap vxlan "$WORK/capture.pcap"
	diff <(jq -c '[.service, .protocol, .inner, .outcome, .sport, .tunnels]' <<<"$OUT") - <<-END || fail "differs (<)"
		["turn","stun","rtp","match",3478,["vxlan"]]
		["turn","stun",null,"match",3478,["vxlan"]]
	END
	expect_exit 0 voxdp classify --profiles "$WORK/profiles" --role wan --packets --decap vxlan "$WORK/capture.pcap"
	[ "$(grep -c 'carries rtp  in vxlan$' <<<"$OUT")" -eq 1 ] || fail "said: $OUT"
	expect_exit 0 voxdp classify --profiles "$WORK/profiles" --role wan --packets --json "$WORK/capture.pcap"
	diff <(jq -c '[.vendor, .inner, .outcome, .dport, .tunnels]' <<<"$OUT") - <<-END || fail "differs (<)"
		[null,null,"other",4789,[]]
		[null,null,"other",4789,[]]
	END
}

# ---- the daemon --------------------------------------------------------------------------------------------------

# A configuration that says something else than what is attached is told, and nothing is changed.
test_daemon_attaches_with_its_tunnels() {
	begin
	cat >"$WORK/run.yaml" <<-END
		voxdp: 1
		interfaces:
		  wan0: {role: wan, decap: [gre, vxlan]}
		profiles: [profiles]
		metrics: {listen: none}
	END
	"$VOXDP" run -c "$WORK/run.yaml" 2>"$WORK/log" &
	wait_until 10 grep -q 'wan0: attached' "$WORK/log" || fail "$(<"$WORK/log")"
	kill $!
	wait $! || true
	voxdp status | grep -q 'wan0 looks through gre,vxlan$' || fail "$(voxdp status)"
	expect_exit 1 "$VOXDP" run -c "$WORK/run.yaml" --decap mpls
	grep -q 'decap gre,vxlan, the configuration says wan, native, decap mpls' <<<"$ERR" || fail "said: $ERR"
	voxdp status | grep -q 'wan0 looks through gre,vxlan$' || fail "$(voxdp status)"
	sed -i 's/vxlan\]/vxlam]/' "$WORK/run.yaml"
	expect_exit 2 voxdp run -c "$WORK/run.yaml"
	grep -q "run.yaml:3:34: .*vxlam.*vxlan" <<<"$ERR" || fail "said: $ERR"
}

# ---- reading by copies -------------------------------------------------------------------------------------------

without_perfmon() {
	setpriv --inh-caps=-all --bounding-set=-all,+bpf,+net_admin,+dac_override -- "$@"
}

test_frames_are_read_by_copies_where_cap_perfmon_is_missing() {
	begin
	needs setpriv util-linux
	without_perfmon "$VOXDP" attach --profiles "$WORK/profiles" -i wan0:wan >"$WORK/said" 2>"$WORK/err" || {
		[ $? -eq 5 ] && grep -q 'CAP_PERFMON is missing, without which this kernel refuses' "$WORK/err" &&
			skip "this kernel refuses even copies without CAP_PERFMON"
		fail "$(<"$WORK/err")"
	}
	grep -q 'engine lpm, reads: copied, CAP_PERFMON is missing' "$WORK/said" || fail "attach said: $(<"$WORK/said")"
	voxdp status | grep -q 'wan0 reads: copied, CAP_PERFMON is missing' || fail "$(voxdp status)"
	[ "$(voxdp status --json | jq -c '.devices[0] | [.engine, .reads]')" = '["lpm","copied"]' ] ||
		fail "$(voxdp status --json)"
	send_traffic wan0 >/dev/null <<-END
		20 udp 192.0.2.10:5060  203.0.113.5:5060  sip-invite
		20 udp 192.0.2.10:12000 203.0.113.5:4000  rtp
		20 udp 192.0.2.10:3478  203.0.113.5:40000 turn-channel
		10 udp 192.0.2.10:5060  203.0.113.5:5060  truncated
	END
	expect_counted 20 wan0 vendor=acme vendor_service=sip outcome=match
	expect_counted 20 wan0 vendor=acme vendor_service=media protocol=rtp outcome=match
	expect_counted 20 wan0 vendor=acme vendor_service=turn outcome=match
	expect_counted 10 wan0 outcome=malformed
	[ "$(stat '[.relayed[] | select(.inner == "rtp") | .packets] | add')" -eq 20 ] || fail "$(voxdp stats --json)"
	[ "$(stat '[.sip_requests[].messages] | add')" -eq 20 ] || fail "$(voxdp stats --json)"
}

test_engine_direct_is_refused_without_cap_perfmon() {
	begin
	needs setpriv util-linux
	expect_failure 5 'CAP_PERFMON is missing' \
		without_perfmon "$VOXDP" attach --profiles "$WORK/profiles" -i wan0:wan --engine direct
	expect_nothing_left wan0
}

test_doctor_says_what_missing_cap_perfmon_costs() {
	begin
	needs setpriv util-linux
	without_perfmon "$VOXDP" doctor --json -i wan0 >"$WORK/doctor" 2>/dev/null || true
	jq -e '.checks[] | select(.check == "capability" and .level == "WARN" and (.text | test("CAP_PERFMON.*by copies")))' \
		"$WORK/doctor" >/dev/null || fail "said: $(<"$WORK/doctor")"
}

run_tests "$@"
