/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The HTTP server: /metrics, /-/healthy, /-/ready and a page that links to them, in a thread of its own, so that a
 * reload never holds up a scrape. Who is slow or hostile gets little:
 *
 *  - A connection serves one request and has a deadline from accept to close, whatever it sends meanwhile.
 *    libmicrohttpd's own time-out is an idle one: a byte a second keeps it away for ever.
 *  - When all connections are taken, the oldest goes for the newest: an honest request takes milliseconds, so the oldest
 *    is the one that is stuck.
 *  - A page serves all who ask within a few times of what it took to make, so requests cannot fill a CPU with them.
 */
#ifndef VOXDP_SERVE_HTTP_H
#define VOXDP_SERVE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/failure.h"
#include "lib/prom.h"
#include "serve/web_config.h"

struct http;

enum http_code { HTTP_200, HTTP_401, HTTP_404, HTTP_405, HTTP_429, HTTP_500, HTTP_503, _HTTP_CODE_MAX };
const char *http_code_word(enum http_code code);

/* What the server has done so far. */
struct http_stats {
	uint64_t requests[_HTTP_CODE_MAX]; /* by answer */
	uint64_t connections;		   /* accepted */
	uint64_t overdue;		   /* closed at their deadline */
	uint64_t crowded;		   /* closed for a newer one */
	uint32_t open;
	uint64_t pages;	     /* of metrics made; each serves all who ask for a while */
	uint64_t page_ns;    /* what the last page took to make */
	size_t page_bytes;   /* and how large it was */
	size_t page_samples; /* and how many samples it had */
};

/* What is served. Called from the server's thread. */
struct http_content {
	/* Writes a page of metrics; on failure @failure tells why. */
	int (*metrics)(void *context, struct prom *prom, const struct http_stats *stats, struct failure *failure);
	/* Is all up that should be? If not, @why says what is not. */
	bool (*ready)(void *context, char *why, size_t size);
	void *context;
};

struct http_options {
	const char *listen;	      /* ADDRESS:PORT or [ADDRESS]:PORT; port 0: any that is free */
	const struct web_config *web; /* outlives the server; NULL: none */
	uint32_t connections_max;
	uint32_t request_seconds;
	struct http_content content;
};

/* Listens and starts the thread. Returns 0, or a negative errno and @failure. */
int http_start(const struct http_options *options, struct http **ret, struct failure *failure);
/* Ends the thread and closes what is open. */
void http_stop(struct http *http);
void http_stopp(struct http **http);

/* Where it listens: "127.0.0.1:9477". */
const char *http_address(const struct http *http);
/* How long ago the thread was last seen at work; it comes by every second also when nobody asks. */
uint64_t http_silent_ns(const struct http *http);

#endif
