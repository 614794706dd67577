/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Profiles: a profile, and behind a line `---site---` a site file. What is refused must say why; what is not must compile
 * into tables.
 */
#include <string.h>

#include "compile/tables.h"
#include "memory_file.h"
#include "profile/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DAY_2026_01_01 20454

static void compile(const struct profile_set *set)
{
	struct failure failure = {};
	struct tables *tables = NULL;
	struct slots slots = {};

	if (slots_init(&slots, UINT16_MAX))
		abort();
	if (!slots_assign(&slots, set, &failure))
		(void)tables_compile(set, &slots, &tables, &failure); /* -E2BIG is an answer too */
	tables_free(tables);
	slots_fini(&slots);
}

static void load(const char *profile, const char *site)
{
	const struct profile_options options = {
		.paths = &profile,
		.path_count = 1,
		.site_path = site,
		.day = DAY_2026_01_01,
	};
	struct profile_set *set = NULL;
	struct diags diags = {};
	int error = profile_set_load(&options, &diags, &set);

	if (error ? !diags.errors : diags.errors != 0)
		abort();
	if (set)
		compile(set);
	profile_set_free(set);
	diags_fini(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "\n---site---\n";
	const uint8_t *site = memmem(data, size, mark, sizeof(mark) - 1);
	char profile_path[MEMORY_FILE_PATH_MAX], site_path[MEMORY_FILE_PATH_MAX];
	int profile_fd = memory_file(data, site ? (size_t)(site - data) + 1 : size, profile_path), site_fd = -1;

	if (site) {
		site += sizeof(mark) - 1;
		site_fd = memory_file(site, (size_t)(data + size - site), site_path);
	}
	load(profile_path, site ? site_path : NULL);
	close(profile_fd);
	if (site)
		close(site_fd);
	return 0;
}
