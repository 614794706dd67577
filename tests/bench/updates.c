/* SPDX-License-Identifier: BSD-2-Clause */
/* Two sets of the same size take turns: in maps, in memory, and in files. */
#include "updates.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "dataplane/fill.h"
#include "dataplane/frontend.h"
#include "dataplane/generation.h"
#include "dataplane/live_set.h"
#include "dataplane/subject.h"
#include "lib/cleanup.h"
#include "lib/day.h"
#include "synthetic.h"
#include "world.h"

#define SETS 2

/* What one measurement needs: two sets, their tables, their files, and RTP of the first one. */
struct bench {
	struct profile_set *sets[SETS];
	struct tables *tables[SETS];
	char directories[SETS][40];
	struct subject *subject; /* of the first set; its maps take both */
	struct traffic *traffic;
	struct frontend *frontend;
};

static double ms_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static int list_write(const char *directory, const struct vendor *vendor, struct failure *failure)
{
	const struct range_set *ranges = vendor->range_sets[0];
	char path[128], text[PREFIX_TEXT_MAX];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s.txt", directory, vendor->id);
	file = fopen(path, "w");
	if (!file)
		return failure_set(failure, VX_EXIT_FAILED, errno, "%s: %s", path, strerror(errno));
	for (size_t i = 0; i < ranges->range_count; i++) {
		prefix_format(&ranges->ranges[i].prefix, text);
		fprintf(file, "%s\n", text);
	}
	return fclose(file) ? failure_set(failure, VX_EXIT_FAILED, errno, "%s: %s", path, strerror(errno)) : 0;
}

/* One service is enough: reading the prefixes is what takes time. */
static int profile_write(const char *directory, const struct vendor *vendor, struct failure *failure)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s.yaml", directory, vendor->id);
	file = fopen(path, "w");
	if (!file)
		return failure_set(failure, VX_EXIT_FAILED, errno, "%s: %s", path, strerror(errno));
	fprintf(file,
		"voxdp: 1\nvendor: %s\ntitle: Synthetic\nranges:\n"
		"  all: {claim: own, source: synthetic, file: {path: %s.txt}}\n"
		"services:\n  media: {source: synthetic, remote: all, ports: udp/16384-32767, payload: media}\n",
		vendor->id, vendor->id);
	return fclose(file) ? failure_set(failure, VX_EXIT_FAILED, errno, "%s: %s", path, strerror(errno)) : 0;
}

static int files_write(const struct profile_set *set, char directory[40], struct failure *failure)
{
	int error = 0;

	strcpy(directory, "/tmp/bench.XXXXXX");
	if (!mkdtemp(directory))
		return failure_set(failure, VX_EXIT_FAILED, errno, "%s: %s", directory, strerror(errno));
	for (size_t v = 0; v < set->vendor_count && !error; v++) {
		error = list_write(directory, &set->vendors[v], failure);
		if (!error)
			error = profile_write(directory, &set->vendors[v], failure);
	}
	return error;
}

/* ---- making ready ------------------------------------------------------------------------------------------------ */

static void bench_fini(struct bench *bench)
{
	struct failure ignored;

	frontend_free(bench->frontend);
	traffic_free(bench->traffic);
	subject_free(bench->subject);
	for (size_t i = 0; i < SETS; i++) {
		tables_free(bench->tables[i]);
		profile_set_free(bench->sets[i]);
		if (bench->directories[i][0])
			(void)world_run(&ignored, "rm -r %s", bench->directories[i]); /* it is in /tmp */
	}
}

static int bench_init(struct bench *bench, uint32_t prefixes, struct failure *failure)
{
	int error = 0;

	for (size_t i = 0; i < SETS && !error; i++) {
		const struct synthetic_shape shape = {
			.prefixes4 = prefixes, .vendors = 4, .services = 4, .seed = i + 1
		};

		bench->sets[i] = synthetic_profile_set(&shape);
		error = files_write(bench->sets[i], bench->directories[i], failure);
		if (!error && i == 0)
			error = subject_new(bench->sets[0], VX_ROLE_ANY, &bench->subject, failure);
		if (!error)
			error = tables_compile(bench->sets[i], &bench->subject->slots, &bench->tables[i], failure);
		if (!error)
			error = tables_make_direct(bench->tables[i], failure);
	}
	if (!error)
		error = traffic_new(bench->sets[0], bench->tables[0], TRAFFIC_RTP, 4, &bench->traffic, failure);
	if (!error)
		error = frontend_new(true, &bench->frontend, failure);
	return error;
}

/* ---- measuring --------------------------------------------------------------------------------------------------- */

static int stage(struct bench *bench, size_t which, struct failure *failure)
{
	uint32_t half;
	int error = generation_stage(bench->subject->maps, bench->tables[which], &bench->subject->slots,
				     1U << VX_ENGINE_DIRECT, &half, failure);

	if (!error)
		generation_switch(bench->subject->maps, half);
	return error;
}

static int fill(struct bench *bench, const struct profile_set *set, struct failure *failure)
{
	uint32_t half;
	int error = maps_fill(bench->subject->maps, set, 1U << VX_ENGINE_DIRECT, &half, failure);

	if (!error)
		generation_switch(bench->subject->maps, half);
	return error;
}

static int load_and_fill(struct bench *bench, size_t which, struct failure *failure)
{
	const char *paths[] = { bench->directories[which] };
	const struct profile_options options = { .paths = paths, .path_count = 1, .day = day_today() };
	CLEANUP(profile_set_freep) struct profile_set *set = NULL;
	CLEANUP(diags_fini) struct diags diags = {};

	if (profile_set_load(&options, &diags, &set))
		return failure_set(failure, VX_EXIT_FAILED, EINVAL, "the synthetic profiles are refused: %s",
				   diags.count ? diags.items[0].text : "");
	return fill(bench, set, failure);
}

/* What is done after a switch, so that the next one need not wait. */
static int settle(struct bench *bench, struct updates *updates, uint32_t round, struct failure *failure)
{
	double started = ms_now();
	int error = generation_retire(bench->subject->maps, failure);

	updates->retiring[round] = ms_now() - started;
	return error;
}

/* RTP of the first set, which is live: every packet must match. */
static int packets_run(struct bench *bench, uint32_t packets, bool checked, double *ret_ns, struct failure *failure)
{
	const struct frontend_run run = { .prog = program_fd(bench->subject->programs[VX_ENGINE_DIRECT]),
					  .packets = packets,
					  .action = XDP_PASS };
	uint64_t before, after;
	int error = subject_judged(bench->subject, VX_ENGINE_DIRECT, TRAFFIC_RTP, &before, failure);

	if (!error)
		error = frontend_measure(bench->frontend, &run, ret_ns, failure);
	if (!error)
		error = subject_judged(bench->subject, VX_ENGINE_DIRECT, TRAFFIC_RTP, &after, failure);
	if (!error && checked && after - before != packets)
		return failure_set(failure, VX_EXIT_FAILED, EPROTO,
				   "after a switch %llu of %u packets were judged by the live set",
				   (unsigned long long)(after - before), packets);
	return error;
}

/* The other set, and back: each switch is timed, and behind each one the packets tell which set is live. */
static int switches_measure(struct bench *bench, struct updates *updates, uint32_t round, struct failure *failure)
{
	double started = ms_now(), ns;
	int error = stage(bench, 1, failure);

	updates->from_tables[round] = ms_now() - started;
	if (!error)
		error = settle(bench, updates, round, failure);
	started = ms_now();
	if (!error)
		error = fill(bench, bench->sets[0], failure);
	updates->from_profiles[round] = ms_now() - started;
	if (!error)
		error = settle(bench, updates, round, failure);
	if (!error)
		error = packets_run(bench, BENCH_FLOWS, true, &ns, failure);
	started = ms_now();
	if (!error)
		error = load_and_fill(bench, 1, failure);
	updates->from_files[round] = ms_now() - started;
	if (!error)
		error = settle(bench, updates, round, failure);
	if (!error)
		error = stage(bench, 0, failure);
	if (!error)
		error = packets_run(bench, BENCH_FLOWS, true, &ns, failure);
	if (!error)
		error = settle(bench, updates, round, failure);
	return error;
}

/* The @i-th change: an address of the first vendor's in one of its own prefixes, /28 or shorter. */
static struct amendment address_more(const struct bench *bench, uint32_t i)
{
	const struct range_set *ranges = bench->sets[0]->vendors[0].range_sets[0];
	struct amendment change = { .prefix = ranges->ranges[i * 7919ULL % ranges->range_count].prefix };

	change.prefix.addr.bytes[3] |= 1;
	change.prefix.length = 32;
	return change;
}

static int address_change(struct bench *bench, struct live_set *set, uint32_t i, double *ret_ms,
			  struct failure *failure)
{
	const struct amendment change = address_more(bench, i);
	enum amend_way way = AMEND_SHORT;
	double started = ms_now();
	uint32_t half;
	int error = live_set_stage(set, bench->subject->maps, 1U << VX_ENGINE_DIRECT, &change, &half, &way, failure);

	if (!error)
		generation_switch(bench->subject->maps, half);
	*ret_ms = ms_now() - started;
	if (!error && i && way != AMEND_SHORT)
		return failure_set(failure, VX_EXIT_FAILED, EPROTO, "address %u went the whole way", i);
	return error ? error : generation_retire(bench->subject->maps, failure);
}

/* The first address is of a new class, and with the second the other half gets all of the set. */
#define ADDRESSES_FIRST 2

static int addresses_measure(struct bench *bench, struct updates *updates, struct failure *failure)
{
	CLEANUP(live_set_freep) struct live_set *set = NULL;
	int error = live_set_new(bench->subject->maps, bench->sets[0], &set, failure);
	double ms;

	for (uint32_t i = 0; i < ADDRESSES_FIRST + updates->rounds && !error; i++) {
		error = address_change(bench, set, i, &ms, failure);
		if (i >= ADDRESSES_FIRST)
			updates->one_address[i - ADDRESSES_FIRST] = ms;
		if (!error)
			error = packets_run(bench, BENCH_FLOWS, true, &ms, failure);
	}
	return error;
}

/* Switches between two generations of the same set, so that the packets must match all the time. */
struct churn {
	struct bench *bench;
	atomic_bool ends;
	uint64_t switches;
	struct failure failure;
	int error;
};

static void *churn_run(void *of)
{
	struct churn *churn = of;

	while (!churn->ends && !churn->error) {
		churn->error = stage(churn->bench, 0, &churn->failure);
		churn->switches++;
	}
	return NULL;
}

static int churn_measure(struct bench *bench, struct updates *updates, uint32_t round, uint32_t packets,
			 struct failure *failure)
{
	struct churn churn = { .bench = bench };
	pthread_t thread;
	int error = packets_run(bench, packets, true, &updates->quiet[round], failure);

	if (error)
		return error;
	error = pthread_create(&thread, NULL, churn_run, &churn);
	if (error)
		return failure_set(failure, VX_EXIT_FAILED, error, "no second thread: %s", strerror(error));
	error = packets_run(bench, packets, true, &updates->churning[round], failure);
	churn.ends = true;
	(void)pthread_join(thread, NULL); /* it was created and nobody else joins it */
	updates->switches += churn.switches;
	if (!error && churn.error) {
		*failure = churn.failure;
		error = churn.error;
	}
	return error;
}

int updates_measure(uint32_t prefixes, uint32_t rounds, uint32_t packets, struct updates *ret, struct failure *failure)
{
	CLEANUP(bench_fini) struct bench bench = {};
	int error = bench_init(&bench, prefixes, failure);

	*ret = (struct updates){ .prefixes = prefixes, .rounds = rounds };
	if (!error)
		frontend_load(bench.frontend, bench.traffic, ORDER_IN_ORDER);
	for (uint32_t round = 0; round < rounds && !error; round++)
		error = switches_measure(&bench, ret, round, failure);
	if (!error)
		error = addresses_measure(&bench, ret, failure);
	for (uint32_t round = 0; round < rounds && !error; round++)
		error = churn_measure(&bench, ret, round, packets, failure);
	return error;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* What the kernel has charged for a map: `memlock:` of its fdinfo. */
static int map_bytes(int fd, uint64_t *ret, struct failure *failure)
{
	return world_number(ret, failure, "memlock:", "cat /proc/%d/fdinfo/%d", getpid(), fd);
}

int footprint_measure(const struct subject *subject, struct footprint *ret, struct failure *failure)
{
	const struct vx_generation *used = &subject->tables->generation;
	struct footprint footprint = { .prefixes4 = used->prefixes4, .prefixes6 = used->prefixes6 };
	uint64_t bytes = 0;
	int error = map_bytes(subject->maps->fd[MAP_TABLES], &footprint.tables_bytes, failure);

	for (int family = 0; family < _TRIE_MAX && !error; family++)
		for (int half = 0; half < VX_HALVES && !error; half++) {
			if (subject->maps->trie[family][half] < 0)
				continue;
			error = map_bytes(subject->maps->trie[family][half], &bytes, failure);
			footprint.tries_bytes += bytes;
		}
	if (error)
		return error;
	footprint.used_bytes = sizeof(*used) +
			       used->classes * (sizeof(struct vx_addr_class) + sizeof(struct vx_class_shortcuts)) +
			       used->port_pages * sizeof(struct vx_port_page) + used->cells * sizeof(uint32_t) +
			       used->answer_rows * sizeof(struct vx_answer_row);
	footprint.fixed4_bytes = VX_ROOTS * sizeof(struct vx_root4);
	footprint.fixed6_bytes = VX_ROOTS * sizeof(struct vx_root6);
	footprint.ranges4_bytes = used->ranges4 * sizeof(uint32_t) + VX_ROOTS * sizeof(struct vx_taken4);
	footprint.ranges6_bytes = used->ranges6 * sizeof(struct vx_range6);
	*ret = footprint;
	return 0;
}
