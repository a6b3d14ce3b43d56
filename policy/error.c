/* Owns the one text buffer a mistake travels in. Who shows it, and where, is the caller's
 * business. */
#include "policy/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *error, const char *format, ...)
{
	va_list arguments;

	if (error == NULL)
		return false;
	va_start(arguments, format);
	if (vsnprintf(error->text, sizeof error->text, format, arguments) < 0)
		error->text[0] = '\0';
	va_end(arguments);
	return false;
}

bool error_prefix(struct error *error, const char *format, ...)
{
	char prefix[ERROR_TEXT_SIZE];
	va_list arguments;
	size_t prefix_len;
	size_t text_len;

	if (error == NULL)
		return false;
	va_start(arguments, format);
	if (vsnprintf(prefix, sizeof prefix, format, arguments) < 0)
		prefix[0] = '\0';
	va_end(arguments);

	prefix_len = strlen(prefix);
	text_len = strlen(error->text);
	if (text_len > sizeof error->text - 1 - prefix_len)
		text_len = sizeof error->text - 1 - prefix_len;
	memmove(error->text + prefix_len, error->text, text_len);
	memcpy(error->text, prefix, prefix_len);
	error->text[prefix_len + text_len] = '\0';
	return false;
}
