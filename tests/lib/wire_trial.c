/* SPDX-License-Identifier: BSD-2-Clause */
/* A program for each role, engine, way of reading and set of tunnels on maps of its own, and two oracles in a row. */
#include "wire_trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/runner.h"
#include "lib/cleanup.h"
#include "lib/words.h"
#include "odd_frames.h"
#include "oracle.h"
#include "perfmon.h"
#include "tally.h"

#define ALL_TUNNELS ((1U << _VX_TUNNEL_MAX) - 1)
#define SOME_TUNNELS (1U << VX_TUNNEL_GRE | 1U << VX_TUNNEL_6IN4 | 1U << VX_TUNNEL_GENEVE | 1U << VX_TUNNEL_MPLS)

struct variant {
	enum vx_reading reading;
	enum vx_engine engine;
	enum vx_role role;
	unsigned decap;
};

/* Those that read by copies come last: not every kernel takes them. */
static const struct variant variants[] = {
	{ VX_READING_IN_PLACE, VX_ENGINE_LPM, VX_ROLE_WAN, 0 },
	{ VX_READING_IN_PLACE, VX_ENGINE_LPM, VX_ROLE_LAN, SOME_TUNNELS },
	{ VX_READING_IN_PLACE, VX_ENGINE_LPM, VX_ROLE_ANY, 0 },
	{ VX_READING_IN_PLACE, VX_ENGINE_DIRECT, VX_ROLE_WAN, ALL_TUNNELS },
	{ VX_READING_IN_PLACE, VX_ENGINE_DIRECT, VX_ROLE_LAN, 0 },
	{ VX_READING_IN_PLACE, VX_ENGINE_DIRECT, VX_ROLE_ANY, 0 },
	{ VX_READING_IN_PLACE, VX_ENGINE_DIRECT, VX_ROLE_ANY, ALL_TUNNELS },
	{ VX_READING_COPIED, VX_ENGINE_LPM, VX_ROLE_WAN, 0 },
	{ VX_READING_COPIED, VX_ENGINE_LPM, VX_ROLE_LAN, SOME_TUNNELS },
	{ VX_READING_COPIED, VX_ENGINE_LPM, VX_ROLE_ANY, ALL_TUNNELS },
};

#define RUNNERS_MAX (sizeof(variants) / sizeof(variants[0]))
#define IN_PLACE (RUNNERS_MAX - 3)

/* What a test run leaves of a page for the linear part, rounded down. */
#define LINEAR_MAX 3072

/* Two neighbours whose services accept every protocol somewhere; and one of the whole world. */
static const char acme[] =
	"voxdp: 1\n"
	"vendor: acme\n"
	"title: Acme\n"
	"ranges:\n"
	"  all: {source: page 1, prefixes: [192.0.2.0/25, \"2001:db8:1::/49\"]}\n"
	"services:\n"
	"  sip: {source: page 2, remote: all, ports: [udp/5060, tcp/5060-5061], payload: [sip, tls]}\n"
	"  relay: {source: page 2, remote: all, ports: [udp/3478, tcp/3478], payload: media}\n"
	"  voice: {source: page 2, remote: all, ports: udp/10000-65535, payload: media}\n"
	"  names: {source: page 2, remote: all, ports: [udp/53, tcp/53], payload: dns}\n"
	"  time: {source: page 2, remote: all, ports: udp/123, payload: ntp}\n"
	"  web: {source: page 2, remote: all, ports: [tcp/443, udp/443], payload: [tls, http, quic]}\n"
	"  chat: {source: page 2, remote: all, ports: tcp/5222, payload: xmpp}\n"
	"  world: {source: page 2, remote: any, ports: udp/20001, payload: stun}\n";

static const char globex[] =
	"voxdp: 1\n"
	"vendor: globex\n"
	"title: Globex\n"
	"ranges:\n"
	"  own: {source: page 1, prefixes: [192.0.2.128/26, \"2001:db8:1:8000::/49\"]}\n"
	"  rest: {source: page 1, claim: shared, prefixes: [198.51.100.0/24]}\n"
	"services:\n"
	"  sip: {source: page 2, remote: own, ports: udp/5060, payload: sip, dscp: 24}\n"
	"  voice: {source: page 2, remote: [own, rest], ports: udp/20000, payload: rtp, dscp: 46}\n";

struct wire_trial {
	struct profile_set *profiles;
	struct runner *runners[RUNNERS_MAX];
	unsigned count; /* of runners: IN_PLACE where this kernel takes no others */
	unsigned chosen;
	bool splits;
	struct wire_streams streams;
	uint32_t next_source; /* of an RTP stream that no other frame belongs to */
	struct tally tallies[RUNNERS_MAX];
	uint64_t tunnels[RUNNERS_MAX][_VX_TUNNEL_MAX], relayed[RUNNERS_MAX][_VX_PROTOCOL_MAX];
	uint64_t protocols[_VX_PROTOCOL_MAX], malformed[_VX_MALFORMED_MAX], outcomes[_VX_OUTCOME_MAX];
};

static const struct variant *variant_of(const struct wire_trial *trial)
{
	return &variants[trial->chosen];
}

/* ---- making ready ------------------------------------------------------------------------------------------------ */

static bool write_file(const char *path, const char *text)
{
	CLEANUP_FCLOSE FILE *file = fopen(path, "w");

	return file && fputs(text, file) >= 0 && fflush(file) == 0;
}

static struct profile_set *profiles_make(void)
{
	char folder[] = "/tmp/voxdp-wire-XXXXXX", first[64], second[64];
	const char *paths[] = { folder };
	const struct profile_options options = { .paths = paths, .path_count = 1, .day = 20454 };
	CLEANUP(diags_fini) struct diags diags = {};
	struct profile_set *set = NULL;

	if (!mkdtemp(folder))
		return NULL;
	(void)snprintf(first, sizeof(first), "%s/acme.yaml", folder);
	(void)snprintf(second, sizeof(second), "%s/globex.yaml", folder);
	if (write_file(first, acme) && write_file(second, globex))
		(void)profile_set_load(&options, &diags, &set);
	for (size_t i = 0; i < diags.count && !set; i++)
		fprintf(stderr, "wire: %s\n", diags.items[i].text);
	(void)unlink(first);
	(void)unlink(second);
	(void)rmdir(folder);
	return set;
}

void wire_trial_free(struct wire_trial *trial)
{
	if (!trial)
		return;
	for (size_t i = 0; i < RUNNERS_MAX; i++)
		runner_free(trial->runners[i]);
	profile_set_free(trial->profiles);
	free(trial);
}

static void wire_trial_freep(struct wire_trial **trial)
{
	wire_trial_free(*trial);
}

/*
 * What the oracle says is counted: the counters are compared with it in the end. Of a frame whose packet ends in the linear
 * part nobody asks how long its fragments are (bpf/headers/common.h): what lies in them is padding behind padding, which
 * no network sends.
 */
static void count(struct wire_trial *trial, const struct oracle_verdict *verdict, size_t length, size_t linear)
{
	tally_add(&trial->tallies[trial->chosen], verdict, linear < length ? linear : length, length);
}

/* A frame of zeros, which is not IP and counted as the others are. */
static bool probe_split(struct wire_trial *trial)
{
	static const uint8_t frame[64];
	const struct oracle_verdict nobodys = { .outcome = VX_OUTCOME_OTHER, .direction = VX_DIRECTION_IN };
	struct failure failure = {};
	struct vx_verdict verdict;

	if (runner_run_split(trial->runners[0], frame, sizeof(frame), 32, &verdict, &failure))
		return false;
	count(trial, &nobodys, sizeof(frame), 32);
	return true;
}

/* How a program reads follows from what its loader may do. */
static int runner_make(struct wire_trial *trial, unsigned i, struct failure *failure)
{
	const struct vx_config config = {
		.role = variants[i].role,
		.engine = variants[i].engine,
		.decap = (uint16_t)variants[i].decap,
	};
	uint64_t capabilities;
	int error;

	if (variants[i].reading == VX_READING_IN_PLACE)
		return runner_new_as(trial->profiles, &config, &trial->runners[i], failure);
	if (!perfmon_give_up(&capabilities))
		return failure_set(failure, VX_EXIT_FAILED, EPERM, "cannot give up CAP_PERFMON");
	error = runner_new_as(trial->profiles, &config, &trial->runners[i], failure);
	perfmon_restore(capabilities);
	return error;
}

struct wire_trial *wire_trial_new(void)
{
	CLEANUP(wire_trial_freep) struct wire_trial *trial = calloc(1, sizeof(*trial));
	struct failure failure = {};

	runner_stay();
	if (trial)
		trial->profiles = profiles_make();
	if (!trial || !trial->profiles)
		return NULL;
	for (; trial->count < RUNNERS_MAX && !runner_make(trial, trial->count, &failure); trial->count++)
		;
	if (trial->count < IN_PLACE || (trial->count < RUNNERS_MAX && failure.exit_code != VX_EXIT_NOT_PERMITTED)) {
		fprintf(stderr, "wire: %s\n", failure.text);
		return NULL;
	}
	trial->splits = probe_split(trial);
	trial->next_source = 1;
	return TAKE_PTR(trial);
}

bool wire_trial_splits(const struct wire_trial *trial)
{
	return trial->splits;
}

void wire_trial_choose(struct wire_trial *trial, uint64_t number)
{
	trial->chosen = (unsigned)(number % trial->count);
}

bool wire_trial_forget_streams(struct wire_trial *trial)
{
	struct failure failure = {};

	memset(&trial->streams, 0, sizeof(trial->streams));
	if (!runner_forget_streams(trial->runners[trial->chosen], &failure))
		return true;
	fprintf(stderr, "wire: %s\n", failure.text);
	return false;
}

/* ---- one frame --------------------------------------------------------------------------------------------------- */

struct expected {
	struct wire_facts facts;
	struct oracle_verdict verdict;
	uint8_t inner; /* enum vx_protocol, where something is relayed */
};

/* What only looks like RTP is believed of a stream that holds, and of a service's relay. */
static uint8_t inner_of(struct wire_trial *trial, const struct wire_frame *frame, const struct expected *expected)
{
	const struct wire_facts *facts = &expected->facts;

	if (facts->inner != VX_EVIDENCE_RTP_LIKELY)
		return facts->inner;
	if (wire_stream_holds(&trial->streams, frame, facts) || expected->verdict.outcome == VX_OUTCOME_MATCH)
		return VX_PROTOCOL_RTP;
	return VX_PROTOCOL_OTHER;
}

static struct expected expect(struct wire_trial *trial, const struct wire_frame *frame)
{
	struct expected expected = { .facts = wire_read_through(frame, (uint16_t)variant_of(trial)->decap) };
	struct wire_facts *facts = &expected.facts;
	struct oracle_packet packet = {
		.src = facts->src,
		.dst = facts->dst,
		.has_ports = facts->has_ports,
		.later_fragment = facts->fragment == WIRE_LATER_FRAGMENT,
		.transport = facts->transport,
		.sport = facts->sport,
		.dport = facts->dport,
		.evidence = facts->evidence,
		.dscp = facts->dscp,
	};

	if (facts->malformed) {
		expected.verdict.outcome = VX_OUTCOME_MALFORMED;
		return expected;
	}
	if (facts->evidence == VX_EVIDENCE_RTP_LIKELY && wire_stream_holds(&trial->streams, frame, facts))
		packet.evidence = VX_PROTOCOL_RTP;
	expected.verdict = oracle_judge(trial->profiles, &packet, variant_of(trial)->role);
	if (facts->relayed)
		expected.inner = inner_of(trial, frame, &expected);
	return expected;
}

static bool same_name(const char *name, const char *expected)
{
	return strcmp(name, expected ? expected : "") == 0;
}

static bool agrees(const struct expected *expected, const struct vx_verdict *got, const struct vx_slot *slot)
{
	const struct oracle_verdict *verdict = &expected->verdict;
	const struct wire_facts *facts = &expected->facts;

	if (got->outcome != verdict->outcome || got->malformed != facts->malformed || got->tunnels != facts->tunnels)
		return false;
	if (!!(got->flags & VX_VERDICT_RELAYED) != facts->relayed || got->inner != expected->inner)
		return false;
	if (got->sport != facts->sport || got->dport != facts->dport || got->payload_length != facts->payload_length)
		return false;
	if (got->protocol != verdict->protocol ||
	    !!(got->flags & VX_ANSWER_DSCP_UNEXPECTED) != verdict->dscp_unexpected)
		return false;
	if (!same_name(slot->vendor, verdict->vendor) || !same_name(slot->service, verdict->service))
		return false;
	/* What was read before a reason, if anything, is nobody's business; a direction is told of vendors only. */
	if (facts->malformed)
		return true;
	return got->transport == facts->l4_proto && got->dscp == facts->dscp && got->direction == verdict->direction;
}

static void tell_variant(const struct variant *variant)
{
	char decap[DECAP_TEXT_MAX];

	fprintf(stderr, "role %s, engine %s, read %s, tunnels: %s\n", role_word(variant->role),
		engine_word(variant->engine), reading_word(variant->reading), decap_format(variant->decap, decap));
}

static void tell(const struct wire_trial *trial, struct frame *frame, size_t linear, const struct expected *expected,
		 const struct vx_verdict *got)
{
	const struct vx_slot *slot = runner_slot(trial->runners[trial->chosen], got->slot);
	const struct oracle_verdict *verdict = &expected->verdict;
	const struct wire_facts *facts = &expected->facts;
	char tunnels[2][DECAP_TEXT_MAX];

	frame_print(frame, "the program differs");
	fprintf(stderr, "linear %zu, ", linear);
	tell_variant(variant_of(trial));
	fprintf(stderr, "expected %s %s, IP %d protocol %u dscp %u, %u>%u, %zu bytes, %s (evidence %u), %s/%s %s%s\n",
		outcome_word(verdict->outcome), malformed_word(facts->malformed), facts->family, facts->l4_proto,
		facts->dscp, facts->sport, facts->dport, facts->payload_length, protocol_word(verdict->protocol),
		facts->evidence, verdict->vendor ? verdict->vendor : "-", verdict->service ? verdict->service : "-",
		direction_word(verdict->direction), verdict->dscp_unexpected ? ", dscp" : "");
	fprintf(stderr, "got      %s %s, protocol %u dscp %u, %u>%u, %u bytes, %s, %s/%s %s%s\n",
		outcome_word(got->outcome), malformed_word(got->malformed), got->transport, got->dscp, got->sport,
		got->dport, got->payload_length, protocol_word(got->protocol), slot->vendor, slot->service,
		direction_word(got->direction), got->flags & VX_ANSWER_DSCP_UNEXPECTED ? ", dscp" : "");
	fprintf(stderr, "expected in %s, carries %s; got in %s, carries %s\n", decap_format(facts->tunnels, tunnels[0]),
		facts->relayed ? protocol_word(expected->inner) : "nothing", decap_format(got->tunnels, tunnels[1]),
		got->flags & VX_VERDICT_RELAYED ? protocol_word(got->inner) : "nothing");
}

static void count_seconds(struct wire_trial *trial, const struct expected *expected)
{
	for (int t = 0; t < _VX_TUNNEL_MAX; t++)
		trial->tunnels[trial->chosen][t] += expected->facts.tunnels >> t & 1;
	if (expected->facts.relayed)
		trial->relayed[trial->chosen][expected->inner]++;
}

bool wire_trial_frame(struct wire_trial *trial, struct frame *frame, size_t linear)
{
	struct runner *runner = trial->runners[trial->chosen];
	/* The program reads also what lies in fragments. */
	const struct wire_frame wire = { frame_bytes(frame), frame->length, frame->length };
	const struct expected expected = expect(trial, &wire);
	struct failure failure = {};
	struct vx_verdict got;
	int error;

	if (linear < frame->length)
		error = runner_run_split(runner, frame_bytes(frame), frame->length, linear, &got, &failure);
	else
		error = runner_run(runner, frame_bytes(frame), frame->length, &got, &failure);
	if (error) {
		frame_print(frame, failure.text);
		return false;
	}
	count(trial, &expected.verdict, frame->length, linear);
	count_seconds(trial, &expected);
	trial->protocols[got.protocol]++;
	trial->malformed[got.malformed]++;
	trial->outcomes[got.outcome]++;
	if (agrees(&expected, &got, runner_slot(runner, got.slot)))
		return true;
	tell(trial, frame, linear, &expected, &got);
	return false;
}

/* ---- rounds ------------------------------------------------------------------------------------------------------ */

/*
 * A frame that looks like RTP gets a source of its own: then it is the first of its stream, whatever came before, and
 * the program's small table and the oracle need not agree on what to forget.
 */
static void make_stranger(struct wire_trial *trial, struct odd_frame *odd)
{
	const struct wire_frame frame = { frame_bytes(&odd->frame), odd->frame.length, odd->frame.length };
	const struct wire_facts facts = wire_read_through(&frame, (uint16_t)variant_of(trial)->decap);
	uint8_t *source = frame_bytes(&odd->frame) + 8;

	memset(&trial->streams, 0, sizeof(trial->streams));
	if (facts.malformed)
		return;
	if (facts.evidence == VX_EVIDENCE_RTP_LIKELY)
		source += facts.rtp_at;
	else if (facts.relayed && facts.inner == VX_EVIDENCE_RTP_LIKELY)
		source += facts.inner_rtp_at;
	else
		return;
	frame_put16(source, (uint16_t)(trial->next_source >> 16));
	frame_put16(source + 2, (uint16_t)trial->next_source);
	trial->next_source++;
}

static bool one_frame(struct wire_trial *trial, struct random *random)
{
	struct odd_frame odd;

	odd_frame_make(random, &odd);
	if (!trial->splits)
		odd.linear = odd.frame.length;
	if (odd.linear > LINEAR_MAX && odd.frame.length > LINEAR_MAX) {
		if (!trial->splits)
			frame_cut(&odd.frame, LINEAR_MAX);
		odd.linear = LINEAR_MAX;
	}
	make_stranger(trial, &odd);
	return wire_trial_frame(trial, &odd.frame, odd.linear);
}

/* How far the next packet of a stream runs ahead: mostly as it should. */
static uint16_t a_step(struct random *random)
{
	static const uint16_t steps[] = { 0, 2, 15, 16, 17, 2999, 3000, 3001, 65535, 65436, 65435, 65437, 32768 };

	return random_below(random, 100) < 70 ? 1 : steps[random_below(random, sizeof(steps) / sizeof(steps[0]))];
}

#define POOL "198.51.100.7" /* globex's, but shared: media is its own once the stream has proven it */

/* Two streams that take turns, in a table that knows no other: two have room in any bucket. */
static bool streams_run(struct wire_trial *trial, struct random *random)
{
	struct frame_flow flows[2] = {
		{ VX_TRANSPORT_UDP, random_below(random, 2) ? FRAME_VENDOR : POOL, 20000, FRAME_EDGE,
		  (uint16_t)random_below(random, 65536), 46 },
		{ VX_TRANSPORT_UDP, FRAME_NOBODY6, (uint16_t)random_below(random, 65536), FRAME_EDGE6, 7078, 0 },
	};
	uint32_t source[2] = { random_below(random, 4) ? random_below(random, UINT32_MAX) : 0, 77 };
	uint16_t sequence[2] = { (uint16_t)random_below(random, 65536), 65533 };
	uint8_t bytes[SAMPLE_RTP_BYTES];
	struct frame frame;

	if (!wire_trial_forget_streams(trial))
		return false;
	for (uint32_t packets = random_below(random, 24); packets > 0; packets--) {
		uint32_t which = random_below(random, 2);

		sequence[which] = (uint16_t)(sequence[which] + a_step(random));
		sample_rtp(bytes, sequence[which], 0, source[which]);
		frame_build_bytes(&frame, &flows[which], bytes, sizeof(bytes));
		if (!wire_trial_frame(trial, &frame, frame.length))
			return false;
	}
	return wire_trial_forget_streams(trial);
}

#define STREAM_RUNS 4 /* of a round: making the table forget costs as much as many frames */

bool wire_trial_round(struct wire_trial *trial, uint64_t round)
{
	/* Not by the generator's own step: neighbours would be one sequence, shifted. */
	struct random random = { .state = round * 0xd6e8feb86659fd93ULL };

	wire_trial_choose(trial, round);
	trial->next_source = 1;
	for (unsigned i = 0; i < WIRE_ROUND; i++) {
		if (i % (WIRE_ROUND / STREAM_RUNS) == 0 && !streams_run(trial, &random))
			return false;
		if (!one_frame(trial, &random))
			return false;
	}
	return true;
}

/* ---- afterwards -------------------------------------------------------------------------------------------------- */

/* Takes off what the counters say, which leaves nothing where they are right. */
static bool seconds_agree(const struct counters *counters, uint64_t tunnels[_VX_TUNNEL_MAX],
			  uint64_t relayed[_VX_PROTOCOL_MAX])
{
	uint64_t left = 0;

	for (size_t i = 0; i < counters->count; i++) {
		const struct counter_row *row = &counters->rows[i];

		if (row->kind == COUNTER_TUNNEL)
			tunnels[row->tunnel] -= row->packets;
		else if (row->kind == COUNTER_RELAYED)
			relayed[row->protocol] -= row->packets;
	}
	for (int t = 0; t < _VX_TUNNEL_MAX; t++)
		left |= tunnels[t];
	for (int p = 0; p < _VX_PROTOCOL_MAX; p++)
		left |= relayed[p];
	return left == 0;
}

static bool runner_accounts(const struct wire_trial *trial, unsigned i)
{
	CLEANUP(counters_fini) struct counters counters = {};
	uint64_t tunnels[_VX_TUNNEL_MAX], relayed[_VX_PROTOCOL_MAX];
	struct failure failure = {};

	if (runner_counters(trial->runners[i], &counters, &failure)) {
		fprintf(stderr, "wire: %s\n", failure.text);
		return false;
	}
	memcpy(tunnels, trial->tunnels[i], sizeof(tunnels));
	memcpy(relayed, trial->relayed[i], sizeof(relayed));
	if (!seconds_agree(&counters, tunnels, relayed)) {
		fprintf(stderr, "tunnels or relayed protocols are counted otherwise: ");
		tell_variant(&variants[i]);
		return false;
	}
	if (tally_agrees(&trial->tallies[i], &counters))
		return true;
	fprintf(stderr, "counters differ: ");
	tell_variant(&variants[i]);
	return false;
}

bool wire_trial_accounts(const struct wire_trial *trial)
{
	for (unsigned i = 0; i < trial->count; i++)
		if (!runner_accounts(trial, i))
			return false;
	return true;
}

uint64_t wire_trial_seen_protocol(const struct wire_trial *trial, enum vx_protocol protocol)
{
	return trial->protocols[protocol];
}

uint64_t wire_trial_seen_malformed(const struct wire_trial *trial, enum vx_malformed reason)
{
	return trial->malformed[reason];
}

uint64_t wire_trial_seen_outcome(const struct wire_trial *trial, enum vx_outcome outcome)
{
	return trial->outcomes[outcome];
}

uint64_t wire_trial_seen_tunnel(const struct wire_trial *trial, enum vx_tunnel tunnel)
{
	uint64_t seen = 0;

	for (unsigned i = 0; i < trial->count; i++)
		seen += trial->tunnels[i][tunnel];
	return seen;
}

uint64_t wire_trial_seen_inner(const struct wire_trial *trial, enum vx_protocol protocol)
{
	uint64_t seen = 0;

	for (unsigned i = 0; i < trial->count; i++)
		seen += trial->relayed[i][protocol];
	return seen;
}
