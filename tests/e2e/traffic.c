/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends frames as raw bytes out of an interface (AF_PACKET) and prints how many the kernel took. For the demo and the
 * end-to-end tests: inside a network namespace without an uplink any address may be a source. What to send is read as
 * rows:
 *
 *	COUNT TRANSPORT SRC:PORT DST:PORT PAYLOAD [DSCP]
 *	20 udp 192.0.2.10:3478 203.0.113.5:40000 stun-binding
 *	20 udp [2001:db8:1::10]:5060 [2001:db8:2::5]:5060 sip-invite 24
 *
 * `#` starts a comment. PAYLOAD is the name of a sample of tests/lib/sample.c with `-` for its blanks; the packets of
 * an rtp row are one stream. Two words stand for odd frames: `later-fragment` is the second part of an IPv4 datagram,
 * `truncated` ends within its UDP or TCP header.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/cleanup.h"
#include "tests/lib/frame.h"
#include "tests/lib/sample.h"

#define FRAMES_MAX 1000000     /* of all rows together: a slip in a row must not keep a machine busy */
#define SAMPLES_PER_PACKET 160 /* G.711, 20 ms */
#define FRAGMENT_OFFSET 1480   /* of a later fragment: what an Ethernet frame leaves for the first */

enum shape { SHAPE_WHOLE, SHAPE_LATER_FRAGMENT, SHAPE_TRUNCATED };

struct row {
	unsigned count;
	struct frame_flow flow;
	enum shape shape;
	enum sample_kind kind; /* of a whole frame */
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
};

/* `addr:port` or `[addr6]:port`. */
static int parse_end(char *text, char *ret_addr, uint16_t *ret_port)
{
	char *colon = strrchr(text, ':'), *end;
	struct in6_addr ignored;
	unsigned long port;

	if (!colon)
		return -EINVAL;
	*colon = '\0';
	port = strtoul(colon + 1, &end, 10);
	if (end == colon + 1 || *end || port > UINT16_MAX)
		return -EINVAL;
	if (text[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		text++;
	}
	if (inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, &ignored) != 1)
		return -EINVAL;
	strcpy(ret_addr, text);
	*ret_port = port;
	return 0;
}

static int parse_payload(char *word, struct row *ret)
{
	ret->shape = SHAPE_WHOLE;
	if (!strcmp(word, "later-fragment"))
		ret->shape = SHAPE_LATER_FRAGMENT;
	if (!strcmp(word, "truncated"))
		ret->shape = SHAPE_TRUNCATED;
	if (ret->shape != SHAPE_WHOLE)
		return 0;
	for (char *c = word; *c; c++)
		if (*c == '-')
			*c = ' ';
	for (unsigned kind = 0; kind < _SAMPLE_MAX; kind++) {
		if (!strcmp(sample_get(kind)->name, word)) {
			ret->kind = kind;
			return 0;
		}
	}
	return -EINVAL;
}

/* Returns 1 when the line holds a row, 0 when it is empty or a comment, -EINVAL. */
static int parse_row(char *line, struct row *ret)
{
	char transport[4], src[64], dst[64], payload[32];
	unsigned dscp = 0;
	int words;

	line[strcspn(line, "#\n")] = '\0';
	if (!line[strspn(line, " \t")])
		return 0;
	words = sscanf(line, "%u %3s %63s %63s %31s %u", &ret->count, transport, src, dst, payload, &dscp);
	if (words < 5 || dscp > 63)
		return -EINVAL;
	if (strcmp(transport, "udp") && strcmp(transport, "tcp"))
		return -EINVAL;
	ret->flow = (struct frame_flow){
		.transport = strcmp(transport, "tcp") ? VX_TRANSPORT_UDP : VX_TRANSPORT_TCP,
		.src = ret->src,
		.dst = ret->dst,
		.dscp = dscp,
	};
	if (parse_end(src, ret->src, &ret->flow.sport) || parse_end(dst, ret->dst, &ret->flow.dport))
		return -EINVAL;
	return parse_payload(payload, ret) ?: 1;
}

static void build_whole(struct frame *frame, const struct row *row, unsigned number)
{
	uint8_t rtp[SAMPLE_RTP_BYTES];

	if (row->kind == SAMPLE_RTP)
		frame_build_bytes(frame, &row->flow, rtp,
				  sample_rtp(rtp, number, number * SAMPLES_PER_PACKET, row->flow.sport));
	else
		frame_build(frame, &row->flow, row->kind);
	frame_checksums(frame);
}

static void build_later_fragment(struct frame *frame, const struct row *row)
{
	frame_init(frame);
	frame_ipv4(frame, row->src, row->dst);
	frame_next(frame, row->flow.transport == VX_TRANSPORT_UDP ? IPPROTO_UDP : IPPROTO_TCP);
	frame_ipv4_fragment(frame, FRAGMENT_OFFSET, false);
	frame_sample(frame, SAMPLE_NOISE);
}

static void build_truncated(struct frame *frame, const struct row *row)
{
	bool udp = row->flow.transport == VX_TRANSPORT_UDP;

	frame_build(frame, &row->flow, SAMPLE_NOISE);
	frame_cut(frame, (size_t)(frame_header(frame, udp ? FRAME_UDP : FRAME_TCP) - frame_bytes(frame)) + 4);
}

static void build(struct frame *frame, const struct row *row, unsigned number)
{
	switch (row->shape) {
	case SHAPE_WHOLE:
		build_whole(frame, row, number);
		break;
	case SHAPE_LATER_FRAGMENT:
		build_later_fragment(frame, row);
		break;
	case SHAPE_TRUNCATED:
		build_truncated(frame, row);
		break;
	}
}

/* Sends one row; *sent counts what the kernel took. */
static int send_row(int fd, const struct row *row, uint64_t *sent)
{
	static struct frame frame;

	if (row->count > FRAMES_MAX - *sent)
		return -E2BIG;
	for (unsigned i = 0; i < row->count; i++) {
		build(&frame, row, i);
		if (send(fd, frame_bytes(&frame), frame.length, 0) != (ssize_t)frame.length)
			return -errno;
		(*sent)++;
	}
	return 0;
}

static int open_interface(const char *name)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	CLEANUP_CLOSE int fd = -1;

	address.sll_ifindex = if_nametoindex(name);
	if (!address.sll_ifindex)
		return -errno;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* protocol 0: receives nothing */
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return TAKE_FD(fd);
}

int main(int argc, char **argv)
{
	CLEANUP_FCLOSE FILE *rows = NULL;
	CLEANUP_CLOSE int fd = -1;
	char line[256];
	uint64_t sent = 0;
	int number = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: traffic IFACE FILE|-\n");
		return 2;
	}
	fd = open_interface(argv[1]);
	if (fd < 0) {
		fprintf(stderr, "traffic: %s: %s\n", argv[1], strerror(-fd));
		return 1;
	}
	rows = strcmp(argv[2], "-") ? fopen(argv[2], "r") : fdopen(dup(STDIN_FILENO), "r");
	if (!rows) {
		fprintf(stderr, "traffic: %s: %m\n", argv[2]);
		return 1;
	}
	while (fgets(line, sizeof(line), rows)) {
		struct row row;
		int error = parse_row(line, &row);

		number++;
		if (error > 0)
			error = send_row(fd, &row, &sent);
		if (error) {
			fprintf(stderr, "traffic: %s:%d: %s\n", argv[2], number, strerror(-error));
			return 1;
		}
	}
	printf("%" PRIu64 "\n", sent);
	return 0;
}
