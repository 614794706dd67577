/* SPDX-License-Identifier: BSD-2-Clause */
#include "compile/host_match.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int host_name_normalise(const char *name, char ret[HOST_NAME_MAX_BYTES + 1])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t length = strspn(name, letters), label = 0;

	if (name[length] || !length)
		return -EINVAL;
	if (name[length - 1] == '.')
		length--;
	if (!length || length > HOST_NAME_MAX_BYTES)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		ret[i] = (char)tolower((unsigned char)name[i]);
		label = name[i] == '.' ? 0 : label + 1;
		if (label > 63 || (name[i] == '.' && (i == 0 || name[i - 1] == '.')))
			return -EINVAL;
	}
	ret[length] = '\0';
	return label ? 0 : -EINVAL;
}

/* Does a template hold exactly this name? Tries every length for the first placeholder; names are short. */
static bool template_holds(const char *template, const char *name)
{
	const char *close;

	while (*template && *template != '{') {
		if (*template ++ != *name++)
			return false;
	}
	if (!*template)
		return !*name;
	close = strchr(template, '}');
	for (; close && *name; name++)
		if (template_holds(close + 1, name + 1))
			return true;
	return false;
}

bool host_holds(const struct host *host, const char *name)
{
	if (host->kind != HOST_WILDCARD && template_holds(host->name, name))
		return true;
	if (host->kind == HOST_EXACT)
		return false;
	for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.'))
		if (dot > name && template_holds(host->name, dot + 1))
			return true;
	return false;
}

/* Larger is more specific. */
static size_t specificity(const struct host *host)
{
	/* The values of placeholders are unknown: what is written is what counts. */
	size_t length = strlen(host->name), group = host->kind != HOST_EXACT ? 0 : host->idle ? 1 : 2;

	return (group * (HOST_NAME_MAX_BYTES + 1) * 2 + length) * 2 + (host->kind == HOST_WILDCARD);
}

static bool is_better(const struct host *a, const struct host *b)
{
	if (specificity(a) != specificity(b))
		return specificity(a) > specificity(b);
	return !a->planned && b->planned;
}

static void service_match(const struct vendor *vendor, const struct service *service, const char *name,
			  struct host_matches *matches)
{
	struct host_match best = { .vendor = vendor, .service = service };

	for (size_t s = 0; s < service->host_set_count; s++)
		for (size_t h = 0; h < service->host_sets[s]->host_count; h++) {
			const struct host *host = &service->host_sets[s]->hosts[h];

			if (!host_holds(host, name) || (best.host && !is_better(host, best.host)))
				continue;
			best.set = service->host_sets[s];
			best.host = host;
		}
	if (best.host)
		matches->items[matches->count++] = best;
}

static int match_compare(const void *a, const void *b)
{
	const struct host_match *x = a, *y = b;
	int by_vendor;

	if (is_better(x->host, y->host))
		return -1;
	if (is_better(y->host, x->host))
		return 1;
	by_vendor = strcmp(x->vendor->id, y->vendor->id);
	return by_vendor ? by_vendor : (x->service > y->service) - (x->service < y->service);
}

int host_matches_find(const struct profile_set *set, const char *name, struct host_matches *ret)
{
	struct host_matches matches = {};
	size_t most = 1;

	for (size_t v = 0; v < set->vendor_count; v++)
		most += set->vendors[v].service_count;
	matches.items = calloc(most, sizeof(*matches.items));
	if (!matches.items)
		return -ENOMEM;
	for (size_t v = 0; v < set->vendor_count; v++)
		for (size_t s = 0; s < set->vendors[v].service_count; s++)
			service_match(&set->vendors[v], &set->vendors[v].services[s], name, &matches);
	qsort(matches.items, matches.count, sizeof(*matches.items), match_compare);
	*ret = matches;
	return 0;
}

void host_matches_fini(struct host_matches *matches)
{
	free(matches->items);
	*matches = (struct host_matches){};
}
