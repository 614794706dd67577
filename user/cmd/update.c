/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `voxdp update`: compiles the profiles anew and switches the running classifier over in one step; with --confirm-within
 * on trial. That a trial has an end is written in the kernel; who ends it is a process that is left behind for it, or
 * whoever changes something first.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/load.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "lib/cleanup.h"
#include "lib/duration.h"
#include "lib/text.h"

#define TRIAL_MAX_SECONDS 86400
/* How often the process that waits looks whether it still has to: a trial may be confirmed, or the devices detached. */
#define LOOK_EVERY_NS 1000000000ULL
/* Another writer at work has the lock for about so long. */
#define RETRY_NS 100000000ULL

struct update_options {
	const char *confirm_within;
};

static void wait_ns(uint64_t ns)
{
	const struct timespec span = { .tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000) };

	(void)clock_nanosleep(CLOCK_BOOTTIME, 0, &span, NULL); /* shorter by a signal: it looks once more */
}

/* Ends the trial when its time has come; leaves when there is none any more. Holds nothing open in between. */
static void trial_watch(const char *state_dir)
{
	struct failure failure;
	struct trial trial = {};
	int error;

	for (;;) {
		error = classifier_expire(state_dir, &trial, &failure);
		if (error == -EWOULDBLOCK)
			wait_ns(RETRY_NS);
		else if (error || !trial.number)
			return;
		else
			wait_ns(trial.left_ns < LOOK_EVERY_NS ? trial.left_ns : LOOK_EVERY_NS);
	}
}

/* Away from the terminal, so that closing it ends nobody's trial early. */
static void watcher_settle(void)
{
	int null = open("/dev/null", O_RDWR);

	(void)setsid();
	(void)chdir("/");
	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
}

static int watcher_start(const char *state_dir, pid_t *ret, struct failure *failure)
{
	pid_t child;

	(void)fflush(NULL); /* or the child would write it again */
	child = fork();
	if (child < 0)
		return failure_set(failure, VX_EXIT_FAILED, errno, "cannot leave a process behind that waits");
	if (!child) {
		watcher_settle();
		trial_watch(state_dir);
		_exit(0);
	}
	*ret = child;
	return 0;
}

/* A trial without anybody who ends it is not what was asked for: it ends here. */
static int try(const char *state_dir, const struct profile_set *profiles, uint32_t seconds, pid_t *ret_watcher,
	       struct classifier_change *ret, struct failure *failure)
{
	CLEANUP(classifier_change_fini) struct classifier_change back = {};
	struct failure ignored;
	int error = classifier_try(state_dir, profiles, seconds, ret, failure);

	if (error || !seconds)
		return error;
	error = watcher_start(state_dir, ret_watcher, failure);
	if (error)
		(void)classifier_rollback(state_dir, &back, &ignored);
	return error;
}

static int seconds_parse(const char *text, uint32_t *ret, struct failure *failure)
{
	char quoted[TEXT_QUOTE_MAX];

	*ret = 0;
	if (text && duration_parse(text, TRIAL_MAX_SECONDS, ret))
		return failure_set(failure, VX_EXIT_USAGE, EINVAL,
				   "--confirm-within: got %s, expected 1s to 24h, such as 60s or 5m",
				   text_quote(text, quoted));
	return 0;
}

static enum vx_exit report(const struct globals *globals, const struct classifier_change *change, uint32_t seconds,
			   pid_t watcher, struct failure *failure)
{
	if (globals->json)
		return view_json(json_pack("{s:I, s:i, s:i, s:i, s:o, s:o}", "generation",
					   (json_int_t)change->generation.number, "vendors",
					   (int)change->generation.vendors, "services",
					   (int)change->generation.services, "devices", (int)change->devices.count,
					   "confirm_within_seconds", seconds ? json_integer(seconds) : json_null(),
					   "waits", seconds ? json_integer(watcher) : json_null()),
				 failure);
	printf("generation %llu is live on %zu interface%s: vendors %u, services %u\n", change->generation.number,
	       change->devices.count, change->devices.count == 1 ? "" : "s", change->generation.vendors,
	       change->generation.services);
	if (seconds)
		printf("on trial: the generation before it comes back in %u s unless voxdp confirm (process %d waits)\n",
		       seconds, (int)watcher);
	return VX_EXIT_DONE;
}

static enum vx_exit update_run(const struct globals *globals, const void *options_raw, int argc, char **argv,
			       struct failure *failure)
{
	const struct update_options *options = options_raw;
	CLEANUP(profile_set_freep) struct profile_set *profiles = NULL;
	CLEANUP(classifier_change_fini) struct classifier_change change = {};
	pid_t watcher = 0;
	uint32_t seconds;

	(void)argc, (void)argv; /* takes none */
	if (seconds_parse(options->confirm_within, &seconds, failure) || profiles_load(globals, &profiles, failure) ||
	    try(globals->state_dir, profiles, seconds, &watcher, &change, failure))
		return failure->exit_code;
	return report(globals, &change, seconds, watcher, failure);
}

static const struct opt update_opts[] = {
	{ 0, "confirm-within", "TIME", "on trial: unless `voxdp confirm` follows within TIME (60s, 5m), switch back",
	  OPT_STRING, offsetof(struct update_options, confirm_within) },
};

const struct cmd cmd_update = {
	.name = "update",
	.summary = "switch the running classifier to the profiles as they are now",
	.details =
		"The new tables are filled and read back beside the live ones and become live by one store: every\n"
		"packet is judged by the old set or by the new one. What fails before leaves the old one live.\n\n"
		"A trial's end is written in the kernel. A process is left behind that switches back then; if it is\n"
		"killed, the new generation stays until the next voxdp that changes something, which switches back\n"
		"first. `voxdp status` tells. While a trial goes on, no other profiles can be brought in.",
	.opts = update_opts,
	.opt_count = ARRAY_SIZE(update_opts),
	.options_size = sizeof(struct update_options),
	.run = update_run,
};
