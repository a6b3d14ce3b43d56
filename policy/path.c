/* Owns the reading and printing of request paths. It knows versions and bytes, not routes:
 * whether anything answers at a path is route.c's question.
 *
 * dockerd routes on the decoded path, so one route has many spellings. Here a path is decoded
 * once, and then only bytes that names of the Engine API are made of may be in it: letters,
 * digits and "_.-:@+" (names, ids, references, digests). A network that was given a name outside
 * of that is still reached by its id. */
#include "policy/path.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/text.h"

#include <string.h>

enum { VERSION_DIGITS_MAX = 4 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name_byte(char c)
{
	return is_alphanumeric(c) || (c != '\0' && strchr("_.-:@+", c) != NULL);
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool refuse_byte(struct error *error, unsigned char byte, bool encoded, size_t offset)
{
	if (encoded)
		return error_set(error,
		                 "the path has the encoded byte %%%02X at offset %zu: names are made of "
		                 "letters, digits and _.-:@+ only",
		                 byte, offset);
	if (byte > 0x20 && byte < 0x7f)
		return error_set(error,
		                 "the path has the character '%c' at offset %zu: names are made of "
		                 "letters, digits and _.-:@+ only",
		                 byte, offset);
	return error_set(error,
	                 "the path has the byte 0x%02x at offset %zu: names are made of "
	                 "letters, digits and _.-:@+ only",
	                 byte, offset);
}

/* Decodes the escape at BYTES into *OUT. An encoded slash would be a separator to dockerd (and a
 * part of a name to others), so it is not among the bytes an escape may stand for. */
static bool decode_escape(const char *bytes, size_t left, size_t offset, char *out,
                          struct error *error)
{
	int high = left > 1 ? hex_value(bytes[1]) : -1;
	int low = left > 2 ? hex_value(bytes[2]) : -1;
	unsigned char byte;

	if (high < 0 || low < 0)
		return error_set(error, "the path has a malformed %% escape at offset %zu", offset);
	byte = (unsigned char)(high * 16 + low);
	*out = (char)byte;
	if (!is_name_byte(*out))
		return refuse_byte(error, byte, true, offset);
	return true;
}

/* TARGET percent-decoded and known to be made of slashes and name bytes; NULL when refused. */
static char *decode(struct arena *arena, const char *target, size_t len, struct error *error)
{
	char *out = arena_alloc(arena, len + 1);
	size_t out_len = 0;

	if (out == NULL) {
		error_set(error, "the path needs too much memory");
		return NULL;
	}
	for (size_t i = 0; i < len; i++) {
		if (target[i] == '%') {
			if (!decode_escape(target + i, len - i, i, &out[out_len], error))
				return NULL;
			i += 2;
		} else if (target[i] == '/' || is_name_byte(target[i])) {
			out[out_len] = target[i];
		} else {
			refuse_byte(error, (unsigned char)target[i], false, i);
			return NULL;
		}
		out_len++;
	}
	return out;
}

/* dockerd redirects to the cleaned path; a client that follows would ask for something else than
 * it wrote. */
static bool segments_are_clean(const char *path, struct error *error)
{
	const char *at = path;

	while (*at == '/') {
		size_t len = strcspn(at + 1, "/");

		if (len == 0 && at[1] == '/')
			return error_set(error, "the path has an empty segment (\"//\")");
		if ((len == 1 && at[1] == '.') || (len == 2 && at[1] == '.' && at[2] == '.'))
			return error_set(error, "the path has a \".\" or \"..\" segment");
		at += 1 + len;
	}
	return true;
}

/* Digits without a zero in front, at most VERSION_DIGITS_MAX of them. */
static bool read_component(const char **at, unsigned *number)
{
	const char *start = *at;

	*number = 0;
	while (is_digit(**at) && *at - start < VERSION_DIGITS_MAX) {
		*number = *number * 10 + (unsigned)(**at - '0');
		(*at)++;
	}
	return *at != start && !is_digit(**at) && (*start != '0' || *at - start == 1);
}

/* dockerd's own pattern is /v[0-9.]+ in lower case. What merely resembles a version is refused
 * here, so that nobody wonders why a route of that name is not found. */
static bool resembles_version(const char *path)
{
	return (path[1] == 'v' || path[1] == 'V') && path[2] != '\0' &&
	       (is_digit(path[2]) || strchr(".+-", path[2]) != NULL);
}

static bool read_version(const char *decoded, struct path *path, struct error *error)
{
	const char *at = decoded + 2;
	struct api_version version;

	path->version = (struct api_version){0, 0};
	path->rest = decoded;
	if (!resembles_version(decoded))
		return true;
	if (decoded[1] != 'v' || !read_component(&at, &version.major) || *at++ != '.' ||
	    !read_component(&at, &version.minor) || version.major == 0)
		goto malformed;
	if (*at == '\0')
		return error_set(error, "the path ends behind the API version");
	if (*at != '/')
		goto malformed;
	path->version = version;
	path->rest = at;
	return true;

malformed:
	return error_set(error, "the API version in the path is not written as /vMAJOR.MINOR/, "
	                        "for example /v1.41/");
}

bool path_parse(struct arena *arena, const char *target, size_t len, struct path *path,
                struct error *error)
{
	const char *decoded;

	*path = (struct path){.rest = NULL};
	if (len == 0 || target[0] != '/')
		return error_set(error, "the request target does not start with '/'");
	decoded = decode(arena, target, len, error);
	if (decoded == NULL)
		return false;
	return segments_are_clean(decoded, error) && read_version(decoded, path, error);
}

const char *path_encode(struct arena *arena, const char *value, bool keep_slashes)
{
	size_t len = strlen(value);
	char *out = arena_calloc(arena, len + 1, 3);
	size_t out_len = 0;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		const char *hex = "0123456789ABCDEF";
		unsigned char byte = (unsigned char)value[i];

		if (is_alphanumeric(value[i]) || strchr("-._~:@", value[i]) != NULL ||
		    (value[i] == '/' && keep_slashes)) {
			out[out_len++] = value[i];
			continue;
		}
		out[out_len++] = '%';
		out[out_len++] = hex[byte >> 4];
		out[out_len++] = hex[byte & 0xf];
	}
	return out;
}

int api_version_compare(struct api_version a, struct api_version b)
{
	if (a.major != b.major)
		return a.major < b.major ? -1 : 1;
	if (a.minor != b.minor)
		return a.minor < b.minor ? -1 : 1;
	return 0;
}
