/* SPDX-License-Identifier: BSD-2-Clause */
/* A few instructions by hand. */
#include "programs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "dataplane/kernel.h"
#include "lib/cleanup.h"

#define MOV_CONSTANT(reg, value)                                                                                       \
	{                                                                                                              \
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (reg), .imm = (int)(value)                             \
	}
#define EXIT                                                                                                           \
	{                                                                                                              \
		.code = BPF_JMP | BPF_EXIT                                                                             \
	}

static int load(const struct bpf_insn *code, size_t count, bool frags, int *ret, struct failure *failure)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = frags ? BPF_F_XDP_HAS_FRAGS : 0,
		    .expected_attach_type = BPF_XDP);

	*ret = bpf_prog_load(BPF_PROG_TYPE_XDP, "bench", "Dual BSD/GPL", code, count, &opts);
	return *ret < 0 ? kernel_load_failure(failure, errno) : 0;
}

int program_returning(uint32_t action, bool frags, int *ret, struct failure *failure)
{
	const struct bpf_insn code[] = { MOV_CONSTANT(BPF_REG_0, action), EXIT };

	return load(code, ARRAY_SIZE(code), frags, ret, failure);
}

int program_redirecting(uint32_t ifindex, int *ret, struct failure *failure)
{
	const struct bpf_insn code[] = {
		MOV_CONSTANT(BPF_REG_1, ifindex),
		MOV_CONSTANT(BPF_REG_2, 0),
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect },
		EXIT,
	};

	return load(code, ARRAY_SIZE(code), true, ret, failure);
}

static bool returns_pass(const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code);

	return (class == BPF_ALU || class == BPF_ALU64) && BPF_OP(insn->code) == BPF_MOV &&
	       BPF_SRC(insn->code) == BPF_K && insn->dst_reg == BPF_REG_0 && insn->imm == XDP_PASS &&
	       insn[1].code == (BPF_JMP | BPF_EXIT);
}

static int drop_instead(struct program *program, struct failure *failure)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(program_object(program), PROGRAM_NAME);
	size_t count = bpf_program__insn_cnt(prog), changed = 0;
	CLEANUP_FREE struct bpf_insn *code = calloc(count, sizeof(*code));

	if (!code)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	memcpy(code, bpf_program__insns(prog), count * sizeof(*code));
	for (size_t i = 0; i + 1 < count; i++)
		if (returns_pass(&code[i])) {
			code[i].imm = XDP_DROP;
			changed++;
		}
	if (!changed || bpf_program__set_insns(prog, code, count))
		return failure_set(failure, VX_EXIT_FAILED, EPROTO, "the program has no way out that can be changed");
	return 0;
}

int program_twin(const struct subject *subject, enum vx_role role, enum vx_engine engine, struct program **ret,
		 struct failure *failure)
{
	const struct vx_config config = { .role = (uint8_t)role, .engine = (uint8_t)engine };
	CLEANUP(program_freep) struct program *program = NULL;
	int error = program_open(subject->maps, &config, &program, failure);

	if (!error)
		error = drop_instead(program, failure);
	if (!error)
		error = program_load(program, failure);
	if (!error)
		*ret = TAKE_PTR(program);
	return error;
}
