/* SPDX-License-Identifier: BSD-2-Clause */
/* What the loader puts into the instructions of the entry program. Nothing is loaded here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <voxdp/abi.h>

#include "dataplane/patch.h"
#include "dataplane/program.h"
#include "tester.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MARK 0x5c /* the upper byte of all that stands for something */

static const int map_fds[_VX_PATCH_MAP_MAX] = { [VX_PATCH_TABLES] = 72 };

static struct bpf_program *entry_of(struct program *program)
{
	struct bpf_program *entry = bpf_object__find_program_by_name(program_object(program), PROGRAM_NAME);

	assert_non_null(entry);
	return entry;
}

static bool is_wide(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

#define MOVE (BPF_ALU64 | BPF_MOV | BPF_K)
#define ADD (BPF_ALU64 | BPF_ADD | BPF_K)
#define AND (BPF_ALU64 | BPF_AND | BPF_K)
#define LESS (BPF_JMP | BPF_JLT | BPF_K)

/* Instructions of this code whose operand is @number, or a marker where @number is 0. */
static size_t count_operands(const struct bpf_program *program, uint8_t code, uint32_t number)
{
	const struct bpf_insn *insns = bpf_program__insns(program);
	size_t n = 0;

	for (size_t i = 0; i < bpf_program__insn_cnt(program); i += is_wide(&insns[i]) ? 2 : 1)
		n += insns[i].code == code &&
		     (number ? (uint32_t)insns[i].imm == number : (uint32_t)insns[i].imm >> 24 == MARK);
	return n;
}

static size_t count_maps(const struct bpf_program *program, int fd)
{
	const struct bpf_insn *insns = bpf_program__insns(program);
	size_t n = 0;

	for (size_t i = 0; i < bpf_program__insn_cnt(program); i += is_wide(&insns[i]) ? 2 : 1)
		n += is_wide(&insns[i]) && insns[i].src_reg == BPF_PSEUDO_MAP_VALUE && insns[i].imm == fd &&
		     insns[i + 1].imm == 0;
	return n;
}

static size_t count_map_marks(const struct bpf_program *program)
{
	const struct bpf_insn *insns = bpf_program__insns(program);
	size_t n = 0;

	for (size_t i = 0; i < bpf_program__insn_cnt(program); i += is_wide(&insns[i]) ? 2 : 1)
		n += is_wide(&insns[i]) && (uint32_t)insns[i + 1].imm == 0x5c5c5c5cU;
	return n;
}

/* Of all kinds of instructions that have an operand for the loader: how many kinds still have a marker. */
static int count_marked_kinds(const struct bpf_program *program)
{
	return !!count_operands(program, MOVE, 0) + !!count_operands(program, ADD, 0) +
	       !!count_operands(program, AND, 0) + !!count_operands(program, LESS, 0);
}

static void every_mark_becomes_its_number_or_its_map(void **state)
{
	const struct vx_config config = { .capacity = { .classes = 0x70101, .ranges4 = 0x70202 },
					  .layout = { .ranges4 = 0x70303, .shortcuts = 0x70404, .bytes = 0x70505 },
					  .role = 0xa5,
					  .trace = 0x11, /* no field is empty behind which one is read */
					  .decap = 0xb6c7,
					  .reserved2 = { 0x22 } };
	struct failure failure = {};
	struct bpf_program *entry;
	struct program *program;
	size_t maps;

	(void)state;
	tester_need_bpf(); /* without the capabilities another object is opened, which has no marks */
	assert_int_equal(program_new(&program, &failure), 0);
	entry = entry_of(program);
	maps = count_map_marks(entry);
	assert_true(maps > 0);
	assert_int_equal(count_marked_kinds(entry), 4);
	assert_int_equal(program_patch(entry, &config, map_fds, &failure), 0);

	assert_int_equal(count_marked_kinds(entry), 0);
	assert_int_equal(count_map_marks(entry), 0);
	assert_int_equal(count_maps(entry, 72), maps);
	assert_true(count_operands(entry, LESS, 0x70101) > 0); /* of four bytes, */
	assert_true(count_operands(entry, LESS, 0x70202) > 0);
	assert_true(count_operands(entry, ADD, 0x70303) > 0);
	assert_true(count_operands(entry, ADD, 0x70404) > 0);
	assert_true(count_operands(entry, AND, 0x70505) > 0);
	assert_true(count_operands(entry, MOVE, 0xb6c7) > 0); /* of two, */
	assert_true(count_operands(entry, MOVE, 0xa5) > 0);   /* of one */
	program_free(program);
}

static void expect_refused(struct bpf_insn first, struct bpf_insn second)
{
	const struct vx_config config = { .capacity = { .classes = 0x80000000U } };
	struct bpf_insn insns[] = { first, second, { .code = BPF_JMP | BPF_EXIT } };
	struct failure failure = {};
	struct program *program;

	assert_int_equal(program_new(&program, &failure), 0);
	assert_int_equal(bpf_program__set_insns(entry_of(program), insns, 3), 0);
	assert_int_not_equal(program_patch(entry_of(program), &config, map_fds, &failure), 0);
	assert_non_null(strstr(failure.text, "cannot be completed"));
	program_free(program);
}

static void a_mark_for_what_there_is_not_is_refused(void **state)
{
	const struct bpf_insn nothing = { .code = BPF_ALU64 | BPF_MOV | BPF_K };
	const uint32_t offset = sizeof(struct vx_config);

	(void)state;
	tester_need_bpf();
	expect_refused((struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
					  .imm = (int32_t)VX_PATCH_CONSTANT(4, offset - 3) },
		       nothing);
	expect_refused(
		(struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = (int32_t)VX_PATCH_CONSTANT(8, 0) },
		nothing);
	/* A number whose sign a move would extend. */
	expect_refused(
		(struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
				   .imm = (int32_t)VX_PATCH_CONSTANT(4, offsetof(struct vx_config, capacity.classes)) },
		nothing);
	expect_refused((struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW, .imm = _VX_PATCH_MAP_MAX },
		       (struct bpf_insn){ .imm = 0x5c5c5c5c });
}

/* A number may be anything: of 64 bits, of another operation, and of a move of 32 bits, which is the compiler's own. */
static void what_only_looks_like_a_mark_stays(void **state)
{
	const struct vx_config config = {};
	const struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .imm = (int32_t)VX_PATCH_CONSTANT(4, 0) },
		{ .imm = 1 },
		{ .code = BPF_ALU64 | BPF_XOR | BPF_K, .imm = (int32_t)VX_PATCH_CONSTANT(4, 0) },
		{ .code = BPF_ALU | BPF_MOV | BPF_K, .imm = (int32_t)VX_PATCH_CONSTANT(4, 0) },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct failure failure = {};
	struct program *program;

	(void)state;
	tester_need_bpf();
	assert_int_equal(program_new(&program, &failure), 0);
	assert_int_equal(bpf_program__set_insns(entry_of(program), (struct bpf_insn *)insns, COUNT(insns)), 0);
	assert_int_equal(program_patch(entry_of(program), &config, map_fds, &failure), 0);
	assert_memory_equal(bpf_program__insns(entry_of(program)), insns, sizeof(insns));
	program_free(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mark_becomes_its_number_or_its_map),
		cmocka_unit_test(a_mark_for_what_there_is_not_is_refused),
		cmocka_unit_test(what_only_looks_like_a_mark_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
