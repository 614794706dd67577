# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# For end-to-end tests of the daemon, after tests/lib/e2e.sh: starting, ending and asking it. It goes with the test.

URL=http://127.0.0.1:9477
DAEMON= # its process

# write_config [LINE...]: $WORK/voxdp.yaml for wan0 and $WORK/profiles.
write_config() {
	printf '%s\n' "voxdp: 1" "interfaces: {wan0: {role: wan}}" "profiles: profiles" "$@" >"$WORK/voxdp.yaml"
}

daemon_log() {
	cat "$WORK/log"
}

log_has() {
	grep -q -- "$1" "$WORK/log"
}

# daemon_start [OPTION...]: returns when it has loaded the profiles, whatever came of it. DAEMON_WRAPPER goes before it.
daemon_start() {
	: >"$WORK/log"
	# shellcheck disable=SC2086 # the wrapper is words
	${DAEMON_WRAPPER:-} "$VOXDP" run -c "$WORK/voxdp.yaml" "$@" >>"$WORK/log" 2>&1 &
	DAEMON=$!
	wait_until 30 daemon_is_up || fail "the daemon does not come up: $(daemon_log)"
}

daemon_is_up() {
	kill -0 "$DAEMON" 2>/dev/null || fail "the daemon has ended: $(daemon_log)"
	[ "$(scraped voxdp_reloads_total)" -gt 0 ] 2>/dev/null
}

daemon_stop() {
	kill -TERM "$DAEMON"
	wait "$DAEMON" || fail "the daemon ended with $?: $(daemon_log)"
}

daemon_kill() {
	kill -KILL "$DAEMON"
	wait "$DAEMON" || true
}

# scraped METRIC [LABEL="VALUE"]: the sum of its samples on the page; empty where there is none.
scraped() {
	curl -s --max-time 20 "$URL/metrics" | awk -v metric="$1" -v label="${2:-}" '
		index($0, metric " ") != 1 && index($0, metric "{") != 1 { next }
		label == "" || index($0, label) { sum += $NF; found = 1 }
		END { if (found) printf "%.0f\n", sum }'
}

# scrape_says METRIC VALUE [LABEL="VALUE"]
scrape_says() {
	[ "$(scraped "$1" "${3:-}")" = "$2" ]
}

# expect_scraped N [LABEL=VALUE]...: as expect_counted, by the daemon's page.
expect_scraped() {
	local expected=$1
	shift
	wait_until 5 scraped_packets_are "$expected" "$@" ||
		fail "scraped $(scraped_packets "$@") packets of $*, expected $expected; $(curl -s "$URL/metrics" | grep ^voxdp_packets | grep -v ' 0$')"
}

scraped_packets() {
	curl -s --max-time 20 "$URL/metrics" | awk -v wanted="$*" '
		BEGIN { rows = split(wanted, row, " ") }
		!/^voxdp_packets_total\{/ { next }
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

scraped_packets_are() {
	local expected=$1
	shift
	[ "$(scraped_packets "$@")" = "$expected" ]
}

# notify_listen: plays the service manager; what it is told is in $WORK/notified, a line each.
notify_listen() {
	export NOTIFY_SOCKET=$WORK/notify
	: >"$WORK/notified"
	python3 "$E2E_TOP/tests/e2e/notified.py" "$NOTIFY_SOCKET" >>"$WORK/notified" &
	wait_until 10 test -S "$NOTIFY_SOCKET" || fail "no socket"
}

notified() {
	grep -q -- "$1" "$WORK/notified"
}

# Twice or more.
notified_again() {
	[ "$(grep -c -- "$1" "$WORK/notified")" -ge 2 ]
}
