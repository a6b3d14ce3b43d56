/* Owns the settings of wollomatic's socket-proxy: their names, their reading, and what they come to. Which
 * operations an expression opens is wollomatic_paths.c's. */
#include "policy/wollomatic.h"

#include "policy/arena.h"
#include "policy/cidr.h"
#include "policy/problems.h"
#include "policy/text.h"
#include "policy/wollomatic_parts.h"

#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 64, BINDS_MAX = 64 };

/* Beside the expressions. */
static const struct setting {
	const char *flag;
	bool is_switch;
	const char
		*left_out; /* what is told of it when it is set; NULL: it is translated, or says nothing */
} settings[] = {
	{"allowfrom", false, NULL},
	{"allowbindmountfrom", false, NULL},
	{"allowhealthcheck", true, "there is no port for health checks"},
	{"dockerlabelprefix", false, "labels of containers give no rights"},
	{"listenip", false, NULL},
	{"logjson", true, NULL},
	{"loglevel", false, NULL},
	{"proxycontainername", false, "labels of containers give no rights"},
	{"proxyport", false, NULL},
	{"proxysocketendpoint", false, NULL},
	{"proxysocketendpointfilemode", false, NULL},
	{"shutdowngracetime", false, "connections end at once"},
	{"socketpath", false, NULL},
	{"stoponwatchdog", true, "a daemon that comes back is found again"},
	{"watchdoginterval", false, "a daemon that comes back is found again"},
};

static const char *const methods[] = {"GET",   "HEAD",    "POST",  "PUT",    "DELETE",
                                      "PATCH", "CONNECT", "TRACE", "OPTIONS"};

enum { SETTINGS = sizeof settings / sizeof *settings, METHODS = sizeof methods / sizeof *methods };

/* --- names ------------------------------------------------------------------------------------- */

/* The variable's name for a flag's: listenip is SP_LISTENIP. */
static bool is_variable_of(const char *flag, const char *variable)
{
	return text_starts_with(variable, "SP_") && text_equal_ascii(variable + strlen("SP_"), flag) &&
	       strpbrk(variable, "abcdefghijklmnopqrstuvwxyz") == NULL;
}

static const struct setting *find_setting(const char *name)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		if ((name[0] == '-' && strcmp(name + 1, settings[i].flag) == 0) ||
		    is_variable_of(settings[i].flag, name))
			return &settings[i];
	}
	return NULL;
}

/* The method of "-allowGET", and of "SP_ALLOW_GET" and "SP_ALLOW_GET_2"; NULL for other names. */
static const char *method_of(const char *name)
{
	for (size_t i = 0; i < METHODS; i++) {
		size_t len = strlen(methods[i]);

		if (text_starts_with(name, "-allow") && strcmp(name + strlen("-allow"), methods[i]) == 0)
			return methods[i];
		if (text_starts_with(name, "SP_ALLOW_") &&
		    strncmp(name + strlen("SP_ALLOW_"), methods[i], len) == 0 &&
		    (name[strlen("SP_ALLOW_") + len] == '\0' || name[strlen("SP_ALLOW_") + len] == '_'))
			return methods[i];
	}
	return NULL;
}

bool wollomatic_knows(const char *name)
{
	return method_of(name) != NULL || find_setting(name) != NULL;
}

bool wollomatic_is_switch(const char *flag)
{
	const struct setting *setting = find_setting(flag);

	return setting != NULL && setting->is_switch;
}

/* --- values ------------------------------------------------------------------------------------ */

/* The last flag wins, then a variable that is not empty. */
static const char *value_of(const struct reading *reading, const char *flag)
{
	const char *value = NULL;
	bool from_flag = false;

	for (size_t i = 0; i < reading->variables->count; i++) {
		const struct variable *variable = &reading->variables->list[i];
		bool is_flag = variable->name[0] == '-' && strcmp(variable->name + 1, flag) == 0;

		if (is_flag ||
		    (!from_flag && variable->value[0] != '\0' && is_variable_of(flag, variable->name)))
			value = variable->value;
		from_flag = from_flag || is_flag;
	}
	return value;
}

static const char *value_or(const struct reading *reading, const char *flag, const char *otherwise)
{
	const char *value = value_of(reading, flag);

	return value != NULL ? value : otherwise;
}

/* What a complaint names: the flag, whichever form was used. */
static struct place about(const struct reading *reading, const char *flag)
{
	const char *name = arena_format(reading->arena, "-%s", flag);

	return (struct place){.file = name != NULL ? name : flag};
}

static const char *shown(const struct reading *reading, const char *value)
{
	return text_printable(reading->arena, value, SHOWN_MAX);
}

/* --- where it listens -------------------------------------------------------------------------- */

/* Whether one of the comma-separated ranges is everyone. */
static bool is_everyone(const char *ranges)
{
	while (*ranges != '\0') {
		size_t len = strcspn(ranges, ",");

		if ((len == strlen("0.0.0.0/0") && strncmp(ranges, "0.0.0.0/0", len) == 0) ||
		    (len == strlen("::/0") && strncmp(ranges, "::/0", len) == 0))
			return true;
		ranges += len + (ranges[len] == ',');
	}
	return false;
}

static void read_socket(struct reading *reading, const char *path)
{
	const char *mode = value_or(reading, "proxysocketendpointfilemode", "0600");
	bool octal = mode[0] != '\0' && mode[strspn(mode, "01234567")] == '\0' && strlen(mode) <= 4;

	if (path[0] != '/')
		problems_add(reading->mistakes, about(reading, "proxysocketendpoint"),
		             "must be an absolute path, not '%s'", shown(reading, path));
	if (!octal)
		problems_add(reading->mistakes, about(reading, "proxysocketendpointfilemode"),
		             "must be octal, such as 0600, not '%s'", shown(reading, mode));
	reading->converted->listen = path;
	reading->converted->mode = mode[0] == '0' ? mode : arena_format(reading->arena, "0%s", mode);
}

/* Clients have no names by address here: a port that is open to some only is opened to none of them. */
static void read_address(struct reading *reading)
{
	const char *ip = value_or(reading, "listenip", "127.0.0.1");
	const char *port = value_or(reading, "proxyport", "2375");
	const char *from = value_or(reading, "allowfrom", "127.0.0.1/32");
	struct converted *converted = reading->converted;
	struct ip_address address;
	unsigned long long number;

	if (!ip_parse(ip, &address))
		problems_add(reading->mistakes, about(reading, "listenip"), "must be an address, not '%s'",
		             shown(reading, ip));
	if (!text_to_number(port, 65535, &number) || number == 0)
		problems_add(reading->mistakes, about(reading, "proxyport"), "must be a port, not '%s'",
		             shown(reading, port));
	converted->listen =
		arena_format(reading->arena, strchr(ip, ':') != NULL ? "[%s]:%s" : "%s:%s", ip, port);
	if (converted->listen == NULL || text_is_loopback(converted->listen))
		return;
	converted->insecure = is_everyone(from);
	if (converted->insecure)
		return;
	problems_add(
		reading->notes, about(reading, "allowfrom"),
		"'%s' has no counterpart: clients are told apart by socket, certificate or user, not "
		"by address; so only 127.0.0.1 is listened on",
		shown(reading, from));
	converted->listen = arena_format(reading->arena, "127.0.0.1:%s", port);
}

/* --- the rest ---------------------------------------------------------------------------------- */

/* Where binds are judged, everything inside a request is: by the policy for jobs, where none was chosen. */
static void read_binds(struct reading *reading)
{
	struct converted *converted = reading->converted;
	const char *value = value_of(reading, "allowbindmountfrom");
	const char **binds = arena_calloc(reading->arena, BINDS_MAX, sizeof *binds);

	if (value == NULL || binds == NULL)
		return;
	while (*value != '\0' && converted->bind_count < BINDS_MAX) {
		size_t len = strcspn(value, ",");

		binds[converted->bind_count++] = arena_copy(reading->arena, value, len);
		value += len + (value[len] == ',');
	}
	converted->binds = binds;
	if (converted->preset == NULL)
		converted->preset = "ci";
	problems_add(reading->notes, about(reading, "allowbindmountfrom"),
	             "everything inside a request is judged with the binds, by the policy '%s'",
	             converted->preset);
}

static void read_log_level(struct reading *reading)
{
	static const char *const levels[][2] = {{"DEBUG", "debug"},
	                                        {"INFO", "info"},
	                                        {"WARN", "warning"},
	                                        {"ERROR", "error"}};
	const char *value = value_or(reading, "loglevel", "INFO");

	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		if (text_equal_ascii(levels[i][0], value))
			reading->converted->log_level = levels[i][1];
	}
	if (reading->converted->log_level == NULL)
		problems_add(reading->mistakes, about(reading, "loglevel"),
		             "must be DEBUG, INFO, WARN or ERROR, not '%s'", shown(reading, value));
	reading->converted->logs_requests = !text_equal_ascii(value, "ERROR");
}

static void read_preset(struct reading *reading)
{
	for (size_t i = 0; i < reading->variables->count; i++) {
		if (strcmp(reading->variables->list[i].name, "QUAYMASTER_POLICY") == 0)
			reading->converted->preset =
				converted_preset_name(reading->arena, reading->variables->list[i].value,
			                          reading->mistakes);
	}
}

/* A switch that is off, and a number that is 0, say nothing. */
static bool says_nothing(const char *value)
{
	return strcmp(value, "0") == 0 || strcmp(value, "f") == 0 || text_equal_ascii(value, "false");
}

static void tell_left_out(struct reading *reading)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		const char *value = value_of(reading, settings[i].flag);

		if (settings[i].left_out != NULL && value != NULL && !says_nothing(value))
			problems_add(reading->notes, about(reading, settings[i].flag), "left out: %s",
			             settings[i].left_out);
	}
}

static void tell_unknown(struct reading *reading)
{
	const char *names[SETTINGS];
	const char *meant;

	for (size_t i = 0; i < SETTINGS; i++)
		names[i] = settings[i].flag;
	for (size_t i = 0; i < reading->variables->count; i++) {
		const char *name = reading->variables->list[i].name;
		bool flag = name[0] == '-';

		if (wollomatic_knows(name) || (!flag && !text_starts_with(name, "SP_")))
			continue;
		meant = flag ? text_nearest(name + 1, names, SETTINGS) : NULL;
		problems_add(reading->notes, (struct place){.file = name},
		             "unknown, and not looked at%s%s%s", meant == NULL ? "" : " (did you mean '-",
		             meant == NULL ? "" : meant, meant == NULL ? "" : "'?)");
	}
}

/* The expressions of each method: flags beat variables. */
static void read_paths(struct reading *reading)
{
	for (size_t m = 0; m < METHODS; m++) {
		char flag[NAME_SIZE];
		bool has_flag = false;

		snprintf(flag, sizeof flag, "-allow%s", methods[m]);
		for (size_t i = 0; i < reading->variables->count; i++)
			has_flag = has_flag || strcmp(reading->variables->list[i].name, flag) == 0;
		for (size_t i = 0; i < reading->variables->count; i++) {
			const struct variable *variable = &reading->variables->list[i];
			const char *method = method_of(variable->name);

			if (method != NULL && strcmp(method, methods[m]) == 0 && variable->value[0] != '\0' &&
			    (variable->name[0] == '-') == has_flag)
				wollomatic_add_path(reading, method, variable);
		}
	}
}

const char *wollomatic_print(struct arena *arena, const struct variables *variables,
                             struct problems *mistakes, struct problems *notes)
{
	static const char *const remarks[] = {"What these settings open in wollomatic's socket-proxy."};
	struct converted converted = {.remarks = remarks, .remark_count = 1};
	struct reading reading = {.arena = arena,
	                          .variables = variables,
	                          .converted = &converted,
	                          .mistakes = mistakes,
	                          .notes = notes};
	const char *endpoint = value_of(&reading, "proxysocketendpoint");
	size_t before = problems_count(mistakes);

	converted.socket = value_or(&reading, "socketpath", "/var/run/docker.sock");
	if (endpoint != NULL)
		read_socket(&reading, endpoint);
	else
		read_address(&reading);
	read_preset(&reading);
	read_binds(&reading);
	read_log_level(&reading);
	read_paths(&reading);
	tell_left_out(&reading);
	tell_unknown(&reading);
	if (problems_count(mistakes) != before || converted.listen == NULL ||
	    !wollomatic_open_paths(&reading))
		return NULL;
	return converted_print(arena, &converted);
}
