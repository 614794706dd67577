/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs are read by copies where their loader lacks CAP_PERFMON (bpf/copied.bpf.c). Gives it up for a while, with
 * CAP_SYS_ADMIN, which the kernel takes for it.
 */
#ifndef TESTS_LIB_PERFMON_H
#define TESTS_LIB_PERFMON_H

#include <stdbool.h>
#include <stdint.h>

/* Of the calling thread. Returns false where it cannot be done; @ret_before is for perfmon_restore(). */
bool perfmon_give_up(uint64_t *ret_before);
void perfmon_restore(uint64_t before);

#endif
