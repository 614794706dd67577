/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `voxdp address`: one address more or less, while the classifier runs. What is changed is kept with the generation in the
 * kernel, so that the next change knows of it and `status` lists it, and in no file: the profiles are written by people,
 * with a source for every range, and stay what an update goes by.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/load.h"
#include "cmd/view.h"
#include "dataplane/classifier.h"
#include "lib/cleanup.h"
#include "lib/text.h"

struct address_options {
	const char *range;
};

/* The words of the command line, understood. */
struct request {
	const char *vendor;
	struct amendment amendment;
};

static int words_parse(int argc, char **argv, struct request *ret, struct failure *failure)
{
	char quoted[TEXT_QUOTE_MAX], text[PREFIX_TEXT_MAX];
	bool remove = argc && strcmp(argv[0], "remove") == 0;
	int error;

	if (argc != 3 || (!remove && strcmp(argv[0], "add") != 0))
		return failure_set(failure, VX_EXIT_USAGE, EINVAL,
				   "usage: voxdp address add|remove VENDOR PREFIX [--range NAME]");
	*ret = (struct request){ .vendor = argv[1], .amendment.remove = remove };
	error = prefix_parse(argv[2], &ret->amendment.prefix);
	if (error == -EEXIST) {
		prefix_format(&ret->amendment.prefix, text);
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "%s has host bits set; the prefix is %s",
				   text_quote(argv[2], quoted), text);
	}
	if (error || !ret->amendment.prefix.length)
		return failure_set(failure, VX_EXIT_USAGE, EINVAL,
				   "got %s, expected an address or a prefix such as 192.0.2.7 or 2001:db8::/64",
				   text_quote(argv[2], quoted));
	return 0;
}

static enum vx_exit report(const struct globals *globals, const struct request *request, const char *range,
			   const struct amended *amended, struct failure *failure)
{
	const struct vx_generation *generation = &amended->generation;
	char text[PREFIX_TEXT_MAX];

	prefix_format(&request->amendment.prefix, text);
	if (globals->json)
		return view_json(json_pack("{s:I, s:s, s:o, s:o, s:s, s:b, s:i}", "generation",
					   (json_int_t)generation->number, "way", amend_way_word(amended->way),
					   "vendor", view_string(request->vendor), "range", view_string(range),
					   "prefix", text, "removed", (int)request->amendment.remove, "changes",
					   (int)generation->changes),
				 failure);
	printf("generation %llu is live: %s %s range %s of %s, %s\n", (unsigned long long)generation->number, text,
	       request->amendment.remove ? "taken out of" : "added to", range, request->vendor,
	       amended->way == AMEND_SHORT ? "the short way" : "all compiled anew");
	if (generation->changes)
		printf("%u address%s now other than the profiles say; the next update goes by the profiles alone\n",
		       generation->changes, generation->changes == 1 ? " is" : "es are");
	else
		puts("all is as the profiles say");
	return VX_EXIT_DONE;
}

static const char *range_name(const struct profile_set *set, uint32_t number)
{
	const struct vendor *vendor = set->vendors;

	for (; number >= vendor->range_set_count; vendor++)
		number -= (uint32_t)vendor->range_set_count;
	return vendor->range_sets[number]->id;
}

static enum vx_exit address_run(const struct globals *globals, const void *options_raw, int argc, char **argv,
				struct failure *failure)
{
	const struct address_options *options = options_raw;
	CLEANUP(profile_set_freep) struct profile_set *profiles = NULL;
	CLEANUP(live_set_freep) struct live_set *set = NULL;
	struct amended amended;
	struct request request;

	if (words_parse(argc, argv, &request, failure) || profiles_load(globals, &profiles, failure) ||
	    amend_range_set(profiles, request.vendor, options->range, &request.amendment.range_set, failure) ||
	    classifier_live_set(globals->state_dir, profiles, &set, failure) ||
	    classifier_amend(globals->state_dir, set, &request.amendment, &amended, failure))
		return failure->exit_code;
	return report(globals, &request, range_name(profiles, request.amendment.range_set), &amended, failure);
}

static const struct opt address_opts[] = {
	{ 0, "range", "NAME", "which of the vendor's ranges; may be left out where it has one", OPT_STRING,
	  offsetof(struct address_options, range) },
};

const struct cmd cmd_address = {
	.name = "address",
	.args = "add|remove VENDOR PREFIX",
	.summary = "add one address to a vendor's range, or take one out, until the next update",
	.details =
		"For an address that cannot wait until it is in a profile. The profiles stay the truth: --profiles and\n"
		"--site must be what is live, and the next `voxdp update` (or the daemon, when it reads them again) goes\n"
		"by them alone. Until then `voxdp status` lists what is other than they say. `voxdp rollback` takes the\n"
		"last change back.\n\n"
		"Only the tables around the address are made anew where all that is needed is there, which the output\n"
		"calls the short way; a prefix that is the first of its kind, one of /16 or shorter, and engine lpm take\n"
		"compiling anew. Either way packets are judged by the old set or the new one.\n\n"
		"It fails with 1, and nothing changes, where the address is in the range already or is not, where the\n"
		"live generation is of other profiles, and while a trial goes on.",
	.opts = address_opts,
	.opt_count = ARRAY_SIZE(address_opts),
	.options_size = sizeof(struct address_options),
	.run = address_run,
};
