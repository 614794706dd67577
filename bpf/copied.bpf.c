// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The program for a loader that has CAP_BPF and CAP_NET_ADMIN but not CAP_PERFMON. To such a one the kernel allows no
 * arithmetic with packet pointers, so this one reads frames by copies only. Much slower, since the kernel then also puts a
 * barrier behind each store that a processor may run ahead of, and otherwise the same: it says and counts what
 * voxdp.bpf.c does.
 */
#define VX_COPIED 1
#include "bpf/voxdp.bpf.c"
