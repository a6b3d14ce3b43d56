/* What a head means: its framing and its connection. Whoever disagrees with dockerd about these can
 * be made to hide a request, so whatever has two readings is refused. Bytes and lines are
 * http_head's business. */
#include "proxy/http_read.h"

#include "policy/request.h"
#include "policy/route.h"
#include "proxy/http_field.h"
#include "proxy/http_first_line.h"
#include "proxy/http_head.h"

#include <event2/buffer.h>
#include <string.h>

enum { LENGTH_DIGITS_MAX = 18 }; /* below INT64_MAX whatever the digits */

/* The headers that this file gives a meaning. */
enum known_name {
	KNOWN_CONNECTION,
	KNOWN_CONTENT_ENCODING,
	KNOWN_CONTENT_LENGTH,
	KNOWN_EXPECT,
	KNOWN_HOST,
	KNOWN_HTTP2_SETTINGS,
	KNOWN_TRANSFER_ENCODING,
	KNOWN_UPGRADE,
	KNOWN_COUNT
};

static const char *const known_names[KNOWN_COUNT] = {
	[KNOWN_CONNECTION] = "Connection",
	[KNOWN_CONTENT_ENCODING] = "Content-Encoding",
	[KNOWN_CONTENT_LENGTH] = "Content-Length",
	[KNOWN_EXPECT] = "Expect",
	[KNOWN_HOST] = "Host",
	[KNOWN_HTTP2_SETTINGS] = "HTTP2-Settings",
	[KNOWN_TRANSFER_ENCODING] = "Transfer-Encoding",
	[KNOWN_UPGRADE] = "Upgrade",
};

struct known {
	const char *value[KNOWN_COUNT]; /* the first one's */
	size_t count[KNOWN_COUNT];
};

static void find_known(const struct headers *headers, struct known *known)
{
	memset(known, 0, sizeof *known);
	for (size_t i = 0; i < headers->count; i++) {
		const char *name = headers->list[i].name;
		size_t len = strlen(name);
		for (size_t k = 0; k < KNOWN_COUNT; k++) {
			if (!http_name_is(name, len, known_names[k]))
				continue;
			if (known->count[k]++ == 0)
				known->value[k] = headers->list[i].value;
			break;
		}
	}
}

static bool value_is(const char *value, const char *wanted)
{
	return http_name_is(value, strlen(value), wanted);
}

/* Takes the next member of the comma-separated list at *NEXT (RFC 9110 §5.6.1), empty ones skipped.
 * False at the end, with *MEMBER NULL, or at something that is no token, with *MEMBER set. */
static bool take_member(const char **next, const char **member, size_t *len)
{
	const char *at = *next + strspn(*next, " \t,");
	*member = NULL;
	if (*at == '\0')
		return false;
	*member = at;
	*len = http_bytes_span(at, strlen(at), HTTP_BYTES_TOKEN);
	*next = at + *len + strspn(at + *len, " \t");
	return *len > 0 && (**next == ',' || **next == '\0');
}

static bool is_token_list(const char *value)
{
	const char *member;
	size_t len, count = 0;
	while (take_member(&value, &member, &len))
		count++;
	return member == NULL && count > 0;
}

struct framing {
	bool chunked;
	bool has_length;
	uint64_t length;
};

/* RFC 9112 §6.1 without its leniencies: dockerd lets Transfer-Encoding win over Content-Length,
 * others do not. */
static bool check_transfer_encoding(const struct known *known, unsigned minor,
                                    struct http_fault *fault)
{
	const char *value = known->value[KNOWN_TRANSFER_ENCODING];
	if (known->count[KNOWN_TRANSFER_ENCODING] > 1)
		return http_refuse(fault, 400, "Transfer-Encoding is given more than once");
	if (known->count[KNOWN_CONTENT_LENGTH] > 0)
		return http_refuse(fault, 400, "Transfer-Encoding and Content-Length are given together");
	if (minor == 0)
		return http_refuse(fault, 400, "Transfer-Encoding is given in HTTP/1.0");
	if (value_is(value, "chunked"))
		return true;
	if (is_token_list(value))
		return http_refuse(fault, 501, "the only Transfer-Encoding known here is chunked");
	return http_refuse(fault, 400, "Transfer-Encoding is malformed");
}

static bool read_length(const char *value, uint64_t *length)
{
	size_t len = strlen(value);
	if (len == 0 || len > LENGTH_DIGITS_MAX)
		return false;
	*length = 0;
	for (size_t i = 0; i < len; i++) {
		if (value[i] < '0' || value[i] > '9')
			return false;
		*length = *length * 10 + (uint64_t)(value[i] - '0');
	}
	return true;
}

static bool read_framing(const struct known *known, unsigned minor, struct framing *framing,
                         struct http_fault *fault)
{
	*framing = (struct framing){.chunked = known->count[KNOWN_TRANSFER_ENCODING] > 0};
	if (framing->chunked)
		return check_transfer_encoding(known, minor, fault);
	if (known->count[KNOWN_CONTENT_LENGTH] > 1)
		return http_refuse(fault, 400, "Content-Length is given more than once");
	framing->has_length = known->count[KNOWN_CONTENT_LENGTH] == 1;
	if (framing->has_length && !read_length(known->value[KNOWN_CONTENT_LENGTH], &framing->length))
		return http_refuse(fault, 400,
		                   "Content-Length is not a plain decimal number of at most 18 digits");
	return true;
}

struct connection {
	bool close;
	bool keep_alive;
};

static bool has_header(const struct headers *headers, const char *name, size_t len)
{
	for (size_t i = 0; i < headers->count; i++)
		if (http_name_is(name, len, headers->list[i].name))
			return true;
	return false;
}

/* An option may name a header that is for the next hop only (RFC 9110 §7.6.1). We take out nothing
 * on a peer's word, so one that names a header which is there leaves it open whether that header
 * counts: refused. */
static bool read_options(const char *value, const struct headers *headers,
                         struct connection *connection, struct http_fault *fault)
{
	const char *option;
	size_t len;
	while (take_member(&value, &option, &len)) {
		if (http_name_is(option, len, "close"))
			connection->close = true;
		else if (http_name_is(option, len, "keep-alive"))
			connection->keep_alive = true;
		else if (http_name_is(option, len, "upgrade") || http_name_is(option, len, "te"))
			continue;
		else if (has_header(headers, option, len))
			return http_refuse(fault, 400, "Connection names a header that must not be taken out");
	}
	return option == NULL || http_refuse(fault, 400, "Connection is malformed");
}

/* RFC 9112 §9.3. */
static bool read_connection(const struct known *known, const struct headers *headers,
                            unsigned minor, bool *keep_alive, struct http_fault *fault)
{
	struct connection connection = {false, false};
	size_t left = known->count[KNOWN_CONNECTION];
	for (size_t i = 0; left > 0; i++) {
		if (!value_is(headers->list[i].name, known_names[KNOWN_CONNECTION]))
			continue;
		left--;
		if (!read_options(headers->list[i].value, headers, &connection, fault))
			return false;
	}
	*keep_alive = !connection.close && (minor == 1 || connection.keep_alive);
	return true;
}

/* What differs between the two kinds of head while it is still arriving. */
struct dialect {
	bool may_start_empty; /* one empty line before the head: RFC 9112 §2.2 */
	bool (*check_first_line)(const char *line, size_t len, struct http_fault *fault);
};

/* The scanned bytes in one piece, without a leading empty line; NULL with FAULT. */
static const char *scanned_bytes(struct evbuffer *input, const struct dialect *dialect,
                                 size_t scanned, size_t *len, struct http_fault *fault)
{
	*len = http_head_scanned(scanned);
	const char *bytes = (const char *)evbuffer_pullup(input, (ev_ssize_t)*len);
	if (bytes == NULL) {
		http_refuse(fault, 503, "no memory is left for the head");
		return NULL;
	}
	if (bytes[0] != '\r')
		return bytes;
	if (!dialect->may_start_empty) {
		http_refuse(fault, 400, "an empty line comes before the head");
		return NULL;
	}
	*len -= 2;
	return bytes + 2;
}

static bool check_first_line(struct evbuffer *input, const struct dialect *dialect, size_t scanned,
                             struct http_fault *fault)
{
	size_t len;
	const char *bytes = scanned_bytes(input, dialect, scanned, &len, fault);
	return bytes != NULL && dialect->check_first_line(bytes, len - 2, fault);
}

static enum http_result find_head(struct evbuffer *input, const struct dialect *dialect,
                                  size_t limit, size_t *scanned, struct http_fault *fault)
{
	for (;;) {
		const char *why;
		switch (http_head_scan(input, limit, scanned, &why)) {
		case HTTP_SCAN_MORE:
			return HTTP_MORE;
		case HTTP_SCAN_FIRST_LINE:
			if (!check_first_line(input, dialect, *scanned, fault))
				return HTTP_BAD;
			break;
		case HTTP_SCAN_COMPLETE:
			return HTTP_DONE;
		case HTTP_SCAN_LONG_LINE:
			http_refuse(fault, 414, "the first line is too long");
			return HTTP_BAD;
		case HTTP_SCAN_LONG_HEAD:
			http_refuse(fault, 431, "the headers are too large");
			return HTTP_BAD;
		case HTTP_SCAN_BAD:
			http_refuse(fault, 400, why);
			return HTTP_BAD;
		}
	}
}

static bool check_host(const struct known *known, unsigned minor, struct http_fault *fault)
{
	const char *value = known->value[KNOWN_HOST];
	if (known->count[KNOWN_HOST] == 0)
		return minor == 0 || http_refuse(fault, 400, "the Host header is missing");
	if (known->count[KNOWN_HOST] > 1)
		return http_refuse(fault, 400, "Host is given more than once");
	return http_bytes_are(value, strlen(value), HTTP_BYTES_HOST) ||
	       http_refuse(fault, 400, "Host is malformed");
}

/* RFC 9110 §10.1.1: in HTTP/1.0 it means nothing. */
static bool read_expect(const struct known *known, struct http_request_head *head,
                        struct http_fault *fault)
{
	if (known->count[KNOWN_EXPECT] == 0 || head->minor == 0)
		return true;
	if (known->count[KNOWN_EXPECT] > 1 || !value_is(known->value[KNOWN_EXPECT], "100-continue"))
		return http_refuse(fault, 417, "the only Expect known here is 100-continue");
	head->expect_continue = head->framing == FRAMING_CHUNKED || head->length > 0;
	return true;
}

/* dockerd switches protocols for any Upgrade header, whatever its value, Connection or the version
 * say. */
static bool read_upgrade(const struct known *known, struct http_request_head *head,
                         struct http_fault *fault)
{
	if (known->count[KNOWN_HTTP2_SETTINGS] > 0)
		return http_refuse(fault, 400, "an upgrade to HTTP/2 by HTTP2-Settings is not done here");
	if (known->count[KNOWN_UPGRADE] > 1)
		return http_refuse(fault, 400, "Upgrade is given more than once");
	if (known->count[KNOWN_UPGRADE] > 0 && head->minor == 0)
		return http_refuse(fault, 400, "Upgrade is given in HTTP/1.0");
	head->upgrade = known->count[KNOWN_UPGRADE] > 0;
	return true;
}

/* dockerd takes a body as it is, whatever its Content-Encoding says. */
static bool check_content_encoding(const struct known *known, struct http_fault *fault)
{
	size_t count = known->count[KNOWN_CONTENT_ENCODING];
	if (count > 1 || (count == 1 && !value_is(known->value[KNOWN_CONTENT_ENCODING], "identity")))
		return http_refuse(fault, 400,
		                   "Content-Encoding is not heeded by the daemon: send the body as it is");
	return true;
}

static bool read_request_headers(struct http_request_head *head, struct framing *framing,
                                 struct http_fault *fault)
{
	struct known known;
	find_known(&head->headers, &known);
	if (!check_host(&known, head->minor, fault) ||
	    !read_framing(&known, head->minor, framing, fault))
		return false;
	if (framing->chunked)
		head->framing = FRAMING_CHUNKED;
	else if (framing->has_length)
		head->framing = FRAMING_LENGTH;
	head->length = framing->length;
	return read_connection(&known, &head->headers, head->minor, &head->keep_alive, fault) &&
	       read_upgrade(&known, head, fault) && read_expect(&known, head, fault) &&
	       check_content_encoding(&known, fault);
}

static bool parse_request(const char *bytes, size_t len, struct http_head *raw,
                          struct http_request_head *head, struct http_fault *fault)
{
	struct http_request_line line;
	if (!http_request_line_read(raw->first_line, strlen(raw->first_line), &line, fault))
		return false;
	raw->first_line[line.method_len] = '\0';
	raw->first_line[line.target + line.target_len] = '\0';
	*head = (struct http_request_head){
		.method = raw->first_line,
		.target = raw->first_line + line.target,
		.minor = line.minor,
		.headers = raw->headers,
	};
	struct framing framing;
	if (!read_request_headers(head, &framing, fault))
		return false;
	const struct http_reading reading = {
		.method = head->method,
		.target = head->target,
		.minor = head->minor,
		.headers = &head->headers,
		.chunked = framing.chunked,
		.has_length = framing.has_length,
		.length = framing.length,
	};
	return http_head_agrees(bytes, len, &reading) ||
	       http_refuse(fault, 400, "the request can be read in two ways");
}

static bool check_request_line(const char *line, size_t len, struct http_fault *fault)
{
	struct http_request_line parts;
	return http_request_line_read(line, len, &parts, fault);
}

enum http_result http_read_request(struct evbuffer *input, struct arena *arena,
                                   const struct http_limits *limits, size_t *scanned,
                                   struct http_request_head *head, struct http_fault *fault)
{
	static const struct dialect dialect = {true, check_request_line};
	enum http_result result = find_head(input, &dialect, limits->head_bytes, scanned, fault);
	if (result != HTTP_DONE)
		return result;
	size_t len;
	const char *bytes = scanned_bytes(input, &dialect, *scanned, &len, fault);
	struct http_head raw;
	if (bytes == NULL || !http_head_split(bytes, len, arena, limits->headers, &raw, fault) ||
	    !parse_request(bytes, len, &raw, head, fault))
		return HTTP_BAD;
	evbuffer_drain(input, http_head_scanned(*scanned));
	*scanned = 0;
	return HTTP_DONE;
}

/* RFC 9112 §6.3, for the answer to a request of the method ASKED. */
static bool read_response_framing(struct http_response_head *head, const struct framing *framing,
                                  enum method asked, struct http_fault *fault)
{
	bool bodiless = head->status < 200 || head->status == 204;
	if (bodiless && (framing->chunked || framing->length > 0))
		return http_refuse(fault, 502, "an answer that cannot have a body announces one");
	head->length = framing->length;
	if (bodiless || head->status == 304 || asked == METHOD_HEAD) {
		head->framing = FRAMING_NONE;
	} else if (framing->chunked) {
		head->framing = FRAMING_CHUNKED;
	} else if (framing->has_length) {
		head->framing = FRAMING_LENGTH;
	} else {
		head->framing = FRAMING_UNTIL_CLOSE;
		head->keep_alive = false;
	}
	return true;
}

static bool parse_response(const char *bytes, size_t len, const struct http_head *raw,
                           enum method asked, struct http_response_head *head,
                           struct http_fault *fault)
{
	struct http_status_line line;
	if (!http_status_line_read(raw->first_line, strlen(raw->first_line), &line, fault))
		return false;
	*head = (struct http_response_head){
		.status = line.status,
		.minor = line.minor,
		.reason = raw->first_line + line.reason,
		.headers = raw->headers,
	};
	struct known known;
	struct framing framing;
	find_known(&head->headers, &known);
	if (!read_framing(&known, head->minor, &framing, fault) ||
	    !read_connection(&known, &head->headers, head->minor, &head->keep_alive, fault) ||
	    !read_response_framing(head, &framing, asked, fault))
		return false;
	const struct http_reading reading = {
		.status = head->status,
		.minor = head->minor,
		.headers = &head->headers,
		.chunked = framing.chunked,
		.has_length = framing.has_length,
		.length = framing.length,
	};
	return http_head_agrees(bytes, len, &reading) ||
	       http_refuse(fault, 502, "the answer can be read in two ways");
}

static bool check_status_line(const char *line, size_t len, struct http_fault *fault)
{
	struct http_status_line parts;
	return http_status_line_read(line, len, &parts, fault);
}

/* Whatever is wrong with an answer, what its asker gets to see is a bad gateway. */
static enum http_result bad_response(struct http_fault *fault)
{
	fault->status = 502;
	return HTTP_BAD;
}

/* NOLINTNEXTLINE(readability-function-size): one parameter more than a request's */
enum http_result http_read_response(struct evbuffer *input, struct arena *arena,
                                    const struct http_limits *limits, size_t *scanned,
                                    enum method asked, struct http_response_head *head,
                                    struct http_fault *fault)
{
	static const struct dialect dialect = {false, check_status_line};
	enum http_result result = find_head(input, &dialect, limits->head_bytes, scanned, fault);
	if (result != HTTP_DONE)
		return result == HTTP_BAD ? bad_response(fault) : result;
	size_t len;
	const char *bytes = scanned_bytes(input, &dialect, *scanned, &len, fault);
	struct http_head raw;
	if (bytes == NULL || !http_head_split(bytes, len, arena, limits->headers, &raw, fault) ||
	    !parse_response(bytes, len, &raw, asked, head, fault))
		return bad_response(fault);
	evbuffer_drain(input, http_head_scanned(*scanned));
	*scanned = 0;
	return HTTP_DONE;
}
