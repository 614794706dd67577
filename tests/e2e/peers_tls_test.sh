#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# TLS 1.2 and 1.3 and DTLS 1.2 between openssl's client and server. What voxdp counts is what their kernels sent, and of
# TLS what stands in the streams, put together from a capture.
#
#	 office: client                  the box                   vendor: server
#	+------------------+      +---------------------+      +--------------------+
#	| openssl s_client |----->| lan0: out           |----->| openssl s_server   |
#	|                  |<-----|            wan0: in |<-----| tcp/443, udp/10000 |
#	+------------------+      +---------------------+      +--- capture --------+
#
# Addresses are in tests/lib/peers.sh, the vendor in tests/data/peers/acme.yaml.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"
# shellcheck source=tests/lib/peers.sh
source "$(dirname "$0")/../lib/peers.sh"

TEXT_LINES=400 # of the text that goes there and back: records of up to 16 KiB, so that most segments start none
DATAGRAMS=20 # of DTLS, each way

make_tls_peers() {
	needs openssl
	make_peers
	cd "$WORK"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=acme.example \
		-keyout key.pem -out cert.pem 2>/dev/null
}

# end_of ADDRESS PORT: as openssl wants it.
end_of() {
	case $1 in
	*:*) echo "[$1]:$2" ;;
	*) echo "$1:$2" ;;
	esac
}

# records_sent NAME: records that openssl says it has written.
records_sent() {
	grep -c '^>>> .*RecordHeader' "$1.out"
}

# ---- TLS --------------------------------------------------------------------------------------------------------

# talk_tls VERSION VENDOR-ADDRESS: the server sends each line back reversed, and after CLOSE ends.
talk_tls() {
	local line

	start server vendor openssl s_server "-$1" -accept "$(end_of "$2" 443)" -cert cert.pem -key key.pem -naccept 1 \
		-rev -msg </dev/null
	await_port server vendor tcp 443
	{
		for ((line = 0; line < TEXT_LINES; line++)); do
			printf '%0200d\n' "$line"
		done
		echo CLOSE
	} >text
	start client office openssl s_client "-$1" -connect "$(end_of "$2" 443)" -ign_eof -msg <text
	finish client
	finish server
}

# rows_of_tls: of the addresses that expect_tls has.
rows_of_tls() {
	cat <<-END
		lan0 acme web tls out match $(segments_of "$office" tls)
		lan0 acme web other out unproven $(segments_of "$office" other)
		wan0 acme web tls in match $(segments_of "$vendor" tls)
		wan0 acme web other in unproven $(segments_of "$vendor" other)
	END
}

# expect_tls VERSION OFFICE-ADDRESS VENDOR-ADDRESS
expect_tls() {
	local office=$2 vendor=$3

	make_tls_peers
	capture_start
	talk_tls "$1" "$vendor"
	capture_finish
	segments tls
	[ "$(messages_of "$office" tls)" -eq "$(records_sent client)" ] || fail "$(<segments)"
	[ "$(messages_of "$vendor" tls)" -eq "$(records_sent server)" ] || fail "$(<segments)"
	expect_counters rows_of_tls
}

test_tls12_ipv4() {
	expect_tls tls1_2 "$OFFICE4" "$VENDOR4"
}

test_tls12_ipv6() {
	expect_tls tls1_2 "$OFFICE6" "$VENDOR6"
}

test_tls13_ipv4() {
	expect_tls tls1_3 "$OFFICE4" "$VENDOR4"
}

test_tls13_ipv6() {
	expect_tls tls1_3 "$OFFICE6" "$VENDOR6"
}

# ---- DTLS -------------------------------------------------------------------------------------------------------

# say TO FD LINE: writes a line to one end, and waits until the other end prints it: so each line is a datagram.
say() {
	echo "$3" >&"$2"
	await "$1" "line '$3'" grep -qx "$3" "$1.out"
}

# The handshake that WebRTC does on its media port, with a cookie first, then lines in both directions, then the end.
talk_dtls() { # VENDOR-ADDRESS
	local line

	mkfifo server.in client.in
	exec 3<>server.in 4<>client.in
	start server vendor openssl s_server -dtls1_2 -listen -accept "$(end_of "$1" 10000)" -cert cert.pem -key key.pem \
		-naccept 1 -use_srtp SRTP_AES128_CM_SHA1_80 -msg <server.in
	await_port server vendor udp 10000
	start client office openssl s_client -dtls1_2 -connect "$(end_of "$1" 10000)" \
		-use_srtp SRTP_AES128_CM_SHA1_80 -msg <client.in
	for ((line = 0; line < DATAGRAMS; line++)); do
		say server 4 "from the client $line"
		say client 3 "from the server $line"
	done
	echo Q >&4
	finish client
	finish server
}

# No peer sends datagrams of another protocol, over IPv4 or IPv6.
rows_of_dtls() {
	cat <<-END
		lan0 acme media dtls out match $(kernel_count office UdpOutDatagrams Udp6OutDatagrams)
		wan0 acme media dtls in match $(kernel_count vendor UdpOutDatagrams Udp6OutDatagrams)
		$(icmp_rows)
	END
}

expect_dtls() { # VENDOR-ADDRESS
	make_tls_peers
	talk_dtls "$1"
	grep -q 'SRTP Extension negotiated, profile=SRTP_AES128_CM_SHA1_80' client.out || fail "no SRTP: $(<client.out)"
	expect_counters rows_of_dtls
}

test_dtls12_ipv4() {
	expect_dtls "$VENDOR4"
}

test_dtls12_ipv6() {
	expect_dtls "$VENDOR6"
}

run_tests "$@"
