/* Owns the reading of Content-Type values. Which type a route wants is request_headers.c's
 * question. */
#include "policy/media_type.h"

#include "policy/text.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* In ASCII: the program never leaves the C locale. */
static bool starts_with(const char *value, const char *prefix)
{
	return strncasecmp(value, prefix, strlen(prefix)) == 0;
}

/* Behind a quoted string (RFC 9110 §5.6.4), or NULL when it does not end. */
static const char *skip_quoted(const char *at)
{
	for (at++; *at != '"'; at++) {
		if (*at == '\\')
			at++;
		if (*at == '\0')
			return NULL;
	}
	return at + 1;
}

/* Behind `name=value`, or NULL. */
static const char *skip_parameter(const char *at)
{
	size_t len = strcspn(at, "= \t;\"");

	if (!text_is_token(at, len) || at[len] != '=')
		return NULL;
	at += len + 1;
	if (*at == '"')
		return skip_quoted(at);
	len = strcspn(at, " \t;");
	return text_is_token(at, len) ? at + len : NULL;
}

/* What follows the type: any number of `; name=value`, where Go and the RFC allow empty ones. */
static bool parameters_are_fine(const char *at)
{
	for (;;) {
		at = skip_blanks(at);
		if (*at == '\0')
			return true;
		if (*at != ';')
			return false;
		at = skip_blanks(at + 1);
		if (*at == '\0' || *at == ';')
			continue;
		at = skip_parameter(at);
		if (at == NULL)
			return false;
	}
}

bool media_type_is(const char *value, const char *type)
{
	value = skip_blanks(value);
	return starts_with(value, type) && parameters_are_fine(value + strlen(type));
}

bool media_type_is_form(const char *value)
{
	static const char form[] = "application/x-www-form-urlencoded";

	value = skip_blanks(value);
	if (starts_with(value, "multipart/"))
		return true;
	return starts_with(value, form) &&
	       (value[sizeof form - 1] == '\0' || strchr(" \t;,", value[sizeof form - 1]) != NULL);
}

/* application/json is what some client libraries put over anything; text/plain, the docker CLI. */
bool media_type_is_archive(const char *value)
{
	static const char *const types[] = {
		"application/x-tar",   "application/tar",    "application/octet-stream",
		"application/gzip",    "application/x-gzip", "application/x-gtar",
		"application/x-bzip2", "application/x-xz",   "application/zstd",
		"application/json",    "text/plain",
	};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (media_type_is(value, types[i]))
			return true;
	}
	return false;
}
