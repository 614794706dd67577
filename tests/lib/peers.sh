# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# For end-to-end tests with real programs at both ends. A script sources this after tests/lib/e2e.sh.
#
#	 namespace office              the test: the box                  namespace vendor
#	+----------------+          +-----------------------+           +-------------------+
#	| 203.0.113.10   |          | lan0             wan0 |           | 192.0.2.10        |
#	| 2001:db8:2::10 |==veth====| 203.0.113.1           |===veth====| 2001:db8:1::10    |
#	|                |          | 2001:db8:2::1         |           | 198.51.100.10     |
#	|                |          |             192.0.2.1 |           | 2001:db8:3::10    |
#	|                |          |         2001:db8:1::1 |           |                   |
#	|        sends --------------> XDP, lan              |           |                   |
#	|                |          |              XDP, wan <-------------- sends             |
#	+----------------+          +-----------------------+           +-------------------+
#
# The box routes between the two. XDP sees what enters: lan0 has what the office sends, wan0 what the vendor sends. No
# namespace has an uplink, and none sends anything of its own: neighbours are entered by hand and interfaces have no
# link-local address, so there is no ARP, no neighbour or router solicitation and no multicast report on these links.
# Segments are not merged or split by an interface, so a frame that a peer's kernel sends is a frame that XDP sees.
#
# How many frames an end has sent is told by the counter of its queueing discipline, which knows nothing of XDP.

# shellcheck disable=SC2034 # the scripts use them
OFFICE4=203.0.113.10 OFFICE6=2001:db8:2::10
# shellcheck disable=SC2034
VENDOR4=192.0.2.10 VENDOR6=2001:db8:1::10 POOL4=198.51.100.10 POOL6=2001:db8:3::10

PEER_DATA=$E2E_TOP/tests/data/peers
declare -A PEER # pid by name

# ---- the network ------------------------------------------------------------------------------------------------

# on NAMESPACE COMMAND...: box is the test's own.
on() {
	local netns=$1
	shift
	nsenter --net="/run/netns/$netns" "$@"
}

mac_of() { # NAMESPACE DEVICE
	on "$1" ip -json link show "$2" | jq --raw-output '.[0].address'
}

# make_end NAMESPACE DEVICE ADDRESS...: up, silent, with these addresses.
make_end() {
	local netns=$1 device=$2 address
	shift 2
	on "$netns" ethtool -K "$device" tso off gso off gro off tx off >/dev/null
	on "$netns" ip link set "$device" addrgenmode none arp off up
	on "$netns" tee "/proc/sys/net/ipv6/conf/$device/disable_ipv6" <<<0 >/dev/null
	on "$netns" tc qdisc replace dev "$device" root pfifo
	for address in "$@"; do
		case $address in
		*:*) on "$netns" ip address add "$address" dev "$device" nodad ;;
		*) on "$netns" ip address add "$address" dev "$device" ;;
		esac
	done
}

# make_neighbours DEVICE PEER-NAMESPACE BOX-ADDRESS PEER-ADDRESS: each knows the other; the box is the peer's way out. A
# late acknowledgement is no reason to send a segment twice: the least time-out is far above what a busy machine takes.
make_neighbours() {
	on box ip neighbour replace "$4" lladdr "$(mac_of "$2" "$1-far")" dev "$1" nud permanent
	on "$2" ip neighbour replace "$3" lladdr "$(mac_of box "$1")" dev "$1-far" nud permanent
	on "$2" ip route add default via "$3" rto_min 5s
}

# make_peer DEVICE NAMESPACE BOX4 BOX6 PEER4 PEER6: a namespace behind a device of the box.
make_peer() {
	local device=$1 netns=$2

	ip netns add "$netns"
	on "$netns" ip link set lo up
	ip link add "$device" type veth peer name "$device-far" netns "$netns"
	make_end box "$device" "$3/24" "$4/48"
	make_end "$netns" "$device-far" "$5/24" "$6/48"
	make_neighbours "$device" "$netns" "$3" "$5"
	make_neighbours "$device" "$netns" "$4" "$6"
}

# The drawing above, with voxdp attached in native mode.
make_peers() {
	local device

	needs jq
	needs ethtool
	ip netns attach box $$
	make_peer lan0 office 203.0.113.1 2001:db8:2::1 $OFFICE4 $OFFICE6
	make_peer wan0 vendor 192.0.2.1 2001:db8:1::1 $VENDOR4 $VENDOR6
	on vendor ip address add $POOL4/32 dev wan0-far
	on vendor ip address add $POOL6/128 dev wan0-far nodad
	ip route add 198.51.100.0/24 via $VENDOR4
	ip route add 2001:db8:3::/48 via $VENDOR6
	echo 1 | tee /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding >/dev/null
	voxdp attach --profiles "$PEER_DATA/acme.yaml" -i lan0:lan -i wan0:wan >/dev/null
	for device in lan0 wan0; do
		[ "$(xdp_mode $device)" = xdp ] || fail "$device is not in native mode: $(ip link show $device)"
	done
}

# ---- the peers --------------------------------------------------------------------------------------------------

# start NAME NAMESPACE COMMAND...: in the background, with this stdin; what it prints is in $WORK/NAME.out.
start() {
	local name=$1 netns=$2
	shift 2
	nsenter --net="/run/netns/$netns" "$@" <&0 >"$WORK/$name.out" 2>&1 &
	PEER[$name]=$!
}

# finish NAME [SIGNAL]: waits for its end, after a signal if one is given; it must not fail.
finish() {
	local name=$1 status=0

	[ -z "${2:-}" ] || kill -"$2" "${PEER[$name]}"
	wait "${PEER[$name]}" || status=$?
	[ $status -eq 0 ] || fail "$name ended with $status: $(tail -n 20 "$WORK/$name.out")"
}

# finish_server NAME: for one that runs until a signal ends it, whatever it then calls its status.
finish_server() {
	kill -TERM "${PEER[$1]}"
	wait "${PEER[$1]}" || true
}

# await NAME WHAT COMMAND...: until the command succeeds, 10 s at most.
await() {
	local name=$1 what=$2
	shift 2
	wait_until 10 "$@" || fail "$name: no $what: $(tail -n 20 "$WORK/$name.out")"
}

# await_port NAME NAMESPACE udp|tcp PORT: until something is bound there.
await_port() {
	await "$1" "socket on $3 port $4" _has_port "$2" "$3" "$4"
}

_has_port() {
	on "$1" ss --no-header --listening --numeric "--$2" "sport = :$3" | grep -q .
}

# ---- what is counted --------------------------------------------------------------------------------------------

# frames_sent NAMESPACE DEVICE: frames that its kernel gave to the interface.
frames_sent() {
	on "$1" tc -statistics -json qdisc show dev "$2" | jq '.[0].packets'
}

# kernel_count NAMESPACE NAME...: sum of counters of that namespace's stack, under nstat's names.
kernel_count() {
	local netns=$1
	shift
	on "$netns" nstat --ignore --noupdate --zeros --json |
		jq --args '.kernel as $count | [$ARGS.positional[] | $count[.]] | add' "$@"
}

# icmp_sent NAMESPACE: ICMP and ICMPv6; a kernel's answer to what comes after its peer has closed the socket.
icmp_sent() {
	kernel_count "$1" IcmpOutMsgs Icmp6OutMsgs
}

# The same as rows for expect_counters: no service expects it, whoever owns the address.
icmp_rows() {
	echo "lan0 acme - other out off_port $(icmp_sent office)"
	echo "wan0 acme - other in off_port $(icmp_sent vendor)"
}

# All counters: DEVICE VENDOR SERVICE PROTOCOL DIRECTION OUTCOME PACKETS, sorted; - for none. What TURN carries stands for
# itself: its protocol is that of the datagram inside, its outcome "relayed".
counters() {
	voxdp stats --json | jq --raw-output '.outcomes + (.relayed | map(. + {protocol: .inner, outcome: "relayed"})) |
		.[] | select(.packets > 0) |
		[.device, .vendor, .service, .protocol, .direction, .outcome, .packets] |
		map(if . == null then "-" else tostring end) | join(" ")' | sort
}

_counters_are() {
	"$1" | awk '$NF > 0' | sort >"$WORK/expected"
	counters >"$WORK/counters"
	cmp --silent "$WORK/expected" "$WORK/counters"
}

_every_frame_is_counted() {
	[ "$(counted lan0)" -eq "$(frames_sent office lan0-far)" ] &&
		[ "$(counted wan0)" -eq "$(frames_sent vendor wan0-far)" ]
}

# expect_counters FUNCTION: it prints every row that voxdp must show, in the form of counters(); rows of 0 packets say
# nothing. Asked anew until both agree, since the last frame may still be on its way. The rows together must be the
# frames that both ends sent.
expect_counters() {
	wait_until 5 _counters_are "$1" ||
		fail "the peers say (-), voxdp counted (+): $(diff -U 9 "$WORK/expected" "$WORK/counters" | tail -n +4)"
	cat "$WORK/expected"
	wait_until 5 _every_frame_is_counted ||
		fail "office sent $(frames_sent office lan0-far) frames, lan0 counted $(counted lan0);" \
			"vendor sent $(frames_sent vendor wan0-far), wan0 counted $(counted wan0)"
}

# ---- segments of a TCP stream -----------------------------------------------------------------------------------

# capture_start: every TCP segment at the vendor's end into $WORK/capture. capture_finish: once it has all frames.
capture_start() {
	needs tcpdump
	needs python3
	start capture vendor tcpdump -i wan0-far --immediate-mode --packet-buffered -Z root -w "$WORK/capture" tcp </dev/null
	await capture "capture file" test -s "$WORK/capture"
}

capture_finish() {
	await capture "capture of every frame" _capture_is_whole
	finish capture TERM
	grep -q '^0 packets dropped by kernel' "$WORK/capture.out" || fail "$(<"$WORK/capture.out")"
}

_capture_is_whole() {
	[ "$(tcpdump -n -r "$WORK/capture" 2>/dev/null | wc -l)" -ge \
		$(($(frames_sent office lan0-far) + $(frames_sent vendor wan0-far))) ]
}

# segments FRAMING: rows SOURCE PROTOCOL SEGMENTS MESSAGES of the capture, kept in $WORK/segments.
segments() {
	/usr/bin/python3 "$E2E_TOP/tests/e2e/segments.py" "$WORK/capture" "$1" >"$WORK/segments" ||
		fail "the capture cannot be read"
}

# segments_of SOURCE PROTOCOL, messages_of SOURCE PROTOCOL: from those rows; 0 where there is none.
segments_of() {
	awk -v source="$1" -v protocol="$2" '$1 == source && $2 == protocol { n = $3 } END { print n + 0 }' "$WORK/segments"
}

messages_of() {
	awk -v source="$1" -v protocol="$2" '$1 == source && $2 == protocol { n = $4 } END { print n + 0 }' "$WORK/segments"
}
