#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# `voxdp classify --score`: captures whose frames are known, since tests/e2e/captures.c made them, through the real
# program; the matrix that comes out is written down here. And labels that do not fit.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"

CAPTURES=$E2E_BUILD/tests/e2e/captures

# make_captures: $WORK/captures, and profiles that own the far end of one call.
make_captures() {
	mkdir "$WORK/captures"
	"$CAPTURES" "$WORK/captures"
	write_vendor "$WORK/profiles" acme 198.51.100.0/25
}

# score ARGUMENTS...: all captures.
score() {
	voxdp classify --profiles "$WORK/profiles" --score "$WORK/captures" "$@" "$WORK"/captures/*.pcap
}

# expect_same EXPECTED GOT
expect_same() {
	diff <(echo "$1") <(echo "$2") || fail "expected (<), got (>)"
}

# Of RTP, two packets of each of the eight sources of the calls come before anybody can know.
test_matrix_of_made_captures() {
	make_captures
	expect_exit 0 score --json
	expect_same "magic sip 15 15
magic stun 4 4
magic turn-channel 11 11
magic dtls 3 3
magic zrtp 1 1
magic tls 3 3
magic quic 6 6
signalled rtp 480 464
signalled rtcp 4 4
stream rtp 20 20
stream rtcp 2 2
port dns 7 7
port ntp 2 2
clean other 234 234
nocookie stun 1 1
conn quic 1 0
framed stun 1 1
continuation sip 1 0
continuation tls 1 0" "$(jq -r '.matrix[] | "\(.conf) \(.label) \(.frames) \(.right)"' <<<"$OUT")"
	expect_same '{"right":482,"frames":482}' "$(jq -c .rtp_knowable <<<"$OUT")"
	expect_same '{"called_media":0,"frames":234}' "$(jq -c .other <<<"$OUT")"
	expect_same '{"right":776,"frames":792}' "$(jq -c .scored <<<"$OUT")"
	expect_same '0 0' "$(jq -r '"\(.ports.misread) \(.ports.unread)"' <<<"$OUT")"
	expect_same 8 "$(jq .captures <<<"$OUT")"
}

test_matrix_is_the_same_for_every_role_and_engine() {
	local role engine first=''

	make_captures
	for role in any wan lan; do
		for engine in direct lpm; do
			expect_exit 0 score --json --role "$role" --engine "$engine"
			first=${first:-$OUT}
			[ "$OUT" = "$first" ] || fail "role $role, engine $engine: $OUT, before: $first"
		done
	done
}

# What lies in tunnels is compared with what the labels say of it: protocol and ports.
test_tunnels_are_scored_by_what_they_carry() {
	make_captures
	expect_exit 0 score --json --decap gre,ipip,vxlan,gtp-u
	expect_same 'clean other 230 230
inside sip 4 4' "$(jq -r '.matrix[] | select(.conf == "inside" or .label == "other") |
		"\(.conf) \(.label) \(.frames) \(.right)"' <<<"$OUT")"
	expect_same '0 0' "$(jq -r '"\(.ports.misread) \(.ports.unread)"' <<<"$OUT")"
	sed -i '2s/,5062,/,5063,/' "$WORK/captures/tunnels.csv"
	expect_exit 0 score --json --decap gre,ipip,vxlan,gtp-u
	expect_same 1 "$(jq .ports.misread <<<"$OUT")"
}

# An own address on the port of a service that takes RTP is reason enough to believe the first packet.
test_first_packets_count_where_a_service_expects_them() {
	make_captures
	cat >"$WORK/profiles/voice.yaml" <<-END
		voxdp: 1
		vendor: voice
		title: Voice
		ranges: {all: {source: page 1, prefixes: [192.0.2.0/25]}}
		services: {rtp: {source: page 1, remote: all, ports: udp/20000, payload: rtp}}
	END
	expect_exit 0 score --json
	expect_same "480 472" \
		"$(jq -r '.matrix[] | select(.conf == "signalled" and .label == "rtp") | "\(.frames) \(.right)"' <<<"$OUT")"
}

test_differing_frames_are_listed() {
	make_captures
	sed -i '3s/sip,magic/stun,magic/' "$WORK/captures/call.csv"
	expect_exit 0 score --packets
	grep -q 'call.pcap:2  stun, magic: voxdp says sip$' <<<"$OUT" || fail "the wrong label is not listed: $OUT"
	grep -q 'call.pcap:5  rtp, signalled, early in its stream: voxdp says other$' <<<"$OUT" || fail "not listed: $OUT"
	expect_exit 0 score --packets --json
	expect_same '{"frame":2,"protocol":"sip","scored":true,"early":false}' "$(jq -c \
		'select((.capture | endswith("/call.pcap")) and .label == "stun") | {frame, protocol, scored, early}' <<<"$OUT")"
}

test_misread_ports_are_told() {
	make_captures
	sed -i '3s/,5060,5060,/,5060,5061,/' "$WORK/captures/call.csv"
	expect_exit 0 score --json
	expect_same 1 "$(jq .ports.misread <<<"$OUT")"
	expect_exit 0 score --packets
	grep -q 'call.pcap:2  sip, magic: voxdp says sip  ports misread$' <<<"$OUT" || fail "not listed: $OUT"
}

test_one_file_of_labels_is_for_one_capture() {
	make_captures
	cp "$WORK/captures/call.csv" "$WORK/labels"
	expect_exit 0 voxdp classify --profiles "$WORK/profiles" --score "$WORK/labels" "$WORK/captures/call.pcap"
	grep -q 'scored frames said right .* 241 of .* 249 ' <<<"$OUT" || fail "no sum: $OUT"
	expect_failure 2 'one label file is for one capture, got 2' voxdp classify --profiles "$WORK/profiles" \
		--score "$WORK/labels" "$WORK/captures/call.pcap" "$WORK/captures/call6.pcap"
}

# expect_refused WORDS: of the labels in $WORK/labels, for the capture `names`.
expect_refused() {
	expect_exit 1 voxdp classify --profiles "$WORK/profiles" --score "$WORK/labels" "$WORK/captures/names.pcap"
	[[ $ERR =~ ^voxdp:\ .*$1 ]] || fail "should say '$1', said: $ERR"
}

test_labels_that_do_not_fit_are_refused_with_their_place() {
	local labels

	make_captures
	labels=$WORK/captures/names.csv
	sed '4d' "$labels" >"$WORK/labels"
	expect_refused 'no row for frame 3 here'
	sed '$d' "$labels" >"$WORK/labels"
	expect_refused 'no row for frame 9 here'
	(cat "$labels" && tail -n 1 "$labels") >"$WORK/labels"
	expect_refused 'ends before its labels, which go on with frame 9'
	sed '3s/dns/smtp/' "$labels" >"$WORK/labels"
	expect_refused ':3: a label is a protocol that voxdp knows, got "smtp"'
	sed '3s/,port/,surely/' "$labels" >"$WORK/labels"
	expect_refused ':3: no such confidence, got "surely"'
	sed '3s/,53,/,66000,/' "$labels" >"$WORK/labels"
	expect_refused ':3: a port is 0 to 65535'
	sed '3s/^/"/' "$labels" >"$WORK/labels"
	expect_refused ':3: a row has as many fields as the first line'
	sed '1s/conf/sure/' "$labels" >"$WORK/labels"
	expect_refused 'names no column "conf"'
	rm "$WORK/labels"
	expect_refused 'No such file'
}

run_tests "$@"
