/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A place where a test may attach and pin: network and mount namespaces of its own, a BPF file system, interfaces. All
 * of it goes with the process.
 */
#ifndef TESTS_LIB_SANDBOX_H
#define TESTS_LIB_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* Enters once; later calls find it done. Skips the running cmocka test, with its reason, where that is not possible. */
void sandbox_enter(void);

/* The mounted BPF file system, and a directory on it for --state that does not exist yet. */
const char *sandbox_bpffs(void);
const char *sandbox_state(void);

/* Makes a pair of veth interfaces, NAME and NAME-far, both up. Returns NAME's index. */
uint32_t sandbox_veth(const char *name);
void sandbox_remove_link(const char *name);

/* Is there nothing below the state directory, and not the directory itself? */
bool sandbox_is_clean(void);

#endif
