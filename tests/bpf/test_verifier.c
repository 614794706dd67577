/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What it takes the kernel's verifier to let the program pass, as the loader loads it: every role, both engines, with
 * and without trace, with no tunnels and with all looked through, for the shipped profiles. Kernels give up at a million
 * steps; other kernels and compilers need more than these, so there is to be room.
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
#include "perfmon.h"
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
	if (maps_create_filled(set, 1U << VX_ENGINE_DIRECT, &maps, &failure))
		fail_msg("%s", failure.text);
	profile_set_free(set);
	diags_fini(&diags);
	return maps;
}

/* Returns what loading returned. */
static int steps_of(const struct maps *maps, const struct vx_config *config, uint32_t *ret, struct failure *failure)
{
	struct program *program = NULL;
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);
	int error = program_open(maps, config, &program, failure);

	if (!error)
		error = program_load(program, failure);
	if (!error)
		assert_int_equal(bpf_obj_get_info_by_fd(program_fd(program), &info, &size), 0);
	program_free(program);
	*ret = info.verified_insns;
	return error;
}

/* The bits of a variant, but for its role and its engine. */
static uint32_t steps_of_bits(const struct maps *maps, uint8_t role, uint8_t engine, unsigned bits, const char *reading)
{
	const struct vx_config config = {
		.role = role,
		.engine = engine,
		.trace = bits & 1,
		.decap = bits & 2 ? (1U << _VX_TUNNEL_MAX) - 1 : 0,
	};
	struct failure failure = {};
	uint32_t steps;

	if (steps_of(maps, &config, &steps, &failure))
		fail_msg("%s, role %s, engine %s, trace %u, decap %x: %s", reading, role_word(role),
			 engine_word(engine), config.trace, config.decap, failure.text);
	printf("%s engine %-6s role %-3s trace %u tunnels %-5s %6u steps\n", reading, engine_word(engine),
	       role_word(role), config.trace, config.decap ? "all:" : "none:", steps);
	return steps;
}

#define VARIANTS 4 /* of steps_of_bits() */

static void every_variant_passes_with_room_to_spare(void **state)
{
	struct maps *maps;

	(void)state;
	tester_need_bpf();
	maps = maps_of_shipped_profiles();
	for (uint8_t engine = 0; engine < _VX_ENGINE_MAX; engine++)
		for (uint8_t role = 0; role < _VX_ROLE_MAX; role++)
			for (unsigned bits = 0; bits < VARIANTS; bits++)
				/* A kernel before 5.16 does not tell: 0. */
				assert_in_range(steps_of_bits(maps, role, engine, bits, "in place "), 1, STEPS_MAX);
	maps_free(maps);
}

static void need_reading_by_copies(const struct maps *maps)
{
	const struct vx_config config = { .engine = VX_ENGINE_LPM };
	struct failure failure = {};
	uint32_t steps;

	if (!steps_of(maps, &config, &steps, &failure) || failure.exit_code != VX_EXIT_NOT_PERMITTED)
		return;
	printf("SKIP: %s\n", failure.text);
	skip();
}

/* Without CAP_PERFMON the verifier also follows what a processor may do by mistake. */
static void every_variant_that_reads_by_copies_passes_too(void **state)
{
	uint64_t capabilities;
	struct maps *maps;

	(void)state;
	tester_need_bpf();
	maps = maps_of_shipped_profiles();
	assert_true(perfmon_give_up(&capabilities));
	need_reading_by_copies(maps);
	for (uint8_t role = 0; role < _VX_ROLE_MAX; role++)
		for (unsigned bits = 0; bits < VARIANTS; bits++)
			assert_in_range(steps_of_bits(maps, role, VX_ENGINE_LPM, bits, "by copies"), 1, STEPS_MAX);
	perfmon_restore(capabilities);
	maps_free(maps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_variant_passes_with_room_to_spare),
		cmocka_unit_test(every_variant_that_reads_by_copies_passes_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
