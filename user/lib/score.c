/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums over the matrix. */
#include "lib/score.h"

bool score_is_right(enum vx_protocol label, enum vx_protocol said)
{
	return said == label || (label == VX_PROTOCOL_OTHER && (said == VX_PROTOCOL_HTTP || said == VX_PROTOCOL_XMPP));
}

enum score_ports score_ports(const struct scored *scored)
{
	const struct label_row *label = scored->label;

	if (!scored->has_ports)
		return label->packet.has_ports ? PORTS_UNREAD : PORTS_NONE;
	if (label->later_fragment)
		return PORTS_MISREAD;
	if (!label->packet.has_ports)
		return PORTS_UNNAMED;
	return scored->sport == label->packet.sport && scored->dport == label->packet.dport ? PORTS_SAME :
											      PORTS_MISREAD;
}

void score_add(struct score *score, const struct scored *scored)
{
	const struct label_row *label = scored->label;

	score->frames[label->conf][label->packet.protocol][scored->said]++;
	score->ports[score_ports(scored)]++;
	if (scored->early && label->packet.protocol == VX_PROTOCOL_RTP) {
		score->early[label->conf].whole++;
		score->early[label->conf].part += scored->said == VX_PROTOCOL_RTP;
	}
}

static void share_add(struct share *share, const struct share *more)
{
	share->part += more->part;
	share->whole += more->whole;
}

struct share score_recall(const struct score *score, enum label_conf conf, enum vx_protocol label)
{
	struct share recall = {};

	for (int said = 0; said < _VX_PROTOCOL_MAX; said++) {
		uint64_t frames = score->frames[conf][label][said];

		recall.whole += frames;
		recall.part += score_is_right(label, (enum vx_protocol)said) ? frames : 0;
	}
	return recall;
}

struct share score_recall_all(const struct score *score, enum vx_protocol label)
{
	struct share recall = {};

	for (int conf = 0; conf < _LABEL_CONF_MAX; conf++) {
		struct share one = score_recall(score, (enum label_conf)conf, label);

		if (label_conf_is_scored((enum label_conf)conf))
			share_add(&recall, &one);
	}
	return recall;
}

struct share score_precision(const struct score *score, enum vx_protocol said)
{
	struct share precision = {};

	for (int conf = 0; conf < _LABEL_CONF_MAX; conf++)
		for (int label = 0; label < _VX_PROTOCOL_MAX; label++) {
			uint64_t frames = score->frames[conf][label][said];

			if (!label_conf_is_scored((enum label_conf)conf))
				continue;
			precision.whole += frames;
			precision.part += score_is_right((enum vx_protocol)label, said) ? frames : 0;
		}
	return precision;
}

struct share score_knowable(const struct score *score, enum label_conf conf)
{
	struct share knowable = {};

	for (int c = 0; c < _LABEL_CONF_MAX; c++) {
		struct share one = score_recall(score, (enum label_conf)c, VX_PROTOCOL_RTP);

		if (conf != _LABEL_CONF_MAX ? c != (int)conf : !label_conf_is_scored((enum label_conf)c))
			continue;
		one.part -= score->early[c].part;
		one.whole -= score->early[c].whole;
		share_add(&knowable, &one);
	}
	return knowable;
}

struct share score_false_media(const struct score *score)
{
	const uint32_t media = 1U << VX_PROTOCOL_SIP | 1U << VX_PROTOCOL_STUN | 1U << VX_PROTOCOL_TURN_CHANNEL |
			       1U << VX_PROTOCOL_DTLS | 1U << VX_PROTOCOL_ZRTP | 1U << VX_PROTOCOL_RTP |
			       1U << VX_PROTOCOL_RTCP;
	struct share media_frames = {};

	for (int conf = 0; conf < _LABEL_CONF_MAX; conf++)
		for (int said = 0; said < _VX_PROTOCOL_MAX; said++) {
			uint64_t frames = score->frames[conf][VX_PROTOCOL_OTHER][said];

			if (!label_conf_is_scored((enum label_conf)conf))
				continue;
			media_frames.whole += frames;
			media_frames.part += media >> said & 1 ? frames : 0;
		}
	return media_frames;
}

struct share score_total(const struct score *score)
{
	struct share total = {};

	for (int label = 0; label < _VX_PROTOCOL_MAX; label++) {
		struct share one = score_recall_all(score, (enum vx_protocol)label);

		share_add(&total, &one);
	}
	return total;
}
