/* SPDX-License-Identifier: BSD-2-Clause */
/* libpcap, plus what it takes to hand out every frame as Ethernet and in full length. */
#include "lib/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "lib/cleanup.h"
#include "lib/linktype.h"

struct capture {
	pcap_t *pcap;
	char *path;
	int dlt;
	uint64_t frames;
	uint8_t *buffer; /* a frame with its header changed or its end padded */
	size_t max_bytes;
};

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	if (capture->pcap)
		pcap_close(capture->pcap);
	free(capture->buffer);
	free(capture->path);
	free(capture);
}

void capture_closep(struct capture **capture)
{
	capture_close(*capture);
}

/* libpcap's messages name the file only where the system call failed. */
static int failure_pcap(const char *path, const char *said, int error, struct failure *failure)
{
	bool named = strncmp(said, path, strlen(path)) == 0;

	return failure_set(failure, VX_EXIT_FAILED, error, "%s%s%s", named ? "" : path, named ? "" : ": ", said);
}

static int failure_linktype(const struct capture *capture, struct failure *failure)
{
	const char *name = pcap_datalink_val_to_name(capture->dlt);

	return failure_set(failure, VX_EXIT_FAILED, EINVAL,
			   "%s: link type %s (%d) is refused, expected Ethernet, raw IP, BSD loopback, Linux cooked "
			   "or PPP",
			   capture->path, name ? name : "unknown", capture->dlt);
}

int capture_open(const char *path, size_t max_bytes, struct capture **ret, struct failure *failure)
{
	CLEANUP(capture_closep) struct capture *capture = calloc(1, sizeof(*capture));
	char error[PCAP_ERRBUF_SIZE] = "";

	if (capture) {
		capture->path = strdup(path);
		capture->max_bytes = max_bytes;
		capture->buffer = malloc(max_bytes);
	}
	if (!capture || !capture->path || !capture->buffer)
		return failure_set(failure, VX_EXIT_FAILED, ENOMEM, "out of memory");
	capture->pcap = pcap_open_offline(path, error);
	if (!capture->pcap)
		return failure_pcap(path, error, EINVAL, failure);
	capture->dlt = pcap_datalink(capture->pcap);
	if (!linktype_is_known(capture->dlt))
		return failure_linktype(capture, failure);
	*ret = TAKE_PTR(capture);
	return 0;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Puts header, kept bytes and padding together. */
static void frame_compose(struct capture *capture, const struct linktype_header *header, const uint8_t *bytes,
			  size_t kept, size_t wire, struct capture_frame *ret)
{
	size_t front = header->add ? sizeof(header->ethernet) : 0, length;

	bytes += header->skip;
	kept -= header->skip;
	wire -= header->skip;
	length = smaller(front + wire, capture->max_bytes);
	kept = smaller(kept, length - front);
	memcpy(capture->buffer, header->ethernet, front);
	memcpy(capture->buffer + front, bytes, kept);
	memset(capture->buffer + front + kept, 0, length - front - kept);
	ret->bytes = capture->buffer;
	ret->length = length;
	ret->padded = front + kept < length;
	ret->cut = length < front + wire;
}

int capture_next(struct capture *capture, struct capture_frame *ret, struct failure *failure)
{
	struct linktype_header header;
	struct pcap_pkthdr *packet;
	const u_char *bytes;
	size_t wire;

	switch (pcap_next_ex(capture->pcap, &packet, &bytes)) {
	case 1:
		break;
	case PCAP_ERROR_BREAK:
		return 0;
	default:
		return failure_pcap(capture->path, pcap_geterr(capture->pcap), EIO, failure);
	}
	*ret = (struct capture_frame){ .number = ++capture->frames, .bytes = bytes };
	wire = packet->len < packet->caplen ? packet->caplen : packet->len;
	if (linktype_convert(capture->dlt, bytes, packet->caplen, &header))
		ret->length = smaller(packet->caplen, ETHERNET_HEADER_BYTES - 1); /* no frame: nothing to look at */
	else if (!header.add && packet->caplen == wire && wire <= capture->max_bytes)
		ret->length = wire;
	else
		frame_compose(capture, &header, bytes, packet->caplen, wire, ret);
	return 1;
}
