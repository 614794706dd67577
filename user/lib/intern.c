/* SPDX-License-Identifier: BSD-2-Clause */
/* Open addressing with linear probing; the hash is kept, so that growing and most comparisons never touch the runs. */
#include "lib/intern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 64

void intern_fini(struct intern *intern)
{
	free(intern->bytes);
	free(intern->entries);
	free(intern->buckets);
	memset(intern, 0, sizeof(*intern));
}

static uint64_t hash_run(const uint8_t *run, size_t length)
{
	uint64_t hash = 0x9e3779b97f4a7c15ULL ^ length, word;

	for (; length >= sizeof(word); run += sizeof(word), length -= sizeof(word)) {
		memcpy(&word, run, sizeof(word));
		hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
		hash ^= hash >> 32;
	}
	for (; length; run++, length--)
		hash = (hash ^ *run) * 0x100000001b3ULL;
	return hash ^ hash >> 29;
}

static void *grown(void *array, size_t *capacity, size_t needed, size_t item_size)
{
	size_t larger = *capacity ? *capacity : 64;
	void *moved;

	while (larger < needed)
		larger *= 2;
	if (larger == *capacity)
		return array;
	moved = reallocarray(array, larger, item_size);
	if (moved)
		*capacity = larger;
	return moved;
}

static size_t bucket_free(const uint32_t *buckets, size_t bucket_count, uint64_t hash)
{
	size_t i = hash & (bucket_count - 1);

	while (buckets[i])
		i = (i + 1) & (bucket_count - 1);
	return i;
}

static int grow_buckets(struct intern *intern)
{
	size_t bucket_count = intern->bucket_count ? intern->bucket_count * 2 : BUCKETS_FIRST;
	uint32_t *buckets = calloc(bucket_count, sizeof(*buckets));

	if (!buckets)
		return -ENOMEM;
	for (size_t id = 0; id < intern->count; id++)
		buckets[bucket_free(buckets, bucket_count, intern->entries[id].hash)] = (uint32_t)id + 1;
	free(intern->buckets);
	intern->buckets = buckets;
	intern->bucket_count = bucket_count;
	return 0;
}

static int find(const struct intern *intern, const void *run, size_t length, uint64_t hash, uint32_t *ret_id)
{
	if (!intern->bucket_count)
		return -ENOENT;
	for (size_t i = hash & (intern->bucket_count - 1); intern->buckets[i];
	     i = (i + 1) & (intern->bucket_count - 1)) {
		const struct intern_entry *entry = &intern->entries[intern->buckets[i] - 1];

		if (entry->hash == hash && entry->length == length &&
		    (!length || !memcmp(intern->bytes + entry->offset, run, length))) {
			*ret_id = intern->buckets[i] - 1;
			return 0;
		}
	}
	return -ENOENT;
}

static int make_room(struct intern *intern, size_t length)
{
	uint8_t *bytes = grown(intern->bytes, &intern->capacity, intern->used + length, 1);
	struct intern_entry *entries;

	if (!bytes)
		return -ENOMEM;
	intern->bytes = bytes;
	entries = grown(intern->entries, &intern->entry_capacity, intern->count + 1, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	intern->entries = entries;
	/* At most half full, so that a probe stays short. */
	return intern->count * 2 >= intern->bucket_count ? grow_buckets(intern) : 0;
}

int intern_put(struct intern *intern, const void *run, size_t length, uint32_t *ret_id)
{
	uint64_t hash = hash_run(run, length);
	int err;

	if (!find(intern, run, length, hash, ret_id))
		return 0;
	err = make_room(intern, length);
	if (err)
		return err;
	if (length)
		memcpy(intern->bytes + intern->used, run, length);
	intern->entries[intern->count] =
		(struct intern_entry){ .offset = intern->used, .length = length, .hash = hash };
	intern->used += length;
	intern->buckets[bucket_free(intern->buckets, intern->bucket_count, hash)] = (uint32_t)intern->count + 1;
	*ret_id = (uint32_t)intern->count++;
	return 0;
}

int intern_find(const struct intern *intern, const void *run, size_t length, uint32_t *ret_id)
{
	return find(intern, run, length, hash_run(run, length), ret_id);
}

const void *intern_get(const struct intern *intern, uint32_t id)
{
	return intern->bytes + intern->entries[id].offset;
}

void *intern_take(struct intern *intern)
{
	void *bytes = intern->bytes;

	intern->bytes = NULL;
	intern_fini(intern);
	return bytes;
}
