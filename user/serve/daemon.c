/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One loop over signals, changed files and deadlines. Everything that takes long happens between two turns of it; only
 * HTTP has a thread of its own, so that a scrape does not wait for a reload.
 */
#include "serve/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "dataplane/classifier.h"
#include "lib/cleanup.h"
#include "lib/day.h"
#include "serve/responder.h"
#include "serve/exposition.h"
#include "serve/health.h"
#include "serve/http.h"
#include "serve/log.h"
#include "serve/notify.h"
#include "serve/reload.h"

#define MS_NS 1000000ULL
/* After a change of files it must have been quiet for this long: editors and package managers write several. */
#define QUIET_NS (250 * MS_NS)
/* Who never stops writing is read all the same. */
#define QUIET_NS_MAX (2000 * MS_NS)
/* How often the interfaces are looked at, and how long a load that failed is put off at most when they ask for one. */
#define TICK_NS (2000 * MS_NS)
#define RETRY_NS_MAX (64000 * MS_NS)
/* The HTTP thread comes by every second; one that was not seen for this long hangs. */
#define HTTP_SILENT_NS_MAX (10000 * MS_NS)

struct daemon {
	const struct run_config *config;
	struct health health;
	struct reload reload;
	struct http *http; /* NULL: no metrics */
	int epoll, signals;
	int watching; /* the descriptor of reload.watch that is in the epoll set; -1: none */
	bool stop;
	bool retry;		/* the last load failed by what may pass, not by what profiles say */
	int32_t day;		/* of the last load: ranges begin and end to hold by days */
	uint64_t changed_at_ns; /* the first change that is not loaded yet; 0: there is none */
	uint64_t load_at_ns;	/* 0: no load is planned */
	uint64_t tick_at_ns, alive_at_ns;
	uint64_t retry_ns;				   /* how long the next load waits that nobody asked for */
	char trouble[sizeof(((struct failure *)0)->text)]; /* of the last load; empty: none */
};

/* ---- what the HTTP thread asks for ------------------------------------------------------------------------------ */

/* What is there; with nothing attached @ret_attached is false and both are empty. */
static int scrape(const struct daemon *daemon, struct classifier *classifier, struct counters *counters,
		  bool *ret_attached, struct failure *failure)
{
	int error = classifier_scrape(daemon->config->state_dir, classifier, counters, failure);

	*ret_attached = !error;
	return error && failure->exit_code == VX_EXIT_NOT_ATTACHED ? 0 : error;
}

static int metrics(void *context, struct prom *prom, const struct http_stats *stats, struct failure *failure)
{
	struct daemon *daemon = context;
	CLEANUP(classifier_fini) struct classifier classifier = {};
	CLEANUP(counters_fini) struct counters counters = {};
	bool attached;
	int error = scrape(daemon, &classifier, &counters, &attached, failure);

	if (error)
		return error;
	exposition_build(prom);
	health_lock(&daemon->health);
	exposition_health(prom, &daemon->health, attached ? &classifier : NULL);
	health_unlock(&daemon->health);
	if (attached)
		exposition_classifier(prom, &classifier);
	exposition_counters(prom, &counters);
	exposition_http(prom, stats);
	exposition_process(prom);
	prom_end(prom);
	return 0;
}

/* Ready is who serves every interface by profiles that could be read. */
static bool ready(void *context, char *why, size_t size)
{
	const struct daemon *daemon = context;
	const struct config_interfaces *interfaces = &daemon->config->interfaces;
	CLEANUP(classifier_fini) struct classifier classifier = {};
	struct failure failure = {};

	if (classifier_read(daemon->config->state_dir, &classifier, &failure)) {
		(void)snprintf(why, size, "%s", failure.text);
		return false;
	}
	for (size_t i = 0; i < interfaces->count; i++)
		if (!health_serves(&classifier, &interfaces->items[i])) {
			(void)snprintf(why, size, "%s is not attached", interfaces->items[i].name);
			return false;
		}
	return true;
}

/* ---- loading ---------------------------------------------------------------------------------------------------- */

static void status_tell(const struct daemon *daemon)
{
	CLEANUP(classifier_fini) struct classifier classifier = {};
	struct failure failure;
	size_t served = 0;

	if (classifier_read(daemon->config->state_dir, &classifier, &failure) == 0)
		for (size_t i = 0; i < daemon->config->interfaces.count; i++)
			served += health_serves(&classifier, &daemon->config->interfaces.items[i]);
	notify_status("READY=1\n", "generation %llu, %zu of %zu interfaces attached, metrics on %s%s%s",
		      (unsigned long long)classifier.generation.number, served, daemon->config->interfaces.count,
		      daemon->http ? http_address(daemon->http) : "no address", daemon->trouble[0] ? "; " : "",
		      daemon->trouble);
}

/* The same trouble is told once, however often it comes. */
static void trouble_note(struct daemon *daemon, enum reload_result result, const struct failure *failure)
{
	const char *text = result == RELOAD_DONE ? "" : failure->text;

	if (strcmp(text, daemon->trouble) == 0)
		return;
	if (text[0])
		log_line(result == RELOAD_LATER ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, "%s%s",
			 result == RELOAD_LATER ? "will be loaded later: " : "what was live still is: ", text);
	else
		log_line(LOG_LEVEL_INFO, "all is well again");
	(void)snprintf(daemon->trouble, sizeof(daemon->trouble), "%s", text);
}

/* Each load has its own watch. */
static void watch_follow(struct daemon *daemon)
{
	struct epoll_event event = { .events = EPOLLIN };

	/* The old descriptor is closed, and with that out of the set; its number may be the new one's. */
	daemon->watching = daemon->reload.watch ? watch_fd(daemon->reload.watch) : -1;
	event.data.fd = daemon->watching;
	if (daemon->watching >= 0 && epoll_ctl(daemon->epoll, EPOLL_CTL_ADD, daemon->watching, &event) &&
	    errno != EEXIST)
		log_line(LOG_LEVEL_WARNING, "changes of the profiles are not noticed, SIGHUP is: %s", strerror(errno));
}

static void load_plan(struct daemon *daemon, uint64_t at_ns)
{
	if (!daemon->load_at_ns || at_ns < daemon->load_at_ns)
		daemon->load_at_ns = at_ns;
}

static enum reload_result load(struct daemon *daemon, struct failure *failure)
{
	enum reload_result result;

	daemon->load_at_ns = 0;
	daemon->changed_at_ns = 0;
	daemon->day = day_today();
	result = reload_run(&daemon->reload, failure);
	daemon->retry = result == RELOAD_FAILED && failure->exit_code != VX_EXIT_PROFILE;
	watch_follow(daemon);
	if (result == RELOAD_LATER)
		load_plan(daemon, monotonic_ns() + TICK_NS / 2);
	else if (daemon->reload.again)
		load_plan(daemon, monotonic_ns() + QUIET_NS);
	daemon->reload.again = false;
	daemon->retry_ns = result == RELOAD_DONE	       ? TICK_NS :
			   daemon->retry_ns * 2 < RETRY_NS_MAX ? daemon->retry_ns * 2 :
								 RETRY_NS_MAX;
	return result;
}

static void reload(struct daemon *daemon)
{
	struct failure failure = {};
	enum reload_result result;

	notify_reloading();
	result = load(daemon, &failure);
	trouble_note(daemon, result, &failure);
	status_tell(daemon);
}

/* ---- the loop --------------------------------------------------------------------------------------------------- */

static void signals_read(struct daemon *daemon)
{
	struct signalfd_siginfo info;

	while (read(daemon->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			load_plan(daemon, monotonic_ns());
		else
			daemon->stop = true;
	}
}

static void changes_read(struct daemon *daemon)
{
	uint64_t now = monotonic_ns();

	if (!watch_read(daemon->reload.watch))
		return;
	if (!daemon->changed_at_ns)
		daemon->changed_at_ns = now;
	daemon->load_at_ns = now + QUIET_NS < daemon->changed_at_ns + QUIET_NS_MAX ?
				     now + QUIET_NS :
				     daemon->changed_at_ns + QUIET_NS_MAX;
}

static void tick(struct daemon *daemon, uint64_t now)
{
	struct failure ignored;
	struct trial trial;

	daemon->tick_at_ns = now + TICK_NS;
	(void)classifier_expire(daemon->config->state_dir, &trial, &ignored); /* the next tick tries again */
	if (daemon->day != day_today())
		load_plan(daemon, now);
	else if (!daemon->load_at_ns && (daemon->retry || reload_is_due(&daemon->reload)))
		load_plan(daemon, now + (daemon->trouble[0] ? daemon->retry_ns : 0));
}

/* Says that the daemon lives, unless its other thread does not. */
static void alive_tell(struct daemon *daemon, uint64_t now)
{
	uint64_t interval_ns = notify_watchdog_us() * 1000;

	daemon->alive_at_ns = interval_ns ? now + interval_ns : UINT64_MAX;
	if (interval_ns && (!daemon->http || http_silent_ns(daemon->http) < HTTP_SILENT_NS_MAX))
		notify_alive();
}

static int wait_ms(const struct daemon *daemon)
{
	uint64_t now = monotonic_ns(), until = daemon->tick_at_ns;

	if (daemon->alive_at_ns < until)
		until = daemon->alive_at_ns;
	if (daemon->load_at_ns && daemon->load_at_ns < until)
		until = daemon->load_at_ns;
	return until > now ? (int)((until - now + MS_NS - 1) / MS_NS) : 0;
}

static void turn(struct daemon *daemon)
{
	struct epoll_event events[4];
	int count = epoll_wait(daemon->epoll, events, ARRAY_SIZE(events), wait_ms(daemon));
	uint64_t now;

	for (int i = 0; i < count; i++) {
		if (events[i].data.fd == daemon->signals)
			signals_read(daemon);
		else if (events[i].data.fd == daemon->watching)
			changes_read(daemon);
	}
	now = monotonic_ns();
	if (daemon->stop)
		return;
	if (daemon->load_at_ns && now >= daemon->load_at_ns)
		reload(daemon);
	if (now >= daemon->tick_at_ns)
		tick(daemon, now);
	if (now >= daemon->alive_at_ns)
		alive_tell(daemon, now);
}

/* ---- start and stop --------------------------------------------------------------------------------------------- */

static int signals_open(struct daemon *daemon, struct failure *failure)
{
	struct epoll_event event = { .events = EPOLLIN };
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)signal(SIGPIPE, SIG_IGN); /* a scraper that goes away is no reason to */
	daemon->epoll = epoll_create1(EPOLL_CLOEXEC);
	daemon->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	event.data.fd = daemon->signals;
	/* Blocked before the thread begins, which inherits it. */
	if (daemon->epoll < 0 || daemon->signals < 0 || sigprocmask(SIG_BLOCK, &set, NULL) ||
	    epoll_ctl(daemon->epoll, EPOLL_CTL_ADD, daemon->signals, &event))
		return failure_set(failure, VX_EXIT_FAILED, errno, "cannot wait for signals: %s", strerror(errno));
	return 0;
}

static int http_open(struct daemon *daemon, const struct web_config *web, struct failure *failure)
{
	const struct http_options options = {
		.listen = daemon->config->listen,
		.web = web,
		.connections_max = daemon->config->connections_max,
		.request_seconds = daemon->config->request_seconds,
		.content = { .metrics = metrics, .ready = ready, .context = daemon },
	};
	int error = daemon->config->listen ? http_start(&options, &daemon->http, failure) : 0;

	if (!error && daemon->http)
		log_line(LOG_LEVEL_INFO, "metrics on http%s://%s/metrics", web && web->certificate ? "s" : "",
			 http_address(daemon->http));
	return error;
}

static bool is_anything_served(const struct daemon *daemon)
{
	CLEANUP(classifier_fini) struct classifier classifier = {};
	struct failure ignored;

	if (classifier_read(daemon->config->state_dir, &classifier, &ignored))
		return false;
	for (size_t i = 0; i < daemon->config->interfaces.count; i++)
		if (health_serves(&classifier, &daemon->config->interfaces.items[i]))
			return true;
	return false;
}

/* The first load. What runs already goes on running with a daemon that reports, whatever is wrong with the profiles. */
static int begin(struct daemon *daemon, struct failure *failure)
{
	enum reload_result result = load(daemon, failure);

	if (result == RELOAD_FAILED && !is_anything_served(daemon))
		return -EIO;
	trouble_note(daemon, result, failure);
	daemon->tick_at_ns = monotonic_ns();
	alive_tell(daemon, daemon->tick_at_ns);
	status_tell(daemon);
	return 0;
}

static int detach(const struct daemon *daemon, struct failure *failure)
{
	int error = 0;

	for (size_t i = 0; i < daemon->config->interfaces.count && !error; i++) {
		error = classifier_detach(daemon->config->state_dir, daemon->config->interfaces.items[i].name, NULL,
					  failure);
		if (error == -ENOENT)
			error = 0;
	}
	return error;
}

static void daemon_fini(struct daemon *daemon)
{
	http_stop(daemon->http); /* its thread looks at all the rest */
	reload_fini(&daemon->reload);
	health_fini(&daemon->health);
	cleanup_closep(&daemon->signals);
	cleanup_closep(&daemon->epoll);
}

int daemon_serve(const struct run_config *config, const struct web_config *web, struct failure *failure)
{
	CLEANUP(daemon_fini)
	struct daemon daemon = { .config = config, .epoll = -1, .signals = -1, .watching = -1, .retry_ns = TICK_NS };
	int error = -health_init(&daemon.health, config);

	daemon.reload = (struct reload){ .config = config, .health = &daemon.health };
	if (error)
		return failure_set(failure, VX_EXIT_FAILED, error, "out of memory");
	error = signals_open(&daemon, failure);
	if (!error)
		error = http_open(&daemon, web, failure);
	if (!error)
		error = begin(&daemon, failure);
	if (error)
		return error;
	while (!daemon.stop)
		turn(&daemon);
	notify_stopping();
	log_line(LOG_LEVEL_INFO,
		 config->detach_on_exit ? "stopping, and detaching" : "stopping; what is attached stays");
	return config->detach_on_exit ? detach(&daemon, failure) : 0;
}
