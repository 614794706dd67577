# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# For end-to-end tests. A test script sources this file, defines functions test_NAME and ends with `run_tests "$@"`.
#
# Each test runs in a world of its own: a private mount, network and PID namespace with an empty bpffs on /sys/fs/bpf.
# The world's own network namespace plays the edge box; `far` is a second one. Nothing in it has an uplink, and when the
# test ends, however it ends, the kernel takes the whole world away: processes, pins, programs, interfaces.
#
#	 namespace NAME (the test)             namespace far
#	+-------------------------+           +---------------------+
#	| voxdp on IFACE (native) |===veth====| IFACE-far           |<- send_traffic (AF_PACKET)
#	+-------------------------+           +---------------------+
#
# The kernel sends nothing of its own on these links (no addresses, IPv6 off, no ARP), so every frame that a device
# counts was sent by the test.
#
# Output is that of cmocka, which tests/run reads. `tests/e2e/x_test.sh test_a` runs one test alone.
set -euo pipefail

E2E_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
E2E_BUILD=${BUILD:-build}
[[ $E2E_BUILD = /* ]] || E2E_BUILD=$E2E_TOP/$E2E_BUILD
VOXDP=$E2E_BUILD/voxdp
TRAFFIC=$E2E_BUILD/tests/e2e/traffic
E2E_SECONDS=${E2E_SECONDS:-120} # limit of one test
E2E_SKIPPED=77

# ---- ending a test ----------------------------------------------------------------------------------------------

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

skip() {
	echo "SKIP: $*"
	exit $E2E_SKIPPED
}

# needs COMMAND [PACKAGE]: skips where a program is not installed.
needs() {
	command -v "$1" >/dev/null || skip "$1 is not installed (Debian package ${2:-$1})"
}

# ---- the network ------------------------------------------------------------------------------------------------

# far COMMAND...: runs it in the other namespace.
far() {
	nsenter --net=/run/netns/far "$@"
}

# make_link NAME [IPROUTE2 ARGUMENTS OF THE NEAR END...]: a veth pair, NAME here and NAME-far there, both up and silent.
make_link() {
	local name=$1
	shift
	ip link add "$name" "$@" type veth peer name "$name-far" netns far
	ip link set "$name" arp off up
	far ip link set "$name-far" arp off up
}

# Rows from stdin out of NAME-far: prints the number of frames sent. The row's format stands in tests/e2e/traffic.c.
send_traffic() {
	far "$TRAFFIC" "$1-far" -
}

# xdp_mode DEVICE: xdp (native), xdpgeneric (skb) or none, as the kernel tells; xdp_program DEVICE: the program's id.
xdp_mode() {
	ip link show "$1" | sed -n 's/.* mtu [0-9]* \(xdp[a-z]*\) .*/\1/p' | grep . || echo none
}

xdp_program() {
	ip -details link show "$1" | sed -n 's,.*prog/xdp id \([0-9]*\) .*,\1,p'
}

# ---- running voxdp ----------------------------------------------------------------------------------------------

# voxdp ARGUMENTS...: the program under test.
voxdp() {
	"$VOXDP" "$@"
}

# expect_exit CODE COMMAND...: runs it; its output is then in $OUT and $ERR. Any other exit code fails the test.
expect_exit() {
	local expected=$1 code=0
	shift
	"$@" >"$WORK/out" 2>"$WORK/err" || code=$?
	OUT=$(<"$WORK/out")
	ERR=$(<"$WORK/err")
	[ "$code" -eq "$expected" ] || fail "\`$*\` ended with $code, expected $expected; stdout: $OUT; stderr: $ERR"
}

# expect_failure CODE WORDS COMMAND...: as expect_exit; and stderr is one line of voxdp with WORDS (a regex) in it.
expect_failure() {
	local code=$1 words=$2
	shift 2
	expect_exit "$code" "$@"
	[ "$(wc -l <"$WORK/err")" -eq 1 ] || fail "\`$*\` should print one line, printed: $ERR"
	[[ $ERR =~ ^voxdp:\ .*$words ]] || fail "\`$*\` should say '$words', said: $ERR"
}

# counted DEVICE [LABEL=VALUE]...: packets that voxdp counted there, as `voxdp metrics` tells.
counted() {
	local device=$1
	shift
	voxdp metrics | awk -v device="$device" -v wanted="$*" '
		BEGIN { rows = split(wanted, row, " ") }
		!/^voxdp_packets_total\{/ || index($0, "device=\"" device "\"") == 0 { next }
		{
			for (i = 1; i <= rows; i++) {
				split(row[i], pair, "=")
				if ($0 !~ "[{,]" pair[1] "=\"" pair[2] "\"[,}]")
					next
			}
			sum += $NF
		}
		END { printf "%.0f\n", sum }'
}

# wait_until SECONDS COMMAND...: repeats the command until it succeeds.
wait_until() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $deadline ] || return 1
	done
}

# expect_counted N DEVICE [LABEL=VALUE]...: that many packets, not more; the kernel may still be delivering the last.
expect_counted() {
	local expected=$1
	shift
	_reached() { [ "$(counted "$@")" -ge "$expected" ]; }
	wait_until 5 _reached "$@" || true
	[ "$(counted "$@")" -eq "$expected" ] ||
		fail "counted $(counted "$@") packets of $*, expected $expected; $(voxdp metrics)"
}

# expect_nothing_left [DEVICE...]: no pin, no program on the devices.
expect_nothing_left() {
	local device

	[ -z "$(find /sys/fs/bpf -mindepth 1 -path '*voxdp*' -print)" ] ||
		fail "pins are left: $(find /sys/fs/bpf -mindepth 1 -print | tr '\n' ' ')"
	for device in "$@"; do
		[ "$(xdp_mode "$device")" = none ] || fail "a program is left: $(ip link show "$device")"
	done
}

# ---- profiles of test vendors, with documentation addresses -----------------------------------------------------

# write_vendor DIR VENDOR PREFIX...: SIP on 5060, media on 10000-20000.
write_vendor() {
	local dir=$1 vendor=$2
	shift 2
	mkdir -p "$dir"
	cat >"$dir/$vendor.yaml" <<-END
		voxdp: 1
		vendor: $vendor
		title: The vendor $vendor
		documents:
		  guide:
		    title: Firewall guide
		ranges:
		  servers:
		    claim: own
		    source: "1"
		    prefixes: [$(printf '"%s", ' "$@" | sed 's/, $//')]
		services:
		  sip:
		    source: "2"
		    remote: servers
		    ports: [udp/5060, tcp/5060]
		    payload: sip
		  media:
		    source: "3"
		    remote: servers
		    ports: udp/10000-20000
		    payload: media
	END
}

# ---- the world of a test ----------------------------------------------------------------------------------------

# Probes what a world needs, with one line on what is refused.
world_refused() {
	[ -x "$VOXDP" ] || { echo "$VOXDP is not built"; return; }
	command -v ip >/dev/null || { echo "ip is not installed (Debian package iproute2)"; return; }
	unshare --mount --net --pid --fork true 2>/dev/null || echo "this user may not make namespaces (root may)"
}

# Runs inside the new namespaces, before the test: its own bpffs, its own list of namespaces, a silent network.
world_enter() {
	mount -t sysfs sysfs /sys
	mount -t bpf bpf /sys/fs/bpf || fail "the kernel has no bpf file system"
	mkdir -p /run/netns
	mount -t tmpfs tmpfs /run/netns
	ip netns add far
	echo 1 | tee /proc/sys/net/ipv6/conf/{all,default}/disable_ipv6 >/dev/null
	far sh -c 'echo 1 | tee /proc/sys/net/ipv6/conf/all/disable_ipv6 /proc/sys/net/ipv6/conf/default/disable_ipv6' >/dev/null
	ip link set lo up
}

# in_world FUNCTION: runs a function of this script in a new world and returns its status. $WORK is a directory for it.
# The world runs in the background, so that a signal ends the wait, and with it the world.
in_world() {
	local dir world status=0

	if [ "${E2E_INSIDE:-}" ]; then
		world_enter
		"$1"
		exit 0
	fi
	dir=$(mktemp -d)
	chmod 755 "$dir"
	E2E_INSIDE=1 WORK=$dir unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private \
		timeout --foreground --kill-after=2 "$E2E_SECONDS" bash "$0" "$1" </dev/null &
	world=$!
	# shellcheck disable=SC2064 # what they name is known now
	trap "kill -KILL $world 2>/dev/null; rm -rf '$dir'; exit 130" INT TERM
	wait "$world" || status=$?
	trap - INT TERM
	rm -rf "$dir"
	return $status
}

# run_tests [TEST...]: every test_ function of the script in its order, or those named.
run_tests() {
	local tests=("$@") name status failed=0 refused

	[ -z "${E2E_INSIDE:-}" ] || in_world "$1"
	[ ${#tests[@]} -gt 0 ] || mapfile -t tests < <(sed -n 's/^\(test_[a-z0-9_]*\)().*/\1/p' "$0")
	refused=$(world_refused)
	echo "[==========] Running ${#tests[@]} test(s)."
	for name in "${tests[@]}"; do
		echo "[ RUN      ] $name"
		status=0
		if [ "$refused" ]; then
			echo "SKIP: $refused"
			status=$E2E_SKIPPED
		else
			in_world "$name" || status=$?
		fi
		case $status in
		0) echo "[       OK ] $name" ;;
		"$E2E_SKIPPED") echo "[  SKIPPED ] $name" ;;
		*)
			[ "$status" -ne 124 ] || echo "stopped after $E2E_SECONDS s"
			echo "[  FAILED  ] $name"
			failed=1
			;;
		esac
	done
	exit $failed
}
