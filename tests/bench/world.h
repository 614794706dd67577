/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where live traffic may run: namespaces of our own without an uplink, which go with the process, and the commands that
 * fill them.
 */
#ifndef TESTS_BENCH_WORLD_H
#define TESTS_BENCH_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/failure.h"

/* Enters network and mount namespaces with a BPF file system, once. */
int world_enter(struct failure *failure);

/* Makes a veth pair NAME and NAME-far, both up, that takes the frames of struct traffic as its own. */
int world_veth(const char *name, uint32_t *ret_ifindex, struct failure *failure);

/* Is the program in the path? */
bool world_has(const char *program);

/* Runs a command of the shell; its output is in the failure where it fails. */
int world_run(struct failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first number behind @marker in what a command prints. -ENOENT: it is not there. */
int world_number(uint64_t *ret, struct failure *failure, const char *marker, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
