/* Go's path.Match, for one name. */
#include "policy/reference_match.h"

#include <stddef.h>
#include <string.h>

struct name {
	const char *at, *end;
};

/* One character of a class, which may be written with a backslash; '\0' when there is none. */
static char take_member(const char **pattern)
{
	if (**pattern == '\\')
		(*pattern)++;
	if (**pattern == '\0')
		return '\0';
	return *(*pattern)++;
}

/* Moves *PATTERN behind the class that it begins; false when that is none, or does not have C. */
static bool class_has(const char **pattern, char c)
{
	const char *at = *pattern + 1;
	bool inverted = *at == '^', has = false;

	at += inverted ? 1 : 0;
	if (*at == ']')
		return false;
	while (*at != ']') {
		char low = take_member(&at), high = low;

		if (*at == '-') {
			at++;
			high = '\0';
			if (*at != ']')
				high = take_member(&at);
		}
		if (low == '\0' || high == '\0')
			return false;
		has = has || (low <= c && c <= high);
	}
	*pattern = at + 1;
	return has != inverted;
}

/* Moves *PATTERN behind what stands for one character; false when that is not C. */
static bool takes(const char **pattern, char c)
{
	if (**pattern == '[')
		return class_has(pattern, c);
	if (**pattern == '?') {
		(*pattern)++;
		return c != '/';
	}
	if (**pattern == '\\')
		(*pattern)++;
	return **pattern != '\0' && *(*pattern)++ == c;
}

/* Each star takes as little as it can, and only the last one takes more: what is before it fits as well as it may. */
static bool matches(const char *pattern, struct name name)
{
	const char *star = NULL, *retry = NULL;

	while (name.at < name.end || *pattern != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			retry = name.at;
			continue;
		}
		if (name.at < name.end && *pattern != '\0' && takes(&pattern, *name.at)) {
			name.at++;
			continue;
		}
		if (star == NULL || retry == name.end || *retry == '/')
			return false;
		name.at = ++retry;
		pattern = star;
	}
	return true;
}

bool reference_matches(const char *pattern, const char *name)
{
	const char *end = name + strlen(name), *digest = strchr(name, '@'), *slash = strrchr(name, '/');
	const char *colon = strchr(slash != NULL ? slash : name, ':');

	if (matches(pattern, (struct name){name, end}))
		return true;
	if (digest != NULL)
		end = digest;
	else if (colon != NULL)
		end = colon;
	return matches(pattern, (struct name){name, end});
}
