/* SPDX-License-Identifier: BSD-2-Clause */
/* A sweep over the ends of all spans: between two ends nothing changes, so each interval is one class. */
#include "compile/port_classes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

#define PORTS 65536U

/* At @port set @set starts or ends to contain ports. */
struct port_event {
	uint32_t port;
	uint32_t set;
};

static int event_compare(const void *a, const void *b)
{
	const struct port_event *x = a, *y = b;

	return (x->port > y->port) - (x->port < y->port);
}

static struct port_event *list_events(const struct port_set *const *sets, size_t set_count, size_t *ret_count)
{
	struct port_event *events;
	size_t spans = 0, n = 0;

	for (size_t s = 0; s < set_count; s++)
		spans += sets[s]->count;
	events = calloc(spans * 2 + 1, sizeof(*events));
	if (!events)
		return NULL;
	for (size_t s = 0; s < set_count; s++)
		for (size_t i = 0; i < sets[s]->count; i++) {
			events[n++] = (struct port_event){ sets[s]->spans[i].first, (uint32_t)s };
			events[n++] = (struct port_event){ sets[s]->spans[i].last + 1U, (uint32_t)s };
		}
	qsort(events, n, sizeof(*events), event_compare);
	*ret_count = n;
	return events;
}

int port_partition_build(const struct port_set *const *sets, size_t set_count, struct port_partition *ret)
{
	CLEANUP(port_partition_fini) struct port_partition partition = { .words = set_count / 64 + 1 };
	CLEANUP_FREE uint64_t *member = calloc(partition.words, sizeof(*member));
	CLEANUP_FREE struct port_event *events = NULL;
	size_t event_count = 0, e = 0;
	uint32_t port = 0;

	events = list_events(sets, set_count, &event_count);
	partition.intervals = calloc(event_count + 1, sizeof(*partition.intervals));
	if (!member || !events || !partition.intervals)
		return -ENOMEM;
	while (port < PORTS) {
		struct port_interval *interval = &partition.intervals[partition.interval_count++];
		uint32_t next;

		for (; e < event_count && events[e].port == port; e++)
			member[events[e].set / 64] ^= 1ULL << events[e].set % 64;
		next = e < event_count && events[e].port < PORTS ? events[e].port : PORTS;
		interval->first = port;
		interval->last = next - 1;
		if (intern_put(&partition.members, member, partition.words * sizeof(*member), &interval->port_class))
			return -ENOMEM;
		port = next;
	}
	*ret = partition;
	memset(&partition, 0, sizeof(partition));
	return 0;
}

void port_partition_fini(struct port_partition *partition)
{
	free(partition->intervals);
	intern_fini(&partition->members);
	memset(partition, 0, sizeof(*partition));
}

static uint32_t entry_of(const struct port_interval *interval, const uint32_t *entry_of_class)
{
	return entry_of_class ? entry_of_class[interval->port_class] : interval->port_class;
}

/* The entry for ports base to base + 255; @interval is the one that holds base. */
static int upper_entry(const struct port_interval *interval, uint32_t base, const uint32_t *entry_of_class,
		       struct intern *pages, uint32_t *ret_entry)
{
	struct vx_port_page page;
	bool alike = true;
	uint32_t id;

	if (interval->last - base >= 255) { /* most are of one interval */
		*ret_entry = entry_of(interval, entry_of_class);
		return 0;
	}
	for (uint32_t port = base; port < base + 256; port++) {
		if (port > interval->last)
			interval++;
		page.entry[port - base] = entry_of(interval, entry_of_class);
		alike = alike && page.entry[port - base] == page.entry[0];
	}
	if (alike) {
		*ret_entry = page.entry[0];
		return 0;
	}
	if (intern_put(pages, &page, sizeof(page), &id))
		return -ENOMEM;
	*ret_entry = VX_ENTRY_PAGE | id;
	return 0;
}

int port_pages_put(const struct port_partition *partition, const uint32_t *entry_of_class, struct intern *pages,
		   uint16_t *ret_page)
{
	const struct port_interval *interval = partition->intervals;
	struct vx_port_page upper;
	uint32_t id;
	int err;

	for (uint32_t base = 0; base < PORTS; base += 256) {
		while (interval->last < base)
			interval++;
		err = upper_entry(interval, base, entry_of_class, pages, &upper.entry[base / 256]);
		if (err)
			return err;
	}
	if (intern_put(pages, &upper, sizeof(upper), &id))
		return -ENOMEM;
	if (id > UINT16_MAX)
		return -E2BIG;
	*ret_page = (uint16_t)id;
	return 0;
}
