/* SPDX-License-Identifier: BSD-2-Clause */
/* Who takes part in which contest, and how each one counts. */
#include "live.h"

#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "lib/cleanup.h"
#include "programs.h"
#include "world.h"

#define LIVE_BATCH 64
/* What xdp-filter's table holds. */
#define EXACT_ADDRESSES 10000

enum { FRONT_FRAGS, FRONT_PLAIN };

void live_fini(struct live *live)
{
	for (size_t i = 0; i < ARRAY_SIZE(live->peers); i++)
		peer_close(&live->peers[i]);
	for (size_t e = 0; e < _VX_ENGINE_MAX; e++)
		program_free(live->twins.programs[e]);
	for (size_t i = 0; i < ARRAY_SIZE(live->programs); i++)
		cleanup_closep(&live->programs[i]);
	cleanup_closep(&live->link);
	for (size_t i = 0; i < ARRAY_SIZE(live->frontends); i++)
		frontend_free(live->frontends[i]);
	traffic_free(live->exact);
}

static void live_init(struct live *live, const char *name, const struct live_scene *scene,
		      const struct live_options *options)
{
	*live = (struct live){ .link = -1 };
	for (size_t i = 0; i < ARRAY_SIZE(live->programs); i++)
		live->programs[i] = -1;
	for (size_t i = 0; i < ARRAY_SIZE(live->peers); i++)
		live->peers[i] = (struct peer){ .prog = -1, .stats = -1 };
	live->twins = *scene->subject;
	memset(live->twins.programs, 0, sizeof(live->twins.programs));
	live->contest = (struct contest){
		.name = name,
		.items = live->contestants,
		.orders = 1U << ORDER_IN_ORDER | 1U << ORDER_SHUFFLED,
		.rounds = options->rounds,
		.packets = options->packets,
		.warm_up = BENCH_FLOWS,
	};
}

static struct contestant *add(struct live *live, const char *name, struct frontend *frontend,
			      const struct traffic *traffic, int prog)
{
	struct contestant *one = &live->contestants[live->contest.count++];

	*one = (struct contestant){ .name = name, .frontend = frontend, .traffic = traffic };
	one->run.prog = prog;
	one->run.action = XDP_DROP;
	return one;
}

/* ---- who counts what --------------------------------------------------------------------------------------------- */

static int direct_counted(const void *subject, uint64_t *ret, struct failure *failure)
{
	return subject_judged(subject, VX_ENGINE_DIRECT, TRAFFIC_RTP, ret, failure);
}

static int lpm_counted(const void *subject, uint64_t *ret, struct failure *failure)
{
	return subject_judged(subject, VX_ENGINE_LPM, TRAFFIC_RTP, ret, failure);
}

static int (*const judged[_VX_ENGINE_MAX])(const void *, uint64_t *, struct failure *) = {
	[VX_ENGINE_LPM] = lpm_counted,
	[VX_ENGINE_DIRECT] = direct_counted,
};
static const char *const engine_names[_VX_ENGINE_MAX] = {
	[VX_ENGINE_LPM] = "voxdp-lpm",
	[VX_ENGINE_DIRECT] = "voxdp-direct",
};

static int twins_make(struct live *live, struct failure *failure)
{
	int error = 0;

	for (int e = 0; e < _VX_ENGINE_MAX && !error; e++)
		error = program_twin(&live->twins, VX_ROLE_ANY, (enum vx_engine)e, &live->twins.programs[e], failure);
	return error;
}

static void twins_add(struct live *live, const struct traffic *traffic)
{
	for (int e = 0; e < _VX_ENGINE_MAX; e++) {
		struct contestant *one = add(live, engine_names[e], live->frontends[FRONT_FRAGS], traffic,
					     program_fd(live->twins.programs[e]));

		one->counted = judged[e];
		one->of = &live->twins;
	}
}

/* The same flows, but from no more remote addresses than xdp-filter holds. The checksum goes with the address. */
static int exact_make(struct live *live, const struct traffic *traffic, struct failure *failure)
{
	live->exact = malloc(sizeof(*live->exact));
	if (!live->exact)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	*live->exact = *traffic;
	live->exact->heads = calloc(BENCH_FLOWS, sizeof(*live->exact->heads));
	if (!live->exact->heads)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	for (uint32_t i = 0; i < BENCH_FLOWS; i++) {
		const struct bench_head *from = &traffic->heads[i % EXACT_ADDRESSES];
		uint64_t source;

		live->exact->heads[i] = traffic->heads[i];
		memcpy(&source, &live->exact->heads[i].word[2], sizeof(source));
		memcpy(&source, &from->word[2], sizeof(uint32_t));
		live->exact->heads[i].word[2] = source;
	}
	return 0;
}

static int filter_add(struct live *live, const struct live_scene *scene, struct failure *failure)
{
	struct peer *peer = &live->peers[PEER_XDP_FILTER];
	struct contestant *one;
	int error = exact_make(live, scene->traffic, failure);

	if (!error)
		error = frontend_new(false, &live->frontends[FRONT_PLAIN], failure);
	if (!error)
		error = peer_open(PEER_XDP_FILTER, scene->subject->set, live->exact, EXACT_ADDRESSES, peer, failure);
	if (!error)
		error = program_returning(XDP_DROP, false, &live->programs[FRONT_PLAIN], failure);
	if (error || peer->missing[0])
		return error;
	add(live, "empty-plain", live->frontends[FRONT_PLAIN], live->exact, live->programs[FRONT_PLAIN]);
	one = add(live, peer_word(PEER_XDP_FILTER), live->frontends[FRONT_PLAIN], live->exact, peer->prog);
	one->counted = peer_counted;
	one->of = peer;
	return 0;
}

/* ---- the contests ------------------------------------------------------------------------------------------------ */

static int begin(struct live *live, const struct live_scene *scene, struct failure *failure)
{
	int error = world_enter(failure);

	if (!error)
		error = frontend_new(true, &live->frontends[FRONT_FRAGS], failure);
	if (!error)
		error = program_returning(XDP_DROP, true, &live->programs[FRONT_FRAGS], failure);
	if (!error)
		error = twins_make(live, failure);
	if (!error)
		add(live, "empty", live->frontends[FRONT_FRAGS], scene->traffic, live->programs[FRONT_FRAGS]);
	return error;
}

int live_test_run(const struct live_scene *scene, const struct live_options *options, struct live *ret,
		  struct failure *failure)
{
	int error;

	live_init(ret, "peers", scene, options);
	error = begin(ret, scene, failure);
	if (error)
		return error;
	add(ret, "floor", ret->frontends[FRONT_FRAGS], scene->traffic, frontend_floor(ret->frontends[FRONT_FRAGS]))
		->run.action = XDP_PASS;
	twins_add(ret, scene->traffic);
	ret->contest.orders |= 1U << ORDER_HOT;
	error = filter_add(ret, scene, failure);
	return error ? error : contest_run(&ret->contest, failure);
}

static int stack_peers_add(struct live *live, const struct live_scene *scene, struct failure *failure)
{
	int error = 0;

	for (int kind = PEER_NFT_CHAIN; kind <= PEER_IPSET && !error; kind++) {
		struct peer *peer = &live->peers[kind];
		struct contestant *one;

		error = peer_open((enum peer_kind)kind, scene->subject->set, NULL, 0, peer, failure);
		if (error || peer->missing[0])
			continue;
		one = add(live, peer_word((enum peer_kind)kind), live->frontends[FRONT_FRAGS], scene->traffic,
			  frontend_empty(live->frontends[FRONT_FRAGS]));
		one->run.ifindex = peer->ifindex;
		one->counted = peer_counted;
		one->of = peer;
	}
	return error;
}

int live_frames(const struct live_scene *scene, const struct live_options *options, struct live *ret,
		struct failure *failure)
{
	int error;

	live_init(ret, "live", scene, options);
	error = begin(ret, scene, failure);
	if (error)
		return error;
	twins_add(ret, scene->traffic);
	error = filter_add(ret, scene, failure);
	if (!error)
		error = stack_peers_add(ret, scene, failure);
	for (size_t i = 0; i < ret->contest.count; i++)
		ret->contestants[i].run.live_batch = LIVE_BATCH;
	return error ? error : contest_run(&ret->contest, failure);
}

/* ---- veth -------------------------------------------------------------------------------------------------------- */

#define VETH "bench"

/* One program of the far end; the pair has one link, which is given the program whose turn it is. */
struct far_end {
	const struct live *live;
	int prog;
	int (*judged)(const void *, uint64_t *, struct failure *);
};

static int far_prepare(const void *of, struct failure *failure)
{
	const struct far_end *far = of;

	if (bpf_link_update(far->live->link, far->prog, NULL))
		return failure_set(failure, VX_EXIT_FAILED, errno, "the far end takes no other program: %s",
				   strerror(errno));
	return 0;
}

/* The interface counts what its program was given; the empty program has no counter of its own. */
static int far_received(uint64_t *ret, struct failure *failure)
{
	CLEANUP_FCLOSE FILE *file = fopen("/sys/class/net/" VETH "-far/statistics/rx_packets", "r");

	if (!file || fscanf(file, "%lu", ret) != 1)
		return failure_set(failure, VX_EXIT_FAILED, EIO, "the far end does not tell what it received");
	return 0;
}

static int far_counted(const void *of, uint64_t *ret, struct failure *failure)
{
	const struct far_end *far = of;

	return far->judged ? far->judged(&far->live->twins, ret, failure) : far_received(ret, failure);
}

static int veth_open(struct live *live, struct failure *failure)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	uint32_t ifindex = 0;
	int error = world_veth(VETH, &ifindex, failure);

	if (!error)
		error = program_redirecting(ifindex, &live->programs[2], failure);
	if (error)
		return error;
	live->link = bpf_link_create(live->programs[FRONT_FRAGS], (int)if_nametoindex(VETH "-far"), BPF_XDP, &opts);
	if (live->link < 0)
		return failure_set(failure, VX_EXIT_FAILED, errno, "no program on the far end: %s", strerror(errno));
	return 0;
}

int live_veth(const struct live_scene *scene, const struct live_options *options, struct live *ret,
	      struct failure *failure)
{
	static struct far_end ends[1 + _VX_ENGINE_MAX];
	int error;

	live_init(ret, "veth", scene, options);
	error = begin(ret, scene, failure);
	if (!error)
		error = veth_open(ret, failure);
	if (error)
		return error;
	twins_add(ret, scene->traffic);
	for (size_t i = 0; i < ret->contest.count; i++) {
		struct contestant *one = &ret->contestants[i];

		ends[i] = (struct far_end){ ret, one->run.prog, one->counted };
		one->prepare = far_prepare;
		one->counted = far_counted;
		one->of = &ends[i];
		one->run = (struct frontend_run){ .prog = ret->programs[2], .live_batch = LIVE_BATCH };
		one->softirqd = true;
	}
	error = contest_run(&ret->contest, failure);
	if (!error) /* the next one may be another kind of prefixes */
		error = world_run(failure, "ip link del " VETH);
	return error;
}
