/* SPDX-License-Identifier: BSD-2-Clause */
/* What `attach` and `run` both read. */
#include "cmd/spec.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "dataplane/kernel.h"
#include "lib/text.h"
#include "lib/words.h"

int mode_parse(const char *text, enum vx_mode *ret, struct failure *failure)
{
	char quoted[TEXT_QUOTE_MAX];

	if (!text)
		return 0;
	if (strcmp(text, "skb") == 0)
		*ret = VX_MODE_SKB;
	else if (strcmp(text, "native") == 0)
		*ret = VX_MODE_NATIVE;
	else
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "--mode: got %s, expected native or skb",
				   text_quote(text, quoted));
	return 0;
}

int engine_option_parse(const char *text, enum vx_engine *ret, struct failure *failure)
{
	char quoted[TEXT_QUOTE_MAX];

	if (text && engine_parse(text, ret))
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "--engine: got %s, expected direct or lpm",
				   text_quote(text, quoted));
	if (*ret != VX_ENGINE_DIRECT || kernel_reading() != VX_READING_COPIED)
		return 0;
	if (text)
		return failure_set(failure, VX_EXIT_NOT_PERMITTED, EPERM,
				   "--engine direct: not permitted: CAP_PERFMON is missing (lpm goes without)");
	*ret = VX_ENGINE_LPM;
	return 0;
}

static int failure_tunnel(const char *word, struct failure *failure)
{
	char quoted[TEXT_QUOTE_MAX], known[DECAP_TEXT_MAX];

	return failure_set(failure, VX_EXIT_USAGE, EINVAL, "--decap: got %s, expected some of %s, with commas between",
			   text_quote(word, quoted), decap_format(UINT16_MAX, known));
}

int decap_option_parse(const char *text, uint16_t *ret, struct failure *failure)
{
	const char *at = text;
	uint16_t decap = 0;

	while (at) {
		const char *comma = strchr(at, ',');
		size_t length = comma ? (size_t)(comma - at) : strlen(at);
		enum vx_tunnel tunnel;
		char word[64];

		(void)snprintf(word, sizeof(word), "%.*s", (int)length, at);
		if (length >= sizeof(word) || tunnel_parse(word, &tunnel))
			return failure_tunnel(word, failure);
		decap |= (uint16_t)(1U << tunnel);
		at = comma ? comma + 1 : NULL;
	}
	if (text)
		*ret = decap;
	return 0;
}

int spec_parse(const char *text, struct device_spec *ret, struct failure *failure)
{
	const char *colon = strchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : strlen(text);
	char quoted[TEXT_QUOTE_MAX];

	*ret = (struct device_spec){ .role = VX_ROLE_ANY };
	if (!length || length >= sizeof(ret->ifname))
		return failure_set(failure, VX_EXIT_USAGE, EINVAL,
				   "-i: got %s, expected an interface's name of 1 to %zu bytes",
				   text_quote(text, quoted), sizeof(ret->ifname) - 1);
	if (colon && role_parse(colon + 1, &ret->role))
		return failure_set(failure, VX_EXIT_USAGE, EINVAL, "-i: got role %s, expected wan, lan or any",
				   text_quote(colon + 1, quoted));
	memcpy(ret->ifname, text, length);
	return 0;
}

int specs_parse(const struct string_list *interfaces, struct device_spec *specs, struct failure *failure)
{
	int error = 0;

	for (size_t i = 0; i < interfaces->count && !error; i++) {
		error = spec_parse(interfaces->items[i], &specs[i], failure);
		for (size_t j = 0; j < i && !error; j++)
			if (strcmp(specs[i].ifname, specs[j].ifname) == 0)
				error = failure_set(failure, VX_EXIT_USAGE, EINVAL, "-i: %s is named twice",
						    specs[i].ifname);
	}
	return error;
}

int specs_resolve(struct device_spec *specs, size_t count, struct failure *failure)
{
	for (size_t i = 0; i < count; i++) {
		specs[i].ifindex = if_nametoindex(specs[i].ifname);
		if (!specs[i].ifindex)
			return failure_set(failure, VX_EXIT_FAILED, ENODEV, "interface %s does not exist",
					   specs[i].ifname);
	}
	return 0;
}
