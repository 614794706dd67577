/* SPDX-License-Identifier: BSD-2-Clause */
/* One walk over the instructions, before libbpf relocates them: what stands for a number has no relocation. */
#include "dataplane/patch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "dataplane/kernel.h"
#include "lib/cleanup.h"

#define MARK_CONSTANT VX_PATCH_CONSTANT(0, 0)
#define MARK_MAP (VX_PATCH_MAP(0) >> 32)

/* What has a constant as its operand: bpf/maps.h moves it, adds it and compares with it. */
static bool is_constant(const struct bpf_insn *insn)
{
	switch (insn->code) {
	case BPF_ALU64 | BPF_MOV | BPF_K:
	case BPF_ALU64 | BPF_ADD | BPF_K:
	case BPF_ALU64 | BPF_AND | BPF_K:
	case BPF_JMP | BPF_JLT | BPF_K:
		return ((uint32_t)insn->imm & 0xff000000U) == MARK_CONSTANT;
	default:
		return false;
	}
}

/* The second half of a 64-bit immediate is an instruction of its own, with code 0. */
static bool is_map_value(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW) && insn->src_reg == 0 && (uint32_t)insn[1].imm == MARK_MAP;
}

static int put_constant(struct bpf_insn *insn, const struct vx_config *config)
{
	const uint32_t size = (uint32_t)insn->imm >> 16 & 0xff, offset = (uint32_t)insn->imm & 0xffff;
	uint32_t value = 0;

	if (size > sizeof(value) || offset + size > sizeof(*config))
		return -EINVAL;
	memcpy(&value, (const char *)config + offset, size); /* little endian, as BPF is where this is compiled */
	/* A move extends the sign of its operand. No field is so large: struct vx_layout ends below VX_HALF_BYTES_MAX. */
	if (value > INT32_MAX)
		return -EINVAL;
	insn->imm = (int32_t)value;
	return 0;
}

static int put_map(struct bpf_insn *insn, const int maps[_VX_PATCH_MAP_MAX])
{
	if ((uint32_t)insn->imm >= _VX_PATCH_MAP_MAX)
		return -EINVAL;
	insn->src_reg = BPF_PSEUDO_MAP_VALUE;
	insn->imm = maps[insn->imm];
	insn[1].imm = 0;
	return 0;
}

int program_patch(struct bpf_program *program, const struct vx_config *config, const int maps[_VX_PATCH_MAP_MAX],
		  struct failure *failure)
{
	size_t count = bpf_program__insn_cnt(program);
	CLEANUP_FREE struct bpf_insn *insns = calloc(count + 1, sizeof(*insns));
	int error = 0;

	if (!insns)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	memcpy(insns, bpf_program__insns(program), count * sizeof(*insns));
	for (size_t i = 0; i < count && !error; i++) {
		if (is_constant(&insns[i]))
			error = put_constant(&insns[i], config);
		else if (i + 1 < count && is_map_value(&insns[i]))
			error = put_map(&insns[i], maps);
	}
	if (!error)
		error = bpf_program__set_insns(program, insns, count);
	return error ? kernel_failure(failure, -error, "the built-in BPF object cannot be completed") : 0;
}
