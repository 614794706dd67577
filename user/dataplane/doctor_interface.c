/* SPDX-License-Identifier: BSD-2-Clause */
/* An interface: what of it keeps XDP from seeing frames as they came, or from seeing them at all. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/attach.h"
#include "dataplane/classifier.h"
#include "dataplane/doctor.h"
#include "dataplane/kernel.h"
#include "dataplane/nic.h"
#include "lib/cleanup.h"

/* A frame that fits one page with the room that drivers keep for themselves; longer ones come in several buffers. */
#define MTU_ONE_BUFFER 3498

static int add(struct findings *findings, const struct nic *nic, const char *check, enum finding_level level,
	       const char *mend, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Writes the interface's name for each %s. */
static void mend_write(struct finding *finding, const char *mend, const char *name)
{
	size_t used = 0;

	while (*mend && used < sizeof(finding->mend) - IF_NAMESIZE) {
		if (strncmp(mend, "%s", 2) == 0) {
			used += (size_t)snprintf(finding->mend + used, IF_NAMESIZE, "%s", name);
			mend += 2;
		} else {
			finding->mend[used++] = *mend++;
		}
	}
	finding->mend[used] = '\0';
}

/* @mend is a command with %s for the interface; NULL: none. */
static int add(struct findings *findings, const struct nic *nic, const char *check, enum finding_level level,
	       const char *mend, const char *format, ...)
{
	struct finding finding = { .level = level, .check = check };
	va_list args;

	(void)snprintf(finding.subject, sizeof(finding.subject), "%s", nic->name);
	va_start(args, format);
	(void)vsnprintf(finding.text, sizeof(finding.text), format, args);
	va_end(args);
	if (mend)
		mend_write(&finding, mend, nic->name);
	return findings_add(findings, &finding);
}

static int check_native(const struct nic *nic, struct findings *findings)
{
	const char *driver = nic->driver[0] ? nic->driver : "none";

	switch (nic->native_xdp) {
	case NIC_YES:
		return add(findings, nic, "native", FINDING_OK, NULL, "driver %s runs XDP programs itself", driver);
	case NIC_NO:
		return add(findings, nic, "native", FINDING_WARN, "voxdp attach -i %s --mode skb",
			   "driver %s has no native XDP: the generic, slower path is left, or the interface below",
			   driver);
	default:
		return add(findings, nic, "native", FINDING_WARN, "voxdp attach -i %s && voxdp detach -i %s",
			   "driver %s; whether it has native XDP is not told by a kernel before 6.3", driver);
	}
}

static int check_mtu(const struct nic *nic, struct findings *findings)
{
	if (nic->mtu <= MTU_ONE_BUFFER)
		return add(findings, nic, "mtu", FINDING_OK, NULL, "MTU %u: a frame is one buffer", nic->mtu);
	if (nic->native_frags == NIC_YES)
		return add(findings, nic, "mtu", FINDING_OK, NULL,
			   "MTU %u: frames of several buffers, which driver and program take", nic->mtu);
	return add(findings, nic, "mtu", nic->native_frags == NIC_NO ? FINDING_FAIL : FINDING_WARN,
		   "ip link set dev %s mtu 1500", "MTU %u: frames of several buffers, which the driver %s", nic->mtu,
		   nic->native_frags == NIC_NO ? "does not hand to XDP" : "may not hand to XDP");
}

static int check_offload(const struct nic *nic, struct findings *findings)
{
	const struct {
		const char *check, *name, *harm, *mend;
		enum nic_answer answer;
		enum finding_level level;
	} rows[] = {
		{ "lro", "LRO", "merges packets before XDP sees them; drivers refuse XDP with it",
		  "ethtool -K %s lro off", nic->lro, FINDING_FAIL },
		{ "gro-hw", "GRO in hardware", "merges packets before XDP sees them", "ethtool -K %s rx-gro-hw off",
		  nic->gro_hw, FINDING_FAIL },
		{ "vlan", "VLAN stripping", "takes the tag away before XDP sees the frame", "ethtool -K %s rxvlan off",
		  nic->vlan_strip, FINDING_WARN },
	};
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && !error; i++) {
		if (rows[i].answer == NIC_YES)
			error = add(findings, nic, rows[i].check, rows[i].level, rows[i].mend, "%s is on: it %s",
				    rows[i].name, rows[i].harm);
		else
			error = add(findings, nic, rows[i].check, FINDING_OK, NULL, "%s is %s", rows[i].name,
				    rows[i].answer == NIC_NO ? "off" : "not told of");
	}
	return error;
}

static int check_queues(const struct nic *nic, struct findings *findings)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t wanted = nic->queues_max < (uint32_t)cpus ? nic->queues_max : (uint32_t)cpus;
	char mend[64];

	if (!nic->queues)
		return add(findings, nic, "queues", FINDING_OK, NULL, "not told of");
	if (nic->queues >= wanted)
		return add(findings, nic, "queues", FINDING_OK, NULL, "%u of %u for %ld CPUs", nic->queues,
			   nic->queues_max, cpus);
	(void)snprintf(mend, sizeof(mend), "ethtool -L %%s %s %u", strcmp(nic->driver, "veth") ? "combined" : "rx",
		       wanted);
	return add(findings, nic, "queues", FINDING_WARN, mend, "%u of %u: %ld CPUs could share the work", nic->queues,
		   nic->queues_max, cpus);
}

/* Is what runs on the interface ours? */
static bool is_ours(const char *state_dir, uint32_t ifindex)
{
	CLEANUP(classifier_fini) struct classifier classifier = {};
	struct failure ignored;

	if (classifier_read(state_dir, &classifier, &ignored))
		return false;
	for (size_t i = 0; i < classifier.devices.count; i++)
		if (classifier.devices.items[i].info.ifindex == ifindex &&
		    classifier.devices.items[i].state == DEVICE_ATTACHED)
			return true;
	return false;
}

static int check_program(const char *state_dir, const struct nic *nic, struct findings *findings)
{
	uint32_t id = interface_prog_id(nic->ifindex);

	if (!id)
		return add(findings, nic, "program", FINDING_OK, NULL, "runs no XDP program");
	if (is_ours(state_dir, nic->ifindex))
		return add(findings, nic, "program", FINDING_OK, NULL, "runs voxdp");
	if (dispatcher_is(nic->ifindex))
		return add(findings, nic, "program", FINDING_OK, NULL,
			   "runs libxdp's dispatcher (program %u), which voxdp shares", id);
	return add(findings, nic, "program", FINDING_FAIL,
		   interface_prog_is_skb(nic->ifindex) ? "ip link set dev %s xdpgeneric off" :
							 "ip link set dev %s xdpdrv off",
		   "runs another XDP program (id %u), which does not share", id);
}

int doctor_nic(const struct nic *nic, struct findings *findings)
{
	int error = check_native(nic, findings);

	if (!error)
		error = check_mtu(nic, findings);
	if (!error)
		error = check_offload(nic, findings);
	return error ? error : check_queues(nic, findings);
}

int doctor_interface(const char *state_dir, const char *name, struct findings *findings)
{
	struct nic nic = {};
	int error = nic_read(name, &nic);

	if (error) {
		(void)snprintf(nic.name, sizeof(nic.name), "%.15s", name);
		return add(findings, &nic, "interface", FINDING_FAIL, "ip link show %s", "cannot be looked at: %s",
			   strerror(-error));
	}
	error = doctor_nic(&nic, findings);
	return error ? error : check_program(state_dir, &nic, findings);
}
