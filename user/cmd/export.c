/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `voxdp export`: the profiles as loaded, in one form for one meaning, so that two exports can be compared line by line.
 * The kernel holds tables, from which no profile can be made again; with --live the output says whether the live
 * generation was compiled from exactly these profiles.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/export_json.h"
#include "cmd/load.h"
#include "compile/nft.h"
#include "dataplane/classifier.h"
#include "lib/cleanup.h"
#include "lib/text.h"
#include "lib/words.h"
#include "profile/write_profile.h"

struct export_options {
	const char *format, *output, *at;
	bool live;
};

/* What is exported, and how it compares with what is live. */
struct export
{
	struct compiled compiled;
	const struct vendor **vendors; /* owned; those that were asked for, by id */
	size_t vendor_count;
	bool live_asked, is_live;
	struct vx_generation live;
};

static void export_fini(struct export *export)
{
	compiled_fini(&export->compiled);
	free(export->vendors);
}

/* ---- what was asked -------------------------------------------------------------------------------------------- */

static const struct vendor *vendor_find(const struct profile_set *set, const char *id, struct failure *failure)
{
	char suggestion[TEXT_SUGGESTION_MAX] = "", quoted[TEXT_QUOTE_MAX];

	for (size_t v = 0; v < set->vendor_count; v++)
		if (strcmp(set->vendors[v].id, id) == 0)
			return &set->vendors[v];
	if (set->vendor_count)
		(void)text_suggest(id,
				   (struct text_words){ &set->vendors[0].id, set->vendor_count, sizeof(*set->vendors) },
				   suggestion, NULL, 0);
	failure_set(failure, VX_EXIT_USAGE, ENOENT, "no profile is of vendor %s%s", text_quote(id, quoted), suggestion);
	return NULL;
}

static bool is_asked_for(const char *id, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], id) == 0)
			return true;
	return argc == 0;
}

static int vendors_choose(struct export *export, int argc, char **argv, struct failure *failure)
{
	const struct profile_set *set = export->compiled.set;

	for (int i = 0; i < argc; i++)
		if (!vendor_find(set, argv[i], failure))
			return -ENOENT;
	export->vendors = calloc(set->vendor_count + 1, sizeof(*export->vendors));
	if (!export->vendors)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	for (size_t v = 0; v < set->vendor_count; v++)
		if (is_asked_for(set->vendors[v].id, argc, argv))
			export->vendors[export->vendor_count++] = &set->vendors[v];
	return 0;
}

static int live_compare(const struct globals *globals, struct export *export, struct failure *failure)
{
	CLEANUP(classifier_fini) struct classifier classifier = {};
	int err = classifier_read(globals->state_dir, &classifier, failure);

	if (err)
		return err;
	export->live_asked = true;
	export->live = classifier.generation;
	export->is_live =
		!memcmp(export->live.digest, export->compiled.tables->generation.digest, sizeof(export->live.digest));
	return 0;
}

/* A comment on top, for the formats that have comments. */
static void live_print(FILE *out, const struct export *export)
{
	if (!export->live_asked)
		return;
	if (export->is_live)
		fprintf(out, "# Live: generation %llu was compiled from these profiles.\n",
			(unsigned long long)export->live.number);
	else
		fprintf(out,
			"# Not live: generation %llu was compiled from other profiles, or as of another day; "
			"`voxdp update` would switch to these.\n",
			(unsigned long long)export->live.number);
}

/* ---- formats --------------------------------------------------------------------------------------------------- */

/* One document a vendor; several are told apart by `---`, and each of them is a profile for itself. */
static int yaml_print(FILE *out, const struct export *export)
{
	live_print(out, export);
	for (size_t v = 0; v < export->vendor_count; v++) {
		if (export->vendor_count > 1)
			fprintf(out, "--- # %s.yaml\n", export->vendors[v]->id);
		if (profile_write(out, export->vendors[v]))
			return -ENOMEM;
	}
	return 0;
}

static int json_print(FILE *out, const struct export *export)
{
	json_t *vendors = json_array(), *root = json_object();
	int err = 0;

	for (size_t v = 0; v < export->vendor_count; v++)
		err |= json_array_append_new(vendors, vendor_to_json(export->vendors[v]));
	if (export->live_asked)
		err |= json_object_set_new(root, "live",
					   json_pack("{s:I, s:b}", "generation", (json_int_t) export->live.number,
						     "same", export->is_live));
	err |= json_object_set_new(root, "vendors", vendors);
	if (!err)
		err = json_dumpf(root, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(root);
	return err ? -ENOMEM : 0;
}

static int nft_print(FILE *out, const struct export *export)
{
	live_print(out, export);
	return nft_write(out, export->vendors, export->vendor_count);
}

struct line {
	const struct range *range;
	const struct vendor *vendor;
	const struct range_set *set;
};

static int line_compare(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = prefix_compare(&x->range->prefix, &y->range->prefix);

	order = order ? order : strcmp(x->vendor->id, y->vendor->id);
	order = order ? order : strcmp(x->set->id, y->set->id);
	return order ? order :
		       (x->range->valid_from > y->range->valid_from) - (x->range->valid_from < y->range->valid_from);
}

static size_t ranges_count(const struct export *export)
{
	size_t count = 0;

	for (size_t v = 0; v < export->vendor_count; v++)
		for (size_t r = 0; r < export->vendors[v]->range_set_count; r++)
			count += export->vendors[v]->range_sets[r]->range_count;
	return count;
}

/* Tabs between the columns: regions may hold blanks. */
static int prefixes_print(FILE *out, const struct export *export)
{
	CLEANUP_FREE struct line *lines = calloc(ranges_count(export) + 1, sizeof(*lines));
	size_t n = 0;

	if (!lines)
		return -ENOMEM;
	for (size_t v = 0; v < export->vendor_count; v++)
		for (size_t r = 0; r < export->vendors[v]->range_set_count; r++)
			for (size_t i = 0; i < export->vendors[v]->range_sets[r]->range_count; i++)
				lines[n++] = (struct line){ &export->vendors[v]->range_sets[r]->ranges[i],
							    export->vendors[v], export->vendors[v]->range_sets[r] };
	qsort(lines, n, sizeof(*lines), line_compare);
	live_print(out, export);
	fputs("# prefix\tvendor\trange set\tclaim\tregion\n", out);
	for (size_t i = 0; i < n; i++) {
		char prefix[PREFIX_TEXT_MAX];

		prefix_format(&lines[i].range->prefix, prefix);
		fprintf(out, "%s\t%s\t%s\t%s\t%s\n", prefix, lines[i].vendor->id, lines[i].set->id,
			claim_word(lines[i].set->claim), lines[i].range->region ? lines[i].range->region : "-");
	}
	return 0;
}

/* ---------------------------------------------------------------------------------------------------------------- */

/* A file a vendor, as --profiles reads them again. */
static int files_write(const struct export *export, const char *directory, struct failure *failure)
{
	for (size_t v = 0; v < export->vendor_count; v++) {
		CLEANUP_FREE char *path = NULL;
		CLEANUP_FCLOSE FILE *file = NULL;

		if (asprintf(&path, "%s/%s.yaml", directory, export->vendors[v]->id) < 0)
			return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		file = fopen(path, "wxe");
		if (!file)
			return failure_set(failure, VX_EXIT_FAILED, errno, "cannot make %s: %s", path, strerror(errno));
		live_print(file, export);
		if (profile_write(file, export->vendors[v]))
			return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		if (fflush(file) || ferror(file))
			return failure_set(failure, VX_EXIT_FAILED, EIO, "cannot write %s: %s", path, strerror(errno));
	}
	return 0;
}

static const struct format {
	const char *name;
	int (*print)(FILE *out, const struct export *export);
} formats[] = {
	{ "yaml", yaml_print },
	{ "json", json_print },
	{ "nft", nft_print },
	{ "prefixes", prefixes_print },
};

static const struct format *format_find(const struct globals *globals, const struct export_options *options,
					struct failure *failure)
{
	const char *name = options->format ? options->format : globals->json ? "json" : "yaml";
	char quoted[TEXT_QUOTE_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (strcmp(formats[i].name, name) == 0 && (!options->output || i == 0))
			return &formats[i];
	failure_set(failure, VX_EXIT_USAGE, EINVAL, "--format: got %s, expected %s", text_quote(name, quoted),
		    options->output ? "yaml beside --output" : "yaml, json, nft or prefixes");
	return NULL;
}

static enum vx_exit export_run(const struct globals *globals, const void *opts, int argc, char **argv,
			       struct failure *failure)
{
	const struct export_options *options = opts;
	const struct format *format = format_find(globals, options, failure);
	CLEANUP(export_fini) struct export export = {};
	int32_t day;

	if (!format || day_option_parse("at", options->at, &day, failure) ||
	    compiled_load(globals, day, &export.compiled, failure) || vendors_choose(&export, argc, argv, failure) ||
	    (options->live && live_compare(globals, &export, failure)) ||
	    (options->output && files_write(&export, options->output, failure)))
		return failure->exit_code;
	if (!options->output && format->print(stdout, &export)) {
		failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
		return failure->exit_code;
	}
	return VX_EXIT_DONE;
}

static const struct opt opts[] = {
	{ 0, "format", "yaml|json|nft|prefixes", "default yaml", OPT_STRING, offsetof(struct export_options, format) },
	{ 0, "output", "DIR", "write a file a vendor into DIR, where none may be yet; yaml only", OPT_STRING,
	  offsetof(struct export_options, output) },
	{ 0, "at", "DATE", AT_HELP, OPT_STRING, offsetof(struct export_options, at) },
	{ 0, "live", NULL, "say whether the running classifier was compiled from these profiles", OPT_FLAG,
	  offsetof(struct export_options, live) },
};

const struct cmd cmd_export = {
	.name = "export",
	.args = "[VENDOR...]",
	.summary = "the profiles as loaded, in a form that can be compared or given to a firewall",
	.details =
		"yaml: profiles in one canonical form, with what the site file and list files gave; they can be loaded\n"
		"again. json: the same for programs. nft: an nftables table that counts what a firewall built from\n"
		"the guides would let through. prefixes: one prefix a line. Without a VENDOR all are exported.",
	.opts = opts,
	.opt_count = ARRAY_SIZE(opts),
	.options_size = sizeof(struct export_options),
	.run = export_run,
};
