/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a packet gets its verdict: every service that could have had a say, in which order and by which rule they come.
 * Goes over the profiles by the rules, service by service, and compares the result with what the tables answer.
 */
#ifndef VOXDP_COMPILE_EXPLAIN_H
#define VOXDP_COMPILE_EXPLAIN_H

#include "compile/candidate.h"
#include "compile/tables.h"

/* How far a service came. */
enum explain_fate {
	EXPLAIN_WON,
	EXPLAIN_LOST,	    /* by explained.rule to the winner */
	EXPLAIN_NOT_PROVEN, /* its claim is shared or any and the payload does not prove a protocol of its own */
	EXPLAIN_LOCAL_PORT, /* its local ports do not hold the packet's */
	EXPLAIN_REMOTE_PORT,
	EXPLAIN_TRANSPORT, /* it does not use the transport */
};

struct explained {
	const struct vendor *vendor;
	const struct service *service;
	const struct range *range; /* by which the address is claimed; NULL: `any` */
	enum vx_claim claim;
	enum vx_direction direction; /* which end is taken for the vendor's */
	enum explain_fate fate;
	enum candidate_rule rule; /* of LOST */
	struct standing standing;
};

/* An address in a vendor's own or named range, for verdicts without a service. */
struct explained_owner {
	const struct vendor *vendor; /* NULL: none */
	const struct range *range;
};

struct explanation {
	struct vx_verdict verdict;  /* of the tables */
	struct explained *services; /* owned; best first */
	size_t count;
	struct explained_owner owner; /* where the outcome is off_port */
};

/*
 * Returns 0, -ENOMEM, or -EPROTO where rules and tables disagree, which is a defect of voxdp that @failure tells.
 * @ret points into @set. Free with explanation_fini().
 */
int explain_packet(const struct profile_set *set, const struct slots *slots, const struct tables *tables,
		   const struct packet *packet, enum vx_role role, struct explanation *ret, struct failure *failure);
void explanation_fini(struct explanation *explanation);

#endif
