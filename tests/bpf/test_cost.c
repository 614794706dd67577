/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a packet costs, without a clock: instructions, look-ups, calls and cache lines of each kind of traffic over
 * 10,000 prefixes, and the size of the program, against tests/data/cost.tsv. A change of the packet path shows there:
 * write the file anew with `COST_WRITE=1 build/tests/bpf/test_cost` and commit it with the change.
 *
 * The numbers depend on the compiler, so the file names the one that it holds for. Steps of the verifier and machine
 * code depend on the kernel too: with another kernel than the recorded one they are not compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sys/utsname.h>

#include <voxdp/abi.h>

#include "voxdp.skel.h" /* behind the types that it uses */

#include "cost.h"
#include "lib/cleanup.h"
#include "lib/words.h"
#include "synthetic.h"
#include "tester.h"

#define BASELINE "tests/data/cost.tsv"
#define VERIFIER_STEPS_MAX 100000

#define ROWS_MAX 64
#define NAME_MAX_BYTES 48

/* Per cent that a number may differ from the file. */
#define PLAY_EXECUTED 1
#define PLAY_KERNEL 10

struct row {
	char name[NAME_MAX_BYTES];
	double number;
	unsigned play;
};

struct rows {
	struct row items[ROWS_MAX];
	size_t count;
};

static const struct synthetic_shape shape = {
	.prefixes4 = 10000, .prefixes6 = 10000, .vendors = 4, .services = 10, .seed = 1
};

static struct profile_set *set;
static struct subject *subjects[_VX_ROLE_MAX];

static int setup(void **state)
{
	struct failure failure = {};

	(void)state;
	tester_need_bpf();
	set = synthetic_profile_set(&shape);
	for (int role = 0; role < _VX_ROLE_MAX; role++)
		if (subject_new(set, (enum vx_role)role, &subjects[role], &failure))
			fail_msg("%s", failure.text);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (int role = 0; role < _VX_ROLE_MAX; role++)
		subject_free(subjects[role]);
	profile_set_free(set);
	return 0;
}

static void row_add(struct rows *rows, double number, unsigned play, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
static void row_add(struct rows *rows, double number, unsigned play, const char *format, ...)
{
	struct row *row = &rows->items[rows->count++];
	va_list args;

	assert_true(rows->count <= ROWS_MAX);
	row->number = number;
	row->play = play;
	va_start(args, format);
	(void)vsnprintf(row->name, sizeof(row->name), format, args);
	va_end(args);
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static void count_kind(struct rows *rows, enum vx_engine engine, enum traffic_kind kind, uint8_t family)
{
	struct cost cost = cost_count(subjects[VX_ROLE_ANY], engine, kind, family);
	const struct {
		const char *name;
		double number;
	} counts[] = {
		{ "instructions", cost.instructions },
		{ "lookups", cost.lookups },
		{ "calls", cost.calls },
		{ "lines", cost.lines },
	};

	if (!cost.judged)
		fail_msg("%s over IPv%u, engine %s: the interpreted program judges otherwise", traffic_word(kind),
			 family, engine_word(engine));
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		row_add(rows, counts[i].number, PLAY_EXECUTED, "%s ipv%u %s %s", traffic_word(kind), family,
			engine_word(engine), counts[i].name);
}

static void count_program(struct rows *rows, enum vx_role role, enum vx_engine engine)
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(program_fd(subjects[role]->programs[engine]), &info, &size))
		fail_msg("cannot look at the program");
	if (info.verified_insns > VERIFIER_STEPS_MAX)
		fail_msg("role %s, engine %s: %u verifier steps, at most %u are wanted", role_word(role),
			 engine_word(engine), info.verified_insns, VERIFIER_STEPS_MAX);
	row_add(rows, info.verified_insns, PLAY_KERNEL, "program %s %s verifier-steps", role_word(role),
		engine_word(engine));
	row_add(rows, info.jited_prog_len, PLAY_KERNEL, "program %s %s machine-code-bytes", role_word(role),
		engine_word(engine));
}

static struct rows count_all(void)
{
	struct rows rows = {};

	for (int kind = 0; kind < _TRAFFIC_MAX; kind++)
		count_kind(&rows, VX_ENGINE_DIRECT, (enum traffic_kind)kind, 4);
	count_kind(&rows, VX_ENGINE_LPM, TRAFFIC_RTP, 4);
	count_kind(&rows, VX_ENGINE_DIRECT, TRAFFIC_RTP, 6);
	for (int role = 0; role < _VX_ROLE_MAX; role++)
		for (int engine = 0; engine < _VX_ENGINE_MAX; engine++)
			count_program(&rows, (enum vx_role)role, (enum vx_engine)engine);
	return rows;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* The compiler's own words in the object that the program carries: "14.0.6". */
static void compiler_of(char version[NAME_MAX_BYTES])
{
	static const char words[] = "clang version ";
	const char *elf, *at;
	size_t size, length = 0;

	elf = voxdp_bpf__elf_bytes(&size);
	at = memmem(elf, size, words, strlen(words));
	for (at = at ? at + strlen(words) : ""; at[length] == '.' || (at[length] >= '0' && at[length] <= '9'); length++)
		;
	assert_in_range(length, 1, NAME_MAX_BYTES - 1);
	memcpy(version, at, length);
	version[length] = '\0';
}

/* "6.18 x86_64": a kernel's verifier and JIT change little within a version. */
static void kernel_of(char kernel[NAME_MAX_BYTES])
{
	struct utsname system;
	unsigned major = 0, minor = 0;

	assert_int_equal(uname(&system), 0);
	(void)sscanf(system.release, "%u.%u", &major, &minor);
	(void)snprintf(kernel, NAME_MAX_BYTES, "%u.%u %.20s", major, minor, system.machine);
}

static void baseline_write(const struct rows *rows, const char *compiler, const char *kernel)
{
	CLEANUP_FCLOSE FILE *file = fopen(BASELINE, "w");

	assert_non_null(file);
	fprintf(file,
		"# What a packet costs, without a clock; tests/bpf/test_cost.c tells what is counted and how to write this.\n"
		"clang %s\n"
		"kernel %s\n",
		compiler, kernel);
	for (size_t i = 0; i < rows->count; i++)
		fprintf(file, "%s\t%.1f\n", rows->items[i].name, rows->items[i].number);
}

/* What the file holds for. */
struct recorded {
	char compiler[NAME_MAX_BYTES], kernel[NAME_MAX_BYTES];
	struct rows rows;
};

static void baseline_read(struct recorded *ret)
{
	CLEANUP_FCLOSE FILE *file = fopen(BASELINE, "r");
	char line[256];

	if (!file)
		fail_msg("%s is not there; tests run in the top folder", BASELINE);
	while (fgets(line, sizeof(line), file)) {
		char name[NAME_MAX_BYTES];
		double number;

		if (line[0] == '#' || sscanf(line, "clang %47[^\n]", ret->compiler) == 1 ||
		    sscanf(line, "kernel %47[^\n]", ret->kernel) == 1)
			continue;
		if (sscanf(line, "%47[^\t]\t%lf", name, &number) != 2)
			fail_msg("%s: not a row: %s", BASELINE, line);
		row_add(&ret->rows, number, 0, "%s", name);
	}
}

static const struct row *row_find(const struct rows *rows, const char *name)
{
	for (size_t i = 0; i < rows->count; i++)
		if (strcmp(rows->items[i].name, name) == 0)
			return &rows->items[i];
	return NULL;
}

static size_t compare(const struct rows *recorded, const struct rows *counted, bool same_kernel)
{
	size_t differ = recorded->count != counted->count;

	for (size_t i = 0; i < counted->count; i++) {
		const struct row *now = &counted->items[i], *then = row_find(recorded, now->name);
		double play = then ? then->number * now->play / 100 : 0;

		if (then && now->play == PLAY_KERNEL && !same_kernel)
			continue;
		if (then && now->number >= then->number - play && now->number <= then->number + play)
			continue;
		print_error("%s: %.1f, recorded %.1f\n", now->name, now->number, then ? then->number : 0.0);
		differ++;
	}
	return differ;
}

static void a_packet_costs_what_is_recorded(void **state)
{
	char compiler[NAME_MAX_BYTES], kernel[NAME_MAX_BYTES];
	struct rows counted = count_all();
	struct recorded recorded = {};

	(void)state;
	compiler_of(compiler);
	kernel_of(kernel);
	if (getenv("COST_WRITE")) {
		baseline_write(&counted, compiler, kernel);
		return;
	}
	baseline_read(&recorded);
	if (strcmp(recorded.compiler, compiler) != 0) {
		fprintf(stderr, "SKIP: %s was recorded with clang %s, this is clang %s\n", BASELINE, recorded.compiler,
			compiler);
		skip();
	}
	if (compare(&recorded.rows, &counted, strcmp(recorded.kernel, kernel) == 0))
		fail_msg(
			"the packet path costs something else now; if so it shall be: COST_WRITE=1 build/tests/bpf/test_cost");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_packet_costs_what_is_recorded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
