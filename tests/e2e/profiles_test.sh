#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the command line tells of the shipped profiles and of changes to them: coverage, overlaps, explain, export, diff.
# shellcheck source=tests/lib/e2e.sh
source "$(dirname "$0")/../lib/e2e.sh"

SHIPPED=$E2E_TOP/profiles
SITE=$E2E_TOP/tests/data/guide_site.yaml # groups in 192.0.2.0/24, and a list of which 54.174.0.0/15 is AWS's

shipped() {
	local command=$1
	shift
	voxdp "$command" --profiles "$SHIPPED" --site "$SITE" "$@"
}

# expect_line REGEX: a line of $OUT.
expect_line() {
	grep -qE -- "$1" <<<"$OUT" || fail "no line matches '$1' in: $OUT"
}

# explain_packet TRANSPORT REMOTE PORT PAYLOAD [ARGUMENTS]: of a packet that comes in.
explain_packet() {
	local transport=$1 remote=$2 port=$3 payload=$4
	shift 4
	expect_exit 0 shipped explain --role wan --src "$remote" --sport "$port" --dst 203.0.113.5 --dport 40000 \
		--transport "$transport" --payload "$payload" "$@"
}

# expect_verdict VENDOR SERVICE OUTCOME: of the last explain.
expect_verdict() {
	expect_line "^vendor +$1\$"
	expect_line "^service +$2\$"
	expect_line "^outcome +$3\$"
}

# addr_hex ADDRESS: an IPv4 address as eight hex digits.
addr_hex() {
	local octets
	IFS=. read -ra octets <<<"$1"
	printf '%02x' "${octets[@]}"
}

# raw_capture FILE SRC DST SPORT DPORT COUNT: a capture of raw IPv4 frames, UDP with a STUN binding request.
raw_capture() {
	local file=$1 src=$2 dst=$3 sport=$4 dport=$5 count=$6 frame
	frame=450000300000000040110000$(addr_hex "$src")$(addr_hex "$dst")
	frame+=$(printf '%04x%04x001c0000' "$sport" "$dport")
	frame+=000100002112a442000102030405060708090a0b
	{
		printf 'a1b2c3d40002000400000000000000000000ffff00000065'
		for ((; count > 0; count--)); do
			printf '0000000000000000%08x%08x%s' $((${#frame} / 2)) $((${#frame} / 2)) "$frame"
		done
	} | sed 's/../\\x&/g' | xargs -0 printf '%b' >"$file"
}

test_coverage_is_the_kept_ledger() {
	# From a directory that is not the sources', with a site file: neither must show.
	(cd "$WORK" && shipped check --coverage "$SHIPPED") | diff - "$SHIPPED/COVERAGE.md" >&2 ||
		fail "profiles/COVERAGE.md is stale, run make coverage-ledger"
	expect_exit 0 shipped check --coverage --json "$SHIPPED"
	[ "$(jq '.coverage | length' <<<"$OUT")" -gt 100 ] || fail "no coverage in: $OUT"
}

test_relays_inside_the_pool() {
	explain_packet udp 54.174.51.242 3478 stun
	expect_verdict cloud9 stun match
	expect_line 'cloud9/stun .*own 54\.174\.51\.240/28 .*wins'
	expect_line 'purecloud/stun .*shared 54\.174\.0\.0/15 .*loses: stronger claim'
	explain_packet tcp 54.174.51.242 5061 sip
	expect_verdict purecloud edge-webrtc-sip match
	expect_line 'cloud9/stun .*no candidate: not over tcp'
}

test_ports_that_everybody_uses() {
	explain_packet udp 203.0.113.9 19302 stun
	expect_verdict purecloud google-stun match
	explain_packet udp 203.0.113.9 3478 stun
	expect_verdict - - unknown_media
	explain_packet udp 54.174.0.1 3478 stun
	expect_verdict purecloud stun match
	for remote in "203.0.113.9 19302" "203.0.113.9 3478" "54.174.0.1 3478"; do
		# shellcheck disable=SC2086 # address and port
		explain_packet udp $remote dns
		expect_verdict - - other
	done
	explain_packet tcp 54.174.0.1 443 tls
	expect_verdict - - other
}

test_audio_and_video_by_their_mark() {
	explain_packet udp 45.64.148.9 30000 rtp --dscp 46
	expect_verdict spirit phone-audio match
	explain_packet udp 45.64.148.9 30000 rtp --dscp 34
	expect_verdict spirit phone-video match
	explain_packet udp 45.64.148.9 30000 rtp
	expect_verdict spirit phone-audio match
	expect_line '^dscp .*dscp_unexpected'
}

test_overlaps_of_the_shipped_profiles() {
	expect_exit 0 shipped check --overlaps "$SHIPPED"
	expect_line 'cloud9/stun +purecloud/stun +stronger claim +udp '
	expect_line ' 0 decided by byte order alone'
	[ "$(grep -c 'cloud9/stun ' <<<"$OUT")" -eq 1 ] || fail "not one line a pair: $OUT"
	# The packet of each line is one that `explain` gives to the winner.
	expect_exit 0 shipped check --overlaps --json "$SHIPPED"
	jq -r '.overlaps[] | [.winner.vendor, .winner.service, .example.transport, .example.src.address, .example.src.port,
		.example.dst.address, .example.dst.port, .example.payload, .example.dscp] | @tsv' <<<"$OUT" >"$WORK/examples"
	[ "$(wc -l <"$WORK/examples")" -gt 5 ] || fail "hardly an overlap in: $OUT"
	while read -r vendor service transport src sport dst dport payload dscp; do
		expect_exit 0 shipped explain --src "$src" --sport "$sport" --dst "$dst" --dport "$dport" \
			--transport "$transport" --payload "$payload" --dscp "$dscp"
		expect_verdict "$vendor" "$service" '[a-z]+'
	done <"$WORK/examples"
}

test_overlap_by_the_alphabet_is_warned_of() {
	write_vendor "$WORK/profiles" acme 192.0.2.0/24
	write_vendor "$WORK/profiles" beta 192.0.2.0/24
	expect_exit 0 voxdp check --overlaps "$WORK/profiles"
	expect_line 'beta\.yaml:[0-9]+:[0-9]+: warning: only byte order puts acme/sip before beta/sip'
	expect_line 'acme/media +beta/media +byte order'
	expect_line '2 overlaps, 2 decided by byte order alone'
	sed -i 's/payload: sip/&\n    priority: 1/' "$WORK/profiles/beta.yaml"
	expect_exit 0 voxdp check --overlaps "$WORK/profiles"
	expect_line 'beta/sip +acme/sip +higher priority'
	sed -i 's/192.0.2.0/198.51.100.0/' "$WORK/profiles/beta.yaml"
	expect_exit 0 voxdp check --overlaps "$WORK/profiles"
	[[ $OUT = "no two services"* ]] || fail "overlaps of what does not meet: $OUT"
}

test_explain_of_a_host() {
	expect_exit 0 shipped explain --host USE1-stun10.xhoot.com.
	expect_line 'cloud9/stun +use1-stun10\.xhoot\.com +exact +planned: doesn.t exist yet'
	expect_line 'cloud9/https +\*\.xhoot\.com +wildcard'
	[ "$(sed -n 2p <<<"$OUT" | awk '{print $1}')" = cloud9/stun ] || fail "the exact name is not first: $OUT"
	expect_exit 0 shipped explain --host example.byoc.mypurecloud.com
	expect_line 'purecloud/byoc-cloud +\{customer\}\.byoc\.mypurecloud\.com +exact'
	expect_exit 0 voxdp explain --profiles "$SHIPPED" --host acme.byoc.mypurecloud.com --json
	[ "$(jq -r '.host.services[0].as' <<<"$OUT")" = "placeholder without values" ] || fail "not first: $OUT"
	expect_exit 0 shipped explain --host www.example.org
	[ "$OUT" = "no service lists www.example.org" ] || fail "said: $OUT"
	explain_packet udp 54.174.51.242 3478 stun --host stun1.apse2.prod1.xhoot.com
	expect_verdict cloud9 stun match
	expect_line 'cloud9/stun +stun1\.apse2\.prod1\.xhoot\.com +exact'
	expect_failure 2 'host: got "a\.\.b"' shipped explain --host a..b
}

test_export_comes_back() {
	mkdir "$WORK/first" "$WORK/second"
	expect_exit 0 shipped export --output "$WORK/first"
	expect_exit 0 voxdp export --profiles "$WORK/first" --output "$WORK/second"
	diff -r "$WORK/first" "$WORK/second" >&2 || fail "the second export differs"
	expect_exit 0 shipped export cloud9
	[ "$OUT" = "$(<"$WORK/first/cloud9.yaml")" ] || fail "a file and stdout differ"
	# What it needs is in it: no site file, no list file. The verdicts stay.
	expect_exit 0 voxdp diff --old-site "$SITE" "$SHIPPED" "$WORK/first"
	! grep -E '(prefix|ports|payload|dscp|claim|priority) ' <<<"$OUT" | grep -v 'site group' ||
		fail "the export says something else: $OUT"
	expect_failure 1 'cannot make' shipped export --output "$WORK/first"
	expect_failure 2 'did you mean "spirit"' shipped export spirt
	expect_failure 2 'yaml beside --output' shipped export --format nft --output "$WORK/first"
}

test_export_for_programs() {
	expect_exit 0 shipped export --format json
	[ "$(jq -r '.vendors | map(.vendor) | join(" ")' <<<"$OUT")" = "cloud9 expertconnect purecloud spirit" ] ||
		fail "vendors of: $OUT"
	[ "$(jq -r '.vendors[0].services[0] | .ports[0] + " " + .payload[0]' <<<"$OUT")" = "udp/3478 stun" ] ||
		fail "first service of: $OUT"
	expect_exit 0 shipped export --format prefixes
	expect_line $'^54\\.174\\.51\\.240/28\tcloud9\trelays\town\tVirginia$'
	expect_line $'^192\\.0\\.2\\.64/26\tpurecloud\tvoip_phones\tnamed\t-$'
}

test_export_loads_into_nft() {
	needs nft nftables
	expect_exit 0 shipped export --format nft
	printf '%s\n' "$OUT" >"$WORK/guides.nft"
	nft -c -f "$WORK/guides.nft" || fail "nft refuses the table"
	# Ids at their longest, one that begins with a digit, a list of thousands.
	mkdir "$WORK/odd"
	{
		printf 'voxdp: 1\nvendor: 0%062d\ntitle: T\nranges:\n  r%062d:\n    prefixes:\n' 0 0
		for ((i = 0; i < 4096; i++)); do
			printf '      - 10.%d.%d.0/25\n' $((i / 256)) $((i % 256))
		done
		printf 'services:\n  s%062d: {source: x, remote: [any, r%062d], ports: [udp/1-9, tcp/any], payload: sip}\n' 0 0
	} >"$WORK/odd/odd.yaml"
	expect_exit 0 voxdp export --profiles "$WORK/odd" --format nft
	printf '%s\n' "$OUT" >"$WORK/odd.nft"
	nft -f "$WORK/odd.nft" || fail "nft refuses the odd table"
	[ "$(nft list chain inet voxdp guides | grep -c 'counter packets 0')" -eq 8 ] ||
		fail "rules: $(nft list chain inet voxdp guides)"
}

test_export_tells_whether_it_is_live() {
	write_vendor "$WORK/profiles" acme 192.0.2.0/24
	expect_failure 4 'not attached' voxdp export --profiles "$WORK/profiles" --live
	make_link wan0
	voxdp attach --profiles "$WORK/profiles" -i wan0:wan
	expect_exit 0 voxdp export --profiles "$WORK/profiles" --live
	expect_line '^# Live: generation 1 was compiled from these profiles\.$'
	sed -i 's/10000-20000/10000-20001/' "$WORK/profiles/acme.yaml"
	expect_exit 0 voxdp export --profiles "$WORK/profiles" --live --format nft
	expect_line '^# Not live: generation 1 '
	voxdp update --profiles "$WORK/profiles"
	expect_exit 0 voxdp export --profiles "$WORK/profiles" --live --format json
	[ "$(jq -c .live <<<"$OUT")" = '{"generation":2,"same":true}' ] || fail "live: $(jq -c .live <<<"$OUT")"
}

test_diff_of_profiles() {
	write_vendor "$WORK/old" acme 192.0.2.0/24
	write_vendor "$WORK/new" acme 192.0.2.0/25 198.51.100.0/24
	write_vendor "$WORK/new" beta 203.0.113.0/24
	sed -i 's/tcp\/5060/tcp\/5061/; s/payload: media/payload: [media, sip]/' "$WORK/new/acme.yaml"
	expect_exit 0 voxdp diff "$WORK/old" "$WORK/new"
	expect_line '^- acme, range set servers: prefix 192\.0\.2\.0/24$'
	expect_line '^\+ acme, range set servers: prefix 198\.51\.100\.0/24$'
	expect_line '^~ acme, service sip: ports udp/5060, tcp/5060 -> udp/5060, tcp/5061$'
	expect_line '^~ acme, service media: payload media -> media, sip$'
	expect_line '^\+ beta$'
	expect_exit 0 voxdp diff "$WORK/new" "$WORK/new"
	[ "$OUT" = "no difference" ] || fail "a set differs from itself: $OUT"
	expect_exit 0 voxdp diff --json "$WORK/old/acme.yaml" "$WORK/new/acme.yaml"
	[ "$(jq '.changes | length' <<<"$OUT")" -eq 5 ] || fail "changes: $OUT"
	expect_failure 2 'needs two sets' voxdp diff "$WORK/old"
	printf 'voxdp: 1\n' >"$WORK/new/bad.yaml"
	expect_exit 3 voxdp diff "$WORK/old" "$WORK/new"
}

test_a_capture_is_judged_by_the_ranges_of_its_day() {
	write_vendor "$WORK/profiles" acme 192.0.2.0/24
	sed -i 's,"192.0.2.0/24",{prefix: 192.0.2.0/24\, valid_until: 2026-03-01},' "$WORK/profiles/acme.yaml"
	raw_capture "$WORK/a.pcap" 192.0.2.9 203.0.113.5 10009 40000 3
	expect_exit 0 voxdp classify --profiles "$WORK/profiles" --role wan --packets --json --at 2026-02-28 "$WORK/a.pcap"
	[ "$(jq -r .vendor <<<"$OUT" | sort -u)" = acme ] || fail "said: $OUT"
	expect_exit 0 voxdp classify --profiles "$WORK/profiles" --role wan --packets --json --at 2026-03-01 "$WORK/a.pcap"
	[ "$(jq -r .vendor <<<"$OUT" | sort -u)" = null ] || fail "said: $OUT"
}

test_diff_of_captures() {
	write_vendor "$WORK/old" acme 192.0.2.0/24
	write_vendor "$WORK/new" acme 192.0.2.0/24
	write_vendor "$WORK/new" beta 198.51.100.0/24
	sed -i 's/10000-20000/10000-10009/' "$WORK/new/acme.yaml"
	raw_capture "$WORK/a.pcap" 192.0.2.9 203.0.113.5 10009 40000 3
	raw_capture "$WORK/b.pcap" 192.0.2.9 203.0.113.5 10010 40000 2
	raw_capture "$WORK/c.pcap" 203.0.113.5 198.51.100.7 40000 20000 4
	expect_exit 0 voxdp diff "$WORK/old" "$WORK/new" "$WORK/a.pcap" "$WORK/b.pcap" "$WORK/c.pcap"
	expect_line ' 4 +unknown_media stun +beta/media match stun out +.*c\.pcap, frame 1$'
	expect_line ' 2 +acme/media match stun in +acme off_port stun in +.*b\.pcap, frame 1$'
	expect_line ' 6 of 9 frames get another verdict$'
	expect_exit 0 voxdp diff --json --role wan "$WORK/old" "$WORK/new" "$WORK/b.pcap" "$WORK/c.pcap"
	[ "$(jq -c '[.frames, (.verdicts | length), .verdicts[0].frames, .verdicts[0].after.outcome]' <<<"$OUT")" = \
		'[6,1,2,"off_port"]' ] || fail "verdicts: $OUT"
	printf 'no capture' >"$WORK/d.pcap"
	expect_failure 1 'd\.pcap' voxdp diff "$WORK/old" "$WORK/new" "$WORK/d.pcap"
}

run_tests "$@"
