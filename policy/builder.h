/* A text that grows, for what people read: reports and settings. Failure is remembered, so that only the end has to
 * ask. */
#ifndef QUAYMASTER_POLICY_BUILDER_H
#define QUAYMASTER_POLICY_BUILDER_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Zeroed it is empty. */
struct builder {
	char *text;
	size_t len, size;
	bool failed;
};

void builder_add(struct builder *builder, const char *text);
void builder_bytes(struct builder *builder, const char *bytes, size_t len);
void builder_format(struct builder *builder, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* TEXT as a string of a configuration, quoted. */
void builder_string(struct builder *builder, const char *text);
/* COUNT times C. */
void builder_repeat(struct builder *builder, char c, size_t count);

/* The text, in ARENA, and the builder is empty again; NULL when there was no memory. */
const char *builder_take(struct builder *builder, struct arena *arena);
/* Throws the text away. */
void builder_clear(struct builder *builder);

#endif
