/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The compiled-in BPF objects: opened, given their maps and constants, loaded. There are two, which differ in how they
 * read frames (bpf/copied.bpf.c); what this process may do decides which one is used. The only place that sees the
 * skeletons.
 */
#ifndef VOXDP_DATAPLANE_PROGRAM_H
#define VOXDP_DATAPLANE_PROGRAM_H

#include <voxdp/abi.h>

#include "dataplane/counters.h"
#include "dataplane/maps.h"
#include "lib/failure.h"

struct bpf_object;

#define PROGRAM_NAME "voxdp"
#define PROGRAM_SECTION "xdp.frags"

/* Opens the object as it was compiled: declarations only, nothing is made in the kernel. */
struct program;
int program_new(struct program **ret, struct failure *failure);
void program_free(struct program *program);
void program_freep(struct program **program);
struct bpf_object *program_object(struct program *program);
enum vx_reading program_reading(const struct program *program);
/* What a program that this process opens looks addresses up by: one that reads by copies has engine lpm alone. */
enum vx_engine program_engine(enum vx_engine asked);

/*
 * Opens the object on shared maps: @config, with the capacity of @maps, becomes the program's constants.
 * See program_engine() for the engine that it has then.
 */
int program_open(const struct maps *maps, const struct vx_config *config, struct program **ret,
		 struct failure *failure);
/* Creates the device's own maps and has the kernel verify the program. */
int program_load(struct program *program, struct failure *failure);

/* Valid once loaded (by whomever). */
int program_fd(const struct program *program);
/* The fd of a map of the loaded object; -1: it has none of that name. */
int program_map_fd(const struct program *program, const char *name);
/* What it counts into; the fds stay the program's. */
struct counter_maps program_counter_maps(const struct program *program);

#endif
