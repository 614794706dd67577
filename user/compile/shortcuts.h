/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shortcuts: what the tables say of most packets, worked out beforehand. For a class of addresses, a transport and a kind of
 * evidence the widest boxes of remote and local ports that have one verdict, where the packet's other end is nobody's.
 */
#ifndef VOXDP_COMPILE_SHORTCUTS_H
#define VOXDP_COMPILE_SHORTCUTS_H

#include "compile/tables.h"

/* Adds those of each class, and what they say of nobody, to @tables, which are whole but for them. Returns 0 or -ENOMEM. */
int shortcuts_build(struct tables *tables);

#endif
