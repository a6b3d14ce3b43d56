/* Where in a tree we are, for messages. Private to the schema_*.c files. */
#ifndef QUAYMASTER_POLICY_SCHEMA_PATH_H
#define QUAYMASTER_POLICY_SCHEMA_PATH_H

#include "policy/schema.h"

#include <stdbool.h>
#include <stddef.h>

struct json_node;

/* The way down to a value. It grows on the stack and is written out only when there is something
 * to say. */
struct step {
	const struct step *up;
	const char *name; /* of a property; else NULL */
	const char *key;  /* of an entry of a map: the client's own words; else NULL */
	size_t index;     /* of an element of a list */
};

/* A terminated text that is cut where its room ends. */
struct line {
	char *text;
	size_t size;
	size_t len;
};

struct path_text {
	char text[SCHEMA_PATH_SIZE];
};

void line_open(struct line *line, char *text, size_t size);
void line_add(struct line *line, const char *text);
/* In quotes, the first 64 bytes. Unlike in text_printable, letters beyond ASCII come as \xNN: where
 * one spelling of a name is at issue, look-alikes must not look alike. */
void line_quoted(struct line *line, const char *text);
/* HostConfig.Binds[1], Labels["com.example"]; nothing for NULL, the root. */
void line_path(struct line *line, const struct step *at);
/* Type and, for a scalar that is no secret, value: number 5. */
void line_value(struct line *line, const struct json_node *value, bool secret);

/* The path as a text of its own; "the body" for the root. */
struct path_text path_of(const struct step *at);

#endif
