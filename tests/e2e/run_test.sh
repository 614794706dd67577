#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The daemon: it adopts, follows the profiles, survives being killed, and what it attached survives it.
#
#	 the test                                         far
#	+------------------------------------+           +-------------------+
#	| voxdp run                          |           |                   |
#	|   wan0: role wan                   |===veth====| wan0-far: sends   |
#	|   127.0.0.1:9477  /metrics         |           |                   |
#	+------------------------------------+           +-------------------+
#
# acme has 192.0.2.0/25, globex 192.0.2.128/25, initech 198.51.100.0/25; 203.0.113.5 is our own end.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"
# shellcheck source=tests/lib/daemon.sh
source "$(dirname "$0")/../lib/daemon.sh"

setup() {
	needs curl
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
	make_link wan0
	write_config
}

# A hundred RTP packets of acme.
send_acme() {
	send_traffic wan0 <<<"100 udp 192.0.2.10:12000 203.0.113.5:4000 rtp" >/dev/null
}

test_attaches_what_is_missing_and_stays_when_stopped() {
	local program

	setup
	daemon_start
	program=$(xdp_program wan0)
	[ "$program" ] || fail "nothing is attached: $(daemon_log)"
	send_acme
	expect_scraped 100 vendor=acme outcome=match
	daemon_stop
	[ "$(xdp_program wan0)" = "$program" ] || fail "the program went with the daemon"
	send_acme
	expect_counted 200 wan0 vendor=acme outcome=match
}

test_detaches_at_exit_where_it_is_told_to() {
	setup
	daemon_start --detach-on-exit
	[ "$(xdp_mode wan0)" = xdp ] || fail "nothing is attached: $(daemon_log)"
	daemon_stop
	expect_nothing_left wan0
}

test_killed_and_started_again_it_adopts_and_loses_no_count() {
	local program generation i began

	setup
	daemon_start
	program=$(xdp_program wan0)
	generation=$(scraped voxdp_generation)
	for i in 1 2 3; do
		send_acme
		daemon_kill
		send_acme
		began=${EPOCHREALTIME/./}
		daemon_start
		echo "adopted, and the first page served, $(((${EPOCHREALTIME/./} - began) / 1000)) ms after the start"
		[ "$(xdp_program wan0)" = "$program" ] || fail "attached anew after kill $i: $(daemon_log)"
		expect_scraped $((200 * i)) vendor=acme outcome=match
	done
	[ "$(scraped voxdp_generation)" = "$generation" ] || fail "a generation was made although nothing changed"
	[ "$(scraped voxdp_attached 'device="wan0"')" = 1 ] || fail "not attached: $(daemon_log)"
}

# The daemon is killed while it loads, again and again; what comes after finds everything in order.
test_killed_at_any_moment_of_a_load_the_next_start_heals() {
	local i moment

	setup
	for i in $(seq 20); do
		moment=$(printf '0.%03d' $((RANDOM % 100 + 1)))
		timeout --foreground -s KILL "$moment" "$VOXDP" run -c "$WORK/voxdp.yaml" 2>/dev/null || true
	done
	daemon_start
	send_acme
	expect_counted 100 wan0 vendor=acme outcome=match
	[ "$(find /sys/fs/bpf/voxdp -name '*partial*' -o -name '*staged*' | wc -l)" -eq 0 ] ||
		fail "remains: $(find /sys/fs/bpf/voxdp)"
}

test_adopts_what_the_command_line_attached() {
	local program

	setup
	voxdp attach --profiles "$WORK/profiles" -i wan0:wan
	program=$(xdp_program wan0)
	send_acme
	daemon_start
	[ "$(xdp_program wan0)" = "$program" ] || fail "attached anew: $(daemon_log)"
	expect_scraped 100 vendor=acme outcome=match
	[ "$(scraped voxdp_generation)" = 1 ] || fail "a generation was made although nothing changed"
}

test_a_role_that_differs_is_refused_and_left_alone() {
	setup
	voxdp attach --profiles "$WORK/profiles" -i wan0:lan
	expect_failure 1 'wan0 is attached with role lan .*voxdp detach -i wan0' timeout 10 "$VOXDP" run -c "$WORK/voxdp.yaml" --listen none
	[ "$(xdp_mode wan0)" = xdp ] || fail "it was taken off"
}

test_an_interface_that_comes_later_is_attached_then() {
	needs curl
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
	write_config
	daemon_start
	[ "$(scraped voxdp_attached 'device="wan0"')" = 0 ] || fail "attached to nothing"
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$URL/-/ready")" = 503 ] || fail "ready without its interface"
	make_link wan0
	wait_until 10 scrape_says voxdp_attached 1 || fail "not attached: $(daemon_log)"
	send_acme
	expect_scraped 100 vendor=acme outcome=match
}

# One of two that is not there, and one that somebody takes off by force: each is told by its own sample, and by /-/ready.
test_each_interface_is_told_by_itself() {
	local bpftool

	bpftool=$(command -v bpftool || echo /usr/sbin/bpftool)
	setup
	sed -i 's/^interfaces: .*/interfaces: {lan0: {role: lan}, wan0: {role: wan}}/' "$WORK/voxdp.yaml"
	daemon_start
	scrape_says voxdp_attached 1 'device="wan0"' || fail "wan0 is not told as attached: $(daemon_log)"
	scrape_says voxdp_attached 0 'device="lan0"' || fail "lan0 is told as attached"
	[ "$(curl -s "$URL/-/ready")" = "not ready: lan0 is not attached" ] || fail "said: $(curl -s "$URL/-/ready")"
	[ "$(scraped voxdp_attach_info 'mode="native",driver="veth",role="wan"')" = 1 ] || fail "no voxdp_attach_info"
	make_link lan0
	wait_until 10 scrape_says voxdp_attached 1 'device="lan0"' || fail "not attached: $(daemon_log)"
	[ "$(curl -s "$URL/-/ready")" = ready ] || fail "said: $(curl -s "$URL/-/ready")"
	"$bpftool" link detach pinned /sys/fs/bpf/voxdp/devices/"$(</sys/class/net/wan0/ifindex)"/link
	wait_until 10 scrape_says voxdp_attached 0 'device="wan0"' || fail "wan0 is told as attached"
	scrape_says voxdp_attached 1 'device="lan0"' || fail "lan0 is not told as attached"
	[ "$(curl -s "$URL/-/ready")" = "not ready: wan0 is not attached" ] || fail "said: $(curl -s "$URL/-/ready")"
}

test_profiles_replaced_by_rename_are_followed() {
	setup
	daemon_start
	write_vendor "$WORK/new" globex 192.0.2.128/25
	mv "$WORK/new/globex.yaml" "$WORK/profiles/globex.yaml"
	wait_until 10 scrape_says voxdp_generation 2 || fail "not noticed: $(daemon_log)"
	[ "$(scraped voxdp_profile_info 'vendor="globex"')" = 1 ] || fail "globex is not told of"
	send_traffic wan0 <<<"40 udp 192.0.2.129:12000 203.0.113.5:4000 rtp" >/dev/null
	expect_scraped 40 vendor=globex outcome=match
	rm "$WORK/profiles/globex.yaml"
	wait_until 10 scrape_says voxdp_generation 3 || fail "a removed profile was not noticed: $(daemon_log)"
	send_traffic wan0 <<<"5 udp 192.0.2.129:5060 203.0.113.5:5060 sip-invite" >/dev/null
	expect_scraped 5 vendor=none outcome=unknown_media
	expect_scraped 40 vendor=globex outcome=match # what it had counted stays
}

test_the_directory_itself_may_be_replaced() {
	setup
	daemon_start
	write_vendor "$WORK/new" globex 192.0.2.128/25
	mv "$WORK/profiles" "$WORK/old"
	mv "$WORK/new" "$WORK/profiles"
	wait_until 10 scrape_says voxdp_profile_info 1 'vendor="globex"' || fail "not noticed: $(daemon_log)"
	write_vendor "$WORK/profiles" initech 198.51.100.0/25
	wait_until 10 scrape_says voxdp_profile_info 1 'vendor="initech"' || fail "the new one is not watched: $(daemon_log)"
}

# As the kubelet does it: profiles are links into ..data, which is a link to a directory with a time as its name.
test_a_configmap_is_switched_by_its_data_link() {
	needs curl
	make_link wan0
	write_vendor "$WORK/profiles/..2026_01" acme 192.0.2.0/25
	ln -s ..2026_01 "$WORK/profiles/..data"
	ln -s ..data/acme.yaml "$WORK/profiles/acme.yaml"
	write_config
	daemon_start
	send_traffic wan0 <<<"10 udp 198.51.100.10:5060 203.0.113.5:5060 sip-invite" >/dev/null
	expect_scraped 10 vendor=none outcome=unknown_media
	write_vendor "$WORK/profiles/..2026_02" acme 198.51.100.0/25
	ln -s ..2026_02 "$WORK/profiles/..data_tmp"
	mv -T "$WORK/profiles/..data_tmp" "$WORK/profiles/..data"
	rm -r "$WORK/profiles/..2026_01"
	wait_until 10 scrape_says voxdp_generation 2 || fail "not noticed: $(daemon_log)"
	send_traffic wan0 <<<"10 udp 198.51.100.10:12000 203.0.113.5:4000 rtp" >/dev/null
	expect_scraped 10 vendor=acme outcome=match
}

test_the_site_file_and_lists_are_followed() {
	setup
	cat >"$WORK/site.yaml" <<-END
		voxdp: 1
		groups: {phones: [198.51.100.0/28]}
	END
	echo 192.0.2.200 >"$WORK/pool.txt"
	sed -i 's|^services:|  pool: {claim: own, source: "1", file: {path: ../pool.txt}}\nsite_groups:\n  phones: {claim: own, source: "4"}\nservices:|; s|remote: servers|remote: [servers, phones, pool]|' \
		"$WORK/profiles/acme.yaml"
	echo "site: site.yaml" >>"$WORK/voxdp.yaml"
	daemon_start
	sed -i 's|198.51.100.0/28|198.51.100.128/25|' "$WORK/site.yaml"
	wait_until 10 scrape_says voxdp_generation 2 || fail "the site file is not followed: $(daemon_log)"
	echo 192.0.2.201 >"$WORK/pool.txt"
	wait_until 10 scrape_says voxdp_generation 3 || fail "the list is not followed: $(daemon_log)"
	send_traffic wan0 <<-END >/dev/null
		10 udp 198.51.100.130:12000 203.0.113.5:4000 rtp
		10 udp 192.0.2.201:12000 203.0.113.5:4000 rtp
	END
	expect_scraped 20 vendor=acme outcome=match
}

# The site file, too, may be a ConfigMap's, of its own.
test_a_site_file_is_switched_by_its_data_link() {
	setup
	mkdir -p "$WORK/site/..1" "$WORK/site/..2"
	echo 'voxdp: 1' >"$WORK/site/..1/site.yaml"
	printf 'voxdp: 1\ngroups: {phones: [198.51.100.0/28]}\n' >"$WORK/site/..2/site.yaml"
	ln -s ..1 "$WORK/site/..data"
	ln -s ..data/site.yaml "$WORK/site/site.yaml"
	sed -i 's|^services:|site_groups:\n  phones: {claim: own, source: "4"}\nservices:|; s|remote: servers|remote: [servers, phones]|' \
		"$WORK/profiles/acme.yaml"
	echo "site: site/site.yaml" >>"$WORK/voxdp.yaml"
	daemon_start
	ln -s ..2 "$WORK/site/..data_tmp"
	mv -T "$WORK/site/..data_tmp" "$WORK/site/..data"
	wait_until 10 scrape_says voxdp_generation 2 || fail "not noticed: $(daemon_log)"
}

failures_are() {
	scrape_says voxdp_reloads_total "$1" 'result="failure"'
}

# A profile that is wrong for a moment, in the middle of what somebody does, is not loaded. What keeps the test from
# doing its two steps in time is no fault of the daemon's, so one time of five is enough.
test_a_change_in_several_steps_is_one_load() {
	local i before bad

	setup
	daemon_start
	for i in 1 2 3 4 5; do
		before=$(scraped voxdp_generation)
		bad=$(scraped voxdp_reloads_total 'result="failure"')
		write_vendor "$WORK/new" acme "192.0.2.$i/32"
		echo 'voxdp: 2' >"$WORK/bad.yaml"
		mv "$WORK/bad.yaml" "$WORK/profiles/acme.yaml"
		read -r -t 0.03 <> <(:) || true
		mv "$WORK/new/acme.yaml" "$WORK/profiles/acme.yaml"
		wait_until 10 scrape_says voxdp_generation $((before + 1)) || fail "not noticed: $(daemon_log)"
		! failures_are "$bad" || return 0
	done
	fail "each step was loaded: $(daemon_log)"
}

# Who never stops writing is followed all the same: here it goes on until a load has come.
test_changes_without_end_are_loaded_all_the_same() {
	setup
	daemon_start
	(
		while [ ! -e "$WORK/enough" ]; do
			write_vendor "$WORK/new" acme 192.0.2.0/26
			mv "$WORK/new/acme.yaml" "$WORK/profiles/acme.yaml"
			read -r -t 0.05 <> <(:) || true
		done
	) &
	wait_until 20 scrape_says voxdp_generation 2 || fail "never loaded: $(daemon_log)"
	touch "$WORK/enough"
	wait $!
}

test_a_profile_with_an_error_leaves_the_one_before_it_live() {
	setup
	daemon_start
	cp "$WORK/profiles/acme.yaml" "$WORK/good"
	sed -i 's/udp\/5060/udp\/70000/' "$WORK/profiles/acme.yaml"
	wait_until 10 scrape_says voxdp_last_reload_successful 0 || fail "not noticed: $(daemon_log)"
	[ "$(scraped voxdp_generation)" = 1 ] || fail "a generation was made of it"
	[ "$(scraped voxdp_reloads_total 'result="failure"')" -ge 1 ] || fail "not counted"
	daemon_log | grep -q 'profiles/acme.yaml:[0-9]*:[0-9]*: error: ' || fail "its place is not told: $(daemon_log)"
	send_acme
	expect_scraped 100 vendor=acme outcome=match
	# Killed and started again with it, the daemon serves what runs, and says so.
	daemon_kill
	daemon_start
	[ "$(scraped voxdp_last_reload_successful)" = 0 ] || fail "said to be well"
	expect_scraped 100 vendor=acme outcome=match
	mv "$WORK/good" "$WORK/profiles/acme.yaml"
	wait_until 10 scrape_says voxdp_last_reload_successful 1 || fail "not mended: $(daemon_log)"
}

test_without_anything_attached_a_profile_with_an_error_ends_it() {
	setup
	sed -i 's/udp\/5060/udp\/70000/' "$WORK/profiles/acme.yaml"
	expect_exit 3 timeout 10 "$VOXDP" run -c "$WORK/voxdp.yaml"
	expect_nothing_left wan0
}

test_sighup_reloads() {
	local before

	setup
	daemon_start
	before=$(scraped voxdp_reloads_total 'result="success"')
	kill -HUP "$DAEMON"
	wait_until 10 scrape_says voxdp_reloads_total $((before + 1)) 'result="success"' || fail "not reloaded: $(daemon_log)"
	[ "$(scraped voxdp_generation)" = 1 ] || fail "a generation was made although nothing changed"
}

test_too_many_series_are_refused_before_anything_is_touched() {
	setup
	printf 'limits: {series: 100}\n' >>"$WORK/voxdp.yaml"
	expect_exit 3 timeout 10 "$VOXDP" run -c "$WORK/voxdp.yaml"
	[[ $ERR = *"time series, limits.series is 100"* ]] || fail "said: $ERR"
	expect_nothing_left wan0
}

test_waits_for_another_writer() {
	local holder generation

	setup
	daemon_start
	generation=$(scraped voxdp_generation)
	exec {holder}</sys/fs/bpf/voxdp
	flock "$holder"
	write_vendor "$WORK/profiles" globex 192.0.2.128/25
	wait_until 10 log_has 'will be loaded later' || fail "did not wait: $(daemon_log)"
	[ "$(scraped voxdp_generation)" = "$generation" ] || fail "went past the lock"
	exec {holder}<&-
	wait_until 10 scrape_says voxdp_generation $((generation + 1)) || fail "gave up: $(daemon_log)"
	[ "$(scraped voxdp_reloads_total 'result="failure"')" = 0 ] || fail "counted as a failure"
}

test_a_trial_is_left_alone_and_ends_in_time() {
	setup
	daemon_start
	write_vendor "$WORK/other" initech 198.51.100.0/25
	voxdp update --profiles "$WORK/other" --confirm-within 5s
	wait_until 3 scrape_says voxdp_generation_on_trial 1 || fail "not told"
	wait_until 3 scrape_says voxdp_profiles_in_step 0 || fail "told to be what the profiles say"
	kill -HUP "$DAEMON"
	wait_until 10 log_has 'will be loaded later: .*on trial' || fail "did not wait: $(daemon_log)"
	wait_until 20 scrape_says voxdp_profiles_in_step 1 || fail "the trial did not end: $(daemon_log)"
	[ "$(scraped voxdp_generation)" = 1 ] || fail "generation $(scraped voxdp_generation) is live"
	[ "$(scraped voxdp_reloads_total 'result="failure"')" = 0 ] || fail "counted as a failure: $(daemon_log)"
}

# The process that `update` leaves behind is gone; the daemon looks by itself, here at profiles that are the tried ones.
test_a_trial_that_nobody_waits_for_is_ended() {
	local watcher

	needs jq
	setup
	daemon_start
	watcher=$(voxdp update --json --profiles "$WORK/profiles" --confirm-within 3s | jq .waits)
	kill -KILL "$watcher"
	voxdp status --json | jq -e '.trial.number == 2' >/dev/null || fail "not on trial: $(voxdp status)"
	wait_until 20 scrape_says voxdp_generation 1 || fail "the trial did not end: $(daemon_log)"
	wait_until 5 scrape_says voxdp_generation_on_trial 0 || fail "still on trial"
}

test_tells_the_service_manager() {
	needs python3
	setup
	notify_listen
	WATCHDOG_USEC=400000 daemon_start
	wait_until 10 notified '^READY=1$' || fail "no READY: $(<"$WORK/notified")"
	wait_until 10 notified '^STATUS=generation 1, 1 of 1 interfaces attached' || fail "no STATUS: $(<"$WORK/notified")"
	wait_until 10 notified '^WATCHDOG=1$' || fail "no WATCHDOG: $(<"$WORK/notified")"
	kill -HUP "$DAEMON"
	wait_until 10 notified '^MONOTONIC_USEC=[0-9]\+$' || fail "no MONOTONIC_USEC: $(<"$WORK/notified")"
	grep -q '^RELOADING=1$' "$WORK/notified" || fail "no RELOADING: $(<"$WORK/notified")"
	wait_until 10 notified_again '^READY=1$' || fail "no READY after the reload: $(<"$WORK/notified")"
	daemon_stop
	notified '^STOPPING=1$' || fail "no STOPPING: $(<"$WORK/notified")"
}

# What the unit leaves of root: three capabilities. And the system calls that it allows are those that are made.
test_runs_with_what_the_unit_leaves_it() {
	needs setpriv util-linux
	setup
	DAEMON_WRAPPER="setpriv --bounding-set -all,+bpf,+net_admin,+perfmon --inh-caps -all --no-new-privs" daemon_start
	send_acme
	expect_scraped 100 vendor=acme outcome=match
	write_vendor "$WORK/profiles" globex 192.0.2.128/25
	wait_until 10 scrape_says voxdp_generation 2 || fail "cannot load: $(daemon_log)"
}

# Without CAP_PERFMON it reads by copies, where the kernel takes that program.
test_runs_with_two_capabilities() {
	local two="setpriv --bounding-set -all,+bpf,+net_admin --inh-caps -all --no-new-privs"

	needs setpriv util-linux
	setup
	# shellcheck disable=SC2086 # words
	$two "$VOXDP" attach --profiles "$WORK/profiles" -i wan0:wan 2>"$WORK/err" ||
		skip "$(sed 's/^voxdp: //' "$WORK/err")"
	voxdp detach
	DAEMON_WRAPPER=$two daemon_start
	send_acme
	expect_scraped 100 vendor=acme outcome=match
	write_vendor "$WORK/profiles" globex 192.0.2.128/25
	wait_until 10 scrape_says voxdp_generation 2 || fail "cannot load: $(daemon_log)"
}

# systemd-analyze names a group's members one a line, groups in groups with their @.
syscalls_of() {
	systemd-analyze syscall-filter "$1" 2>/dev/null | sed -n 's/^ *\([@a-z_0-9-]\+\)$/\1/p' | while read -r name; do
		case $name in
		"$1") ;;
		@*) syscalls_of "$name" ;;
		*) echo "$name" ;;
		esac
	done
}

test_makes_no_system_call_that_the_unit_forbids() {
	local line allowed

	needs strace
	needs systemd-analyze systemd
	[[ $E2E_BUILD != */san ]] || skip "a sanitizer makes system calls of its own"
	setup
	DAEMON_WRAPPER="strace -f -qq -e signal=none -o $WORK/calls" daemon_start
	write_vendor "$WORK/profiles" globex 192.0.2.128/25
	wait_until 20 scrape_says voxdp_generation 2 || fail "cannot load: $(daemon_log)"
	pkill -TERM -P "$DAEMON"
	wait "$DAEMON" || true
	allowed=" "
	while read -r line; do
		for name in ${line#\~}; do
			case $line in
			\~*) for call in $(syscalls_of "$name"); do allowed=${allowed//" $call "/ }; done ;;
			@*) allowed+="$(syscalls_of "$name" | tr '\n' ' ')" ;;
			*) allowed+="$name " ;;
			esac
		done
	done < <(sed -n 's/^SystemCallFilter=//p' "$E2E_TOP/tools/voxdp.service")
	# execve is the wrapper's; the rest is all that was asked for.
	while read -r call; do
		[[ $allowed = *" $call "* ]] || [ "$call" = execve ] || fail "$call is not in SystemCallFilter="
	done < <(sed -n 's/^[0-9]* *\([a-z_0-9]*\)(.*/\1/p' "$WORK/calls" | sort -u)
	grep -q '^[0-9]* *bpf(' "$WORK/calls" || fail "nothing was traced"
}

test_the_unit_is_hardened() {
	needs systemd-analyze systemd
	sed 's,@PREFIX@,/usr/local,' "$E2E_TOP/tools/voxdp.service" >"$WORK/voxdp.service"
	systemd-analyze security --offline=true --threshold=20 "$WORK/voxdp.service" >"$WORK/out" ||
		fail "$(tail -n 1 "$WORK/out")"
}

test_needs_no_root_with_capabilities() {
	needs setpriv util-linux
	setup
	mkdir "$WORK/bpf"
	mount -t bpf bpf "$WORK/bpf"
	chown 65534 "$WORK/bpf"
	DAEMON_WRAPPER="setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps -all,+bpf,+net_admin,+perfmon --ambient-caps -all,+bpf,+net_admin,+perfmon --bounding-set -all,+bpf,+net_admin,+perfmon" \
		daemon_start --state "$WORK/bpf/voxdp"
	send_acme
	expect_scraped 100 vendor=acme outcome=match
}

# Each of these is refused with its place, before anything is attached.
test_a_configuration_with_an_error_is_refused() {
	local rows=0 text expected

	setup
	while IFS='|' read -r text expected; do
		rows=$((rows + 1))
		printf 'voxdp: 1\n%b\n' "$text" >"$WORK/bad.yaml"
		expect_exit 2 timeout 10 "$VOXDP" run -c "$WORK/bad.yaml" --profiles "$WORK/profiles"
		[[ $ERR =~ $expected ]] || fail "$text: expected '$expected', got: $ERR"
	done <<-'END'
		interface: {wan0: {}}|bad.yaml:2:1: error: unknown key "interface".*did you mean "interfaces"
		interfaces: {wan0: {role: sideways}}|bad.yaml:2:27: error: .*sideways
		interfaces: {wan0: {mode: offload}}|bad.yaml:2:27: error: .*offload
		interfaces: {wan0: {}, wan0: {}}|bad.yaml:2:24: error: interface "wan0" occurs again
		interfaces: {a-name-that-is-too-long: {}}|bad.yaml:2:14: error: .*name of 1 to 15 bytes
		interfaces: {wan0: {}}\nlimits: {series: 010}|bad.yaml:3:18: error: .*expected a number
		interfaces: {wan0: {}}\nlimits: {connections: 0}|bad.yaml:3:23: error: .*expected a number from 1
		interfaces: {wan0: {}}\nmetrics: {listen: 9477}|bad.yaml:3:19: error: .*ADDRESS:PORT
		interfaces: {wan0: {}}\ndetach_on_exit: perhaps|bad.yaml:3:17: error:
		profiles: [profiles]|run needs an interface
	END
	[ "$rows" -eq 10 ] || fail "$rows rows were read"
	expect_nothing_left wan0
}

test_the_example_configuration_is_valid() {
	needs python3
	setup
	sed "s,eth0:,wan0:,; s,eth1:,lan0:,; s,/usr/local/share/voxdp/profiles,$WORK/profiles," \
		"$E2E_TOP/tools/voxdp.yaml" >"$WORK/voxdp.yaml"
	daemon_start
	[ "$(scraped voxdp_attached 'device="wan0"')" = 1 ] || fail "$(daemon_log)"
}

run_tests "$@"
