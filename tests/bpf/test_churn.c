/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Updates under continuous traffic: between two sets of 20,000 prefixes, of which 10 % move to another vendor, 10 % go
 * and 10 % come. Each packet's verdict must be the old set's or the new set's, and each packet must be counted.
 *
 * How a verdict is seen: each group of prefixes has a payload protocol of its own, and a counter tells the protocol
 * whatever the tables say. So of each counter it is known from which group its packets are, and of each group which
 * counters are the old set's or the new set's: two where it moves, goes or comes, a single one where it stays. A packet
 * in any other counter was misjudged. Vendors and services are such that the same number of a class, port table, cell
 * or row means something else in the other set: a mix of both, or an empty table, ends in a counter that is not due.
 *
 *	CHURN_UPDATES=2000 build/tests/bpf/test_churn
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
#include <linux/if_packet.h>
#include <net/if.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#include "dataplane/classifier.h"
#include "dataplane/kernel.h"
#include "frame.h"
#include "lib/cleanup.h"
#include "loading.h"
#include "sandbox.h"
#include "tester.h"

#define DAY 20454 /* 2026-01-01 */
#define UPDATES_SHORT 48
#define JOINS 6

#define PREFIXES 22000	/* in either set or in both: 20,000 in each */
#define PREFIXES4 20000 /* the others are IPv6 */
#define KEEPERS 4	/* vendors whose prefixes stay */

/* 8 of 11 prefixes stay. */
enum group { GROUP_MOVES, GROUP_GOES, GROUP_COMES, GROUP_STAYS };
#define GROUPS (GROUP_STAYS + KEEPERS) /* each keeper's is told apart */

static unsigned group_of(uint32_t i)
{
	return i % 11 < GROUP_STAYS ? i % 11 : GROUP_STAYS + i / 11 % KEEPERS;
}

static enum sample_kind sample_of(unsigned group)
{
	static const enum sample_kind kinds[] = { SAMPLE_DTLS_HELLO, SAMPLE_ZRTP_HELLO, SAMPLE_RTCP_SR,
						  SAMPLE_STUN_BINDING };

	return kinds[group < GROUP_STAYS ? group : GROUP_STAYS];
}

/* Who may be told of a group's packets; "": nobody, so unknown_media. Both are the same where it stays. */
static void vendors_of(unsigned group, char ret[2][16])
{
	static const char *const moving[GROUP_STAYS][2] = { { "mover-a", "mover-b" }, { "goer", "" }, { "", "comer" } };

	for (int set = 0; set < 2; set++)
		if (group < GROUP_STAYS)
			(void)snprintf(ret[set], 16, "%s", moving[group][set]);
		else
			(void)snprintf(ret[set], 16, "keeper-%u", group - GROUP_STAYS);
}

/* An address of prefix @i: benchmark and documentation ranges (RFC 2544, RFC 3849). @length: the prefix itself. */
static void address_format(uint32_t i, bool length, char text[64])
{
	uint32_t v4 = 0xc6120000 + i * 4; /* 198.18.0.0, a /30 each */

	if (i < PREFIXES4)
		(void)snprintf(text, 64, "%u.%u.%u.%u%s", v4 >> 24, v4 >> 16 & 255, v4 >> 8 & 255,
			       (v4 & 255) + (length ? 0 : 1), length ? "/30" : "");
	else
		(void)snprintf(text, 64, "2001:db8:%x::%s", i, length ? "/48" : "9");
}

/* ---- the two sets ----------------------------------------------------------------------------------------------- */

static void vendor_write(struct loading *loading, const char *vendor, unsigned group, unsigned set)
{
	CLEANUP_FREE char *text = NULL;
	char file[64], prefix[64];
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool first = true;

	fprintf(out,
		"voxdp: 1\nvendor: %s\ntitle: A vendor\nranges:\n  all:\n    claim: own\n    source: page 1\n    prefixes: [",
		vendor);
	for (uint32_t i = 0; i < PREFIXES; i++) {
		if (group_of(i) != group)
			continue;
		address_format(i, true, prefix);
		fprintf(out, "%s\"%s\"", first ? "" : ", ", prefix);
		first = false;
	}
	fprintf(out, "]\nservices:\n");
	/* Neighbours of the service that is watched: other ports in the other set, so that every table shifts. */
	for (unsigned n = 0; n < 3 + 4 * set; n++)
		fprintf(out, "  side-%u-%u: {source: page 2, remote: all, ports: udp/%u-%u, payload: dns}\n", set, n,
			2000 + 300 * set + 1000 * n, 2100 + 300 * set + 1000 * n);
	fprintf(out, "  media: {source: page 3, remote: all, ports: udp/10000-20000, payload: media}\n");
	assert_int_equal(fclose(out), 0);
	(void)snprintf(file, sizeof(file), "%s.yaml", vendor);
	loading_write(loading, file, text);
}

/* Nobody sends from its range. Set 1 has it, and since it comes first, whatever is numbered by vendor moves by one. */
static const char shifter[] = "voxdp: 1\nvendor: a-shifter\ntitle: A vendor\nranges:\n"
			      "  all: {claim: own, source: page 1, prefixes: [192.0.2.0/24]}\nservices:\n"
			      "  media: {source: page 2, remote: all, ports: udp/30000-40000, payload: media}\n";

static void set_load(struct loading *loading, unsigned set)
{
	char vendors[2][16];

	loading_open(loading);
	if (set)
		loading_write(loading, "a-shifter.yaml", shifter);
	for (unsigned group = 0; group < GROUPS; group++) {
		vendors_of(group, vendors);
		if (vendors[set][0])
			vendor_write(loading, vendors[set], group, set);
	}
	loading_load(loading, NULL, NULL, DAY);
	assert_no_errors(loading, "profiles of this test");
}

/* ---- the traffic ------------------------------------------------------------------------------------------------ */

#define FRAME_ROOM 192
#define BATCH 64
static const char *const ifnames[] = { "va", "vb" };
#define DEVICES 2

struct churn_packet {
	uint8_t bytes[FRAME_ROOM];
	size_t length;
};

struct traffic {
	struct churn_packet *packets; /* one a prefix */
	uint64_t sent[DEVICES][GROUPS];
	bool stop;
	int error;
	pthread_t thread;
};

static struct churn_packet *packets_new(void)
{
	struct churn_packet *packets = calloc(PREFIXES, sizeof(*packets));

	assert_non_null(packets);
	for (uint32_t i = 0; i < PREFIXES; i++) {
		struct frame_flow flow = {
			VX_TRANSPORT_UDP, NULL, 12000, i < PREFIXES4 ? FRAME_EDGE : FRAME_EDGE6, 4000, 0
		};
		struct frame frame;
		char source[64];

		address_format(i, false, source);
		flow.src = source;
		frame_build(&frame, &flow, sample_of(group_of(i)));
		assert_true(frame.length <= FRAME_ROOM);
		memcpy(packets[i].bytes, frame_bytes(&frame), frame.length);
		packets[i].length = frame.length;
	}
	return packets;
}

static int socket_open(const char *ifname)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	char far[32];

	(void)snprintf(far, sizeof(far), "%s-far", ifname);
	address.sll_ifindex = (int)if_nametoindex(far);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Sends the batch that begins at @first; what the kernel took is counted by group. Returns how many those were. */
static int batch_send(struct traffic *traffic, int fd, unsigned device, uint32_t first)
{
	struct mmsghdr messages[BATCH] = {};
	struct iovec parts[BATCH];
	int taken;

	for (uint32_t n = 0; n < BATCH; n++) {
		/* A step that shares no factor with the number of prefixes: neighbours in time are none in the tables. */
		const struct churn_packet *packet = &traffic->packets[(first + n) * 7919ULL % PREFIXES];

		parts[n] = (struct iovec){ (void *)packet->bytes, packet->length };
		messages[n].msg_hdr = (struct msghdr){ .msg_iov = &parts[n], .msg_iovlen = 1 };
	}
	taken = sendmmsg(fd, messages, BATCH, 0);
	for (int n = 0; n < taken; n++)
		traffic->sent[device][group_of((uint32_t)((first + (uint32_t)n) * 7919ULL % PREFIXES))]++;
	return taken;
}

static void *traffic_run(void *argument)
{
	struct traffic *traffic = argument;
	int fds[DEVICES] = { socket_open(ifnames[0]), socket_open(ifnames[1]) };
	uint32_t next[DEVICES] = {};

	for (unsigned device = 0; !__atomic_load_n(&traffic->stop, __ATOMIC_RELAXED); device = !device) {
		int taken = batch_send(traffic, fds[device], device, next[device]);

		if (taken < 0 && errno != ENOBUFS && errno != EINTR) {
			traffic->error = errno;
			break;
		}
		next[device] = (next[device] + (uint32_t)(taken > 0 ? taken : 0)) % PREFIXES;
	}
	close(fds[0]);
	close(fds[1]);
	return NULL;
}

/* ---- what was counted ------------------------------------------------------------------------------------------- */

static uint64_t device_sent(const struct traffic *traffic, unsigned device)
{
	uint64_t sent = 0;

	for (unsigned group = 0; group < GROUPS; group++)
		sent += traffic->sent[device][group];
	return sent;
}

/* The counters, once the last packets have been delivered; they are taken as lost after 10 s. */
static struct counters settled(const struct traffic *traffic)
{
	struct counters counters = {};
	struct failure failure;
	uint64_t deadline = kernel_boottime_ns() + 10000000000ULL;

	do {
		counters_fini(&counters);
		if (classifier_counters(sandbox_state(), &counters, &failure))
			fail_msg("counters: %s", failure.text);
	} while (counters_packets(&counters, NULL) < device_sent(traffic, 0) + device_sent(traffic, 1) &&
		 kernel_boottime_ns() < deadline);
	return counters;
}

/* Is this a counter of the group in set 0 or 1? */
static bool row_is(const struct counter_row *row, unsigned group, unsigned set)
{
	const struct sample *sample = sample_get(sample_of(group));
	char vendors[2][16];

	vendors_of(group, vendors);
	if (row->kind != COUNTER_OUTCOME || row->protocol != (enum vx_protocol)sample->evidence ||
	    row->direction != VX_DIRECTION_IN)
		return false;
	if (!vendors[set][0])
		return row->outcome == VX_OUTCOME_UNKNOWN_MEDIA && !row->vendor;
	return row->outcome == VX_OUTCOME_MATCH && row->vendor && !strcmp(row->vendor, vendors[set]) && row->service &&
	       !strcmp(row->service, "media");
}

/* Packets of a device in the counters of a group, by set; the same counter where it stays. */
static void group_counted(const struct counters *counters, const char *device, unsigned group, uint64_t ret[2])
{
	ret[0] = ret[1] = 0;
	for (size_t i = 0; i < counters->count; i++)
		for (unsigned set = 0; set < 2; set++)
			if (!strcmp(counters->rows[i].device, device) && row_is(&counters->rows[i], group, set))
				ret[set] += counters->rows[i].packets;
}

/* Packets in counters that are no group's. */
static uint64_t misjudged(const struct counters *counters, const char *device)
{
	uint64_t packets = 0;

	for (size_t i = 0; i < counters->count; i++) {
		const struct counter_row *row = &counters->rows[i];
		bool due = row->kind != COUNTER_OUTCOME || strcmp(row->device, device) != 0;

		for (unsigned group = 0; group < GROUPS && !due; group++)
			due = row_is(row, group, 0) || row_is(row, group, 1);
		if (due)
			continue;
		print_message("misjudged on %s: %s %s, protocol %d, outcome %d: %llu packets\n", device,
			      row->vendor ? row->vendor : "-", row->service ? row->service : "-", row->protocol,
			      row->outcome, (unsigned long long)row->packets);
		packets += row->packets;
	}
	return packets;
}

static void device_check(const struct traffic *traffic, const struct counters *counters, unsigned device)
{
	uint64_t sent = device_sent(traffic, device), counted = counters_packets(counters, ifnames[device]);
	uint64_t wrong = misjudged(counters, ifnames[device]), group_wrong = 0;

	for (unsigned group = 0; group < GROUPS; group++) {
		uint64_t by_set[2], sum;

		group_counted(counters, ifnames[device], group, by_set);
		sum = group < GROUP_STAYS ? by_set[0] + by_set[1] : by_set[0];
		/* Both sets must have judged, or nothing was shown. */
		assert_true(by_set[0] && by_set[1]);
		if (sum != traffic->sent[device][group])
			print_message("group %u on %s: sent %llu, judged as it should be %llu\n", group,
				      ifnames[device], (unsigned long long)traffic->sent[device][group],
				      (unsigned long long)sum);
		group_wrong += sum > traffic->sent[device][group] ? sum - traffic->sent[device][group] :
								    traffic->sent[device][group] - sum;
	}
	print_message("%s: sent %llu, counted %llu, misjudged %llu\n", ifnames[device], (unsigned long long)sent,
		      (unsigned long long)counted, (unsigned long long)(wrong + group_wrong));
	assert_int_equal(wrong, 0);
	assert_int_equal(group_wrong, 0);
	assert_int_equal(counted, sent);
}

/* ---- the test --------------------------------------------------------------------------------------------------- */

struct fixture {
	struct loading sets[2];
	struct traffic traffic;
};

static struct fixture fixture;

static const enum vx_engine engines[DEVICES] = { VX_ENGINE_DIRECT, VX_ENGINE_LPM };

static int attach(unsigned device, struct failure *failure)
{
	struct device_spec spec = { .ifindex = if_nametoindex(ifnames[device]), .role = VX_ROLE_WAN };
	const struct attach_request request = { fixture.sets[0].set,
						{ &spec, 1, { VX_MODE_NATIVE, engines[device], 0 } } };
	struct classifier_change change = {};
	int error;

	strcpy(spec.ifname, ifnames[device]);
	error = classifier_attach(sandbox_state(), &request, &change, failure);
	classifier_change_fini(&change);
	return error;
}

static void attach_or_fail(unsigned device)
{
	struct failure failure;

	if (attach(device, &failure))
		fail_msg("attach: %s", failure.text);
}

static int setup(void **state)
{
	(void)state;
	tester_need_bpf();
	sandbox_enter();
	/* or the kernel would announce itself on the links, and be counted */
	if (system("echo 1 | tee /proc/sys/net/ipv6/conf/all/disable_ipv6 "
		   "/proc/sys/net/ipv6/conf/default/disable_ipv6 >/dev/null"))
		return -1;
	for (unsigned d = 0; d < DEVICES; d++)
		(void)sandbox_veth(ifnames[d]);
	for (unsigned set = 0; set < 2; set++)
		set_load(&fixture.sets[set], set);
	fixture.traffic.packets = packets_new();
	attach_or_fail(0);
	return 0;
}

static int teardown(void **state)
{
	struct failure failure;

	(void)state;
	(void)classifier_detach(sandbox_state(), NULL, NULL, &failure);
	for (unsigned d = 0; d < DEVICES; d++)
		if (if_nametoindex(ifnames[d]))
			sandbox_remove_link(ifnames[d]);
	for (unsigned set = 0; set < 2; set++)
		if (fixture.sets[set].set)
			loading_close(&fixture.sets[set]);
	free(fixture.traffic.packets);
	memset(&fixture, 0, sizeof(fixture));
	return 0;
}

static unsigned updates_wanted(void)
{
	const char *text = getenv("CHURN_UPDATES");
	unsigned updates = text ? (unsigned)strtoul(text, NULL, 10) : UPDATES_SHORT;

	return updates ? updates : UPDATES_SHORT;
}

static void each_packet_is_judged_by_the_old_set_or_the_new_one(void **state)
{
	unsigned updates = updates_wanted();
	uint64_t began = kernel_boottime_ns();
	struct counters counters;

	(void)state;
	attach_or_fail(1);
	assert_int_equal(pthread_create(&fixture.traffic.thread, NULL, traffic_run, &fixture.traffic), 0);
	for (unsigned n = 1; n <= updates; n++) {
		struct classifier_change change = {};
		struct failure failure;

		/* a, b, b, a, a ...: so that each half gets the other set each time, and what it held before is wrong */
		if (classifier_update(sandbox_state(), fixture.sets[(n + 1) / 2 % 2].set, &change, &failure)) {
			__atomic_store_n(&fixture.traffic.stop, true, __ATOMIC_RELAXED);
			(void)pthread_join(fixture.traffic.thread, NULL);
			fail_msg("update %u: %s", n, failure.text);
		}
		classifier_change_fini(&change);
	}
	began = kernel_boottime_ns() - began;
	__atomic_store_n(&fixture.traffic.stop, true, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(fixture.traffic.thread, NULL), 0);
	assert_int_equal(fixture.traffic.error, 0);
	print_message("%u updates of 20,000 prefixes in %.1f s\n", updates, (double)began / 1e9);
	counters = settled(&fixture.traffic);
	for (unsigned d = 0; d < DEVICES; d++)
		device_check(&fixture.traffic, &counters, d);
	counters_fini(&counters);
}

/* Attaches the device of engine lpm to a classifier that has no tries, looks at what it has counted, and takes it off. */
static int join_and_leave(struct counters *ret, struct failure *failure)
{
	struct classifier_change change = {};
	/* Twice: so that neither half has tries. */
	int error = classifier_update(sandbox_state(), fixture.sets[0].set, &change, failure);

	classifier_change_fini(&change);
	if (!error)
		error = classifier_update(sandbox_state(), fixture.sets[0].set, &change, failure);
	classifier_change_fini(&change);
	if (!error)
		error = attach(1, failure);
	do {
		counters_fini(ret);
		error = error ? error : classifier_counters(sandbox_state(), ret, failure);
	} while (!error && counters_packets(ret, ifnames[1]) < PREFIXES);
	return error ? error : classifier_detach(sandbox_state(), ifnames[1], NULL, failure);
}

static void a_device_that_joins_under_traffic_sees_no_empty_table(void **state)
{
	struct failure failure = {};
	uint64_t wrong = 0, packets = 0;
	int error = 0;

	(void)state;
	assert_int_equal(pthread_create(&fixture.traffic.thread, NULL, traffic_run, &fixture.traffic), 0);
	for (unsigned n = 0; n < JOINS && !error; n++) {
		struct counters counters = {};

		error = join_and_leave(&counters, &failure);
		wrong += misjudged(&counters, ifnames[1]);
		packets += counters_packets(&counters, ifnames[1]);
		counters_fini(&counters);
	}
	__atomic_store_n(&fixture.traffic.stop, true, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(fixture.traffic.thread, NULL), 0);
	if (error)
		fail_msg("%s", failure.text);
	print_message("joined %u times, counted %llu, misjudged %llu\n", JOINS, (unsigned long long)packets,
		      (unsigned long long)wrong);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_packet_is_judged_by_the_old_set_or_the_new_one, setup, teardown),
		cmocka_unit_test_setup_teardown(a_device_that_joins_under_traffic_sees_no_empty_table, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
