/* SPDX-License-Identifier: BSD-2-Clause */
/* The file is read whole, and its lines are split where they lie. */
#include "lib/labels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/file.h"
#include "lib/text.h"
#include "lib/words.h"

#define LABELS_BYTES_MAX (256U << 20)
#define FIELDS_MAX 64

enum column {
	COLUMN_FRAME,
	COLUMN_TRANSPORT,
	COLUMN_SPORT,
	COLUMN_DPORT,
	COLUMN_FRAG,
	COLUMN_LABEL,
	COLUMN_CONF,
	_COLUMN_REQUIRED,
	COLUMN_INNER_TRANSPORT = _COLUMN_REQUIRED,
	COLUMN_INNER_SPORT,
	COLUMN_INNER_DPORT,
	COLUMN_INNER_LABEL,
	_COLUMN_MAX,
};

static const char *const column_names[] = {
	"frame", "transport",	    "sport",	   "dport",	  "frag",	 "label",
	"conf",	 "inner_transport", "inner_sport", "inner_dport", "inner_label",
};
_Static_assert(ARRAY_SIZE(column_names) == _COLUMN_MAX, "a column has its name");

struct labels {
	char *path;
	char *bytes;
	char *rest; /* of bytes, from the next line on */
	unsigned line;
	size_t field[_COLUMN_MAX]; /* which field of a line a column is; as many as there are: none */
	size_t fields;		   /* of each line */
};

#define CONF_WORD(name, word, scored) word,
#define CONF_SCORED(name, word, scored) scored,
static const char *const conf_words[] = { LABEL_CONFS(CONF_WORD) };
static const bool conf_scored[] = { LABEL_CONFS(CONF_SCORED) };

const char *label_conf_word(enum label_conf conf)
{
	return conf_words[conf];
}

bool label_conf_is_scored(enum label_conf conf)
{
	return conf_scored[conf];
}

void labels_close(struct labels *labels)
{
	if (!labels)
		return;
	free(labels->path);
	free(labels->bytes);
	free(labels);
}

void labels_closep(struct labels **labels)
{
	labels_close(*labels);
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

/* Takes the next line, without its end; NULL: there is none. */
static char *line_next(struct labels *labels)
{
	char *line = labels->rest, *end;

	if (!*line)
		return NULL;
	end = strchr(line, '\n');
	labels->rest = end ? end + 1 : line + strlen(line);
	if (!end)
		end = labels->rest;
	if (end > line && end[-1] == '\r')
		end--;
	*end = '\0';
	labels->line++;
	return line;
}

/* RFC 4180: a field in quotes may hold commas, and a quote stands for itself twice. Returns what follows, or NULL. */
static char *field_unquote(char *field)
{
	char *to = field, *from = field + 1;

	while (*from && (*from != '"' || from[1] == '"')) {
		from += *from == '"';
		*to++ = *from++;
	}
	if (*from != '"' || (from[1] && from[1] != ','))
		return NULL;
	*to = '\0';
	return from + 1;
}

/* Returns how many fields the line has, or 0 where it is none of CSV. */
static size_t line_split(char *line, char *fields[FIELDS_MAX])
{
	size_t count = 0;
	char *end;

	for (;;) {
		if (count == FIELDS_MAX)
			return 0;
		fields[count++] = line;
		end = *line == '"' ? field_unquote(line) : line + strcspn(line, ",");
		if (!end)
			return 0;
		if (!*end)
			return count;
		*end = '\0';
		line = end + 1;
	}
}

static int refuse(const struct labels *labels, struct failure *failure, const char *what, const char *got)
{
	char quoted[TEXT_QUOTE_MAX];

	return failure_set(failure, VX_EXIT_FAILED, EINVAL, "%s:%u: %s%s%s", labels->path, labels->line, what,
			   got ? ", got " : "", got ? text_quote(got, quoted) : "");
}

/* ---- the header line -------------------------------------------------------------------------------------------- */

static int header_read(struct labels *labels, struct failure *failure)
{
	char *line = line_next(labels), *fields[FIELDS_MAX];

	labels->fields = line ? line_split(line, fields) : 0;
	for (size_t c = 0; c < _COLUMN_MAX; c++) {
		size_t f = 0;

		while (f < labels->fields && strcmp(fields[f], column_names[c]) != 0)
			f++;
		if (f == labels->fields && c < _COLUMN_REQUIRED)
			return failure_set(failure, VX_EXIT_FAILED, EINVAL,
					   "%s: its first line names no column \"%s\", so these are no labels",
					   labels->path, column_names[c]);
		labels->field[c] = f;
	}
	return 0;
}

int labels_open(const char *path, struct labels **ret, struct failure *failure)
{
	CLEANUP(labels_closep) struct labels *labels = calloc(1, sizeof(*labels));
	size_t size = 0;
	int error;

	if (!labels)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	labels->path = strdup(path);
	error = labels->path ? file_read(path, LABELS_BYTES_MAX, &labels->bytes, &size) : -ENOMEM;
	if (error)
		return failure_set(failure, failure_exit_for_errno(-error), -error, "labels %s: %s", path,
				   strerror(-error));
	if (strlen(labels->bytes) != size)
		return failure_set(failure, VX_EXIT_FAILED, EINVAL, "labels %s: has NUL bytes, is no text", path);
	labels->rest = labels->bytes;
	error = header_read(labels, failure);
	if (error)
		return error;
	*ret = TAKE_PTR(labels);
	return 0;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

/* Digits alone. Returns 0 or -EINVAL. */
static int number_read(const char *text, uint64_t max, uint64_t *ret)
{
	uint64_t number = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || number > max / 10)
			return -EINVAL;
		number = number * 10 + (uint64_t)(*text - '0');
	}
	*ret = number;
	return number > max ? -EINVAL : 0;
}

static int protocol_read(const char *word, enum vx_protocol *ret)
{
	for (int p = 0; p < _VX_PROTOCOL_MAX; p++)
		if (strcmp(protocol_word((unsigned)p), word) == 0) {
			*ret = (enum vx_protocol)p;
			return 0;
		}
	return -EINVAL;
}

static int conf_read(const char *word, enum label_conf *ret)
{
	for (int c = 0; c < _LABEL_CONF_MAX; c++)
		if (strcmp(conf_words[c], word) == 0) {
			*ret = (enum label_conf)c;
			return 0;
		}
	return -EINVAL;
}

/* Ports of other transports are passed over, as by voxdp. */
static int ports_read(const char *transport, const char *sport, const char *dport, struct label_packet *label)
{
	uint64_t source, destination;

	if (strcmp(transport, "udp") != 0 && strcmp(transport, "tcp") != 0)
		return 0;
	if (!*sport && !*dport)
		return 0;
	if (number_read(sport, UINT16_MAX, &source) || number_read(dport, UINT16_MAX, &destination))
		return -EINVAL;
	label->has_ports = true;
	label->sport = (uint16_t)source;
	label->dport = (uint16_t)destination;
	return 0;
}

/* @cell: transport, sport, dport. */
static int packet_read(const struct labels *labels, char *const cell[3], const char *protocol,
		       struct label_packet *label, struct failure *failure)
{
	if (protocol_read(protocol, &label->protocol))
		return refuse(labels, failure, "a label is a protocol that voxdp knows", protocol);
	if (ports_read(cell[0], cell[1], cell[2], label))
		return refuse(labels, failure, "a port is 0 to 65535", cell[1]);
	return 0;
}

int labels_next(struct labels *labels, struct label_row *ret, struct failure *failure)
{
	char *line = line_next(labels), *fields[FIELDS_MAX + 1], *cell[_COLUMN_MAX], absent[] = "";
	struct label_row label = {};
	int error;

	if (!line)
		return 0;
	if (line_split(line, fields) != labels->fields)
		return refuse(labels, failure, "a row has as many fields as the first line", NULL);
	fields[labels->fields] = absent;
	for (size_t c = 0; c < _COLUMN_MAX; c++)
		cell[c] = fields[labels->field[c]];
	if (number_read(cell[COLUMN_FRAME], INT64_MAX, &label.frame))
		return refuse(labels, failure, "a frame is a number", cell[COLUMN_FRAME]);
	if (conf_read(cell[COLUMN_CONF], &label.conf))
		return refuse(labels, failure, "no such confidence", cell[COLUMN_CONF]);
	error = packet_read(labels, &cell[COLUMN_TRANSPORT], cell[COLUMN_LABEL], &label.packet, failure);
	label.has_inner = *cell[COLUMN_INNER_LABEL];
	if (!error && label.has_inner)
		error = packet_read(labels, &cell[COLUMN_INNER_TRANSPORT], cell[COLUMN_INNER_LABEL], &label.inner,
				    failure);
	if (error)
		return error;
	label.later_fragment = strcmp(cell[COLUMN_FRAG], "later") == 0;
	*ret = label;
	return 1;
}
