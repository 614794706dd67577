/* SPDX-License-Identifier: BSD-2-Clause */
/* Interfaces, modes, engines and tunnels as options name them. */
#ifndef VOXDP_CMD_SPEC_H
#define VOXDP_CMD_SPEC_H

#include "cmd/cmd.h"
#include "dataplane/device.h"

/* IFACE or IFACE:ROLE; the kernel allows no colon in a name. Leaves the index to specs_resolve(). */
int spec_parse(const char *text, struct device_spec *ret, struct failure *failure);
/* All of a list, no interface twice. @specs has room for them. */
int specs_parse(const struct string_list *interfaces, struct device_spec *specs, struct failure *failure);
/* Looks the indexes up. -ENODEV: there is no such interface. */
int specs_resolve(struct device_spec *specs, size_t count, struct failure *failure);

/* --mode and --engine; NULL leaves @ret as it is, but for an engine that this process may not load. */
int mode_parse(const char *text, enum vx_mode *ret, struct failure *failure);
int engine_option_parse(const char *text, enum vx_engine *ret, struct failure *failure);
/* --decap: names of tunnels, with commas between. */
#define DECAP_HELP                                                                                                     \
	"judge what these tunnels carry: gre, ipip, 6in4, vxlan, geneve, gtp-u, mpls,\n"                               \
	"                                 vn-tag (PPPoE is looked into always, and counted by pppoe)"
int decap_option_parse(const char *text, uint16_t *ret, struct failure *failure);

#endif
