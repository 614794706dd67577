/* SPDX-License-Identifier: BSD-2-Clause */
/* Byte by byte, so that nothing of the code under test counts addresses here. */
#include "boundary.h"

#include <stdint.h>

struct ip_addr boundary_step(struct ip_addr addr, int step)
{
	for (int i = (addr.family == 4 ? 4 : 16) - 1; step && i >= 0; i--) {
		addr.bytes[i] = (uint8_t)(addr.bytes[i] + step);
		if (addr.bytes[i] != (step > 0 ? 0x00 : 0xff))
			break;
	}
	return addr;
}

struct ip_addr boundary_last(const struct prefix *prefix)
{
	struct ip_addr addr = prefix->addr;

	for (int bit = prefix->length; bit < (addr.family == 4 ? 32 : 128); bit++)
		addr.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return addr;
}
