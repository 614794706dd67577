/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual interfaces have no device in sysfs, but all of them answer ethtool. */
#include "dataplane/driver.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/cleanup.h"

const char *driver_name(const char *ifname, char ret[DRIVER_NAME_MAX])
{
	CLEANUP_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (char *)&info };

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &request) || !info.driver[0])
		strcpy(info.driver, "unknown");
	info.driver[sizeof(info.driver) - 1] = '\0';
	(void)snprintf(ret, DRIVER_NAME_MAX, "%s", info.driver);
	return ret;
}
