/* SPDX-License-Identifier: BSD-2-Clause */
/* What the doctor says of network interfaces that a test machine does not have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/doctor.h"
#include "dataplane/nic.h"
#include "lib/cleanup.h"

/* A good one: nothing but OK. */
static const struct nic good = {
	.name = "eth0",
	.driver = "igc",
	.ifindex = 2,
	.mtu = 1500,
	.native_xdp = NIC_YES,
	.native_frags = NIC_YES,
	.queues = 1,
	.queues_max = 1,
};

static const struct row {
	const char *name;
	struct nic nic;
	const char *check;
	enum finding_level level;
	const char *mend; /* "": none */
} rows[] = {
	{ "no native XDP",
	  { .native_xdp = NIC_NO, .driver = "bridge" },
	  "native",
	  FINDING_WARN,
	  "voxdp attach -i eth0 --mode skb" },
	{ "an old kernel",
	  { .native_xdp = NIC_UNKNOWN },
	  "native",
	  FINDING_WARN,
	  "voxdp attach -i eth0 && voxdp detach -i eth0" },
	{ "the longest frame of one buffer", { .mtu = 3498, .native_frags = NIC_NO }, "mtu", FINDING_OK, "" },
	{ "frames that the driver does not hand over",
	  { .mtu = 3499, .native_frags = NIC_NO },
	  "mtu",
	  FINDING_FAIL,
	  "ip link set dev eth0 mtu 1500" },
	{ "frames that it may not hand over",
	  { .mtu = 9000, .native_frags = NIC_UNKNOWN },
	  "mtu",
	  FINDING_WARN,
	  "ip link set dev eth0 mtu 1500" },
	{ "frames of several buffers", { .mtu = 9000, .native_frags = NIC_YES }, "mtu", FINDING_OK, "" },
	{ "LRO", { .lro = NIC_YES }, "lro", FINDING_FAIL, "ethtool -K eth0 lro off" },
	{ "no word of LRO", { .lro = NIC_UNKNOWN }, "lro", FINDING_OK, "" },
	{ "GRO in hardware", { .gro_hw = NIC_YES }, "gro-hw", FINDING_FAIL, "ethtool -K eth0 rx-gro-hw off" },
	{ "VLAN stripping", { .vlan_strip = NIC_YES }, "vlan", FINDING_WARN, "ethtool -K eth0 rxvlan off" },
	{ "no word of queues", { .queues = 0 }, "queues", FINDING_OK, "" },
};

/* What a row says of it; what it leaves at 0 is as of a good one, but for the answers of its own check. */
static struct nic nic_of(const struct row *row)
{
	struct nic nic = good;

	if (row->nic.driver[0])
		memcpy(nic.driver, row->nic.driver, sizeof(nic.driver));
	if (strcmp(row->check, "native") == 0)
		nic.native_xdp = row->nic.native_xdp;
	if (strcmp(row->check, "mtu") == 0) {
		nic.mtu = row->nic.mtu;
		nic.native_frags = row->nic.native_frags;
	}
	if (strcmp(row->check, "queues") == 0)
		nic.queues = row->nic.queues;
	nic.lro = row->nic.lro;
	nic.gro_hw = row->nic.gro_hw;
	nic.vlan_strip = row->nic.vlan_strip;
	return nic;
}

static void good_interface_is_good(void **state)
{
	CLEANUP(findings_fini) struct findings findings = {};

	(void)state;
	assert_int_equal(doctor_nic(&good, &findings), 0);
	assert_int_equal(findings.count, 6);
	for (size_t i = 0; i < findings.count; i++) {
		assert_int_equal(findings.items[i].level, FINDING_OK);
		assert_string_equal(findings.items[i].mend, "");
		assert_string_equal(findings.items[i].subject, "eth0");
	}
}

static void each_trouble_has_its_level_and_the_command_that_mends_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(findings_fini) struct findings findings = {};
		const struct nic nic = nic_of(&rows[i]);
		bool found = false;

		assert_int_equal(doctor_nic(&nic, &findings), 0);
		for (size_t f = 0; f < findings.count; f++) {
			const struct finding *finding = &findings.items[f];
			bool meant = strcmp(finding->check, rows[i].check) == 0;

			if (finding->level != (meant ? rows[i].level : FINDING_OK) ||
			    strcmp(finding->mend, meant ? rows[i].mend : "") != 0)
				fail_msg("%s: %s is %d, \"%s\"; mend: \"%s\"", rows[i].name, finding->check,
					 finding->level, finding->text, finding->mend);
			found |= meant;
		}
		assert_true(found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_interface_is_good),
		cmocka_unit_test(each_trouble_has_its_level_and_the_command_that_mends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
