/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of the real program share: may this machine run BPF, and a runner that is there or fails the test. */
#ifndef TESTS_LIB_TESTER_H
#define TESTS_LIB_TESTER_H

#include "dataplane/runner.h"

/* Skips the running cmocka test, with its reason on stderr, where the kernel refuses to load any BPF program. */
void tester_need_bpf(void);

/* Fails the test with the runner's own words where there is none. Free with runner_free(). */
struct runner *tester_runner(const struct profile_set *set, enum vx_role role, enum vx_engine engine);

#endif
