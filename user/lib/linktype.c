/* SPDX-License-Identifier: BSD-2-Clause */
/* One reader a link type: where the network header starts, and which protocol it is. */
#include "lib/linktype.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <pcap/dlt.h>

#include "lib/cleanup.h"

/* Where the packet starts behind its link header, and its EtherType. */
struct network {
	size_t offset;
	uint16_t ethertype;
};

static uint16_t read16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static int ethernet_read(const uint8_t *bytes, size_t length, struct network *ret)
{
	(void)bytes, (void)length, (void)ret; /* stays as it is */
	return 0;
}

static int ipv4_read(const uint8_t *bytes, size_t length, struct network *ret)
{
	(void)bytes, (void)length;
	*ret = (struct network){ 0, ETH_P_IP };
	return 0;
}

static int ipv6_read(const uint8_t *bytes, size_t length, struct network *ret)
{
	(void)bytes, (void)length;
	*ret = (struct network){ 0, ETH_P_IPV6 };
	return 0;
}

/* A version that is neither goes as IPv4, whose version check then tells what is wrong. */
static int raw_read(const uint8_t *bytes, size_t length, struct network *ret)
{
	if (!length)
		return -EINVAL;
	*ret = (struct network){ 0, bytes[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP };
	return 0;
}

/* The BSDs do not agree on AF_INET6: 24, 28 and 30; Linux says 10. All are small, so the byte order shows itself. */
static int family_read(const uint8_t *bytes, size_t length, struct network *ret)
{
	uint8_t family;

	if (length < 4)
		return -EINVAL;
	family = bytes[0] ? bytes[0] : bytes[3];
	*ret = (struct network){ 4, family == 2 ? ETH_P_IP : 0 };
	if (family == 10 || family == 24 || family == 28 || family == 30)
		ret->ethertype = ETH_P_IPV6;
	return 0;
}

static int cooked_read(const uint8_t *bytes, size_t length, struct network *ret)
{
	if (length < 16)
		return -EINVAL;
	*ret = (struct network){ 16, read16(bytes + 14) };
	return 0;
}

static int cooked2_read(const uint8_t *bytes, size_t length, struct network *ret)
{
	if (length < 20)
		return -EINVAL;
	*ret = (struct network){ 20, read16(bytes) };
	return 0;
}

static int cisco_hdlc_read(const uint8_t *bytes, size_t length, struct network *ret)
{
	if (length < 4)
		return -EINVAL;
	*ret = (struct network){ 4, read16(bytes + 2) };
	return 0;
}

/* PPP session frames as PPPoE carries them, without their Ethernet. */
static int pppoe_read(const uint8_t *bytes, size_t length, struct network *ret)
{
	(void)bytes, (void)length;
	*ret = (struct network){ 0, ETH_P_PPP_SES };
	return 0;
}

static uint16_t ppp_ethertype(uint16_t protocol)
{
	switch (protocol) {
	case 0x0021: /* RFC 1332 */
		return ETH_P_IP;
	case 0x0057: /* RFC 5072 */
		return ETH_P_IPV6;
	case 0x0281: /* RFC 3032, unicast */
		return ETH_P_MPLS_UC;
	case 0x0283:
		return ETH_P_MPLS_MC;
	default:
		return 0x880b; /* PPP, RFC 7042 */
	}
}

/* RFC 1662: address ff and control 03 may be left out, and so may the upper byte of a protocol below 256. */
static int ppp_read(const uint8_t *bytes, size_t length, struct network *ret)
{
	size_t at = length >= 2 && bytes[0] == 0xff && bytes[1] == 0x03 ? 2 : 0;

	if (length < at + 2)
		return -EINVAL;
	if (bytes[at] & 1)
		*ret = (struct network){ at + 1, ppp_ethertype(bytes[at]) };
	else
		*ret = (struct network){ at + 2, ppp_ethertype(read16(bytes + at)) };
	return 0;
}

static const struct linktype {
	int dlt;
	int (*read)(const uint8_t *bytes, size_t length, struct network *ret);
} linktypes[] = {
	{ DLT_EN10MB, ethernet_read },	 { DLT_RAW, raw_read },
	{ DLT_IPV4, ipv4_read },	 { DLT_IPV6, ipv6_read },
	{ DLT_NULL, family_read },	 { DLT_LOOP, family_read },
	{ DLT_LINUX_SLL, cooked_read },	 { DLT_LINUX_SLL2, cooked2_read },
	{ DLT_C_HDLC, cisco_hdlc_read }, { DLT_PPP, ppp_read },
	{ DLT_PPP_SERIAL, ppp_read },	 { DLT_PPP_ETHER, pppoe_read },
};

static const struct linktype *linktype_find(int dlt)
{
	for (size_t i = 0; i < ARRAY_SIZE(linktypes); i++)
		if (linktypes[i].dlt == dlt)
			return &linktypes[i];
	return NULL;
}

bool linktype_is_known(int dlt)
{
	return linktype_find(dlt);
}

int linktype_convert(int dlt, const uint8_t *bytes, size_t length, struct linktype_header *ret)
{
	const struct linktype *linktype = linktype_find(dlt);
	struct network network = {};
	int error;

	*ret = (struct linktype_header){};
	if (!linktype)
		return -EINVAL;
	error = linktype->read(bytes, length, &network);
	if (error || dlt == DLT_EN10MB)
		return error;
	ret->add = true;
	ret->skip = network.offset;
	ret->ethernet[12] = (uint8_t)(network.ethertype >> 8);
	ret->ethernet[13] = (uint8_t)network.ethertype;
	return 0;
}
