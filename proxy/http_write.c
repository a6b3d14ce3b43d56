/* Prints heads, chunks and error answers. Everything is checked first and measured next, so that a
 * message is added whole by one operation on the queue, or not at all. Knows no policy and keeps no
 * state. */
#include "proxy/http_write.h"

#include "policy/text.h"
#include "proxy/http_field.h"

#include <assert.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

/* A place to print to; with AT NULL it only measures. */
struct printer {
	char *at;
	size_t used;
};

static void put_bytes(struct printer *printer, const char *bytes, size_t len)
{
	if (printer->at != NULL)
		memcpy(printer->at + printer->used, bytes, len);
	printer->used += len;
}

static void put(struct printer *printer, const char *text)
{
	put_bytes(printer, text, strlen(text));
}

static void put_number(struct printer *printer, uint64_t number)
{
	char digits[20]; /* of UINT64_MAX */
	size_t at = sizeof digits;
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	put_bytes(printer, digits + at, sizeof digits - at);
}

static void put_header(struct printer *printer, const char *name, const char *value)
{
	put(printer, name);
	put_bytes(printer, ": ", 2);
	put(printer, value);
	put_bytes(printer, "\r\n", 2);
}

static void put_headers(struct printer *printer, const struct http_message *message)
{
	if (message->framing == FRAMING_CHUNKED) {
		put(printer, "Transfer-Encoding: chunked\r\n");
	} else if (message->framing == FRAMING_LENGTH) {
		put(printer, "Content-Length: ");
		put_number(printer, message->length);
		put_bytes(printer, "\r\n", 2);
	}
	if (message->upgrade != NULL) {
		put(printer, "Connection: Upgrade\r\n");
		put_header(printer, "Upgrade", message->upgrade);
	} else if (message->close) {
		put(printer, "Connection: close\r\n");
	}
	for (size_t i = 0; i < message->headers.count; i++)
		put_header(printer, message->headers.list[i].name, message->headers.list[i].value);
	put_bytes(printer, "\r\n", 2);
}

/* What one message consists of; a request has a method, a response a reason. */
struct sheet {
	const char *method, *target, *host;
	unsigned status;
	const char *reason;
	const struct http_message *message;
	const char *error; /* the body is {"message": ERROR}; NULL: none */
};

/* The bytes of the well-formed UTF-8 sequence at TEXT, 0 when there is none. */
static size_t utf8_length(const char *text)
{
	unsigned char lead = (unsigned char)*text;
	if (lead < 0x80)
		return 1;
	size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	return memchr(text, '\0', len) == NULL && text_is_utf8(text, len) ? len : 0;
}

static void put_control(struct printer *printer, char byte)
{
	char escape[sizeof "\\u0000"];
	int len = snprintf(escape, sizeof escape, "\\u%04x", (unsigned)(unsigned char)byte);
	assert(len == sizeof escape - 1);
	put_bytes(printer, escape, (size_t)len);
}

/* As Go's encoding/json without HTML escapes, which is how dockerd writes its errors. */
static void put_json_string(struct printer *printer, const char *text)
{
	put_bytes(printer, "\"", 1);
	while (*text != '\0') {
		size_t len = utf8_length(text);
		if (len == 0)
			put(printer, "\\ufffd");
		else if (*text == '"' || *text == '\\')
			put_bytes(printer, *text == '"' ? "\\\"" : "\\\\", 2);
		else if (*text == '\n')
			put_bytes(printer, "\\n", 2);
		else if (*text == '\r')
			put_bytes(printer, "\\r", 2);
		else if (*text == '\t')
			put_bytes(printer, "\\t", 2);
		else if ((unsigned char)*text < 0x20)
			put_control(printer, *text);
		else if (len == 3 &&
		         (memcmp(text, "\xe2\x80\xa8", 3) == 0 || memcmp(text, "\xe2\x80\xa9", 3) == 0))
			put(printer, text[2] == '\xa8' ? "\\u2028" : "\\u2029");
		else
			put_bytes(printer, text, len);
		text += len > 0 ? len : 1;
	}
	put_bytes(printer, "\"", 1);
}

static void put_error(struct printer *printer, const char *text)
{
	put(printer, "{\"message\":");
	put_json_string(printer, text);
	put(printer, "}\n");
}

static void put_sheet(struct printer *printer, const struct sheet *sheet)
{
	if (sheet->method != NULL) {
		put(printer, sheet->method);
		put_bytes(printer, " ", 1);
		put(printer, sheet->target);
		put(printer, " HTTP/1.1\r\n");
		put_header(printer, "Host", sheet->host);
	} else {
		put(printer, "HTTP/1.1 ");
		put_number(printer, sheet->status);
		put_bytes(printer, " ", 1);
		put(printer, sheet->reason);
		put_bytes(printer, "\r\n", 2);
	}
	put_headers(printer, sheet->message);
	if (sheet->error != NULL)
		put_error(printer, sheet->error);
}

static bool add_sheet(struct evbuffer *output, const struct sheet *sheet)
{
	struct printer measure = {NULL, 0};
	put_sheet(&measure, sheet);

	struct evbuffer_iovec space;
	if (evbuffer_reserve_space(output, (ev_ssize_t)measure.used, &space, 1) != 1)
		return false;
	assert(space.iov_len >= measure.used);
	struct printer printer = {space.iov_base, 0};
	put_sheet(&printer, sheet);
	assert(printer.used == measure.used);
	space.iov_len = printer.used;
	return evbuffer_commit_space(output, &space, 1) == 0;
}

/* What this file prints from the typed message, or what must not travel on. */
static bool is_reserved(const char *name, size_t len)
{
	static const char *const names[] = {
		"Connection",        "Content-Length",   "Host", "HTTP2-Settings",
		"Keep-Alive",        "Proxy-Connection", "TE",   "Trailer",
		"Transfer-Encoding", "Upgrade"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (http_name_is(name, len, names[i]))
			return true;
	return false;
}

static bool is_value(const char *value)
{
	return http_bytes_are(value, strlen(value), HTTP_BYTES_TEXT);
}

static bool message_is_valid(const struct http_message *message)
{
	if (message->upgrade != NULL && (*message->upgrade == '\0' || !is_value(message->upgrade)))
		return false;
	for (size_t i = 0; i < message->headers.count; i++) {
		const char *name = message->headers.list[i].name;
		size_t len = strlen(name);
		if (len == 0 || !http_bytes_are(name, len, HTTP_BYTES_TOKEN) || is_reserved(name, len))
			return false;
		if (!is_value(message->headers.list[i].value))
			return false;
	}
	return true;
}

bool http_write_request(struct evbuffer *output, const char *method, const char *target,
                        const char *host, const struct http_message *message)
{
	if (!http_method_is_valid(method, strlen(method)) ||
	    !http_target_is_valid(target, strlen(target)))
		return false;
	if (!http_bytes_are(host, strlen(host), HTTP_BYTES_HOST))
		return false;
	if (message->framing == FRAMING_UNTIL_CLOSE || !message_is_valid(message))
		return false;
	const struct sheet sheet = {.method = method,
	                            .target = target,
	                            .host = host,
	                            .message = message};
	return add_sheet(output, &sheet);
}

bool http_write_response(struct evbuffer *output, unsigned status, const char *reason,
                         const struct http_message *message)
{
	bool bodiless = status < 200 || status == 204;
	if (status < 100 || status > 599 || (bodiless && message->framing != FRAMING_NONE))
		return false;
	if (reason == NULL || *reason == '\0')
		reason = http_reason(status);
	if (!is_value(reason) || !message_is_valid(message))
		return false;
	const struct sheet sheet = {.status = status, .reason = reason, .message = message};
	return add_sheet(output, &sheet);
}

/* The size goes in front of DATA and the line end behind it, so that OUTPUT changes once or not at
 * all. */
bool http_write_chunk(struct evbuffer *output, struct evbuffer *data)
{
	size_t len = evbuffer_get_length(data);
	if (len == 0)
		return true;
	char size[sizeof len * 2 + sizeof "\r\n"];
	int size_len = snprintf(size, sizeof size, "%zx\r\n", len);
	assert(size_len > 0 && (size_t)size_len < sizeof size);
	return evbuffer_add(data, "\r\n", 2) == 0 &&
	       evbuffer_prepend(data, size, (size_t)size_len) == 0 &&
	       evbuffer_add_buffer(output, data) == 0;
}

bool http_write_last_chunk(struct evbuffer *output)
{
	static const char last[] = "0\r\n\r\n";
	return evbuffer_add(output, last, sizeof last - 1) == 0;
}

bool http_write_error(struct evbuffer *output, unsigned status, const char *message, bool head_only,
                      bool close)
{
	if (status < 400 || status > 599)
		return false;
	struct printer body = {NULL, 0};
	put_error(&body, message);

	struct header type = {"Content-Type", "application/json"};
	const struct http_message head = {
		.framing = FRAMING_LENGTH,
		.length = body.used,
		.close = close,
		.headers = {&type, 1},
	};
	const struct sheet sheet = {
		.status = status,
		.reason = http_reason(status),
		.message = &head,
		.error = head_only ? NULL : message,
	};
	return add_sheet(output, &sheet);
}

struct reason {
	unsigned status;
	const char *text;
};

/* RFC 9110 §15, RFC 6585. */
static const struct reason reasons[] = {
	{100, "Continue"},
	{101, "Switching Protocols"},
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{203, "Non-Authoritative Information"},
	{204, "No Content"},
	{205, "Reset Content"},
	{206, "Partial Content"},
	{300, "Multiple Choices"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{426, "Upgrade Required"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
	{507, "Insufficient Storage"},
};

const char *http_reason(unsigned status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Unknown";
}
