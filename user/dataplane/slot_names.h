/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of counter slots in the kernel. A name is there before the generation that uses it is live, and stays when
 * none does any more, with its counters, until `voxdp gc` frees it. Which names are live is told by the half that
 * is: a stage that fails leaves names behind, no harm.
 */
#ifndef VOXDP_DATAPLANE_SLOT_NAMES_H
#define VOXDP_DATAPLANE_SLOT_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "compile/tables.h"
#include "dataplane/maps.h"
#include "lib/failure.h"

/* The names as the kernel has them; `retired` is what the live half does not name. Free with slots_fini(). */
int slots_read(const struct maps *maps, struct slots *ret, struct failure *failure);

/* Writes the names and reads them back by system call. */
int slots_write(const struct maps *maps, const struct slots *slots, struct failure *failure);

/* A byte a slot of the capacity, 1 where @slots has a name that is not retired. NULL: out of memory. */
uint8_t *slots_named(const struct maps *maps, const struct slots *slots);

/* Does the generation in @half name a slot that @slots says is retired? */
bool slots_retired_named(const struct maps *maps, uint32_t half, const struct slots *slots);

#endif
