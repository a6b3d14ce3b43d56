/* Owns the reading and printing of query strings. It decodes as Go's url.ParseQuery does and
 * stops where that would: which names a route knows, and which may be repeated, is request.c's
 * question. */
#include "policy/query.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/text.h"

#include <string.h>

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The bytes as they stand in the target: printable ASCII (RFC 3986 §2), no fragment, and no ';',
 * which Go refuses on most routes and quietly drops the pair of on others. */
static bool raw_bytes_are_fine(const char *bytes, size_t len, struct error *error)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (byte <= 0x20 || byte >= 0x7f)
			return error_set(error, "the query has the byte 0x%02x at offset %zu", byte, i);
		if (byte == ';' || byte == '#')
			return error_set(error,
			                 "the query has the character '%c' at offset %zu: write it as "
			                 "%%%02X",
			                 byte, i, byte);
	}
	return true;
}

/* Only what a value may hold: text. Line feeds and tabs belong to `changes` and to JSON texts. */
static bool decoded_bytes_are_fine(const char *bytes, size_t len, struct error *error)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f)
			return error_set(error, "the query has the encoded control character %%%02X", byte);
	}
	if (!text_is_utf8(bytes, len))
		return error_set(error, "the query is not UTF-8 once decoded");
	return true;
}

/* A decoded copy of one name or value; NULL when refused. */
static const char *decode(struct arena *arena, const char *bytes, size_t len, struct error *error)
{
	char *out = arena_alloc(arena, len + 1);
	size_t out_len = 0;

	if (out == NULL) {
		error_set(error, "the query needs too much memory");
		return NULL;
	}
	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (bytes[i] != '%') {
			out[out_len] = bytes[i];
			if (bytes[i] == '+')
				out[out_len] = ' ';
			out_len++;
			continue;
		}
		high = len - i > 1 ? hex_value(bytes[i + 1]) : -1;
		low = len - i > 2 ? hex_value(bytes[i + 2]) : -1;
		if (high < 0 || low < 0) {
			error_set(error, "the query has a malformed %% escape");
			return NULL;
		}
		out[out_len++] = (char)(unsigned char)(high * 16 + low);
		i += 2;
	}
	return decoded_bytes_are_fine(out, out_len, error) ? out : NULL;
}

static bool read_pair(struct arena *arena, const char *bytes, size_t len,
                      struct parameter *parameter, struct error *error)
{
	const char *equals = memchr(bytes, '=', len);
	size_t name_len = equals == NULL ? len : (size_t)(equals - bytes);

	parameter->name = decode(arena, bytes, name_len, error);
	if (parameter->name == NULL)
		return false;
	if (parameter->name[0] == '\0')
		return error_set(error, "the query has a parameter without a name");
	parameter->value = "";
	if (equals != NULL)
		parameter->value = decode(arena, equals + 1, len - name_len - 1, error);
	return parameter->value != NULL;
}

/* The number of pairs between ampersands that are not empty. */
static size_t count_pairs(const char *bytes, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != '&' && (i == 0 || bytes[i - 1] == '&'))
			count++;
	}
	return count;
}

bool query_parse(struct arena *arena, const char *bytes, size_t len, struct query *query,
                 struct error *error)
{
	size_t count = count_pairs(bytes, len);
	size_t start = 0;

	*query = (struct query){.count = 0};
	if (!raw_bytes_are_fine(bytes, len, error))
		return false;
	if (count > QUERY_PARAMETERS_MAX)
		return error_set(error, "the query has more than %d parameters", QUERY_PARAMETERS_MAX);
	if (count == 0)
		return true;
	query->parameters = arena_calloc(arena, count, sizeof *query->parameters);
	if (query->parameters == NULL)
		return error_set(error, "the query needs too much memory");
	while (start < len) {
		const char *ampersand = memchr(bytes + start, '&', len - start);
		size_t end = ampersand == NULL ? len : (size_t)(ampersand - bytes);

		if (end > start) {
			if (!read_pair(arena, bytes + start, end - start, &query->parameters[query->count],
			               error))
				return false;
			query->count++;
		}
		start = end + 1;
	}
	return true;
}

const char *query_value(const struct query *query, const char *name)
{
	for (size_t i = 0; i < query->count; i++) {
		if (strcmp(query->parameters[i].name, name) == 0)
			return query->parameters[i].value;
	}
	return NULL;
}

bool query_add(struct arena *arena, struct query *query, const char *name, const char *value)
{
	struct parameter *longer = arena_calloc(arena, query->count + 1, sizeof *longer);
	struct parameter fresh = {.name = arena_string(arena, name),
	                          .value = arena_string(arena, value)};

	if (longer == NULL || fresh.name == NULL || fresh.value == NULL)
		return false;
	if (query->count > 0)
		memcpy(longer, query->parameters, query->count * sizeof *longer);
	longer[query->count] = fresh;
	query->parameters = longer;
	query->count++;
	return true;
}

bool query_set(struct arena *arena, struct query *query, const char *name, const char *value)
{
	for (size_t i = 0; i < query->count; i++) {
		if (strcmp(query->parameters[i].name, name) != 0)
			continue;
		value = arena_string(arena, value);
		if (value != NULL)
			query->parameters[i].value = value;
		return value != NULL;
	}
	return query_add(arena, query, name, value);
}

static bool is_unreserved(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("-._~", c) != NULL);
}

static size_t encoded_len(const char *text)
{
	size_t len = 0;

	for (; *text != '\0'; text++)
		len += is_unreserved(*text) ? 1 : 3;
	return len;
}

static char *encode(char *out, const char *text)
{
	for (; *text != '\0'; text++) {
		const char *hex = "0123456789ABCDEF";
		unsigned char byte = (unsigned char)*text;

		if (is_unreserved(*text)) {
			*out++ = *text;
			continue;
		}
		*out++ = '%';
		*out++ = hex[byte >> 4];
		*out++ = hex[byte & 0xf];
	}
	return out;
}

const char *query_print(struct arena *arena, const struct query *query)
{
	size_t len = 0;
	char *text;
	char *end;

	for (size_t i = 0; i < query->count; i++)
		len += encoded_len(query->parameters[i].name) + encoded_len(query->parameters[i].value) + 2;
	text = arena_alloc(arena, len + 1);
	if (text == NULL)
		return NULL;
	end = text;
	for (size_t i = 0; i < query->count; i++) {
		if (i > 0)
			*end++ = '&';
		end = encode(end, query->parameters[i].name);
		*end++ = '=';
		end = encode(end, query->parameters[i].value);
	}
	*end = '\0';
	return text;
}
