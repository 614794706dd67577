/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that only the measurements need: ones that do nothing, and a twin of voxdp that drops what it has judged. */
#ifndef TESTS_BENCH_PROGRAMS_H
#define TESTS_BENCH_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/subject.h"
#include "lib/failure.h"

/* A program that returns @action. @frags as in frontend_new(). */
int program_returning(uint32_t action, bool frags, int *ret, struct failure *failure);
/* A program that sends everything to an interface. */
int program_redirecting(uint32_t ifindex, int *ret, struct failure *failure);

/*
 * voxdp passes whatever it sees to the stack, which costs many times what is to be measured. The twin is the same
 * program with one constant changed: it returns XDP_DROP. Free with program_free().
 */
int program_twin(const struct subject *subject, enum vx_role role, enum vx_engine engine, struct program **ret,
		 struct failure *failure);

#endif
