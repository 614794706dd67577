/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that is given back all at once: a parsed profile set is thousands of small objects with one lifetime. */
#ifndef VOXDP_LIB_ARENA_H
#define VOXDP_LIB_ARENA_H

#include <stddef.h>

struct arena;

/* Returns 0 or -ENOMEM. Free with arena_free(), which takes NULL. */
int arena_new(struct arena **ret);
void arena_free(struct arena *arena);
void arena_freep(struct arena **arena);

/* Zeroed memory, aligned for any type; lives until arena_free(). NULL: out of memory. */
void *arena_alloc(struct arena *arena, size_t bytes);
/* A NUL-terminated copy of @length bytes. */
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
