/* Owns the reading of a socket proxy's variables: which there are besides those that open something
 * (compat.c), what each may say, and what is told of the others. Printing is drop_in_print.c's. */
#include "policy/drop_in.h"

#include "policy/arena.h"
#include "policy/problems.h"
#include "policy/text.h"

#include <string.h>

enum { SHOWN_MAX = 100 };

/* The reading under way. */
struct reading {
	struct arena *arena;
	const struct variables *variables;
	struct drop_in *drop_in;
	struct problems *mistakes, *notes;
};

/* Those that open nothing. The last ones are quaymaster's own, and called so. */
#define OWN "QUAYMASTER_"
static const char *const settings[] = {"BIND_CONFIG", "DISABLE_IPV6", "LOG_LEVEL", "SOCKET_PATH",
                                       OWN "COMPAT",  OWN "INSECURE", OWN "POLICY"};

enum { SETTINGS = sizeof settings / sizeof *settings, OWN_SETTINGS = 3 };

static const char *value_of(const struct reading *reading, const char *name)
{
	for (size_t i = 0; i < reading->variables->count; i++) {
		if (strcmp(reading->variables->list[i].name, name) == 0)
			return reading->variables->list[i].value;
	}
	return NULL;
}

static bool is_bit(const char *value)
{
	return strcmp(value, "0") == 0 || strcmp(value, "1") == 0;
}

bool drop_in_wanted(const struct variables *variables)
{
	size_t index;

	for (size_t i = 0; i < variables->count; i++) {
		const struct variable *variable = &variables->list[i];

		if (strcmp(variable->name, OWN "COMPAT") == 0 ||
		    (compat_find(variable->name, &index) && is_bit(variable->value)))
			return true;
	}
	return false;
}

/* What stands before the colon of a complaint is the variable's name. */
static struct place about(const char *name)
{
	return (struct place){.file = name};
}

static const char *shown(const struct reading *reading, const char *value)
{
	return text_printable(reading->arena, value, SHOWN_MAX);
}

/* Text that a configuration can hold in quotes. */
static bool is_printable(const char *value)
{
	for (; *value != '\0'; value++) {
		if ((unsigned char)*value < ' ' || (unsigned char)*value >= 0x7f)
			return false;
	}
	return true;
}

/* --- names that look like ours ----------------------------------------------------------------- */

/* What NAME was meant to be, as far as that can be told of one among a whole environment: LOGS for
 * ALLOW_LOGS, CONTAINER for CONTAINERS. Returns compat's index of it, or its count. */
static size_t almost(const char *name)
{
	size_t count, len = strlen(name);
	const struct compat_variable *variables = compat_variables(&count);

	for (size_t i = 0; i < count; i++) {
		const char *known = variables[i].name;
		size_t known_len = strlen(known);

		if ((text_starts_with(known, "ALLOW_") && strcmp(known + strlen("ALLOW_"), name) == 0) ||
		    (known_len == len + 1 && known[len] == 'S' && strncmp(known, name, len) == 0) ||
		    (len == known_len + 1 && name[known_len] == 'S' &&
		     strncmp(known, name, known_len) == 0))
			return i;
	}
	return count;
}

static const char *nearest(const char *name)
{
	const char *names[SETTINGS + COMPAT_VARIABLES_MAX];
	size_t count;
	const struct compat_variable *variables = compat_variables(&count);

	for (size_t i = 0; i < SETTINGS; i++)
		names[i] = settings[i];
	for (size_t i = 0; i < count; i++)
		names[SETTINGS + i] = variables[i].name;
	return text_nearest(name, names, SETTINGS + count);
}

/* One of quaymaster's own with a slip in it must not pass: it may be what has requests judged. */
static const char *nearest_own(const char *name)
{
	const char *ends[OWN_SETTINGS];
	const char *end;

	for (size_t i = 0; i < OWN_SETTINGS; i++)
		ends[i] = settings[SETTINGS - OWN_SETTINGS + i] + strlen(OWN);
	end = text_nearest(name + strlen(OWN), ends, OWN_SETTINGS);
	return end == NULL ? NULL : end - strlen(OWN);
}

static void read_unknown(struct reading *reading, const struct variable *variable)
{
	const char *name = variable->name, *meant = NULL;
	size_t count, index = almost(name);
	const struct compat_variable *variables = compat_variables(&count);
	bool prefixed = text_starts_with(name, "ALLOW_") || text_starts_with(name, "LIBPOD_");

	if (text_starts_with(name, OWN)) {
		meant = nearest_own(name);
		if (meant != NULL)
			problems_add(reading->mistakes, about(name), "unknown variable (did you mean '%s'?)",
			             meant);
		return;
	}
	if (index < count)
		meant = variables[index].name;
	else if (prefixed || reading->variables->chosen)
		meant = nearest(name);
	if (!prefixed && !reading->variables->chosen && (meant == NULL || !is_bit(variable->value)))
		return; /* some other program's */
	problems_add(reading->notes, about(name), "unknown variable, and not looked at%s%s%s",
	             meant == NULL ? "" : " (did you mean '", meant == NULL ? "" : meant,
	             meant == NULL ? "" : "'?)");
}

/* --- what opens something ---------------------------------------------------------------------- */

static void read_dialect(struct reading *reading)
{
	const char *chosen = value_of(reading, OWN "COMPAT");
	enum compat_dialect dialect = COMPAT_TECNATIVA;
	size_t index;

	reading->drop_in->dialect_chosen = chosen != NULL;
	for (size_t i = 0; i < reading->variables->count && chosen == NULL; i++) {
		if (compat_find(reading->variables->list[i].name, &index) &&
		    !compat_knows(COMPAT_TECNATIVA, index))
			dialect = COMPAT_LINUXSERVER; /* nobody else has this one */
	}
	if (chosen != NULL && !compat_dialect_from_text(chosen, &dialect))
		problems_add(reading->mistakes, about(OWN "COMPAT"),
		             "must be tecnativa or linuxserver, not '%s'", shown(reading, chosen));
	reading->drop_in->compat = compat_defaults(dialect);
}

/* INDEX is the variable's in compat. */
static void read_opening(struct reading *reading, const struct variable *variable, size_t index)
{
	struct drop_in *drop_in = reading->drop_in;
	bool on = compat_reads_on(variable->value);
	size_t count;

	if (!compat_knows(drop_in->compat.dialect, index)) {
		problems_add(reading->notes, about(variable->name),
		             "is LinuxServer's, and Tecnativa's proxy does not look at it: nor is it "
		             "looked at here; " OWN "COMPAT=linuxserver would");
		return;
	}
	if (!is_bit(variable->value))
		problems_add(reading->notes, about(variable->name),
		             "'%s' counts as %d, as it does for HAProxy: write 0 or 1",
		             shown(reading, variable->value), on);
	if (on && compat_variables(&count)[index].kind == COMPAT_LIBPOD) {
		problems_add(reading->notes, about(variable->name),
		             "opens nothing: quaymaster speaks the Docker API only");
		return;
	}
	drop_in->compat.on[index] = on;
	drop_in->given[index] = true;
}

static bool is_setting(const char *name)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		if (strcmp(settings[i], name) == 0)
			return true;
	}
	return false;
}

static void read_variable(struct reading *reading, size_t position)
{
	const struct variable *variable = &reading->variables->list[position];
	bool opens, known;
	size_t index;

	opens = compat_find(variable->name, &index);
	known = opens || is_setting(variable->name);
	for (size_t i = 0; i < position && known; i++) {
		if (strcmp(reading->variables->list[i].name, variable->name) == 0) {
			problems_add(reading->mistakes, about(variable->name), "is given twice");
			return;
		}
	}
	if (opens)
		read_opening(reading, variable, index);
	else if (!known)
		read_unknown(reading, variable);
}

/* --- the other settings ------------------------------------------------------------------------ */

/* "unix@/path" is HAProxy's longer word for "/path". */
static const char *unix_path(const char *value)
{
	if (text_starts_with(value, "unix@"))
		value += strlen("unix@");
	return value[0] == '/' ? value : NULL;
}

static void read_daemon(struct reading *reading)
{
	const char *value = value_of(reading, "SOCKET_PATH");
	const char *path = value == NULL ? "/var/run/docker.sock" : unix_path(value);

	if (value != NULL && !is_printable(value))
		problems_add(reading->mistakes, about("SOCKET_PATH"), "has bytes that no path should have");
	else if (path != NULL)
		reading->drop_in->socket = path;
	else if (strchr(value, ':') != NULL && strchr(value, '@') == NULL)
		reading->drop_in->address = value;
	else
		problems_add(reading->mistakes, about("SOCKET_PATH"),
		             "must be an absolute path, or host:port, not '%s'", shown(reading, value));
}

static bool read_flag(struct reading *reading, const char *name)
{
	const char *value = value_of(reading, name);

	if (value != NULL && !is_bit(value))
		problems_add(reading->mistakes, about(name), "must be 0 or 1, not '%s'",
		             shown(reading, value));
	return value != NULL && strcmp(value, "1") == 0;
}

/* Their entrypoints differ in what turns IPv6 off. */
static bool wants_ipv6(const struct reading *reading)
{
	const char *value = value_of(reading, "DISABLE_IPV6");
	bool off = value != NULL && strcmp(value, "1") == 0;

	if (value != NULL && reading->drop_in->compat.dialect == COMPAT_TECNATIVA)
		off = off || text_equal_ascii(value, "true") || text_equal_ascii(value, "yes");
	return !off;
}

/* HAProxy's `bind`: an address, of which ":2375" and "*:2375" are every one of IPv4, and perhaps a word
 * that says that IPv6 is for IPv4 as well, which it always is here. */
static const char *read_bind(struct reading *reading, const char *value)
{
	size_t len = strcspn(value, " ");
	const char *rest = value + len + strspn(value + len, " ");
	const char *address = arena_copy(reading->arena, value, len);

	if (address == NULL || !is_printable(value) || (*rest != '\0' && strcmp(rest, "v4v6") != 0) ||
	    strchr(address, ',') != NULL || strchr(address, ':') == NULL)
		return NULL;
	if (text_starts_with(address, ":"))
		return arena_format(reading->arena, "0.0.0.0%s", address);
	if (text_starts_with(address, "*:"))
		return arena_format(reading->arena, "0.0.0.0%s", address + 1);
	return address;
}

static void read_listener(struct reading *reading)
{
	struct drop_in *drop_in = reading->drop_in;
	const char *value = value_of(reading, "BIND_CONFIG");
	bool insecure = read_flag(reading, OWN "INSECURE");

	drop_in->listen = !insecure             ? "127.0.0.1:2375"
	                  : wants_ipv6(reading) ? "[::]:2375"
	                                        : "0.0.0.0:2375";
	if (value != NULL && *value != '\0' && is_printable(value) && unix_path(value) != NULL)
		drop_in->listen = unix_path(value);
	else if (value != NULL)
		drop_in->listen = read_bind(reading, value);
	if (drop_in->listen == NULL)
		problems_add(reading->mistakes, about("BIND_CONFIG"),
		             "must be an address such as '[::]:2375 v4v6' or ':2375', or the path of a "
		             "Unix socket, not '%s'",
		             shown(reading, value));
	drop_in->insecure =
		drop_in->listen != NULL && drop_in->listen[0] != '/' && !text_is_loopback(drop_in->listen);
	if (drop_in->insecure && !insecure)
		problems_add(reading->mistakes, about("BIND_CONFIG"),
		             "%s is plain TCP, and open to the network: set " OWN
		             "INSECURE=1 if everyone who can reach it may be your client",
		             drop_in->listen);
}

static void read_preset(struct reading *reading)
{
	const char *value = value_of(reading, OWN "POLICY");

	if (value != NULL)
		reading->drop_in->preset = converted_preset_name(reading->arena, value, reading->mistakes);
}

/* HAProxy writes a line a request at the level "info". */
static void read_log_level(struct reading *reading)
{
	static const struct {
		const char *theirs, *ours;
		bool requests;
	} levels[] = {
		{"debug", "debug", true},      {"info", "info", true},    {"notice", "info", false},
		{"warning", "warning", false}, {"err", "error", false},   {"crit", "error", false},
		{"alert", "error", false},     {"emerg", "error", false},
	};
	const char *value = value_of(reading, "LOG_LEVEL");

	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		if (strcmp(value == NULL ? "info" : value, levels[i].theirs) != 0)
			continue;
		reading->drop_in->log_level = levels[i].ours;
		reading->drop_in->logs_requests = levels[i].requests;
		return;
	}
	problems_add(reading->mistakes, about("LOG_LEVEL"),
	             "must be debug, info, notice, warning, err, crit, alert or emerg, not '%s'",
	             shown(reading, value));
}

bool drop_in_read(struct arena *arena, const struct variables *variables, struct drop_in *drop_in,
                  struct problems *mistakes, struct problems *notes)
{
	struct reading reading = {arena, variables, drop_in, mistakes, notes};
	size_t before = problems_count(mistakes);

	*drop_in = (struct drop_in){.socket = NULL};
	read_dialect(&reading);
	for (size_t i = 0; i < variables->count; i++)
		read_variable(&reading, i);
	read_daemon(&reading);
	read_listener(&reading);
	read_preset(&reading);
	read_log_level(&reading);
	return problems_count(mistakes) == before;
}
