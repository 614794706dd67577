/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON (RFC 8259) read as a stream of tokens, for lists of megabytes of which a few members are wanted: no tree is
 * made, nothing is copied, and every token knows its place.
 */
#ifndef VOXDP_LIB_JSON_STREAM_H
#define VOXDP_LIB_JSON_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_STREAM_DEPTH_MAX 64

enum json_token {
	JSON_TOKEN_ERROR, /* struct json_stream.problem says what is wrong at .at; there is no going on */
	JSON_TOKEN_END,	  /* the document is whole */
	JSON_TOKEN_OBJECT,
	JSON_TOKEN_OBJECT_END,
	JSON_TOKEN_ARRAY,
	JSON_TOKEN_ARRAY_END,
	JSON_TOKEN_KEY,	   /* its value is the next token */
	JSON_TOKEN_STRING, /* with its escapes: compare by json_stream_is(), copy by json_stream_copy() */
	JSON_TOKEN_NUMBER,
	JSON_TOKEN_WORD, /* true, false, null */
};

struct json_stream {
	const char *at;	  /* first byte of the token */
	const char *text; /* of a key or string: what stands between its quotes */
	size_t length;
	const char *problem;
	size_t depth; /* of objects and arrays around the token; it counts itself where it begins one */
	/* private */
	const char *next, *end;
	const char *line_begin; /* of the line that .at was in when its place was asked for last */
	unsigned line;
	bool escaped;
	int expect;
	char nest[JSON_STREAM_DEPTH_MAX];
};

/* The bytes must stay as long as the reader. */
void json_stream_begin(struct json_stream *json, const char *bytes, size_t size);
enum json_token json_stream_next(struct json_stream *json);
/* Passes over the value that began with @token, which is left out where it is whole already. false: an error. */
bool json_stream_skip(struct json_stream *json, enum json_token token);

/* Of a key or string. */
bool json_stream_is(const struct json_stream *json, const char *text);
/* Copies it without escapes, NUL-terminated. Returns its length, or -ENOBUFS. */
long json_stream_copy(const struct json_stream *json, char *ret, size_t size);

/* Line and column of the token, from 1, the column in characters. Asked for in the order of the text it costs little. */
void json_stream_place(struct json_stream *json, unsigned *ret_line, unsigned *ret_column);

#endif
