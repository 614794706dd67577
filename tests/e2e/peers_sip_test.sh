#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Calls between two sipp: SIP over UDP and TCP, RTP that the callee echoes. What voxdp counts is what they say they sent.
#
#	 office: caller                   the box                    vendor: callee
#	+---------------+        +----------------------+        +-------------------+
#	| sipp          |--SIP-->| lan0: out            |------->| sipp, port 5060   |
#	|               |--RTP-->|                      |------->| echo, port 10000  |
#	|               |<-------|             wan0: in |<--SIP--|                   |
#	| ports 20000.. |<-------|                      |<--RTP--|                   |
#	+---------------+        +----------------------+        +-------------------+
#
# Addresses are in tests/lib/peers.sh, the vendor in tests/data/peers/acme.yaml, the calls beside it.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"
# shellcheck source=tests/lib/peers.sh
source "$(dirname "$0")/../lib/peers.sh"

CALLS=10
MEDIA_PACKETS=50 # a call: 1 s of G.711, 20 ms a packet

# sipp_of NAME NAMESPACE ADDRESS MEDIA-PORT SCENARIO ARGUMENTS...: its files go to $WORK. It does not read stdin.
sipp_of() {
	local name=$1 netns=$2 address=$3 media_port=$4 scenario=$5
	shift 5
	start "$name" "$netns" "${PIN[@]}" sipp -sf "$scenario.xml" -i "$address" -mi "$address" -mp "$media_port" -p 5060 \
		-nostdin -max_socket 100 -f 60 -timeout 20s -timeout_error -trace_counts -trace_err "$@" </dev/null
}

# sipp's words for one socket: of the caller, of the callee. Over TCP the caller has a connection a call.
declare -A CALLER=([udp]=u1 [tcp]=tn) CALLEE=([udp]=u1 [tcp]=t1)

# make_calls udp|tcp OFFICE-ADDRESS VENDOR-ADDRESS [COMMAND...]: both sipp run under that command.
make_calls() {
	local transport=$1 office=$2 vendor=$3 remote=$3
	shift 3

	needs sipp sip-tester
	make_peers
	[[ $vendor != *:* ]] || remote="[$vendor]"
	PIN=("$@")
	cp "$PEER_DATA"/*.xml "$WORK"
	cd "$WORK"
	head -c $((MEDIA_PACKETS * 160)) /dev/zero | tr '\0' '\377' >media.ulaw # silence
	sipp_of callee vendor "$vendor" 10000 callee -t "${CALLEE[$transport]}" -rtp_echo
	await_port callee vendor "$transport" 5060
	sipp_of caller office "$office" 20000 caller -t "${CALLER[$transport]}" -m "$CALLS" -r 10 "$remote:5060"
	finish caller
	# The first signal has the screens written, the second ends it.
	kill -USR2 "${PEER[callee]}"
	await callee screens test -e "callee_${PEER[callee]}_screen.log"
	finish callee USR1
	# Calls with hardly any media would make the comparison easy.
	[ "$(media_echoed)" -ge $((CALLS * MEDIA_PACKETS / 2)) ] || fail "the callee echoed $(media_echoed) packets"
}

# messages_sent NAME: SIP messages that sipp says it has sent, repeated ones too.
messages_sent() {
	awk -F';' '
		NR == 1 { split($0, name); next }
		{
			sum = 0
			for (i = 1; i < NF; i++)
				if (name[i] ~ /_Sent$/ && name[i + 1] ~ /_Retrans$/)
					sum += $i + $(i + 1)
		}
		END { print sum }' "$1_${PEER[$1]}_counts.csv"
}

# RTP packets that the callee says it has got and sent back.
media_echoed() {
	sed -n 's/^ *\([0-9]*\) Total echo RTP pckts 1st stream .*/\1/p' "callee_${PEER[callee]}_screen.log" | tail -n 1
}

rows_of_udp_calls() {
	cat <<-END
		lan0 acme sip sip out match $(messages_sent caller)
		lan0 acme media rtp out match $(media_echoed)
		wan0 acme sip sip in match $(messages_sent callee)
		wan0 acme media rtp in match $(media_echoed)
		$(icmp_rows)
	END
}

test_calls_over_udp_ipv4() {
	make_calls udp "$OFFICE4" "$VENDOR4"
	expect_counters rows_of_udp_calls
}

test_calls_over_udp_ipv6() {
	make_calls udp "$OFFICE6" "$VENDOR6"
	expect_counters rows_of_udp_calls
}

# On a connection of its own a call never has two messages to send at once, so each is a segment. Segments without a message prove nothing: handshake,
# acknowledgements, end.
rows_of_tcp_calls() {
	local messages_out messages_in

	messages_out=$(messages_sent caller) messages_in=$(messages_sent callee)
	cat <<-END
		lan0 acme sip sip out match $messages_out
		lan0 acme sip other out unproven $(($(kernel_count office TcpOutSegs) - messages_out))
		lan0 acme media rtp out match $(media_echoed)
		wan0 acme sip sip in match $messages_in
		wan0 acme sip other in unproven $(($(kernel_count vendor TcpOutSegs) - messages_in))
		wan0 acme media rtp in match $(media_echoed)
		$(icmp_rows)
	END
}

test_calls_over_tcp_ipv4() {
	make_calls tcp "$OFFICE4" "$VENDOR4"
	expect_counters rows_of_tcp_calls
}

test_calls_over_tcp_ipv6() {
	make_calls tcp "$OFFICE6" "$VENDOR6"
	expect_counters rows_of_tcp_calls
}

# first_cpu: one that this process may use.
first_cpu() {
	taskset --cpu-list --pid $$ | sed 's/.*: \([0-9]*\).*/\1/'
}

# The pool's addresses are others' too, so RTP counts from the packet on that proves its stream: the third. The table of
# streams is per CPU, so everybody stays on one.
rows_of_pool_calls() {
	local early=$((2 * CALLS))

	cat <<-END
		lan0 acme pool-calls sip out match $(messages_sent caller)
		lan0 acme pool-calls rtp out match $(($(media_echoed) - early))
		lan0 - - other out other $((early + $(icmp_sent office)))
		wan0 acme pool-calls sip in match $(messages_sent callee)
		wan0 acme pool-calls rtp in match $(($(media_echoed) - early))
		wan0 - - other in other $((early + $(icmp_sent vendor)))
	END
}

test_calls_to_a_shared_pool_ipv4() {
	make_calls udp "$OFFICE4" "$POOL4" taskset --cpu-list "$(first_cpu)"
	expect_counters rows_of_pool_calls
}

test_calls_to_a_shared_pool_ipv6() {
	make_calls udp "$OFFICE6" "$POOL6" taskset --cpu-list "$(first_cpu)"
	expect_counters rows_of_pool_calls
}

run_tests "$@"
