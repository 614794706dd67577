/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From services to frames. A flow's remote end is an address and a port that its service has; what the tables make of
 * it is asked before it is taken, since another service may have the better claim.
 */
#include "dataplane/traffic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/traffic_frame.h"
#include "lib/cleanup.h"

#define TRAFFIC_WORD(name, word) word,
static const char *const kind_words[] = { TRAFFIC_KINDS(TRAFFIC_WORD) };
static const char *const order_words[] = { TRAFFIC_ORDERS(TRAFFIC_WORD) };

/* One place that a kind of traffic may come from. */
struct origin {
	const struct prefix *prefix; /* NULL: anywhere */
	const struct service *service;
};

struct origins {
	struct origin *items;
	size_t count, capacity;
};

const char *traffic_word(enum traffic_kind kind)
{
	return kind_words[kind];
}

const char *order_word(enum traffic_order order)
{
	return order_words[order];
}

static enum vx_protocol evidence_protocol(uint8_t evidence)
{
	return evidence == VX_EVIDENCE_RTP_LIKELY ? VX_PROTOCOL_RTP : (enum vx_protocol)evidence;
}

enum vx_protocol traffic_protocol(enum traffic_kind kind)
{
	return evidence_protocol(traffic_payload(kind)->evidence);
}

/* ---- chance: the same in every run ------------------------------------------------------------------------------- */

struct chance {
	uint64_t state;
};

/* splitmix64, by its published constants. */
static uint64_t chance_next(struct chance *chance)
{
	uint64_t z = chance->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static uint32_t chance_below(struct chance *chance, uint32_t below)
{
	return (uint32_t)((chance_next(chance) >> 32) * below >> 32);
}

static uint16_t chance_port(struct chance *chance, const struct port_set *set)
{
	uint32_t nth = chance_below(chance, port_set_size(set));

	for (size_t i = 0; i < set->count; i++) {
		uint32_t size = (uint32_t)set->spans[i].last - set->spans[i].first + 1;

		if (nth < size)
			return (uint16_t)(set->spans[i].first + nth);
		nth -= size;
	}
	return 0;
}

static struct ip_addr chance_addr(struct chance *chance, const struct prefix *prefix)
{
	uint64_t words[2] = { chance_next(chance), chance_next(chance) };
	struct ip_addr addr = prefix->addr;
	uint8_t bytes[16];

	memcpy(bytes, words, sizeof(bytes));
	for (int bit = prefix->length; bit < (addr.family == 4 ? 32 : 128); bit++)
		addr.bytes[bit / 8] |= (uint8_t)(bytes[bit / 8] & (0x80 >> bit % 8));
	return addr;
}

/* Unicast: 1.0.0.0 to 223.255.255.255 without the loopback network, 2000::/3. */
static struct ip_addr chance_unicast(struct chance *chance, uint8_t family)
{
	const struct prefix all = { .addr = { .family = family } };
	struct ip_addr addr = chance_addr(chance, &all);

	if (family == 6)
		addr.bytes[0] = (uint8_t)(0x20 | (addr.bytes[0] & 0x1f));
	while (family == 4 && (addr.bytes[0] == 0 || addr.bytes[0] == 127 || addr.bytes[0] > 223))
		addr = chance_addr(chance, &all);
	return addr;
}

/* ---- where a kind of traffic may come from ----------------------------------------------------------------------- */

static int origins_add(struct origins *origins, const struct prefix *prefix, const struct service *service)
{
	struct origin *grown;

	if (origins->count == origins->capacity) {
		size_t capacity = origins->capacity ? origins->capacity * 2 : 1024;

		grown = reallocarray(origins->items, capacity, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		origins->items = grown;
		origins->capacity = capacity;
	}
	origins->items[origins->count++] = (struct origin){ prefix, service };
	return 0;
}

static bool service_takes(const struct service *service, const struct traffic_payload *payload)
{
	return !service->unseen && (service->accepts >> evidence_protocol(payload->evidence) & 1) &&
	       service->remote_ports[payload->transport].count;
}

static int origins_of_service(struct origins *origins, const struct service *service,
			      const struct traffic_payload *payload, uint8_t family)
{
	int error = service->remote_any && payload->proves ? origins_add(origins, NULL, service) : 0;

	for (size_t i = 0; i < service->remote_count; i++) {
		const struct range_set *set = service->remotes[i];

		if (set->claim <= VX_CLAIM_SHARED && !payload->proves)
			continue;
		for (size_t r = 0; r < set->range_count && !error; r++)
			if (set->ranges[r].prefix.addr.family == family)
				error = origins_add(origins, &set->ranges[r].prefix, service);
	}
	return error;
}

static int by_prefix(const void *a, const void *b)
{
	const struct origin *x = a, *y = b;

	if (!x->prefix || !y->prefix)
		return !!y->prefix - !!x->prefix;
	return prefix_compare(x->prefix, y->prefix);
}

static int origins_find(struct origins *origins, const struct profile_set *set, const struct traffic_payload *payload,
			uint8_t family)
{
	int error = 0;

	for (size_t v = 0; v < set->vendor_count; v++)
		for (size_t s = 0; s < set->vendors[v].service_count && !error; s++)
			if (service_takes(&set->vendors[v].services[s], payload))
				error = origins_of_service(origins, &set->vendors[v].services[s], payload, family);
	if (origins->count)
		qsort(origins->items, origins->count, sizeof(*origins->items), by_prefix);
	return error;
}

/* ---- flows ------------------------------------------------------------------------------------------------------- */

struct maker {
	const struct tables *tables;
	const struct traffic_payload *payload;
	uint8_t family;
	bool nobody;
	struct chance chance;
	struct prefix local; /* 256 hosts that are nobody's */
	struct packet *flows;
	uint32_t made;
};

static uint32_t class_of(const struct tables *tables, const struct ip_addr *addr)
{
	return tables->direct.root4 ? tables_class_direct(tables, addr) : tables_class_lpm(tables, addr);
}

static bool local_is_free(const struct maker *maker, const struct prefix *local)
{
	struct ip_addr addr = local->addr;
	uint8_t *last = &addr.bytes[addr.family == 4 ? 3 : 15];

	for (int host = 0; host < 256; host++) {
		*last = (uint8_t)host;
		if (class_of(maker->tables, &addr) != VX_CLASS_NOBODY)
			return false;
	}
	return true;
}

/* A network of our own among the vendors': in a full table it lies between their ranges, as it does in the world. */
static int local_find(struct maker *maker, struct failure *failure)
{
	for (int i = 0; i < 100000; i++) {
		struct prefix local = { chance_unicast(&maker->chance, maker->family), maker->family == 4 ? 24 : 120 };

		local.addr.bytes[maker->family == 4 ? 3 : 15] = 0;
		if (!local_is_free(maker, &local))
			continue;
		maker->local = local;
		return 0;
	}
	return failure_set(failure, VX_EXIT_FAILED, ENOENT, "the profiles leave no network free for our own end");
}

static bool flow_holds(const struct maker *maker, const struct packet *flow)
{
	struct vx_verdict verdict = tables_judge(maker->tables, flow, VX_ROLE_ANY);

	if (maker->nobody)
		return verdict.slot == VX_SLOT_NOBODY && verdict.outcome == VX_OUTCOME_OTHER;
	return verdict.outcome == VX_OUTCOME_MATCH && verdict.direction == VX_DIRECTION_IN;
}

static struct packet flow_try(struct maker *maker, const struct origin *origin)
{
	static const struct port_span dynamic = { 1024, 65535 };
	const struct service *service = origin->service;
	struct packet flow = {
		.src = origin->prefix ? chance_addr(&maker->chance, origin->prefix) :
					chance_unicast(&maker->chance, maker->family),
		.dst = chance_addr(&maker->chance, &maker->local),
		.sport = 443,
		.dport = (uint16_t)(dynamic.first + chance_below(&maker->chance, dynamic.last - dynamic.first)),
		.transport = maker->payload->transport,
		.evidence = maker->payload->evidence,
	};

	if (!service)
		return flow;
	flow.sport = chance_port(&maker->chance, &service->remote_ports[flow.transport]);
	if (!port_set_has(&service->local_ports, flow.dport))
		flow.dport = chance_port(&maker->chance, &service->local_ports);
	if (service->dscp[VX_DIRECTION_IN])
		flow.dscp = (uint8_t)__builtin_ctzll(service->dscp[VX_DIRECTION_IN]);
	return flow;
}

#define FLOW_TRIES 16

static bool flow_make(struct maker *maker, const struct origin *origin)
{
	for (int i = 0; i < FLOW_TRIES; i++) {
		struct packet flow = flow_try(maker, origin);

		if (!flow_holds(maker, &flow))
			continue;
		maker->flows[maker->made++] = flow;
		return true;
	}
	return false;
}

/* Each origin in turn, or every n-th where there are more origins than flows. */
static int flows_make(struct maker *maker, const struct origins *origins, struct failure *failure)
{
	uint64_t step = origins->count > BENCH_FLOWS ? origins->count : BENCH_FLOWS;

	for (uint64_t i = 0; maker->made < BENCH_FLOWS; i++) {
		size_t at = origins->count > BENCH_FLOWS ? (size_t)(i * step / BENCH_FLOWS) : (size_t)i;

		(void)flow_make(maker, &origins->items[at % origins->count]);
		if (i > 4 * BENCH_FLOWS && maker->made < i / 16)
			return failure_set(failure, VX_EXIT_FAILED, ENOENT, "hardly any packet of this kind matches");
	}
	return 0;
}

static int by_remote(const void *a, const void *b)
{
	const struct packet *x = a, *y = b;

	return memcmp(x->src.bytes, y->src.bytes, sizeof(x->src.bytes));
}

static void heads_write(struct traffic *traffic, const struct maker *maker)
{
	for (uint32_t i = BENCH_FLOWS; i-- > 0;) {
		traffic->length = traffic_frame_write(traffic->frame, &maker->flows[i], maker->payload, i);
		traffic->heads[i] = traffic_head_of(traffic->frame, traffic->family);
	}
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

void traffic_free(struct traffic *traffic)
{
	if (!traffic)
		return;
	free(traffic->heads);
	free(traffic);
}

void traffic_freep(struct traffic **traffic)
{
	traffic_free(*traffic);
}

static int flows_find(struct maker *maker, const struct profile_set *set, struct failure *failure)
{
	CLEANUP_FREE struct origin *owned = NULL;
	struct origin anywhere = {};
	struct origins origins = { .items = &anywhere, .count = 1 };
	int error = 0;

	if (!maker->nobody) {
		origins = (struct origins){};
		error = origins_find(&origins, set, maker->payload, maker->family);
		owned = origins.items;
	}
	if (error)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	if (!origins.count)
		return failure_set(failure, VX_EXIT_FAILED, ENOENT, "no service takes packets of this kind");
	error = local_find(maker, failure);
	if (!error)
		error = flows_make(maker, &origins, failure);
	if (!error && maker->nobody)
		qsort(maker->flows, BENCH_FLOWS, sizeof(*maker->flows), by_remote);
	return error;
}

int traffic_new(const struct profile_set *set, const struct tables *tables, enum traffic_kind kind, uint8_t family,
		struct traffic **ret, struct failure *failure)
{
	CLEANUP(traffic_freep) struct traffic *traffic = calloc(1, sizeof(*traffic));
	CLEANUP_FREE struct packet *flows = calloc(BENCH_FLOWS, sizeof(*flows));
	struct maker maker = {
		.tables = tables,
		.payload = traffic_payload(kind),
		.family = family,
		.nobody = kind == TRAFFIC_NOBODY,
		.chance = { 1 },
		.flows = flows,
	};
	int error;

	if (traffic)
		traffic->heads = calloc(BENCH_FLOWS, sizeof(*traffic->heads));
	if (!traffic || !flows || !traffic->heads)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	traffic->kind = kind;
	traffic->family = family;
	error = flows_find(&maker, set, failure);
	if (error)
		return error;
	heads_write(traffic, &maker);
	*ret = TAKE_PTR(traffic);
	return 0;
}

uint32_t traffic_arrange(const struct traffic *traffic, enum traffic_order order, struct bench_head *ret)
{
	struct chance chance = { 2 };

	if (order == ORDER_HOT) {
		ret[0] = traffic->heads[BENCH_FLOWS / 2];
		return 1;
	}
	memcpy(ret, traffic->heads, BENCH_FLOWS * sizeof(*ret));
	for (uint32_t i = BENCH_FLOWS; order == ORDER_SHUFFLED && i > 1; i--) {
		uint32_t j = chance_below(&chance, i);
		struct bench_head swapped = ret[i - 1];

		ret[i - 1] = ret[j];
		ret[j] = swapped;
	}
	return BENCH_FLOWS;
}
