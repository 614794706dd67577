/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A confusion matrix: what labels say of frames beside what voxdp says, by the labels' confidence. Pure: frames in,
 * figures out.
 */
#ifndef VOXDP_LIB_SCORE_H
#define VOXDP_LIB_SCORE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/labels.h"

/* One frame. */
struct scored {
	const struct label_row *label;
	enum vx_protocol said;
	bool early;	/* no table of streams can know yet that this is RTP */
	bool has_ports; /* as voxdp read them */
	uint16_t sport, dport;
};

/* A part of a whole. */
struct share {
	uint64_t part, whole;
};

enum score_ports {
	PORTS_NONE, /* neither side has any */
	PORTS_SAME,
	PORTS_MISREAD, /* others than the label's, or those of a later fragment */
	PORTS_UNREAD,  /* the label has some, voxdp none: refused headers, layers that it does not look through */
	PORTS_UNNAMED, /* voxdp read some, the label names none */
	_PORTS_MAX,
};

struct score {
	uint64_t frames[_LABEL_CONF_MAX][_VX_PROTOCOL_MAX][_VX_PROTOCOL_MAX]; /* [conf][label][said] */
	struct share early[_LABEL_CONF_MAX]; /* early frames: those said right, of all */
	uint64_t ports[_PORTS_MAX];
};

/* Labels have no words for HTTP and XMPP: who says so of `other` says nothing against it. */
bool score_is_right(enum vx_protocol label, enum vx_protocol said);
enum score_ports score_ports(const struct scored *scored);
void score_add(struct score *score, const struct scored *scored);

/* Frames of a confidence and label that were said right. */
struct share score_recall(const struct score *score, enum label_conf conf, enum vx_protocol label);
/* The same over all confidences that are scored. */
struct share score_recall_all(const struct score *score, enum vx_protocol label);
/* Of the scored frames that were called @said, those whose label agrees. */
struct share score_precision(const struct score *score, enum vx_protocol said);
/* Scored RTP frames said right, early ones left out. @conf: of this one; _LABEL_CONF_MAX: of all. */
struct share score_knowable(const struct score *score, enum label_conf conf);
/* Of the scored frames labelled `other`, those called anything that is media or sets media up. */
struct share score_false_media(const struct score *score);
/* Scored frames said right. */
struct share score_total(const struct score *score);

#endif
