#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# `voxdp check`: what it prints of good profiles and of bad ones, as text and as JSON, as of which day.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"

# write_moving DIR: a vendor whose relays move on 2026-03-01, beside an unused set and an undefined group.
write_moving() {
	mkdir -p "$1"
	cat >"$1/moving.yaml" <<-END
		voxdp: 1
		vendor: moving
		title: A vendor that moves
		ranges:
		  relays:
		    prefixes:
		      - {prefix: 192.0.2.0/24, valid_until: 2026-03-01}
		      - {prefix: 198.51.100.0/25, valid_from: 2026-03-01}
		      - {prefix: 198.51.100.128/25, valid_from: 2026-03-01}
		  unused: {prefixes: [203.0.113.0/24]}
		site_groups:
		  phones: {title: Desk phones}
		hosts:
		  web: {names: [www.moving.example, .moving.example]}
		services:
		  media: {source: page 1, remote: relays, ports: udp/3478, payload: stun}
		  desk: {source: page 2, remote: phones, ports: udp/5060, payload: sip}
		  proxy: {source: page 3, unseen: a setting of the client}
	END
}

# expect_line REGEX: a line of $OUT.
expect_line() {
	grep -qE -- "$1" <<<"$OUT" || fail "no line matches '$1' in: $OUT"
}

# json FILTER: of $OUT; fails unless $OUT is one JSON value.
json() {
	jq -r -s 'if length == 1 then .[0] else error("not one value") end | '"$1" <<<"$OUT"
}

expect_json() {
	local value

	value=$(json "$1") || fail "'$1' of: $OUT"
	[ "$value" = "$2" ] || fail "'$1' is $value, expected $2"
}

test_good_profiles_are_summed_up() {
	write_moving "$WORK/profiles"
	write_vendor "$WORK/profiles" acme 192.0.2.0/25
	expect_exit 0 voxdp check "$WORK/profiles" --at 2026-02-01
	expect_line '^  acme +The vendor acme '
	expect_line '^  moving +A vendor that moves +3 +1 +1 +2 +2$'
	expect_line '^  good on 2026-02-01: '
	[ -z "$ERR" ] || fail "stderr: $ERR"
}

test_notes_and_warnings_name_their_place() {
	write_moving "$WORK/profiles"
	expect_exit 0 voxdp check --at 2026-02-01 --profiles "$WORK/profiles"
	expect_line "^$WORK/profiles/moving.yaml:10:3: warning: range set unused is used by no service$"
	expect_line "^$WORK/profiles/moving.yaml:17:3: note: service desk is idle: .*phones"
}

test_site_file_fills_groups() {
	write_moving "$WORK/profiles"
	printf 'voxdp: 1\ngroups: {phones: 192.0.2.0/28}\n' >"$WORK/site"
	expect_exit 0 voxdp check --at 2026-02-01 --site "$WORK/site" "$WORK/profiles"
	! grep -q idle: <<<"$OUT" || fail "still idle: $OUT"
	expect_line '^  moving +A vendor that moves +3 +0 +1 +3 +2$'
}

test_day_decides_which_ranges_hold() {
	write_moving "$WORK/profiles"
	expect_exit 0 voxdp check --json --at 2026-02-28 "$WORK/profiles"
	expect_json '.vendors[0].ranges' 2
	expect_exit 0 voxdp check --json --at 2026-03-01 "$WORK/profiles"
	expect_json '.vendors[0].ranges' 3
	expect_json .at 2026-03-01
	expect_failure 2 'YYYY-MM-DD' voxdp check --at 2026-02-30 "$WORK/profiles"
	expect_failure 2 'YYYY-MM-DD' voxdp check --at tomorrow "$WORK/profiles"
}

# 192.0.2.10 is moving's until March.
test_a_day_is_taken_by_whoever_reads_profiles() {
	local packet="--src 192.0.2.10 --sport 3478 --dst 203.0.113.5 --dport 4000 --transport udp --payload stun --role wan"
	local verb

	write_moving "$WORK/profiles"
	# shellcheck disable=SC2086 # words
	expect_exit 0 voxdp explain --profiles "$WORK/profiles" --at 2026-02-28 --json $packet
	expect_json .vendor moving
	# shellcheck disable=SC2086 # words
	expect_exit 0 voxdp explain --profiles "$WORK/profiles" --at 2026-03-01 --json $packet
	expect_json .vendor null
	expect_exit 0 voxdp export --profiles "$WORK/profiles" --at 2026-02-28 --format prefixes
	expect_line '^192\.0\.2\.0/24	moving'
	! grep -q ^198 <<<"$OUT" || fail "ranges of another day: $OUT"
	expect_exit 0 voxdp export --profiles "$WORK/profiles" --at 2026-03-01 --format prefixes
	expect_line '^198\.51\.100\.0/25	moving'
	! grep -q ^192 <<<"$OUT" || fail "ranges of another day: $OUT"
	expect_exit 0 voxdp diff "$WORK/profiles" "$WORK/profiles" --old-at 2026-02-28 --at 2026-03-01
	expect_line '^- moving, range set relays: prefix 192\.0\.2\.0/24'
	expect_line '^\+ moving, range set relays: prefix 198\.51\.100\.0/25'
	expect_exit 0 voxdp diff "$WORK/profiles" "$WORK/profiles" --at 2026-03-01
	[ "$OUT" = "no difference" ] || fail "a day differs from itself: $OUT"
	for verb in "diff $WORK $WORK" export "explain $packet" "classify $WORK/none"; do
		# shellcheck disable=SC2086 # words
		expect_failure 2 'YYYY-MM-DD' voxdp $verb --profiles "$WORK/profiles" --at 2026-02-30
	done
	expect_failure 2 'old-at.*YYYY-MM-DD' voxdp diff "$WORK" "$WORK" --old-at yesterday
}

test_errors_are_printed_all_with_their_places() {
	write_moving "$WORK/profiles"
	sed -i 's/udp\/3478/udp\/70000/; s/^title:/titel:/' "$WORK/profiles/moving.yaml"
	echo '[' >"$WORK/profiles/broken.yaml"
	expect_exit 3 voxdp check "$WORK/profiles"
	expect_line "^$WORK/profiles/broken.yaml:2:1: error: not valid YAML"
	expect_line "^$WORK/profiles/moving.yaml:3:1: error: unknown key \"titel\" of a profile, did you mean \"title\"\?$"
	expect_line "^$WORK/profiles/moving.yaml:16:50: error: got \"udp/70000\", but ports end at 65535$"
	[ "$(grep -c ' error: ' <<<"$OUT")" -eq 3 ] || fail "expected three errors: $OUT"
	! grep -q VENDOR <<<"$OUT" || fail "a summary of invalid profiles: $OUT"
}

test_json_is_one_object() {
	write_moving "$WORK/profiles"
	expect_exit 0 voxdp check --json --at 2026-02-01 "$WORK/profiles"
	expect_json .valid true
	expect_json .errors 0
	expect_json '.vendors[0].vendor' moving
	expect_json '.vendors[0] | [.services, .idle, .unseen, .ranges, .hosts] | @csv' 3,1,1,2,2
	expect_json '.tables.prefixes4' 2
	expect_json '[.problems[] | select(.severity == "warning")] | length' 1
	sed -i 's/udp\/3478/udp\/70000/' "$WORK/profiles/moving.yaml"
	expect_exit 3 voxdp check --json "$WORK/profiles"
	expect_json .valid false
	expect_json .tables null
	expect_json '.problems[] | select(.severity == "error") | [.line, .column] | @csv' 16,50
	expect_json '.problems[0].file' "$WORK/profiles/moving.yaml"
}

test_many_errors_end_with_their_number() {
	mkdir "$WORK/profiles"
	{
		printf 'voxdp: 1\nvendor: a\ntitle: A\nservices:\n  s: {source: x, unseen: y}\n'
		seq -f 'wrong%.0f: x' 1200
	} >"$WORK/profiles/a.yaml"
	expect_exit 3 voxdp check "$WORK/profiles"
	expect_line '^\.\.\. and 200 errors more$'
}

run_tests "$@"
