/* Which bytes may stand where in a head, as one table, and how a header line is cut. What headers
 * mean is http_read's; where lines end is http_head's. */
#include "proxy/http_field.h"

#include "policy/request.h"

enum { METHOD_LEN_MAX = 32 };

/* The groups that bytes fall into. */
enum {
	N = 0,                     /* nowhere */
	V = HTTP_BYTES_TEXT,       /* values only */
	F = V | HTTP_BYTES_TOKEN,  /* '#' */
	T = V | HTTP_BYTES_TARGET, /* " / < > ? @ \ { } */
	H = T | HTTP_BYTES_HOST,   /* ( ) , : ; = [ ] */
	K = T | HTTP_BYTES_TOKEN,  /* ^ ` | */
	A = H | K                  /* the rest: anywhere */
};

/* clang-format off */
static const unsigned char kinds[256] = {
	N, N, N, N, N, N, N, N, N, V, N, N, N, N, N, N, /* 00: controls, TAB */
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 10 */
	V, A, T, F, A, A, A, A, H, H, A, A, H, A, A, T, /* 20:  !"#$%&'()*+,-./ */
	A, A, A, A, A, A, A, A, A, A, H, H, T, H, T, T, /* 30: 0123456789:;<=>? */
	T, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, /* 40: @ABC... */
	A, A, A, A, A, A, A, A, A, A, A, H, T, H, K, A, /* 50: ...XYZ[\]^_ */
	K, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, /* 60: `abc... */
	A, A, A, A, A, A, A, A, A, A, A, T, K, T, A, N, /* 70: ...xyz{|}~ DEL */
	V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* 80 and up: obs-text */
	V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
	V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
	V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
	V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
};
/* clang-format on */

bool http_byte_is(unsigned char byte, enum http_bytes kind)
{
	return (kinds[byte] & (unsigned)kind) != 0;
}

size_t http_bytes_span(const char *bytes, size_t len, enum http_bytes kind)
{
	size_t span = 0;
	while (span < len && (kinds[(unsigned char)bytes[span]] & (unsigned)kind) != 0)
		span++;
	return span;
}

bool http_bytes_are(const char *bytes, size_t len, enum http_bytes kind)
{
	return http_bytes_span(bytes, len, kind) == len;
}

bool http_method_is_valid(const char *bytes, size_t len)
{
	if (len == 0 || len > METHOD_LEN_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (bytes[i] < 'A' || bytes[i] > 'Z')
			return false;
	return true;
}

bool http_target_is_valid(const char *bytes, size_t len)
{
	return len > 0 && bytes[0] == '/' && http_bytes_are(bytes, len, HTTP_BYTES_TARGET);
}

static int lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte;
}

bool http_name_is(const char *name, size_t len, const char *other)
{
	for (size_t i = 0; i < len; i++)
		if (other[i] == '\0' || lower(name[i]) != lower(other[i]))
			return false;
	return other[len] == '\0';
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

const char *http_field_cut(char *line, size_t len, struct header *header)
{
	size_t name_len = http_bytes_span(line, len, HTTP_BYTES_TOKEN);
	if (name_len == len)
		return "a header line has no colon";
	if (line[name_len] != ':')
		return is_blank(line[name_len]) ? "white space in or around a header name"
		                                : "a header name has a byte that no name may have";
	if (name_len == 0)
		return "a header has no name";
	char *value = line + name_len + 1;
	char *end = line + len;
	while (value < end && is_blank(*value))
		value++;
	while (end > value && is_blank(end[-1]))
		end--;
	line[name_len] = '\0';
	*end = '\0';
	header->name = line;
	header->value = value;
	return NULL;
}
