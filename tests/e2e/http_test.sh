#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the daemon serves over HTTP, to whom, and how it bears with those who mean no good.
#
#	 the test
#	+-----------------------------------------------+
#	| voxdp run, 127.0.0.1:9477                     |
#	|   ^            ^               ^              |
#	|   curl         Prometheus      1,000 clients  |
#	+-----------------------------------------------+
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"
# shellcheck source=tests/lib/daemon.sh
source "$(dirname "$0")/../lib/daemon.sh"

setup() {
	needs curl
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
	make_link wan0
	write_config "$@"
}

# expect_status CODE CURL-ARGUMENTS...: the answer's headers are then in $WORK/headers, its body in $WORK/body.
expect_status() {
	local expected=$1 code
	shift
	code=$(curl -s --max-time 20 -D "$WORK/headers" -o "$WORK/body" -w '%{http_code}' "$@") || true
	[ "$code" = "$expected" ] || fail "curl $*: got $code, expected $expected; $(cat "$WORK/body" 2>/dev/null)"
}

expect_header() {
	grep -qi "^$1" "$WORK/headers" || fail "expected the header $1, got: $(<"$WORK/headers")"
}

test_routes() {
	setup
	daemon_start
	expect_status 200 "$URL/"
	expect_header 'content-type: text/html'
	grep -q 'href="/metrics"' "$WORK/body" || fail "the landing page has no link: $(<"$WORK/body")"
	expect_status 200 "$URL/-/healthy"
	expect_status 200 "$URL/-/ready"
	expect_status 200 "$URL/metrics?name=x"
	expect_status 404 "$URL/metrics/"
	expect_status 404 "$URL/../../etc/passwd" --path-as-is
	expect_status 405 -X POST -d x=y "$URL/metrics"
	expect_header 'allow: GET, HEAD'
	expect_status 405 -X DELETE "$URL/"
	expect_status 200 --head "$URL/metrics"
	expect_status 431 -H "X-Long: $(head -c 20000 /dev/zero | tr '\0' a)" "$URL/metrics"
}

test_both_formats_by_negotiation() {
	setup
	daemon_start
	expect_status 200 "$URL/metrics"
	expect_header 'content-type: text/plain; version=0.0.4; charset=utf-8'
	# What Prometheus 2.42 sends.
	expect_status 200 "$URL/metrics" -H 'Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
	expect_header 'content-type: application/openmetrics-text; version=1.0.0; charset=utf-8'
	[ "$(tail -n 1 "$WORK/body")" = "# EOF" ] || fail "no EOF"
	grep -q '^# TYPE voxdp_packets counter$' "$WORK/body" || fail "the family has the name of its samples"
	grep -q '^# UNIT voxdp_bytes bytes$' "$WORK/body" || fail "no UNIT"
}

test_promtool_has_nothing_to_say() {
	needs promtool prometheus
	setup
	daemon_start
	send_traffic wan0 >/dev/null <<-END
		10 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite
		10 udp 192.0.2.10:12000 203.0.113.5:4000 truncated
		10 udp 192.0.2.10:53 203.0.113.5:4001 dns-query
	END
	expect_status 200 "$URL/metrics"
	promtool check metrics <"$WORK/body" >"$WORK/out" 2>&1 || fail "$(<"$WORK/out")"
	[ ! -s "$WORK/out" ] || fail "$(<"$WORK/out")"
	voxdp metrics --output "$WORK/voxdp.prom"
	promtool check metrics <"$WORK/voxdp.prom" >"$WORK/out" 2>&1 || fail "$(<"$WORK/out")"
	# A label that Prometheus gives to targets would rename ours.
	if grep -E '[{,](service|type|region|zone|cluster|instance|job)="' "$WORK/body"; then
		fail "a label of a target"
	fi
}

test_what_can_be_counted_is_there_at_zero() {
	setup
	daemon_start
	[ "$(scraped voxdp_packets_total 'vendor_service="sip",protocol="sip",direction="in",outcome="match"')" = 0 ] ||
		fail "no match of sip"
	[ "$(scraped voxdp_packets_total 'vendor_service="media",protocol="sip",direction="in",outcome="mismatch"')" = 0 ] ||
		fail "no mismatch of media"
	[ "$(scraped voxdp_packets_total 'vendor="acme",vendor_service="none",protocol="other",direction="in",outcome="off_port"')" = 0 ] ||
		fail "no off_port"
	[ "$(scraped voxdp_malformed_packets_total 'reason="udp_length"')" = 0 ] || fail "no malformed"
	# The set is bounded: what a service cannot have is not there, nor what enters on the other side.
	[ -z "$(scraped voxdp_packets_total 'vendor_service="sip",protocol="sip",direction="in",outcome="mismatch"')" ] ||
		fail "SIP contradicts SIP"
	[ -z "$(scraped voxdp_packets_total 'direction="out"')" ] || fail "outbound on role wan"
	[ "$(curl -s "$URL/metrics" | grep -c '^voxdp_.*{device="wan0",\(vendor\|reason\)')" -le "$(scraped voxdp_series)" ] ||
		fail "more series than were said"
}

# page_has LINE: a regex of one whole line.
page_has() {
	grep -qxE "$1" "$WORK/body" || fail "no line $1 in: $(<"$WORK/body")"
}

# between METRIC LEAST MOST: its value, in whole units.
between() {
	awk -v metric="$1" -v least="$2" -v most="$3" '$1 == metric { found = $2 >= least && $2 <= most }
		END { exit !found }' "$WORK/body" || fail "$1 is not from $2 to $3: $(grep "^$1 " "$WORK/body")"
}

# By other means than voxdp's: what the page says of profiles, tables, times and the process.
test_the_page_is_right_about_profiles_tables_and_process() {
	local began before now

	setup
	sed -i 's/^    title: Firewall guide/&\n    revision: "7.1 of May"/; s,"192.0.2.0/25",&\, "2001:db8::/48"\, "198.51.100.0/24",' \
		"$WORK/profiles/acme.yaml"
	began=$(date +%s)
	daemon_start
	before=$(date +%s)
	expect_status 200 "$URL/metrics"
	now=$(date +%s)
	page_has "voxdp_build_info\\{version=\"$(voxdp --version | awk '{ print $NF }')\"\\} 1"
	page_has "voxdp_profile_info\\{vendor=\"acme\",revision=\"7.1 of May\",digest=\"$(sha256sum "$WORK/profiles/acme.yaml" | cut -d ' ' -f 1)\"\\} 1"
	page_has "voxdp_profile_modified_timestamp_seconds\\{vendor=\"acme\"\\} $(stat -c %Y "$WORK/profiles/acme.yaml")\\.[0-9]+"
	page_has 'voxdp_table_entries\{table="ipv4_prefixes"\} 2'
	page_has 'voxdp_table_entries\{table="ipv6_prefixes"\} 1'
	page_has 'voxdp_table_entries\{table="counter_slots"\} 5' # nobody's two, acme, and its two services
	page_has 'voxdp_attach_info\{device="wan0",mode="native",driver="veth",role="wan",how="(link|dispatcher)",engine="direct"\} 1'
	page_has 'voxdp_generation 1'
	page_has 'voxdp_last_reload_successful 1'
	page_has 'voxdp_profiles_in_step 1'
	between voxdp_last_reload_success_timestamp_seconds "$began" $((before + 1))
	between voxdp_generation_built_timestamp_seconds "$began" $((before + 1))
	between process_start_time_seconds $((began - 2)) $((before + 1)) # the kernel tells it in ticks since boot
	between process_cpu_seconds_total 0.001 $((now - began + 1))
	between process_open_fds 5 50
	between process_max_fds "$(ulimit -n)" "$(ulimit -n)"
	between process_resident_memory_bytes 1000000 $((1024 * $(awk '/^VmHWM/ { print $2 }' "/proc/$DAEMON/status")))
	between process_virtual_memory_bytes 1000000 $((1024 * $(awk '/^VmPeak/ { print $2 }' "/proc/$DAEMON/status")))
}

test_the_text_file_is_replaced_as_a_whole() {
	setup
	expect_failure 4 'not attached' voxdp metrics --output "$WORK/voxdp.prom"
	[ ! -e "$WORK/voxdp.prom" ] || fail "written although nothing is attached"
	daemon_start
	echo old >"$WORK/voxdp.prom"
	exec 9<"$WORK/voxdp.prom"
	voxdp metrics --output "$WORK/voxdp.prom"
	[ "$(cat <&9)" = old ] || fail "the old file was written to"
	grep -q '^voxdp_packets_total' "$WORK/voxdp.prom" || fail "not written"
	[ "$(stat -c %a "$WORK/voxdp.prom")" = 644 ] || fail "mode $(stat -c %a "$WORK/voxdp.prom")"
	expect_failure 1 'cannot write' voxdp metrics --output "$WORK/none/voxdp.prom"
	[ "$(find "$WORK" -name 'voxdp.prom*' | wc -l)" -eq 1 ] || fail "remains: $(ls "$WORK")"
}

test_basic_auth() {
	needs python3
	setup 'metrics: {web_config: web.yaml}'
	# crypt(3) of the password "correct horse", cost 5
	printf 'basic_auth_users:\n  prometheus: %s\n' "$(bcrypt 'correct horse')" >"$WORK/web.yaml"
	"$VOXDP" run -c "$WORK/voxdp.yaml" >"$WORK/log" 2>&1 &
	DAEMON=$!
	wait_until 20 curl -s -o /dev/null -u 'prometheus:correct horse' "$URL/" || fail "$(daemon_log)"
	expect_status 200 -u 'prometheus:correct horse' "$URL/metrics"
	expect_status 401 "$URL/metrics"
	expect_header 'www-authenticate: Basic realm="voxdp"'
	expect_status 401 "$URL/-/healthy"
	wrong_is_refused -u 'prometheus:wrong'
	wrong_is_refused -u 'nobody:correct horse'
	wrong_is_refused -u 'prometheus:'
	# After wrong ones the right one, known by now, need not wait.
	expect_status 200 -u 'prometheus:correct horse' "$URL/metrics"
}

# 401, or 429 where it was not even looked at.
wrong_is_refused() {
	local code
	code=$(curl -s --max-time 20 -o /dev/null -w '%{http_code}' "$@" "$URL/metrics")
	[[ $code = 401 || $code = 429 ]] || fail "$*: got $code"
}

# shellcheck disable=SC2016 # the dollars are bcrypt's
bcrypt() {
	python3 -W ignore -c '
import crypt, sys
print(crypt.crypt(sys.argv[1], "$2b$05$abcdefghijklmnopqrstuu"))' "$1"
}

test_tls() {
	needs openssl
	setup 'metrics: {web_config: web.yaml}'
	make_certificate cert
	printf 'tls_server_config: {cert_file: cert.pem, key_file: cert.key, min_version: TLS13}\n' >"$WORK/web.yaml"
	"$VOXDP" run -c "$WORK/voxdp.yaml" >"$WORK/log" 2>&1 &
	DAEMON=$!
	wait_until 20 curl -s -o /dev/null --cacert "$WORK/cert.pem" https://127.0.0.1:9477/ || fail "$(daemon_log)"
	expect_status 200 --cacert "$WORK/cert.pem" https://127.0.0.1:9477/metrics
	expect_status 000 --cacert "$WORK/cert.pem" --tls-max 1.2 https://127.0.0.1:9477/metrics
	expect_status 000 "$URL/metrics" # in the clear
	# A client that begins to shake hands and goes no further has its deadline, too.
	expect_status 200 --cacert "$WORK/cert.pem" https://127.0.0.1:9477/-/healthy
}

# make_certificate NAME [SIGNED-BY [OPENSSL ARGUMENTS...]]: NAME.pem and NAME.key; signed by itself unless told otherwise.
make_certificate() {
	local name=$1 by=${2:-}
	shift $(($# < 2 ? $# : 2))
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$WORK/$name.key" \
		-out "$WORK/$name.pem" -days 2 -subj "/CN=$name" -addext subjectAltName=IP:127.0.0.1 \
		${by:+-CA "$WORK/$by.pem" -CAkey "$WORK/$by.key"} "$@" 2>/dev/null || fail "no certificate $name"
}

# expect_clients CODE...: what a client without a certificate gets, one of ours, one of strangers, one of ours for servers
# only, and one of ours that is no longer valid.
expect_clients() {
	local client expected=("$@")

	for client in '' client stranger server old; do
		expect_status "${expected[0]}" --cacert "$WORK/cert.pem" https://127.0.0.1:9477/metrics \
			${client:+--cert "$WORK/$client.pem" --key "$WORK/$client.key"}
		expected=("${expected[@]:1}")
	done
}

# As Go's crypto/tls has it, whose words these are.
test_certificates_of_clients() {
	local auth rows=0 expected

	needs openssl
	setup 'metrics: {web_config: web.yaml}'
	make_certificate cert
	make_certificate ours
	make_certificate client ours -addext extendedKeyUsage=clientAuth
	make_certificate stranger
	make_certificate server ours -addext extendedKeyUsage=serverAuth
	cp "$WORK/client.key" "$WORK/old.key"
	openssl req -new -key "$WORK/old.key" -subj /CN=old |
		openssl x509 -req -CA "$WORK/ours.pem" -CAkey "$WORK/ours.key" -CAcreateserial -days -1 -out "$WORK/old.pem" \
			2>/dev/null || fail "no certificate that is over"
	while IFS='|' read -r auth expected; do
		rows=$((rows + 1))
		printf 'tls_server_config: {cert_file: cert.pem, key_file: cert.key, client_auth_type: %s}\n' "$auth" >"$WORK/web.yaml"
		"$VOXDP" run -c "$WORK/voxdp.yaml" >"$WORK/log" 2>&1 &
		DAEMON=$!
		wait_until 20 log_has 'metrics on https' || fail "$auth: $(daemon_log)"
		# shellcheck disable=SC2086 # words
		expect_clients $expected
		daemon_stop
	done <<-'END'
		NoClientCert|200 200 200 200 200
		RequestClientCert|200 200 200 200 200
		RequireAnyClientCert|000 200 200 200 200
		VerifyClientCertIfGiven, client_ca_file: ours.pem|200 200 000 000 000
		RequireAndVerifyClientCert, client_ca_file: ours.pem|000 200 000 000 000
	END
	[ "$rows" -eq 5 ] || fail "$rows rows were read"
}

# Each is refused with its place, before anything listens.
test_a_web_configuration_with_an_error_is_refused() {
	local text expected rows=0

	needs python3
	needs openssl
	setup 'metrics: {web_config: web.yaml}'
	make_certificate cert
	while IFS='|' read -r text expected; do
		rows=$((rows + 1))
		printf '%b\n' "${text//CERT/cert.pem}" >"$WORK/web.yaml"
		expect_exit 2 timeout 10 "$VOXDP" run -c "$WORK/voxdp.yaml"
		[[ $ERR =~ $expected ]] || fail "$text: expected '$expected', got: $ERR"
	done <<-'END'
		tls_server_config: {cert_file: a, key_file: b, client_allowed_sans: [c]}|web.yaml:1:48: error: unknown key "client_allowed_sans"
		tls_server_config: {cert_file: a, key_file: b, client_auth_type: RequireClientCert}|web.yaml:1:66: error: .*RequireClientCert.*RequireAnyClientCert
		tls_server_config: {cert_file: CERT, key_file: CERT, client_auth_type: RequireAndVerifyClientCert}|web.yaml:1:20: error: .*which client_ca_file
		tls_server_config: {cert_file: CERT, key_file: CERT, client_ca_file: CERT}|web.yaml:1:20: error: client_ca_file is for a client_auth_type that verifies
		tls_server_config: {cert_file: CERT, key_file: CERT, client_auth_type: VerifyClientCertIfGiven, client_ca_file: none.pem}|error: cannot read
		tls_server_config: {cert_file: none.pem, key_file: none.pem}|web.yaml:1:32: error: cannot read
		tls_server_config: {cert_file: web.yaml}|error: tls_server_config needs the key `key_file`
		http_server_config: {http2: true}|web.yaml:1:1: error: unknown key "http_server_config"
		basic_auth_users: {me: secret}|web.yaml:1:24: error: expected a bcrypt hash
		basic_auth_users: {me: $6$abc$def}|error: expected a bcrypt hash
		basic_auth_users: {me: $2b$15$abcdefghijklmnopqrstuuRMCvvzTGoyMAZnGu.yaLj5.V9KRBLkO}|cost of 15, expected at most 12
	END
	[ "$rows" -eq 11 ] || fail "$rows rows were read"
	expect_nothing_left wan0
}

test_listens_on_loopback_unless_told_otherwise() {
	setup
	daemon_start
	ss -Hltn 'sport = :9477' | grep -q '127.0.0.1:9477' || fail "$(ss -ltn)"
	[ "$(ss -Hltn 'sport = :9477' | wc -l)" -eq 1 ] || fail "$(ss -ltn)"
}

# crowd COUNT SECONDS: hostile clients, in the background; returns when all have connected.
crowd() {
	: >"$WORK/crowd"
	python3 "$E2E_TOP/tests/e2e/clients.py" 127.0.0.1 9477 "$1" "$2" >"$WORK/crowd" &
	CROWD=$!
	wait_until 30 grep -q ready "$WORK/crowd" || fail "the clients did not connect"
}

# The time of an honest scrape in milliseconds, its answer checked.
scrape_ms() {
	local began=${EPOCHREALTIME/./}
	[ "$(curl -s --max-time 20 -w '%{http_code}' -o "$WORK/body" "$URL/metrics")" = 200 ] || return 1
	grep -q '^voxdp_packets_total' "$WORK/body" || return 1
	echo $(((${EPOCHREALTIME/./} - began) / 1000))
}

# 1,000 clients of every evil kind hold what they can get, some for as long as the test goes on. An honest scrape is
# answered all the same, each time, and what the server holds stays within what it has allowed itself.
test_a_thousand_hostile_clients_delay_nobody() {
	local before after i ms worst=0 most=0 open

	needs python3
	setup 'limits: {request_seconds: 3, connections: 256}'
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=1 # else memory grows by what was freed
	daemon_start
	for i in $(seq 5); do scrape_ms >/dev/null; done
	before=$(scraped process_resident_memory_bytes)
	crowd 1000 12
	for i in $(seq 40); do
		ms=$(scrape_ms) || fail "scrape $i got no answer: $(daemon_log)"
		open=$(awk '$1 == "voxdp_http_connections" { print $2 }' "$WORK/body")
		[ "$ms" -le "$worst" ] || worst=$ms
		[ "$open" -le "$most" ] || most=$open
	done
	wait "$CROWD" || fail "the clients failed"
	after=$(scraped process_resident_memory_bytes)
	echo "worst of 40 scrapes $worst ms, at most $most connections open, memory $((before / 1024)) -> $((after / 1024)) KiB; clients: $(tail -n 1 "$WORK/crowd"); crowded $(scraped voxdp_http_connections_refused_total 'reason="crowded"'), overdue $(scraped voxdp_http_connections_refused_total 'reason="overdue"')"
	[ "$most" -gt 128 ] || fail "the clients held only $most connections: that proves nothing"
	[ "$most" -le 256 ] || fail "$most connections were open"
	[ "$(scraped voxdp_http_connections_refused_total 'reason="crowded"')" -gt 100 ] || fail "nobody was sent away"
	[ "$worst" -lt 5000 ] || fail "a scrape took $worst ms"
	[ $((after - before)) -lt $((32 << 20)) ] || fail "memory grew from $before to $after bytes"
}

requests_are() {
	[ "$(scraped voxdp_http_requests_total 'code="200"')" -ge "$1" ]
}

test_a_burst_of_requests_is_served_by_few_pages() {
	local requests pages

	setup
	daemon_start
	requests=$(scraped voxdp_http_requests_total 'code="200"')
	pages=$(scraped voxdp_http_pages_total)
	curl -s --no-progress-meter --parallel --parallel-max 20 "$URL/metrics?[1-400]" >/dev/null
	wait_until 10 requests_are $((requests + 400)) || fail "not all were served"
	pages=$(($(scraped voxdp_http_pages_total) - pages))
	[ "$pages" -lt 200 ] || fail "$pages pages for 400 requests"
	echo "$pages pages for 400 requests"
}

is_connected() {
	[ "$(scraped voxdp_http_connections)" -ge 2 ]
}

# Told to stop in the middle of a request, the daemon serves it first.
test_a_request_under_way_is_served_before_the_end() {
	local line

	setup
	daemon_start
	exec 5<>/dev/tcp/127.0.0.1/9477
	printf 'GET /metrics HTTP/1.1\r\n' >&5
	wait_until 10 is_connected || fail "not accepted"
	kill -TERM "$DAEMON"
	wait_until 10 log_has 'stopping' || fail "does not stop"
	printf 'Host: x\r\n\r\n' >&5
	read -r -t 20 line <&5 || fail "cut off"
	[[ $line = "HTTP/1.1 200 OK"* ]] || fail "answered $line"
	wait "$DAEMON" || fail "ended with $?"
}

# The shipped profiles on two interfaces; what is measured is reported, and only far beyond it is a failure.
test_a_page_of_3000_series() {
	local i samples

	needs curl
	needs jq
	make_link wan0
	make_link lan0
	printf '%s\n' "voxdp: 1" "interfaces: {wan0: {role: any}, lan0: {role: lan}}" "profiles: $E2E_TOP/profiles" \
		"site: $E2E_TOP/profiles/site/example.yaml" >"$WORK/voxdp.yaml"
	daemon_start
	for i in $(seq 21); do
		# A page is served again for up to a few times of what it took: each of these is a new one.
		wait_until 5 page_is_new || fail "no new page"
		curl -s -o "$WORK/body" -w '%{time_total}\n' "$URL/metrics"
	done >"$WORK/times"
	samples=$(grep -vc '^#' "$WORK/body")
	[ "$samples" -ge 3000 ] || fail "only $samples samples"
	sort -n "$WORK/times" | awk -v samples="$samples" -v page="$(awk '$1 == "voxdp_http_page_seconds" { print $2 }' "$WORK/body")" '
		{ ms[NR] = $1 * 1000 }
		END {
			printf "%d samples: median %.1f ms, worst %.1f ms of %d scrapes; the page alone %.1f ms\n", samples,
				ms[int((NR + 1) / 2)], ms[NR], NR, page * 1000
			exit ms[int((NR + 1) / 2)] > 1000
		}' || fail "slower than a second"
}

# Its CPU time moves with every page.
page_is_new() {
	local now
	now=$(scraped voxdp_http_requests_total 'code="404"')
	[ "$now" != "${page_before:-}" ] && page_before=$now && curl -s -o /dev/null "$URL/none"
}

# Fewer than there are places: nobody has to go for another, so only the deadline ends a client that drips.
test_who_drips_is_cut_off_at_the_deadline() {
	needs python3
	setup 'limits: {request_seconds: 2, connections: 64}'
	daemon_start
	crowd 20 6
	wait "$CROWD"
	[ "$(scraped voxdp_http_connections_refused_total 'reason="crowded"')" = 0 ] || fail "there was room for all"
	[ "$(scraped voxdp_http_connections_refused_total 'reason="overdue"')" -ge 4 ] ||
		fail "nobody was cut off: $(tail -n 1 "$WORK/crowd")"
}

# 401 costs a bcrypt each; a crowd that tries passwords must not keep the scraper out.
test_guessing_passwords_does_not_lock_the_scraper_out() {
	local i

	needs python3
	setup 'metrics: {web_config: web.yaml}' 'limits: {request_seconds: 3}'
	printf 'basic_auth_users:\n  prometheus: %s\n' "$(bcrypt 'correct horse')" >"$WORK/web.yaml"
	"$VOXDP" run -c "$WORK/voxdp.yaml" >"$WORK/log" 2>&1 &
	DAEMON=$!
	wait_until 20 curl -sf -o /dev/null -u 'prometheus:correct horse' "$URL/metrics" || fail "$(daemon_log)"
	crowd 200 4
	for i in $(seq 10); do
		expect_status 200 -u 'prometheus:correct horse' "$URL/metrics"
	done
	wait "$CROWD"
}

run_tests "$@"
