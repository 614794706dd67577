/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs in the server's thread alone, so nothing here is locked. */
#include "serve/responder.h"

#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <time.h>

#include "lib/cleanup.h"

/* Pages take at most a fifth of a CPU, whoever asks how often; none is older than a second. */
#define PAGE_REUSE_FACTOR 4
#define PAGE_REUSE_NS_MAX 1000000000ULL

#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_HTML "text/html; charset=utf-8"

static const struct {
	const char *word;
	unsigned status;
} codes[] = {
	[HTTP_200] = { "200", MHD_HTTP_OK },
	[HTTP_401] = { "401", MHD_HTTP_UNAUTHORIZED },
	[HTTP_404] = { "404", MHD_HTTP_NOT_FOUND },
	[HTTP_405] = { "405", MHD_HTTP_METHOD_NOT_ALLOWED },
	[HTTP_429] = { "429", MHD_HTTP_TOO_MANY_REQUESTS },
	[HTTP_500] = { "500", MHD_HTTP_INTERNAL_SERVER_ERROR },
	[HTTP_503] = { "503", MHD_HTTP_SERVICE_UNAVAILABLE },
};
_Static_assert(ARRAY_SIZE(codes) == _HTTP_CODE_MAX, "every code has its word");

const char *http_code_word(enum http_code code)
{
	return codes[code].word;
}

uint64_t monotonic_ns(void)
{
	struct timespec now = {};

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/*
 * One request a connection: what is open and idle would only take a place. A body that is to be freed is so even where
 * no response could be made.
 */
static struct MHD_Response *response_make(const char *type, void *body, size_t size, enum MHD_ResponseMemoryMode memory)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(size, body, memory);

	if (!response && memory == MHD_RESPMEM_MUST_FREE)
		free(body);
	if (response && (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) != MHD_YES ||
			 MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close") != MHD_YES)) {
		MHD_destroy_response(response);
		return NULL;
	}
	return response;
}

static enum MHD_Result queue(struct responder *responder, struct MHD_Connection *connection, enum http_code code,
			     struct MHD_Response *response)
{
	responder->stats.requests[code]++;
	return response ? MHD_queue_response(connection, codes[code].status, response) : MHD_NO;
}

/* A short text of its own; @header, a pair, may be NULL. */
static enum MHD_Result queue_text(struct responder *responder, struct MHD_Connection *connection, enum http_code code,
				  const char *text, const char *const header[2])
{
	struct MHD_Response *response =
		response_make(TYPE_TEXT, (void *)(uintptr_t)text, strlen(text), MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (response && header)
		(void)MHD_add_response_header(response, header[0], header[1]); /* the status tells it too */
	result = queue(responder, connection, code, response);
	if (response)
		MHD_destroy_response(response); /* ours; the connection holds its own reference */
	return result;
}

/* ---- routes ----------------------------------------------------------------------------------------------------- */

static int page_make(struct responder *responder, enum prom_format format, struct failure *failure)
{
	struct page *page = &responder->pages[format];
	uint64_t began = monotonic_ns(), took;
	struct MHD_Response *response;
	struct prom prom = { .format = format };
	char *text = NULL;
	size_t size = 0;
	int error;

	prom.out = open_memstream(&text, &size);
	if (!prom.out)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	(void)__fsetlocking(prom.out, FSETLOCKING_BYCALLER); /* one thread has it: no lock for each piece of a line */
	error = responder->content.metrics(responder->content.context, &prom, &responder->stats, failure);
	if (fclose(prom.out) && !error)
		error = failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	if (error) {
		free(text);
		return error;
	}
	response = response_make(prom_content_type(format), text, size, MHD_RESPMEM_MUST_FREE);
	if (!response)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	took = monotonic_ns() - began;
	responder->stats.pages++;
	responder->stats.page_ns = took;
	responder->stats.page_bytes = size;
	responder->stats.page_samples = prom.samples;
	if (page->response)
		MHD_destroy_response(page->response); /* goes when the last connection has sent it */
	page->response = response;
	took *= PAGE_REUSE_FACTOR;
	page->stale_at_ns = monotonic_ns() + (took < PAGE_REUSE_NS_MAX ? took : PAGE_REUSE_NS_MAX);
	return 0;
}

static enum MHD_Result metrics(struct responder *responder, struct MHD_Connection *connection)
{
	const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	enum prom_format format = prom_negotiate(accept);
	struct page *page = &responder->pages[format];
	struct failure failure = {};

	if ((!page->response || monotonic_ns() >= page->stale_at_ns) && page_make(responder, format, &failure)) {
		size_t length = strlen(failure.text);

		failure.text[length < sizeof(failure.text) - 1 ? length : length - 1] = '\n';
		return queue_text(responder, connection, HTTP_500, failure.text, NULL);
	}
	return queue(responder, connection, HTTP_200, page->response);
}

static enum MHD_Result healthy(struct responder *responder, struct MHD_Connection *connection)
{
	return queue_text(responder, connection, HTTP_200, "healthy\n", NULL);
}

static enum MHD_Result ready(struct responder *responder, struct MHD_Connection *connection)
{
	char why[512] = "", text[540];

	if (responder->content.ready(responder->content.context, why, sizeof(why)))
		return queue_text(responder, connection, HTTP_200, "ready\n", NULL);
	(void)snprintf(text, sizeof(text), "not ready: %s\n", why);
	return queue_text(responder, connection, HTTP_503, text, NULL);
}

static enum MHD_Result landing(struct responder *responder, struct MHD_Connection *connection)
{
	static char text[] =
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>voxdp</title></head>"
		"<body>\n<h1>voxdp " VOXDP_VERSION "</h1>\n"
		"<p>Tells which vendor and service each packet belongs to, at XDP.</p>\n"
		"<ul>\n<li><a href=\"/metrics\">Metrics</a></li>\n"
		"<li><a href=\"/-/ready\">Ready</a></li>\n"
		"<li><a href=\"/-/healthy\">Healthy</a></li>\n</ul>\n</body></html>\n";
	struct MHD_Response *response = response_make(TYPE_HTML, text, sizeof(text) - 1, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = queue(responder, connection, HTTP_200, response);

	if (response)
		MHD_destroy_response(response);
	return result;
}

static const struct {
	const char *path;
	enum MHD_Result (*answer)(struct responder *responder, struct MHD_Connection *connection);
} routes[] = {
	{ "/", landing },
	{ "/metrics", metrics },
	{ "/-/healthy", healthy },
	{ "/-/ready", ready },
};

/* ---- requests --------------------------------------------------------------------------------------------------- */

static enum auth_result authorised(const struct responder *responder, struct MHD_Connection *connection)
{
	enum auth_result result = AUTH_WRONG;
	char *password = NULL;
	char *name;

	if (!responder->auth)
		return AUTH_RIGHT;
	name = MHD_basic_auth_get_username_password(connection, &password);
	if (name && password)
		result = auth_check(responder->auth, name, password);
	MHD_free(name);
	if (password)
		explicit_bzero(password, strlen(password));
	MHD_free(password);
	return result;
}

enum MHD_Result answer_request(void *closure, struct MHD_Connection *connection, const char *path, const char *method,
			       const char *version, const char *upload, size_t *upload_size, void **request)
{
	static const char *const allow[] = { MHD_HTTP_HEADER_ALLOW, "GET, HEAD" };
	static const char *const retry[] = { MHD_HTTP_HEADER_RETRY_AFTER, "1" };
	static const char *const challenge[] = { MHD_HTTP_HEADER_WWW_AUTHENTICATE,
						 "Basic realm=\"voxdp\", charset=\"UTF-8\"" };
	struct responder *responder = closure;

	(void)version, (void)upload, (void)upload_size, (void)request; /* a body is never waited for */
	switch (authorised(responder, connection)) {
	case AUTH_WRONG:
		return queue_text(responder, connection, HTTP_401, "unauthorized\n", challenge);
	case AUTH_BUSY:
		return queue_text(responder, connection, HTTP_429, "too many wrong passwords, try again\n", retry);
	case AUTH_RIGHT:
		break;
	}
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
		if (strcmp(routes[i].path, path) != 0)
			continue;
		if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
			return queue_text(responder, connection, HTTP_405, "only GET and HEAD\n", allow);
		return routes[i].answer(responder, connection);
	}
	return queue_text(responder, connection, HTTP_404, "not found\n", NULL);
}

void responder_fini(struct responder *responder)
{
	for (size_t i = 0; i < _PROM_FORMAT_MAX; i++)
		if (responder->pages[i].response)
			MHD_destroy_response(responder->pages[i].response);
	auth_free(responder->auth);
}
