/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints what the kernel says of a loaded program: `verifier_steps PROG_ID` -> steps, bytes translated, bytes of machine code. */
#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/cleanup.h"

int main(int argc, char **argv)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	CLEANUP_CLOSE int fd = -1;

	if (argc != 2) {
		fprintf(stderr, "usage: verifier_steps PROG_ID\n");
		return 2;
	}
	fd = bpf_prog_get_fd_by_id((__u32)strtoul(argv[1], NULL, 10));
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size)) {
		fprintf(stderr, "verifier_steps: program %s: %m\n", argv[1]);
		return 1;
	}
	printf("%u %u %u\n", info.verified_insns, info.xlated_prog_len, info.jited_prog_len);
	return 0;
}
