/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks, changes nothing. What an interface does not answer is unknown, not an error. */
#include "dataplane/nic.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cleanup.h"

/* ---- ethtool ---------------------------------------------------------------------------------------------------- */

static int ask(int fd, const char *name, void *command)
{
	struct ifreq request = {};

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	request.ifr_data = command;
	return ioctl(fd, SIOCETHTOOL, &request) ? -errno : 0;
}

static void driver_read(int fd, struct nic *nic)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	if (ask(fd, nic->name, &info) == 0)
		(void)snprintf(nic->driver, sizeof(nic->driver), "%.31s", info.driver);
}

static void queues_read(int fd, struct nic *nic)
{
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };

	if (ask(fd, nic->name, &channels))
		return;
	nic->queues = channels.rx_count + channels.combined_count;
	nic->queues_max = channels.max_rx > channels.max_combined ? channels.max_rx : channels.max_combined;
}

/* How many features the kernel has names for. */
static uint32_t features_count(int fd, const char *name)
{
	uint32_t count = 0;
	struct ethtool_sset_info *info = calloc(1, sizeof(*info) + sizeof(count));

	if (!info)
		return 0;
	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ULL << ETH_SS_FEATURES;
	if (!ask(fd, name, info) && info->sset_mask)
		count = info->data[0];
	free(info);
	return count;
}

/* The names, each ETH_GSTRING_LEN bytes. NULL: it does not tell. */
static struct ethtool_gstrings *features_names(int fd, const char *name, uint32_t count)
{
	struct ethtool_gstrings *names = calloc(1, sizeof(*names) + (size_t)count * ETH_GSTRING_LEN);

	if (!names)
		return NULL;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = count;
	if (ask(fd, name, names) || names->len > count) {
		free(names);
		return NULL;
	}
	return names;
}

static struct ethtool_gfeatures *features_states(int fd, const char *name, uint32_t count)
{
	uint32_t blocks = (count + 31) / 32;
	struct ethtool_gfeatures *states = calloc(1, sizeof(*states) + blocks * sizeof(states->features[0]));

	if (!states)
		return NULL;
	states->cmd = ETHTOOL_GFEATURES;
	states->size = blocks;
	if (ask(fd, name, states) || states->size > blocks) {
		free(states);
		return NULL;
	}
	return states;
}

static void features_read(int fd, struct nic *nic)
{
	const struct {
		const char *name;
		enum nic_answer *answer;
	} wanted[] = {
		{ "rx-lro", &nic->lro },
		{ "rx-gro-hw", &nic->gro_hw },
		{ "rx-vlan-hw-parse", &nic->vlan_strip },
	};
	uint32_t count = features_count(fd, nic->name);
	CLEANUP_FREE struct ethtool_gstrings *names = features_names(fd, nic->name, count);
	CLEANUP_FREE struct ethtool_gfeatures *states = features_states(fd, nic->name, count);

	for (size_t w = 0; w < ARRAY_SIZE(wanted); w++)
		*wanted[w].answer = names && states && count ? NIC_NO : NIC_UNKNOWN;
	for (uint32_t i = 0; names && states && i < names->len && i / 32 < states->size; i++)
		for (size_t w = 0; w < ARRAY_SIZE(wanted); w++)
			if (strncmp((const char *)names->data + (size_t)i * ETH_GSTRING_LEN, wanted[w].name,
				    ETH_GSTRING_LEN) == 0)
				*wanted[w].answer = states->features[i / 32].active >> (i % 32) & 1 ? NIC_YES : NIC_NO;
}

/* ---- netlink ---------------------------------------------------------------------------------------------------- */

/* linux/netdev.h, since Linux 6.3; the headers that this is built with may be older. */
#define NETDEV_FAMILY "netdev"
#define NETDEV_COMMAND_GET 1
#define NETDEV_ATTRIBUTE_IFINDEX 1
#define NETDEV_ATTRIBUTE_XDP_FEATURES 3
#define NETDEV_XDP_BASIC (1U << 0)
#define NETDEV_XDP_RX_SG (1U << 5)

struct message {
	struct nlmsghdr header;
	struct genlmsghdr generic;
	uint8_t attributes[4096];
};

static void message_add(struct message *message, uint16_t type, const void *value, uint16_t size)
{
	struct nlattr *attribute = (struct nlattr *)((uint8_t *)message + NLMSG_ALIGN(message->header.nlmsg_len));

	attribute->nla_type = type;
	attribute->nla_len = (uint16_t)(NLA_HDRLEN + size);
	memcpy((uint8_t *)attribute + NLA_HDRLEN, value, size);
	message->header.nlmsg_len = NLMSG_ALIGN(message->header.nlmsg_len) + NLA_ALIGN(attribute->nla_len);
}

/* Sends a question with one attribute and waits for the answer, which comes into the same @message. */
static int message_ask(int fd, struct message *message, uint16_t family, uint8_t command)
{
	ssize_t size;

	message->header.nlmsg_type = family;
	message->header.nlmsg_flags = NLM_F_REQUEST;
	message->generic.cmd = command;
	message->generic.version = 1;
	if (send(fd, message, message->header.nlmsg_len, 0) < 0)
		return -errno;
	size = recv(fd, message, sizeof(*message), 0);
	if (size < 0)
		return -errno;
	if ((size_t)size < NLMSG_HDRLEN + GENL_HDRLEN || !NLMSG_OK(&message->header, (size_t)size))
		return -EPROTO;
	if (message->header.nlmsg_type == NLMSG_ERROR)
		return ((const struct nlmsgerr *)NLMSG_DATA(&message->header))->error ?: -EPROTO;
	return 0;
}

/* Copies the value of an attribute of an answer; -ENOENT: it has none of that size. */
static int message_find(const struct message *message, uint16_t type, void *ret, uint16_t size)
{
	size_t at = NLMSG_HDRLEN + GENL_HDRLEN;

	while (at + NLA_HDRLEN <= message->header.nlmsg_len) {
		const struct nlattr *attribute = (const struct nlattr *)((const uint8_t *)message + at);

		if (attribute->nla_len < NLA_HDRLEN || at + attribute->nla_len > message->header.nlmsg_len)
			break;
		if ((attribute->nla_type & NLA_TYPE_MASK) == type && attribute->nla_len == NLA_HDRLEN + size) {
			memcpy(ret, (const uint8_t *)attribute + NLA_HDRLEN, size);
			return 0;
		}
		at += NLA_ALIGN(attribute->nla_len);
	}
	return -ENOENT;
}

static struct message message_empty(void)
{
	return (struct message){ .header = { .nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN } };
}

static int xdp_features(uint32_t ifindex, uint64_t *ret)
{
	CLEANUP_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct message message = message_empty();
	uint16_t family;
	int error;

	if (fd < 0)
		return -errno;
	message_add(&message, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY, sizeof(NETDEV_FAMILY));
	error = message_ask(fd, &message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	if (!error)
		error = message_find(&message, CTRL_ATTR_FAMILY_ID, &family, sizeof(family));
	if (error)
		return error;
	message = message_empty();
	message_add(&message, NETDEV_ATTRIBUTE_IFINDEX, &ifindex, sizeof(ifindex));
	error = message_ask(fd, &message, family, NETDEV_COMMAND_GET);
	return error ? error : message_find(&message, NETDEV_ATTRIBUTE_XDP_FEATURES, ret, sizeof(*ret));
}

static void xdp_read(struct nic *nic)
{
	uint64_t features = 0;

	nic->native_xdp = nic->native_frags = NIC_UNKNOWN;
	if (xdp_features(nic->ifindex, &features))
		return;
	nic->native_xdp = features & NETDEV_XDP_BASIC ? NIC_YES : NIC_NO;
	nic->native_frags = features & NETDEV_XDP_RX_SG ? NIC_YES : NIC_NO;
}

int nic_read(const char *name, struct nic *ret)
{
	CLEANUP_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct nic nic = { .ifindex = if_nametoindex(name) };
	struct ifreq request = {};

	if (fd < 0)
		return -errno;
	if (!nic.ifindex || strlen(name) >= sizeof(nic.name))
		return -ENODEV;
	(void)snprintf(nic.name, sizeof(nic.name), "%s", name);
	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, SIOCGIFMTU, &request))
		return -errno;
	nic.mtu = (uint32_t)request.ifr_mtu;
	driver_read(fd, &nic);
	queues_read(fd, &nic);
	features_read(fd, &nic);
	xdp_read(&nic);
	*ret = nic;
	return 0;
}
