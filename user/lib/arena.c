/* SPDX-License-Identifier: BSD-2-Clause */
/* A list of chunks that are handed out from front to back. Large objects get a chunk of their own. */
#include "lib/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (64 * 1024)
#define LARGE_BYTES (CHUNK_BYTES / 4)

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct chunk *chunks; /* the first one is being filled; NULL: none yet */
};

int arena_new(struct arena **ret)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		return -ENOMEM;
	*ret = arena;
	return 0;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	while (arena->chunks) {
		struct chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		free(chunk);
	}
	free(arena);
}

void arena_freep(struct arena **arena)
{
	arena_free(*arena);
}

static struct chunk *chunk_new(size_t size)
{
	struct chunk *chunk = calloc(1, sizeof(*chunk) + size);

	if (chunk)
		chunk->size = size;
	return chunk;
}

/* Goes behind the chunk that is being filled, whose room stays in use. */
static void *large_alloc(struct arena *arena, size_t bytes)
{
	struct chunk *chunk = chunk_new(bytes);

	if (!chunk)
		return NULL;
	chunk->used = bytes;
	if (arena->chunks) {
		chunk->next = arena->chunks->next;
		arena->chunks->next = chunk;
	} else {
		arena->chunks = chunk;
	}
	return chunk->bytes;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	const size_t align = _Alignof(max_align_t);
	struct chunk *chunk = arena->chunks;
	void *p;

	if (bytes > PTRDIFF_MAX - sizeof(*chunk) - align)
		return NULL;
	bytes = (bytes + align - 1) / align * align;
	if (bytes >= LARGE_BYTES)
		return large_alloc(arena, bytes);
	if (!chunk || chunk->size - chunk->used < bytes) {
		chunk = chunk_new(CHUNK_BYTES);
		if (!chunk)
			return NULL;
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	p = chunk->bytes + chunk->used;
	chunk->used += bytes;
	return p;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = length < SIZE_MAX ? arena_alloc(arena, length + 1) : NULL;

	if (copy)
		memcpy(copy, text, length); /* the memory is zeroed: the NUL is there */
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		return NULL;
	text = arena_alloc(arena, (size_t)length + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	(void)vsnprintf(text, (size_t)length + 1, format, args); /* the length was measured above */
	va_end(args);
	return text;
}
