/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/replay_diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/runner.h"
#include "lib/capture.h"
#include "lib/cleanup.h"

int replay_init(struct replay *replay, const struct profile_set *before, const struct profile_set *after,
		enum vx_role role, struct failure *failure)
{
	int err;

	*replay = (struct replay){};
	err = runner_new(before, role, VX_ENGINE_DIRECT, &replay->before, failure);
	return err ? err : runner_new(after, role, VX_ENGINE_DIRECT, &replay->after, failure);
}

void replay_fini(struct replay *replay)
{
	runner_free(replay->before);
	runner_free(replay->after);
	free(replay->moved);
	*replay = (struct replay){};
}

static int tell(struct runner *runner, const struct capture_frame *frame, struct told *ret, struct failure *failure)
{
	struct vx_verdict verdict;
	const struct vx_slot *slot;
	int err = runner_run(runner, frame->bytes, frame->length, &verdict, failure);

	if (err)
		return err;
	slot = runner_slot(runner, verdict.slot);
	*ret = (struct told){
		.vendor = slot->vendor,
		.service = slot->service,
		.protocol = verdict.protocol,
		.direction = verdict.direction,
		.outcome = verdict.outcome,
		.malformed = verdict.malformed,
		.dscp_unexpected = !!(verdict.flags & VX_ANSWER_DSCP_UNEXPECTED),
	};
	return 0;
}

static bool told_alike(const struct told *a, const struct told *b)
{
	return !strcmp(a->vendor, b->vendor) && !strcmp(a->service, b->service) && a->protocol == b->protocol &&
	       a->direction == b->direction && a->outcome == b->outcome && a->malformed == b->malformed &&
	       a->dscp_unexpected == b->dscp_unexpected;
}

/* There are few kinds of moves, whatever the number of frames. */
static int move_count(struct replay *replay, const struct moved *move, struct failure *failure)
{
	for (size_t i = 0; i < replay->moved_count; i++)
		if (told_alike(&replay->moved[i].before, &move->before) &&
		    told_alike(&replay->moved[i].after, &move->after)) {
			replay->moved[i].frames++;
			return 0;
		}
	if (replay->moved_count == replay->moved_capacity) {
		size_t capacity = replay->moved_capacity ? 2 * replay->moved_capacity : 16;
		struct moved *moved = reallocarray(replay->moved, capacity, sizeof(*moved));

		if (!moved)
			return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		replay->moved = moved;
		replay->moved_capacity = capacity;
	}
	replay->moved[replay->moved_count++] = *move;
	return 0;
}

static int frame_replay(struct replay *replay, const char *path, const struct capture_frame *frame,
			struct failure *failure)
{
	struct moved move = { .frames = 1, .capture = path, .number = frame->number };
	int err = tell(replay->before, frame, &move.before, failure);

	err = err ? err : tell(replay->after, frame, &move.after, failure);
	if (err)
		return err;
	replay->frames++;
	return told_alike(&move.before, &move.after) ? 0 : move_count(replay, &move, failure);
}

int replay_capture(struct replay *replay, const char *path, struct failure *failure)
{
	CLEANUP(capture_closep) struct capture *capture = NULL;
	struct capture_frame frame;
	int more = capture_open(path, runner_bytes_max(replay->before), &capture, failure);

	if (more < 0)
		return more;
	while ((more = capture_next(capture, &frame, failure)) == 1) {
		int err = frame_replay(replay, path, &frame, failure);

		if (err)
			return err;
	}
	return more;
}

static int moved_compare(const void *a, const void *b)
{
	const struct moved *x = a, *y = b;

	return (x->frames < y->frames) - (x->frames > y->frames);
}

void replay_sort(struct replay *replay)
{
	if (replay->moved_count)
		qsort(replay->moved, replay->moved_count, sizeof(*replay->moved), moved_compare);
}
