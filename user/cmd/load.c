/* SPDX-License-Identifier: BSD-2-Clause */
/* Profiles are the operator's text: what is wrong with them is told line by line, then the command fails once. */
#include "cmd/load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "profile/problems.h"
#include "lib/cleanup.h"
#include "lib/day.h"
#include "lib/terminal.h"
#include "lib/text.h"

static int load(const struct profile_options *options, struct profile_set **ret, struct failure *failure)
{
	CLEANUP(diags_fini) struct diags diags = {};
	int err = profile_set_load(options, &diags, ret);

	if (!err)
		return 0;
	if (err != -EINVAL)
		return failure_set(failure, VX_EXIT_FAILED, -err, "profiles: %s", strerror(-err));
	/* Notes and warnings are for `check`; here they would drown the answer that was asked for. */
	problems_print(stderr, &diags, SEVERITY_ERROR, terminal_takes_color(STDERR_FILENO));
	return failure_set(failure, VX_EXIT_PROFILE, EINVAL, "profiles: %zu error%s, nothing was done", diags.errors,
			   diags.errors == 1 ? "" : "s");
}

int day_option_parse(const char *option, const char *text, int32_t *ret, struct failure *failure)
{
	char quoted[TEXT_QUOTE_MAX];

	if (!text)
		*ret = day_today();
	else if (day_parse(text, ret))
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "--%s: got %s, expected a day as YYYY-MM-DD", option,
				   text_quote(text, quoted));
	return 0;
}

int profiles_load(const struct globals *globals, struct profile_set **ret, struct failure *failure)
{
	return profiles_load_at(globals, day_today(), ret, failure);
}

int profiles_load_at(const struct globals *globals, int32_t day, struct profile_set **ret, struct failure *failure)
{
	const struct profile_options options = {
		.paths = globals->profiles.items,
		.path_count = globals->profiles.count,
		.site_path = globals->site,
		.day = day,
	};

	return load(&options, ret, failure);
}

int profiles_load_path(const char *path, const char *site, int32_t day, struct profile_set **ret,
		       struct failure *failure)
{
	const struct profile_options options = { .paths = &path, .path_count = 1, .site_path = site, .day = day };

	return load(&options, ret, failure);
}

int compiled_load(const struct globals *globals, int32_t day, struct compiled *ret, struct failure *failure)
{
	CLEANUP(compiled_fini) struct compiled compiled = {};
	int err = profiles_load_at(globals, day, &compiled.set, failure);

	if (err)
		return err;
	if (slots_init(&compiled.slots, UINT16_MAX))
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory for counter slots");
	err = slots_assign(&compiled.slots, compiled.set, failure);
	err = err ? err : tables_compile(compiled.set, &compiled.slots, &compiled.tables, failure);
	if (err)
		return err;
	*ret = compiled;
	memset(&compiled, 0, sizeof(compiled));
	return 0;
}

void compiled_fini(struct compiled *compiled)
{
	tables_free(compiled->tables);
	slots_fini(&compiled->slots);
	profile_set_free(compiled->set);
	memset(compiled, 0, sizeof(*compiled));
}
