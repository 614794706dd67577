/* SPDX-License-Identifier: BSD-2-Clause */
/* What this process may do, what this kernel can, and why it said no. */
#ifndef VOXDP_DATAPLANE_KERNEL_H
#define VOXDP_DATAPLANE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include <voxdp/names.h>

#include "lib/failure.h"

/*
 * Are the capabilities there that loading, attaching and reading need: CAP_BPF and CAP_NET_ADMIN? Returns 0, or
 * -EPERM and @failure, which names what is missing. Also silences libbpf and libxdp: what they say is kept for
 * kernel_failure(). Call it before anything else of this layer.
 */
int kernel_check_permitted(struct failure *failure);

/* Is a capability (CAP_*) effective in this process? */
bool kernel_has_capability(unsigned capability);

/* How a program that this process loads has to read frames: by copies where CAP_PERFMON is missing. */
enum vx_reading kernel_reading(void);

/* What a program needs beyond plain BPF and the kernel lacks, in the words of its documentation; NULL: nothing. */
const char *kernel_missing_feature(void);

/* Does it translate programs into machine code? */
bool kernel_compiles(void);

/*
 * Can programs share an interface through libxdp's dispatcher? It needs BPF extension programs, and looks BTF up by
 * id, for which the kernel wants CAP_SYS_ADMIN. @ret_why (may be NULL) says why not, a constant text.
 */
bool kernel_can_dispatch(const char **ret_why);

/*
 * Fills @failure with @format and errno's text; on EPERM with the capability that is missing and exit code 5. The last
 * line that libbpf or libxdp said is added where there is one. Returns -@error.
 */
int kernel_failure(struct failure *failure, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As kernel_failure(), for a program that did not load: exit code 7, with the feature that the kernel lacks. */
int kernel_load_failure(struct failure *failure, int error);

/* Has the verifier refused a program since kernel_words_clear()? For libxdp, which hands on other errors instead. */
bool kernel_verifier_refused(void);

/* Forgets what the libraries said so far; call before an operation whose words matter. */
void kernel_words_clear(void);

/* CLOCK_REALTIME */
uint64_t kernel_now_ns(void);
/* CLOCK_BOOTTIME: nobody sets it, and it goes on while the machine sleeps. */
uint64_t kernel_boottime_ns(void);

/* The pseudo file of a BPF fd: is it a map, a program, a link? */
enum kernel_object { KERNEL_MAP, KERNEL_PROG, KERNEL_LINK };
bool kernel_fd_is(int fd, enum kernel_object kind);

#endif
