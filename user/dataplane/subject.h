/* SPDX-License-Identifier: BSD-2-Clause */
/* What is measured: the maps of a set of profiles, and on them a program for each engine, attached to nothing. */
#ifndef VOXDP_DATAPLANE_SUBJECT_H
#define VOXDP_DATAPLANE_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "compile/tables.h"
#include "dataplane/maps.h"
#include "dataplane/program.h"
#include "dataplane/traffic.h"
#include "lib/failure.h"
#include "profile/profile.h"

struct subject {
	const struct profile_set *set;
	enum vx_role role;
	struct slots slots;
	struct tables *tables; /* of both engines; without `direct` where the profiles are beyond it */
	struct maps *maps;
	struct program *programs[_VX_ENGINE_MAX]; /* NULL: the engine does not serve these profiles */
};

/* Compiles @set, which must outlive the subject, makes it live in maps of its own and loads the programs. */
int subject_new(const struct profile_set *set, enum vx_role role, struct subject **ret, struct failure *failure);
/* The same programs once more, and their counters with them: the kernel puts both elsewhere. After an error there may be none. */
int subject_reload(struct subject *subject, struct failure *failure);
void subject_free(struct subject *subject);
void subject_freep(struct subject **subject);

/* Packets that the program of @engine has counted so far as packets of @kind should be. */
int subject_judged(const struct subject *subject, enum vx_engine engine, enum traffic_kind kind, uint64_t *ret,
		   struct failure *failure);

#endif
