/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the labels of each capture, tells which frames differ, and prints the matrix. */
#include "cmd/score.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/view.h"
#include "compile/streams.h"
#include "lib/cleanup.h"
#include "lib/columns.h"
#include "lib/score.h"
#include "lib/words.h"

struct scoring {
	const struct globals *globals;
	const char *path; /* of the labels; a file or a folder */
	bool is_folder, packets;
	uint64_t captures, frames;
	struct score score;
	/* Of the capture that is being read. */
	const char *capture;
	struct labels *labels;
	struct streams *streams;
};

void scoring_free(struct scoring *scoring)
{
	if (!scoring)
		return;
	labels_close(scoring->labels);
	streams_free(scoring->streams);
	free(scoring);
}

void scoring_freep(struct scoring **scoring)
{
	scoring_free(*scoring);
}

int scoring_new(const struct globals *globals, const char *labels, int captures, bool packets, struct scoring **ret,
		struct failure *failure)
{
	CLEANUP(scoring_freep) struct scoring *scoring = calloc(1, sizeof(*scoring));
	struct stat st;

	if (!scoring)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	if (stat(labels, &st))
		return failure_set(failure, failure_exit_for_errno(errno), errno, "labels %s: %s", labels,
				   strerror(errno));
	scoring->globals = globals;
	scoring->path = labels;
	scoring->is_folder = S_ISDIR(st.st_mode);
	scoring->packets = packets;
	if (!scoring->is_folder && captures != 1)
		return failure_set(failure, VX_EXIT_USAGE, EINVAL,
				   "--score: one label file is for one capture, got %d; name a folder of label files",
				   captures);
	*ret = TAKE_PTR(scoring);
	return 0;
}

/* ---- frames ------------------------------------------------------------------------------------------------------ */

/* The file in the folder that has the capture's name with another ending. NULL: out of memory. */
static char *labels_path(const char *folder, const char *capture)
{
	const char *slash = strrchr(capture, '/'), *name = slash ? slash + 1 : capture, *dot = strrchr(name, '.');
	char *path;

	if (asprintf(&path, "%s/%.*s.csv", folder, dot ? (int)(dot - name) : (int)strlen(name), name) < 0)
		return NULL;
	return path;
}

int scoring_begin(struct scoring *scoring, const char *capture, struct failure *failure)
{
	CLEANUP_FREE char *path = scoring->is_folder ? labels_path(scoring->path, capture) : strdup(scoring->path);

	labels_close(scoring->labels);
	streams_free(scoring->streams);
	scoring->labels = NULL;
	scoring->streams = NULL;
	scoring->capture = capture;
	if (!path || streams_new(&scoring->streams))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	scoring->captures++;
	return labels_open(path, &scoring->labels, failure);
}

static const char *ports_word(enum score_ports ports)
{
	return ports == PORTS_MISREAD ? "  ports misread" : "";
}

static void differing_line(const struct scoring *scoring, const struct scored *scored, enum score_ports ports)
{
	const struct label_row *label = scored->label;

	printf("%s:%" PRIu64 "  %s, %s%s: voxdp says %s%s\n", scoring->capture, label->frame,
	       protocol_word(label->packet.protocol), label_conf_word(label->conf),
	       scored->early ? ", early in its stream" : "", protocol_word(scored->said), ports_word(ports));
}

static int differing_json(const struct scoring *scoring, const struct scored *scored, enum score_ports ports)
{
	const struct label_row *label = scored->label;
	json_t *line = json_pack("{s:o, s:I, s:s, s:s, s:b, s:b, s:s, s:b}", "capture", view_string(scoring->capture),
				 "frame", (json_int_t)label->frame, "label", protocol_word(label->packet.protocol),
				 "conf", label_conf_word(label->conf), "scored", label_conf_is_scored(label->conf),
				 "early", scored->early, "protocol", protocol_word(scored->said), "ports_misread",
				 ports == PORTS_MISREAD);
	int error = line ? json_dumpf(line, stdout, JSON_COMPACT) : -1;

	json_decref(line);
	putchar('\n');
	return error ? -ENOMEM : 0;
}

static int differing_print(const struct scoring *scoring, const struct scored *scored, struct failure *failure)
{
	enum score_ports ports = score_ports(scored);

	if (!scoring->packets ||
	    (score_is_right(scored->label->packet.protocol, scored->said) && ports != PORTS_MISREAD))
		return 0;
	if (!scoring->globals->json)
		differing_line(scoring, scored, ports);
	else if (differing_json(scoring, scored, ports))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	return 0;
}

static bool has_ports(const struct vx_verdict *verdict)
{
	return (verdict->transport == IPPROTO_UDP || verdict->transport == IPPROTO_TCP) &&
	       (verdict->sport || verdict->dport);
}

/* Tags and labels stand before the outermost packet; these have one inside. */
#define TUNNELS_OF_PACKETS                                                                                             \
	(1U << VX_TUNNEL_GRE | 1U << VX_TUNNEL_IPIP | 1U << VX_TUNNEL_6IN4 | 1U << VX_TUNNEL_VXLAN |                   \
	 1U << VX_TUNNEL_GENEVE | 1U << VX_TUNNEL_GTP_U)

/* What was looked through is compared with what the labels say of the packet inside. */
static void label_enter(struct label_row *label, const struct vx_verdict *verdict)
{
	if (!(verdict->tunnels & TUNNELS_OF_PACKETS) || !label->has_inner)
		return;
	label->packet = label->inner;
	label->conf = LABEL_INSIDE;
	label->later_fragment = false;
}

int scoring_frame(struct scoring *scoring, const struct capture_frame *frame, const struct vx_verdict *verdict,
		  struct failure *failure)
{
	struct label_row label;
	struct scored scored = {
		.label = &label,
		.said = (enum vx_protocol)verdict->protocol,
		.has_ports = has_ports(verdict),
		.sport = verdict->sport,
		.dport = verdict->dport,
	};
	int more = labels_next(scoring->labels, &label, failure);

	if (more < 0)
		return more;
	if (!more || label.frame != frame->number)
		return failure_set(failure, VX_EXIT_FAILED, EINVAL,
				   "%s: its labels have no row for frame %" PRIu64 " here; they are another capture's",
				   scoring->capture, frame->number);
	label_enter(&label, verdict);
	if (label.packet.protocol == VX_PROTOCOL_RTP && label.conf != LABEL_INSIDE &&
	    streams_note(scoring->streams, frame->bytes, frame->length, &scored.early))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	score_add(&scoring->score, &scored);
	scoring->frames++;
	return differing_print(scoring, &scored, failure);
}

int scoring_end(struct scoring *scoring, struct failure *failure)
{
	struct label_row label;
	int more = labels_next(scoring->labels, &label, failure);

	if (more <= 0)
		return more;
	return failure_set(failure, VX_EXIT_FAILED, EINVAL,
			   "%s: ends before its labels, which go on with frame %" PRIu64, scoring->capture,
			   label.frame);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

#define PERCENT_MAX 16

/* NULL: there is no whole. */
static const char *percent(struct share share, char text[PERCENT_MAX])
{
	if (!share.whole)
		return NULL;
	(void)snprintf(text, PERCENT_MAX, "%.2f %%", 100.0 * (double)share.part / (double)share.whole);
	return text;
}

static enum row_tone tone_of(struct share share)
{
	return share.part == share.whole ? ROW_PLAIN : ROW_ODD;
}

/* Confidence, label, frames, right, recall; then what voxdp said, a column a protocol that it said at all. */
enum { MATRIX_CONF, MATRIX_LABEL, MATRIX_FRAMES, MATRIX_RIGHT, MATRIX_RECALL, MATRIX_SAID };
#define MATRIX_COLUMNS_MAX (MATRIX_SAID + _VX_PROTOCOL_MAX)

struct matrix {
	const struct score *score;
	bool is_scored; /* rows of the confidences that are scored, or the others */
	struct column layout[MATRIX_COLUMNS_MAX];
	enum vx_protocol said[_VX_PROTOCOL_MAX];
	size_t count; /* columns */
};

static bool matrix_says(const struct matrix *matrix, int said)
{
	for (int conf = 0; conf < _LABEL_CONF_MAX; conf++)
		for (int label = 0; label < _VX_PROTOCOL_MAX; label++)
			if (matrix->score->frames[conf][label][said] &&
			    label_conf_is_scored((enum label_conf)conf) == matrix->is_scored)
				return true;
	return false;
}

/* `other` last, as what is left. */
static void matrix_init(struct matrix *matrix)
{
	static const struct column first[] = {
		{ "CONFIDENCE", false }, { "LABEL", false }, { "FRAMES", true }, { "RIGHT", true }, { "RECALL", true }
	};

	memcpy(matrix->layout, first, sizeof(first));
	matrix->count = MATRIX_SAID;
	for (int i = 1; i <= _VX_PROTOCOL_MAX; i++) {
		int said = i % _VX_PROTOCOL_MAX;

		if (!matrix_says(matrix, said))
			continue;
		matrix->said[matrix->count - MATRIX_SAID] = (enum vx_protocol)said;
		matrix->layout[matrix->count++] = (struct column){ protocol_word((unsigned)said), true };
	}
}

static void matrix_row(const struct matrix *matrix, struct columns *columns, enum label_conf conf,
		       enum vx_protocol label)
{
	struct share recall = score_recall(matrix->score, conf, label);
	char numbers[MATRIX_COLUMNS_MAX][NUMBER_TEXT_MAX], percents[PERCENT_MAX];
	const char *cells[MATRIX_COLUMNS_MAX] = { label_conf_word(conf), protocol_word(label) };

	if (!recall.whole)
		return;
	cells[MATRIX_FRAMES] = number_format(recall.whole, numbers[MATRIX_FRAMES]);
	cells[MATRIX_RIGHT] = number_format(recall.part, numbers[MATRIX_RIGHT]);
	cells[MATRIX_RECALL] = percent(recall, percents);
	for (size_t c = MATRIX_SAID; c < matrix->count; c++) {
		uint64_t frames = matrix->score->frames[conf][label][matrix->said[c - MATRIX_SAID]];

		cells[c] = frames ? number_format(frames, numbers[c]) : "";
	}
	columns_row(columns, matrix->is_scored ? tone_of(recall) : ROW_FAINT, cells);
}

static int matrix_print(const struct scoring *scoring, bool is_scored)
{
	struct matrix matrix = { .score = &scoring->score, .is_scored = is_scored };
	CLEANUP(columns_freep) struct columns *columns = NULL;

	matrix_init(&matrix);
	if (matrix.count == MATRIX_SAID)
		return 0;
	if (columns_new(matrix.layout, matrix.count, &columns))
		return -ENOMEM;
	for (int conf = 0; conf < _LABEL_CONF_MAX; conf++)
		for (int label = 0; label < _VX_PROTOCOL_MAX; label++)
			if (label_conf_is_scored((enum label_conf)conf) == is_scored)
				matrix_row(&matrix, columns, (enum label_conf)conf, (enum vx_protocol)label);
	printf(is_scored ? "\nLabels, and what voxdp says of their frames:\n" :
			   "\nApart, since their labels are not sure enough or tell of more than one packet:\n");
	return columns_print(columns, stdout, scoring->globals->color);
}

static int labels_print(const struct scoring *scoring)
{
	static const struct column layout[] = { { "LABEL", false },   { "FRAMES", true }, { "RIGHT", true },
						{ "RECALL", true },   { "SAID", true },	  { "RIGHTLY", true },
						{ "PRECISION", true } };
	CLEANUP(columns_freep) struct columns *columns = NULL;

	if (columns_new(layout, ARRAY_SIZE(layout), &columns))
		return -ENOMEM;
	for (int i = 1; i <= _VX_PROTOCOL_MAX; i++) {
		int label = i % _VX_PROTOCOL_MAX; /* `other` last */
		struct share recall = score_recall_all(&scoring->score, (enum vx_protocol)label);
		struct share precision = score_precision(&scoring->score, (enum vx_protocol)label);
		char numbers[4][NUMBER_TEXT_MAX], percents[2][PERCENT_MAX];
		const char *const cells[] = {
			protocol_word((unsigned)label),
			number_format(recall.whole, numbers[0]),
			number_format(recall.part, numbers[1]),
			percent(recall, percents[0]),
			number_format(precision.whole, numbers[2]),
			number_format(precision.part, numbers[3]),
			percent(precision, percents[1]),
		};

		if (recall.whole || precision.whole)
			columns_row(columns, tone_of(recall), cells);
	}
	printf("\nOver all of these:\n");
	return columns_print(columns, stdout, scoring->globals->color);
}

static void share_line(const char *what, struct share share)
{
	char part[NUMBER_TEXT_MAX], whole[NUMBER_TEXT_MAX], percents[PERCENT_MAX];

	if (share.whole)
		printf("  %-58s %9s of %9s  %8s\n", what, number_format(share.part, part),
		       number_format(share.whole, whole), percent(share, percents));
}

static void knowable_lines(const struct score *score)
{
	for (int conf = 0; conf < _LABEL_CONF_MAX; conf++) {
		struct share share = score_knowable(score, (enum label_conf)conf);
		char what[64];

		if (!label_conf_is_scored((enum label_conf)conf) || !share.whole)
			continue;
		(void)snprintf(what, sizeof(what), "rtp, %s, from where its stream can be known",
			       label_conf_word((enum label_conf)conf));
		share_line(what, share);
	}
	share_line("rtp, all, from where its stream can be known", score_knowable(score, _LABEL_CONF_MAX));
}

static void sums_print(const struct scoring *scoring)
{
	const uint64_t *ports = scoring->score.ports;
	uint64_t read = ports[PORTS_SAME] + ports[PORTS_MISREAD];

	putchar('\n');
	knowable_lines(&scoring->score);
	share_line("`other` called media", score_false_media(&scoring->score));
	share_line("frames whose ports were misread", (struct share){ ports[PORTS_MISREAD], read });
	share_line("frames whose ports were not read",
		   (struct share){ ports[PORTS_UNREAD], read + ports[PORTS_UNREAD] });
	share_line("scored frames of all", (struct share){ score_total(&scoring->score).whole, scoring->frames });
	share_line("scored frames said right", score_total(&scoring->score));
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static json_t *share_json(struct share share)
{
	return json_pack("{s:I, s:I}", "right", (json_int_t)share.part, "frames", (json_int_t)share.whole);
}

static json_t *said_json(const struct score *score, int conf, int label)
{
	json_t *said = json_object();

	for (unsigned s = 0; s < _VX_PROTOCOL_MAX && said; s++) {
		uint64_t frames = score->frames[conf][label][s];

		if (frames && json_object_set_new(said, protocol_word(s), json_integer((json_int_t)frames))) {
			json_decref(said);
			said = NULL;
		}
	}
	return said;
}

static json_t *matrix_json(const struct score *score)
{
	json_t *rows = json_array();

	for (int conf = 0; conf < _LABEL_CONF_MAX; conf++)
		for (int label = 0; label < _VX_PROTOCOL_MAX && rows; label++) {
			struct share recall = score_recall(score, (enum label_conf)conf, (enum vx_protocol)label);

			if (recall.whole &&
			    json_array_append_new(rows,
						  json_pack("{s:s, s:b, s:s, s:I, s:I, s:o}", "conf",
							    label_conf_word((enum label_conf)conf), "scored",
							    label_conf_is_scored((enum label_conf)conf), "label",
							    protocol_word((unsigned)label), "frames",
							    (json_int_t)recall.whole, "right", (json_int_t)recall.part,
							    "said", said_json(score, conf, label)))) {
				json_decref(rows);
				rows = NULL;
			}
		}
	return rows;
}

static json_t *labels_json(const struct score *score)
{
	json_t *rows = json_array();

	for (int label = 0; label < _VX_PROTOCOL_MAX && rows; label++) {
		struct share recall = score_recall_all(score, (enum vx_protocol)label);
		struct share precision = score_precision(score, (enum vx_protocol)label);

		if ((recall.whole || precision.whole) &&
		    json_array_append_new(rows, json_pack("{s:s, s:I, s:I, s:I, s:I}", "label",
							  protocol_word((unsigned)label), "frames",
							  (json_int_t)recall.whole, "right", (json_int_t)recall.part,
							  "said", (json_int_t)precision.whole, "rightly",
							  (json_int_t)precision.part))) {
			json_decref(rows);
			rows = NULL;
		}
	}
	return rows;
}

static json_t *score_json(const struct scoring *scoring)
{
	const struct score *score = &scoring->score;
	struct share media = score_false_media(score);

	return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:{s:I, s:I}, s:{s:I, s:I, s:I, s:I}}", "captures",
			 (json_int_t)scoring->captures, "frames", (json_int_t)scoring->frames, "scored",
			 share_json(score_total(score)), "matrix", matrix_json(score), "labels", labels_json(score),
			 "rtp_knowable", share_json(score_knowable(score, _LABEL_CONF_MAX)), "other", "called_media",
			 (json_int_t)media.part, "frames", (json_int_t)media.whole, "ports", "same",
			 (json_int_t)score->ports[PORTS_SAME], "misread", (json_int_t)score->ports[PORTS_MISREAD],
			 "unread", (json_int_t)score->ports[PORTS_UNREAD], "unnamed",
			 (json_int_t)score->ports[PORTS_UNNAMED]);
}

enum vx_exit scoring_print(const struct scoring *scoring, struct failure *failure)
{
	if (scoring->globals->json)
		return scoring->packets ? VX_EXIT_DONE : view_json(score_json(scoring), failure);
	if (matrix_print(scoring, true) || labels_print(scoring) || matrix_print(scoring, false)) {
		failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		return failure->exit_code;
	}
	sums_print(scoring);
	return VX_EXIT_DONE;
}
