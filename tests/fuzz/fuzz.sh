#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Runs the libFuzzer targets (clang, AddressSanitizer, UndefinedBehaviorSanitizer), each from its corpus.
#
#	tests/fuzz/fuzz.sh                      the short form: always the same inputs, some seconds in all
#	tests/fuzz/fuzz.sh SECONDS [TARGET...]  new inputs, so many seconds a target
#
# What a run finds worth keeping goes to build/fuzz/corpus; an input that fails stays as build/fuzz/TARGET-crash-*. Output
# is that of cmocka, which tests/run reads.
set -u
cd "$(dirname "$0")/../.." || exit 1

fuzz=${BUILD:-build}/fuzz
seconds=${1:-}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- headers payload stream profile labels capture

# Inputs of the short form. A profile takes as long as some thousand packets.
runs_of() {
	case $1 in
	headers | payload) echo 300000 ;;
	profile) echo 3000 ;;
	*) echo 30000 ;;
	esac
}

run_target() {
	local target=$1 log=$fuzz/$1.log how
	local new=$fuzz/corpus/$1 status

	if [ -n "$seconds" ]; then
		how=(-max_total_time="$seconds")
	else
		new=$fuzz/short/$1
		rm -rf "$new"
		how=(-runs="$(runs_of "$target")" -seed=1)
	fi
	mkdir -p "$new"
	[ ! -f "tests/fuzz/$target.dict" ] || how+=(-dict="tests/fuzz/$target.dict")
	"$fuzz/$target" "${how[@]}" -max_len=4096 -timeout=20 -artifact_prefix="$fuzz/$target-" "$new" \
		"tests/fuzz/corpus/$target" >"$log" 2>&1
	status=$?
	if [ $status -eq 0 ]; then
		sed -n 's/^#\([0-9]*\)[[:blank:]]*DONE *cov: \([0-9]*\) .* corp: \([0-9]*\).*/\1 inputs, \2 edges, \3 of them differ/p' "$log"
	else
		grep -v '^#' "$log" | tail -n 40
	fi
	return $status
}

failed=0
echo "[==========] Running $# test(s)."
for target; do
	echo "[ RUN      ] $target"
	if run_target "$target"; then
		echo "[       OK ] $target"
	else
		echo "[  FAILED  ] $target"
		failed=1
	fi
done
exit $failed
