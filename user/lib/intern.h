/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Equal things kept once. Each put copies a run of bytes behind the others unless an equal run is there already; so
 * that with runs of one size the storage is a table, and with runs of several sizes a packed array of them.
 */
#ifndef VOXDP_LIB_INTERN_H
#define VOXDP_LIB_INTERN_H

#include <stddef.h>
#include <stdint.h>

struct intern_entry {
	size_t offset, length; /* bytes, within struct intern.bytes */
	uint64_t hash;
};

struct intern {
	uint8_t *bytes; /* owned; moves when something is put */
	size_t used, capacity;
	struct intern_entry *entries; /* by id, in the order of their first put */
	size_t count, entry_capacity;
	uint32_t *buckets; /* id + 1; 0: empty */
	size_t bucket_count;
};

/* All zero is an empty one. */
void intern_fini(struct intern *intern);
/* Returns 0 and the id of the run equal to @run, or -ENOMEM. @length may be 0. */
int intern_put(struct intern *intern, const void *run, size_t length, uint32_t *ret_id);
/* The same without putting anything. -ENOENT: there is no such run. */
int intern_find(const struct intern *intern, const void *run, size_t length, uint32_t *ret_id);
/* Valid until the next put. */
const void *intern_get(const struct intern *intern, uint32_t id);
/* Hands the storage over; the caller frees it. */
void *intern_take(struct intern *intern);

#endif
