/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp classify`: captures through the real program, no interface needed. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/load.h"
#include "cmd/score.h"
#include "cmd/spec.h"
#include "cmd/view.h"
#include "dataplane/runner.h"
#include "lib/capture.h"
#include "lib/cleanup.h"
#include "lib/columns.h"
#include "lib/linktype.h"
#include "lib/text.h"
#include "lib/words.h"

struct classify_options {
	const char *role, *engine, *decap, *at;
	const char *score; /* labels; NULL: not asked for */
	bool packets;
};

/* Frames whose treatment a reader should know of. */
struct tally {
	uint64_t frames, padded, cut, too_short;
};

struct classify {
	const struct globals *globals;
	struct runner *runner;
	enum vx_role role;
	bool packets;
	struct scoring *scoring; /* NULL: not asked for */
	struct tally tally;
};

/* What is known of one frame. */
struct judged {
	const char *capture;
	const struct capture_frame *frame;
	struct vx_verdict verdict;
	const char *vendor, *service; /* NULL: none */
};

static const char *transport_of(const struct vx_verdict *verdict)
{
	switch (verdict->transport) {
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_TCP:
		return "tcp";
	default:
		return NULL;
	}
}

static bool has_ports(const struct vx_verdict *verdict)
{
	return transport_of(verdict) && (verdict->sport || verdict->dport);
}

/* One object a line. */
static int judged_json(const struct judged *judged)
{
	const struct vx_verdict *verdict = &judged->verdict;
	bool malformed = verdict->outcome == VX_OUTCOME_MALFORMED;
	const char *inner = verdict->flags & VX_VERDICT_RELAYED ? protocol_word(verdict->inner) : NULL;
	json_t *line, *sport = NULL, *dport = NULL;
	int error = -1;

	sport = has_ports(verdict) ? json_integer(verdict->sport) : json_null();
	dport = has_ports(verdict) ? json_integer(verdict->dport) : json_null();
	line = json_pack(
		"{s:o, s:I, s:o, s:o, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:i, s:b, s:o, s:I}", "capture",
		view_string(judged->capture), "frame", (json_int_t)judged->frame->number, "vendor",
		view_string(judged->vendor), "service", view_string(judged->service), "protocol",
		protocol_word(verdict->protocol), "inner", view_string(inner), "direction",
		view_string(verdict->direction == VX_DIRECTION_NONE ? NULL : direction_word(verdict->direction)),
		"outcome", outcome_word(verdict->outcome), "reason",
		view_string(malformed ? malformed_word(verdict->malformed) : NULL), "transport",
		view_string(transport_of(verdict)), "sport", sport, "dport", dport, "dscp", verdict->dscp,
		"dscp_unexpected", (verdict->flags & VX_ANSWER_DSCP_UNEXPECTED) != 0, "tunnels",
		view_tunnels(verdict->tunnels), "bytes", (json_int_t)judged->frame->length);
	if (line)
		error = json_dumpf(line, stdout, JSON_COMPACT);
	json_decref(line);
	putchar('\n');
	return error ? -ENOMEM : 0;
}

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static void judged_line(const struct judged *judged)
{
	const struct vx_verdict *verdict = &judged->verdict;
	char ports[32] = "-", tunnels[DECAP_TEXT_MAX];
	const bool relayed = verdict->flags & VX_VERDICT_RELAYED;

	if (has_ports(verdict))
		(void)snprintf(ports, sizeof(ports), "%u>%u", verdict->sport, verdict->dport);
	printf("%7" PRIu64 "  %-12s  %-28s  %-12s  %-4s  %-13s  %-4s  %-11s  %5zu%s%s%s%s%s%s%s\n",
	       judged->frame->number, or_dash(judged->vendor), or_dash(judged->service),
	       protocol_word(verdict->protocol),
	       verdict->direction == VX_DIRECTION_NONE ? "-" : direction_word(verdict->direction),
	       outcome_word(verdict->outcome), or_dash(transport_of(verdict)), ports, judged->frame->length,
	       verdict->outcome == VX_OUTCOME_MALFORMED ? "  " : "",
	       verdict->outcome == VX_OUTCOME_MALFORMED ? malformed_word(verdict->malformed) : "",
	       verdict->flags & VX_ANSWER_DSCP_UNEXPECTED ? "  dscp unexpected" : "", relayed ? "  carries " : "",
	       relayed ? protocol_word(verdict->inner) : "", verdict->tunnels ? "  in " : "",
	       decap_format(verdict->tunnels, tunnels));
}

static int frame_judge(struct classify *classify, const char *path, const struct capture_frame *frame,
		       struct failure *failure)
{
	struct judged judged = { .capture = path, .frame = frame };
	const struct vx_slot *slot;
	int error = runner_run(classify->runner, frame->bytes, frame->length, &judged.verdict, failure);

	if (error)
		return error;
	classify->tally.frames++;
	classify->tally.padded += frame->padded;
	classify->tally.cut += frame->cut;
	classify->tally.too_short += frame->length < ETHERNET_HEADER_BYTES;
	if (classify->scoring)
		return scoring_frame(classify->scoring, frame, &judged.verdict, failure);
	if (!classify->packets)
		return 0;
	slot = runner_slot(classify->runner, judged.verdict.slot);
	judged.vendor = slot->vendor[0] ? slot->vendor : NULL;
	judged.service = slot->service[0] ? slot->service : NULL;
	if (judged.verdict.slot < VX_SLOT_FIRST_FREE)
		judged.verdict.direction = counters_nobody_direction(classify->role);
	if (!classify->globals->json)
		judged_line(&judged);
	else if (judged_json(&judged))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	return 0;
}

/* Labels are of one capture alone: what earlier ones have taught the program must not help it. */
static int capture_score(struct classify *classify, const char *path, struct failure *failure)
{
	int error = runner_forget_streams(classify->runner, failure);

	return error ? error : scoring_begin(classify->scoring, path, failure);
}

static int capture_judge(struct classify *classify, const char *path, struct failure *failure)
{
	CLEANUP(capture_closep) struct capture *capture = NULL;
	struct capture_frame frame;
	int more = capture_open(path, runner_bytes_max(classify->runner), &capture, failure);

	if (more >= 0 && classify->scoring)
		more = capture_score(classify, path, failure);
	if (more < 0)
		return more;
	if (classify->packets && !classify->globals->json && !classify->scoring)
		printf("%s\n", path);
	while ((more = capture_next(capture, &frame, failure)) == 1) {
		int error = frame_judge(classify, path, &frame, failure);

		if (error)
			return error;
	}
	return more || !classify->scoring ? more : scoring_end(classify->scoring, failure);
}

/* ---- totals ----------------------------------------------------------------------------------------------------- */

static void tally_print(const struct classify *classify)
{
	const struct tally *tally = &classify->tally;
	char text[NUMBER_TEXT_MAX];

	printf("\n  %s frames in all\n", number_format(tally->frames, text));
	if (tally->too_short)
		printf("  %s shorter than an Ethernet header: counted as malformed without running them\n",
		       number_format(tally->too_short, text));
	if (tally->padded)
		printf("  %s not kept whole by the capture: what is missing was taken for zeros\n",
		       number_format(tally->padded, text));
	if (tally->cut)
		printf("  %s run by their first %zu bytes: this kernel takes no more\n",
		       number_format(tally->cut, text), runner_bytes_max(classify->runner));
}

static enum vx_exit totals_json(const struct classify *classify, const struct counters *counters,
				struct failure *failure)
{
	const struct tally *tally = &classify->tally;
	json_t *document = json_pack("{s:I, s:s, s:I, s:I, s:I}", "frames", (json_int_t)tally->frames, "role",
				     role_word(classify->role), "too_short", (json_int_t)tally->too_short, "padded",
				     (json_int_t)tally->padded, "cut", (json_int_t)tally->cut);

	if (document && view_counters_json(counters, document)) {
		json_decref(document);
		document = NULL;
	}
	return view_json(document, failure);
}

/* The totals are the program's own counters, not a sum of verdicts; both must tell of every frame. */
static enum vx_exit totals(const struct classify *classify, struct failure *failure)
{
	CLEANUP(counters_fini) struct counters counters = {};
	enum vx_exit result;

	if (runner_counters(classify->runner, &counters, failure))
		return failure->exit_code;
	if (counters_packets(&counters, NULL) != classify->tally.frames) {
		failure_set(failure, VX_EXIT_FAILED, EPROTO,
			    "%" PRIu64 " frames were run, but %" PRIu64 " were counted", classify->tally.frames,
			    counters_packets(&counters, NULL));
		return failure->exit_code;
	}
	if (classify->scoring)
		return scoring_print(classify->scoring, failure);
	if (classify->globals->json)
		return classify->packets ? VX_EXIT_DONE : totals_json(classify, &counters, failure);
	if (classify->packets)
		putchar('\n');
	result = view_counters(&counters, classify->globals, failure);
	if (result == VX_EXIT_DONE)
		tally_print(classify);
	return result;
}

static int options_read(const struct classify_options *options, struct vx_config *config, struct failure *failure)
{
	enum vx_engine engine = VX_ENGINE_DIRECT;
	enum vx_role role = VX_ROLE_ANY;
	char quoted[TEXT_QUOTE_MAX];
	int error;

	if (options->role && role_parse(options->role, &role))
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "--role: got %s, expected wan, lan or any",
				   text_quote(options->role, quoted));
	error = engine_option_parse(options->engine, &engine, failure);
	config->role = (uint8_t)role;
	config->engine = (uint8_t)engine;
	return error ? error : decap_option_parse(options->decap, &config->decap, failure);
}

static enum vx_exit classify_run(const struct globals *globals, const void *options_raw, int argc, char **argv,
				 struct failure *failure)
{
	const struct classify_options *options = options_raw;
	CLEANUP(profile_set_freep) struct profile_set *profiles = NULL;
	CLEANUP(runner_freep) struct runner *runner = NULL;
	CLEANUP(scoring_freep) struct scoring *scoring = NULL;
	struct classify classify = { .globals = globals, .packets = options->packets };
	struct vx_config config = {};
	struct failure first = {};
	enum vx_exit result;
	int32_t day;

	if (!argc) {
		failure_set(failure, VX_EXIT_USAGE, EINVAL, "classify needs a capture: voxdp classify CAPTURE...");
		return failure->exit_code;
	}
	if (options->score && scoring_new(globals, options->score, argc, options->packets, &scoring, failure))
		return failure->exit_code;
	if (options_read(options, &config, failure) || day_option_parse("at", options->at, &day, failure) ||
	    profiles_load_at(globals, day, &profiles, failure) || runner_new_as(profiles, &config, &runner, failure))
		return failure->exit_code;
	classify.role = config.role;
	classify.runner = runner;
	classify.scoring = scoring;
	runner_stay();
	/* A capture that breaks off does not take the others' answer away; it is told at the end. */
	for (int i = 0; i < argc; i++)
		if (capture_judge(&classify, argv[i], failure) && !first.text[0])
			first = *failure;
	if (first.text[0] && !classify.tally.frames) {
		*failure = first;
		return failure->exit_code;
	}
	result = totals(&classify, failure);
	if (result != VX_EXIT_DONE || !first.text[0])
		return result;
	*failure = first;
	return failure->exit_code;
}

static const struct opt classify_opts[] = {
	{ 0, "role", "wan|lan|any", "what the interface faced: remote is the source, the destination, either (default)",
	  OPT_STRING, offsetof(struct classify_options, role) },
	{ 0, "packets", NULL, "also one line a frame; with --json one object a line and nothing else", OPT_FLAG,
	  offsetof(struct classify_options, packets) },
	{ 0, "score", "LABELS",
	  "compare with a label file, or with NAME.csv of a folder for each capture NAME.pcap;\n"
	  "                             --packets: only the frames that differ",
	  OPT_STRING, offsetof(struct classify_options, score) },
	{ 0, "at", "DATE", AT_HELP ": captures may be old", OPT_STRING, offsetof(struct classify_options, at) },
	{ 0, "engine", "direct|lpm", "look addresses up in static tables (default) or in LPM tries", OPT_STRING,
	  offsetof(struct classify_options, engine) },
	{ 0, "decap", "LIST", DECAP_HELP, OPT_STRING, offsetof(struct classify_options, decap) },
};

const struct cmd cmd_classify = {
	.name = "classify",
	.args = "CAPTURE...",
	.summary = "run captures through the program and print what it says",
	.details =
		"Reads pcap and pcapng: Ethernet, raw IP, BSD loopback, Linux cooked and PPP captures; `-` is standard\n"
		"input. The frames go through the real program in this kernel; no interface is touched.\n\n"
		"--score reads CSV with the columns frame, transport, sport, dport, frag, label and conf, a row a frame,\n"
		"and prints how often voxdp says what the labels say, by their confidence; with --packets which frames\n"
		"differ. Each capture is judged as if it were the first.",
	.opts = classify_opts,
	.opt_count = ARRAY_SIZE(classify_opts),
	.options_size = sizeof(struct classify_options),
	.run = classify_run,
};
