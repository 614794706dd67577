/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Completes the instructions of the entry program, where its constants and the addresses of its tables are operands and not
 * loads: the packet path is as long as its chain of loads. What stands for them is told beside struct vx_config in voxdp/abi.h.
 */
#ifndef VOXDP_DATAPLANE_PATCH_H
#define VOXDP_DATAPLANE_PATCH_H

#include <voxdp/abi.h>

#include "lib/failure.h"

struct bpf_program;

/*
 * @maps: descriptors by enum vx_patch_map, which must stay open until the program is loaded. Returns 0; -EINVAL where
 * the program asks for what there is not; or -ENOMEM.
 */
int program_patch(struct bpf_program *program, const struct vx_config *config, const int maps[_VX_PATCH_MAP_MAX],
		  struct failure *failure);

#endif
