/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers hold host pointers; each access is checked against the regions that the program may touch. */
#include "interpreter.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#define STACK_BYTES 512
#define CALLS_MAX 8
#define STEPS_MAX 1000000
#define REGIONS_MAX 64
#define MAPS_MAX 32
#define LINE_BYTES 64
#define LINES_MAX 1024

/* Values of tries are copies: so many stay valid at once. */
#define COPIES_MAX 16
#define COPY_BYTES 64

struct map {
	int fd; /* -1: the place is free */
	struct bpf_map_info info;
	size_t stride;
	uint8_t *values; /* NULL: not an array */
	size_t size;
	bool mapped;	      /* else from the heap */
	struct map *inner[2]; /* of an array of maps, opened when first used */
};

struct region {
	uint8_t *start;
	size_t size;
	bool is_map;
};

struct interpreter {
	const struct bpf_insn *code;
	size_t count;
	uint64_t *hits;
	struct map maps[MAPS_MAX];
	struct region regions[REGIONS_MAX];
	size_t region_count;
	uint8_t stack[CALLS_MAX][STACK_BYTES] __attribute__((aligned(8)));
	uint8_t copies[COPIES_MAX][COPY_BYTES] __attribute__((aligned(8)));
	size_t copy_next;

	/* of the run */
	uint64_t reg[11];
	size_t pc, depth;
	struct {
		size_t pc;
		uint64_t saved[5]; /* r6 to r10 */
	} frames[CALLS_MAX];
	uintptr_t lines[LINES_MAX];
	struct execution execution;
	struct xdp_md context; /* only its address counts */
	uint8_t *data, *data_end;
};

static void fail(const struct interpreter *in, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "interpreter: instruction %zu: ", in->pc);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void region_add(struct interpreter *in, void *start, size_t size, bool is_map)
{
	if (in->region_count == REGIONS_MAX)
		fail(in, "too many regions");
	in->regions[in->region_count++] = (struct region){ start, size, is_map };
}

static void line_touch(struct interpreter *in, const uint8_t *at)
{
	uintptr_t line = (uintptr_t)at / LINE_BYTES;

	for (uint32_t i = 0; i < in->execution.lines; i++)
		if (in->lines[i] == line)
			return;
	if (in->execution.lines == LINES_MAX)
		fail(in, "too many cache lines");
	in->lines[in->execution.lines++] = line;
}

static uint8_t *checked(struct interpreter *in, uint64_t address, size_t size)
{
	uint8_t *at = (uint8_t *)(uintptr_t)address;

	for (size_t i = 0; i < in->region_count; i++) {
		const struct region *region = &in->regions[i];

		if (at < region->start || at + size > region->start + region->size)
			continue;
		if (region->is_map) {
			line_touch(in, at);
			line_touch(in, at + size - 1);
		}
		return at;
	}
	fail(in, "%zu bytes at %p are not the program's", size, (void *)at);
	return NULL;
}

static size_t access_size(uint8_t code)
{
	switch (BPF_SIZE(code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	default:
		return 8;
	}
}

static uint64_t load(struct interpreter *in, uint64_t address, size_t size)
{
	uint64_t context = (uintptr_t)&in->context, word = 0;

	/* The kernel turns these two fields into loads of pointers. */
	if (address == context + offsetof(struct xdp_md, data))
		return (uintptr_t)in->data;
	if (address == context + offsetof(struct xdp_md, data_end))
		return (uintptr_t)in->data_end;
	memcpy(&word, checked(in, address, size), size);
#if __BYTE_ORDER == __BIG_ENDIAN
	word >>= 8 * (8 - size);
#endif
	return word;
}

static void store(struct interpreter *in, uint64_t address, size_t size, uint64_t word)
{
#if __BYTE_ORDER == __BIG_ENDIAN
	word <<= 8 * (8 - size);
#endif
	memcpy(checked(in, address, size), &word, size);
}

/* ---- maps -------------------------------------------------------------------------------------------------------- */

static bool is_array(const struct map *map)
{
	return map->info.type == BPF_MAP_TYPE_ARRAY || map->info.type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

/* Arrays are the kernel's pages; a per-CPU array is one CPU's, our own. */
static void map_open(struct interpreter *in, struct map *map, int fd)
{
	uint32_t size = sizeof(map->info);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int protection = PROT_READ;

	map->fd = fd;
	if (bpf_obj_get_info_by_fd(fd, &map->info, &size))
		fail(in, "map of fd %d: %s", fd, strerror(errno));
	map->stride = (map->info.value_size + 7) / 8 * 8;
	if (!is_array(map))
		return;
	map->mapped = map->info.map_flags & BPF_F_MMAPABLE;
	map->size = (map->stride * map->info.max_entries + page - 1) / page * page;
	if (!(map->info.map_flags & BPF_F_RDONLY_PROG))
		protection |= PROT_WRITE;
	if (map->mapped)
		map->values = mmap(NULL, map->size, protection, MAP_SHARED, fd, 0);
	else if (map->info.type == BPF_MAP_TYPE_PERCPU_ARRAY)
		map->values = aligned_alloc(page, map->size);
	if (!map->values || map->values == MAP_FAILED)
		fail(in, "map %s has no values to read", map->info.name);
	if (!map->mapped)
		memset(map->values, 0, map->size);
	region_add(in, map->values, map->size, true);
}

static struct map *map_of_fd(struct interpreter *in, int fd)
{
	for (size_t i = 0; i < MAPS_MAX; i++) {
		if (in->maps[i].fd == fd)
			return &in->maps[i];
		if (in->maps[i].fd >= 0)
			continue;
		map_open(in, &in->maps[i], fd);
		return &in->maps[i];
	}
	fail(in, "too many maps");
	return NULL;
}

static void map_close(struct map *map)
{
	if (map->mapped)
		(void)munmap(map->values, map->size);
	else
		free(map->values);
}

/* A register that holds a map holds the address of its struct map. */
static struct map *map_of_register(struct interpreter *in, uint64_t value)
{
	for (size_t i = 0; i < MAPS_MAX; i++)
		if (value == (uintptr_t)&in->maps[i] && in->maps[i].fd >= 0)
			return &in->maps[i];
	fail(in, "no map in the register");
	return NULL;
}

static uint64_t lookup_inner(struct interpreter *in, struct map *map, uint32_t index)
{
	uint32_t id;

	if (index >= map->info.max_entries)
		return 0;
	if (index >= sizeof(map->inner) / sizeof(map->inner[0]))
		fail(in, "map %s has more elements than expected", map->info.name);
	if (!map->inner[index] && bpf_map_lookup_elem(map->fd, &index, &id) == 0)
		map->inner[index] = map_of_fd(in, bpf_map_get_fd_by_id(id));
	return (uintptr_t)map->inner[index];
}

static uint64_t lookup_copy(struct interpreter *in, const struct map *map, const void *key)
{
	uint8_t *copy = in->copies[in->copy_next++ % COPIES_MAX];

	if (map->info.value_size > COPY_BYTES)
		fail(in, "values of map %s are too large", map->info.name);
	return bpf_map_lookup_elem(map->fd, key, copy) ? 0 : (uintptr_t)copy;
}

static uint64_t lookup(struct interpreter *in)
{
	struct map *map = map_of_register(in, in->reg[1]);
	const uint8_t *key = checked(in, in->reg[2], map->info.key_size);
	uint32_t index;

	memcpy(&index, key, sizeof(index));
	if (is_array(map)) {
		in->execution.lookups++;
		return index < map->info.max_entries ? (uintptr_t)(map->values + index * map->stride) : 0;
	}
	if (map->info.type == BPF_MAP_TYPE_ARRAY_OF_MAPS) {
		in->execution.lookups++;
		return lookup_inner(in, map, index);
	}
	in->execution.calls++;
	return lookup_copy(in, map, key);
}

/* ---- instructions ------------------------------------------------------------------------------------------------ */

static void call(struct interpreter *in, const struct bpf_insn *insn)
{
	if (insn->src_reg == BPF_PSEUDO_CALL) {
		if (in->depth + 1 == CALLS_MAX)
			fail(in, "calls are too deep");
		in->execution.calls++;
		in->frames[in->depth].pc = in->pc;
		memcpy(in->frames[in->depth].saved, &in->reg[6], sizeof(in->frames[in->depth].saved));
		in->depth++;
		in->reg[10] = (uintptr_t)in->stack[in->depth] + STACK_BYTES;
		in->pc += (size_t)(int64_t)insn->imm;
		return;
	}
	switch (insn->imm) {
	case BPF_FUNC_map_lookup_elem:
		in->reg[0] = lookup(in);
		break;
	case BPF_FUNC_xdp_get_buff_len:
		in->execution.calls++;
		in->reg[0] = (uint64_t)(in->data_end - in->data);
		break;
	default:
		fail(in, "helper %d is not known here", insn->imm);
	}
}

static uint64_t constant64(struct interpreter *in, const struct bpf_insn *insn)
{
	const struct map *map;

	switch (insn->src_reg) {
	case 0:
		return (uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm;
	case BPF_PSEUDO_MAP_FD:
		return (uintptr_t)map_of_fd(in, insn->imm);
	case BPF_PSEUDO_MAP_VALUE:
		map = map_of_fd(in, insn->imm);
		return (uintptr_t)map->values + (uint32_t)insn[1].imm;
	default:
		fail(in, "constant of kind %u", insn->src_reg);
		return 0;
	}
}

static uint64_t swapped(struct interpreter *in, const struct bpf_insn *insn, uint64_t value)
{
	bool to_big = BPF_SRC(insn->code) == BPF_TO_BE;

	switch (insn->imm) {
	case 16:
		return to_big ? htobe16((uint16_t)value) : htole16((uint16_t)value);
	case 32:
		return to_big ? htobe32((uint32_t)value) : htole32((uint32_t)value);
	case 64:
		return to_big ? htobe64(value) : htole64(value);
	default:
		fail(in, "byte swap of %d bits", insn->imm);
		return 0;
	}
}

/* @bits is 64 or 32; both operands come cut to it, the result goes back so. */
static uint64_t computed(struct interpreter *in, uint8_t code, uint64_t a, uint64_t b, unsigned bits)
{
	uint64_t shift = b & (bits - 1);

	switch (BPF_OP(code)) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return b ? a / b : 0;
	case BPF_MOD:
		return b ? a % b : a;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << shift;
	case BPF_RSH:
		return a >> shift;
	case BPF_ARSH:
		return bits == 64 ? (uint64_t)((int64_t)a >> shift) : (uint64_t)(uint32_t)((int32_t)a >> shift);
	case BPF_NEG:
		return -a;
	case BPF_MOV:
		return b;
	default:
		fail(in, "operation %#x", code);
		return 0;
	}
}

static void compute(struct interpreter *in, const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	uint64_t *target = &in->reg[insn->dst_reg], a = *target;
	uint64_t b = BPF_SRC(insn->code) == BPF_X ? in->reg[insn->src_reg] : (uint64_t)(int64_t)insn->imm;

	if (BPF_OP(insn->code) == BPF_END) {
		*target = swapped(in, insn, a);
		return;
	}
	if (insn->off)
		fail(in, "signed operation %#x", insn->code);
	*target = wide ? computed(in, insn->code, a, b, 64) :
			 (uint32_t)computed(in, insn->code, (uint32_t)a, (uint32_t)b, 32);
}

static bool holds(struct interpreter *in, const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_JMP;
	uint64_t a = in->reg[insn->dst_reg];
	uint64_t b = BPF_SRC(insn->code) == BPF_X ? in->reg[insn->src_reg] : (uint64_t)(int64_t)insn->imm;
	int64_t x = wide ? (int64_t)a : (int32_t)a, y = wide ? (int64_t)b : (int32_t)b;

	if (!wide) {
		a = (uint32_t)a;
		b = (uint32_t)b;
	}
	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		return true;
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSET:
		return a & b;
	case BPF_JSGT:
		return x > y;
	case BPF_JSGE:
		return x >= y;
	case BPF_JSLT:
		return x < y;
	case BPF_JSLE:
		return x <= y;
	default:
		fail(in, "jump %#x", insn->code);
		return false;
	}
}

/* Returns false when the program has ended. */
static bool leave(struct interpreter *in)
{
	if (!in->depth)
		return false;
	in->depth--;
	in->pc = in->frames[in->depth].pc;
	memcpy(&in->reg[6], in->frames[in->depth].saved, sizeof(in->frames[in->depth].saved));
	return true;
}

static bool step(struct interpreter *in)
{
	const struct bpf_insn *insn = &in->code[in->pc];
	size_t size = access_size(insn->code);
	int64_t offset = insn->off;

	in->hits[in->pc++]++;
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		compute(in, insn);
		return true;
	case BPF_LD:
		if (insn->code != (BPF_LD | BPF_IMM | BPF_DW))
			fail(in, "load %#x", insn->code);
		in->reg[insn->dst_reg] = constant64(in, insn);
		in->pc++;
		return true;
	case BPF_LDX:
		if (BPF_MODE(insn->code) != BPF_MEM)
			fail(in, "load %#x", insn->code);
		in->reg[insn->dst_reg] = load(in, in->reg[insn->src_reg] + (uint64_t)offset, size);
		return true;
	case BPF_ST:
		store(in, in->reg[insn->dst_reg] + (uint64_t)offset, size, (uint64_t)(int64_t)insn->imm);
		return true;
	case BPF_STX:
		if (BPF_MODE(insn->code) != BPF_MEM)
			fail(in, "store %#x", insn->code);
		store(in, in->reg[insn->dst_reg] + (uint64_t)offset, size, in->reg[insn->src_reg]);
		return true;
	default:
		break;
	}
	if (insn->code == (BPF_JMP | BPF_CALL))
		call(in, insn);
	else if (insn->code == (BPF_JMP | BPF_EXIT))
		return leave(in);
	else if (holds(in, insn))
		in->pc += (size_t)(insn->code == (BPF_JMP32 | BPF_JA) ? insn->imm : offset);
	return true;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

struct interpreter *interpreter_new(const struct bpf_program *program)
{
	struct interpreter *in = calloc(1, sizeof(*in));

	if (!in)
		abort();
	in->code = bpf_program__insns(program);
	in->count = bpf_program__insn_cnt(program);
	in->hits = calloc(in->count, sizeof(*in->hits));
	if (!in->hits)
		abort();
	for (size_t i = 0; i < MAPS_MAX; i++)
		in->maps[i].fd = -1;
	region_add(in, in->stack, sizeof(in->stack), false);
	region_add(in, in->copies, sizeof(in->copies), true);
	region_add(in, &in->context, sizeof(in->context), false);
	return in;
}

void interpreter_free(struct interpreter *in)
{
	for (size_t i = 0; i < MAPS_MAX; i++) {
		struct map *map = &in->maps[i];

		for (size_t k = 0; k < sizeof(map->inner) / sizeof(map->inner[0]); k++)
			if (map->inner[k])
				close(map->inner[k]->fd);
		if (map->fd >= 0)
			map_close(map);
	}
	free(in->hits);
	free(in);
}

struct execution interpreter_run(struct interpreter *in, uint8_t *frame, size_t length)
{
	size_t regions = in->region_count;
	uint32_t steps = 0;

	in->execution = (struct execution){};
	memset(in->reg, 0, sizeof(in->reg));
	in->pc = in->depth = 0;
	in->data = frame;
	in->data_end = frame + length;
	in->reg[1] = (uintptr_t)&in->context;
	in->reg[10] = (uintptr_t)in->stack[0] + STACK_BYTES;
	/* Maps that are opened on the way add their regions behind the frame's, so its place is taken first. */
	region_add(in, frame, length, false);
	do {
		if (in->pc >= in->count || ++steps > STEPS_MAX)
			fail(in, "the program does not end");
	} while (step(in));
	in->regions[regions] = in->regions[--in->region_count];
	in->execution.action = (uint32_t)in->reg[0];
	in->execution.instructions = steps;
	return in->execution;
}

const void *interpreter_value(const struct interpreter *in, int map_fd, uint32_t index)
{
	for (size_t i = 0; i < MAPS_MAX; i++) {
		const struct map *map = &in->maps[i];

		if (map->fd == map_fd && map->values && index < map->info.max_entries)
			return map->values + index * map->stride;
	}
	return NULL;
}

uint64_t interpreter_hits(const struct interpreter *in, size_t index)
{
	return in->hits[index];
}
