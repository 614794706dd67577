/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An interpreter of a loaded BPF program, to count what a packet costs without a clock. It runs the instructions that
 * libbpf handed to the kernel, on the program's own maps: look-ups in arrays read the kernel's pages, those in tries ask
 * the kernel. What it counts is what the program executes on any machine; the kernel itself runs a few instructions
 * less, since its verifier removes branches on constants.
 */
#ifndef TESTS_LIB_INTERPRETER_H
#define TESTS_LIB_INTERPRETER_H

#include <stddef.h>
#include <stdint.h>

struct bpf_program;
struct interpreter;

/* What one packet took. */
struct execution {
	uint32_t action;       /* that the program returned */
	uint32_t instructions; /* a 64-bit constant is one */
	uint32_t lookups;      /* in arrays, per-CPU arrays and arrays of maps: the JIT inlines them */
	uint32_t calls;	       /* of helpers that leave the program, and of functions of the program */
	uint32_t lines;	       /* distinct cache lines of maps; the frame and the stack are not counted */
};

/* Aborts where it cannot be made; @program is loaded and outlives it. Per-CPU arrays start with zeros. */
struct interpreter *interpreter_new(const struct bpf_program *program);
void interpreter_free(struct interpreter *interpreter);

/*
 * Runs an XDP program on a frame, which it may change. Aborts, with its place and its reason, on an access outside of
 * frame, stack and maps, and on what it does not know: then the program has learned something and this must follow.
 */
struct execution interpreter_run(struct interpreter *interpreter, uint8_t *frame, size_t length);

/* An element of an array that the program has used, as the interpreter sees it; NULL where there is none. */
const void *interpreter_value(const struct interpreter *interpreter, int map_fd, uint32_t index);

/* How often the instruction at @index was executed so far. */
uint64_t interpreter_hits(const struct interpreter *interpreter, size_t index);

#endif
