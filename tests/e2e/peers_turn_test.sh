#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# STUN and TURN between coturn's programs. What voxdp counts is what they say they sent.
#
#	 office: client                    the box                    vendor: server, and who is called
#	+-------------------+       +---------------------+       +---------------------------------------+
#	| turnutils_uclient |------>| lan0: out           |------>| turnserver      ----> turnutils_peer  |
#	|                   |<------|            wan0: in |<------| 3478, 5349      <---- 3480, echoes    |
#	+-------------------+       +---------------------+       +------------------ by lo, not counted -+
#
# Addresses are in tests/lib/peers.sh, the vendor in tests/data/peers/acme.yaml.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"
# shellcheck source=tests/lib/peers.sh
source "$(dirname "$0")/../lib/peers.sh"

CLIENTS=2
MESSAGES=25 # of a client
BINDINGS=5 # of a test, each by a client of its own
MESSAGE_BYTES=172 # an RTP packet of G.711, 20 ms

# start_server ADDRESS: the TURN server, and the peer that it relays to.
start_server() {
	needs turnserver coturn
	needs openssl
	make_peers
	cd "$WORK"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=acme.example \
		-keyout key.pem -out cert.pem 2>/dev/null
	start peer vendor turnutils_peer -L "$1" -p 3480 </dev/null
	start server vendor turnserver -n --listening-ip "$1" --relay-ip "$1" --relay-threads 1 --verbose \
		--lt-cred-mech --realm acme.example --user caller:secret --cert cert.pem --pkey key.pem \
		--no-cli --log-file stdout --simple-log --userdb "$WORK/turndb" --pidfile "$WORK/pid" </dev/null
	await_port peer vendor udp 3480
	await_port server vendor udp 3478
	await_port server vendor tcp 3478
	await_port server vendor udp 5349
}

# run_client OFFICE-ADDRESS SERVER-ADDRESS ARGUMENTS...: allocations, and messages that come back; -c: no second
# allocation for RTCP. Then the server, when each allocation has been given back.
run_client() {
	local office=$1 server=$2
	shift 2
	start client office timeout 30 turnutils_uclient -v -c -L "$office" -u caller -w secret -e "$server" -r 3480 \
		-m "$CLIENTS" -n "$MESSAGES" -l "$MESSAGE_BYTES" -z 10 "$@" "$server" </dev/null
	finish client
	await server "end of each allocation" _allocations_ended
	finish_server server
	finish_server peer
}

_allocations_ended() {
	[ "$(grep -c 'refreshed, .* lifetime=0\b' server.out)" -eq "$CLIENTS" ] &&
		[ "$(grep -c 'incoming packet REFRESH processed' server.out)" -ge "$(grep -c 'refreshed, ' server.out)" ]
}

# client_total WORD: tot_send_msgs or tot_recv_msgs, as the client says at its end.
client_total() {
	grep 'start_mclient: tot_send_msgs=' client.out | sed "s/.*$1=\([0-9]*\).*/\1/"
}

# STUN requests that the server says have come. It answers each.
requests() {
	grep -c ': incoming packet .* processed, ' server.out
}

expect_messages() {
	[ "$(client_total tot_send_msgs)" -eq $((CLIENTS * MESSAGES)) ] || fail "the client sent $(client_total tot_send_msgs)"
}

# The client's messages, each in an envelope both ways: bytes of its own, which are no protocol.
relayed_rows() {
	cat <<-END
		lan0 acme turn other out relayed $(client_total tot_send_msgs)
		wan0 acme turn other in relayed $(client_total tot_recv_msgs)
	END
}

rows_of_channels() {
	relayed_rows
	cat <<-END
		lan0 acme turn stun out match $(requests)
		lan0 acme turn turn-channel out match $(client_total tot_send_msgs)
		wan0 acme turn stun in match $(requests)
		wan0 acme turn turn-channel in match $(client_total tot_recv_msgs)
		$(icmp_rows)
	END
}

test_channels_over_udp_ipv4() {
	start_server "$VENDOR4"
	run_client "$OFFICE4" "$VENDOR4"
	expect_messages
	expect_counters rows_of_channels
}

test_channels_over_udp_ipv6() {
	start_server "$VENDOR6"
	run_client "$OFFICE6" "$VENDOR6" -x
	expect_messages
	expect_counters rows_of_channels
}

# Send and Data indications are STUN themselves.
rows_of_indications() {
	relayed_rows
	cat <<-END
		lan0 acme turn stun out match $(($(requests) + $(client_total tot_send_msgs)))
		wan0 acme turn stun in match $(($(requests) + $(client_total tot_recv_msgs)))
		$(icmp_rows)
	END
}

test_indications_over_udp() {
	start_server "$VENDOR4"
	run_client "$OFFICE4" "$VENDOR4" -s
	expect_messages
	expect_counters rows_of_indications
}

# Over TCP a segment may have two messages: the first one is what it is counted as.
rows_of_segments() {
	cat <<-END
		lan0 acme turn stun out match $(segments_of "$OFFICE6" stun)
		lan0 acme turn turn-channel out match $(segments_of "$OFFICE6" turn-channel)
		lan0 acme turn other out relayed $(segments_of "$OFFICE6" turn-channel)
		lan0 acme turn other out unproven $(segments_of "$OFFICE6" other)
		wan0 acme turn stun in match $(segments_of "$VENDOR6" stun)
		wan0 acme turn turn-channel in match $(segments_of "$VENDOR6" turn-channel)
		wan0 acme turn other in relayed $(segments_of "$VENDOR6" turn-channel)
		wan0 acme turn other in unproven $(segments_of "$VENDOR6" other)
	END
}

test_channels_over_tcp() {
	start_server "$VENDOR6"
	capture_start
	run_client "$OFFICE6" "$VENDOR6" -x -t
	capture_finish
	expect_messages
	segments turn
	[ "$(messages_of "$OFFICE6" turn-channel)" -eq "$(client_total tot_send_msgs)" ] || fail "$(<segments)"
	[ "$(messages_of "$VENDOR6" turn-channel)" -eq "$(client_total tot_recv_msgs)" ] || fail "$(<segments)"
	[ "$(messages_of "$OFFICE6" stun)" -eq "$(requests)" ] || fail "$(<segments)"
	expect_counters rows_of_segments
}

# The kernel's count of datagrams: what goes to the echoing peer and back is the vendor's too.
rows_of_dtls() {
	local relayed=$(($(client_total tot_send_msgs) + $(client_total tot_recv_msgs)))

	cat <<-END
		lan0 acme turns dtls out match $(kernel_count office UdpOutDatagrams)
		wan0 acme turns dtls in match $(($(kernel_count vendor UdpOutDatagrams) - relayed))
		$(icmp_rows)
	END
}

test_channels_over_dtls() {
	start_server "$VENDOR4"
	run_client "$OFFICE4" "$VENDOR4" -S -p 5349
	expect_messages
	expect_counters rows_of_dtls
}

rows_of_bindings() {
	cat <<-END
		lan0 acme turn stun out match $BINDINGS
		wan0 acme turn stun in match $BINDINGS
	END
}

# stunclient says what address it was seen by, twice for each answer.
expect_bindings() { # OFFICE-ADDRESS SERVER-ADDRESS
	local query

	start_server "$2"
	for ((query = 0; query < BINDINGS; query++)); do
		start client office timeout 10 turnutils_stunclient -L "$1" "$2" </dev/null
		finish client
		grep -q "UDP reflexive addr: $1:" client.out || fail "no answer: $(<client.out)"
	done
	finish_server server
	finish_server peer
	expect_counters rows_of_bindings
}

test_bindings_ipv4() {
	expect_bindings "$OFFICE4" "$VENDOR4"
}

test_bindings_ipv6() {
	expect_bindings "$OFFICE6" "$VENDOR6"
}

run_tests "$@"
