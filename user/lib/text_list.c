/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/text_list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_list_fini(struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct text_list){};
}

static bool has_room(struct text_list *list)
{
	size_t capacity = list->capacity ? 2 * list->capacity : 8;
	char **items;

	if (list->count < list->capacity)
		return true;
	items = reallocarray(list->items, capacity, sizeof(*items));
	if (!items)
		return false;
	list->items = items;
	list->capacity = capacity;
	return true;
}

void text_list_add(struct text_list *list, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0) {
		list->out_of_memory = true;
	} else if (!has_room(list)) {
		free(text);
		list->out_of_memory = true;
	} else {
		list->items[list->count++] = text;
	}
}

char *text_list_join(const struct text_list *list, const char *between)
{
	size_t size = 1;
	char *text, *end;

	for (size_t i = 0; i < list->count; i++)
		size += strlen(list->items[i]) + strlen(between);
	text = list->out_of_memory ? NULL : malloc(size);
	if (!text)
		return NULL;
	*text = '\0';
	end = text;
	for (size_t i = 0; i < list->count; i++)
		end = stpcpy(stpcpy(end, i ? between : ""), list->items[i]);
	return text;
}

static int text_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void text_list_sort(struct text_list *list)
{
	size_t kept = 0;

	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), text_compare);
	for (size_t i = 0; i < list->count; i++) {
		if (kept && strcmp(list->items[kept - 1], list->items[i]) == 0)
			free(list->items[i]);
		else
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}
