/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree is built from libyaml's events. Its document loader is not used: it resolves aliases, which lets a small
 * file grow without bound, and it has no limit on depth.
 */
#include "profile/yaml.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "lib/text.h"

struct builder {
	struct arena *arena;
	struct diags *diags;
	const char *path;
	yaml_parser_t parser;
	struct node *root;
	struct node *open[YAML_DEPTH_MAX];  /* collections that have begun and not ended */
	struct node **tail[YAML_DEPTH_MAX]; /* where the next entry of each is linked */
	struct node *key[YAML_DEPTH_MAX];   /* of a mapping: the key that waits for its value */
	size_t depth, nodes;
};

/* What an event means for the loop that reads them. */
enum step { STEP_GO_ON, STEP_END, STEP_GIVE_UP, STEP_NO_MEMORY };

static struct mark mark_of(const struct builder *b, const yaml_mark_t *mark)
{
	return (struct mark){ b->path, (unsigned)mark->line + 1, (unsigned)mark->column + 1 };
}

static struct node *node_new(struct builder *b, enum node_kind kind, const yaml_event_t *event)
{
	struct node *node = arena_alloc(b->arena, sizeof(*node));

	if (node) {
		node->kind = kind;
		node->at = mark_of(b, &event->start_mark);
	}
	return node;
}

/* Puts a node where the document expects one: as root, as entry, as key, or as value of the key that waits. */
static enum step node_add(struct builder *b, struct node *node)
{
	size_t top = b->depth - 1;

	if (!node)
		return STEP_NO_MEMORY;
	if (++b->nodes > YAML_NODES_MAX) {
		diag_add(b->diags, SEVERITY_ERROR, node->at, "more than %u values in one file", YAML_NODES_MAX);
		return STEP_GIVE_UP;
	}
	if (b->depth == 0) {
		b->root = node;
		return STEP_GO_ON;
	}
	if (b->open[top]->kind == NODE_MAPPING) {
		if (!b->key[top]) {
			b->key[top] = node;
			return STEP_GO_ON;
		}
		node->key = b->key[top];
		b->key[top] = NULL;
	}
	*b->tail[top] = node;
	b->tail[top] = &node->next;
	b->open[top]->count++;
	return STEP_GO_ON;
}

static bool is_key(const struct builder *b)
{
	return b->depth && b->open[b->depth - 1]->kind == NODE_MAPPING && !b->key[b->depth - 1];
}

/* Anchors and tags change what a value means in ways that nobody sees in a review. The value itself is still read. */
static void properties_check(struct builder *b, const yaml_event_t *event, const yaml_char_t *anchor,
			     const yaml_char_t *tag)
{
	struct mark at = mark_of(b, &event->start_mark);
	char quote[TEXT_QUOTE_MAX];

	if (anchor)
		diag_add(b->diags, SEVERITY_ERROR, at, "got the anchor %s; anchors are not part of the language",
			 text_quote((const char *)anchor, quote));
	if (tag)
		diag_add(b->diags, SEVERITY_ERROR, at, "got the tag %s; tags are not part of the language",
			 text_quote((const char *)tag, quote));
}

static enum step scalar_add(struct builder *b, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	struct node *node = node_new(b, NODE_SCALAR, event);

	properties_check(b, event, event->data.scalar.anchor, event->data.scalar.tag);
	if (!node)
		return STEP_NO_MEMORY;
	if (text_valid_length(text, length) < length) { /* only an escape in quotes can bring it this far */
		diag_add(b->diags, SEVERITY_ERROR, node->at, "text with a control character");
		node->kind = NODE_REFUSED;
	}
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->text = arena_strndup(b->arena, text, length);
	return node->text ? node_add(b, node) : STEP_NO_MEMORY;
}

static enum step alias_add(struct builder *b, const yaml_event_t *event)
{
	struct node *node = node_new(b, NODE_REFUSED, event);
	char quote[TEXT_QUOTE_MAX];

	if (!node)
		return STEP_NO_MEMORY;
	diag_add(b->diags, SEVERITY_ERROR, node->at,
		 "got an alias of %s; aliases are not part of the language, write the value out",
		 text_quote((const char *)event->data.alias.anchor, quote));
	node->text = "";
	return node_add(b, node);
}

static enum step collection_open(struct builder *b, enum node_kind kind, const yaml_event_t *event)
{
	struct node *node = node_new(b, kind, event);
	enum step step;

	if (!node)
		return STEP_NO_MEMORY;
	if (b->depth == YAML_DEPTH_MAX) {
		diag_add(b->diags, SEVERITY_ERROR, node->at, "nested more than %d levels deep", YAML_DEPTH_MAX);
		return STEP_GIVE_UP;
	}
	if (is_key(b)) {
		diag_add(b->diags, SEVERITY_ERROR, node->at, "got a %s as a key, expected text",
			 kind == NODE_LIST ? "list" : "mapping");
		return STEP_GIVE_UP;
	}
	step = node_add(b, node);
	b->open[b->depth] = node;
	b->tail[b->depth] = &node->first;
	b->key[b->depth] = NULL;
	b->depth++;
	return step;
}

static enum step event_add(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (!b->root)
			return STEP_GO_ON;
		diag_add(b->diags, SEVERITY_ERROR, mark_of(b, &event->start_mark),
			 "got a second document, expected one document a file");
		return STEP_GIVE_UP;
	case YAML_SCALAR_EVENT:
		return scalar_add(b, event);
	case YAML_ALIAS_EVENT:
		return alias_add(b, event);
	case YAML_SEQUENCE_START_EVENT:
		properties_check(b, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
		return collection_open(b, NODE_LIST, event);
	case YAML_MAPPING_START_EVENT:
		properties_check(b, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
		return collection_open(b, NODE_MAPPING, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return STEP_GO_ON;
	case YAML_STREAM_END_EVENT:
		return STEP_END;
	default:
		return STEP_GO_ON;
	}
}

static enum step parser_error(struct builder *b)
{
	const yaml_parser_t *parser = &b->parser;

	if (parser->error == YAML_MEMORY_ERROR)
		return STEP_NO_MEMORY;
	diag_add(b->diags, SEVERITY_ERROR, mark_of(b, &parser->problem_mark), "not valid YAML: %s%s%s",
		 parser->context ? parser->context : "", parser->context ? ", " : "",
		 parser->problem ? parser->problem : "unreadable");
	return STEP_GIVE_UP;
}

static enum step events_read(struct builder *b)
{
	enum step step = STEP_GO_ON;

	while (step == STEP_GO_ON) {
		yaml_event_t event;

		if (!yaml_parser_parse(&b->parser, &event))
			return parser_error(b);
		step = event_add(b, &event);
		yaml_event_delete(&event);
	}
	return step;
}

/* libyaml tells the byte, not the place, of what is not text; so it is looked for before. */
static bool bytes_are_text(struct builder *b, const char *bytes, size_t size)
{
	struct mark at = { b->path, 1, 1 };
	size_t valid = text_valid_length(bytes, size);
	unsigned char bad;

	if (valid == size)
		return true;
	bad = (unsigned char)bytes[valid];
	for (size_t i = 0; i < valid; i++) {
		if (bytes[i] == '\n') {
			at.line++;
			at.column = 1;
		} else if (((unsigned char)bytes[i] & 0xc0) != 0x80) { /* the first byte of a character */
			at.column++;
		}
	}
	diag_add(b->diags, SEVERITY_ERROR, at, "got the byte 0x%02x, expected %s", bad,
		 bad < 0x80 ? "text without control characters" : "UTF-8 text");
	return false;
}

static int build(struct builder *b)
{
	enum step step = events_read(b);

	if (step == STEP_NO_MEMORY)
		return -ENOMEM;
	if (step == STEP_GIVE_UP)
		b->root = NULL;
	else if (!b->root)
		diag_add(b->diags, SEVERITY_ERROR, (struct mark){ b->path, 1, 1 },
			 "the file is empty, expected a mapping that begins with `voxdp: 1`");
	return 0;
}

int yaml_parse(struct arena *arena, struct diags *diags, const char *path, const char *bytes, size_t size,
	       struct node **ret_root)
{
	struct builder b = { .arena = arena, .diags = diags };
	int err;

	b.path = arena_strndup(arena, path, strlen(path));
	if (!b.path)
		return -ENOMEM;
	if (!bytes_are_text(&b, bytes, size)) {
		*ret_root = NULL;
		return 0;
	}
	if (!yaml_parser_initialize(&b.parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)bytes, size);
	err = build(&b);
	yaml_parser_delete(&b.parser);
	if (err == 0)
		*ret_root = b.root;
	return err;
}
