/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lies in other packets, through the real program: tunnels that are looked through where that was asked for, and
 * what TURN carries. Each frame is judged in place and by copies, and every verdict and counter here is written down.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/runner.h"
#include "frame.h"
#include "lib/words.h"
#include "loading.h"
#include "perfmon.h"
#include "tester.h"

#define ALL ((1U << _VX_TUNNEL_MAX) - 1)
#define BIT(name) (1U << VX_TUNNEL_##name)

static const char acme[] =
	"voxdp: 1\n"
	"vendor: acme\n"
	"title: Acme\n"
	"ranges: {all: {source: page 1, prefixes: [192.0.2.0/24, \"2001:db8:1::/48\"]}}\n"
	"services:\n"
	"  sip: {source: page 2, remote: all, ports: udp/5060, payload: sip}\n"
	"  relay: {source: page 2, remote: all, ports: [udp/3478, tcp/3478], payload: [stun, turn-channel]}\n";

/* The ends of tunnels are nobody's. */
#define NEAR "203.0.113.1"
#define FAR "198.51.100.1"
#define NEAR6 "2001:db8:2::1"
#define FAR6 "2001:db8:3::1"

struct fixture {
	struct loading loading;
	struct runner *runner;
	uint64_t capabilities; /* to be given back */
	bool gave_up;
};

static struct fixture fixture;

static void begin(unsigned decap, enum vx_reading reading)
{
	const struct vx_config config = { .role = VX_ROLE_WAN, .engine = VX_ENGINE_LPM, .decap = (uint16_t)decap };
	struct failure failure = {};

	tester_need_bpf();
	loading_open(&fixture.loading);
	loading_load_text(&fixture.loading, acme);
	assert_no_errors(&fixture.loading, "the profile of this test");
	if (reading == VX_READING_COPIED)
		assert_true(fixture.gave_up = perfmon_give_up(&fixture.capabilities));
	if (!runner_new_as(fixture.loading.set, &config, &fixture.runner, &failure))
		return;
	if (reading == VX_READING_IN_PLACE || failure.exit_code != VX_EXIT_NOT_PERMITTED)
		fail_msg("%s", failure.text);
	printf("SKIP: %s\n", failure.text);
	skip();
}

static void end(void)
{
	runner_free(fixture.runner);
	if (fixture.loading.directory[0])
		loading_close(&fixture.loading);
	if (fixture.gave_up)
		perfmon_restore(fixture.capabilities);
	fixture = (struct fixture){};
}

static int teardown(void **state)
{
	(void)state;
	end();
	return 0;
}

static struct vx_verdict run(struct frame *frame)
{
	struct failure failure = {};
	struct vx_verdict verdict;

	if (runner_run(fixture.runner, frame_bytes(frame), frame->length, &verdict, &failure))
		fail_msg("%s", failure.text);
	return verdict;
}

static uint64_t counted(enum counter_kind kind, unsigned which)
{
	struct counters counters = {};
	struct failure failure = {};
	uint64_t packets = 0;

	if (runner_counters(fixture.runner, &counters, &failure))
		fail_msg("%s", failure.text);
	for (size_t i = 0; i < counters.count; i++) {
		const struct counter_row *row = &counters.rows[i];

		if (row->kind == kind && which == (kind == COUNTER_TUNNEL ? row->tunnel : (unsigned)row->protocol))
			packets += row->packets;
	}
	counters_fini(&counters);
	return packets;
}

/* ---- tunnels ----------------------------------------------------------------------------------------------------- */

static void ipv4(struct frame *f)
{
	frame_ipv4(f, FAR, NEAR);
}

static void gre(struct frame *f)
{
	ipv4(f);
	frame_gre(f, 0);
}

static void gre_with_all_fields(struct frame *f)
{
	ipv4(f);
	frame_gre(f, 0xb000);
}

static void gre_of_frames(struct frame *f)
{
	frame_ipv6(f, FAR6, NEAR6);
	frame_gre(f, 0x2000);
	frame_ethernet(f);
	frame_vlan(f, FRAME_8021Q, 7);
}

/* RFC 2637, 4.1 and RFC 1661: version 1, PPP, key and sequence number; the protocol in one byte. */
static void pptp(struct frame *f)
{
	static const uint8_t header[] = { 0x30, 0x01, 0x88, 0x0b, 0, 40, 0, 1, 0, 0, 0, 1, 0x21 };

	ipv4(f);
	frame_next(f, 47);
	frame_payload(f, header, sizeof(header));
}

/* Cisco's ERSPAN type II: GRE with a sequence number, 8 bytes, a frame. */
static void erspan(struct frame *f)
{
	static const uint8_t header[] = { 0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 1, 0, 0, 0, 0 };

	ipv4(f);
	frame_next(f, 47);
	frame_payload(f, header, sizeof(header));
	frame_ethernet(f);
}

static void sixin4(struct frame *f)
{
	ipv4(f);
}

static void ipip(struct frame *f)
{
	frame_ipv6(f, FAR6, NEAR6);
}

static void vxlan(struct frame *f)
{
	ipv4(f);
	frame_udp(f, 50000, 4789);
	frame_vxlan(f);
	frame_ethernet(f);
}

static void vxlan_of_linux(struct frame *f)
{
	ipv4(f);
	frame_udp(f, 50000, 8472);
	frame_vxlan(f);
	frame_ethernet(f);
}

static void geneve_with_options(struct frame *f)
{
	frame_ipv6(f, FAR6, NEAR6);
	frame_udp(f, 50000, 6081);
	frame_geneve(f, 5);
	frame_ethernet(f);
}

static void gtp_u(struct frame *f)
{
	ipv4(f);
	frame_udp(f, 2152, 2152);
	frame_gtp_u(f, 0, 0);
}

static void gtp_u_with_extension(struct frame *f)
{
	ipv4(f);
	frame_udp(f, 2152, 2152);
	frame_gtp_u(f, 0x06, 1);
}

static void mpls(struct frame *f)
{
	frame_mpls(f, 3);
}

static void vn_tag(struct frame *f)
{
	frame_vn_tag(f);
}

static void pppoe(struct frame *f)
{
	frame_pppoe(f, 7);
}

static void pppoe_in_vxlan(struct frame *f)
{
	vxlan(f);
	frame_pppoe(f, 7);
}

static void gre_in_geneve(struct frame *f)
{
	ipv4(f);
	frame_udp(f, 50000, 6081);
	frame_geneve(f, 0);
	frame_ipv4(f, FAR, NEAR);
	frame_gre(f, 0x8000);
}

/* What is outside, and whether what is inside is IPv6. */
static const struct tunnel_row {
	const char *what;
	unsigned tunnels;
	void (*build)(struct frame *f);
	bool ipv6;
	uint8_t l4_proto; /* of the IP packet outside; 0: there is none */
	uint16_t dport;
} tunnel_rows[] = {
	{ "GRE", BIT(GRE), gre, false, 47, 0 },
	{ "GRE with checksum, key and sequence number", BIT(GRE), gre_with_all_fields, true, 47, 0 },
	{ "frames in GRE over IPv6", BIT(GRE), gre_of_frames, false, 47, 0 },
	{ "PPTP", BIT(GRE), pptp, false, 47, 0 },
	{ "ERSPAN", BIT(GRE), erspan, false, 47, 0 },
	{ "IPv4 in IPv6", BIT(IPIP), ipip, false, 4, 0 },
	{ "IPv4 in IPv4", BIT(IPIP), ipv4, false, 4, 0 },
	{ "IPv6 in IPv4", BIT(6IN4), sixin4, true, 41, 0 },
	{ "VXLAN", BIT(VXLAN), vxlan, true, 17, 4789 },
	{ "VXLAN on Linux' own port", BIT(VXLAN), vxlan_of_linux, false, 17, 8472 },
	{ "Geneve with options", BIT(GENEVE), geneve_with_options, false, 17, 6081 },
	{ "GTP-U", BIT(GTP_U), gtp_u, true, 17, 2152 },
	{ "GTP-U with an extension header", BIT(GTP_U), gtp_u_with_extension, false, 17, 2152 },
	{ "MPLS", BIT(MPLS), mpls, true, 0, 0 },
	{ "VN-Tag", BIT(VN_TAG), vn_tag, false, 0, 0 },
	{ "PPPoE in VXLAN", BIT(VXLAN) | BIT(PPPOE), pppoe_in_vxlan, false, 17, 4789 },
	{ "GRE in Geneve", BIT(GENEVE) | BIT(GRE), gre_in_geneve, false, 17, 6081 },
};

static void network(struct frame *f, bool ipv6)
{
	if (ipv6)
		frame_ipv6(f, FRAME_VENDOR6, FRAME_EDGE6);
	else
		frame_ipv4(f, FRAME_VENDOR, FRAME_EDGE);
}

static void build(struct frame *f, const struct tunnel_row *row)
{
	frame_init(f);
	row->build(f);
	network(f, row->ipv6);
	frame_udp(f, 5060, 5061);
	frame_sample(f, SAMPLE_SIP_INVITE);
}

static void expect_inside(const struct tunnel_row *row, const struct vx_verdict *verdict)
{
	const struct vx_slot *slot = runner_slot(fixture.runner, verdict->slot);

	if (strcmp(slot->vendor, "acme") != 0 || strcmp(slot->service, "sip") != 0 ||
	    verdict->outcome != VX_OUTCOME_MATCH || verdict->protocol != VX_PROTOCOL_SIP || verdict->sport != 5060 ||
	    verdict->dport != 5061 || verdict->tunnels != row->tunnels)
		fail_msg("%s: %s/%s %s %s, %u>%u, tunnels %x", row->what, slot->vendor, slot->service,
			 outcome_word(verdict->outcome), protocol_word(verdict->protocol), verdict->sport,
			 verdict->dport, verdict->tunnels);
}

static void expect_outside(const struct tunnel_row *row, const struct vx_verdict *verdict)
{
	if (verdict->slot != VX_SLOT_NOBODY || verdict->outcome != VX_OUTCOME_OTHER ||
	    verdict->transport != row->l4_proto || verdict->dport != row->dport || verdict->tunnels)
		fail_msg("%s, not asked for: slot %u %s, protocol %u to %u, tunnels %x", row->what, verdict->slot,
			 outcome_word(verdict->outcome), verdict->transport, verdict->dport, verdict->tunnels);
}

#define TUNNEL_ROWS (sizeof(tunnel_rows) / sizeof(tunnel_rows[0]))

static void each_tunnel_is_looked_through(enum vx_reading reading)
{
	uint64_t expected[_VX_TUNNEL_MAX] = {};
	struct vx_verdict verdict;
	struct frame frame;

	begin(ALL, reading);
	for (size_t i = 0; i < TUNNEL_ROWS; i++) {
		build(&frame, &tunnel_rows[i]);
		verdict = run(&frame);
		expect_inside(&tunnel_rows[i], &verdict);
		for (unsigned t = 0; t < _VX_TUNNEL_MAX; t++)
			expected[t] += tunnel_rows[i].tunnels >> t & 1;
	}
	for (unsigned t = 0; t < _VX_TUNNEL_MAX; t++)
		assert_int_equal(counted(COUNTER_TUNNEL, t), expected[t]);
}

static void each_tunnel_is_looked_through_in_place(void **state)
{
	(void)state;
	each_tunnel_is_looked_through(VX_READING_IN_PLACE);
}

static void each_tunnel_is_looked_through_by_copies(void **state)
{
	(void)state;
	each_tunnel_is_looked_through(VX_READING_COPIED);
}

/* Without --decap, and with all tunnels but those of the frame. */
static void no_tunnel_is_looked_through_unless_asked_for(void **state)
{
	struct vx_verdict verdict;
	struct frame frame;

	(void)state;
	for (size_t i = 0; i < TUNNEL_ROWS; i++) {
		build(&frame, &tunnel_rows[i]);
		for (int others = 0; others < 2; others++) {
			begin(others ? ALL & ~tunnel_rows[i].tunnels : 0, VX_READING_IN_PLACE);
			verdict = run(&frame);
			expect_outside(&tunnel_rows[i], &verdict);
			for (unsigned t = 0; t < _VX_TUNNEL_MAX; t++)
				assert_int_equal(counted(COUNTER_TUNNEL, t), 0);
			end();
		}
	}
}

/* It is looked into in any case; that it was there is counted where it was asked for. */
static void pppoe_is_counted_where_asked_for(void **state)
{
	const struct tunnel_row row = { "PPPoE", BIT(PPPOE), pppoe, false, 0, 0 };
	const struct tunnel_row silent = { "PPPoE, not asked for", 0, pppoe, false, 0, 0 };
	struct vx_verdict verdict;
	struct frame frame;

	(void)state;
	build(&frame, &row);
	begin(BIT(PPPOE), VX_READING_IN_PLACE);
	verdict = run(&frame);
	expect_inside(&row, &verdict);
	assert_int_equal(counted(COUNTER_TUNNEL, VX_TUNNEL_PPPOE), 1);
	end();
	begin(ALL & ~BIT(PPPOE), VX_READING_IN_PLACE);
	verdict = run(&frame);
	expect_inside(&silent, &verdict);
}

/* The third is the packet that is judged: GRE, which has no ports. */
static void a_third_tunnel_is_not_entered(void **state)
{
	struct vx_verdict verdict;
	struct frame frame;

	(void)state;
	begin(ALL, VX_READING_IN_PLACE);
	frame_init(&frame);
	ipv4(&frame);
	frame_ipv6(&frame, FAR6, NEAR6);
	frame_ipv4(&frame, FRAME_VENDOR, FRAME_EDGE);
	frame_gre(&frame, 0);
	frame_ipv4(&frame, FAR, NEAR);
	frame_udp(&frame, 5060, 5061);
	verdict = run(&frame);
	assert_int_equal(verdict.transport, 47);
	assert_int_equal(verdict.dport, 0);
	assert_int_equal(verdict.tunnels, BIT(6IN4) | BIT(IPIP));
	assert_int_equal(verdict.outcome, VX_OUTCOME_OFF_PORT);
	assert_string_equal(runner_slot(fixture.runner, verdict.slot)->vendor, "acme");
}

/*
 * ARP in VXLAN, a number that is no version of IP in GTP-U and behind labels, a GRE header that RFC 2784 discards, and
 * what would be VXLAN over UDP.
 */
static void what_carries_no_ip_is_judged_itself(void **state)
{
	struct vx_verdict verdict;
	struct frame frame;

	(void)state;
	begin(ALL, VX_READING_IN_PLACE);
	frame_init(&frame);
	vxlan(&frame);
	frame_next(&frame, 0x0806);
	frame_pad(&frame, frame.length + 28);
	verdict = run(&frame);
	assert_int_equal(verdict.dport, 4789);
	assert_int_equal(verdict.tunnels, 0);
	frame_init(&frame);
	ipv4(&frame);
	frame_tcp(&frame, 50000, 4789);
	frame_vxlan(&frame);
	frame_ethernet(&frame);
	network(&frame, false);
	frame_udp(&frame, 5060, 5061);
	verdict = run(&frame);
	assert_int_equal(verdict.dport, 4789);
	frame_init(&frame);
	gtp_u(&frame);
	frame_payload(&frame, "\x70", 1);
	verdict = run(&frame);
	assert_int_equal(verdict.dport, 2152);
	frame_init(&frame);
	gtp_u(&frame);
	frame_header(&frame, FRAME_GTP_U)[1] = 254; /* end marker: a message of the tunnel's ends */
	network(&frame, false);
	frame_udp(&frame, 5060, 5061);
	verdict = run(&frame);
	assert_int_equal(verdict.dport, 2152);
	frame_init(&frame);
	ipv4(&frame);
	frame_gre(&frame, 0x4000);
	network(&frame, false);
	verdict = run(&frame);
	assert_int_equal(verdict.transport, 47);
	frame_init(&frame);
	frame_mpls(&frame, 1);
	frame_payload(&frame, "\0\0\0\0 control word of a pseudowire", 32);
	verdict = run(&frame);
	assert_int_equal(verdict.transport, 0);
	assert_int_equal(verdict.outcome, VX_OUTCOME_OTHER);
	for (unsigned t = 0; t < _VX_TUNNEL_MAX; t++)
		assert_int_equal(counted(COUNTER_TUNNEL, t), 0);
}

/* Calls may use any port: RTP and SIP begin as no tunnel does, and are themselves. */
static void calls_at_a_tunnels_port_are_calls(void **state)
{
	static const uint16_t ports[] = { 4789, 8472, 6081, 2152 };

	(void)state;
	begin(ALL, VX_READING_IN_PLACE);
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		const struct frame_flow flow = { VX_TRANSPORT_UDP, "192.0.2.9", 5060, NEAR, ports[i], 0 };
		struct vx_verdict verdict;
		struct frame frame;

		frame_build(&frame, &flow, SAMPLE_SIP_STATUS);
		verdict = run(&frame);
		assert_int_equal(verdict.protocol, VX_PROTOCOL_SIP);
		assert_int_equal(verdict.outcome, VX_OUTCOME_MATCH);
		assert_int_equal(verdict.dport, ports[i]);
		frame_build(&frame, &flow, SAMPLE_RTP);
		verdict = run(&frame);
		assert_int_equal(verdict.outcome, VX_OUTCOME_UNPROVEN); /* nobody expects it here */
		assert_int_equal(verdict.dport, ports[i]);
		assert_int_equal(verdict.tunnels, 0);
	}
}

/* A port is a guess, an IP protocol number is not. */
static void a_cut_header_is_malformed_where_ip_says_what_it_is(void **state)
{
	struct vx_verdict verdict;
	struct frame frame;

	(void)state;
	begin(ALL, VX_READING_IN_PLACE);
	frame_init(&frame);
	ipv4(&frame);
	frame_next(&frame, 47);
	frame_payload(&frame, "\x20\0\x08\0", 4);
	verdict = run(&frame);
	assert_int_equal(verdict.outcome, VX_OUTCOME_MALFORMED);
	assert_int_equal(verdict.malformed, VX_MALFORMED_TUNNEL_TRUNCATED);
	frame_init(&frame);
	frame_ipv4(&frame, FRAME_VENDOR, FRAME_EDGE);
	frame_udp(&frame, 5060, 4789);
	frame_payload(&frame, "\r\n\r\n", 4);
	verdict = run(&frame);
	assert_int_equal(verdict.outcome, VX_OUTCOME_MATCH);
	assert_int_equal(verdict.protocol, VX_PROTOCOL_SIP);
	assert_int_equal(verdict.tunnels, 0);
}

static void a_malformed_packet_inside_is_malformed(void **state)
{
	struct vx_verdict verdict;
	struct frame frame;

	(void)state;
	begin(ALL, VX_READING_IN_PLACE);
	frame_init(&frame);
	vxlan(&frame);
	network(&frame, false);
	frame_udp(&frame, 5060, 5061);
	frame_put16(frame_header(&frame, FRAME_UDP) + 4, 7);
	verdict = run(&frame);
	assert_int_equal(verdict.outcome, VX_OUTCOME_MALFORMED);
	assert_int_equal(verdict.malformed, VX_MALFORMED_UDP_LENGTH);
	assert_int_equal(verdict.tunnels, BIT(VXLAN));
	assert_int_equal(counted(COUNTER_TUNNEL, VX_TUNNEL_VXLAN), 1);
}

/* The first fragment of a tunnel's packet holds a whole header of it, but what that says is not all there. */
static void a_tunnel_in_fragments_is_not_entered(void **state)
{
	struct vx_verdict verdict;
	struct frame frame;

	(void)state;
	begin(ALL, VX_READING_IN_PLACE);
	frame_init(&frame);
	ipv4(&frame);
	frame_ipv4_fragment(&frame, 0, true);
	frame_gre(&frame, 0x2000);
	network(&frame, false);
	frame_udp(&frame, 5060, 5061);
	frame_payload(&frame, "12345678", 4);
	verdict = run(&frame);
	assert_int_equal(verdict.transport, 47);
	assert_int_equal(verdict.tunnels, 0);
}

static void a_fragment_in_a_tunnel_has_its_own_outcome(void **state)
{
	struct vx_verdict verdict;
	struct frame frame;

	(void)state;
	begin(ALL, VX_READING_IN_PLACE);
	frame_init(&frame);
	gre(&frame);
	network(&frame, false);
	frame_ipv4_fragment(&frame, 1480, false);
	frame_next(&frame, 17);
	frame_payload(&frame, "later", 5);
	verdict = run(&frame);
	assert_int_equal(verdict.outcome, VX_OUTCOME_FRAGMENT);
	assert_string_equal(runner_slot(fixture.runner, verdict.slot)->vendor, "acme");
	assert_int_equal(verdict.dport, 0);
	assert_int_equal(verdict.tunnels, BIT(GRE));
}

/* ---- TURN -------------------------------------------------------------------------------------------------------- */

static const struct frame_flow to_relay = { VX_TRANSPORT_UDP, FRAME_VENDOR, 3478, FRAME_EDGE, 40000, 0 };
static const struct frame_flow to_nobody = { VX_TRANSPORT_UDP, FRAME_NOBODY, 3478, FRAME_EDGE, 40000, 0 };

static void put_header(uint8_t *at, uint16_t type, size_t length)
{
	frame_put16(at, type);
	frame_put16(at + 2, (uint16_t)length);
}

/* RFC 8656, 12.4 */
static size_t channel(uint8_t *bytes, const void *data, size_t length)
{
	put_header(bytes, 0x4001, length);
	if (length)
		memcpy(bytes + 4, data, length);
	return 4 + length;
}

/* RFC 8656, 11.4: a peer's address, then the datagram, padded; SOFTWARE in front, whose 5 bytes are padded too. */
static size_t indication(uint8_t *bytes, uint16_t type, const void *data, size_t length)
{
	static const uint8_t front[] = {
		0, 0, 0,   0,	0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4,    5, 6, 7, 8, 9,	 10,   11,   12,   0x80, 0x22,
		0, 5, 'v', 'o', 'x',  'd',  'p',  0,	0, 0, 0, 0x12, 0, 8, 0, 1, 0x21, 0x12, 0xe1, 0xba, 0xa5, 0x61,
	};
	size_t padded = (length + 3) / 4 * 4;

	memcpy(bytes, front, sizeof(front));
	put_header(bytes, type, sizeof(front) - 20 + 4 + padded);
	put_header(bytes + sizeof(front), 0x0013, length);
	memset(bytes + sizeof(front) + 4, 0, padded);
	if (length)
		memcpy(bytes + sizeof(front) + 4, data, length);
	return sizeof(front) + 4 + padded;
}

static struct vx_verdict run_bytes(const struct frame_flow *flow, const uint8_t *bytes, size_t length)
{
	struct frame frame;

	frame_build_bytes(&frame, flow, bytes, length);
	return run(&frame);
}

static void expect_carries(const struct vx_verdict *verdict, enum vx_protocol outside, enum vx_protocol inside,
			   const char *what)
{
	if (verdict->protocol != outside || !(verdict->flags & VX_VERDICT_RELAYED) || verdict->inner != inside)
		fail_msg("%s in %s: %s, flags %x, carries %s", what, protocol_word(outside),
			 protocol_word(verdict->protocol), verdict->flags, protocol_word(verdict->inner));
}

/* Protocols by their bytes alone; of those that take a port to be told nothing is said. */
static enum vx_protocol by_bytes(const struct sample *sample)
{
	if (sample->transport == VX_TRANSPORT_TCP)
		return VX_PROTOCOL_OTHER;
	if (sample->evidence == VX_EVIDENCE_RTP_LIKELY)
		return VX_PROTOCOL_RTP; /* in a service's relay */
	return sample->evidence == VX_PROTOCOL_DNS || sample->evidence == VX_PROTOCOL_NTP ? VX_PROTOCOL_OTHER :
											    sample->evidence;
}

static void what_turn_carries_is_a_second_fact(enum vx_reading reading)
{
	uint64_t expected[_VX_PROTOCOL_MAX] = {};
	uint8_t bytes[1500];
	struct vx_verdict verdict;

	begin(0, reading);
	for (int kind = 0; kind < _SAMPLE_MAX; kind++) {
		const struct sample *sample = sample_get((enum sample_kind)kind);
		enum vx_protocol inside = by_bytes(sample);

		verdict = run_bytes(&to_relay, bytes, channel(bytes, sample->bytes, sample->length));
		expect_carries(&verdict, VX_PROTOCOL_TURN_CHANNEL, inside, sample->name);
		verdict = run_bytes(&to_relay, bytes, indication(bytes, 0x0016, sample->bytes, sample->length));
		expect_carries(&verdict, VX_PROTOCOL_STUN, inside, sample->name);
		verdict = run_bytes(&to_relay, bytes, indication(bytes, 0x0017, sample->bytes, sample->length));
		expect_carries(&verdict, VX_PROTOCOL_STUN, inside, sample->name);
		assert_string_equal(runner_slot(fixture.runner, verdict.slot)->service, "relay");
		assert_int_equal(verdict.outcome, VX_OUTCOME_MATCH);
		expected[inside] += 3;
	}
	for (unsigned p = 0; p < _VX_PROTOCOL_MAX; p++)
		assert_int_equal(counted(COUNTER_RELAYED, p), expected[p]);
	/* They are counted once more, not instead. */
	assert_int_equal(counted(COUNTER_OUTCOME, VX_PROTOCOL_TURN_CHANNEL), _SAMPLE_MAX);
	assert_int_equal(counted(COUNTER_OUTCOME, VX_PROTOCOL_STUN), 2 * _SAMPLE_MAX);
}

static void what_turn_carries_is_a_second_fact_in_place(void **state)
{
	(void)state;
	what_turn_carries_is_a_second_fact(VX_READING_IN_PLACE);
}

static void what_turn_carries_is_a_second_fact_by_copies(void **state)
{
	(void)state;
	what_turn_carries_is_a_second_fact(VX_READING_COPIED);
}

/* Over TCP with another message behind it (RFC 8656, 12.5), and one that goes on in the next segment. */
static void channel_data_over_tcp_carries_too(void **state)
{
	struct frame_flow flow = to_relay;
	uint8_t bytes[64] = {};
	struct vx_verdict verdict;
	size_t size;

	(void)state;
	begin(0, VX_READING_IN_PLACE);
	flow.transport = VX_TRANSPORT_TCP;
	size = channel(bytes, sample_get(SAMPLE_STUN_BINDING)->bytes, 28);
	memcpy(bytes + size, bytes, 4);
	verdict = run_bytes(&flow, bytes, size + 4);
	expect_carries(&verdict, VX_PROTOCOL_TURN_CHANNEL, VX_PROTOCOL_STUN, "a message and a part");
}

/* Requests and answers carry nothing, nor does an indication without data or with data that is not all there. */
static void other_stun_carries_nothing(void **state)
{
	const struct sample *binding = sample_get(SAMPLE_STUN_BINDING);
	uint8_t bytes[200];
	struct vx_verdict verdict;
	size_t length;

	(void)state;
	begin(0, VX_READING_IN_PLACE);
	verdict = run_bytes(&to_relay, binding->bytes, binding->length);
	assert_int_equal(verdict.flags & VX_VERDICT_RELAYED, 0);
	length = indication(bytes, 0x0111, binding->bytes, binding->length);
	verdict = run_bytes(&to_relay, bytes, length);
	assert_int_equal(verdict.flags & VX_VERDICT_RELAYED, 0);
	length = indication(bytes, 0x0016, binding->bytes, binding->length);
	put_header(bytes + 44, 0x0014, binding->length);
	verdict = run_bytes(&to_relay, bytes, length);
	assert_int_equal(verdict.flags & VX_VERDICT_RELAYED, 0);
	put_header(bytes + 44, 0x0013, binding->length + 4);
	verdict = run_bytes(&to_relay, bytes, length);
	expect_carries(&verdict, VX_PROTOCOL_STUN, VX_PROTOCOL_OTHER, "data longer than the message");
	for (unsigned p = 1; p < _VX_PROTOCOL_MAX; p++)
		assert_int_equal(counted(COUNTER_RELAYED, p), 0);
}

/* Of nobody's relay it is believed when its stream holds, like RTP anywhere; over TCP too. */
static void relayed_rtp_of_nobody_is_told_by_its_stream(void **state)
{
	uint8_t rtp[SAMPLE_RTP_BYTES], bytes[240];
	struct frame_flow flow = to_nobody;
	struct vx_verdict verdict;

	(void)state;
	begin(0, VX_READING_IN_PLACE);
	runner_stay();
	for (uint32_t way = 0; way < 4; way++)
		for (uint16_t i = 0; i < 4; i++) {
			enum vx_protocol outside = way & 1 ? VX_PROTOCOL_STUN : VX_PROTOCOL_TURN_CHANNEL;
			enum vx_protocol inside = i < 2 ? VX_PROTOCOL_OTHER : VX_PROTOCOL_RTP;

			flow.transport = way & 2 ? VX_TRANSPORT_TCP : VX_TRANSPORT_UDP;
			sample_rtp(rtp, (uint16_t)(100 + i), 160U * i, 77 + way);
			verdict = run_bytes(&flow, bytes,
					    way & 1 ? indication(bytes, 0x0017, rtp, sizeof(rtp)) :
						      channel(bytes, rtp, sizeof(rtp)));
			expect_carries(&verdict, outside, inside, "RTP");
			assert_int_equal(verdict.outcome, VX_OUTCOME_UNKNOWN_MEDIA);
		}
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_tunnel_is_looked_through_in_place),
		TEST(each_tunnel_is_looked_through_by_copies),
		TEST(no_tunnel_is_looked_through_unless_asked_for),
		TEST(pppoe_is_counted_where_asked_for),
		TEST(a_third_tunnel_is_not_entered),
		TEST(what_carries_no_ip_is_judged_itself),
		TEST(calls_at_a_tunnels_port_are_calls),
		TEST(a_cut_header_is_malformed_where_ip_says_what_it_is),
		TEST(a_malformed_packet_inside_is_malformed),
		TEST(a_tunnel_in_fragments_is_not_entered),
		TEST(a_fragment_in_a_tunnel_has_its_own_outcome),
		TEST(what_turn_carries_is_a_second_fact_in_place),
		TEST(what_turn_carries_is_a_second_fact_by_copies),
		TEST(channel_data_over_tcp_carries_too),
		TEST(other_stun_carries_nothing),
		TEST(relayed_rtp_of_nobody_is_told_by_its_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
