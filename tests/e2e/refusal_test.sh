#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What voxdp refuses: with one clear line, the documented exit code, and nothing changed or left behind.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"

write_profiles() {
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
}

attach() {
	voxdp attach --profiles "$WORK/profiles" "$@"
}

# nobody COMMAND...: without any privilege.
nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all -- "$@"
}

test_interface_that_does_not_exist() {
	write_profiles
	expect_failure 1 nosuch0 attach -i nosuch0:wan
	expect_nothing_left
}

test_one_missing_interface_attaches_none() {
	write_profiles
	make_link wan0
	expect_failure 1 nosuch0 attach -i wan0:wan -i nosuch0:lan
	expect_nothing_left wan0
}

test_interface_without_native_mode() {
	local kind

	write_profiles
	for kind in dummy bridge ifb; do
		ip link add odd0 type "$kind" 2>/dev/null && break
	done
	[ -e /sys/class/net/odd0 ] || skip "the kernel offers no interface without native XDP (dummy, bridge, ifb)"
	ip link set odd0 up
	expect_failure 7 odd0 attach -i odd0:wan
	expect_nothing_left odd0
	attach -i odd0:wan --mode skb
	[ "$(xdp_mode odd0)" = xdpgeneric ] || fail "not skb: $(ip link show odd0)"
	voxdp detach
	expect_nothing_left odd0
}

test_unknown_role_or_mode() {
	write_profiles
	make_link wan0
	expect_failure 2 sideways attach -i wan0:sideways
	expect_failure 2 fast attach -i wan0:wan --mode fast
	expect_nothing_left wan0
}

test_missing_privileges() {
	local command

	write_profiles
	make_link wan0
	expect_failure 5 'CAP_|ermi' nobody "$VOXDP" attach --profiles "$WORK/profiles" -i wan0:wan
	expect_nothing_left wan0
	attach -i wan0:wan
	for command in update status stats metrics detach; do
		expect_failure 5 'CAP_|ermi' nobody "$VOXDP" "$command"
	done
	send_traffic wan0 <<<"5 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite" >/dev/null
	expect_counted 5 wan0 vendor=acme outcome=match
}

test_check_and_explain_need_no_privileges() {
	needs jq
	write_profiles
	expect_exit 0 nobody "$VOXDP" check "$WORK/profiles"
	expect_exit 0 nobody "$VOXDP" explain --profiles "$WORK/profiles" --src 192.0.2.10 --sport 5060 \
		--dst 203.0.113.5 --dport 5060 --transport udp --payload sip --role wan --json
	jq -e '.vendor == "acme" and .service == "sip" and .outcome == "match"' <<<"$OUT" >/dev/null || fail "said: $OUT"
}

test_no_bpf_file_system() {
	write_profiles
	make_link wan0
	umount /sys/fs/bpf
	expect_failure 1 'mount -t bpf' attach -i wan0:wan
	[ "$(xdp_mode wan0)" = none ] || fail "a program is left"
}

test_not_attached() {
	local command

	write_profiles
	for command in "update --profiles $WORK/profiles" status stats metrics detach; do
		# shellcheck disable=SC2086 # words
		expect_failure 4 attached voxdp $command
	done
	expect_nothing_left
}

test_lock_is_held() {
	write_profiles
	make_link wan0
	make_link lan0
	attach -i wan0:wan
	exec 9</sys/fs/bpf/voxdp
	flock --nonblock 9
	expect_failure 6 lock voxdp update --profiles "$WORK/profiles"
	expect_failure 6 lock voxdp attach --profiles "$WORK/profiles" -i lan0:lan
	expect_failure 6 lock voxdp detach
	expect_exit 0 voxdp status
	expect_exit 0 voxdp metrics
	exec 9<&-
	voxdp update --profiles "$WORK/profiles"
	[ "$(xdp_mode lan0)" = none ] || fail "lan0 has a program"
}

test_attached_otherwise() {
	local before otherwise

	write_profiles
	make_link wan0
	make_link lan0
	attach -i wan0:wan
	before=$(xdp_program wan0)
	for otherwise in '-i wan0:lan' '-i wan0:wan --mode skb' '-i wan0:wan --engine lpm' '-i wan0:wan --decap vxlan' \
		'-i lan0:lan -i wan0:lan'; do
		# shellcheck disable=SC2086 # words
		expect_failure 1 'wan0 is attached already.*voxdp detach -i wan0' attach $otherwise
		[ "$before" = "$(xdp_program wan0)" ] || fail "the program was changed"
		[ "$(xdp_mode lan0)" = none ] || fail "lan0 was attached"
	done
	voxdp status --json | jq -e '.generation.number == 1' >/dev/null || fail "a generation was made: $(voxdp status)"
}

# Another program is on the interface and cannot be shared with: it stays.
test_foreign_program_stays() {
	local before

	needs xdp-filter xdp-tools
	write_profiles
	make_link wan0
	xdp-filter load --mode native --policy allow wan0 2>/dev/null || skip "xdp-filter does not load here"
	before=$(xdp_program wan0)
	if attach -i wan0:wan 2>"$WORK/err"; then
		voxdp detach # shared through the dispatcher
	else
		[ "$(wc -l <"$WORK/err")" -eq 1 ] || fail "more than one line: $(<"$WORK/err")"
		[ "$before" = "$(xdp_program wan0)" ] || fail "it was replaced"
	fi
	xdp-filter status | grep -q wan0 || fail "xdp-filter is gone"
	[ -z "$(find /sys/fs/bpf -path '*/voxdp*')" ] || fail "pins are left: $(find /sys/fs/bpf)"
}

# ---- profiles ---------------------------------------------------------------------------------------------------

# bad_profile KIND: writes $WORK/bad/bad.yaml, the good profile of acme with one thing wrong.
bad_profile() {
	local file=$WORK/bad/bad.yaml

	rm -rf "$WORK/bad"
	write_vendor "$WORK/bad" bad 192.0.2.0/25
	case $1 in
	unknown_key) sed -i 's/payload: sip/paylod: sip/' "$file" ;;
	duplicate_key) sed -i 's/^\( *\)payload: sip/&\n\1payload: sip/' "$file" ;;
	host_bits_set) sed -i 's|192.0.2.0/25|192.0.2.1/25|' "$file" ;;
	port_too_large) sed -i 's|udp/5060|udp/70000|' "$file" ;;
	port_with_letters) sed -i 's|udp/5060|udp/5060abc|' "$file" ;;
	range_end_before_start) sed -i 's|10000-20000|20000-10000|' "$file" ;;
	reversed_cidr) sed -i 's|192.0.2.0/25|25/192.0.2.0|' "$file" ;;
	empty) : >"$file" ;;
	second_document) printf -- '---\nvoxdp: 1\n' >>"$file" ;;
	alias) sed -i 's|"192.0.2.0/25"|\&a "192.0.2.0/25", *a|' "$file" ;;
	deep) head -c 10000000 /dev/zero | tr '\0' '[' >"$file" ;;
	invalid_utf8) sed -i 's/^title: .*/title: \xff\xfe/' "$file" ;;
	binary) head -c 4096 "$VOXDP" >"$file" ;;
	*) fail "no bad profile '$1'" ;;
	esac
}

BAD_PROFILES="unknown_key duplicate_key host_bits_set port_too_large port_with_letters range_end_before_start
	reversed_cidr empty second_document alias deep invalid_utf8 binary"

# expect_invalid COMMAND...: exit 3 within a second, and a place in the bad file.
expect_invalid() {
	local started=${EPOCHREALTIME/[.,]/}

	expect_exit 3 "$@"
	[ $((${EPOCHREALTIME/[.,]/} - started)) -lt 1000000 ] || fail "\`$*\` took more than a second"
	grep -qE 'bad\.yaml(:[0-9]+:[0-9]+)?: .' <<<"$OUT$ERR" || fail "no place in: $OUT$ERR"
}

test_bad_profiles_are_refused_with_their_place() {
	local kind

	for kind in $BAD_PROFILES; do
		bad_profile "$kind"
		echo "$kind"
		expect_invalid voxdp check "$WORK/bad/bad.yaml"
		case $kind in
		empty) ;;
		*) grep -qE 'bad\.yaml:[0-9]+:[0-9]+: .' <<<"$OUT$ERR" || fail "no line and column in: $OUT$ERR" ;;
		esac
	done
}

test_misspelt_key_gets_a_suggestion() {
	bad_profile unknown_key
	expect_invalid voxdp check "$WORK/bad/bad.yaml"
	grep -q 'did you mean.*payload' <<<"$OUT$ERR" || fail "said: $OUT$ERR"
}

test_all_problems_are_reported_in_one_run() {
	bad_profile unknown_key
	sed -i 's|10000-20000|70000|; s|192.0.2.0/25|192.0.2.1/25|' "$WORK/bad/bad.yaml"
	expect_invalid voxdp check "$WORK/bad/bad.yaml"
	[ "$(grep -cE 'bad\.yaml:[0-9]+:[0-9]+: ' <<<"$OUT$ERR")" -ge 3 ] || fail "said: $OUT$ERR"
}

test_profiles_that_are_no_files() {
	mkdir -p "$WORK/bad"
	mkfifo "$WORK/bad/bad.yaml"
	expect_invalid voxdp check "$WORK/bad/bad.yaml"
	rm "$WORK/bad/bad.yaml"
	expect_invalid voxdp check "$WORK/bad/bad.yaml"
	bad_profile unknown_key
	chmod 000 "$WORK/bad/bad.yaml"
	expect_invalid nobody "$VOXDP" check "$WORK/bad/bad.yaml"
}

test_attach_with_a_bad_profile_touches_nothing() {
	bad_profile port_too_large
	make_link wan0
	expect_invalid voxdp attach --profiles "$WORK/bad" -i wan0:wan
	expect_nothing_left wan0
}

test_update_with_a_bad_profile_changes_nothing() {
	local kind before total=0

	needs jq
	write_profiles
	make_link wan0
	attach -i wan0:wan
	before=$(voxdp status --json | jq 'del(.tables)')
	for kind in $BAD_PROFILES; do
		bad_profile "$kind"
		expect_invalid voxdp update --profiles "$WORK/bad"
		send_traffic wan0 <<<"3 udp 192.0.2.10:5060 203.0.113.5:5060 sip-invite" >/dev/null
		total=$((total + 3))
		expect_counted "$total" wan0 vendor=acme vendor_service=sip outcome=match
	done
	[ "$(voxdp status --json | jq 'del(.tables)')" = "$before" ] || fail "status was $before, is $(voxdp status --json)"
}

run_tests "$@"
