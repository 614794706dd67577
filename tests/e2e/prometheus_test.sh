#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What a real Prometheus sees that scrapes once a second, while everything happens that may happen to a box; and what its
# tools say of the rules.
#
#	 the test                                                far
#	+-------------------------------------------+           +-------------------+
#	| Prometheus --1/s--> voxdp run, wan0       |===veth====| wan0-far: sends   |
#	|   127.0.0.1:9090      127.0.0.1:9477      |           |                   |
#	+-------------------------------------------+           +-------------------+
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"
# shellcheck source=tests/lib/daemon.sh
source "$(dirname "$0")/../lib/daemon.sh"

MONITORING=$E2E_TOP/tools/monitoring

prometheus_start() {
	cat >"$WORK/prometheus.yml" <<-END
		global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
		rule_files: [$MONITORING/rules.yml, $MONITORING/alerts.yml]
		scrape_configs: [{job_name: voxdp, static_configs: [{targets: ["127.0.0.1:9477"]}]}]
	END
	prometheus --config.file="$WORK/prometheus.yml" --storage.tsdb.path="$WORK/tsdb" \
		--web.listen-address=127.0.0.1:9090 >"$WORK/prometheus.log" 2>&1 &
	wait_until 30 scrapes_are 3 || fail "Prometheus does not scrape: $(tail -n 5 "$WORK/prometheus.log")"
}

# asked QUERY: the value of the first sample, rounded; empty where there is none.
asked() {
	curl -s --max-time 10 http://127.0.0.1:9090/api/v1/query --data-urlencode "query=$1" |
		jq -r '.data.result[0].value[1] // empty'
}

# How many scrapes there have been, good or bad.
scrapes() {
	asked 'count_over_time(up[1h])'
}

scrapes_are() {
	[ "$(scrapes)" -ge "$1" ] 2>/dev/null
}

# Returns when a scrape has just been stored: the next one is most of a second away.
after_a_scrape() {
	wait_until 30 scrapes_are $(($(scrapes) + 1)) || fail "Prometheus has stopped to scrape"
}

pid_is_new() {
	[ "$(cat "$WORK/pid")" != "$1" ]
}

# Ends the daemon by a signal; the supervisor starts the next one.
restart() {
	local old
	old=$(cat "$WORK/pid")
	after_a_scrape
	kill "-$1" "$old"
	wait_until 10 pid_is_new "$old" || fail "not started again"
	after_a_scrape
}

# wait_for_generation_after N
generation_is_above() {
	[ "$(scraped voxdp_generation)" -gt "$1" ] 2>/dev/null
}

reload_now() {
	local before
	before=$(scraped voxdp_generation)
	wait_until 20 generation_is_above "$before" || fail "not loaded: $(daemon_log)"
	after_a_scrape
}

send_both() {
	send_traffic wan0 <<-END >/dev/null
		50 udp 192.0.2.10:12000  203.0.113.5:4000 rtp
		20 udp 192.0.2.129:5060  203.0.113.5:5060 sip-invite
		10 udp 192.0.2.10:53     203.0.113.5:4001 dns-query
		10 udp 198.51.100.9:5060 203.0.113.5:5060 sip-invite
	END
}

test_counters_never_decrease_and_up_stays_1() {
	local metric resets

	needs prometheus
	needs jq
	needs python3
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
	write_vendor "$WORK/profiles" globex 192.0.2.128/25
	make_link wan0
	write_config
	cp "$VOXDP" "$WORK/voxdp"
	: >"$WORK/log"
	python3 "$E2E_TOP/tests/e2e/supervisor.py" 127.0.0.1 9477 "$WORK/pid" "$WORK/voxdp" run -c "$WORK/voxdp.yaml" \
		>>"$WORK/log" 2>&1 &
	wait_until 20 scrape_says voxdp_attached 1 || fail "$(daemon_log)"
	prometheus_start

	send_both
	after_a_scrape
	restart KILL # a crash
	send_both
	restart TERM # a restart
	send_both
	write_vendor "$WORK/profiles" a-first-one 198.51.100.128/25 # every name moves by one
	reload_now
	send_both
	# Services in another order, one prefix more.
	sed -i 's,"192.0.2.0/25",&\, "203.0.113.128/25",; /^  sip:/,/payload: sip/d' "$WORK/profiles/acme.yaml"
	printf '  sip:\n    source: "2"\n    remote: servers\n    ports: [udp/5060, tcp/5060]\n    payload: sip\n' >>"$WORK/profiles/acme.yaml"
	reload_now
	send_both
	rm "$WORK/profiles/a-first-one.yaml"
	reload_now
	send_both
	rm "$WORK/voxdp" && strip -o "$WORK/voxdp" "$VOXDP" # an upgrade: another file, another start
	restart TERM
	send_both
	after_a_scrape

	for metric in packets bytes malformed_packets sip_requests sip_responses; do
		resets=$(asked "sum(resets(voxdp_${metric}_total[1h]))")
		[ "$resets" = 0 ] || fail "voxdp_${metric}_total decreased $resets times: $(daemon_log)"
	done
	[ "$(asked 'min_over_time(up[1h])')" = 1 ] || fail "up was 0 in $(asked 'count_over_time((up == 0)[1h:1s])') of $(scrapes) scrapes"
	[ "$(asked 'sum(voxdp_packets_total{vendor="acme",vendor_service="media",outcome="match"})')" = 350 ] ||
		fail "media: $(asked 'sum(voxdp_packets_total{vendor="acme",vendor_service="media",outcome="match"})')"
	[ "$(asked 'sum(voxdp_packets_total{vendor="globex",vendor_service="sip",outcome="match"})')" = 140 ] ||
		fail "sip: $(asked 'sum(voxdp_packets_total{vendor="globex",vendor_service="sip",outcome="match"})')"
	[ "$(asked 'sum(voxdp_packets_total)')" = $((7 * 90)) ] || fail "in all $(asked 'sum(voxdp_packets_total)')"
	echo "$(scrapes) scrapes, 0 resets, up 1 throughout, over 3 restarts and 3 loads"
}

test_rules_are_valid_and_every_alert_has_its_case() {
	local alert

	needs promtool prometheus
	promtool check rules "$MONITORING"/rules.yml "$MONITORING"/alerts.yml >"$WORK/out" 2>&1 || fail "$(<"$WORK/out")"
	promtool test rules "$MONITORING/alerts_test.yml" >"$WORK/out" 2>&1 || fail "$(<"$WORK/out")"
	while read -r alert; do
		grep -A 2 "alertname: $alert\$" "$MONITORING/alerts_test.yml" | grep -q exp_alerts ||
			fail "no case in which $alert fires"
	done < <(sed -n 's/^ *- alert: //p' "$MONITORING/alerts.yml")
}

# What rules and dashboard ask for is on the page, or recorded by a rule; else a panel stays empty for ever.
test_rules_and_dashboard_ask_for_what_there_is() {
	local name names

	needs jq
	needs curl
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
	make_link wan0
	write_config
	daemon_start
	curl -s "$URL/metrics" | sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' >"$WORK/known"
	sed -n 's/^ *- record: //p' "$MONITORING/rules.yml" >>"$WORK/known"
	names=$( (sed 's/#.*//' "$MONITORING/rules.yml" "$MONITORING/alerts.yml" | sed -n '/expr:/,/\(record:\|for:\)/p'
		jq -r '.. | .expr? // empty, .query?.query? // empty' "$MONITORING/dashboard.json") |
		grep -oE '[a-z_]+:voxdp_[a-z_]+:[a-z0-9_]+|\bvoxdp_[a-z_]+|process_[a-z_]+' | sort -u)
	[ "$(wc -l <<<"$names")" -gt 15 ] || fail "found only: $names"
	for name in $names; do
		grep -qx "$name" "$WORK/known" || fail "nobody tells $name"
	done
	jq -e '[.panels[] | select(.type != "row") | .targets | length] | all(. > 0)' "$MONITORING/dashboard.json" >/dev/null ||
		fail "a panel without a query"
}

run_tests "$@"
