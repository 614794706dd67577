/* SPDX-License-Identifier: BSD-2-Clause */
/* What a network interface says of itself: by ethtool's ioctls and the kernel's netlink family for devices. */
#ifndef VOXDP_DATAPLANE_NIC_H
#define VOXDP_DATAPLANE_NIC_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#define NIC_DRIVER_MAX 32

enum nic_answer { NIC_NO, NIC_YES, NIC_UNKNOWN };

struct nic {
	char name[IF_NAMESIZE];
	char driver[NIC_DRIVER_MAX]; /* "" where it has none */
	uint32_t ifindex, mtu;
	enum nic_answer native_xdp;		 /* its driver runs XDP programs; UNKNOWN: a kernel before 6.3 */
	enum nic_answer native_frags;		 /* also on frames of several buffers */
	enum nic_answer lro, gro_hw, vlan_strip; /* switched on; NO where it has no such thing */
	uint32_t queues, queues_max;		 /* that receive; 0: it does not tell */
};

/* Returns 0, -ENODEV where there is no such interface, or another negative errno. */
int nic_read(const char *name, struct nic *ret);

#endif
