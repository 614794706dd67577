/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Port classes: ports that lie in the same sets are equal to every rule. Made per address class and transport, where
 * few services are candidates, so that there are few classes; equal pages are kept once.
 */
#ifndef VOXDP_COMPILE_PORT_CLASSES_H
#define VOXDP_COMPILE_PORT_CLASSES_H

#include <voxdp/abi.h>

#include "lib/intern.h"
#include "lib/ports.h"

struct port_interval {
	uint32_t first, last; /* both included */
	uint32_t port_class;
};

/* All ports 0 to 65535 as intervals, and for each class the sets that its ports lie in. */
struct port_partition {
	struct port_interval *intervals; /* owned; in the order of ports, without gaps */
	size_t interval_count;
	struct intern members; /* class -> bit i of its words: the port lies in sets[i] */
	size_t words;	       /* 64-bit words of a member set */
};

/* Partitions the ports by @sets. Returns 0 or -ENOMEM. */
int port_partition_build(const struct port_set *const *sets, size_t set_count, struct port_partition *ret);
void port_partition_fini(struct port_partition *partition);

/*
 * Puts the pages of a partition among @pages (struct vx_port_page), each port with the entry of its class, which must
 * not be VX_ENTRY_PAGE; NULL: the number of the class itself. Returns 0 and the page for the upper byte, -ENOMEM, or
 * -E2BIG where that page's number does not fit a view.
 */
int port_pages_put(const struct port_partition *partition, const uint32_t *entry_of_class, struct intern *pages,
		   uint16_t *ret_page);

#endif
