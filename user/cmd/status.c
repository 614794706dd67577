/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp status`: what is attached, how, since when, which generation, how full; read back from the kernel. */
#include <errno.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "dataplane/kernel.h"
#include "lib/cleanup.h"
#include "lib/columns.h"
#include "lib/words.h"

/* A table that is fuller than this will not take a profile set that has grown by half. */
#define FILL_WARN_PERCENT 66

#define DIGEST_TEXT_MAX (2 * sizeof(((struct vx_generation *)0)->digest) + 1)

static const char *digest_format(const struct vx_generation *generation, char text[DIGEST_TEXT_MAX])
{
	for (size_t i = 0; i < sizeof(generation->digest); i++)
		(void)snprintf(text + 2 * i, 3, "%02x", generation->digest[i]);
	return text;
}

static const char *ago(uint64_t realtime_ns, char text[NUMBER_TEXT_MAX])
{
	uint64_t now = kernel_now_ns();

	return duration_format(now > realtime_ns ? (now - realtime_ns) / 1000000000 : 0, text);
}

static unsigned percent(const struct fill *fill)
{
	return fill->capacity ? (unsigned)((uint64_t)fill->used * 100 / fill->capacity) : 0;
}

static json_t *fills_json(const struct classifier *classifier)
{
	json_t *fills = json_array();

	for (size_t i = 0; i < classifier->fill_count; i++) {
		const struct fill *fill = &classifier->fills[i];

		(void)json_array_append_new(fills,
					    json_pack("{s:s, s:I, s:I}", "table", fill->name, "used",
						      (json_int_t)fill->used, "capacity", (json_int_t)fill->capacity));
	}
	return fills;
}

/* An object, or null where nothing is on trial. */
static json_t *trial_json(const struct trial *trial)
{
	if (!trial->number)
		return json_null();
	return json_pack("{s:I, s:I}", "number", (json_int_t)trial->number, "left_seconds",
			 (json_int_t)(trial->left_ns / 1000000000));
}

static json_t *engines_json(const struct vx_generation *generation)
{
	json_t *engines = json_array();

	for (enum vx_engine engine = 0; engine < _VX_ENGINE_MAX; engine++)
		if (generation->engines >> engine & 1)
			(void)json_array_append_new(engines, json_string(engine_word(engine)));
	return engines;
}

static json_t *changes_json(const struct classifier *classifier)
{
	json_t *changes = json_array();
	char text[PREFIX_TEXT_MAX];

	for (uint32_t i = 0; i < classifier->generation.changes; i++) {
		const struct changed *changed = &classifier->changed[i];

		prefix_format(&changed->prefix, text);
		(void)json_array_append_new(changes,
					    json_pack("{s:o, s:s, s:b}", "vendor", view_string(changed->vendor),
						      "prefix", text, "removed", (int)changed->removed));
	}
	return changes;
}

static enum vx_exit status_json(const struct classifier *classifier, struct failure *failure)
{
	const struct vx_generation *generation = &classifier->generation;
	char digest[DIGEST_TEXT_MAX], built[VIEW_TIME_MAX];
	json_t *devices = json_array();

	for (size_t i = 0; i < classifier->devices.count; i++)
		(void)json_array_append_new(devices, view_device_json(&classifier->devices.items[i]));
	return view_json(json_pack("{s:{s:I, s:i, s:s, s:s, s:i, s:i, s:o, s:o}, s:o, s:o, s:o, s:o}", "generation",
				   "number", (json_int_t)generation->number, "half", (int)classifier->half, "built",
				   view_time(generation->built_at_ns, true, built), "digest",
				   digest_format(generation, digest), "vendors", (int)generation->vendors, "services",
				   (int)generation->services, "engines", engines_json(generation), "changes",
				   changes_json(classifier), "trial", trial_json(&classifier->trial), "previous",
				   classifier->previous ? json_integer((json_int_t)classifier->previous) : json_null(),
				   "devices", devices, "tables", fills_json(classifier)),
			 failure);
}

static int devices_print(const struct classifier *classifier, bool color)
{
	static const struct column layout[] = {
		{ "INTERFACE", false }, { "ROLE", false },   { "MODE", false },	 { "HOW", false },
		{ "ENGINE", false },	{ "PROGRAM", true }, { "SINCE", false }, { "STATE", false },
	};
	CLEANUP(columns_freep) struct columns *columns = NULL;

	if (columns_new(layout, ARRAY_SIZE(layout), &columns))
		return -ENOMEM;
	for (size_t i = 0; i < classifier->devices.count; i++) {
		const struct device *device = &classifier->devices.items[i];
		char program[NUMBER_TEXT_MAX], since[VIEW_TIME_MAX];
		const char *const cells[] = {
			device->ifname,
			role_word(device->info.role),
			device->info.mode == VX_MODE_NATIVE ? "native" : "skb",
			view_how(device),
			engine_word(device->info.engine),
			program,
			view_time(device->info.attached_at_ns, false, since),
			device_state_word(device->state),
		};

		(void)snprintf(program, sizeof(program), "%u", device->prog_id); /* an id, not an amount */
		columns_row(columns, device->state == DEVICE_ATTACHED ? ROW_PLAIN : ROW_BAD, cells);
	}
	return columns_print(columns, stdout, color);
}

static int fills_print(const struct classifier *classifier, bool color)
{
	static const struct column layout[] = {
		{ "TABLE", false },
		{ "USED", true },
		{ "CAPACITY", true },
		{ "FULL", true },
	};
	CLEANUP(columns_freep) struct columns *columns = NULL;

	if (columns_new(layout, ARRAY_SIZE(layout), &columns))
		return -ENOMEM;
	for (size_t i = 0; i < classifier->fill_count; i++) {
		const struct fill *fill = &classifier->fills[i];
		char used[NUMBER_TEXT_MAX], capacity[NUMBER_TEXT_MAX], full[NUMBER_TEXT_MAX];
		const char *const cells[] = { fill->name, number_format(fill->used, used),
					      number_format(fill->capacity, capacity), full };

		(void)snprintf(full, sizeof(full), "%u%%", percent(fill));
		columns_row(columns, percent(fill) > FILL_WARN_PERCENT ? ROW_ODD : ROW_PLAIN, cells);
	}
	return columns_print(columns, stdout, color);
}

static void engines_print(const struct vx_generation *generation)
{
	if (generation->engines >> VX_ENGINE_LPM & 1)
		printf("  tables for engine%s\n",
		       generation->engines >> VX_ENGINE_DIRECT & 1 ? "s direct and lpm" : " lpm");
	else
		puts("  tables for engine direct; tries are filled where an interface has engine lpm");
}

/* As many as do not push the rest of the status off the screen. */
#define CHANGES_SHOWN 8

static void changes_print(const struct classifier *classifier)
{
	uint32_t count = classifier->generation.changes;
	char text[PREFIX_TEXT_MAX];

	if (!count)
		return;
	printf("\n  %u address%s other than the profiles say, until the next update:\n", count,
	       count == 1 ? " is" : "es are");
	for (uint32_t i = 0; i < count && i < CHANGES_SHOWN; i++) {
		const struct changed *changed = &classifier->changed[i];

		prefix_format(&changed->prefix, text);
		printf("    %s %s %s\n", changed->removed ? "without" : "with", text, changed->vendor);
	}
	if (count > CHANGES_SHOWN)
		printf("    and %u more: voxdp status --json\n", count - CHANGES_SHOWN);
}

static void trial_print(const struct classifier *classifier)
{
	char left[NUMBER_TEXT_MAX];

	if (!classifier->trial.number)
		return;
	if (classifier->trial.left_ns)
		printf("\n  generation %llu is on trial for another %s: voxdp confirm, or generation %llu comes back\n",
		       (unsigned long long)classifier->trial.number,
		       duration_format(classifier->trial.left_ns / 1000000000, left),
		       (unsigned long long)classifier->previous);
	else
		printf("\n  the trial of generation %llu is over and nobody has ended it: voxdp rollback, or the next\n"
		       "  change returns to generation %llu first\n",
		       (unsigned long long)classifier->trial.number, (unsigned long long)classifier->previous);
}

static void advice_print(const struct classifier *classifier)
{
	trial_print(classifier);
	changes_print(classifier);
	for (size_t i = 0; i < classifier->devices.count; i++) {
		const struct device *device = &classifier->devices.items[i];
		char decap[DECAP_TEXT_MAX];

		if (device->info.decap)
			printf("\n  %s looks through %s\n", device->ifname, decap_format(device->info.decap, decap));
		if (device->info.reading == VX_READING_COPIED)
			printf("\n  %s reads: copied, CAP_PERFMON is missing: correct, but much slower\n",
			       device->ifname);
		if (device->state == DEVICE_VANISHED)
			printf("\n  %s is gone; its pins and counters are still here (voxdp detach -i %s)\n",
			       device->ifname, device->ifname);
		if (device->state == DEVICE_DETACHED)
			printf("\n  somebody took the program off %s (voxdp detach -i %s, then attach again)\n",
			       device->ifname, device->ifname);
		if (device->state == DEVICE_BROKEN)
			printf("\n  %s has lost a pin (voxdp detach -i %s, then attach again)\n", device->ifname,
			       device->ifname);
		if (device->state == DEVICE_UNVERIFIED)
			printf("\n  looking into the dispatcher of %s needs CAP_SYS_ADMIN\n", device->ifname);
	}
}

static enum vx_exit status_run(const struct globals *globals, const void *options, int argc, char **argv,
			       struct failure *failure)
{
	CLEANUP(classifier_fini) struct classifier classifier = {};
	char digest[DIGEST_TEXT_MAX], built[VIEW_TIME_MAX], age[NUMBER_TEXT_MAX];

	(void)options, (void)argc, (void)argv; /* takes none */
	if (classifier_read(globals->state_dir, &classifier, failure))
		return failure->exit_code;
	if (globals->json)
		return status_json(&classifier, failure);
	printf("  generation %llu, vendors %u, services %u, built %s (%s ago)\n  profiles %s\n",
	       classifier.generation.number, classifier.generation.vendors, classifier.generation.services,
	       view_time(classifier.generation.built_at_ns, false, built), ago(classifier.generation.built_at_ns, age),
	       digest_format(&classifier.generation, digest));
	engines_print(&classifier.generation);
	if (putchar('\n') == EOF || devices_print(&classifier, globals->color) || putchar('\n') == EOF ||
	    fills_print(&classifier, globals->color)) {
		failure_set(failure, VX_EXIT_FAILED, ENOMEM, "cannot print the status");
		return failure->exit_code;
	}
	advice_print(&classifier);
	return VX_EXIT_DONE;
}

const struct cmd cmd_status = {
	.name = "status",
	.summary = "print what is attached, how, since when, which generation, how full",
	.details = "Everything is read back from the kernel, nothing is remembered.",
	.run = status_run,
};
