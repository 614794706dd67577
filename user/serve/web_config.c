/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of keys, as in config.c; certificates and hashes are looked at here, before anything listens. */
#include "serve/web_config.h"

#include <crypt.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/file.h"
#include "lib/text.h"
#include "profile/paths.h"
#include "profile/reader.h"
#include "profile/yaml.h"

#define WEB_CONFIG_BYTES_MAX (1U << 20)
#define PEM_BYTES_MAX (1U << 20)

/* A check of a password takes 2^cost rounds, and requests are answered one after the other: 12 takes about 0.2 s. */
#define BCRYPT_COST_MAX 12
#define BCRYPT_LENGTH 60

enum tls_version { TLS_12, TLS_13 };

struct tls_config {
	char *certificate, *key, *client_ca;
	enum tls_version least, most;
	enum client_auth client_auth;
};

static void read_version_of_tls(struct reader *reader, const struct node *value, void *field)
{
	static const struct word words[] = { { "TLS12", TLS_12 }, { "TLS13", TLS_13 } };
	uint64_t version;

	if (word_read(reader, value, "version of TLS", words, ARRAY_SIZE(words), &version))
		*(enum tls_version *)field = (enum tls_version)version;
}

static void read_client_auth(struct reader *reader, const struct node *value, void *field)
{
	static const struct word words[] = {
		{ "NoClientCert", CLIENT_AUTH_NONE },
		{ "RequestClientCert", CLIENT_AUTH_REQUEST },
		{ "RequireAnyClientCert", CLIENT_AUTH_REQUIRE_ANY },
		{ "VerifyClientCertIfGiven", CLIENT_AUTH_VERIFY_IF_GIVEN },
		{ "RequireAndVerifyClientCert", CLIENT_AUTH_REQUIRE_AND_VERIFY },
	};
	uint64_t auth;

	if (word_read(reader, value, "way to ask for certificates", words, ARRAY_SIZE(words), &auth))
		*(enum client_auth *)field = (enum client_auth)auth;
}

static void read_pem(struct reader *reader, const struct node *value, void *field)
{
	const char *text = scalar_text(reader, value);
	const char *path = text ? path_beside(reader, reader->path, text) : NULL;
	CLEANUP_FREE char *bytes = NULL;
	char quote[TEXT_QUOTE_MAX];
	size_t size;
	int error = path ? file_read(path, PEM_BYTES_MAX, &bytes, &size) : 0;

	if (!path)
		return;
	if (error)
		reader_error(reader, value, "cannot read %s: %s", text_quote(path, quote), path_error_text(-error));
	else if (!strstr(bytes, "-----BEGIN "))
		reader_error(reader, value, "%s holds no PEM", text_quote(path, quote));
	else
		*(char **)field = arena_strndup(reader->arena, bytes, size);
}

static void read_tls(struct reader *reader, const struct node *value, void *field)
{
	static const struct key keys[] = {
		{ "cert_file", SHAPE_SCALAR, .required = true, .read = read_pem,
		  .offset = offsetof(struct tls_config, certificate) },
		{ "key_file", SHAPE_SCALAR, .required = true, .read = read_pem,
		  .offset = offsetof(struct tls_config, key) },
		{ "client_auth_type", SHAPE_SCALAR, .fallback = "NoClientCert", .read = read_client_auth,
		  .offset = offsetof(struct tls_config, client_auth) },
		{ "client_ca_file", SHAPE_SCALAR, .read = read_pem, .offset = offsetof(struct tls_config, client_ca) },
		{ "min_version", SHAPE_SCALAR, .fallback = "TLS12", .read = read_version_of_tls,
		  .offset = offsetof(struct tls_config, least) },
		{ "max_version", SHAPE_SCALAR, .fallback = "TLS13", .read = read_version_of_tls,
		  .offset = offsetof(struct tls_config, most) },
	};
	static const struct mapping mapping = { "tls_server_config", keys, ARRAY_SIZE(keys) };
	static const char *const priorities[2][2] = {
		[TLS_12] = { [TLS_12] = "NORMAL:-VERS-ALL:+VERS-TLS1.2",
			     [TLS_13] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
		[TLS_13] = { [TLS_13] = "NORMAL:-VERS-ALL:+VERS-TLS1.3" },
	};
	struct web_config *config = field;
	struct tls_config tls = {};

	if (!mapping_read(reader, value, value->at, &mapping, &tls, NULL))
		return;
	config->certificate = tls.certificate;
	config->key = tls.key;
	config->client_ca = tls.client_ca;
	config->client_auth = tls.client_auth;
	config->priorities = priorities[tls.least][tls.most];
	if (!config->priorities)
		reader_error(reader, value, "min_version is above max_version");
	/* Either alone would look like a protection. */
	if (tls.client_auth >= CLIENT_AUTH_VERIFY_IF_GIVEN && !tls.client_ca)
		reader_error(reader, value, "client_auth_type asks to verify: by which client_ca_file?");
	if (tls.client_auth < CLIENT_AUTH_VERIFY_IF_GIVEN && tls.client_ca)
		reader_error(reader, value,
			     "client_ca_file is for a client_auth_type that verifies: "
			     "RequireAndVerifyClientCert or VerifyClientCertIfGiven");
}

/* $2y$10$ and 53 characters of salt and hash. */
static bool hash_is_bcrypt(const char *hash)
{
	return strlen(hash) == BCRYPT_LENGTH && hash[0] == '$' && hash[1] == '2' && strchr("aby", hash[2]) &&
	       hash[3] == '$' && hash[6] == '$' && crypt_checksalt(hash) == CRYPT_SALT_OK;
}

static void user_read(struct reader *reader, const struct node *entry, struct web_config *config)
{
	const char *hash = scalar_text(reader, entry);

	if (!hash)
		return;
	if (!hash_is_bcrypt(hash))
		reader_error(reader, entry, "expected a bcrypt hash of the password, as `htpasswd -nBC 10 \"\"` makes");
	else if (strtoul(hash + 4, NULL, 10) > BCRYPT_COST_MAX)
		reader_error(reader, entry,
			     "the hash has a cost of %.2s, expected at most %u: each check would hold up "
			     "everybody else",
			     hash + 4, BCRYPT_COST_MAX);
	else
		config->users[config->user_count++] = (struct web_user){ entry->key->text, hash };
}

static void read_users(struct reader *reader, const struct node *value, void *field)
{
	struct web_config *config = field;

	config->users = reader_alloc(reader, value->count, sizeof(*config->users));
	if (!config->users || !entries_are_unique(reader, value, "user"))
		return;
	for (const struct node *entry = value->first; entry; entry = entry->next)
		if (entry->key->kind == NODE_SCALAR)
			user_read(reader, entry, config);
}

int web_config_load(const char *path, struct arena *arena, struct diags *diags, struct web_config *ret)
{
	static const struct key keys[] = {
		{ "tls_server_config", SHAPE_MAPPING, .read = read_tls },
		{ "basic_auth_users", SHAPE_MAPPING, .read = read_users },
	};
	static const struct mapping mapping = { "a web configuration", keys, ARRAY_SIZE(keys) };
	struct reader reader = { .arena = arena, .diags = diags, .path = path };
	struct web_config config = {};
	CLEANUP_FREE char *bytes = NULL;
	struct node *root = NULL;
	size_t size;
	int error = file_read(path, WEB_CONFIG_BYTES_MAX, &bytes, &size);

	if (error == -ENOMEM)
		return error;
	if (error)
		diag_add(diags, SEVERITY_ERROR, (struct mark){ .file = path }, "cannot read: %s",
			 path_error_text(-error));
	else
		error = yaml_parse(arena, diags, path, bytes, size, &root);
	if (root)
		(void)mapping_read(&reader, root, root->at, &mapping, &config, NULL); /* told in the diags */
	diags_sort(diags);
	if (error == -ENOMEM || reader.out_of_memory)
		return -ENOMEM;
	if (diags->errors)
		return -EINVAL;
	*ret = config;
	return 0;
}
