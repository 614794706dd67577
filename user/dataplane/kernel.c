/* SPDX-License-Identifier: BSD-2-Clause */
/* Probes instead of guessing from version numbers, and turns errno into what a person can act on. */
#include "dataplane/kernel.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "lib/cleanup.h"

/* The last thing that a library said in this thread; where the verifier spoke, its last line but statistics. */
static _Thread_local char last_words[512];
static _Thread_local bool verifier_spoke;

#define LOG_BEGIN "-- BEGIN PROG LOAD LOG --"
#define LOG_END "-- END PROG LOAD LOG --"

/* Cuts @text down to the line of the verifier's log that tells the reason; false: it holds no such log. */
static bool log_reason(char *text)
{
	char *begin = strstr(text, LOG_BEGIN), *end = strstr(text, LOG_END), *reason = NULL, *save;

	if (!begin || !end)
		return false;
	*end = '\0';
	for (char *line = strtok_r(begin + strlen(LOG_BEGIN), "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "processed ", 10) != 0 && strspn(line, " \t") != strlen(line))
			reason = line;
	if (!reason)
		return false;
	memmove(text, reason, strlen(reason) + 1);
	return true;
}

static void words_keep(const char *format, va_list args)
{
	CLEANUP_FREE char *text = NULL;

	if (vasprintf(&text, format, args) < 0) {
		text = NULL;
		return;
	}
	/* What follows the verifier's log only repeats that the load failed. */
	if (verifier_spoke)
		return;
	verifier_spoke = log_reason(text);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	for (size_t length = strlen(text); length && text[length - 1] == ' '; length--)
		text[length - 1] = '\0';
	if (text[0])
		(void)snprintf(last_words, sizeof(last_words), "%s", text);
}

static int libbpf_says(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN)
		words_keep(format, args);
	return 0;
}

static int libxdp_says(enum libxdp_print_level level, const char *format, va_list args)
{
	if (level == LIBXDP_WARN)
		words_keep(format, args);
	return 0;
}

void kernel_words_clear(void)
{
	last_words[0] = '\0';
	verifier_spoke = false;
}

bool kernel_verifier_refused(void)
{
	return verifier_spoke;
}

/* The effective capabilities as a bit mask; 0 where they cannot be read. */
static uint64_t capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	if (syscall(SYS_capget, &header, data))
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

bool kernel_has_capability(unsigned capability)
{
	return capabilities() >> capability & 1;
}

/* The kernel takes CAP_SYS_ADMIN for this one, too. */
enum vx_reading kernel_reading(void)
{
	return kernel_has_capability(CAP_PERFMON) || kernel_has_capability(CAP_SYS_ADMIN) ? VX_READING_IN_PLACE :
											    VX_READING_COPIED;
}

/* The kernel takes CAP_SYS_ADMIN for either of the two. NULL: nothing is missing. */
static const char *missing_capabilities(void)
{
	bool admin = kernel_has_capability(CAP_SYS_ADMIN);
	bool bpf = admin || kernel_has_capability(CAP_BPF), net_admin = kernel_has_capability(CAP_NET_ADMIN);

	if (!bpf && !net_admin)
		return "CAP_BPF and CAP_NET_ADMIN";
	if (!bpf)
		return "CAP_BPF";
	return net_admin ? NULL : "CAP_NET_ADMIN";
}

int kernel_check_permitted(struct failure *failure)
{
	const char *missing = missing_capabilities();

	libbpf_set_print(libbpf_says);
	libxdp_set_print(libxdp_says);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	if (missing)
		return failure_set(failure, VX_EXIT_NOT_PERMITTED, EPERM, "not permitted: %s is missing (run as root)",
				   missing);
	return 0;
}

bool kernel_can_dispatch(const char **ret_why)
{
	const char *why = NULL;

	if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_EXT, NULL) != 1)
		why = "the kernel has no BPF extension programs";
	else if (!kernel_has_capability(CAP_SYS_ADMIN))
		why = "libxdp's dispatcher needs CAP_SYS_ADMIN";
	kernel_words_clear(); /* of the probe */
	if (ret_why)
		*ret_why = why;
	return !why;
}

static void failure_append(struct failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void failure_append(struct failure *failure, const char *format, ...)
{
	size_t used = strlen(failure->text);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(failure->text + used, sizeof(failure->text) - used, format, args);
	va_end(args);
}

int kernel_failure(struct failure *failure, int error, const char *format, ...)
{
	const char *missing = missing_capabilities();
	va_list args;

	va_start(args, format);
	(void)vsnprintf(failure->text, sizeof(failure->text), format, args);
	va_end(args);
	failure->exit_code = failure_exit_for_errno(error);
	failure_append(failure, ": %s", strerror(error));
	if (error == EPERM && missing)
		failure_append(failure, ": %s is missing", missing);
	else if (error == EPERM)
		failure_append(failure, ": CAP_BPF and CAP_NET_ADMIN are there but do not reach the kernel "
					"(a container's user namespace, a seccomp filter or lockdown)");
	else if (last_words[0])
		failure_append(failure, " (%s)", last_words);
	return -error;
}

/* r0 = XDP_PASS; exit */
static const struct bpf_insn pass[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
	{ .code = BPF_JMP | BPF_EXIT },
};

bool kernel_compiles(void)
{
	CLEANUP_CLOSE int prog =
		bpf_prog_load(BPF_PROG_TYPE_XDP, "voxdp_probe", "Dual BSD/GPL", pass, ARRAY_SIZE(pass), NULL);
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);

	return prog >= 0 && bpf_obj_get_info_by_fd(prog, &info, &size) == 0 && info.jited_prog_len > 0;
}

const char *kernel_missing_feature(void)
{
	static const struct {
		enum bpf_map_type type;
		const char *name;
	} maps[] = {
		{ BPF_MAP_TYPE_LPM_TRIE, "BPF LPM trie maps" },
		{ BPF_MAP_TYPE_ARRAY_OF_MAPS, "BPF arrays of maps" },
		{ BPF_MAP_TYPE_PERCPU_ARRAY, "BPF per-CPU arrays" },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, frags, .prog_flags = BPF_F_XDP_HAS_FRAGS, .expected_attach_type = BPF_XDP);
	CLEANUP_CLOSE int prog = -1;

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		if (libbpf_probe_bpf_map_type(maps[i].type, NULL) == 0)
			return maps[i].name;
	if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_XDP, NULL) == 0)
		return "XDP programs";
	prog = bpf_prog_load(BPF_PROG_TYPE_XDP, "voxdp_probe", "Dual BSD/GPL", pass, ARRAY_SIZE(pass), &frags);
	return prog < 0 ? "multi-buffer XDP (Linux 5.18)" : NULL;
}

int kernel_load_failure(struct failure *failure, int error)
{
	const char *missing;
	char words[sizeof(last_words)];
	bool refused;

	if (error == EPERM || error == ENOMEM)
		return kernel_failure(failure, error, "cannot load the program");
	/* EACCES is the verifier's word. It takes the program that reads by copies, but kernels differ in what they follow. */
	if (error == EACCES && kernel_reading() == VX_READING_COPIED)
		return failure_set(
			failure, VX_EXIT_NOT_PERMITTED, error,
			"not permitted: CAP_PERFMON is missing, without which this kernel refuses the program");
	(void)strcpy(words, last_words); /* the probes talk too */
	/*
	 * libbpf probes the kernel, too, and leaves out what it believes to be missing. No map of ours may be missing
	 * where the features below are there: then it was the probe that failed, not the program.
	 */
	refused = verifier_spoke && !strstr(words, "wasn't created");
	missing = kernel_missing_feature();
	if (missing)
		return failure_set(failure, VX_EXIT_UNSUPPORTED, error, "this kernel lacks %s", missing);
	/* Where neither a feature is missing nor the verifier said a word, it failed this time. */
	return failure_set(failure, refused ? VX_EXIT_UNSUPPORTED : VX_EXIT_FAILED, error, "%s: %s%s%s%s",
			   refused ? "this kernel refuses the program" : "cannot load the program", strerror(error),
			   words[0] ? " (" : "", words, words[0] ? ")" : "");
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now = {};

	(void)clock_gettime(clock, &now); /* cannot fail for these clocks */
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t kernel_now_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

uint64_t kernel_boottime_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

bool kernel_fd_is(int fd, enum kernel_object kind)
{
	static const char *const names[] = {
		[KERNEL_MAP] = "anon_inode:bpf-map",
		[KERNEL_PROG] = "anon_inode:bpf-prog",
		[KERNEL_LINK] = "anon_inode:bpf_link",
	};
	char path[64], target[64] = "";
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return true; /* no /proc here: the shape check that follows must do */
	if (kind == KERNEL_LINK && strcmp(target, "anon_inode:bpf-link") == 0)
		return true; /* the name of a link that comes from a pin; a new one has the underscore */
	return strcmp(target, names[kind]) == 0;
}
