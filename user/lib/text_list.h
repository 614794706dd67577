/* SPDX-License-Identifier: BSD-2-Clause */
/* A growing list of texts. Memory that runs out is noted and told once, at the end. */
#ifndef VOXDP_LIB_TEXT_LIST_H
#define VOXDP_LIB_TEXT_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is an empty one. */
struct text_list {
	char **items; /* owned, and so is each text */
	size_t count, capacity;
	bool out_of_memory; /* something was not added */
};

void text_list_fini(struct text_list *list);
void text_list_add(struct text_list *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* All of @list with @between between two; "" for none. NULL: out of memory, now or before. The caller frees it. */
char *text_list_join(const struct text_list *list, const char *between);
/* In byte order, each text once. */
void text_list_sort(struct text_list *list);

#endif
