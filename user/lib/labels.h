/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Label files: what somebody else says of each frame of a capture. CSV with a header line and a row a frame, in the
 * capture's order. Columns are found by name: frame, transport, sport, dport, frag, label and conf; where there are
 * tunnels, inner_transport, inner_sport, inner_dport and inner_label too. Others are for people.
 */
#ifndef VOXDP_LIB_LABELS_H
#define VOXDP_LIB_LABELS_H

#include <stdbool.h>
#include <stdint.h>

#include <voxdp/names.h>

#include "lib/failure.h"

/* How sure a label is, and whether a classifier may be scored by it. */
#define LABEL_CONFS(X)                                                                                                 \
	X(MAGIC, "magic", true)		       /* the message itself says what it is */                                \
	X(SIGNALLED, "signalled", true)	       /* a port that the capture's signalling set up */                       \
	X(STREAM, "stream", true)	       /* a stream that holds */                                               \
	X(DOCUMENTED, "documented", true)      /* the capture's source says so */                                      \
	X(PORT, "port", true)		       /* a well-known port, and the bytes agree */                            \
	X(CLEAN, "clean", true)		       /* nothing, by two opinions */                                          \
	X(NOCOOKIE, "nocookie", false)	       /* STUN before its cookie */                                            \
	X(CONN, "conn", false)		       /* known only from the connection */                                    \
	X(FRAMED, "framed", false)	       /* behind a length, over TCP */                                         \
	X(CONTINUATION, "continuation", false) /* a segment that starts no message */                                  \
	X(AMBIGUOUS, "ambiguous", false)       /* the opinions differ */                                               \
	X(INSIDE, "inside", false)	       /* of what a tunnel carries: nothing says how sure */

#define LABEL_CONF_ENUM(name, word, scored) LABEL_##name,
enum label_conf { LABEL_CONFS(LABEL_CONF_ENUM) _LABEL_CONF_MAX };

const char *label_conf_word(enum label_conf conf);
bool label_conf_is_scored(enum label_conf conf);

/* What a packet is. */
struct label_packet {
	enum vx_protocol protocol;
	bool has_ports;
	uint16_t sport, dport; /* of UDP or TCP */
};

struct label_row {
	uint64_t frame; /* from 1 */
	enum label_conf conf;
	bool later_fragment;
	bool has_inner;
	struct label_packet packet, inner; /* the outermost, and the innermost where there is one */
};

struct labels;

/* -EINVAL: a column is missing, or it is no such file at all; the failure says where. */
int labels_open(const char *path, struct labels **ret, struct failure *failure);
void labels_close(struct labels *labels);
void labels_closep(struct labels **labels);

/* Returns 1 and the next row, 0 at the end, or -EINVAL and the row's place. */
int labels_next(struct labels *labels, struct label_row *ret, struct failure *failure);

#endif
