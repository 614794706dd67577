/* SPDX-License-Identifier: BSD-2-Clause */
/* Probes what is needed instead of guessing it from versions or user ids. */
#include "tester.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <cmocka.h>
#include <linux/bpf.h>

void tester_need_bpf(void)
{
	/* r0 = XDP_PASS; exit */
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "probe", "GPL", pass, sizeof(pass) / sizeof(pass[0]), NULL);

	if (fd < 0) {
		fprintf(stderr, "skipped: cannot load an XDP program: %s\n", strerror(errno));
		skip();
	}
	close(fd);
}

struct runner *tester_runner(const struct profile_set *set, enum vx_role role, enum vx_engine engine)
{
	struct runner *runner = NULL;
	struct failure failure = {};

	if (runner_new(set, role, engine, &runner, &failure))
		fail_msg("no runner: %s", failure.text);
	return runner;
}
