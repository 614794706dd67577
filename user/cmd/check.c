/* SPDX-License-Identifier: BSD-2-Clause */
/* `voxdp check`: reads and compiles profiles, reports every problem, sums up what they say. Touches nothing. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/coverage.h"
#include "cmd/load.h"
#include "cmd/overlaps.h"
#include "profile/problems.h"
#include "compile/overlaps.h"
#include "compile/tables.h"
#include "lib/cleanup.h"
#include "lib/columns.h"
#include "lib/day.h"
#include "lib/text.h"
#include "profile/profile.h"

struct check_options {
	const char *at;
	bool coverage, overlaps;
};

/* What checking has found; set and tables are NULL where errors prevented them. */
struct check {
	struct diags diags;
	struct profile_set *set;
	struct slots slots;
	struct tables *tables;
	struct overlaps overlaps;
	int32_t day;
};

static void check_fini(struct check *check)
{
	overlaps_fini(&check->overlaps);
	tables_free(check->tables);
	slots_fini(&check->slots);
	profile_set_free(check->set);
	diags_fini(&check->diags);
}

/* What one vendor's profile holds. */
struct extent {
	size_t services, idle, unseen, ranges, hosts;
};

static struct extent vendor_extent(const struct vendor *vendor)
{
	struct extent extent = { .services = vendor->service_count };

	for (size_t i = 0; i < vendor->service_count; i++) {
		extent.idle += service_is_idle(&vendor->services[i]);
		extent.unseen += vendor->services[i].unseen != NULL;
	}
	for (size_t i = 0; i < vendor->range_set_count; i++)
		extent.ranges += vendor->range_sets[i]->range_count;
	for (size_t i = 0; i < vendor->host_set_count; i++)
		extent.hosts += vendor->host_sets[i]->host_count;
	return extent;
}

/* Compiling may fail on what no single profile shows: too much of something. */
static int compile(struct check *check, struct failure *failure)
{
	size_t names = VX_SLOT_FIRST_FREE;
	int err;

	for (size_t i = 0; i < check->set->vendor_count; i++)
		names += 1 + check->set->vendors[i].service_count;
	err = slots_init(&check->slots, (uint32_t)names);
	if (err)
		return failure_set(failure, VX_EXIT_FAILED, -err, "out of memory");
	err = slots_assign(&check->slots, check->set, failure);
	if (err)
		return err;
	return tables_compile(check->set, &check->slots, &check->tables, failure);
}

/* ---- text ------------------------------------------------------------------------------------------------------ */

static void vendor_row(struct columns *columns, const struct vendor *vendor)
{
	struct extent extent = vendor_extent(vendor);
	const size_t counts[] = { extent.services, extent.idle, extent.unseen, extent.ranges, extent.hosts };
	char numbers[ARRAY_SIZE(counts)][NUMBER_TEXT_MAX];
	const char *cells[2 + ARRAY_SIZE(counts)] = { vendor->id, vendor->title };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		cells[2 + i] = number_format(counts[i], numbers[i]);
	columns_row(columns, ROW_PLAIN, cells);
}

static int summary_print(const struct check *check, bool color)
{
	static const struct column layout[] = {
		{ "VENDOR", false }, { "TITLE", false }, { "SERVICES", true }, { "IDLE", true },
		{ "UNSEEN", true },  { "RANGES", true }, { "HOSTS", true },
	};
	CLEANUP(columns_freep) struct columns *columns = NULL;
	const struct vx_generation *generation = &check->tables->generation;
	char day[DAY_TEXT_MAX];
	int err = columns_new(layout, ARRAY_SIZE(layout), &columns);

	if (err)
		return err;
	for (size_t i = 0; i < check->set->vendor_count; i++)
		vendor_row(columns, &check->set->vendors[i]);
	if (check->diags.count)
		putchar('\n');
	err = columns_print(columns, stdout, color);
	if (err)
		return err;
	day_format(check->day, day);
	printf("\n  good on %s: %u services of %u vendors, compiled to %u prefixes in %u address classes and %u answers\n",
	       day, generation->services, generation->vendors, generation->prefixes4 + generation->prefixes6,
	       generation->classes, generation->answer_rows);
	return 0;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

static json_t *problem_json(const struct diag *diag)
{
	json_t *problem = json_pack("{s:s, s:s, s:s}", "file", diag->at.file, "severity", severity_word(diag->severity),
				    "text", diag->text);

	json_object_set_new(problem, "line", diag->at.line ? json_integer(diag->at.line) : json_null());
	json_object_set_new(problem, "column", diag->at.line ? json_integer(diag->at.column) : json_null());
	return problem;
}

static json_t *vendor_json(const struct vendor *vendor)
{
	struct extent extent = vendor_extent(vendor);

	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "vendor", vendor->id, "title", vendor->title,
			 "file", vendor->path, "services", (json_int_t)extent.services, "idle", (json_int_t)extent.idle,
			 "unseen", (json_int_t)extent.unseen, "ranges", (json_int_t)extent.ranges, "hosts",
			 (json_int_t)extent.hosts);
}

static json_t *tables_json(const struct vx_generation *generation)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "prefixes4", (json_int_t)generation->prefixes4,
			 "prefixes6", (json_int_t)generation->prefixes6, "classes", (json_int_t)generation->classes,
			 "port_pages", (json_int_t)generation->port_pages, "cells", (json_int_t)generation->cells,
			 "answer_rows", (json_int_t)generation->answer_rows, "slots", (json_int_t)generation->slots);
}

/* jansson's setters take NULL and fail, so memory that runs out ends up as a missing member and a failed dump. */
static int json_print(const struct check *check, const struct check_options *options, const struct failure *failure)
{
	json_t *root = json_object(), *problems = json_array(), *vendors = json_array();
	char day[DAY_TEXT_MAX];
	int err = 0;

	day_format(check->day, day);
	for (size_t i = 0; i < check->diags.count; i++)
		err |= json_array_append_new(problems, problem_json(&check->diags.items[i]));
	for (size_t i = 0; check->set && i < check->set->vendor_count; i++)
		err |= json_array_append_new(vendors, vendor_json(&check->set->vendors[i]));
	err |= json_object_set_new(root, "valid", json_boolean(check->tables));
	err |= json_object_set_new(root, "at", json_string(day));
	err |= json_object_set_new(root, "errors", json_integer((json_int_t)check->diags.errors));
	err |= json_object_set_new(root, "problems", problems);
	err |= json_object_set_new(root, "vendors", vendors);
	err |= json_object_set_new(root, "tables",
				   check->tables ? tables_json(&check->tables->generation) : json_null());
	if (options->coverage && check->set)
		err |= json_object_set_new(root, "coverage", coverage_json(check->set));
	if (options->overlaps && check->tables)
		err |= json_object_set_new(root, "overlaps", overlaps_json(&check->overlaps));
	err |= json_object_set_new(root, "failure", failure->text[0] ? json_string(failure->text) : json_null());
	if (!err)
		err = json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
	return err ? -ENOMEM : 0;
}

/* ---------------------------------------------------------------------------------------------------------------- */

/* A report that was asked for has stdout to itself, so that it can be kept as a file. */
static int reports_print(const struct check *check, const struct globals *globals, const struct check_options *options)
{
	int err = 0;

	problems_print(stderr, &check->diags, SEVERITY_ERROR, false);
	if (!check->tables)
		return 0;
	if (options->coverage)
		err = coverage_print(stdout, check->set);
	if (options->coverage && options->overlaps)
		putchar('\n');
	return options->overlaps && !err ? overlaps_print(stdout, &check->overlaps, globals->color) : err;
}

static int report(const struct check *check, const struct globals *globals, const struct check_options *options,
		  const struct failure *failure)
{
	if (globals->json)
		return json_print(check, options, failure);
	if (options->coverage || options->overlaps)
		return reports_print(check, globals, options);
	problems_print(stdout, &check->diags, SEVERITY_NOTE, globals->color);
	return check->tables ? summary_print(check, globals->color) : 0;
}

static enum vx_exit profiles_check(const struct globals *globals, const struct check_options *check_options,
				   const struct profile_options *options, struct check *check, struct failure *failure)
{
	int err = profile_set_load(options, &check->diags, &check->set);
	bool invalid = err == -EINVAL;

	if (err == 0)
		err = compile(check, failure);
	if (err == 0 && check_options->overlaps)
		err = overlaps_find(check->set, &check->slots, &check->overlaps, failure);
	if (err == -ENOMEM)
		failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	else if (err && !invalid) /* what does not fit is the profiles' fault, whatever the layer below thought of it */
		failure->exit_code = VX_EXIT_PROFILE;
	if (report(check, globals, check_options, failure))
		failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	return invalid ? VX_EXIT_PROFILE : failure->exit_code;
}

static enum vx_exit check_run(const struct globals *globals, const void *opts, int argc, char **argv,
			      struct failure *failure)
{
	const struct check_options *options = opts;
	const bool has_paths = argc > 0;
	CLEANUP(check_fini) struct check check = {};

	if (day_option_parse("at", options->at, &check.day, failure))
		return failure->exit_code;
	return profiles_check(globals, options,
			      &(struct profile_options){
				      .paths = has_paths ? (const char *const *)argv : globals->profiles.items,
				      .path_count = has_paths ? (size_t)argc : globals->profiles.count,
				      .site_path = globals->site,
				      .day = check.day,
			      },
			      &check, failure);
}

static const struct opt opts[] = {
	{ 0, "at", "DATE", AT_HELP, OPT_STRING, offsetof(struct check_options, at) },
	{ 0, "coverage", NULL, "print each row of each guide and what has become of it, as Markdown", OPT_FLAG,
	  offsetof(struct check_options, coverage) },
	{ 0, "overlaps", NULL, "print which services can claim the same packet, and who wins by which rule", OPT_FLAG,
	  offsetof(struct check_options, overlaps) },
};

const struct cmd cmd_check = {
	.name = "check",
	.args = "[PATH...]",
	.summary = "read and compile profiles, report every problem",
	.details = "PATH is a profile or a directory of profiles; without one, those of --profiles are checked.\n"
		   "Problems are printed as FILE:LINE:COLUMN: SEVERITY: TEXT. Exits 3 where there are errors.",
	.opts = opts,
	.opt_count = ARRAY_SIZE(opts),
	.options_size = sizeof(struct check_options),
	.run = check_run,
};
