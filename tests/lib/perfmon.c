/* SPDX-License-Identifier: BSD-2-Clause */
/* Effective capabilities alone: what stays permitted can be taken back. */
#include "perfmon.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool set_effective(uint64_t kept, uint64_t *ret_before)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	if (syscall(SYS_capget, &header, data))
		return false;
	if (ret_before)
		*ret_before = data[0].effective | (uint64_t)data[1].effective << 32;
	data[0].effective = (uint32_t)kept & data[0].permitted;
	data[1].effective = (uint32_t)(kept >> 32) & data[1].permitted;
	return syscall(SYS_capset, &header, data) == 0;
}

bool perfmon_give_up(uint64_t *ret_before)
{
	return set_effective(~(1ULL << CAP_PERFMON | 1ULL << CAP_SYS_ADMIN), ret_before);
}

void perfmon_restore(uint64_t before)
{
	(void)set_effective(before, NULL); /* they were effective before, so they are permitted */
}
