/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the files to the kernel: reads and checks the profiles, attaches what is missing, and switches the running
 * classifier over where it differs from them. What is attached and live already stays as it is: the daemon may have
 * been killed and started again at any point.
 */
#ifndef VOXDP_SERVE_RELOAD_H
#define VOXDP_SERVE_RELOAD_H

#include <stdbool.h>

#include "lib/failure.h"
#include "serve/config.h"
#include "serve/health.h"
#include "serve/watch.h"

/* How a load ended. */
enum reload_result {
	RELOAD_DONE,
	RELOAD_FAILED, /* what was live still is; @failure tells why */
	RELOAD_LATER,  /* another writer is at work, or a generation is on trial: to be tried again */
};

struct reload {
	const struct run_config *config;
	struct health *health;
	struct watch *watch; /* of the files that were read last; NULL: none yet. Owned */
	char *watched;	     /* which lists these are. Owned */
	bool again;	     /* something may have changed while it was read */
};
void reload_fini(struct reload *reload);

/* Loads the profiles. Problems in them are printed, each with its place. */
enum reload_result reload_run(struct reload *reload, struct failure *failure);

/* Could an interface be attached that is not: has it come, or come back? */
bool reload_is_due(const struct reload *reload);

#endif
