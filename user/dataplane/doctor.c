/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine. Probes instead of versions: a distribution's kernel may have what its number does not promise. */
#include "dataplane/doctor.h"

#include <errno.h>
#include <libgen.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "dataplane/classifier.h"
#include "dataplane/kernel.h"
#include "lib/cleanup.h"

void findings_fini(struct findings *findings)
{
	free(findings->items);
	*findings = (struct findings){};
}

int findings_add(struct findings *findings, const struct finding *finding)
{
	struct finding *items = realloc(findings->items, (findings->count + 1) * sizeof(*items));

	if (!items)
		return -ENOMEM;
	findings->items = items;
	items[findings->count++] = *finding;
	return 0;
}

/* ---- kernel ----------------------------------------------------------------------------------------------------- */

static int check_kernel(struct findings *findings)
{
	struct finding finding = { .check = "kernel" };
	struct utsname name = {};
	struct failure ignored;
	const char *missing;

	(void)uname(&name); /* cannot fail with this argument */
	if (kernel_check_permitted(&ignored)) {
		finding.level = FINDING_WARN;
		(void)snprintf(finding.text, sizeof(finding.text),
			       "Linux %.64s; what it can is not told without CAP_BPF", name.release);
		(void)strcpy(finding.mend, "sudo voxdp doctor");
		return findings_add(findings, &finding);
	}
	missing = kernel_missing_feature();
	if (missing) {
		finding.level = FINDING_FAIL;
		(void)snprintf(finding.text, sizeof(finding.text), "Linux %.64s lacks %s", name.release, missing);
		(void)strcpy(finding.mend, "apt-get install linux-image-amd64 && reboot");
	} else {
		(void)snprintf(finding.text, sizeof(finding.text),
			       "Linux %.64s has XDP, LPM tries, arrays of maps and multi-buffer XDP", name.release);
	}
	return findings_add(findings, &finding);
}

/* The number in a file of /proc/sys; -1: there is none. */
static int sysctl_read(const char *path)
{
	CLEANUP_FCLOSE FILE *file = fopen(path, "re");
	int number = -1;

	return file && fscanf(file, "%d", &number) == 1 ? number : -1;
}

static int check_jit(struct findings *findings)
{
	struct finding finding = { .check = "jit" };
	struct failure ignored;

	/* Not by the setting: another network namespace than the first does not show it. */
	if (kernel_check_permitted(&ignored)) {
		finding.level = FINDING_WARN;
		(void)strcpy(finding.text, "not told without CAP_BPF");
		(void)strcpy(finding.mend, "sudo voxdp doctor");
	} else if (!kernel_compiles()) {
		finding.level = FINDING_FAIL;
		(void)strcpy(finding.text, "off: the kernel interprets the program, many times slower");
		(void)strcpy(finding.mend, "sysctl -w net.core.bpf_jit_enable=1");
	} else if (sysctl_read("/proc/sys/net/core/bpf_jit_harden") == 2) {
		finding.level = FINDING_WARN;
		(void)strcpy(finding.text,
			     "on, with constants blinded for root's programs, too, which makes them slower");
		(void)strcpy(finding.mend, "sysctl -w net.core.bpf_jit_harden=1");
	} else {
		(void)strcpy(finding.text, "on");
	}
	return findings_add(findings, &finding);
}

static int check_dispatcher(struct findings *findings)
{
	struct finding finding = { .check = "dispatcher" };
	struct failure ignored;
	const char *why = NULL;

	if (kernel_check_permitted(&ignored)) {
		finding.level = FINDING_WARN;
		(void)strcpy(finding.text, "not told without CAP_BPF");
		(void)strcpy(finding.mend, "sudo voxdp doctor");
	} else if (kernel_can_dispatch(&why)) {
		(void)strcpy(finding.text, "libxdp can share an interface between programs");
	} else {
		finding.level = FINDING_WARN;
		(void)snprintf(finding.text, sizeof(finding.text), "voxdp will be alone on its interfaces: %s", why);
		if (strstr(why, "CAP_SYS_ADMIN"))
			(void)strcpy(finding.mend, "sudo voxdp doctor");
	}
	return findings_add(findings, &finding);
}

static int check_capabilities(struct findings *findings)
{
	static const char setcap[] = "setcap cap_bpf,cap_net_admin,cap_perfmon=ep \"$(command -v voxdp)\"";
	static const struct {
		unsigned bit;
		const char *name, *what;
		enum finding_level missing;
		const char *mend;
	} rows[] = {
		{ CAP_BPF, "CAP_BPF", "loads programs, makes and reads maps", FINDING_FAIL, setcap },
		{ CAP_NET_ADMIN, "CAP_NET_ADMIN", "attaches to interfaces", FINDING_FAIL, setcap },
		{ CAP_PERFMON, "CAP_PERFMON",
		  "without it frames are read by copies and addresses looked up in tries: much slower, and kernels such as "
		  "6.1 refuse that program",
		  FINDING_WARN, setcap },
		{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "only for libxdp's dispatcher, which looks BTF up by id",
		  FINDING_WARN, "sudo voxdp doctor" },
	};
	bool admin = kernel_has_capability(CAP_SYS_ADMIN);
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && !error; i++) {
		struct finding finding = { .check = "capability" };
		/* The kernel takes CAP_SYS_ADMIN for CAP_BPF and CAP_PERFMON, but not for CAP_NET_ADMIN. */
		bool has = kernel_has_capability(rows[i].bit) || (admin && rows[i].bit != CAP_NET_ADMIN);

		if (!has)
			finding.level = rows[i].missing;
		(void)snprintf(finding.text, sizeof(finding.text), "%s is %s: %s", rows[i].name,
			       has ? "there" : "missing", rows[i].what);
		if (!has)
			(void)snprintf(finding.mend, sizeof(finding.mend), "%s", rows[i].mend);
		error = findings_add(findings, &finding);
	}
	return error;
}

/* ---- BPF file system and pins ----------------------------------------------------------------------------------- */

static void bpffs_look(const char *dir, struct finding *finding)
{
	struct statfs fs;
	struct stat st;

	if (statfs(dir, &fs) || stat(dir, &st) || fs.f_type != BPF_FS_MAGIC) {
		finding->level = FINDING_FAIL;
		(void)snprintf(finding->text, sizeof(finding->text), "no BPF file system on %.128s", dir);
		(void)snprintf(finding->mend, sizeof(finding->mend), "mount -t bpf bpf %.128s", dir);
	} else if (st.st_uid != 0 && st.st_uid != geteuid()) {
		finding->level = FINDING_FAIL;
		(void)snprintf(finding->text, sizeof(finding->text), "%.128s belongs to uid %u", dir,
			       (unsigned)st.st_uid);
		(void)snprintf(finding->mend, sizeof(finding->mend), "chown root %.128s", dir);
	} else if (st.st_mode & (S_IWGRP | S_IWOTH)) {
		finding->level = st.st_mode & S_ISVTX ? FINDING_WARN : FINDING_FAIL;
		(void)snprintf(finding->text, sizeof(finding->text), "others may %s in %.128s (mode %04o)",
			       st.st_mode & S_ISVTX ? "pin objects" : "replace what is pinned", dir,
			       st.st_mode & 07777);
		(void)snprintf(finding->mend, sizeof(finding->mend), "chmod 0700 %.128s", dir);
	} else {
		(void)snprintf(finding->text, sizeof(finding->text), "mounted on %.128s, mode %04o, uid %u", dir,
			       st.st_mode & 07777, (unsigned)st.st_uid);
	}
}

static int check_bpffs(const char *state_dir, struct findings *findings)
{
	struct finding finding = { .check = "bpffs" };
	CLEANUP_FREE char *copy = strdup(state_dir);

	if (!copy)
		return -ENOMEM;
	bpffs_look(dirname(copy), &finding);
	return findings_add(findings, &finding);
}

static int pins_add(struct findings *findings, enum finding_level level, const char *text, const char *mend)
{
	struct finding finding = { .level = level, .check = "pins" };

	(void)snprintf(finding.text, sizeof(finding.text), "%.255s", text);
	(void)snprintf(finding.mend, sizeof(finding.mend), "%.255s", mend);
	return findings_add(findings, &finding);
}

/* What a writer leaves that was killed, and what an interface leaves that is gone. */
static int check_classifier(const struct classifier *classifier, struct findings *findings)
{
	char text[256], mend[256];
	size_t stale = 0;
	int error = 0;

	for (size_t i = 0; i < classifier->devices.count && !error; i++) {
		const struct device *device = &classifier->devices.items[i];

		if (device->state == DEVICE_ATTACHED || device->state == DEVICE_UNVERIFIED)
			continue;
		(void)snprintf(text, sizeof(text), "%s is pinned, but %s", device->ifname,
			       device_state_word(device->state));
		(void)snprintf(mend, sizeof(mend), "voxdp detach -i %s", device->ifname);
		error = pins_add(findings, FINDING_WARN, text, mend);
		stale++;
	}
	if (!error && classifier->trial.number && !classifier->trial.left_ns) {
		(void)snprintf(text, sizeof(text), "the trial of generation %llu is over and nobody has ended it",
			       (unsigned long long)classifier->trial.number);
		error = pins_add(findings, FINDING_WARN, text, "voxdp rollback");
		stale++;
	}
	if (error || stale)
		return error;
	(void)snprintf(text, sizeof(text), "generation %llu, %zu interface%s, nothing stale",
		       classifier->generation.number, classifier->devices.count,
		       classifier->devices.count == 1 ? "" : "s");
	return pins_add(findings, FINDING_OK, text, "");
}

static int check_pins(const char *state_dir, struct findings *findings)
{
	CLEANUP(classifier_fini) struct classifier classifier = {};
	struct failure failure;
	char mend[256];

	if (access(state_dir, F_OK) && errno == ENOENT)
		return pins_add(findings, FINDING_OK, "not attached, nothing is pinned", "");
	if (classifier_read(state_dir, &classifier, &failure) == 0)
		return check_classifier(&classifier, findings);
	if (failure.exit_code == VX_EXIT_NOT_PERMITTED)
		return pins_add(findings, FINDING_WARN, failure.text, "sudo voxdp doctor");
	if (failure.exit_code == VX_EXIT_NOT_ATTACHED)
		return pins_add(findings, FINDING_WARN, "pins are left, but no interface", "voxdp detach");
	(void)snprintf(mend, sizeof(mend), "voxdp detach || rm -r %.128s", state_dir);
	return pins_add(findings, FINDING_FAIL, failure.text, mend);
}

int doctor_machine(const char *state_dir, struct findings *findings)
{
	int error = check_kernel(findings);

	if (!error)
		error = check_jit(findings);
	if (!error)
		error = check_capabilities(findings);
	if (!error)
		error = check_bpffs(state_dir, findings);
	if (!error)
		error = check_dispatcher(findings);
	return error ? error : check_pins(state_dir, findings);
}
