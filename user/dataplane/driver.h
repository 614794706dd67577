/* SPDX-License-Identifier: BSD-2-Clause */
/* Which driver an interface has, as ethtool tells. */
#ifndef VOXDP_DATAPLANE_DRIVER_H
#define VOXDP_DATAPLANE_DRIVER_H

#define DRIVER_NAME_MAX 33

/* The driver's name, or "unknown" where it cannot be asked. Returns @ret. */
const char *driver_name(const char *ifname, char ret[DRIVER_NAME_MAX]);

#endif
