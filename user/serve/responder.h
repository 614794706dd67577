/* SPDX-License-Identifier: BSD-2-Clause */
/* What a request is answered with: routes, passwords, and pages that are made once for many. Private to user/serve/. */
#ifndef VOXDP_SERVE_RESPONDER_H
#define VOXDP_SERVE_RESPONDER_H

#include <microhttpd.h>

#include "serve/auth.h"
#include "serve/http.h"

struct page {
	struct MHD_Response *response; /* NULL: none was made yet */
	uint64_t stale_at_ns;	       /* CLOCK_MONOTONIC */
};

struct responder {
	struct http_content content;
	struct http_stats stats;
	struct auth *auth; /* NULL: everybody may read */
	struct page pages[_PROM_FORMAT_MAX];
};
void responder_fini(struct responder *responder);

/* Of libmicrohttpd; the closure is a struct responder. */
enum MHD_Result answer_request(void *closure, struct MHD_Connection *connection, const char *path, const char *method,
			       const char *version, const char *upload, size_t *upload_size, void **request);

uint64_t monotonic_ns(void);

#endif
