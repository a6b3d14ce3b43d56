/* Reads the headers of a request by its route: refuses what a browser, a form or an unasked upgrade
 * brings, and picks the few that go on to the daemon, under our own spelling. Everything else is
 * left out. Framing and connection headers are the HTTP reader's and writer's. */
#include "policy/request_parts.h"

#include "policy/arena.h"
#include "policy/credentials.h"
#include "policy/error.h"
#include "policy/header_table.h"
#include "policy/media_type.h"
#include "policy/text.h"

#include <string.h>

enum {
	USER_AGENT_MAX = 256,
	PRINTED_MAX = 100, /* bytes of a peer's value in a message */
};

const char *headers_value(const struct headers *headers, const char *name)
{
	for (size_t i = 0; i < headers->count; i++) {
		if (text_equal_ascii(headers->list[i].name, name))
			return headers->list[i].value;
	}
	return NULL;
}

size_t headers_count(const struct headers *headers, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < headers->count; i++) {
		if (text_equal_ascii(headers->list[i].name, name))
			count++;
	}
	return count;
}

/* What a web page makes a browser send: it could talk to a loopback listener, but not without
 * these. */
static bool is_denied(const char *name)
{
	const struct header_def *def = header_find(name);

	return def != NULL && def->posture == POSTURE_DENY;
}

bool request_check_origin(struct arena *arena, const struct headers *headers,
                          struct refusal *refusal)
{
	const char *type = headers_value(headers, "Content-Type");

	for (size_t i = 0; i < headers->count; i++) {
		const char *name = headers->list[i].name;

		if (is_denied(name))
			return request_refuse(
				arena, refusal, 403,
				"header %s: requests of web pages are refused; use a Docker client",
				text_printable(arena, name, PRINTED_MAX));
		if (text_equal_ascii(name, "Content-Type") && media_type_is_form(headers->list[i].value))
			return request_refuse(arena, refusal, 415,
			                      "Content-Type %s: a form would override the query; send JSON as "
			                      "application/json and archives as application/x-tar",
			                      text_printable(arena, headers->list[i].value, PRINTED_MAX));
	}
	if (type != NULL && headers_count(headers, "Content-Type") > 1)
		return request_refuse(arena, refusal, 400, "there is more than one Content-Type");
	return true;
}

/* A body that the route does not read. Client libraries send one with every POST, and dockerd
 * ignores it; with any other method it is a mistake or an attempt to hide a request. */
static bool check_needless_body(struct request *request, const char *type, struct refusal *refusal)
{
	if (request->method != METHOD_POST ||
	    (type != NULL && !media_type_is(type, "application/json")))
		return request_refuse(request->arena, refusal, 400, "%s takes no body",
		                      request->route->operation);
	request->ignores_body = true;
	return true;
}

static bool check_media_type(struct request *request, const char *type, struct refusal *refusal)
{
	const char *printed = type == NULL ? "none" : text_printable(request->arena, type, PRINTED_MAX);

	if (!request->has_body)
		return true;
	switch (request->route->body) {
	case BODY_NONE:
		return check_needless_body(request, type, refusal);
	case BODY_JSON:
	case BODY_JSON_OPTIONAL:
	case BODY_JSON_LIST:
		if (type != NULL && media_type_is(type, "application/json"))
			return true;
		return request_refuse(request->arena, refusal, 415,
		                      "%s wants a body with Content-Type application/json, this one has %s",
		                      request->route->operation, printed);
	case BODY_STREAM:
		if (type == NULL || media_type_is_archive(type))
			return true;
		return request_refuse(
			request->arena, refusal, 415,
			"%s wants an archive (Content-Type application/x-tar), this body has %s",
			request->route->operation, printed);
	}
	return false;
}

/* dockerd never looks at the coding of a request: it sniffs archives, and reads JSON as it comes.
 * So a coding on JSON is a lie or would fail, and one on an archive says what the daemon finds out
 * by itself. */
static bool check_coding(struct request *request, const struct headers *headers,
                         struct refusal *refusal)
{
	static const char *const archive_codings[] = {"gzip", "x-gzip", "bzip2", "xz", "zstd"};
	const char *coding = headers_value(headers, "Content-Encoding");

	if (coding == NULL)
		return true;
	if (headers_count(headers, "Content-Encoding") == 1) {
		if (text_equal_ascii(coding, "identity"))
			return true;
		for (size_t i = 0; i < sizeof archive_codings / sizeof archive_codings[0]; i++) {
			if (request->route->body == BODY_STREAM && text_equal_ascii(coding, archive_codings[i]))
				return true;
		}
	}
	return request_refuse(request->arena, refusal, 415,
	                      "Content-Encoding %s is not understood for %s",
	                      text_printable(request->arena, coding, PRINTED_MAX),
	                      request->route->operation);
}

/* The one protocol a route may change to. A hijack works without asking, too: old clients do not
 * ask. */
static const char *upgrade_of(enum answer_kind kind)
{
	switch (kind) {
	case ANSWER_PLAIN:
	case ANSWER_STREAM:
		return NULL;
	case ANSWER_HIJACK:
		return "tcp";
	case ANSWER_H2C:
		return "h2c";
	case ANSWER_WEBSOCKET:
		return "websocket";
	}
	return NULL;
}

static bool read_upgrade(struct request *request, const struct headers *headers,
                         struct refusal *refusal)
{
	const char *wanted = upgrade_of(request->route->answer);
	const char *asked = headers_value(headers, "Upgrade");

	if (asked == NULL && (wanted == NULL || request->route->answer == ANSWER_HIJACK))
		return true;
	if (wanted == NULL)
		return request_refuse(request->arena, refusal, 400,
		                      "%s upgrades to nothing, but Upgrade is %s",
		                      request->route->operation,
		                      text_printable(request->arena, asked, PRINTED_MAX));
	if (asked == NULL || headers_count(headers, "Upgrade") != 1 || !text_equal_ascii(asked, wanted))
		return request_refuse(request->arena, refusal, 400,
		                      "%s upgrades to %s only, but Upgrade is %s",
		                      request->route->operation, wanted,
		                      asked == NULL ? "not there"
		                                    : text_printable(request->arena, asked, PRINTED_MAX));
	request->upgrade = true;
	return true;
}

static bool is_printable(const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value < 0x20 || *value > 0x7e)
			return false;
	}
	return true;
}

static void add_header(struct headers *headers, const char *name, const char *value)
{
	headers->list[headers->count++] = (struct header){name, value};
}

/* The type of what we send: canonical JSON, or an archive; a form's never. */
static const char *our_media_type(const struct request *request)
{
	if (!request->has_body || request->route->body == BODY_NONE)
		return NULL;
	return request->route->body == BODY_STREAM ? "application/x-tar" : "application/json";
}

/* Credentials are read and printed afresh, and left out when dockerd would not understand them. */
static bool take_credentials(struct request *request, const struct header_def *def,
                             const char *value, struct refusal *refusal)
{
	struct error error = {.text = ""};
	bool many = def->audience == HEADER_BUILD;
	json_t *tree;
	const char *printed;

	if (!credentials_read(request->arena, value, many, &tree, &printed, &error))
		return error.text[0] == '\0'
		           ? request_refuse_memory(refusal)
		           : request_refuse(request->arena, refusal, 400, "%s: %s", def->name, error.text);
	if (many)
		request->logins = tree;
	else
		request->login = tree;
	if (printed != NULL)
		add_header(&request->headers, def->name, printed);
	return true;
}

/* What is harmless goes on as it is; what is rewritten is written by others. */
static bool take_header(struct request *request, const struct headers *given, size_t index,
                        struct refusal *refusal)
{
	const struct header_def *def = header_find(given->list[index].name);
	const char *value = given->list[index].value;

	if (def == NULL || !header_is_read(def, request->route) ||
	    (def->posture != POSTURE_HARMLESS && !def->credentials))
		return true;
	if (!def->repeatable && headers_count(given, def->name) > 1)
		return request_refuse(request->arena, refusal, 400, "there is more than one %s", def->name);
	if (!is_printable(value))
		return request_refuse(request->arena, refusal, 400,
		                      "%s holds characters that are not ASCII", def->name);
	if (def->credentials)
		return take_credentials(request, def, value, refusal);
	add_header(&request->headers, def->name, value);
	return true;
}

static bool pick_headers(struct request *request, const struct headers *given,
                         struct refusal *refusal)
{
	const char *agent = headers_value(given, "User-Agent");
	const char *type = our_media_type(request);

	request->headers.list = arena_calloc(request->arena, given->count + 1, sizeof *given->list);
	if (request->headers.list == NULL)
		return request_refuse_memory(refusal);
	if (agent != NULL && strlen(agent) <= USER_AGENT_MAX && is_printable(agent))
		add_header(&request->headers, "User-Agent", agent);
	if (type != NULL)
		add_header(&request->headers, "Content-Type", type);
	for (size_t i = 0; i < given->count; i++) {
		if (!take_header(request, given, i, refusal))
			return false;
	}
	return true;
}

bool request_read_headers(struct request *request, const struct request_head *head,
                          struct refusal *refusal)
{
	request->has_body = head->has_body;
	return check_media_type(request, headers_value(&head->headers, "Content-Type"), refusal) &&
	       check_coding(request, &head->headers, refusal) &&
	       read_upgrade(request, &head->headers, refusal) &&
	       pick_headers(request, &head->headers, refusal);
}
