/* What a command line that is wrong gets told: the option, its value and what is expected, then where to read on. */
#include "proxy/cmd_usage.h"

#include "policy/route.h"
#include "proxy/commands.h"

#include <stdarg.h>
#include <stdio.h>

int usage_hint(const char *command)
{
	fprintf(stderr, "Try 'quaymaster %s --help'.\n", command);
	return EXIT_USAGE;
}

int usage_wrong(const char *command, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "quaymaster %s: ", command);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return usage_hint(command);
}

bool usage_value(const char *command, const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "quaymaster %s: %s '%s': expected %s\n", command, option, value, expected);
	return false;
}

bool usage_engine(const char *command, const char *value, unsigned *minor)
{
	char expected[64];

	if (api_minor_from_text(value, minor))
		return true;
	snprintf(expected, sizeof expected, "an API version from 1.%d to 1.%d", API_MINOR_OLDEST,
	         API_MINOR_NEWEST);
	return usage_value(command, "--engine", value, expected);
}
