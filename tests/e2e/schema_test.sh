#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# profiles/schema.json and the parser accept and refuse the same samples (tests/data/profiles):
#
#	good/	both accept
#	bad/	both refuse
#	beyond/	only the parser refuses: references, host bits, calendars and the like are beyond a schema
#
# Needs no privileges. Each folder is a test.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

build=${BUILD:-build}
voxdp=$build/voxdp
samples=tests/data/profiles
# python3-jsonschema and python3-yaml are Debian's, so they belong to Debian's python.
python=/usr/bin/python3
failed=0

missing() {
	"$python" -W ignore -c 'import jsonschema, yaml; jsonschema.Draft202012Validator' 2>&1 | tail -n 1
}

# accepted_by_parser FILE
accepted_by_parser() {
	"$voxdp" check "$1" >/dev/null 2>&1
	case $? in
	0) echo accepted ;;
	3) echo refused ;;
	*) echo "failed with exit code $?" ;;
	esac
}

# agree NAME PARSER SCHEMA FILE...: what the two must say of each file.
agree() {
	local name=$1 parser=$2 schema=$3 file verdict said bad=0

	shift 3
	printf '[ RUN      ] %s\n' "$name"
	while read -r file verdict said; do
		[ "$verdict" = "$schema" ] || { bad=1; echo "$file: schema: $verdict, expected $schema ${said:+($said)}"; }
		verdict=$(accepted_by_parser "$file")
		[ "$verdict" = "$parser" ] || { bad=1; echo "$file: parser: $verdict, expected $parser"; }
		shift
	done < <("$python" -W ignore tests/e2e/schema_check.py profiles/schema.json "$@")
	[ $# -eq 0 ] || { bad=1; echo "the schema says nothing of $# files, the first is $1"; }
	if [ $bad = 0 ]; then
		printf '[       OK ] %s\n' "$name"
	else
		printf '[  FAILED  ] %s\n' "$name"
		failed=1
	fi
}

reason=$(missing)
if [ -n "$reason" ]; then
	echo "python3-jsonschema or python3-yaml is not installed: $reason"
	exit 77
fi
agree shipped_profiles_are_accepted_by_both accepted accepted profiles/*.yaml
agree good_samples_are_accepted_by_both accepted accepted "$samples"/good/*.yaml
agree bad_samples_are_refused_by_both refused refused "$samples"/bad/*.yaml
agree samples_beyond_a_schema_are_refused_by_the_parser refused accepted "$samples"/beyond/*.yaml
exit $failed
