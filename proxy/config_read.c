/* Reads one group of a settings tree key by key. */
#include "proxy/config_read.h"

#include "policy/problems.h"
#include "policy/text.h"
#include "proxy/listener.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct place section_place(const config_setting_t *setting)
{
	return (struct place){
		.file = config_setting_source_file(setting),
		.line = config_setting_source_line(setting),
	};
}

static const config_setting_t *member(const struct section *section, const char *key)
{
	return section->setting != NULL && key != NULL
	           ? config_setting_get_member(section->setting, key)
	           : NULL;
}

struct section section_open(const struct section *parent, const char *name)
{
	struct section section = {.setting = member(parent, name),
	                          .name = name,
	                          .place = parent->place,
	                          .problems = parent->problems};

	if (section.setting != NULL)
		section.place = section_place(section.setting);
	if (section.setting != NULL && !config_setting_is_group(section.setting)) {
		problems_add(section.problems, section.place, "%s must be a group: %s = { ... };", name,
		             name);
		section.setting = NULL;
	}
	return section;
}

static size_t key_count(const char *const *keys)
{
	size_t count = 0;

	while (keys[count] != NULL)
		count++;
	return count;
}

static bool listed(const char *name, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		if (strcmp(name, *keys) == 0)
			return true;
	return false;
}

void section_check_keys(const struct section *section, const char *const *keys)
{
	int count = section->setting != NULL ? config_setting_length(section->setting) : 0;

	for (int i = 0; i < count; i++) {
		const config_setting_t *setting = config_setting_get_elem(section->setting, (unsigned)i);
		const char *name = config_setting_name(setting);
		const char *meant;

		if (name == NULL || listed(name, keys))
			continue;
		meant = text_nearest(name, keys, key_count(keys));
		problems_add(section->problems, section_place(setting), "unknown key '%s' in %s%s%s%s",
		             name, section->name, meant != NULL ? "; did you mean '" : "",
		             meant != NULL ? meant : "", meant != NULL ? "'?" : "");
	}
}

bool section_has(const struct section *section, const char *key)
{
	return member(section, key) != NULL;
}

void section_problem(const struct section *section, const char *key, const char *format, ...)
{
	const config_setting_t *setting = member(section, key);
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	problems_add(section->problems, setting != NULL ? section_place(setting) : section->place, "%s",
	             text);
}

/* "limits.head_ms must be ..." */
static void must_be(const struct section *section, const char *key, const char *what)
{
	section_problem(section, key, "%s%s%s must be %s", section->bare ? "" : section->name,
	                section->bare ? "" : ".", key, what);
}

void section_string(const struct section *section, const char *key, const char **value)
{
	const config_setting_t *setting = member(section, key);

	if (setting == NULL)
		return;
	if (config_setting_type(setting) == CONFIG_TYPE_STRING &&
	    config_setting_get_string(setting)[0] != '\0')
		*value = config_setting_get_string(setting);
	else
		must_be(section, key, "a string that is not empty");
}

void section_socket(const struct section *section, const char *key, const char **value)
{
	char what[80];

	section_string(section, key, value);
	if (*value != NULL && (*value)[0] != '/') {
		must_be(section, key, "an absolute path");
	} else if (*value != NULL && strlen(*value) > SOCKET_PATH_LEN_MAX) {
		snprintf(what, sizeof what, "at most %d bytes, as the path of a Unix socket; it has %zu",
		         SOCKET_PATH_LEN_MAX, strlen(*value));
		must_be(section, key, what);
	}
}

void section_flag(const struct section *section, const char *key, bool *value)
{
	const config_setting_t *setting = member(section, key);

	if (setting == NULL)
		return;
	if (config_setting_type(setting) == CONFIG_TYPE_BOOL)
		*value = config_setting_get_bool(setting) != 0;
	else
		must_be(section, key, "true or false");
}

static bool is_integer(const config_setting_t *setting)
{
	int type = config_setting_type(setting);

	return type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;
}

void section_number(const struct section *section, const char *key, unsigned minimum,
                    unsigned maximum, unsigned *value)
{
	const config_setting_t *setting = member(section, key);
	char what[64];
	long long number;

	if (setting == NULL)
		return;
	number = is_integer(setting) ? config_setting_get_int64(setting) : -1;
	if (number >= (long long)minimum && number <= (long long)maximum) {
		*value = (unsigned)number;
		return;
	}
	snprintf(what, sizeof what, "a whole number from %u to %u", minimum, maximum);
	must_be(section, key, what);
}

void section_size(const struct section *section, const char *key, unsigned long long maximum,
                  unsigned long long *value)
{
	const config_setting_t *setting = member(section, key);
	char what[80];
	long long bytes = -1;

	if (setting == NULL)
		return;
	if (is_integer(setting))
		bytes = config_setting_get_int64(setting);
	else if (config_setting_type(setting) != CONFIG_TYPE_STRING ||
	         !text_to_size(config_setting_get_string(setting), &bytes))
		bytes = -1;
	if (bytes >= 1 && (unsigned long long)bytes <= maximum) {
		*value = (unsigned long long)bytes;
		return;
	}
	snprintf(what, sizeof what, "a size such as \"4M\", at most %llu bytes", maximum);
	must_be(section, key, what);
}
