/* SPDX-License-Identifier: BSD-2-Clause */
/* A row a goal. */
#include "goals.h"

#include <math.h>
#include <stdbool.h>

#include "lib/cleanup.h"

/* What a measurement is turned into: its net, its time, its ratio to what it is beside; or a plain number. */
enum measure { NET, RAW, TIMES, NUMBER };

struct place {
	const char *section, *set, *subject, *traffic, *order; /* of a number: its name is in section */
};

/* @of, divided by @by where that is given, is wanted to be @limit at most, or at least. */
struct goal {
	const char *what;
	enum measure measure;
	struct place of, by;
	bool at_least;
	double limit;
	const char *unit;
};

#define TEST(set, subject, traffic, order)                                                                             \
	{                                                                                                              \
		"test-run", set, subject, traffic, order                                                               \
	}
#define CONTEST(section, subject, order)                                                                               \
	{                                                                                                              \
		section, "10k", subject, "rtp", order                                                                  \
	}
#define NONE                                                                                                           \
	{                                                                                                              \
	}
#define NAMED(name)                                                                                                    \
	{                                                                                                              \
		.section = name                                                                                        \
	}

static const struct goal goals[] = {
	{ "whole verdict, RTP, both ends, hot", NET, TEST("10k", "direct", "rtp", "hot"), NONE, false, 12, "ns net" },
	{ "10k prefixes, to engine lpm, in order", NET, TEST("10k", "direct", "rtp", "in_order"),
	  TEST("10k", "lpm", "rtp", "in_order"), false, 1 / 5.0, "times net" },
	{ "10k prefixes, to engine lpm, shuffled", NET, TEST("10k", "direct", "rtp", "shuffled"),
	  TEST("10k", "lpm", "rtp", "shuffled"), false, 1 / 4.0, "times net" },
	{ "100k prefixes, to engine lpm, in order", NET, TEST("100k", "direct", "rtp", "in_order"),
	  TEST("100k", "lpm", "rtp", "in_order"), false, 1 / 6.0, "times net" },
	{ "100k prefixes, to engine lpm, shuffled", NET, TEST("100k", "direct", "rtp", "shuffled"),
	  TEST("100k", "lpm", "rtp", "shuffled"), false, 1 / 6.0, "times net" },
	{ "100k prefixes against 20, in order", RAW, TEST("100k", "direct", "rtp", "in_order"),
	  TEST("20", "direct", "rtp", "in_order"), false, 2, "times" },
	{ "1,000 vendors against 1, hot", RAW, TEST("1000-vendors", "direct", "rtp", "hot"),
	  TEST("1-vendor", "direct", "rtp", "hot"), false, 1.3, "times" },
	{ "SIP from a vendor, hot", NET, TEST("10k", "direct", "sip", "hot"), NONE, false, 15, "ns net" },
	{ "STUN from a vendor, hot", NET, TEST("10k", "direct", "stun", "hot"), NONE, false, 15, "ns net" },
	{ "TLS from a vendor, hot", NET, TEST("10k", "direct", "tls", "hot"), NONE, false, 15, "ns net" },
	{ "nobody's TCP 443, hot", TIMES, TEST("10k", "direct", "nobody", "hot"), NONE, false, 1.25, "times empty" },
	{ "nobody's TCP 443, in order", TIMES, TEST("10k", "direct", "nobody", "in_order"), NONE, false, 1.25,
	  "times empty" },
	{ "nobody's TCP 443, shuffled", TIMES, TEST("10k", "direct", "nobody", "shuffled"), NONE, false, 1.25,
	  "times empty" },
	{ "IPv6, 10k prefixes, to engine lpm, shuffled", NET, TEST("ipv6-10k", "direct", "rtp", "shuffled"),
	  TEST("ipv6-10k", "lpm", "rtp", "shuffled"), false, 1 / 4.0, "times net" },
	{ "the floor: reads headers, counts, hot", TIMES, CONTEST("peers", "floor", "hot"), NONE, false, 1.25,
	  "times empty" },
	{ "10k, to xdp-filter, in order", NET, CONTEST("peers", "voxdp-direct", "in_order"),
	  CONTEST("peers", "xdp-filter", "in_order"), false, 1 / 3.0, "times net" },
	{ "10k, to xdp-filter, shuffled", NET, CONTEST("peers", "voxdp-direct", "shuffled"),
	  CONTEST("peers", "xdp-filter", "shuffled"), false, 1 / 3.0, "times net" },
	{ "live frames, 10k", TIMES, CONTEST("live", "voxdp-direct", "in_order"), NONE, false, 1.6, "times empty" },
	{ "live frames, nftables ingress set to voxdp", RAW, CONTEST("live", "nft-ingress-set", "in_order"),
	  CONTEST("live", "voxdp-direct", "in_order"), true, 7, "times" },
	{ "live frames, ipset to voxdp", RAW, CONTEST("live", "ipset", "in_order"),
	  CONTEST("live", "voxdp-direct", "in_order"), true, 5, "times" },
	{ "veth, 10k, no frame lost", TIMES, CONTEST("veth", "voxdp-direct", "in_order"), NONE, false, 1.2,
	  "times empty" },
	{ "100k prefixes live, from compiled tables", NUMBER, NAMED("ms switch-from-tables 100k"), NONE, false, 50,
	  "ms" },
	{ "100k prefixes live, with reading the files", NUMBER, NAMED("ms switch-from-files 100k"), NONE, false, 500,
	  "ms" },
	{ "one address more, live", NUMBER, NAMED("ms one-address 100k"), NONE, false, 1, "ms" },
	{ "a packet while sets are switched, to quiet",
	  TIMES,
	  { "churn", "100k", "switching", "rtp", "in_order" },
	  NONE,
	  false,
	  1.1,
	  "times" },
	{ "executed instructions, RTP, 10k", NUMBER, NAMED("rtp instructions 10k"), NONE, false, 110, "" },
	{ "calls out of line, RTP, 10k", NUMBER, NAMED("rtp calls 10k"), NONE, false, 0, "" },
	{ "cache lines of tables, RTP, 10k", NUMBER, NAMED("rtp lines 10k"), NONE, false, 8, "" },
	{ "bytes a prefix, 10k", NUMBER, NAMED("bytes-a-prefix4 10k"), NONE, false, 16, "" },
	{ "bytes beside, 10k", NUMBER, NAMED("bytes fixed4 10k"), NONE, false, 1 << 20, "" },
};

/* NAN: it was not measured. */
static double value_of(const struct results *results, enum measure measure, const struct place *place)
{
	const struct result *result;
	double number;

	if (measure == NUMBER)
		return results_number_find(results, place->section, &number) ? number : NAN;
	result = results_find(results, place->section, place->set, place->subject, place->traffic, place->order);
	if (!result)
		return NAN;
	return measure == NET ? result_net(result) : measure == RAW ? result_ns(result) : result_ratio(result);
}

void goals_print(const struct results *results, FILE *out)
{
	fprintf(out, "\n%-46s %12s %12s  %-11s\n", "goal", "wanted", "measured", "");
	for (size_t i = 0; i < ARRAY_SIZE(goals); i++) {
		const struct goal *goal = &goals[i];
		double value = value_of(results, goal->measure, &goal->of);
		bool reached;

		if (goal->by.section)
			value /= value_of(results, goal->measure, &goal->by);
		if (isnan(value)) {
			fprintf(out, "%-46s %2s %9.2f %12s  %-11s\n", goal->what,
				goal->at_least ? ">=" : "<=", goal->limit, "-", "not measured");
			continue;
		}
		reached = goal->at_least ? value >= goal->limit : value <= goal->limit;
		fprintf(out, "%-46s %2s %9.2f %12.2f  %-11s %s\n", goal->what,
			goal->at_least ? ">=" : "<=", goal->limit, value, goal->unit, reached ? "reached" : "MISSED");
	}
}
