/* What commands tell on standard error: of a wrong command line the option, its value and what is expected, then where
 * to read on. */
#include "proxy/cmd_usage.h"

#include "policy/problems.h"
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

void usage_problems(const char *what, const struct problems *problems)
{
	for (size_t i = 0; problems != NULL && i < problems_count(problems); i++)
		fprintf(stderr, "%s%s\n", what, problems_text(problems, i));
}

void usage_log(enum log_level level, const struct problems *problems)
{
	for (size_t i = 0; problems != NULL && i < problems_count(problems); i++)
		log_line(level, "%s", problems_text(problems, i));
}
