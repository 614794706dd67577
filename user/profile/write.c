/* SPDX-License-Identifier: BSD-2-Clause */
#include "profile/write.h"

#include "lib/words.h"
#include "profile/service.h"

static void write_span(struct text_list *list, const char *transport, const struct port_span *span)
{
	const char *slash = *transport ? "/" : "";

	if (span->first == 0 && span->last == UINT16_MAX)
		text_list_add(list, "%s%sany", transport, slash);
	else if (span->first == span->last)
		text_list_add(list, "%s%s%u", transport, slash, span->first);
	else
		text_list_add(list, "%s%s%u-%u", transport, slash, span->first, span->last);
}

void write_ports(struct text_list *list, const struct service *service)
{
	for (enum vx_transport t = 0; t < _VX_TRANSPORT_MAX; t++)
		for (size_t i = 0; i < service->remote_ports[t].count; i++)
			write_span(list, transport_word(t), &service->remote_ports[t].spans[i]);
}

void write_local_ports(struct text_list *list, const struct service *service)
{
	for (size_t i = 0; i < service->local_ports.count; i++)
		write_span(list, "", &service->local_ports.spans[i]);
}

void write_payload(struct text_list *list, uint16_t protocols)
{
	if (protocols == PAYLOAD_ANY) {
		text_list_add(list, "any");
		return;
	}
	if ((protocols & PAYLOAD_MEDIA) == PAYLOAD_MEDIA) {
		text_list_add(list, "media");
		protocols &= (uint16_t)~PAYLOAD_MEDIA;
	}
	for (unsigned protocol = 1; protocol < _VX_PROTOCOL_MAX; protocol++)
		if (protocols >> protocol & 1)
			text_list_add(list, "%s", protocol_word(protocol));
}

void write_dscp(struct text_list *list, uint64_t code_points)
{
	for (uint64_t dscp = 0; dscp < 64; dscp++) {
		const char *name = NULL;

		if (!(code_points >> dscp & 1))
			continue;
		for (size_t i = 0; !name && i < DSCP_WORDS; i++)
			if (dscp_words[i].value == dscp)
				name = dscp_words[i].text;
		if (name)
			text_list_add(list, "%s", name);
		else
			text_list_add(list, "%u", (unsigned)dscp);
	}
}

void write_platforms(struct text_list *list, unsigned platforms)
{
	for (size_t i = 0; i < PLATFORM_WORDS; i++)
		if (platforms & platform_words[i].value)
			text_list_add(list, "%s", platform_words[i].text);
}

const char *write_direction(enum vx_direction direction)
{
	return direction == VX_DIRECTION_NONE ? "both" : direction_word(direction);
}

void write_host(struct text_list *list, const struct host *host)
{
	static const char *const marks[] = { [HOST_EXACT] = "", [HOST_WILDCARD] = "*.", [HOST_SUFFIX] = "." };

	text_list_add(list, "%s%s", marks[host->kind], host->name);
}
