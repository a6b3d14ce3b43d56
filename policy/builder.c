/* A text that grows. */
#include "policy/builder.h"

#include "policy/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 1024 };

/* Room for MORE bytes and a terminator. */
static bool reserve(struct builder *builder, size_t more)
{
	size_t size = builder->size;
	char *larger;

	if (builder->failed || more >= SIZE_MAX / 4 - builder->len) {
		builder->failed = true;
		return false;
	}
	if (size > builder->len + more)
		return true;
	while (size <= builder->len + more)
		size = size == 0 ? FIRST_SIZE : size * 2;
	larger = realloc(builder->text, size);
	builder->failed = larger == NULL;
	if (larger == NULL)
		return false;
	builder->text = larger;
	builder->size = size;
	return true;
}

void builder_bytes(struct builder *builder, const char *bytes, size_t len)
{
	if (!reserve(builder, len))
		return;
	memcpy(builder->text + builder->len, bytes, len);
	builder->len += len;
	builder->text[builder->len] = '\0';
}

void builder_add(struct builder *builder, const char *text)
{
	builder_bytes(builder, text, strlen(text));
}

void builder_repeat(struct builder *builder, char c, size_t count)
{
	while (count-- > 0 && !builder->failed)
		builder_bytes(builder, &c, 1);
}

void builder_format(struct builder *builder, const char *format, ...)
{
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (len < 0 || !reserve(builder, (size_t)len)) {
		builder->failed = true;
		return;
	}
	va_start(arguments, format);
	vsnprintf(builder->text + builder->len, (size_t)len + 1, format, arguments);
	va_end(arguments);
	builder->len += (size_t)len;
}

void builder_string(struct builder *builder, const char *text)
{
	builder_add(builder, "\"");
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			builder_format(builder, "\\x%02x", c);
		else if (c == '"' || c == '\\')
			builder_format(builder, "\\%c", c);
		else
			builder_bytes(builder, text, 1);
	}
	builder_add(builder, "\"");
}

const char *builder_take(struct builder *builder, struct arena *arena)
{
	const char *text = NULL;

	if (!builder->failed)
		text = arena_copy(arena, builder->text != NULL ? builder->text : "", builder->len);
	builder_clear(builder);
	return text;
}

void builder_clear(struct builder *builder)
{
	free(builder->text);
	*builder = (struct builder){.text = NULL};
}
