/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of keys of the configuration file. Adding a key is adding a row. */
#include "serve/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/file.h"
#include "lib/text.h"
#include "lib/words.h"
#include "profile/paths.h"
#include "profile/reader.h"
#include "profile/yaml.h"

#define CONFIG_BYTES_MAX (1U << 20)
#define INTERFACES_MAX 256U

struct run_config config_default(void)
{
	return (struct run_config){
		.engine = VX_ENGINE_DIRECT,
		.listen = CONFIG_LISTEN_DEFAULT,
		.series_max = 20000,
		.connections_max = 256,
		.request_seconds = 10,
	};
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static void read_role(struct reader *reader, const struct node *value, void *field)
{
	static const struct word words[] = { { "wan", VX_ROLE_WAN }, { "lan", VX_ROLE_LAN }, { "any", VX_ROLE_ANY } };
	uint64_t role;

	if (word_read(reader, value, "role", words, ARRAY_SIZE(words), &role))
		*(enum vx_role *)field = (enum vx_role)role;
}

static void read_mode(struct reader *reader, const struct node *value, void *field)
{
	static const struct word words[] = { { "native", VX_MODE_NATIVE }, { "skb", VX_MODE_SKB } };
	uint64_t mode;

	if (word_read(reader, value, "mode", words, ARRAY_SIZE(words), &mode))
		*(enum vx_mode *)field = (enum vx_mode)mode;
}

static void read_engine(struct reader *reader, const struct node *value, void *field)
{
	static const struct word words[] = { { "direct", VX_ENGINE_DIRECT }, { "lpm", VX_ENGINE_LPM } };
	uint64_t engine;

	if (word_read(reader, value, "engine", words, ARRAY_SIZE(words), &engine))
		*(enum vx_engine *)field = (enum vx_engine)engine;
}

#define TUNNEL_WORD(name, text) { text, VX_TUNNEL_##name },

static void read_decap(struct reader *reader, const struct node *value, void *field)
{
	static const struct word words[] = { VX_TUNNELS(TUNNEL_WORD) };
	uint16_t *decap = field;
	uint64_t tunnel;

	*decap = 0;
	for (const struct node *item = items_first(value); item; item = items_next(value, item))
		if (word_read(reader, item, "tunnel", words, ARRAY_SIZE(words), &tunnel))
			*decap |= (uint16_t)(1U << tunnel);
}

static void read_path(struct reader *reader, const struct node *value, void *field)
{
	const char *text = scalar_text(reader, value);
	const char *path = text ? path_beside(reader, reader->path, text) : NULL;

	if (path)
		*(const char **)field = path;
}

static void read_paths(struct reader *reader, const struct node *value, void *field)
{
	struct config_paths paths = { .items = reader_alloc(reader, items_count(value), sizeof(*paths.items)) };

	if (!paths.items)
		return;
	for (const struct node *item = items_first(value); item; item = items_next(value, item)) {
		read_path(reader, item, &paths.items[paths.count]);
		if (paths.items[paths.count])
			paths.count++;
	}
	*(struct config_paths *)field = paths;
}

/* `none` turns HTTP off; whether an address can be listened on shows when that is tried. */
static void read_listen(struct reader *reader, const struct node *value, void *field)
{
	const char *text = scalar_text(reader, value);
	char quote[TEXT_QUOTE_MAX];

	if (!text)
		return;
	if (strcmp(text, "none") != 0 && !strrchr(text, ':'))
		reader_error(reader, value, "got %s, expected ADDRESS:PORT, [ADDRESS]:PORT or none",
			     text_quote(text, quote));
	else
		*(const char **)field = strcmp(text, "none") == 0 ? NULL : text;
}

static void limit_read(struct reader *reader, const struct node *value, uint32_t least, uint32_t most, uint32_t *ret)
{
	const char *text = scalar_text(reader, value);
	size_t length = text ? strspn(text, "0123456789") : 0;
	unsigned long number = length && length <= 9 ? strtoul(text, NULL, 10) : 0;
	char quote[TEXT_QUOTE_MAX];

	if (!text)
		return;
	if (text[length] || (length > 1 && text[0] == '0') || number < least || number > most)
		reader_error(reader, value, "got %s, expected a number from %u to %u", text_quote(text, quote), least,
			     most);
	else
		*ret = (uint32_t)number;
}

static void read_series(struct reader *reader, const struct node *value, void *field)
{
	limit_read(reader, value, 100, 10000000, field);
}

static void read_connections(struct reader *reader, const struct node *value, void *field)
{
	limit_read(reader, value, 1, 10000, field);
}

static void read_seconds(struct reader *reader, const struct node *value, void *field)
{
	limit_read(reader, value, 1, 3600, field);
}

/* ---- mappings --------------------------------------------------------------------------------------------------- */

#define FIELD(name) .offset = offsetof(struct run_config, name)

static void read_metrics(struct reader *reader, const struct node *value, void *field)
{
	static const struct key keys[] = {
		{ "listen", SHAPE_SCALAR, .read = read_listen, FIELD(listen) },
		{ "web_config", SHAPE_SCALAR, .read = read_path, FIELD(web_config) },
	};
	static const struct mapping mapping = { "metrics", keys, ARRAY_SIZE(keys) };

	(void)mapping_read(reader, value, value->at, &mapping, field, NULL); /* what is wrong is in the diags */
}

static void read_limits(struct reader *reader, const struct node *value, void *field)
{
	static const struct key keys[] = {
		{ "series", SHAPE_SCALAR, .read = read_series, FIELD(series_max) },
		{ "connections", SHAPE_SCALAR, .read = read_connections, FIELD(connections_max) },
		{ "request_seconds", SHAPE_SCALAR, .read = read_seconds, FIELD(request_seconds) },
	};
	static const struct mapping mapping = { "limits", keys, ARRAY_SIZE(keys) };

	(void)mapping_read(reader, value, value->at, &mapping, field, NULL); /* what is wrong is in the diags */
}

static void interface_read(struct reader *reader, const struct node *entry, struct config_interfaces *interfaces)
{
	static const struct key keys[] = {
		{ "role", SHAPE_SCALAR, .fallback = "any", .read = read_role,
		  .offset = offsetof(struct config_interface, role) },
		{ "mode", SHAPE_SCALAR, .fallback = "native", .read = read_mode,
		  .offset = offsetof(struct config_interface, mode) },
		{ "decap", SHAPE_SCALARS, .read = read_decap, .offset = offsetof(struct config_interface, decap) },
	};
	static const struct mapping mapping = { "an interface", keys, ARRAY_SIZE(keys) };
	struct config_interface *interface = &interfaces->items[interfaces->count];
	const char *name = entry->key->text;
	char quote[TEXT_QUOTE_MAX];

	if (!name[0] || strlen(name) >= sizeof(interface->name) || strpbrk(name, "/: \t\n")) {
		reader_error(reader, entry->key, "got %s, expected an interface's name of 1 to %zu bytes",
			     text_quote(name, quote), sizeof(interface->name) - 1);
		return;
	}
	memcpy(interface->name, name, strlen(name) + 1);
	if (mapping_read(reader, entry, entry->key->at, &mapping, interface, NULL))
		interfaces->count++;
}

static void read_interfaces(struct reader *reader, const struct node *value, void *field)
{
	struct config_interfaces interfaces = {};

	if (value->count > INTERFACES_MAX) {
		reader_error(reader, value, "got %zu interfaces, expected at most %u", value->count, INTERFACES_MAX);
		return;
	}
	interfaces.items = reader_alloc(reader, value->count, sizeof(*interfaces.items));
	if (!interfaces.items || !entries_are_unique(reader, value, "interface"))
		return;
	for (const struct node *entry = value->first; entry; entry = entry->next)
		if (entry->key->kind == NODE_SCALAR)
			interface_read(reader, entry, &interfaces);
	*(struct config_interfaces *)field = interfaces;
}

static void root_read(struct reader *reader, const struct node *root, struct run_config *config)
{
	static const struct key keys[] = {
		{ "voxdp", SHAPE_SCALAR, .required = true, .read = read_version },
		{ "interfaces", SHAPE_MAPPING, .read = read_interfaces, FIELD(interfaces) },
		{ "profiles", SHAPE_SCALARS, .read = read_paths, FIELD(profiles) },
		{ "site", SHAPE_SCALAR, .read = read_path, FIELD(site) },
		{ "state", SHAPE_SCALAR, .read = read_path, FIELD(state_dir) },
		{ "engine", SHAPE_SCALAR, .read = read_engine, FIELD(engine) },
		{ "metrics", SHAPE_MAPPING, .read = read_metrics },
		{ "limits", SHAPE_MAPPING, .read = read_limits },
		{ "detach_on_exit", SHAPE_SCALAR, .read = read_bool, FIELD(detach_on_exit) },
	};
	static const struct mapping mapping = { "the configuration", keys, ARRAY_SIZE(keys) };

	if (version_is_known(reader, root))
		(void)mapping_read(reader, root, root->at, &mapping, config, NULL); /* as above */
}

int config_load(const char *path, struct arena *arena, struct diags *diags, struct run_config *config)
{
	struct reader reader = { .arena = arena, .diags = diags, .path = path };
	CLEANUP_FREE char *bytes = NULL;
	struct node *root = NULL;
	size_t size;
	int error = file_read(path, CONFIG_BYTES_MAX, &bytes, &size);

	if (error == -ENOMEM)
		return error;
	if (error) {
		diag_add(diags, SEVERITY_ERROR, (struct mark){ .file = path }, "cannot read: %s",
			 path_error_text(-error));
		return -EINVAL;
	}
	error = yaml_parse(arena, diags, path, bytes, size, &root);
	if (error)
		return error;
	if (root)
		root_read(&reader, root, config);
	diags_sort(diags);
	if (reader.out_of_memory)
		return -ENOMEM;
	return diags->errors ? -EINVAL : 0;
}
