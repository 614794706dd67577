/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real program against the oracles, for as long as one likes: random frames by BPF_PROG_TEST_RUN, a process a CPU.
 *
 *	program EXECUTIONS [FIRST-ROUND]
 *
 * A round is 4,096 frames and some streams, and follows from its number; each run takes rounds that no run before it
 * took, unless it is told where to begin. Ends with 1 at the first difference, which is printed with its round.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/columns.h"
#include "lib/words.h"
#include "wire_trial.h"

#define WORKERS_MAX 256

/* Of one process; the parent reads. */
struct worker {
	_Atomic uint64_t frames;
	uint64_t protocols[_VX_PROTOCOL_MAX], malformed[_VX_MALFORMED_MAX], outcomes[_VX_OUTCOME_MAX];
	uint64_t tunnels[_VX_TUNNEL_MAX], relayed[_VX_PROTOCOL_MAX];
};

struct plan {
	uint64_t executions, first;
	int workers;
	struct worker *worker; /* shared by all processes */
};

static uint64_t frames_of(const struct wire_trial *trial)
{
	uint64_t frames = 0;

	for (int o = 0; o < _VX_OUTCOME_MAX; o++)
		frames += wire_trial_seen_outcome(trial, (enum vx_outcome)o);
	return frames;
}

static void report(const struct wire_trial *trial, struct worker *worker)
{
	for (int p = 0; p < _VX_PROTOCOL_MAX; p++)
		worker->protocols[p] = wire_trial_seen_protocol(trial, (enum vx_protocol)p);
	for (int p = 0; p < _VX_PROTOCOL_MAX; p++)
		worker->relayed[p] = wire_trial_seen_inner(trial, (enum vx_protocol)p);
	for (int t = 0; t < _VX_TUNNEL_MAX; t++)
		worker->tunnels[t] = wire_trial_seen_tunnel(trial, (enum vx_tunnel)t);
	for (int m = 0; m < _VX_MALFORMED_MAX; m++)
		worker->malformed[m] = wire_trial_seen_malformed(trial, (enum vx_malformed)m);
	for (int o = 0; o < _VX_OUTCOME_MAX; o++)
		worker->outcomes[o] = wire_trial_seen_outcome(trial, (enum vx_outcome)o);
}

/* On a CPU of its own where there is one: the trial stays where it starts. */
static void move_to(int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	(void)sched_setaffinity(0, sizeof(one), &one); /* it runs somewhere else then */
}

static int work(const struct plan *plan, int number)
{
	struct worker *worker = &plan->worker[number];
	struct wire_trial *trial;
	uint64_t round = plan->first + (uint64_t)number;
	int failed = 0;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	move_to(number);
	trial = wire_trial_new();
	if (!trial)
		return 2;
	for (; worker->frames < plan->executions / (uint64_t)plan->workers + 1; round += (uint64_t)plan->workers) {
		failed = !wire_trial_round(trial, round);
		worker->frames = frames_of(trial);
		if (failed) {
			fprintf(stderr, "round %" PRIu64 "; once more: %s 1 %" PRIu64 "\n", round,
				program_invocation_name, round);
			break;
		}
	}
	failed = failed || !wire_trial_accounts(trial);
	report(trial, worker);
	wire_trial_free(trial);
	return failed;
}

/* ---- the parent -------------------------------------------------------------------------------------------------- */

static uint64_t frames_all(const struct plan *plan)
{
	uint64_t frames = 0;

	for (int w = 0; w < plan->workers; w++)
		frames += plan->worker[w].frames;
	return frames;
}

static void progress(const struct plan *plan)
{
	char frames[NUMBER_TEXT_MAX], all[NUMBER_TEXT_MAX];

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%s of %s frames ", number_format(frames_all(plan), frames),
			number_format(plan->executions, all));
}

/* Waits for all; the first that fails ends the others. */
static int await(const struct plan *plan, const pid_t *children)
{
	const struct timespec second = { .tv_sec = 1 };
	int left = plan->workers, failed = 0, status;
	sigset_t ended;
	pid_t child;

	(void)sigemptyset(&ended);
	(void)sigaddset(&ended, SIGCHLD);
	while (left > 0) {
		(void)sigtimedwait(&ended, NULL, &second);
		progress(plan);
		while ((child = waitpid(-1, &status, WNOHANG)) > 0) {
			left--;
			if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
				continue;
			for (int w = 0; w < plan->workers && !failed; w++)
				if (children[w] != child)
					(void)kill(children[w], SIGTERM);
			failed = 1;
		}
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return failed;
}

typedef const char *word_of(unsigned value);

static void row_print(const char *title, word_of *word, const struct plan *plan, size_t offset, int count)
{
	printf("%s:", title);
	for (int i = 0; i < count; i++) {
		uint64_t frames = 0;

		for (int w = 0; w < plan->workers; w++)
			frames += ((const uint64_t *)((const char *)&plan->worker[w] + offset))[i];
		printf(" %s %" PRIu64, word((unsigned)i), frames);
	}
	putchar('\n');
}

static void sums_print(const struct plan *plan, time_t seconds)
{
	char frames[NUMBER_TEXT_MAX];

	row_print("outcomes", outcome_word, plan, offsetof(struct worker, outcomes), _VX_OUTCOME_MAX);
	row_print("protocols", protocol_word, plan, offsetof(struct worker, protocols), _VX_PROTOCOL_MAX);
	row_print("in tunnels", tunnel_word, plan, offsetof(struct worker, tunnels), _VX_TUNNEL_MAX);
	row_print("carried by TURN", protocol_word, plan, offsetof(struct worker, relayed), _VX_PROTOCOL_MAX);
	row_print("malformed", malformed_word, plan, offsetof(struct worker, malformed), _VX_MALFORMED_MAX);
	printf("%s frames in %lld s, rounds from %" PRIu64 " on, %d processes: no difference\n",
	       number_format(frames_all(plan), frames), (long long)seconds, plan->first, plan->workers);
}

static int run(const struct plan *plan)
{
	pid_t children[WORKERS_MAX] = {};
	time_t started = time(NULL);
	sigset_t ended;

	(void)sigemptyset(&ended);
	(void)sigaddset(&ended, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &ended, NULL);
	for (int w = 0; w < plan->workers; w++) {
		children[w] = fork();
		if (children[w] == 0)
			_exit(work(plan, w));
		if (children[w] < 0) {
			perror("fork");
			return 2;
		}
	}
	if (await(plan, children))
		return 1;
	sums_print(plan, time(NULL) - started);
	return 0;
}

static int processors(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	return online < 1 ? 1 : online > WORKERS_MAX ? WORKERS_MAX : (int)online;
}

int main(int argc, char **argv)
{
	struct plan plan = { .first = (uint64_t)time(NULL) << 24, .workers = processors() };

	if (argc < 2 || argc > 3 || atoll(argv[1]) < 1) {
		fprintf(stderr, "usage: %s EXECUTIONS [FIRST-ROUND]\n", program_invocation_name);
		return 2;
	}
	plan.executions = strtoull(argv[1], NULL, 10);
	if (argc == 3)
		plan.first = strtoull(argv[2], NULL, 10);
	/* One round or less: the round that was asked for, and no other. */
	if (plan.executions <= WIRE_ROUND)
		plan.workers = 1;
	plan.worker = mmap(NULL, sizeof(*plan.worker) * WORKERS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			   -1, 0);
	if (plan.worker == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	return run(&plan);
}
