/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shortcuts: what the tables say of most packets, worked out beforehand. For a class of addresses, a transport and a kind of
 * evidence the widest boxes of remote and local ports that have one verdict, where the packet's other end is nobody's.
 */
#ifndef VOXDP_COMPILE_SHORTCUTS_H
#define VOXDP_COMPILE_SHORTCUTS_H

#include "compile/tables.h"

/* Of each class of @tables, whose other tables are whole. Returns 0 and @ret, which the caller frees, or -ENOMEM. */
int shortcuts_build(const struct tables *tables, struct vx_class_shortcuts **ret);

#endif
