/* Four characters are three bytes; what is missing at the end is '='. */
#include "policy/base64.h"

#include "policy/arena.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* In the order of their values, and the padding behind them. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=";

enum { PADDING = 64 };

/* The value of C, or PADDING for what has none. */
static unsigned value_of(char c)
{
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at != NULL ? (unsigned)(at - alphabet) : PADDING;
}

/* How many of the last characters are padding: at most two, and nothing else may be behind them. */
static size_t padding_of(const char *text, size_t len)
{
	size_t padding = 0;

	while (padding < 2 && padding < len && text[len - padding - 1] == '=')
		padding++;
	return padding;
}

bool base64_is_valid(const char *text)
{
	size_t chars = strlen(text), padding = padding_of(text, chars);

	if (chars % 4 != 0)
		return false;
	for (size_t i = 0; i < chars - padding; i++) {
		if (value_of(text[i]) == PADDING)
			return false;
	}
	return true;
}

const char *base64_decode(struct arena *arena, const char *text, size_t *len)
{
	size_t chars = strlen(text), padding = padding_of(text, chars);
	char *out = arena_alloc(arena, chars / 4 * 3 + 1);
	uint32_t group = 0;

	assert(base64_is_valid(text));
	for (size_t i = 0; out != NULL && i < chars; i++) {
		group = group << 6 | (i < chars - padding ? value_of(text[i]) : 0);
		if (i % 4 == 3) {
			out[i / 4 * 3] = (char)(group >> 16 & 0xff);
			out[i / 4 * 3 + 1] = (char)(group >> 8 & 0xff);
			out[i / 4 * 3 + 2] = (char)(group & 0xff);
		}
	}
	*len = chars / 4 * 3 - padding;
	if (out != NULL)
		out[*len] = '\0';
	return out;
}

/* Three bytes from AT on, those behind LEN as 0. */
static uint32_t group_at(const char *bytes, size_t len, size_t at)
{
	uint32_t group = 0;

	for (size_t i = at; i < at + 3; i++)
		group = group << 8 | (i < len ? (unsigned char)bytes[i] : 0u);
	return group;
}

const char *base64_encode(struct arena *arena, const char *bytes, size_t len)
{
	char *text = len <= SIZE_MAX / 2 ? arena_alloc(arena, (len + 2) / 3 * 4 + 1) : NULL;
	char *at = text;

	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < len; i += 3) {
		uint32_t group = group_at(bytes, len, i);

		*at++ = alphabet[group >> 18 & 63];
		*at++ = alphabet[group >> 12 & 63];
		*at++ = alphabet[i + 1 < len ? group >> 6 & 63 : PADDING];
		*at++ = alphabet[i + 2 < len ? group & 63 : PADDING];
	}
	*at = '\0';
	return text;
}
