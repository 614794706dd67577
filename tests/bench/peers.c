/* SPDX-License-Identifier: BSD-2-Clause */
/* By their own commands, and their counters read back. */
#include "peers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "lib/cleanup.h"
#include "world.h"

static const struct {
	const char *word, *device, *needs, *package;
} kinds[] = {
	[PEER_NFT_CHAIN] = { "nft-ingress-chain", "nft-chain", "nft", "nftables" },
	[PEER_NFT_SET] = { "nft-ingress-set", "nft-set", "nft", "nftables" },
	[PEER_IPTABLES] = { "iptables-raw", "iptables", "iptables", "iptables" },
	[PEER_IPSET] = { "ipset", "ipset", "iptables && command -v ipset", "ipset, iptables" },
	[PEER_XDP_FILTER] = { "xdp-filter", "xdp-filter", "xdp-filter", "xdp-tools" },
};
_Static_assert(ARRAY_SIZE(kinds) == _PEER_MAX, "every peer has its row");

const char *peer_word(enum peer_kind kind)
{
	return kinds[kind].word;
}

static double seconds_since(const struct timespec *started)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - started->tv_sec) + (double)(now.tv_nsec - started->tv_nsec) / 1e9;
}

/* ---- sets of prefixes -------------------------------------------------------------------------------------------- */

/* Writes each IPv4 prefix between @before and @after. */
static void prefixes_write(FILE *out, const struct profile_set *set, const char *before, const char *after)
{
	char text[PREFIX_TEXT_MAX];

	for (size_t v = 0; v < set->vendor_count; v++)
		for (size_t s = 0; s < set->vendors[v].range_set_count; s++) {
			const struct range_set *ranges = set->vendors[v].range_sets[s];

			for (size_t r = 0; r < ranges->range_count; r++) {
				if (ranges->ranges[r].prefix.addr.family != 4)
					continue;
				prefix_format(&ranges->ranges[r].prefix, text);
				fprintf(out, "%s%s%s", before, text, after);
			}
		}
}

static int script_open(char path[32], FILE **ret, struct failure *failure)
{
	int fd;

	strcpy(path, "/tmp/bench.XXXXXX");
	fd = mkstemp(path);
	*ret = fd < 0 ? NULL : fdopen(fd, "w");
	return *ret ? 0 : failure_set(failure, VX_EXIT_FAILED, errno, "%s: %s", path, strerror(errno));
}

static int timed(struct peer *peer, const char *path, const char *command, struct failure *failure)
{
	struct timespec started;
	int error;

	(void)clock_gettime(CLOCK_MONOTONIC, &started);
	error = world_run(failure, "%s %s", command, path);
	peer->load_seconds = seconds_since(&started);
	(void)unlink(path);
	return error;
}

static int nft_open(struct peer *peer, const struct profile_set *set, struct failure *failure)
{
	bool with_set = peer->kind == PEER_NFT_SET;
	char path[32];
	FILE *script;
	int error = script_open(path, &script, failure);

	if (error)
		return error;
	fprintf(script, "table netdev %s {\ncounter found { }\n", peer->device);
	if (with_set) {
		fprintf(script, "set s { type ipv4_addr; flags interval; elements = {\n");
		prefixes_write(script, set, "", ",\n");
		fprintf(script, "} }\n");
	}
	fprintf(script,
		"chain c { type filter hook ingress device %s priority 0; policy accept; %scounter name found drop; }\n}\n",
		peer->device, with_set ? "ip saddr @s " : "");
	error = fclose(script) ? failure_set(failure, VX_EXIT_FAILED, errno, "%s: %s", path, strerror(errno)) : 0;
	return error ? error : timed(peer, path, "nft -f", failure);
}

static int ipset_open(struct peer *peer, const struct profile_set *set, struct failure *failure)
{
	char path[32], before[32];
	FILE *script;
	int error;

	if (peer->kind == PEER_IPTABLES)
		return world_run(failure, "iptables -t raw -A PREROUTING -i %s -j DROP", peer->device);
	error = script_open(path, &script, failure);
	if (error)
		return error;
	(void)snprintf(before, sizeof(before), "add %s ", peer->device);
	fprintf(script, "create %s hash:net maxelem 2000000\n", peer->device);
	prefixes_write(script, set, before, "\n");
	error = fclose(script) ? failure_set(failure, VX_EXIT_FAILED, errno, "%s: %s", path, strerror(errno)) : 0;
	if (!error)
		error = timed(peer, path, "ipset restore -file", failure);
	if (!error)
		error = world_run(failure, "iptables -t raw -A PREROUTING -i %s -m set --match-set %s src -j DROP",
				  peer->device, peer->device);
	return error;
}

/* ---- xdp-filter -------------------------------------------------------------------------------------------------- */

static int map_of_name(int prog, const char *name)
{
	struct bpf_prog_info info = {};
	uint32_t ids[16], size = sizeof(info);

	info.map_ids = (uint64_t)(uintptr_t)ids;
	info.nr_map_ids = ARRAY_SIZE(ids);
	if (bpf_obj_get_info_by_fd(prog, &info, &size))
		return -1;
	for (uint32_t i = 0; i < info.nr_map_ids && i < ARRAY_SIZE(ids); i++) {
		struct bpf_map_info map = {};
		int fd = bpf_map_get_fd_by_id(ids[i]);

		size = sizeof(map);
		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &map, &size) && strncmp(map.name, name, 15) == 0)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -1;
}

static uint32_t remote_of(const struct traffic *traffic, uint32_t flow)
{
	return (uint32_t)traffic->heads[flow].word[2]; /* as it lies in the frame: source, then destination */
}

/* The first address by its own command; the others get the same value, which takes a system call and not a process. */
static int filter_fill(int filter, const struct traffic *traffic, uint32_t addresses, struct failure *failure)
{
	uint64_t value[1024];
	uint32_t first = remote_of(traffic, 0);
	const uint8_t *bytes = (const uint8_t *)&first;
	int error;

	if (libbpf_num_possible_cpus() > (int)ARRAY_SIZE(value))
		return failure_set(failure, VX_EXIT_FAILED, E2BIG, "too many CPUs");
	error = world_run(failure, "xdp-filter ip -m src %u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
	if (error)
		return error;
	if (bpf_map_lookup_elem(filter, &first, value))
		return failure_set(failure, VX_EXIT_FAILED, errno, "xdp-filter has not stored the address");
	for (uint32_t i = 1; i < addresses; i++) {
		uint32_t address = remote_of(traffic, i);

		if (bpf_map_update_elem(filter, &address, value, BPF_ANY))
			return failure_set(failure, VX_EXIT_FAILED, errno, "xdp-filter takes no %u addresses",
					   addresses);
	}
	return 0;
}

static int filter_open(struct peer *peer, const struct traffic *traffic, uint32_t addresses, struct failure *failure)
{
	CLEANUP_CLOSE int filter = -1;
	uint32_t id = 0;
	int error;

	/* One that ran before has left its addresses in the table that all interfaces share. */
	(void)world_run(failure, "xdp-filter unload --all");
	error = world_run(failure, "xdp-filter load -f ipv4 -p allow %s", peer->device);

	if (error)
		return error;
	if (bpf_xdp_query_id((int)peer->ifindex, 0, &id) == 0)
		peer->prog = bpf_prog_get_fd_by_id(id);
	if (peer->prog >= 0) {
		filter = map_of_name(peer->prog, "filter_ipv4");
		peer->stats = map_of_name(peer->prog, "xdp_stats_map");
	}
	if (filter < 0 || peer->stats < 0)
		return failure_set(failure, VX_EXIT_FAILED, ENOENT, "xdp-filter runs without its maps");
	return filter_fill(filter, traffic, addresses, failure);
}

/* Records of an action: packets, bytes. */
static int filter_counted(const struct peer *peer, uint64_t *ret, struct failure *failure)
{
	uint64_t records[1024][2];
	uint32_t action = XDP_DROP;

	if (bpf_map_lookup_elem(peer->stats, &action, records))
		return failure_set(failure, VX_EXIT_FAILED, errno, "cannot read what xdp-filter has counted");
	*ret = 0;
	for (int cpu = 0; cpu < libbpf_num_possible_cpus() && cpu < (int)ARRAY_SIZE(records); cpu++)
		*ret += records[cpu][0];
	return 0;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

int peer_open(enum peer_kind kind, const struct profile_set *set, const struct traffic *traffic, uint32_t addresses,
	      struct peer *ret, struct failure *failure)
{
	static unsigned number; /* each in its turn has an interface of its own */
	struct peer *peer = ret;
	int error;

	*peer = (struct peer){ .kind = kind, .prog = -1, .stats = -1 };
	(void)snprintf(peer->device, sizeof(peer->device), "%s%u", kinds[kind].device, number++);
	if (!world_has(kinds[kind].needs)) {
		(void)snprintf(peer->missing, sizeof(peer->missing), "not installed (Debian: %s)", kinds[kind].package);
		return 0;
	}
	error = world_veth(peer->device, &peer->ifindex, failure);
	if (error)
		return error;
	if (kind == PEER_XDP_FILTER)
		error = filter_open(peer, traffic, addresses, failure);
	else if (kind == PEER_NFT_CHAIN || kind == PEER_NFT_SET)
		error = nft_open(peer, set, failure);
	else
		error = ipset_open(peer, set, failure);
	if (error) /* a kernel without it is no failure of ours */
		(void)snprintf(peer->missing, sizeof(peer->missing), "%.200s", failure->text);
	return 0;
}

void peer_close(struct peer *peer)
{
	cleanup_closep(&peer->prog);
	cleanup_closep(&peer->stats);
}

int peer_counted(const void *of, uint64_t *ret, struct failure *failure)
{
	const struct peer *peer = of;

	switch (peer->kind) {
	case PEER_NFT_CHAIN:
	case PEER_NFT_SET:
		return world_number(ret, failure, "packets ", "nft list counter netdev %s found", peer->device);
	case PEER_IPTABLES:
	case PEER_IPSET:
		return world_number(ret, failure, "packets ",
				    "iptables -t raw -L PREROUTING -vxn | awk '/ %s / { print \"packets\", $1 }'",
				    peer->device);
	default:
		return filter_counted(peer, ret, failure);
	}
}
