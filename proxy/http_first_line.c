/* Takes first lines apart, byte for byte: single spaces, one form of target, two versions. */
#include "proxy/http_first_line.h"

#include "proxy/http_field.h"
#include "proxy/http_head.h"

#include <string.h>

enum { VERSION_LEN = 8 }; /* HTTP/1.1 */

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool read_version(const char *bytes, size_t len, unsigned *minor, struct http_fault *fault)
{
	if (len != VERSION_LEN || memcmp(bytes, "HTTP/", 5) != 0 || !is_digit(bytes[5]) ||
	    bytes[6] != '.' || !is_digit(bytes[7]))
		return http_refuse(fault, 400, "the HTTP version is malformed");
	if (bytes[5] != '1' || bytes[7] > '1')
		return http_refuse(fault, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
	*minor = (unsigned)(bytes[7] - '0');
	return true;
}

bool http_request_line_read(const char *line, size_t len, struct http_request_line *parts,
                            struct http_fault *fault)
{
	static const char preface[] = "PRI * HTTP/2.0"; /* RFC 9113 §3.4 */
	if (len == sizeof preface - 1 && memcmp(line, preface, len) == 0)
		return http_refuse(fault, 505, "HTTP/2 is not spoken here, only HTTP/1.1");

	const char *end = line + len;
	const char *space = memchr(line, ' ', len);
	parts->method_len = space != NULL ? (size_t)(space - line) : len;
	if (!http_method_is_valid(line, parts->method_len))
		return http_refuse(fault, 400,
		                   "the request does not begin with a method in upper-case letters");
	const char *target = space != NULL ? space + 1 : end;
	const char *version = memchr(target, ' ', (size_t)(end - target));
	if (version == NULL)
		return http_refuse(fault, 400, "the request line is not of the form METHOD /path HTTP/1.1");
	parts->target = (size_t)(target - line);
	parts->target_len = (size_t)(version - target);
	version++;
	if (!read_version(version, (size_t)(end - version), &parts->minor, fault))
		return false;
	if (!http_target_is_valid(target, parts->target_len))
		return http_refuse(fault, 400,
		                   "the request target is not a path in printable ASCII without '#'");
	return true;
}

bool http_status_line_read(const char *line, size_t len, struct http_status_line *parts,
                           struct http_fault *fault)
{
	enum { STATUS = VERSION_LEN + 1, REASON = STATUS + 4 };
	if (len < REASON || line[VERSION_LEN] != ' ' || line[REASON - 1] != ' ')
		return http_refuse(fault, 400, "the status line is malformed");
	if (!read_version(line, VERSION_LEN, &parts->minor, fault))
		return false;
	parts->status = 0;
	for (size_t i = STATUS; i < STATUS + 3; i++) {
		if (!is_digit(line[i]))
			return http_refuse(fault, 400, "the status is not a number");
		parts->status = parts->status * 10 + (unsigned)(line[i] - '0');
	}
	if (parts->status < 100 || parts->status > 599)
		return http_refuse(fault, 400, "the status is not between 100 and 599");
	parts->reason = REASON;
	return true;
}
