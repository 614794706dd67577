/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp doctor`: what this machine and its interfaces lack, one line each, with the command that mends it. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "dataplane/doctor.h"
#include "dataplane/kernel.h"
#include "lib/cleanup.h"

struct doctor_options {
	struct string_list interfaces;
};

static const char *level_word(enum finding_level level)
{
	static const char *const words[] = { [FINDING_OK] = "OK", [FINDING_WARN] = "WARN", [FINDING_FAIL] = "FAIL" };

	return words[level];
}

static int interfaces_all(const char *state_dir, struct findings *findings)
{
	struct if_nameindex *list = if_nameindex();
	int error = list ? 0 : -errno;

	for (const struct if_nameindex *i = list; !error && i->if_index; i++)
		if (strcmp(i->if_name, "lo") != 0)
			error = doctor_interface(state_dir, i->if_name, findings);
	if_freenameindex(list);
	return error;
}

/* Those named; else those attached; else all but the loopback. */
static int interfaces_look(const struct globals *globals, const struct string_list *named, struct findings *findings)
{
	CLEANUP(classifier_fini) struct classifier classifier = {};
	struct failure ignored;
	int error = 0;

	for (size_t i = 0; i < named->count && !error; i++)
		error = doctor_interface(globals->state_dir, named->items[i], findings);
	if (named->count)
		return error;
	if (classifier_read(globals->state_dir, &classifier, &ignored) || !classifier.devices.count)
		return interfaces_all(globals->state_dir, findings);
	for (size_t i = 0; i < classifier.devices.count && !error; i++)
		if (classifier.devices.items[i].state != DEVICE_VANISHED)
			error = doctor_interface(globals->state_dir, classifier.devices.items[i].ifname, findings);
	return error;
}

static void finding_print(const struct finding *finding, bool color)
{
	static const char *const tones[] = {
		[FINDING_OK] = "\033[32m", [FINDING_WARN] = "\033[33m", [FINDING_FAIL] = "\033[31m"
	};

	printf("  %s%-4s%s  %-10s  %s%s%s%s%s\n", color ? tones[finding->level] : "", level_word(finding->level),
	       color ? "\033[0m" : "", finding->check, finding->subject, finding->subject[0] ? ": " : "", finding->text,
	       finding->mend[0] ? "; mend: " : "", finding->mend);
}

static json_t *finding_json(const struct finding *finding)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "level", level_word(finding->level), "check", finding->check,
			 "device", view_string(finding->subject[0] ? finding->subject : NULL), "text",
			 view_string(finding->text), "mend", view_string(finding->mend[0] ? finding->mend : NULL));
}

static enum vx_exit report(const struct findings *findings, const struct globals *globals, struct failure *failure)
{
	json_t *checks = globals->json ? json_array() : NULL;
	enum vx_exit result = VX_EXIT_DONE;
	size_t failed = 0;

	for (size_t i = 0; i < findings->count; i++) {
		failed += findings->items[i].level == FINDING_FAIL;
		if (globals->json)
			(void)json_array_append_new(checks, finding_json(&findings->items[i]));
		else
			finding_print(&findings->items[i], globals->color);
	}
	if (globals->json)
		result = view_json(json_pack("{s:i, s:o}", "failed", (int)failed, "checks", checks), failure);
	if (result == VX_EXIT_DONE && failed) {
		failure_set(failure, VX_EXIT_FAILED, EIO, "%zu check%s failed", failed, failed == 1 ? "" : "s");
		result = failure->exit_code;
	}
	return result;
}

static enum vx_exit doctor_run(const struct globals *globals, const void *options_raw, int argc, char **argv,
			       struct failure *failure)
{
	const struct doctor_options *options = options_raw;
	CLEANUP(findings_fini) struct findings findings = {};
	struct failure ignored;
	int error;

	(void)argc, (void)argv;			/* takes none */
	(void)kernel_check_permitted(&ignored); /* keeps the libraries quiet; what is missing is a finding */
	error = doctor_machine(globals->state_dir, &findings);
	if (!error)
		error = interfaces_look(globals, &options->interfaces, &findings);
	if (error) {
		failure_set(failure, VX_EXIT_FAILED, -error, "cannot look further: %s", strerror(-error));
		return failure->exit_code;
	}
	return report(&findings, globals, failure);
}

static const struct opt doctor_opts[] = {
	{ 'i', "interface", "IFACE",
	  "look at IFACE; repeatable; without it at those attached, or, where none is, at all", OPT_LIST,
	  offsetof(struct doctor_options, interfaces) },
};

const struct cmd cmd_doctor = {
	.name = "doctor",
	.summary = "look for what keeps voxdp from working well here, and say what mends it",
	.details = "OK, WARN (works, but) or FAIL (does not work), one line each. Changes nothing. Exit code 1 where\n"
		   "something is FAIL.",
	.opts = doctor_opts,
	.opt_count = ARRAY_SIZE(doctor_opts),
	.options_size = sizeof(struct doctor_options),
	.run = doctor_run,
};
