/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon: keeps the interfaces attached, the live generation in step with the profiles, and tells Prometheus. It is
 * not in the packets' way: killed, it leaves everything running, and started again it goes on from what it finds.
 */
#ifndef VOXDP_SERVE_DAEMON_H
#define VOXDP_SERVE_DAEMON_H

#include "lib/failure.h"
#include "serve/config.h"
#include "serve/web_config.h"

/*
 * Runs until SIGTERM or SIGINT. @web may be NULL. Returns 0; or a negative errno and @failure where it could not begin,
 * or could not detach at the end as it was told.
 */
int daemon_serve(const struct run_config *config, const struct web_config *web, struct failure *failure);

#endif
