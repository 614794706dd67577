/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a classifier in the kernel: attach, read back, update, detach; and what is refused before anything live
 * is touched. Frames go through the attached program itself by BPF_PROG_TEST_RUN.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "dataplane/classifier.h"
#include "frame.h"
#include "loading.h"
#include "sandbox.h"
#include "tester.h"

#define DAY 20454 /* 2026-01-01 */

/* Two vendors that share a service's name, and a second version in which one has the other's range. */
static const char acme[] = "voxdp: 1\n"
			   "vendor: acme\n"
			   "title: Acme\n"
			   "ranges:\n"
			   "  all: {claim: own, source: page 1, prefixes: [192.0.2.0/25, \"2001:db8:1::/48\"]}\n"
			   "services:\n"
			   "  sip: {source: page 2, remote: all, ports: udp/5060, payload: sip}\n";

static const char globex[] = "voxdp: 1\n"
			     "vendor: globex\n"
			     "title: Globex\n"
			     "ranges:\n"
			     "  all: {claim: own, source: page 1, prefixes: [192.0.2.128/25]}\n"
			     "services:\n"
			     "  sip: {source: page 2, remote: all, ports: udp/5060, payload: sip}\n";

struct fixture {
	struct loading loading;
	struct profile_set *set;
	uint32_t ifindex;      /* of va */
	enum vx_engine engine; /* of the next attach */
	struct failure failure;
};

static struct fixture fixture;

static void load(const char *first, const char *second)
{
	loading_write(&fixture.loading, "acme.yaml", first);
	if (second)
		loading_write(&fixture.loading, "globex.yaml", second);
	loading_load(&fixture.loading, NULL, NULL, DAY);
	assert_no_errors(&fixture.loading, "profiles of this test");
	fixture.set = fixture.loading.set;
}

static int setup(void **state)
{
	tester_need_bpf();
	sandbox_enter();
	*state = &fixture;
	memset(&fixture, 0, sizeof(fixture));
	fixture.engine = VX_ENGINE_DIRECT;
	loading_open(&fixture.loading);
	fixture.ifindex = sandbox_veth("va");
	load(acme, globex);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (!fixture.set)
		return 0;
	(void)classifier_detach(sandbox_state(), NULL, NULL, &fixture.failure);
	if (if_nametoindex("va"))
		sandbox_remove_link("va");
	if (if_nametoindex("vb"))
		sandbox_remove_link("vb");
	loading_close(&fixture.loading);
	return 0;
}

static int attach_to(const char *first, const char *second)
{
	struct device_spec specs[2] = { { .role = VX_ROLE_WAN }, { .role = VX_ROLE_WAN } };
	const struct attach_request request = {
		.profiles = fixture.set,
		.devices = { specs, second ? 2 : 1, { VX_MODE_NATIVE, fixture.engine, 0 } },
	};
	struct classifier_change change = {};
	int result;

	strcpy(specs[0].ifname, first);
	specs[0].ifindex = if_nametoindex(first);
	if (second) {
		strcpy(specs[1].ifname, second);
		specs[1].ifindex = if_nametoindex(second);
	}
	result = classifier_attach(sandbox_state(), &request, &change, &fixture.failure);
	classifier_change_fini(&change);
	return result;
}

static int update_at(const char *state_dir)
{
	struct classifier_change change = {};
	int result = classifier_update(state_dir, fixture.set, &change, &fixture.failure);

	classifier_change_fini(&change);
	return result;
}

static void attach_or_fail(void)
{
	if (attach_to("va", NULL))
		fail_msg("attach: %s", fixture.failure.text);
}

static void update_or_fail(void)
{
	if (update_at(sandbox_state()))
		fail_msg("update: %s", fixture.failure.text);
}

static struct classifier read_or_fail(void)
{
	struct classifier classifier = {};

	if (classifier_read(sandbox_state(), &classifier, &fixture.failure))
		fail_msg("read: %s", fixture.failure.text);
	return classifier;
}

static void assert_refused(int result, enum vx_exit exit_code, const char *part)
{
	if (result == 0 || fixture.failure.exit_code != exit_code || !strstr(fixture.failure.text, part))
		fail_msg("result %d, exit code %d, \"%s\"; expected exit code %d and \"%s\"", result,
			 fixture.failure.exit_code, fixture.failure.text, exit_code, part);
}

/* The path of a pin of va, or of a shared one. */
static const char *device_pin(uint32_t ifindex, const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/devices/%u/%s", sandbox_state(), ifindex, name);
	return path;
}

static const char *shared_pin(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", sandbox_state(), name);
	return path;
}

/* Either, by the name of the pin. */
static const char *pin_of(const char *name)
{
	static const char *const of_device[] = { "link", "prog", "vx_counters", "vx_sip", "vx_device" };

	for (size_t i = 0; i < sizeof(of_device) / sizeof(of_device[0]); i++)
		if (strcmp(name, of_device[i]) == 0)
			return device_pin(fixture.ifindex, name);
	return shared_pin(name);
}

static void run_frame(uint32_t ifindex, struct frame *frame, int times)
{
	int prog = bpf_obj_get(device_pin(ifindex, "prog"));

	assert_true(prog >= 0);
	for (int i = 0; i < times; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame_bytes(frame),
			    .data_size_in = (uint32_t)frame->length, .repeat = 1);

		assert_int_equal(bpf_prog_test_run_opts(prog, &opts), 0);
		assert_int_equal(opts.retval, XDP_PASS);
	}
	close(prog);
}

static void run_frames(uint32_t ifindex, const struct frame_flow *flow, enum sample_kind kind, int times)
{
	struct frame frame;

	frame_build(&frame, flow, kind);
	run_frame(ifindex, &frame, times);
}

/* With a tag, which takes the program's long way. */
static void run_tagged_frames(uint32_t ifindex, const struct frame_flow *flow, enum sample_kind kind, int times)
{
	struct frame frame;

	frame_init(&frame);
	frame_vlan(&frame, FRAME_8021Q, 100);
	frame_ipv4(&frame, flow->src, flow->dst);
	frame_udp(&frame, flow->sport, flow->dport);
	frame_sample(&frame, kind);
	run_frame(ifindex, &frame, times);
}

static const struct frame_flow from_acme = { VX_TRANSPORT_UDP, "192.0.2.10", 5060, FRAME_EDGE, 5060, 0 };
static const struct frame_flow from_globex = { VX_TRANSPORT_UDP, "192.0.2.200", 5060, FRAME_EDGE, 5060, 0 };

/* Packets counted for a vendor's service `sip` (NULL: for nobody) on a device. */
static uint64_t counted(const char *device, const char *vendor, enum vx_outcome outcome)
{
	struct counters counters = {};
	uint64_t packets = 0;

	if (classifier_counters(sandbox_state(), &counters, &fixture.failure))
		fail_msg("counters: %s", fixture.failure.text);
	for (size_t i = 0; i < counters.count; i++) {
		const struct counter_row *row = &counters.rows[i];

		if (row->kind == COUNTER_OUTCOME && row->outcome == outcome && strcmp(row->device, device) == 0 &&
		    (vendor ? row->vendor && strcmp(row->vendor, vendor) == 0 : !row->vendor))
			packets += row->packets;
	}
	counters_fini(&counters);
	return packets;
}

/* ---- what works ------------------------------------------------------------------------------------------------- */

static void attached_device_is_read_back(void **state)
{
	struct classifier classifier;

	(void)state;
	attach_or_fail();
	classifier = read_or_fail();
	assert_int_equal(classifier.generation.number, 1);
	assert_int_equal(classifier.generation.vendors, 2);
	assert_int_equal(classifier.generation.services, 2);
	assert_int_equal(classifier.devices.count, 1);
	assert_string_equal(classifier.devices.items[0].ifname, "va");
	assert_int_equal(classifier.devices.items[0].state, DEVICE_ATTACHED);
	assert_int_equal(classifier.devices.items[0].info.role, VX_ROLE_WAN);
	assert_int_equal(classifier.devices.items[0].prog_id, interface_prog_id(fixture.ifindex));
	assert_string_equal(classifier.fills[0].name, "IPv4 prefixes");
	assert_int_equal(classifier.fills[0].used, 2);
	classifier_fini(&classifier);
}

static void detach_removes_every_pin(void **state)
{
	struct devices detached = {};

	(void)state;
	attach_or_fail();
	assert_int_equal(classifier_detach(sandbox_state(), "va", &detached, &fixture.failure), 0);
	assert_int_equal(detached.count, 1);
	devices_fini(&detached);
	assert_true(sandbox_is_clean());
	assert_int_equal(interface_prog_id(fixture.ifindex), 0);
	assert_refused(classifier_detach(sandbox_state(), NULL, NULL, &fixture.failure), VX_EXIT_NOT_ATTACHED,
		       "not attached");
}

static void update_switches_the_verdict_and_keeps_the_counters(void **state)
{
	struct classifier classifier;

	(void)state;
	attach_or_fail();
	run_frames(fixture.ifindex, &from_acme, SAMPLE_SIP_INVITE, 3);
	run_tagged_frames(fixture.ifindex, &from_acme, SAMPLE_SIP_INVITE, 10);
	run_frames(fixture.ifindex, &from_globex, SAMPLE_SIP_INVITE, 2);
	/* Acme goes, globex gets its range, and its slots move in the file's order: the counters must not. */
	assert_int_equal(unlink(loading_path(&fixture.loading, "acme.yaml")), 0);
	loading_write_changed(&fixture.loading, "globex.yaml", globex, "192.0.2.128/25", "192.0.2.0/24");
	loading_load(&fixture.loading, NULL, NULL, DAY);
	fixture.set = fixture.loading.set;
	update_or_fail();
	run_frames(fixture.ifindex, &from_acme, SAMPLE_SIP_INVITE, 4);
	run_tagged_frames(fixture.ifindex, &from_acme, SAMPLE_SIP_INVITE, 20);
	assert_int_equal(counted("va", "acme", VX_OUTCOME_MATCH), 3 + 10);
	assert_int_equal(counted("va", "globex", VX_OUTCOME_MATCH), 2 + 4 + 20);
	classifier = read_or_fail();
	assert_int_equal(classifier.generation.number, 2);
	assert_int_equal(classifier.generation.vendors, 1);
	classifier_fini(&classifier);
}

static void many_updates_alternate_between_the_halves(void **state)
{
	struct classifier classifier;
	uint32_t half;

	(void)state;
	attach_or_fail();
	classifier = read_or_fail();
	half = classifier.half;
	classifier_fini(&classifier);
	for (uint64_t number = 2; number < 12; number++) {
		update_or_fail();
		classifier = read_or_fail();
		assert_int_equal(classifier.generation.number, number);
		assert_int_equal(classifier.half, !half);
		half = classifier.half;
		classifier_fini(&classifier);
		run_frames(fixture.ifindex, &from_acme, SAMPLE_SIP_INVITE, 1);
	}
	assert_int_equal(counted("va", "acme", VX_OUTCOME_MATCH), 10);
}

static void pinned_tries_hold_the_prefixes(void **state)
{
	struct vx_lpm4_key key = { .prefixlen = 32, .addr = htobe32(0xc0000285) }; /* 192.0.2.133 */
	uint32_t in_globex = 0, in_acme = 0;
	int trie;

	(void)state;
	fixture.engine = VX_ENGINE_LPM;
	attach_or_fail();
	trie = bpf_obj_get(shared_pin("vx_lpm4_half1")); /* the first generation goes to the half that is not live */
	assert_true(trie >= 0);
	assert_int_equal(bpf_map_lookup_elem(trie, &key, &in_globex), 0);
	key.addr = htobe32(0xc0000205);
	assert_int_equal(bpf_map_lookup_elem(trie, &key, &in_acme), 0);
	assert_int_not_equal(in_acme, in_globex);
	key.addr = htobe32(0xc0000305);
	assert_int_equal(bpf_map_lookup_elem(trie, &key, &in_acme), -ENOENT);
	close(trie);
}

/* How many of the four tries are pinned. */
static unsigned tries_pinned(void)
{
	static const char *const pins[] = { "vx_lpm4_half0", "vx_lpm4_half1", "vx_lpm6_half0", "vx_lpm6_half1" };
	unsigned pinned = 0;

	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++)
		pinned += access(shared_pin(pins[i]), F_OK) == 0;
	return pinned;
}

static void assert_engines(uint32_t engines, uint64_t previous)
{
	struct classifier classifier = read_or_fail();

	assert_int_equal(classifier.generation.engines, engines);
	assert_int_equal(classifier.previous, previous);
	classifier_fini(&classifier);
}

static int roll_back(void)
{
	struct classifier_change change = {};
	int result = classifier_rollback(sandbox_state(), &change, &fixture.failure);

	classifier_change_fini(&change);
	return result;
}

/* Acme and globex are told apart on a device: its tables are not empty. */
static void assert_judges(const char *device, uint32_t ifindex)
{
	uint64_t acmes = counted(device, "acme", VX_OUTCOME_MATCH),
		 others = counted(device, "globex", VX_OUTCOME_MATCH);

	run_frames(ifindex, &from_acme, SAMPLE_SIP_INVITE, 2);
	run_frames(ifindex, &from_globex, SAMPLE_SIP_INVITE, 3);
	assert_int_equal(counted(device, "acme", VX_OUTCOME_MATCH), acmes + 2);
	assert_int_equal(counted(device, "globex", VX_OUTCOME_MATCH), others + 3);
}

static void tries_are_filled_as_long_as_a_device_uses_them(void **state)
{
	const uint32_t direct = 1U << VX_ENGINE_DIRECT, both = direct | 1U << VX_ENGINE_LPM;
	uint32_t other = sandbox_veth("vb");

	(void)state;
	attach_or_fail();
	update_or_fail();
	assert_engines(direct, 1);
	assert_int_equal(tries_pinned(), 0);

	fixture.engine = VX_ENGINE_LPM;
	assert_int_equal(attach_to("vb", NULL), 0);
	assert_engines(both, 0); /* what was live before has no tries */
	assert_int_equal(tries_pinned(), 2);
	assert_judges("va", fixture.ifindex);
	assert_judges("vb", other);
	assert_refused(roll_back(), VX_EXIT_FAILED, "not for engine lpm");
	update_or_fail();
	assert_engines(both, 3);
	assert_int_equal(tries_pinned(), 4);
	assert_int_equal(roll_back(), 0);
	assert_judges("vb", other);

	assert_int_equal(classifier_detach(sandbox_state(), "vb", NULL, &fixture.failure), 0);
	update_or_fail();
	assert_engines(direct, 3);
	assert_int_equal(tries_pinned(), 2);
	update_or_fail();
	assert_engines(direct, 5);
	assert_int_equal(tries_pinned(), 0);
	assert_judges("va", fixture.ifindex);
}

static void a_device_that_cannot_join_leaves_the_generation_before(void **state)
{
	(void)state;
	attach_or_fail();
	/* One interface is there and one is not: the first is attached before the second fails. */
	(void)sandbox_veth("vb");
	for (enum vx_engine engine = 0; engine < _VX_ENGINE_MAX; engine++) {
		struct classifier classifier;

		fixture.engine = engine;
		assert_int_not_equal(attach_to("vb", "nosuch"), 0);
		classifier = read_or_fail();
		assert_int_equal(classifier.generation.number, 1);
		assert_int_equal(classifier.devices.count, 1);
		classifier_fini(&classifier);
		assert_refused(roll_back(), VX_EXIT_FAILED, "no generation to return to");
		assert_judges("va", fixture.ifindex);
	}
}

static void counters_sum_over_cpus(void **state)
{
	cpu_set_t all, one;
	uint64_t sent = 0;

	(void)state;
	attach_or_fail();
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
		run_frames(fixture.ifindex, &from_acme, SAMPLE_SIP_INVITE, 5 + cpu % 7);
		sent += 5 + (uint64_t)cpu % 7;
	}
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	assert_int_equal(counted("va", "acme", VX_OUTCOME_MATCH), sent);
}

static void a_second_device_joins_with_counters_of_its_own(void **state)
{
	uint32_t other = sandbox_veth("vb");
	struct classifier classifier;

	(void)state;
	attach_or_fail();
	run_frames(fixture.ifindex, &from_acme, SAMPLE_SIP_INVITE, 3);
	assert_int_equal(attach_to("vb", NULL), 0);
	run_frames(other, &from_acme, SAMPLE_SIP_INVITE, 2);
	assert_int_equal(counted("va", "acme", VX_OUTCOME_MATCH), 3);
	assert_int_equal(counted("vb", "acme", VX_OUTCOME_MATCH), 2);
	assert_int_equal(classifier_detach(sandbox_state(), "va", NULL, &fixture.failure), 0);
	classifier = read_or_fail();
	assert_int_equal(classifier.devices.count, 1);
	assert_string_equal(classifier.devices.items[0].ifname, "vb");
	classifier_fini(&classifier);
	assert_int_equal(classifier_detach(sandbox_state(), NULL, NULL, &fixture.failure), 0);
	assert_true(sandbox_is_clean());
	sandbox_remove_link("vb");
}

static void a_vanished_device_is_told_and_makes_room_for_its_successor(void **state)
{
	struct classifier classifier;

	(void)state;
	attach_or_fail();
	run_frames(fixture.ifindex, &from_acme, SAMPLE_SIP_INVITE, 3);
	sandbox_remove_link("va");
	classifier = read_or_fail();
	assert_int_equal(classifier.devices.items[0].state, DEVICE_VANISHED);
	assert_string_equal(classifier.devices.items[0].ifname, "va");
	classifier_fini(&classifier);
	assert_int_equal(counted("va", "acme", VX_OUTCOME_MATCH), 3);

	fixture.ifindex = sandbox_veth("va");
	attach_or_fail();
	classifier = read_or_fail();
	assert_int_equal(classifier.devices.count, 1);
	assert_int_equal(classifier.devices.items[0].state, DEVICE_ATTACHED);
	classifier_fini(&classifier);
	assert_int_equal(counted("va", "acme", VX_OUTCOME_MATCH), 0);
}

static void a_renamed_device_goes_by_its_new_name(void **state)
{
	struct classifier classifier;

	(void)state;
	attach_or_fail();
	assert_int_equal(system("ip link set va down && ip link set va name vrenamed && ip link set vrenamed up"), 0);
	classifier = read_or_fail();
	assert_string_equal(classifier.devices.items[0].ifname, "vrenamed");
	classifier_fini(&classifier);
	assert_int_equal(classifier_detach(sandbox_state(), "vrenamed", NULL, &fixture.failure), 0);
	sandbox_remove_link("vrenamed");
}

static void a_program_taken_off_by_force_is_told(void **state)
{
	struct classifier classifier;
	int link;

	(void)state;
	attach_or_fail();
	link = bpf_obj_get(device_pin(fixture.ifindex, "link"));
	assert_int_equal(bpf_link_detach(link), 0);
	close(link);
	classifier = read_or_fail();
	assert_int_equal(classifier.devices.items[0].state, DEVICE_DETACHED);
	classifier_fini(&classifier);
	assert_int_equal(classifier_detach(sandbox_state(), "va", NULL, &fixture.failure), 0);
	assert_true(sandbox_is_clean());
}

/* What a writer that was killed on its way leaves: the directory has its partial name, whatever is in it. */
static void remains_of_a_killed_writer_are_mended(void **state)
{
	char final[128], partial[160];

	(void)state;
	attach_or_fail();
	(void)snprintf(final, sizeof(final), "%s/devices/%u", sandbox_state(), fixture.ifindex);
	(void)snprintf(partial, sizeof(partial), "%s_partial", final);
	assert_int_equal(rename(final, partial), 0);
	assert_refused(update_at(sandbox_state()), VX_EXIT_NOT_ATTACHED, "not attached");
	assert_int_equal(access(partial, F_OK), -1);
	assert_int_equal(interface_prog_id(fixture.ifindex), 0);
	attach_or_fail();
	run_frames(fixture.ifindex, &from_acme, SAMPLE_SIP_INVITE, 1);
	assert_int_equal(counted("va", "acme", VX_OUTCOME_MATCH), 1);
}

/* A pin that somebody has removed: the device is listed all the same, and detach takes it off. */
static void a_device_that_lost_a_pin_is_listed_and_detached(void **state)
{
	static const char *const pins[] = { "link", "prog", "vx_counters", "vx_sip", "vx_device" };

	(void)state;
	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		struct classifier classifier;
		struct counters counters;

		attach_or_fail();
		assert_int_equal(unlink(device_pin(fixture.ifindex, pins[i])), 0);
		/* Its counters may be out of reach: no reason to hide those of others. */
		assert_int_equal(classifier_counters(sandbox_state(), &counters, &fixture.failure), 0);
		counters_fini(&counters);
		classifier = read_or_fail();
		assert_int_equal(classifier.devices.count, 1);
		assert_string_equal(classifier.devices.items[0].ifname, "va");
		assert_int_equal(classifier.devices.items[0].state, DEVICE_BROKEN);
		classifier_fini(&classifier);
		assert_int_equal(classifier_detach(sandbox_state(), "va", NULL, &fixture.failure), 0);
		assert_true(sandbox_is_clean());
		assert_int_equal(interface_prog_id(fixture.ifindex), 0);
	}
}

/* ---- what is refused -------------------------------------------------------------------------------------------- */

static void one_refusing_device_attaches_none(void **state)
{
	(void)state;
	assert_refused(attach_to("va", "lo"), VX_EXIT_UNSUPPORTED, "--mode skb");
	assert_non_null(strstr(fixture.failure.text, "lo "));
	assert_int_equal(interface_prog_id(fixture.ifindex), 0);
	assert_true(sandbox_is_clean());
}

static void attached_twice_it_stays_and_gets_the_profiles(void **state)
{
	struct classifier classifier;
	uint32_t prog;

	(void)state;
	attach_or_fail();
	prog = interface_prog_id(fixture.ifindex);
	sandbox_veth("vb");
	assert_int_equal(attach_to("va", "vb"), 0);
	assert_int_equal(interface_prog_id(fixture.ifindex), prog);
	classifier = read_or_fail();
	assert_int_equal(classifier.devices.count, 2);
	assert_int_equal(classifier.generation.number, 2);
	classifier_fini(&classifier);
	assert_int_equal(attach_to("va", "vb"), 0);
	classifier = read_or_fail();
	assert_int_equal(classifier.devices.count, 2);
	assert_int_equal(classifier.generation.number, 3);
	classifier_fini(&classifier);
	sandbox_remove_link("vb");
}

/* Each of the settings alone, and nothing changes. */
static void attached_twice_with_another_setting_is_refused(void **state)
{
	static const struct {
		enum vx_role role;
		struct attach_how how;
	} others[] = {
		{ VX_ROLE_LAN, { VX_MODE_NATIVE, VX_ENGINE_DIRECT, 0 } },
		{ VX_ROLE_WAN, { VX_MODE_SKB, VX_ENGINE_DIRECT, 0 } },
		{ VX_ROLE_WAN, { VX_MODE_NATIVE, VX_ENGINE_LPM, 0 } },
		{ VX_ROLE_WAN, { VX_MODE_NATIVE, VX_ENGINE_DIRECT, 1 << VX_TUNNEL_VXLAN } },
	};
	struct device_spec spec = { .ifname = "va", .ifindex = fixture.ifindex };
	uint32_t prog;

	(void)state;
	attach_or_fail();
	prog = interface_prog_id(fixture.ifindex);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const struct attach_request request = { fixture.set, { &spec, 1, others[i].how } };
		struct classifier_change change = {};
		struct classifier classifier;

		spec.role = others[i].role;
		assert_refused(classifier_attach(sandbox_state(), &request, &change, &fixture.failure), VX_EXIT_FAILED,
			       "attached already");
		assert_int_equal(interface_prog_id(fixture.ifindex), prog);
		classifier = read_or_fail();
		assert_int_equal(classifier.generation.number, 1);
		classifier_fini(&classifier);
	}
}

static void a_foreign_program_is_left_alone(void **state)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int prog = bpf_prog_load(BPF_PROG_TYPE_XDP, "foreign", "GPL", pass, 2, NULL);
	int link = bpf_link_create(prog, (int)fixture.ifindex, BPF_XDP, NULL);
	uint32_t id = interface_prog_id(fixture.ifindex);

	(void)state;
	assert_true(link >= 0 && id);
	assert_refused(attach_to("va", NULL), VX_EXIT_FAILED, "another XDP program");
	assert_int_equal(interface_prog_id(fixture.ifindex), id);
	assert_true(sandbox_is_clean());
	close(link);
	close(prog);
}

static void a_held_lock_stops_writers_but_not_readers(void **state)
{
	struct classifier classifier;
	int lock;

	(void)state;
	attach_or_fail();
	lock = open(sandbox_state(), O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
	assert_refused(attach_to("va", NULL), VX_EXIT_LOCKED, "lock");
	assert_refused(update_at(sandbox_state()), VX_EXIT_LOCKED, "lock");
	assert_refused(classifier_detach(sandbox_state(), NULL, NULL, &fixture.failure), VX_EXIT_LOCKED, "lock");
	classifier = read_or_fail();
	assert_int_equal(classifier.generation.number, 1);
	classifier_fini(&classifier);
	close(lock);
	update_or_fail();
}

static void profiles_that_do_not_fit_leave_the_live_ones(void **state)
{
	struct classifier classifier;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	attach_or_fail();
	fputs("voxdp: 1\nvendor: acme\ntitle: Acme\nranges:\n"
	      "  all: {claim: own, source: page 1, prefixes: [192.0.2.0/25]}\nservices:\n",
	      out);
	for (int i = 0; i < 2000; i++)
		fprintf(out, "  s%d: {source: page 2, remote: all, ports: udp/%d, payload: sip}\n", i, 10000 + i);
	assert_int_equal(fclose(out), 0);
	load(text, globex);
	free(text);
	assert_refused(update_at(sandbox_state()), VX_EXIT_FAILED, "slots");
	classifier = read_or_fail();
	assert_int_equal(classifier.generation.number, 1);
	assert_int_equal(classifier.generation.services, 2);
	classifier_fini(&classifier);
	run_frames(fixture.ifindex, &from_acme, SAMPLE_SIP_INVITE, 1);
	assert_int_equal(counted("va", "acme", VX_OUTCOME_MATCH), 1);
}

static void update_and_status_without_a_device_say_so(void **state)
{
	struct classifier classifier;
	struct counters counters;

	(void)state;
	assert_refused(update_at(sandbox_state()), VX_EXIT_NOT_ATTACHED, "not attached");
	assert_refused(classifier_read(sandbox_state(), &classifier, &fixture.failure), VX_EXIT_NOT_ATTACHED,
		       "not attached");
	assert_refused(classifier_counters(sandbox_state(), &counters, &fixture.failure), VX_EXIT_NOT_ATTACHED,
		       "not attached");
	assert_true(sandbox_is_clean());
}

static void a_place_that_is_no_bpffs_is_refused_with_the_command(void **state)
{
	const struct device_spec spec = { "va", fixture.ifindex, VX_ROLE_WAN };
	const struct attach_request request = { .profiles = fixture.set, .devices = { .specs = &spec, .count = 1 } };
	struct classifier_change change;
	char path[256];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/voxdp", fixture.loading.directory);
	assert_refused(classifier_attach(path, &request, &change, &fixture.failure), VX_EXIT_FAILED,
		       "mount -t bpf bpf ");
	assert_refused(update_at(path), VX_EXIT_NOT_ATTACHED, "mount -t bpf bpf ");
	assert_int_equal(access(path, F_OK), -1);
}

static void a_state_directory_that_is_not_ours_alone_is_refused(void **state)
{
	(void)state;
	attach_or_fail();
	assert_int_equal(chmod(sandbox_state(), 0750), 0);
	assert_refused(update_at(sandbox_state()), VX_EXIT_FAILED, "mode is 0750");
	assert_int_equal(chmod(sandbox_state(), 0700), 0);
	assert_int_equal(chown(sandbox_state(), 12345, 0), 0);
	assert_refused(update_at(sandbox_state()), VX_EXIT_FAILED, "uid 12345");
	assert_int_equal(chown(sandbox_state(), 0, 0), 0);
	assert_int_equal(chmod(sandbox_bpffs(), 0777), 0);
	assert_refused(update_at(sandbox_state()), VX_EXIT_FAILED, "others may write");
	assert_int_equal(chmod(sandbox_bpffs(), 01777), 0);
	update_or_fail();
}

static void a_link_in_place_of_the_state_directory_is_refused(void **state)
{
	char elsewhere[128];

	(void)state;
	(void)snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", sandbox_bpffs());
	assert_int_equal(mkdir(elsewhere, 0700), 0);
	assert_int_equal(symlink(elsewhere, sandbox_state()), 0);
	assert_refused(attach_to("va", NULL), VX_EXIT_FAILED, "not a directory");
	assert_int_equal(unlink(sandbox_state()), 0);
	assert_int_equal(rmdir(elsewhere), 0); /* nothing was put there */
}

/* One property of a pinned map that is made to differ, all others being as they are. */
struct odd_map {
	const char *name, *part;
	uint32_t type, key_size, value_size, max_entries, flags; /* 0: as it is */
	bool no_flags;
};

static uint32_t either(uint32_t other, uint32_t as_it_is)
{
	return other ? other : as_it_is;
}

/* Its name is then free for another one. */
static void pin_aside(const char *name, char aside[160])
{
	(void)snprintf(aside, 160, "%s_aside", pin_of(name));
	assert_int_equal(rename(pin_of(name), aside), 0);
}

static void replace_pin(const struct odd_map *odd)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	int pinned = bpf_obj_get(pin_of(odd->name)), map;
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	char aside[160];

	assert_true(pinned >= 0);
	assert_int_equal(bpf_obj_get_info_by_fd(pinned, &info, &size), 0);
	close(pinned);
	opts.map_flags = odd->no_flags ? 0 : either(odd->flags, info.map_flags);
	map = bpf_map_create(either(odd->type, info.type), "odd", either(odd->key_size, info.key_size),
			     either(odd->value_size, info.value_size), either(odd->max_entries, info.max_entries),
			     &opts);
	if (map < 0)
		fail_msg("cannot make %s with another %s: %s", odd->name, odd->part, strerror(errno));
	pin_aside(odd->name, aside);
	assert_int_equal(bpf_obj_pin(map, pin_of(odd->name)), 0);
	close(map);
}

static void restore_pin(const char *name)
{
	char aside[160];

	(void)snprintf(aside, sizeof(aside), "%s_aside", pin_of(name));
	assert_int_equal(rename(aside, pin_of(name)), 0);
}

static void maps_of_another_shape_are_refused(void **state)
{
	static const struct odd_map rows[] = {
		{ "vx_control", "type", .type = BPF_MAP_TYPE_HASH, .no_flags = true },
		{ "vx_control", "value size", .value_size = 8 },
		{ "vx_control", "flags", .no_flags = true },
		{ "vx_tables", "max_entries", .max_entries = 3 },
		{ "vx_tables", "value size", .value_size = 4096 },
		{ "vx_tables", "flags", .no_flags = true },
		{ "vx_lpm4_half1", "key size", .key_size = 20 },
		{ "vx_lpm6_half1", "max_entries", .max_entries = 7 },
		{ "vx_slots", "value size", .value_size = 128 },
		{ "vx_slots", "max_entries", .max_entries = 100 },
	};

	(void)state;
	fixture.engine = VX_ENGINE_LPM;
	attach_or_fail();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct classifier classifier;

		replace_pin(&rows[i]);
		assert_refused(update_at(sandbox_state()), VX_EXIT_FAILED, rows[i].name);
		assert_non_null(strstr(fixture.failure.text, rows[i].part));
		assert_refused(classifier_read(sandbox_state(), &classifier, &fixture.failure), VX_EXIT_FAILED,
			       rows[i].name);
		restore_pin(rows[i].name);
	}
	update_or_fail();
}

static void another_layout_version_is_refused(void **state)
{
	const uint32_t zero = 0;
	struct vx_control control;
	int map;

	(void)state;
	attach_or_fail();
	map = bpf_obj_get(shared_pin("vx_control"));
	assert_int_equal(bpf_map_lookup_elem(map, &zero, &control), 0);
	assert_int_equal(control.layout_version, VX_LAYOUT_VERSION);
	control.layout_version += 7;
	assert_int_equal(bpf_map_update_elem(map, &zero, &control, 0), 0);
	assert_refused(update_at(sandbox_state()), VX_EXIT_FAILED, "layout version");
	control.layout_version -= 7;
	assert_int_equal(bpf_map_update_elem(map, &zero, &control, 0), 0);
	close(map);
	update_or_fail();
}

static void a_half_that_there_is_not_is_refused(void **state)
{
	struct vx_half_head *head;
	__u64 active;
	int map;

	(void)state;
	attach_or_fail();
	map = bpf_obj_get(shared_pin("vx_tables"));
	head = mmap(NULL, sizeof(*head), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	assert_ptr_not_equal(head, MAP_FAILED);
	active = head->active_half;
	assert_true(active == VX_HALF(0) || active == VX_HALF(1));
	head->active_half = 1; /* the number of a half is not its mask */
	assert_refused(update_at(sandbox_state()), VX_EXIT_FAILED, "half 1 is live");
	head->active_half = active;
	assert_int_equal(munmap(head, sizeof(*head)), 0);
	close(map);
	update_or_fail();
}

/* Reads what is behind a pin: counters are read apart from the rest. */
static void assert_pin_refused(const char *name, const char *part)
{
	struct classifier classifier;
	struct counters counters;

	if (strcmp(name, "vx_counters") == 0 || strcmp(name, "vx_sip") == 0)
		assert_refused(classifier_counters(sandbox_state(), &counters, &fixture.failure), VX_EXIT_FAILED, part);
	else
		assert_refused(classifier_read(sandbox_state(), &classifier, &fixture.failure), VX_EXIT_FAILED, part);
	assert_non_null(strstr(fixture.failure.text, name));
}

static void counters_of_another_shape_are_refused(void **state)
{
	static const struct odd_map rows[] = {
		{ "vx_counters", "type", .type = BPF_MAP_TYPE_ARRAY },
		{ "vx_counters", "value size", .value_size = 8 * sizeof(struct vx_counter_block) },
		{ "vx_counters", "max_entries", .max_entries = 3 },
		{ "vx_sip", "type", .type = BPF_MAP_TYPE_ARRAY },
		{ "vx_sip", "value size", .value_size = 8 },
		{ "vx_sip", "max_entries", .max_entries = 100000 },
		{ "vx_device", "type", .type = BPF_MAP_TYPE_HASH },
		{ "vx_device", "value size", .value_size = 4096 },
		{ "vx_device", "max_entries", .max_entries = 2 },
	};

	(void)state;
	attach_or_fail();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		replace_pin(&rows[i]);
		assert_pin_refused(rows[i].name, "wrong shape");
		restore_pin(rows[i].name);
	}
	update_or_fail();
}

/* Acme without its service sip, whose name is then retired. */
static const char renamed[] = "voxdp: 1\n"
			      "vendor: acme\n"
			      "title: Acme\n"
			      "ranges:\n"
			      "  all: {claim: own, source: page 1, prefixes: [192.0.2.0/25]}\n"
			      "services:\n"
			      "  phones: {source: page 2, remote: all, ports: udp/5060, payload: sip}\n";

/* A value that is larger than ours would be filled with what lies behind our zeros. */
static void counters_of_another_shape_are_not_cleared(void **state)
{
	static const struct odd_map rows[] = {
		{ "vx_counters", "value size", .value_size = 8 * sizeof(struct vx_counter_block) },
		{ "vx_sip", "value size", .value_size = 8 * sizeof(struct vx_sip_block) },
	};

	(void)state;
	attach_or_fail();
	load(renamed, globex);
	update_or_fail();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct collected collected = {};

		replace_pin(&rows[i]);
		assert_refused(classifier_collect(sandbox_state(), &collected, &fixture.failure), VX_EXIT_FAILED,
			       "wrong shape");
		restore_pin(rows[i].name);
	}
}

/* Each pin that is opened, and what may lie in its place. */
static void pins_that_are_something_else_are_refused(void **state)
{
	static const struct {
		const char *name, *kind, *other;
	} pins[] = {
		{ "vx_control", "not a map", "prog" }, { "vx_tables", "not a map", "prog" },
		{ "vx_slots", "not a map", "prog" },   { "vx_lpm4", "not a map", "prog" },
		{ "vx_device", "not a map", "prog" },  { "vx_counters", "not a map", "link" },
		{ "vx_sip", "not a map", "prog" },     { "prog", "not a program", "vx_tables" },
		{ "link", "not a link", "vx_tables" },
	};
	char aside[160];

	(void)state;
	attach_or_fail();
	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		const char *name = pins[i].name;
		int other = bpf_obj_get(pin_of(pins[i].other));

		assert_true(other >= 0);
		pin_aside(name, aside);
		/* a symbolic link, even to the very object */
		assert_int_equal(symlink(aside, pin_of(name)), 0);
		assert_pin_refused(name, "not a BPF object");
		assert_int_equal(unlink(pin_of(name)), 0);
		/* another kind of object */
		assert_int_equal(bpf_obj_pin(other, pin_of(name)), 0);
		assert_pin_refused(name, pins[i].kind);
		assert_int_equal(unlink(pin_of(name)), 0);
		close(other);
		restore_pin(name);
		/* readable by others, or somebody else's */
		assert_int_equal(chmod(pin_of(name), 0640), 0);
		assert_pin_refused(name, "mode 0640");
		assert_int_equal(chmod(pin_of(name), 0600), 0);
		assert_int_equal(chown(pin_of(name), 12345, 0), 0);
		assert_pin_refused(name, "uid 12345");
		assert_int_equal(chown(pin_of(name), 0, 0), 0);
	}
	/* nothing */
	pin_aside("vx_tables", aside);
	assert_pin_refused("vx_tables", "missing");
	restore_pin("vx_tables");
	update_or_fail();
}

/* Programs and links of the right kind that are not those that were attached. */
static void programs_and_links_of_others_are_refused(void **state)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int prog = bpf_prog_load(BPF_PROG_TYPE_XDP, "foreign", "GPL", pass, 2, NULL);
	int link = bpf_link_create(prog, (int)sandbox_veth("vb"), BPF_XDP, NULL);
	char aside[160];

	(void)state;
	assert_true(prog >= 0 && link >= 0);
	attach_or_fail();
	pin_aside("prog", aside);
	assert_int_equal(bpf_obj_pin(prog, pin_of("prog")), 0);
	assert_pin_refused("prog", "expected the one that was attached");
	assert_int_equal(unlink(pin_of("prog")), 0);
	restore_pin("prog");
	pin_aside("link", aside);
	assert_int_equal(bpf_obj_pin(link, pin_of("link")), 0);
	assert_pin_refused("link", "it holds program");
	assert_refused(classifier_detach(sandbox_state(), NULL, NULL, &fixture.failure), VX_EXIT_FAILED,
		       "it holds program");
	assert_int_not_equal(interface_prog_id(if_nametoindex("vb")), 0);
	assert_int_equal(unlink(pin_of("link")), 0);
	restore_pin("link");
	update_or_fail();
	close(link);
	close(prog);
	sandbox_remove_link("vb");
}

/* Becomes nobody, with these capabilities alone. */
static bool become_nobody(uint64_t capabilities)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].effective = data[i].permitted = (uint32_t)(capabilities >> (32 * i));
	return prctl(PR_SET_KEEPCAPS, 1) == 0 && setgid(65534) == 0 && setuid(65534) == 0 &&
	       syscall(SYS_capset, &header, data) == 0;
}

#define CAPABILITY(name) (1ULL << CAP_##name)

static const struct caps_row {
	const char *name;
	uint64_t capabilities;
	const char *part; /* of the failure; NULL: attaching works */
} caps_rows[] = {
	{ "none", 0, "CAP_BPF and CAP_NET_ADMIN" },
	{ "no CAP_NET_ADMIN", CAPABILITY(BPF) | CAPABILITY(PERFMON), ": CAP_NET_ADMIN" },
	{ "no CAP_BPF", CAPABILITY(NET_ADMIN) | CAPABILITY(PERFMON), ": CAP_BPF" },
	{ "all three", CAPABILITY(BPF) | CAPABILITY(NET_ADMIN) | CAPABILITY(PERFMON), NULL },
};

/* Runs in a child: what is given up does not come back. 0: as expected. */
static int attach_with(const struct caps_row *row)
{
	int result;

	if (!become_nobody(row->capabilities))
		return 2;
	result = attach_to("va", NULL);
	if (!row->part)
		return result || classifier_detach(sandbox_state(), NULL, NULL, &fixture.failure);
	return result == 0 || fixture.failure.exit_code != VX_EXIT_NOT_PERMITTED ||
	       !strstr(fixture.failure.text, row->part);
}

static void three_capabilities_suffice_and_missing_ones_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(caps_rows) / sizeof(caps_rows[0]); i++) {
		int status;
		pid_t child;

		fflush(NULL);
		child = fork();
		if (!child) {
			int result = attach_with(&caps_rows[i]);

			if (result)
				fprintf(stderr, "%s: %s\n", caps_rows[i].name, fixture.failure.text);
			_exit(result);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
		assert_true(sandbox_is_clean());
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(attached_device_is_read_back),
		TEST(detach_removes_every_pin),
		TEST(update_switches_the_verdict_and_keeps_the_counters),
		TEST(many_updates_alternate_between_the_halves),
		TEST(pinned_tries_hold_the_prefixes),
		TEST(tries_are_filled_as_long_as_a_device_uses_them),
		TEST(a_device_that_cannot_join_leaves_the_generation_before),
		TEST(counters_sum_over_cpus),
		TEST(a_second_device_joins_with_counters_of_its_own),
		TEST(a_vanished_device_is_told_and_makes_room_for_its_successor),
		TEST(a_renamed_device_goes_by_its_new_name),
		TEST(a_program_taken_off_by_force_is_told),
		TEST(remains_of_a_killed_writer_are_mended),
		TEST(a_device_that_lost_a_pin_is_listed_and_detached),
		TEST(one_refusing_device_attaches_none),
		TEST(attached_twice_it_stays_and_gets_the_profiles),
		TEST(attached_twice_with_another_setting_is_refused),
		TEST(a_foreign_program_is_left_alone),
		TEST(a_held_lock_stops_writers_but_not_readers),
		TEST(profiles_that_do_not_fit_leave_the_live_ones),
		TEST(update_and_status_without_a_device_say_so),
		TEST(a_place_that_is_no_bpffs_is_refused_with_the_command),
		TEST(a_state_directory_that_is_not_ours_alone_is_refused),
		TEST(a_link_in_place_of_the_state_directory_is_refused),
		TEST(maps_of_another_shape_are_refused),
		TEST(another_layout_version_is_refused),
		TEST(a_half_that_there_is_not_is_refused),
		TEST(counters_of_another_shape_are_refused),
		TEST(counters_of_another_shape_are_not_cleared),
		TEST(pins_that_are_something_else_are_refused),
		TEST(programs_and_links_of_others_are_refused),
		TEST(three_capabilities_suffice_and_missing_ones_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
