/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What it takes the kernel's verifier to let the program pass, as the loader loads it: every role, both engines, with
 * and without trace, for the shipped profiles. Kernels give up at a million steps; other kernels and compilers need more
 * than these, so there is to be room.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <bpf/bpf.h>

#include "dataplane/fill.h"
#include "dataplane/program.h"
#include "lib/words.h"
#include "tester.h"

#define STEPS_MAX 100000
#define DAY_2026_01_01 20454

static struct maps *maps_of_shipped_profiles(void)
{
	const char *path = "profiles";
	const struct profile_options options = { .paths = &path, .path_count = 1, .day = DAY_2026_01_01 };
	struct profile_set *set = NULL;
	struct failure failure = {};
	struct maps *maps = NULL;
	struct diags diags = {};

	if (profile_set_load(&options, &diags, &set))
		fail_msg("the shipped profiles do not load");
	if (maps_create_filled(set, true, &maps, &failure))
		fail_msg("%s", failure.text);
	profile_set_free(set);
	diags_fini(&diags);
	return maps;
}

static uint32_t steps_of(const struct maps *maps, const struct vx_config *config)
{
	struct program *program = NULL;
	struct bpf_prog_info info = {};
	struct failure failure = {};
	uint32_t size = sizeof(info);

	if (program_open(maps, config, &program, &failure) || program_load(program, &failure))
		fail_msg("role %s, engine %s, trace %u: %s", role_word(config->role), engine_word(config->engine),
			 config->trace, failure.text);
	assert_int_equal(bpf_obj_get_info_by_fd(program_fd(program), &info, &size), 0);
	program_free(program);
	return info.verified_insns;
}

static void every_variant_passes_with_room_to_spare(void **state)
{
	struct maps *maps;
	uint32_t most = 0;

	(void)state;
	tester_need_bpf();
	maps = maps_of_shipped_profiles();
	for (uint8_t engine = 0; engine < _VX_ENGINE_MAX; engine++)
		for (uint8_t role = 0; role < _VX_ROLE_MAX; role++)
			for (uint8_t trace = 0; trace < 2; trace++) {
				const struct vx_config config = { .role = role, .engine = engine, .trace = trace };
				uint32_t steps = steps_of(maps, &config);

				printf("engine %-6s role %-3s trace %u: %6u steps\n", engine_word(engine),
				       role_word(role), trace, steps);
				most = steps > most ? steps : most;
			}
	maps_free(maps);
	assert_in_range(most, 1, STEPS_MAX); /* a kernel before 5.16 does not tell: 0 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_variant_passes_with_room_to_spare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
