/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of the size of the Internet's, and what they say: both engines agree at every boundary of every prefix, and both
 * programs count every packet as a plain oracle does, before and after a switch to another set of the same size.
 *
 * A short form is part of `make test`; `make scale` runs all sizes with 1,000,000 packets each (SCALE=all).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "boundary.h"
#include "dataplane/counters.h"
#include "dataplane/fill.h"
#include "dataplane/generation.h"
#include "dataplane/subject.h"
#include "frame.h"
#include "lib/cleanup.h"
#include "random_profiles.h"
#include "synthetic.h"
#include "tester.h"

#define PACKETS_SHORT 10000
#define PACKETS_ALL 1000000

static bool is_whole;

/* ---- the oracle -------------------------------------------------------------------------------------------------- */

/* A prefix and whose it is. No two of a synthetic set overlap. */
struct owned {
	struct prefix prefix;
	const struct vendor *vendor;
};

struct world {
	struct profile_set *set;
	struct owned *owned; /* sorted by prefix */
	size_t count;
};

static int owned_compare(const void *a, const void *b)
{
	return prefix_compare(&((const struct owned *)a)->prefix, &((const struct owned *)b)->prefix);
}

static struct world world_new(struct synthetic_shape shape, uint64_t seed)
{
	struct world world = {};

	shape.seed = seed;
	world.set = synthetic_profile_set(&shape);
	world.owned = calloc(shape.prefixes4 + shape.prefixes6 + 1U, sizeof(*world.owned));
	assert_non_null(world.owned);
	for (size_t v = 0; v < world.set->vendor_count; v++) {
		const struct vendor *vendor = &world.set->vendors[v];

		for (size_t r = 0; r < vendor->range_sets[0]->range_count; r++)
			world.owned[world.count++] = (struct owned){ vendor->range_sets[0]->ranges[r].prefix, vendor };
	}
	qsort(world.owned, world.count, sizeof(*world.owned), owned_compare);
	return world;
}

static void world_free(struct world *world)
{
	profile_set_free(world->set);
	free(world->owned);
}

/* The last prefix that does not begin behind the address is the only one that can hold it. */
static const struct vendor *owner_of(const struct world *world, const struct ip_addr *addr)
{
	const struct prefix host = { .addr = *addr, .length = addr->family == 4 ? 32 : 128 };
	size_t low = 0, high = world->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (prefix_compare(&world->owned[middle].prefix, &host) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && prefix_contains(&world->owned[low - 1].prefix, addr) ? world->owned[low - 1].vendor : NULL;
}

/* One packet between an address out there and a host of ours, which is nobody's. */
struct probe {
	struct ip_addr remote;
	enum vx_transport transport;
	uint16_t remote_port;
	enum sample_kind sample;
	bool out;
};

static const struct service *service_of(const struct vendor *vendor, const struct probe *probe)
{
	for (size_t s = 0; s < vendor->service_count; s++)
		if (port_set_has(&vendor->services[s].remote_ports[probe->transport], probe->remote_port))
			return &vendor->services[s];
	return NULL;
}

/* What looks like RTP is RTP where a service takes RTP; else it is other. */
static uint32_t protocol_of(const struct probe *probe, const struct service *service)
{
	const uint32_t evidence = sample_get(probe->sample)->evidence;

	if (evidence != VX_EVIDENCE_RTP_LIKELY)
		return evidence;
	return service && service->accepts >> VX_PROTOCOL_RTP & 1 ? VX_PROTOCOL_RTP : VX_PROTOCOL_OTHER;
}

/* Counted so often, by element and cell. */
struct expected {
	struct {
		uint64_t packets[VX_COUNTER_CELLS];
	} * element;
	size_t elements;
};

static void expect(const struct world *world, const struct slots *slots, const struct probe *probe,
		   struct expected *expected)
{
	const struct vendor *vendor = owner_of(world, &probe->remote);
	const struct service *service = vendor ? service_of(vendor, probe) : NULL;
	const uint32_t protocol = protocol_of(probe, service);
	uint32_t slot = vendor ? slots_find(slots, vendor->id, service ? service->id : "") : VX_SLOT_NOBODY;
	uint32_t cell = protocol;

	if (service && protocol != VX_PROTOCOL_OTHER && !(service->accepts >> protocol & 1))
		cell += 16; /* mismatch */
	if (!vendor && (protocol == VX_PROTOCOL_SIP || protocol == VX_PROTOCOL_STUN))
		cell += 16; /* unknown media */
	assert_true(2 * slot + 1 < expected->elements);
	expected->element[2 * slot + (vendor && probe->out)].packets[cell]++;
}

/* ---- packets ----------------------------------------------------------------------------------------------------- */

static struct ip_addr some_addr(struct random *random, const struct world *world)
{
	const struct prefix *prefix = &world->owned[random_below(random, (uint32_t)world->count)].prefix;
	struct ip_addr addr = prefix->addr;

	switch (random_below(random, 5)) {
	case 0:
		return boundary_step(addr, -1);
	case 1:
		return boundary_last(prefix);
	case 2:
		return boundary_step(boundary_last(prefix), 1);
	case 3: /* somewhere else in its first 16 bits */
		addr.bytes[2] = (uint8_t)random_below(random, 256);
		addr.bytes[3] = (uint8_t)random_below(random, 256);
		return addr;
	default:
		return addr;
	}
}

static struct probe some_probe(struct random *random, const struct world *world)
{
	static const enum sample_kind samples[] = { SAMPLE_RTP,	       SAMPLE_RTP,	 SAMPLE_STUN_BINDING,
						    SAMPLE_SIP_STATUS, SAMPLE_TLS_HELLO, SAMPLE_EMPTY };
	static const uint16_t ports[] = {
		3478, 5060, 443, 5061, 5349, 8443, 80, 123, 16384, 32767, 20000, 32768, 9999
	};
	struct probe probe = { .remote = some_addr(random, world),
			       .remote_port = ports[random_below(random, sizeof(ports) / sizeof(ports[0]))],
			       .sample = samples[random_below(random, sizeof(samples) / sizeof(samples[0]))],
			       .out = random_chance(random, 30) };

	probe.transport = sample_get(probe.sample)->transport;
	if (probe.sample == SAMPLE_EMPTY || probe.sample == SAMPLE_SIP_STATUS)
		probe.transport = (enum vx_transport)random_below(random, _VX_TRANSPORT_MAX);
	return probe;
}

/* Every packet of RTP is of a source of its own, so that none of them proves a stream. */
static void frame_of(const struct probe *probe, uint32_t number, struct frame *frame)
{
	const char *local = probe->remote.family == 4 ? "10.1.2.3" : "fd00::3";
	struct frame_flow flow = { .transport = probe->transport };
	char remote[PREFIX_TEXT_MAX];

	ip_addr_format(&probe->remote, remote);
	flow.src = probe->out ? local : remote;
	flow.dst = probe->out ? remote : local;
	flow.sport = probe->out ? 40000 : probe->remote_port;
	flow.dport = probe->out ? probe->remote_port : 40000;
	frame_build(frame, &flow, probe->sample);
	if (probe->sample == SAMPLE_RTP)
		memcpy(frame_header(frame, FRAME_PAYLOAD) + 8, &number, sizeof(number));
}

static void run_packets(const struct subject *subject, const struct world *world, uint32_t packets,
			struct random *random, struct expected expected[_VX_ENGINE_MAX])
{
	static struct frame frame;
	static uint32_t number = 1;

	for (uint32_t i = 0; i < packets; i++) {
		struct probe probe = some_probe(random, world);

		frame_of(&probe, number++, &frame);
		for (int engine = 0; engine < _VX_ENGINE_MAX; engine++) {
			LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame_bytes(&frame),
				    .data_size_in = (uint32_t)frame.length, .repeat = 1);

			assert_int_equal(bpf_prog_test_run_opts(program_fd(subject->programs[engine]), &opts), 0);
			assert_int_equal(opts.retval, XDP_PASS);
			expect(world, &subject->slots, &probe, &expected[engine]);
		}
	}
}

/* Of what was counted beside (SIP by method, packets with another DSCP) there is none, or it is not looked at. */
static void expect_counted(const struct subject *subject, enum vx_engine engine, const struct expected *expected)
{
	const struct counter_maps maps = program_counter_maps(subject->programs[engine]);
	struct counter_blocks blocks = {};
	struct failure failure = {};

	if (counters_read(&maps, subject->slots.count, subject->maps->capacity.slots, &blocks, &failure))
		fail_msg("%s", failure.text);
	for (size_t element = 0; element < 2 * (size_t)subject->slots.count; element++)
		for (uint32_t cell = 0; cell < VX_COUNTER_CELLS; cell++)
			if (blocks.counters[element].cell[cell].packets != expected->element[element].packets[cell])
				fail_msg("engine %u, %s/%s element %zu cell %u: %llu counted, expected %llu", engine,
					 subject->slots.names[element / 2].vendor,
					 subject->slots.names[element / 2].service, element, cell,
					 (unsigned long long)blocks.counters[element].cell[cell].packets,
					 (unsigned long long)expected->element[element].packets[cell]);
	counter_blocks_fini(&blocks);
}

/* ---- boundaries -------------------------------------------------------------------------------------------------- */

/* As the kernel's trie says. */
static uint32_t class_of_trie(const struct subject *subject, const struct ip_addr *addr)
{
	const bool four = addr->family == 4;
	const uint32_t half = maps_active_half(subject->maps);
	struct vx_lpm4_key key4 = { .prefixlen = 32 };
	struct vx_lpm6_key key6 = { .prefixlen = 128 };
	uint32_t addr_class;

	memcpy(&key4.addr, addr->bytes, sizeof(key4.addr));
	memcpy(key6.addr, addr->bytes, sizeof(key6.addr));
	if (bpf_map_lookup_elem(subject->maps->trie[four ? TRIE_4 : TRIE_6][half], four ? (void *)&key4 : (void *)&key6,
				&addr_class))
		return VX_CLASS_NOBODY;
	return addr_class;
}

static void expect_same_class(const struct subject *subject, const struct world *world, struct ip_addr addr)
{
	uint32_t trie = class_of_trie(subject, &addr), direct = tables_class_direct(subject->tables, &addr);
	char text[PREFIX_TEXT_MAX];

	ip_addr_format(&addr, text);
	if (trie != direct || !trie != !owner_of(world, &addr))
		fail_msg("%s: class %u by the trie, %u direct, %s", text, trie, direct,
			 owner_of(world, &addr) ? "owned" : "nobody's");
}

static void expect_same_at_all_boundaries(const struct subject *subject, const struct world *world)
{
	const size_t step = is_whole || world->count < 20000 ? 1 : 13;

	for (size_t i = 0; i < world->count; i += step)
		for (int by = -1; by <= 1; by++) {
			const struct prefix *prefix = &world->owned[i].prefix;

			expect_same_class(subject, world, boundary_step(prefix->addr, by));
			expect_same_class(subject, world, boundary_step(boundary_last(prefix), by));
		}
}

/* ---- the trials -------------------------------------------------------------------------------------------------- */

static void switch_to(struct subject *subject, struct world *world)
{
	const uint32_t engines = 1U << VX_ENGINE_LPM | 1U << VX_ENGINE_DIRECT;
	struct failure failure = {};
	uint32_t half;

	if (maps_fill(subject->maps, world->set, engines, &half, &failure))
		fail_msg("%s", failure.text);
	generation_switch(subject->maps, half);
}

static void try_shape(struct synthetic_shape shape)
{
	const uint32_t packets = is_whole ? PACKETS_ALL : PACKETS_SHORT;
	struct world first = world_new(shape, 1), second = world_new(shape, 2);
	struct expected expected[_VX_ENGINE_MAX];
	struct random random = { 1 };
	struct failure failure = {};
	struct subject *subject;

	if (subject_new(first.set, VX_ROLE_ANY, &subject, &failure))
		fail_msg("%s", failure.text);
	for (int engine = 0; engine < _VX_ENGINE_MAX; engine++) {
		expected[engine].elements = 2 * (size_t)subject->slots.count;
		expected[engine].element = calloc(expected[engine].elements, sizeof(*expected[engine].element));
		assert_non_null(expected[engine].element);
	}
	expect_same_at_all_boundaries(subject, &first);
	run_packets(subject, &first, packets / 2, &random, expected);
	switch_to(subject, &second);
	run_packets(subject, &second, packets / 2, &random, expected);
	for (int engine = 0; engine < _VX_ENGINE_MAX; engine++) {
		expect_counted(subject, (enum vx_engine)engine, &expected[engine]);
		free(expected[engine].element);
	}
	printf("%7u IPv4 and %7u IPv6 prefixes, %4u vendors, %5u services: %u packets by each engine, 0 differences\n",
	       shape.prefixes4, shape.prefixes6, shape.vendors, shape.vendors * shape.services, packets);
	subject_free(subject);
	world_free(&first);
	world_free(&second);
}

static void a_few_thousand_prefixes(void **state)
{
	(void)state;
	try_shape((struct synthetic_shape){ 20, 100, 4, 10, 0 });
	try_shape((struct synthetic_shape){ 10000, 10000, 4, 10, 0 });
}

static void a_hundred_thousand_prefixes(void **state)
{
	(void)state;
	try_shape((struct synthetic_shape){ 100000, 0, 4, 10, 0 });
}

static void a_thousand_vendors(void **state)
{
	(void)state;
	try_shape((struct synthetic_shape){ 10000, 1000, 1000, 10, 0 });
}

static void the_whole_internet(void **state)
{
	(void)state;
	if (is_whole)
		try_shape((struct synthetic_shape){ 1000000, 250000, 1000, 10, 0 });
	else /* a tenth of it, and a tenth of the time */
		try_shape((struct synthetic_shape){ 0, 25000, 4, 10, 0 });
}

static int setup(void **state)
{
	const char *scale = getenv("SCALE");

	(void)state;
	tester_need_bpf();
	is_whole = scale && strcmp(scale, "all") == 0;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_few_thousand_prefixes, setup),
		cmocka_unit_test_setup(a_hundred_thousand_prefixes, setup),
		cmocka_unit_test_setup(a_thousand_vendors, setup),
		cmocka_unit_test_setup(the_whole_internet, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
