/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread and its connections. Sockets are accepted here and handed to libmicrohttpd, which parses and answers in its
 * external epoll mode; deadlines and crowding are ours. A connection is ended by shutting its socket down: libmicrohttpd
 * notices and closes it, on its own terms.
 */
#include "serve/http.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "serve/client_cert.h"
#include "serve/responder.h"
#include "serve/listener.h"

/* For a request's headers and the answer's; more is refused with 431. */
#define CONNECTION_BYTES 8192
/* No connection goes for a newer one before this: what it takes an honest client to send its request. */
#define GRACE_NS 100000000ULL
/* How long the thread may sleep, so that it can be seen to live. */
#define BEAT_MS 1000
/* How long a stop waits for answers that are under way. */
#define DRAIN_NS 2000000000ULL
#define SECOND_NS 1000000000ULL
#define MS_NS 1000000ULL

struct connection {
	TAILQ_ENTRY(connection) entry;
	int fd;
	bool ending; /* shut down and no longer in the list */
	uint64_t accepted_at_ns;
};

struct http {
	struct responder responder;
	struct MHD_Daemon *daemon;
	TAILQ_HEAD(, connection) connections; /* oldest first */
	uint32_t connections_max, ending;
	enum client_auth client_auth;
	uint64_t deadline_ns;
	uint64_t accept_at_ns; /* 0: accept at once */
	uint64_t stop_at_ns;   /* 0: go on */
	int listener, stop, epoll;
	bool listening; /* the listener is in the epoll set */
	bool started;
	pthread_t thread;
	atomic_uint_fast64_t seen_at_ns;
	char address[LISTENER_TEXT_MAX];
};

/* ---- connections ------------------------------------------------------------------------------------------------ */

static void connection_end(struct http *http, struct connection *connection)
{
	(void)shutdown(connection->fd, SHUT_RDWR); /* fails where the other end was quicker */
	TAILQ_REMOVE(&http->connections, connection, entry);
	http->responder.stats.open--;
	http->ending++;
	connection->ending = true;
}

static void connection_started(struct http *http, struct MHD_Connection *handle, void **context)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct connection *connection = calloc(1, sizeof(*connection));

	*context = connection;
	if (!connection) {
		if (info)
			(void)shutdown(info->connect_fd, SHUT_RDWR); /* without a deadline it must not stay */
		return;
	}
	connection->fd = info ? info->connect_fd : -1;
	connection->accepted_at_ns = monotonic_ns();
	TAILQ_INSERT_TAIL(&http->connections, connection, entry);
	http->responder.stats.connections++;
	http->responder.stats.open++;
	if (client_cert_ask(handle, http->client_auth))
		connection_end(http, connection); /* nobody gets in unasked */
}

/* Called before libmicrohttpd closes the socket, so that the number in connection->fd is still that socket's. */
static void connection_ended(struct http *http, struct connection *connection)
{
	if (!connection)
		return;
	if (connection->ending) {
		http->ending--;
	} else {
		TAILQ_REMOVE(&http->connections, connection, entry);
		http->responder.stats.open--;
	}
	free(connection);
}

static void connection_notice(void *closure, struct MHD_Connection *handle, void **context,
			      enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		connection_started(closure, handle, context);
	else
		connection_ended(closure, *context);
}

/* Makes room for one connection more; false: not now, and http->accept_at_ns says when. */
static bool room_make(struct http *http, uint64_t now)
{
	struct connection *oldest = TAILQ_FIRST(&http->connections);

	if (http->responder.stats.open < http->connections_max)
		return true;
	if (now < oldest->accepted_at_ns + GRACE_NS || http->ending >= http->connections_max / 2 + 1) {
		http->accept_at_ns = now < oldest->accepted_at_ns + GRACE_NS ? oldest->accepted_at_ns + GRACE_NS : now;
		return false;
	}
	http->responder.stats.crowded++;
	connection_end(http, oldest);
	return true;
}

/* Half of the places in one go: who has just come is not pushed out before it was looked at. */
static void connections_accept(struct http *http, uint64_t now)
{
	struct sockaddr_storage address;

	http->accept_at_ns = 0;
	for (uint32_t i = 0; i <= http->connections_max / 2 && room_make(http, now); i++) {
		socklen_t size = sizeof(address);
		int fd = accept4(http->listener, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			/* Out of descriptors or memory: the queue stays readable, so try again a little later. */
			if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
				http->accept_at_ns = now + GRACE_NS;
			return;
		}
		(void)MHD_add_connection(http->daemon, fd, (const struct sockaddr *)&address, size); /* closes it */
	}
}

static void connections_expire(struct http *http, uint64_t now)
{
	struct connection *oldest;

	while ((oldest = TAILQ_FIRST(&http->connections)) && now >= oldest->accepted_at_ns + http->deadline_ns) {
		http->responder.stats.overdue++;
		connection_end(http, oldest);
	}
}

/* ---- the thread ------------------------------------------------------------------------------------------------- */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int wait_ms(struct http *http)
{
	const struct connection *oldest = TAILQ_FIRST(&http->connections);
	uint64_t now = monotonic_ns(), until = now + BEAT_MS * MS_NS;
	MHD_UNSIGNED_LONG_LONG library_ms;

	if (oldest)
		until = least(until, oldest->accepted_at_ns + http->deadline_ns);
	if (http->stop_at_ns)
		until = least(until, http->stop_at_ns);
	if (http->accept_at_ns)
		until = least(until, http->accept_at_ns);
	if (MHD_get_timeout(http->daemon, &library_ms) == MHD_YES)
		until = least(until, now + library_ms * MS_NS);
	return until > now ? (int)((until - now + MS_NS - 1) / MS_NS) : 0;
}

/* While no connection may be accepted the listener is not watched: it would be ready all the time. */
static void listener_watch(struct http *http, bool watched)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = http->listener };

	if (watched != http->listening &&
	    epoll_ctl(http->epoll, watched ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, http->listener, &event) == 0)
		http->listening = watched;
}

/* From here on nobody is let in; the others are served to the end. */
static void stop_begin(struct http *http)
{
	(void)epoll_ctl(http->epoll, EPOLL_CTL_DEL, http->stop, NULL); /* it would be ready all the time */
	http->stop_at_ns = monotonic_ns() + DRAIN_NS;
}

static void *http_thread(void *closure)
{
	struct http *http = closure;
	struct epoll_event events[4];
	uint64_t now = monotonic_ns();

	while (!http->stop_at_ns || (http->responder.stats.open && now < http->stop_at_ns)) {
		int count = epoll_wait(http->epoll, events, ARRAY_SIZE(events), wait_ms(http));
		bool arrived = false;

		now = monotonic_ns();
		for (int i = 0; i < count; i++) {
			arrived = arrived || events[i].data.fd == http->listener;
			if (events[i].data.fd == http->stop)
				stop_begin(http);
		}
		arrived = arrived || (http->accept_at_ns && now >= http->accept_at_ns);
		connections_expire(http, now);
		if (arrived && !http->stop_at_ns)
			connections_accept(http, now);
		listener_watch(http, !http->accept_at_ns && !http->stop_at_ns);
		(void)MHD_run(http->daemon); /* fails only where it runs a thread of its own */
		atomic_store(&http->seen_at_ns, monotonic_ns());
	}
	return NULL;
}

uint64_t http_silent_ns(const struct http *http)
{
	uint64_t seen = atomic_load(&http->seen_at_ns), now = monotonic_ns();

	return now > seen ? now - seen : 0;
}

const char *http_address(const struct http *http)
{
	return http->address;
}

/* ---- start and stop --------------------------------------------------------------------------------------------- */

void http_stop(struct http *http)
{
	const uint64_t one = 1;

	if (!http)
		return;
	if (http->started) {
		(void)!write(http->stop, &one, sizeof(one)); /* an eventfd at 0 takes it */
		(void)pthread_join(http->thread, NULL);
	}
	if (http->daemon)
		MHD_stop_daemon(http->daemon);
	responder_fini(&http->responder);
	cleanup_closep(&http->listener);
	cleanup_closep(&http->stop);
	cleanup_closep(&http->epoll);
	free(http);
}

void http_stopp(struct http **http)
{
	http_stop(*http);
}

/* All that may be open at once must fit, else strangers decide what the daemon can still open. */
static int descriptors_check(uint32_t connections, struct failure *failure)
{
	struct rlimit limit;
	const rlim_t others = 64;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < connections + others)
		return failure_set(failure, VX_EXIT_FAILED, EMFILE,
				   "%u connections and %u other files are more than the %u that may be open: "
				   "raise LimitNOFILE=, or lower limits.connections",
				   connections, (unsigned)others, (unsigned)limit.rlim_cur);
	return 0;
}

static int daemon_start(struct http *http, const struct http_options *options, struct failure *failure)
{
	const struct web_config *web = options->web;
	const bool tls = web && web->certificate;
	/* Those that are ending still take their place until libmicrohttpd has noticed. */
	const uint32_t connections = http->connections_max + http->connections_max / 2 + 2;
	struct MHD_OptionItem items[16];
	size_t count = 0;
	int error = descriptors_check(connections, failure);

	if (error)
		return error;
	items[count++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_LIMIT, connections, NULL };
	items[count++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES, NULL };
	items[count++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_TIMEOUT, options->request_seconds, NULL };
	if (tls) {
		items[count++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, web->certificate };
		items[count++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, web->key };
		items[count++] =
			(struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)web->priorities };
		http->client_auth = web->client_auth;
	}
	if (tls && web->client_ca)
		items[count++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_TRUST, 0, web->client_ca };
	items[count] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
	http->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | (tls ? MHD_USE_TLS : 0), 0, NULL,
					NULL, answer_request, &http->responder, MHD_OPTION_NOTIFY_CONNECTION,
					connection_notice, http, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
	if (!http->daemon)
		return failure_set(failure, VX_EXIT_FAILED, EIO, "cannot start the HTTP server%s",
				   !tls		  ? "" :
				   web->client_ca ? ": are cert_file and key_file of one certificate, and is "
						    "client_ca_file one?" :
						    ": are cert_file and key_file of one certificate?");
	return 0;
}

static int epoll_fill(struct http *http, struct failure *failure)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct epoll_event stop = { .events = EPOLLIN, .data.fd = http->stop };
	struct epoll_event library = { .events = EPOLLIN };

	if (!info)
		return failure_set(failure, VX_EXIT_FAILED, EIO, "libmicrohttpd has no epoll");
	library.data.fd = info->epoll_fd;
	listener_watch(http, true);
	if (!http->listening || epoll_ctl(http->epoll, EPOLL_CTL_ADD, http->stop, &stop) ||
	    epoll_ctl(http->epoll, EPOLL_CTL_ADD, info->epoll_fd, &library))
		return failure_set(failure, VX_EXIT_FAILED, errno, "cannot watch for requests: %s", strerror(errno));
	return 0;
}

static int http_new(const struct http_options *options, struct http **ret)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http)
		return -ENOMEM;
	TAILQ_INIT(&http->connections);
	http->connections_max = options->connections_max;
	http->deadline_ns = options->request_seconds * SECOND_NS;
	http->responder.content = options->content;
	http->listener = -1;
	http->stop = eventfd(0, EFD_CLOEXEC);
	http->epoll = epoll_create1(EPOLL_CLOEXEC);
	*ret = http;
	return http->stop < 0 || http->epoll < 0 ? -errno : 0;
}

int http_start(const struct http_options *options, struct http **ret, struct failure *failure)
{
	CLEANUP(http_stopp) struct http *http = NULL;
	int error = http_new(options, &http);

	if (!error && options->web && options->web->user_count)
		error = auth_new(options->web->users, options->web->user_count, &http->responder.auth);
	if (error)
		return failure_set(failure, VX_EXIT_FAILED, -error, "cannot start the HTTP server: %s",
				   strerror(-error));
	error = listener_open(options->listen, &http->listener, http->address, failure);
	if (!error)
		error = daemon_start(http, options, failure);
	if (!error)
		error = epoll_fill(http, failure);
	if (error)
		return error;
	atomic_store(&http->seen_at_ns, monotonic_ns());
	error = pthread_create(&http->thread, NULL, http_thread, http);
	if (error)
		return failure_set(failure, VX_EXIT_FAILED, error, "cannot start a thread: %s", strerror(error));
	http->started = true;
	*ret = TAKE_PTR(http);
	return 0;
}
