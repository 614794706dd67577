/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills a trie, reads it back whole, hands it to the outer map. */
#include "dataplane/trie.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "dataplane/kernel.h"
#include "lib/cleanup.h"

/*
 * An insert allocates without sleeping and fails under momentary pressure. So often, so long apart, it is tried again:
 * a second at most for the whole trie to find memory.
 */
#define INSERT_TRIES 100
#define INSERT_PAUSE_NS 10000000

/* Entries in one batch read. */
#define BATCH_ENTRIES 1024

/* Either key, as bytes: length first, then the address. */
union trie_key {
	struct vx_lpm4_key v4;
	struct vx_lpm6_key v6;
};

static size_t key_size(enum trie_family family)
{
	return family == TRIE_4 ? sizeof(struct vx_lpm4_key) : sizeof(struct vx_lpm6_key);
}

static size_t address_size(enum trie_family family)
{
	return family == TRIE_4 ? 4 : 16;
}

static void key_from_prefix(enum trie_family family, const struct prefix *prefix, union trie_key *ret)
{
	*ret = (union trie_key){};
	ret->v4.prefixlen = prefix->length;
	memcpy((uint8_t *)ret + sizeof(uint32_t), prefix->addr.bytes, address_size(family));
}

static void prefix_from_key(enum trie_family family, const uint8_t *key, struct prefix *ret)
{
	uint32_t length;

	memcpy(&length, key, sizeof(length));
	*ret = (struct prefix){ .addr = { .family = family == TRIE_4 ? 4 : 6 }, .length = (uint8_t)length };
	memcpy(ret->addr.bytes, key + sizeof(length), address_size(family));
}

static int trie_insert(int fd, const union trie_key *key, uint32_t addr_class, unsigned *tries)
{
	const struct timespec pause = { .tv_nsec = INSERT_PAUSE_NS };

	while (bpf_map_update_elem(fd, key, &addr_class, BPF_NOEXIST)) {
		if (errno != ENOMEM || !*tries)
			return -errno;
		(*tries)--;
		(void)nanosleep(&pause, NULL); /* shorter by a signal is fine too */
	}
	return 0;
}

static int trie_fill(int fd, enum trie_family family, const struct class_prefix *prefixes, uint32_t count,
		     struct failure *failure)
{
	char text[PREFIX_TEXT_MAX];
	unsigned tries = INSERT_TRIES;
	union trie_key key;

	for (uint32_t i = 0; i < count; i++) {
		int error;

		key_from_prefix(family, &prefixes[i].prefix, &key);
		error = trie_insert(fd, &key, prefixes[i].addr_class, &tries);
		if (error) {
			prefix_format(&prefixes[i].prefix, text);
			return kernel_failure(failure, -error, "cannot put prefix %s (%u of %u) into its trie", text,
					      i + 1, count);
		}
	}
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	return prefix_compare(&((const struct class_prefix *)a)->prefix, &((const struct class_prefix *)b)->prefix);
}

/* Reads all entries, in the kernel's order. @ret has room for @max; more than that is an error. */
static int trie_read(int fd, enum trie_family family, struct class_prefix *ret, uint32_t max, uint32_t *ret_count,
		     struct failure *failure)
{
	CLEANUP_FREE uint8_t *keys = calloc(BATCH_ENTRIES, sizeof(union trie_key));
	CLEANUP_FREE uint32_t *values = calloc(BATCH_ENTRIES, sizeof(*values));
	union trie_key next;
	uint32_t done = 0;
	bool more = true;

	if (!keys || !values)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	while (more) {
		uint32_t count = BATCH_ENTRIES;

		if (bpf_map_lookup_batch(fd, done ? &next : NULL, &next, keys, values, &count, NULL)) {
			if (errno != ENOENT)
				return kernel_failure(failure, errno, "cannot read a trie back");
			more = false; /* that was the last batch */
		}
		if (count > max - done)
			return failure_set(failure, VX_EXIT_FAILED, EIO,
					   "a trie reads back larger than it was written");
		for (uint32_t i = 0; i < count; i++) {
			prefix_from_key(family, keys + i * key_size(family), &ret[done + i].prefix);
			ret[done + i].addr_class = values[i];
		}
		done += count;
	}
	*ret_count = done;
	return 0;
}

static int trie_verify(int fd, enum trie_family family, const struct class_prefix *prefixes, uint32_t count,
		       struct failure *failure)
{
	CLEANUP_FREE struct class_prefix *back = calloc(count + 1, sizeof(*back));
	char text[PREFIX_TEXT_MAX];
	uint32_t found = 0;
	int error;

	if (!back)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	error = trie_read(fd, family, back, count, &found, failure);
	if (error)
		return error;
	if (found != count)
		return failure_set(failure, VX_EXIT_FAILED, EIO, "a trie reads back with %u prefixes of %u", found,
				   count);
	qsort(back, count, sizeof(*back), compare_entries);
	for (uint32_t i = 0; i < count; i++) {
		if (compare_entries(&back[i], &prefixes[i]) == 0 && back[i].addr_class == prefixes[i].addr_class)
			continue;
		prefix_format(&prefixes[i].prefix, text);
		return failure_set(failure, VX_EXIT_FAILED, EIO, "prefix %s reads back differently", text);
	}
	return 0;
}

#define KEY_STRUCT "vx_prefix"
#define KEY_WORD "unsigned int"

static void btf_freep(struct btf **btf)
{
	btf__free(*btf);
}

/*
 * Describes key and value, so that `bpftool map dump` prints prefixes instead of hex. The object's own types do not
 * serve: its address is one big-endian word, which reads backwards. Without BTF a trie works all the same.
 */
static struct btf *trie_btf(enum trie_family family)
{
	CLEANUP(btf_freep) struct btf *btf = btf__new_empty();
	int word, byte, address, key;

	if (!btf)
		return NULL;
	word = btf__add_int(btf, KEY_WORD, 4, 0);
	byte = btf__add_int(btf, "unsigned char", 1, 0);
	address = btf__add_array(btf, word, byte, (uint32_t)address_size(family));
	key = btf__add_struct(btf, KEY_STRUCT, (uint32_t)key_size(family));
	if (key < 0 || btf__add_field(btf, "prefixlen", word, 0, 0) || btf__add_field(btf, "addr", address, 32, 0) ||
	    btf__load_into_kernel(btf))
		return NULL;
	return TAKE_PTR(btf);
}

static int trie_create(const struct maps *maps, enum trie_family family, uint32_t half, int *ret,
		       struct failure *failure)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);
	CLEANUP(btf_freep) struct btf *btf = trie_btf(family);
	uint32_t capacity = family == TRIE_4 ? maps->capacity.prefixes4 : maps->capacity.prefixes6;
	char name[BPF_OBJ_NAME_LEN];
	int fd;

	if (btf) {
		opts.btf_fd = (uint32_t)btf__fd(btf);
		opts.btf_key_type_id = (uint32_t)btf__find_by_name(btf, KEY_STRUCT);
		opts.btf_value_type_id = (uint32_t)btf__find_by_name(btf, KEY_WORD);
	}
	(void)snprintf(name, sizeof(name), "vx_lpm%u_half%u", family == TRIE_4 ? 4U : 6U, half & 1);
	fd = bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, name, (uint32_t)key_size(family), sizeof(uint32_t), capacity, &opts);
	if (fd < 0)
		return kernel_failure(failure, errno, "cannot make a trie of %u prefixes", capacity);
	*ret = fd;
	return 0;
}

static enum shared_map outer_of(enum trie_family family)
{
	return family == TRIE_4 ? MAP_LPM4 : MAP_LPM6;
}

/*
 * Puts the trie where programs and people find it: under a name of its own, then into the outer map, then over the old
 * pin. Whenever this is cut short, the outer map's trie has a pin or the half is not live.
 */
static int trie_publish(struct maps *maps, enum trie_family family, uint32_t half, int fd, struct failure *failure)
{
	char staged[STATE_PATH_MAX], final[STATE_PATH_MAX];
	enum shared_map outer = outer_of(family);
	int error = 0;

	if (maps->state) {
		maps_trie_path(maps->state, family, half, true, staged);
		maps_trie_path(maps->state, family, half, false, final);
		error = pin_remove(staged, failure); /* of a writer that was killed */
		if (!error)
			error = pin_make(fd, staged, failure);
	}
	if (error)
		return error;
	if (bpf_map_update_elem(maps->fd[outer], &half, &fd, BPF_ANY))
		error = kernel_failure(failure, errno, "cannot put a trie into map %s", maps_name(outer));
	else if (maps->state && rename(staged, final))
		error = kernel_failure(failure, errno, "cannot rename pin %s", staged);
	if (error && maps->state)
		(void)unlink(staged); /* the failure is told already */
	return error;
}

int trie_stage(struct maps *maps, enum trie_family family, uint32_t half, const struct class_prefix *prefixes,
	       uint32_t count, struct failure *failure)
{
	CLEANUP_CLOSE int fd = -1;
	int error = trie_create(maps, family, half, &fd, failure);

	if (!error)
		error = trie_fill(fd, family, prefixes, count, failure);
	if (!error)
		error = trie_verify(fd, family, prefixes, count, failure);
	if (!error)
		error = trie_publish(maps, family, half, fd, failure);
	if (error)
		return error;
	cleanup_closep(&maps->trie[family][half]);
	maps->trie[family][half] = TAKE_FD(fd);
	return 0;
}

int trie_drop(struct maps *maps, enum trie_family family, uint32_t half, struct failure *failure)
{
	enum shared_map outer = outer_of(family);
	char path[STATE_PATH_MAX];
	uint32_t id;
	int error = 0;

	if (!bpf_map_lookup_elem(maps->fd[outer], &half, &id) && bpf_map_delete_elem(maps->fd[outer], &half))
		return kernel_failure(failure, errno, "cannot take a trie out of map %s", maps_name(outer));
	for (int staged = 0; staged < 2 && maps->state && !error; staged++) {
		maps_trie_path(maps->state, family, half, staged, path);
		error = pin_remove(path, failure);
	}
	if (!error)
		cleanup_closep(&maps->trie[family][half]);
	return error;
}
