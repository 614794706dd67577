#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Boots Debian's own kernel under qemu, in software: it has what libxdp's dispatcher needs and what a build machine may
# lack. The tests are in tests/guest/run; their console is this script's output. Needs no privileges.
set -euo pipefail
cd "$(dirname "$0")/../.."

build=${BUILD:-build}
guest=$build/guest
boot_seconds=120 # a few are enough; slow machines emulate slowly

skip() {
	echo "SKIP: $*"
	exit 77
}

for tool in qemu-system-x86_64 busybox cpio xdp-filter xdp-loader ip; do
	command -v $tool >/dev/null || skip "$tool is not installed (tools/deps guest installs it)"
done
for program in voxdp tests/e2e/traffic tests/bpf/test_verifier; do
	[ -x "$build/$program" ] || skip "$build/$program is not built"
done

mkdir -p "$guest"
reason=$(tests/guest/kernel build/guest/kernel) || skip "$reason"
tests/guest/pack build/guest/kernel "$guest/initramfs.gz" \
	"$build/voxdp" "$build/tests/e2e/traffic" "$build/tests/bpf/test_verifier" xdp-filter xdp-loader ip

# The serial console ends lines with CR LF. A guest that did not come to its last line has crashed or hung.
timeout "$boot_seconds" qemu-system-x86_64 -accel tcg -cpu max -m 1024 -nodefaults -display none -no-reboot -serial stdio \
	-kernel build/guest/kernel/vmlinuz -initrd "$guest/initramfs.gz" \
	-append 'console=ttyS0 quiet panic=-1 mitigations=off' </dev/null 2>&1 | sed -u 's|\r$||' | tee "$guest/console.log" ||
	echo "qemu ended with ${PIPESTATUS[0]}"
grep -q '^\[  GUEST   \] ended 0' "$guest/console.log" || { echo "the guest did not end by itself"; exit 1; }
! grep -q '^\[  FAILED  \]' "$guest/console.log"
