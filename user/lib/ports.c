/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of ports: parsing, joining, asking. */
#include "lib/ports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint32_t port_set_size(const struct port_set *set)
{
	uint32_t size = 0;

	for (size_t i = 0; i < set->count; i++)
		size += (uint32_t)set->spans[i].last - set->spans[i].first + 1;
	return size;
}

bool port_set_has(const struct port_set *set, uint16_t port)
{
	for (size_t i = 0; i < set->count; i++)
		if (port >= set->spans[i].first && port <= set->spans[i].last)
			return true;
	return false;
}

/* Reads a decimal number without leading zeros and moves @text behind it. */
static int port_parse(const char **text, uint16_t *ret)
{
	size_t digits = strspn(*text, "0123456789");
	unsigned long port;

	if (digits == 0 || (digits > 1 && **text == '0'))
		return -EINVAL;
	if (digits > 5)
		return -ERANGE;
	port = strtoul(*text, NULL, 10);
	if (port > UINT16_MAX)
		return -ERANGE;
	*text += digits;
	*ret = (uint16_t)port;
	return 0;
}

int port_span_parse(const char *text, struct port_span *ret)
{
	struct port_span span;
	int err;

	if (strcmp(text, "any") == 0) {
		*ret = (struct port_span){ 0, UINT16_MAX };
		return 0;
	}
	err = port_parse(&text, &span.first);
	if (err)
		return err;
	span.last = span.first;
	if (strcmp(text, "+") == 0) {
		span.last = UINT16_MAX;
	} else if (*text == '-') {
		text++;
		err = port_parse(&text, &span.last);
		if (err || *text)
			return err ? err : -EINVAL;
	} else if (*text) {
		return -EINVAL;
	}
	if (span.first == 0 || span.last == 0)
		return -EDOM;
	if (span.last < span.first)
		return -ENOTSUP;
	*ret = span;
	return 0;
}

static int span_compare(const void *a, const void *b)
{
	const struct port_span *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

size_t port_spans_join(struct port_span *spans, size_t count)
{
	size_t joined = 0;

	if (count == 0)
		return 0;
	qsort(spans, count, sizeof(*spans), span_compare);
	for (size_t i = 1; i < count; i++) {
		if (spans[i].first <= (uint32_t)spans[joined].last + 1) {
			if (spans[i].last > spans[joined].last)
				spans[joined].last = spans[i].last;
		} else {
			spans[++joined] = spans[i];
		}
	}
	return joined + 1;
}
